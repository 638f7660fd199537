"""Names of genes that spreadsheets spoilt, and names that only look like it."""

from datetime import date

import anndata
import pandas as pd
import pytest

from clear.benchmark.data.gene_names import gene_remarks


@pytest.mark.parametrize(
    "name",
    [
        *("1-Mar", "2-Sep", "10-Mar", "1-Dec", "4-Oct", "1-MAR", "1-mar"),
        *("Mar-01", "Sep-10", "MAR-01", "Sep-2002", "01-Mar-20", "1-Sep-2014"),
        *("2020-03-01", "2020/03/01", "2020-03-01 00:00:00", "3/1/2001", "09/02/14"),
        *("1-Mar.1", "1-Mar-1", "2-Sep.2"),  # made unique
    ],
)
def test_dates(name):
    (remark,) = gene_remarks(pd.Index(["Actb", name, "Gapdh"]))
    assert remark.startswith("1 gene names are dates") and f": {name}. They" in remark


@pytest.mark.parametrize(
    "name",
    [
        *("MAR1", "MARCH1", "MARCHF1", "SEP15", "SEPT2", "SEPTIN2", "DEC1", "OCT4", "Dec2"),
        *("H2-Ab1", "H2-D1", "HLA-A", "Nkx2-1", "MT-CO1", "mt-Nd1", "1-8U", "Krtap12-1"),
        *("apr-1", "jun-1", "sep-1", "oct-1", "mar-10"),  # C. elegans
        *("0610007P14Rik", "2-Oct3", "5-HT1A", "12-March", "2020-3", "Sep-1", "3-AUGUST"),
        *("40969", "ENSG00000154529", "NM_001042489", "7SK", "nan", "na", "NAN", "Nab1"),
    ],
)
def test_names_that_are_no_dates_and_not_missing(name):
    assert gene_remarks(pd.Index(["Actb", name, "Gapdh"])) == []


def serial(*day):
    return str((date(*day) - date(1900, 1, 1)).days + 2)  # spreadsheets know a 29 February 1900


def test_serial_numbers_of_days():
    assert serial(2012, 3, 1) == "40969"
    march, sept = serial(2012, 3, 1), serial(2014, 9, 15)
    (remark,) = gene_remarks(pd.Index(["A", "B", march, "C", sept, "D"]))
    assert remark.startswith("2 gene names are dates") and f"{march}, {sept}" in remark
    # Days that no gene is named after; one alone; identifiers, which are numbers as well.
    assert gene_remarks(pd.Index(["A", "B", serial(2012, 7, 1), "C", serial(2012, 3, 20)])) == []
    assert gene_remarks(pd.Index(["A", "B", march, "C"])) == []
    assert gene_remarks(pd.Index([march, sept, "12345", "1", "A"])) == []


def test_many_dates_are_counted_and_the_first_are_shown():
    genes = pd.Index(["Actb", *(f"{i}-Sep" for i in range(1, 13))])
    (remark,) = gene_remarks(genes)
    assert remark.startswith("12 gene names") and "1-Sep, 2-Sep, 3-Sep, 4-Sep, 5-Sep, ..." in remark


def test_missing_names():
    assert gene_remarks(pd.Index(["A", "", "  ", "NA", "NaN"])) == [
        "4 genes have no name (empty, NA or NaN)."
    ]
    assert gene_remarks(pd.Index(["A", "nan", "nan", "na"])) == [
        "2 genes have no name (empty, NA or NaN)."
    ]


def test_real_names(shared_data):
    def remarks(dataset):
        return gene_remarks(anndata.read_h5ad(shared_data / f"{dataset}.h5ad", "r").var_names)

    assert (
        remarks("baron_mouse") == remarks("deng") == remarks("cellmix5") == remarks("paul15") == []
    )
    (remark,) = remarks("yan")  # MARCH1 to 11, SEPT1 to 12, 14, 15, DEC1, all as days of 2012
    assert remark.startswith("26 gene names are dates") and "41244" in remark

"""Names of genes: what went wrong with them before they were published."""

import re
from datetime import date, timedelta

import pandas as pd
from anndata import AnnData

MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
MONTHS = MONTH + "|" + MONTH.upper()
# What spreadsheets make of MARCH1, SEPT2 or DEC1, with the suffix that tells duplicates apart.
# Worms have genes apr-1, jun-1, oct-1 and sep-1: a month comes first only with two digits.
DATE = re.compile(
    rf"(\d{{1,2}}-({MONTHS}|{MONTH.lower()})(-\d{{2,4}})?"  # 1-Mar, 01-Mar-20
    rf"|({MONTHS})-\d{{2}}(\d{{2}})?"  # Mar-01
    r"|\d{4}[-/]\d{2}[-/]\d{2}( 00:00:00)?"  # 2020-03-01
    r"|\d{1,2}/\d{1,2}/(\d{2}|\d{4}))"  # 3/1/2020
    r"([.-]\d+)?"
)
SERIAL = re.compile(r"[34]\d{4}")  # days since 1900: 40969 is 1 March 2012
SERIAL_START = date(1899, 12, 30)
# The highest day of each month that a gene's name gave: MARCH11, SEPT15, OCT4, DEC2.
DAYS = {3: 11, 9: 15, 10: 4, 12: 2}
# Rows that HTSeq writes under those of the genes: what it could not count for any of them.
HTSEQ = ("no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique")


def without_sums(data: AnnData) -> tuple[AnnData, list[str]]:
    """Return the data without HTSeq's sums, which are no genes, and a remark on them."""
    sums = data.var_names.isin([f"{start}{name}" for name in HTSEQ for start in ("", "__")])
    if not sums.any():
        return data, []
    names = ", ".join(data.var_names[sums])
    return data[:, ~sums].copy(), [f"{sums.sum()} rows are HTSeq's sums and were dropped: {names}."]


def gene_remarks(genes: pd.Index) -> list[str]:
    """Return remarks on gene names that a spreadsheet turned into dates, and on empty ones.

    Names of five digits count as dates if they are days that the genes MARCH1 to DEC2 give, if
    there are several, and if most genes have names that are no numbers; else they may be
    identifiers. ``nan`` and ``na`` are genes of the fly: only where they occur more than once,
    names are missing.
    """
    remarks = []
    dates = [gene for gene in genes if DATE.fullmatch(gene)] + _serial_dates(genes)
    if dates:
        remarks.append(
            f"{len(dates)} gene names are dates, as spreadsheets make them of MARCH1 or SEPT2: "
            f"{', '.join(dates[:5])}{', ...' if len(dates) > 5 else ''}. They are left as they are."
        )
    sizes = genes.str.strip().value_counts()
    empty = sum(
        size
        for name, size in sizes.items()
        if name in ("", "NA", "NaN") or (name in ("na", "nan") and size > 1)
    )
    if empty:
        remarks.append(f"{empty} genes have no name (empty, NA or NaN).")
    return remarks


def _serial_dates(genes: pd.Index) -> list[str]:
    days = {
        gene: SERIAL_START + timedelta(days=int(gene)) for gene in genes if SERIAL.fullmatch(gene)
    }
    found = [gene for gene, day in days.items() if day.day <= DAYS.get(day.month, 0)]
    numbers = sum(gene.isdigit() for gene in genes)
    return found if len(found) > 1 and 2 * numbers < len(genes) else []

"""GEO's metadata: small files written as GEO writes them, read into one row per sample."""

import gzip
import json

import pandas as pd
import pytest

from clear.benchmark.data.annotate import annotate
from clear.benchmark.data.geo import read_series_matrix, read_soft
from clear.errors import ClearError

FTP = "ftp://ftp.ncbi.nlm.nih.gov/geo/samples/GSM1nnn"
MATRIX = "\n".join(
    "\t".join(fields)
    for fields in [
        ("!Series_title", '"Cells of the ""inner"" mass"'),
        ("!Series_geo_accession", '"GSE1"'),
        ("!Series_sample_id", '"GSM11 GSM12 GSM13 "'),
        ("",),
        ("!Sample_title", '"cell 1"', '"cell ""2"""', '"cell, 3"'),
        ("!Sample_geo_accession", '"GSM11"', '"GSM12"', '"GSM13"'),
        ("!Sample_status", '"Public on May 01 2015"', '"Public on May 01 2015"', '""'),
        ("!Sample_channel_count", '"1"', '"1"', '"1"'),
        ("!Sample_source_name_ch1", '"embryo"', '"embryo"', '"liver"'),
        ("!Sample_characteristics_ch1", '"strain: C57"', '"strain: CAST"', '"age: 5: 30 h"'),
        ("!Sample_characteristics_ch1", '"age: E3.5"', '"sex: female"', '"strain: C57"'),
        ("!Sample_characteristics_ch1", '"sex: male"', '""', '"marker: CD4"'),
        ("!Sample_characteristics_ch1", '"source: lab"', '""', '"marker: CD8"'),
        ("!Sample_characteristics_ch1", '"pooled"', '"age:"', '""'),
        (
            "!Sample_supplementary_file_1",
            f'"{FTP}/GSM11/suppl/GSM11_a.txt.gz"',
            f'"{FTP}/GSM12/suppl/GSM12_b.txt.gz"',
            '"NONE"',
        ),
        ("!Sample_supplementary_file_2", f'"{FTP}/GSM11/suppl/GSM11_c.txt.gz"', '""', '""'),
        ("!series_matrix_table_begin",),
        ('"ID_REF"', '"GSM11"', '"GSM12"', '"GSM13"'),
        ("!series_matrix_table_end",),
    ]
)
SOFT = f"""^DATABASE = GeoMiame
!Database_name = Gene Expression Omnibus (GEO)
^SERIES = GSE1
!Series_title = Cells of the "inner" mass
!Series_sample_id = GSM11
!Series_sample_id = GSM12
!Series_sample_id = GSM13
^PLATFORM = GPL1
!Platform_title = a = b
#ID = probe
!platform_table_begin
ID\tSEQ
1\t!Sample_title = no
!platform_table_end
^SAMPLE = GSM11
!Sample_title = cell 1
!Sample_geo_accession = GSM11
!Sample_source_name_ch1 = embryo
!Sample_characteristics_ch1 = strain: C57
!Sample_characteristics_ch1 = age: E3.5
!Sample_characteristics_ch1 = sex: male
!Sample_characteristics_ch1 = source: lab
!Sample_characteristics_ch1 = pooled
!Sample_supplementary_file_1 = {FTP}/GSM11/suppl/GSM11_a.txt.gz
!Sample_supplementary_file_2 = {FTP}/GSM11/suppl/GSM11_c.txt.gz
!Sample_series_id = GSE1
^SAMPLE = GSM12
!Sample_title = cell "2"
!Sample_geo_accession = GSM12
!Sample_source_name_ch1 = embryo
!Sample_characteristics_ch1 = strain: CAST
!Sample_characteristics_ch1 = sex: female
!Sample_characteristics_ch1 = age:
!Sample_supplementary_file = {FTP}/GSM12/suppl/GSM12_b.txt.gz
!sample_table_begin
ID_REF\tVALUE
!sample_table_end
^SAMPLE = GSM13
!Sample_title = cell, 3
!Sample_geo_accession = GSM13
!Sample_source_name_ch1 = liver
!Sample_characteristics_ch1 = age: 5: 30 h
!Sample_characteristics_ch1 = strain: C57
!Sample_characteristics_ch1 = marker: CD4
!Sample_characteristics_ch1 = marker: CD8
!Sample_supplementary_file_1 = NONE
"""
EXPECTED = {
    "geo_accession": ["GSM11", "GSM12", "GSM13"],
    "title": ["cell 1", 'cell "2"', "cell, 3"],
    "source": ["embryo", "embryo", "liver"],
    "strain": ["C57", "CAST", "C57"],
    "age": ["E3.5", "", "5: 30 h"],
    "sex": ["male", "female", ""],
    "characteristics: source": ["lab", "", ""],
    "characteristics": ["pooled", "", ""],
    "marker": ["", "", "CD4; CD8"],
    "supplementary_file_1": ["GSM11_a.txt.gz", "GSM12_b.txt.gz", ""],
    "supplementary_file_2": ["GSM11_c.txt.gz", "", ""],
}
READERS = [(read_series_matrix, MATRIX), (read_soft, SOFT)]
each_format = pytest.mark.parametrize("read, text", READERS, ids=["series_matrix", "soft"])


def write(folder, text, name="GSE1.txt"):
    path = folder / name
    content = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return path


@each_format
@pytest.mark.parametrize("name", ["GSE1.txt", "GSE1.txt.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_value_is_in_its_column(tmp_path, read, text, name, end):
    table = read(write(tmp_path, text.replace("\n", end), name))
    assert table.to_dict("list") == EXPECTED
    assert table.columns[0] == "geo_accession"


@each_format
def test_torn_gzip(tmp_path, read, text):
    path = write(tmp_path, text, "GSE1.txt.gz")
    content = path.read_bytes()
    for size in (len(content) // 2, len(content) - 4):
        path.write_bytes(content[:size])
        with pytest.raises(ClearError, match=r"GSE1.txt.gz cannot be read"):
            read(path)


def test_torn_text(tmp_path):
    path = write(tmp_path, MATRIX[: MATRIX.index("!series_matrix_table_end")])
    with pytest.raises(ClearError, match="GSE1.txt is incomplete: its last line is missing"):
        read_series_matrix(path)
    path = write(tmp_path, SOFT[: SOFT.index("!Sample_geo_accession = GSM13")])
    with pytest.raises(ClearError, match="incomplete: it holds a sample without an accession"):
        read_soft(path)


def test_soft_that_ends_between_two_samples(tmp_path):
    path = write(tmp_path, SOFT[: SOFT.index("^SAMPLE = GSM13")])
    with pytest.raises(ClearError, match="its series has 3 samples, of which 1 are not.*GSM13"):
        read_soft(path)


def test_soft_of_samples_without_their_series(tmp_path):
    table = read_soft(write(tmp_path, SOFT[SOFT.index("^SAMPLE") :]))
    assert table["geo_accession"].tolist() == ["GSM11", "GSM12", "GSM13"]


def test_series_matrix_with_a_value_too_few(tmp_path):
    text = MATRIX.replace('\t"liver"', "")
    with pytest.raises(ClearError, match="!Sample_source_name_ch1 has 2 values.* 3"):
        read_series_matrix(write(tmp_path, text))


@pytest.mark.parametrize("read, text", [(read_series_matrix, SOFT), (read_soft, MATRIX)])
def test_the_other_format_and_an_empty_file(tmp_path, read, text):
    for content in (text, ""):
        with pytest.raises(ClearError, match="GSE1.txt is no .* file of GEO"):
            read(write(tmp_path, content))


def test_letters_of_another_encoding(tmp_path):
    path = write(tmp_path, MATRIX.replace("embryo", "5 \u00b5l").encode("latin-1"))
    assert read_series_matrix(path)["source"].tolist() == ["5 \ufffdl", "5 \ufffdl", "liver"]


@pytest.mark.parametrize("format, text", [("series_matrix", MATRIX), ("soft", SOFT)])
def test_as_annotation_of_cells_named_by_their_accession(tmp_path, format, text):
    write(tmp_path, text, "geo.gz")
    cells = pd.DataFrame(index=["GSM13_x", "GSM11_y"])
    spec = {
        "file": "geo.gz",
        "format": format,
        "match": r"^(GSM\d+)",
        "columns": {"line": "strain"},
    }
    obs, _ = annotate(cells, {"id": "toy", "annotations": [spec]}, tmp_path)
    assert json.loads(obs.to_json()) == {"line": {"GSM13_x": "C57", "GSM11_y": "C57"}}

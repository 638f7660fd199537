"""GEO's metadata of the samples of a series: series matrix and SOFT family files."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from clear.benchmark.data.archives.archives import members
from clear.errors import ClearError

FIXED = {"geo_accession": "geo_accession", "title": "title", "source_name_ch1": "source"}
CHARACTERISTICS = re.compile(r"characteristics_ch\d+")
SUPPLEMENT = re.compile(r"supplementary_file(_\d+)?")
NO_FILE = "NONE"


def read_series_matrix(path: Path) -> pd.DataFrame:
    """Read the samples of a series matrix file, gzipped or not.

    Parameters
    ----------
    path
        ``GSE..._series_matrix.txt`` or the same with .gz.

    Returns
    -------
    pandas.DataFrame
        One row per sample, all of text, empty where a sample has no value. Columns:
        ``geo_accession``, ``title``, ``source``; one for each key of the characteristics
        (``key: value``), in the order in which they are met, with values of one key joined by
        ``; ``; ``supplementary_file_1`` and so on, names without their addresses. A
        characteristic without a key is in ``characteristics``, one whose key is among the
        others' names in ``characteristics: key``.

    Raises
    ------
    ClearError
        The file is damaged, incomplete, or not of this format.
    """
    samples, line = [], ""
    for line in _lines(path):
        attribute, *values = line.split("\t")
        if not attribute.startswith("!Sample_"):
            continue
        samples = samples or [[] for _ in values]
        if len(values) != len(samples):
            raise ClearError(
                f"{path}: the line {attribute} has {len(values)} values, lines before it "
                f"{len(samples)}: one for each sample is needed. Get the file again."
            )
        for sample, value in zip(samples, values, strict=True):
            sample.append((attribute.removeprefix("!Sample_"), _unquoted(value)))
    table = _table(samples, path, "series matrix")
    if not line.lower().startswith("!series_matrix_table_end"):
        raise ClearError(f"{path} is incomplete: its last line is missing. Get the file again.")
    return table


def read_soft(path: Path) -> pd.DataFrame:
    """Read the samples of a SOFT family file, gzipped or not.

    Parameters
    ----------
    path
        ``GSE..._family.soft`` or the same with .gz.

    Returns
    -------
    pandas.DataFrame
        As :func:`read_series_matrix` gives it.

    Raises
    ------
    ClearError
        The file is damaged, incomplete, or not of this format; a sample that its series lists
        is missing.
    """
    samples, listed, in_sample = [], [], False
    for line in _lines(path):
        attribute, _, value = (part.strip() for part in line.partition("="))
        if attribute.startswith("^"):
            in_sample = attribute.upper() == "^SAMPLE"
            if in_sample:
                samples.append([])
        elif in_sample and attribute.startswith("!Sample_"):
            samples[-1].append((attribute.removeprefix("!Sample_"), value))
        elif attribute == "!Series_sample_id":
            listed.append(value)
    table = _table(samples, path, "SOFT")
    missing = sorted(set(listed) - set(table["geo_accession"]))
    if missing:
        raise ClearError(
            f"{path} is incomplete: its series has {len(listed)} samples, of which {len(missing)} "
            f"are not in it, such as {missing[0]}. Get the file again."
        )
    return table


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines that are not empty."""
    for _, stream in members([path]):
        for line in stream:
            # A letter that is no UTF-8, as in old entries, must not cost all the rest.
            text = line.decode("utf-8-sig", errors="replace").rstrip("\r\n")
            if text.strip():
                yield text


def _unquoted(value: str) -> str:
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('""', '"').strip() if quoted else value


def _table(samples: list[list[tuple[str, str]]], path: Path, kind: str) -> pd.DataFrame:
    if not samples or any("geo_accession" not in dict(sample) for sample in samples):
        raise ClearError(
            f"{path} is no {kind} file of GEO, or is incomplete: it holds "
            + ("a sample without an accession." if samples else "no samples.")
            + " Get the file again, or correct `format` of the annotation in the card."
        )
    rows, files = [], []
    for sample in samples:
        row = {name: dict(sample).get(attribute, "") for attribute, name in FIXED.items()}
        for attribute, value in sample:
            if CHARACTERISTICS.fullmatch(attribute) and value:
                key, text = _characteristic(value)
                row[key] = f"{row[key]}; {text}" if row.get(key) else text
        rows.append(row)
        names = [posixpath.basename(v) for a, v in sample if SUPPLEMENT.fullmatch(a)]
        files.append([name for name in names if name not in ("", NO_FILE)])
    table = pd.DataFrame(rows)
    for i in range(max(map(len, files))):
        table[f"supplementary_file_{i + 1}"] = [(names[i:] or [""])[0] for names in files]
    return table.fillna("")


def _characteristic(value: str) -> tuple[str, str]:
    key, colon, text = (part.strip() for part in value.partition(":"))
    if not colon or not key:
        return "characteristics", value
    reserved = key in FIXED.values() or SUPPLEMENT.fullmatch(key)
    return (f"characteristics: {key}" if reserved else key), text

"""Names of genes: what went wrong with them before they were published."""

import re

import pandas as pd

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# 1-Mar, 2-Sep, Mar-01, 01-Mar-20, 2020/03/01: what spreadsheets make of MARCH1, SEPT2 or DEC1.
DATE = re.compile(
    rf"(\d{{1,2}}-({'|'.join(MONTHS)})(-\d{{2,4}})?|({'|'.join(MONTHS)})-\d{{1,4}}"
    r"|\d{4}[-/]\d{2}[-/]\d{2}( 00:00:00)?)(\.\d+)?",
    re.IGNORECASE,
)


def gene_remarks(genes: pd.Index) -> list[str]:
    """Return remarks on gene names that a spreadsheet turned into dates, and on empty ones."""
    dates = [gene for gene in genes if DATE.fullmatch(gene)]
    remarks = []
    if dates:
        remarks.append(
            f"{len(dates)} gene names are dates, as spreadsheets make them of MARCH1 or SEPT2: "
            f"{', '.join(dates[:5])}{', ...' if len(dates) > 5 else ''}. They are left as they are."
        )
    empty = sum(not gene.strip() or gene.strip().lower() in ("nan", "na") for gene in genes)
    if empty:
        remarks.append(f"{empty} genes have no name.")
    return remarks

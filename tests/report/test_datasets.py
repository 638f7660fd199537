"""Where the cells of a dataset came from, and what each step left of them."""

import json
from html import unescape

from clear.benchmark.report.datasets import datasets
from clear.benchmark.report.texts import DASH


def test_datasets_show_cells_and_genes_before_and_after(small_run):
    rows = {row["id"]: row for row in datasets(small_run.records, small_run.manifest)}
    assert rows["yan"]["cells"] == "90 \u2192 88"
    assert rows["yan"]["genes"] == "20,214 \u2192 10,107"
    assert rows["yan"]["types"] == "7"
    (source,) = rows["yan"]["sources"]
    assert source[0] == "yan.rds (mirror)"  # no path of the machine
    assert len(source[1]) == 64
    without = datasets([], small_run.manifest)
    assert without[0]["cells"] == DASH


FETCH = {
    "dataset": "yan",
    "source": "archive",
    "abandoned": [{"source": "main", "reason": "HTTP 404 Not Found"}],
    "canonical": False,
    "files": [
        {
            "name": "a.csv.gz", "role": "matrix", "origin": "url", "bytes": 1234567,
            "location": "https://example.org/a.csv.gz", "sha256": "ab" * 32, "verified": "card",
            "started": "2026-01-01T10:00:00Z", "finished": "2026-01-01T10:05:00Z",
            "tried": [{"url": "https://example.org/old", "error": "no answer in time"}],
        },
        {
            "name": "b.csv", "origin": "mirror", "location": "/secret/b.csv", "verified": None,
            "tried": [{"url": "/secret/b.csv", "error": "the file is empty"}],
        },
    ],
}  # fmt: skip
READ = {
    "dataset": "yan",
    "source": "archive",
    "reader": {"name": "table", "options": {"orientation": "genes_by_cells"}},
    "published_labels": {"oocyte": 3, "zygote": 3},
    "dropped_labels": {"control": 4, "": 2},
    "cells": {"in_file": 96, "dropped_by_label": 6, "kept": 90, "all_zero": 0},
    "genes": {"in_file": 20214, "renamed_duplicates": 5, "kept": 20214},
    "remarks": ["12 gene names are dates"],
}
FILTERS = [
    {"filter": "min_genes", "threshold": 200, "applied": True, "cells_lost": 1, "genes_lost": 0,
     "cells": 89, "genes": 20214},
    {"filter": "max_mito", "threshold": 0.05, "applied": False, "reason": "no such genes",
     "cells_lost": 0, "genes_lost": 0, "cells": 89, "genes": 20214},
    {"filter": "min_cells", "threshold": 3, "applied": True, "cells_lost": 0, "genes_lost": 214,
     "cells": 89, "genes": 20000},
]  # fmt: skip


def test_provenance_tells_the_way_from_the_source_to_the_input(small_run):
    rule = {"merge": {"zygote": ["oocyte", "zygote"]}, "drop": ["control", ""], "reason": "as SC3"}
    card = small_run.manifest["datasets"]["yan"]
    card["alternatives"] = [{"name": "archive", "files": [], "label_rule": rule}]
    card["label_rule"] = {"merge": {"wrong": ["source"]}}
    places = {"source/fetch.json": FETCH, "read.json": READ}
    places["standard/none/prepare.json"] = {
        "dataset": "yan", "recipe": "standard", "normalisation": "logged",
        "cells": {"before": 90, "after": 89}, "genes": {"before": 20214, "after": 20000},
        "filters": FILTERS,
    }  # fmt: skip
    for place, content in places.items():
        (small_run.folder / "data/yan" / place).write_text(json.dumps(content))
    rows = datasets(small_run.records, small_run.manifest)
    found = rows[0]["history"]
    assert dict(found["facts"]) == {
        "Source used": "alternative archive",
        "Reader": "table (orientation: genes_by_cells)",
        "Normalisation, our preparation": "logged",
    }
    assert found["abandoned"] == ["main: HTTP 404 Not Found"]
    assert found["labels"] == [
        "zygote \u2190 oocyte (3), zygote (3)",
        "left out: control (4), without a label (2)",
        "why: as SC3",
    ]
    assert found["steps"] == [
        (
            "Reading",
            [
                ("in the file", "96", "20,214"),
                ("after the label rule", "90 (\u22126)", "20,214"),
            ],
        ),
        (
            "Filters, our preparation",
            [
                ("cells with fewer than 200 genes", "89 (\u22121)", "20,214"),
                (
                    "cells with a mitochondrial share of 5% or more: not applicable, no such genes",
                    "89",
                    "20,214",
                ),
                ("genes in fewer than 3 cells", "89", "20,000 (\u2212214)"),
            ],
        ),
    ]  # fmt: skip
    first, second = found["files"]
    assert (first["size"], first["role"]) == ("1,234,567 bytes", "matrix")
    assert first["when"] == "2026-01-01T10:00:00Z to 2026-01-01T10:05:00Z"
    assert first["tried"] == ["https://example.org/old: no answer in time"]
    assert (second["origin"], second["role"], second["size"]) == ("mirror", "\u2013", "\u2013")
    html = unescape(small_run.page())
    assert "/secret" not in html
    for text in ("https://example.org/a.csv.gz", "12 gene names are dates", "as SC3", "ab" * 32):
        assert text in html


def test_what_dropout_took_stands_below_the_filters_of_its_recipe(small_run):
    about = {"dataset": "yan", "recipe": "standard", "cells": {"before": 90, "after": 89}}
    for percent in (80, 9, 0):
        name = f"dropout_{percent}" if percent else "none"
        step = {"filter": "dropout", "percent": percent, "seed": 0, "zeroed": 10 * percent,
                "of": 1000, "applied": True, "cells_lost": 1, "genes_lost": percent,
                "cells": 88, "genes": 20000 - percent}  # fmt: skip
        record = about | {"perturbation": name, "filters": [*FILTERS, *([step] if percent else [])]}
        path = small_run.folder / f"data/yan/standard/{name}/prepare.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record | {"cells": {"before": 90, "after": 89 - bool(percent)}}))
        small_run.records.insert(0, path)
    yan = datasets(small_run.records, small_run.manifest)[0]
    assert yan["cells"] == "90 \u2192 89"
    words = "{} % dropout, {} of 1,000 non-zero values (seed 0): cells and genes without any left"
    assert yan["history"]["steps"][1][1][len(FILTERS) :] == [
        (words.format(9, 90), "88 (\u22121)", "19,991 (\u22129)"),
        (words.format(80, 800), "88 (\u22121)", "19,920 (\u221280)"),
    ]


def test_provenance_without_records_is_dashes(small_run):
    small_run.records = []
    found = datasets([], small_run.manifest)[0]["history"]
    assert dict(found["facts"])["Source used"] == "\u2013"
    assert found["steps"][0][1] == [
        ("in the file", "\u2013", "\u2013"),
        ("after the label rule", "\u2013", "\u2013"),
    ]
    assert small_run.page().count('class="origin"') == 5

"""The report: one HTML file that needs no network and no other file to be read."""

import base64
import io
import json
import os
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from PIL import Image

from clear.benchmark.report import tables
from clear.benchmark.report.manifest import provenance
from clear.benchmark.statistics.ranks import ALL, UNDEFINED, rank_table
from clear.benchmark.vocabulary import (
    METRICS,
    RECIPES,
    TRACKS,
    recipes,
    status_words,
    title,
)
from clear.files.atomic import write_text

HERE = Path(__file__).parent
IMAGE_WIDTH = 1600  # pixels; the full figures are linked
SHOWN = 0.58  # width on the page per pixel of the PNG: about 115 pixels an inch
DEFAULT_VIEW = (ALL, "given_k", "ari")
TEXT_COLUMNS = dict.fromkeys(
    ("dataset", "recipe", "method", "task", "track", "metric", "status"), "str"
)


def build(
    scores: Path,
    runs: Path,
    manifest: Path,
    prepare_jsons: list[Path],
    figures: list[Path],
    out: Path,
) -> None:
    """Write the page of a run.

    Parameters
    ----------
    scores, runs, manifest
        ``scores.tsv``, ``runs.tsv`` and ``run.json``.
    prepare_jsons
        The records ``fetch.json``, ``read.json`` and ``prepare.json`` of the datasets, as far
        as they are there.
    figures
        Records of figures in the order of the page, see :mod:`clear.benchmark.figures.drawing`;
        their files lie beside them.
    out
        The page. Links in it are relative, so that the results can be moved as a whole.

    Raises
    ------
    ClearError
        For an unknown status or metric, or what the manifest does not list.
    """
    score_table = pd.read_csv(scores, sep="\t", dtype=TEXT_COLUMNS)
    run_table = read_runs(runs)
    # Versions, commit and source hash are not in the manifest: they would change it.
    about = provenance() | json.loads(Path(manifest).read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    base = Path(out).parent
    links = {name: _relative(path, base) for name, path in
             (("scores.tsv", scores), ("runs.tsv", runs), ("run.json", manifest))}  # fmt: skip
    page = environment.get_template("page.html.j2").render(
        css=(HERE / "page.css").read_text(encoding="utf-8"),
        js=(HERE / "page.js").read_text(encoding="utf-8"),
        run=about["run"],
        quick=about["quick"],
        summary=tables.summary(run_table, about),
        ranking=ranking_view(rank_table(score_table, about), about),
        figures=[_figure(Path(path), base) for path in figures],
        failures=tables.failures(run_table, about),
        methods=tables.methods(run_table, about),
        datasets=tables.datasets(prepare_jsons, about),
        cost_columns=tables.cost_columns(about),
        costs=tables.costs(run_table, about),
        config=yaml.safe_dump(about["config"], sort_keys=False, allow_unicode=True),
        links=links,
        dash=tables.DASH,
    )
    write_text(out, page)


def read_runs(path: Path) -> pd.DataFrame:
    """Read ``runs.tsv``; hashes that look like numbers stay text."""
    text = ("message", "device", "host", "started", "versions", "source_hash")
    return pd.read_csv(path, sep="\t", dtype=TEXT_COLUMNS | dict.fromkeys(text, "str"))


def ranking_view(rows: list[dict], manifest: dict) -> dict:
    """Turn ranking rows into texts: the script of the page only selects and sorts.

    Returns
    -------
    dict
        ``data`` for the script (lists of titles; rows as indices into them, whether it is a
        control, then the cells of the table) and ``default``, the rows of the first recipe that
        are shown without a script.
    """
    datasets = [ALL, *manifest["datasets"]]
    tracks = [name for name in TRACKS if name in {row["track"] for row in rows}]
    metrics = [name for name in METRICS if name in {row["metric"] for row in rows}]
    methods = list(manifest["methods"])
    names = recipes(manifest)
    data = {
        "recipes": [RECIPES.get(name, name) for name in names],
        "datasets": ["All datasets", *(title(manifest["datasets"], x) for x in datasets[1:])],
        "tracks": [TRACKS[name] for name in tracks],
        "metrics": [METRICS[name].title for name in metrics],
        "methods": [title(manifest["methods"], name) for name in methods],
        "implementations": [manifest["methods"][x].get("implementation") or "" for x in methods],
        "rows": [
            [
                names.index(row["recipe"]),
                datasets.index(row["dataset"]),
                tracks.index(row["track"]),
                metrics.index(row["metric"]),
                methods.index(row["method"]),
                int(row["control"]),
                *_cells(row),
            ]
            for row in rows
        ],
    }
    default = [
        [data["methods"][methods.index(row["method"])], row, _cells(row)]
        for row in rows
        if (row["dataset"], row["track"], row["metric"]) == DEFAULT_VIEW
        and row["recipe"] == names[0]
    ]
    implementations = {x: manifest["methods"][x].get("implementation") or "" for x in methods}
    return {"data": data, "default": default, "implementations": implementations}


def _cells(row: dict) -> list[str]:
    """Rank, mean, sd, datasets, runs and lost runs of a ranking row, as shown."""
    digits = 3 if METRICS[row["metric"]].high is not None else 1
    rank = row["rank"]
    if rank is None:
        rank = "control" if row["control"] else tables.DASH
    else:
        rank = f"{rank:.2f}" if row["dataset"] == ALL else f"{rank:g}"
    words = [
        f"{n} {'without a value' if status == UNDEFINED else status_words(status)}"
        for status, n in row["lost"].items()
    ]
    return [
        rank,
        tables.number(row["mean"], digits),
        tables.number(row["sd"], digits),
        f"{row['datasets']} / {row['of']}",
        f"{row['scored']} / {row['planned']}",
        ", ".join(words) or "0",
    ]


def _figure(record: Path, base: Path) -> dict:
    """Embed a figure as WebP, which is several times smaller than its PNG."""
    about = json.loads(record.read_text(encoding="utf-8"))
    png, pdf = (record.with_name(about[kind]) for kind in ("png", "pdf"))
    image = Image.open(png).convert("RGB")
    shown = [round(SHOWN * side) for side in image.size]
    if image.width > IMAGE_WIDTH:
        size = (IMAGE_WIDTH, round(image.height * IMAGE_WIDTH / image.width))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=85, method=6)
    return {
        "heading": about["heading"],
        "caption": about["caption"],
        "data": "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode(),
        "width": shown[0],
        "height": shown[1],
        "png": _relative(png, base),
        "pdf": _relative(pdf, base),
    }


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()

"""The report: one HTML file that needs no network and no other file to be read."""

import base64
import io
import json
import os
from pathlib import Path

import jinja2
import yaml
from PIL import Image

from clear.benchmark.report import overview
from clear.benchmark.report.claims import claims
from clear.benchmark.report.datasets import datasets
from clear.benchmark.report.manifest import code_state
from clear.benchmark.report.rankings import task_sections
from clear.benchmark.report.texts import DASH
from clear.benchmark.tsv import read_table
from clear.files.atomic import write_text

FILES = ("scores.tsv", "statistics.tsv", "ranks.tsv", "leave_out.tsv", "differences.tsv")
FILES += ("mean_ranks.tsv", "runs.tsv", "costs.tsv", "relative_costs.tsv")
FILES += ("claims.tsv", "claim_pairs.tsv", "run.json")
HERE = Path(__file__).parent
SCRIPTS = ("page_heatmap.js", "page.js")  # the second calls the first
IMAGE_WIDTH = 1600  # pixels; the full figures are linked
SHOWN = 0.58  # width on the page per pixel of the PNG: about 115 pixels an inch


def build(
    folder: Path, records: list[Path], figures: list[Path], tables: list[Path], out: Path
) -> None:
    """Write the page of a run.

    Parameters
    ----------
    folder
        Holds the tables ``scores.tsv``, ``runs.tsv``, ``statistics.tsv``, ``ranks.tsv`` and
        ``costs.tsv``, and ``run.json``.
    records
        The records ``fetch.json``, ``read.json`` and ``prepare.json`` of the datasets, as far
        as they are there.
    figures
        Records of figures in the order of the page, see :mod:`clear.benchmark.figures.drawing`;
        their files lie beside them.
    tables
        Records of the supplement's tables, see :mod:`clear.benchmark.report.tables`.
    out
        The page. Links in it are relative, so that the results can be moved as a whole.
    """
    names = ("runs", "ranks", "costs", "claims")
    read = {name: read_table(folder / f"{name}.tsv") for name in names}
    manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    # Versions, commit and source hash are not in the manifest: they would change it.
    about = code_state() | manifest
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    base = Path(out).parent
    page = environment.get_template("page.html.j2").render(
        css=(HERE / "page.css").read_text(encoding="utf-8"),
        js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
        run=about["config"]["run"],
        quick=about["config"]["quick"],
        summary=overview.summary(read["runs"], about),
        claims=claims(read["claims"], about),
        tasks=task_sections(read["ranks"], about),
        figures=[_figure(Path(path), base) for path in figures],
        supplement=[_table(Path(path), base) for path in tables],
        failures=overview.failures(read["runs"], about),
        not_applicable=overview.not_applicable(read["runs"], about),
        unscored=overview.unscored(read["runs"], about),
        remarks=overview.remarks(read["runs"], about),
        not_isolated=overview.not_isolated(read["runs"], about),
        methods=overview.methods(read["runs"], about),
        datasets=datasets(records, about),
        costs=overview.costs(read["costs"], about),
        config=yaml.safe_dump(about["config"], sort_keys=False, allow_unicode=True),
        links={name: _relative(folder / name, base) for name in FILES},
        dash=DASH,
    )
    write_text(out, page)


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
    image.save(buffer, "WEBP", quality=85, method=2)  # 4, the default, takes 1.4 times as long
    return {
        "heading": about["heading"],
        "caption": about["caption"],
        "data": "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode(),
        "width": shown[0],
        "height": shown[1],
        "png": _relative(png, base),
        "pdf": _relative(pdf, base),
    }


def _table(record: Path, base: Path) -> dict:
    about = json.loads(record.read_text(encoding="utf-8"))
    files = {kind: record.with_name(about[kind]) for kind in ("html", "tsv")}
    return about | {kind: _relative(path, base) for kind, path in files.items()}


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()

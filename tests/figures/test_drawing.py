"""A figure is drawn from its files and leaves a record, also where a step of its data failed."""

import json

from PIL import Image

from clear.benchmark.figures import drawing
from clear.benchmark.step import take_step
from clear.benchmark.tsv import write_table
from clear.errors import ClearError

ABOUT = {"id": "umap", "heading": "Embeddings of Yan", "caption": "UMAP.", "remark": ""}
ABOUT |= {"shows": {"dataset": "yan", "recipe": "standard"}}


def test_a_figure_is_made_of_its_tables_and_leaves_what_the_page_needs(synthetic, tmp_path):
    manifest = synthetic.manifest()
    files = {name: str(tmp_path / f"{name}.tsv") for name in ("umap", "runs", "statistics")}
    write_table(synthetic.umap(manifest, "yan", list(manifest["methods"]), 50), files["umap"])
    scores = synthetic.scores(manifest)
    write_table(synthetic.runs(manifest, scores), files["runs"])
    write_table(synthetic.statistics(manifest, scores), files["statistics"])
    files["manifest"] = str(tmp_path / "run.json")
    (tmp_path / "run.json").write_text(json.dumps(manifest))
    png = tmp_path / "figures/umap.yan.standard.png"
    drawing.make(ABOUT, files, None, png)
    assert Image.open(png).width > 1000
    kept = json.loads(png.with_suffix(".json").read_text())
    assert kept == ABOUT | {"png": png.name, "pdf": "umap.yan.standard.pdf"}
    assert (png.parent / kept["pdf"]).read_bytes().startswith(b"%PDF")


def test_a_step_that_failed_is_a_picture_that_says_so(tmp_path):
    def fail(folder):
        raise ClearError("HTTP 404 " + "and so on " * 100)

    take_step("fetch", tmp_path / "source", fail)
    take_step("qc", tmp_path / "quality", fail, before=tmp_path / "source")
    about = ABOUT | {"id": "qc", "heading": "Quality of Yan", "shows": {"dataset": "yan"}}
    files = {"qc": str(tmp_path / "quality"), "prepare": []}
    fig = drawing.draw(about, files, {"title": "Yan"})
    lines = fig.texts[0].get_text().splitlines()
    assert lines[0] == "Quality of Yan: no data"
    assert lines[1].startswith("fetch failed: HTTP 404 and so on")
    assert max(map(len, lines)) <= 110

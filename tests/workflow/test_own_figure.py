"""A figure is one file: its rule, its place on the page and in Snakemake's report follow."""

import json
import re
from html import unescape

RUN = ["datasets=[tiny]", "methods=[control_random]", "seeds=[0]", "run=r"]


def test_one_module_makes_a_figure_of_the_page_and_of_the_report(
    clone, cards, contributing, snakemake, planned
):
    arguments = ["--config", f"extra_cards={cards}", *RUN]
    keywords = {"snakefile": clone / "Snakefile"}
    snakemake(clone, *arguments, **keywords)
    (clone / "clear/benchmark/figures/cost.py").write_text(contributing["figures/cost.py"])
    assert planned(clone, *arguments, **keywords) == {"figure_cost": 1, "page": 1}
    snakemake(clone, *arguments, **keywords)

    figures = clone / "results/r/figures"
    record = json.loads((figures / "cost.tiny.json").read_text())
    assert record["heading"] == "Time on Tiny"
    assert (figures / record["png"]).read_bytes().startswith(b"\x89PNG")
    assert (figures / record["pdf"]).read_bytes().startswith(b"%PDF")
    page = (clone / "results/r/report/index.html").read_text()
    headings = re.findall(r"<figure>\s*<h3>(.*?)</h3>", page)
    assert headings[-1] == "Time on Tiny"
    assert headings[0] == "Clustering (Fig. 2A)"
    assert record["caption"] in unescape(page)

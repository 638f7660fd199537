"""What the tests of the page read: its elements, the rows behind it, figures beside it."""

import json
import re
from html.parser import HTMLParser

from PIL import Image

from clear.benchmark.report import overview
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.tsv import read_table


class Reader(HTMLParser):
    """Collects links, sources and the texts of table rows."""

    def __init__(self, html):
        super().__init__()
        self.links, self.sources, self.rows, self.tags = [], [], [], []
        self.cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Note what is looked for."""
        attrs = dict(attrs)
        self.tags.append(tag)
        (self.links if tag == "a" else self.sources).extend(
            attrs[key] for key in ("href", "src", "srcset", "action") if attrs.get(key)
        )
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        """Note what is looked for."""
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data):
        """Note what is looked for."""
        if self.cell:
            self.rows[-1][-1] += data


def figure_of(run, name, heading, caption):
    """Record of a figure, beside its files."""
    record = run.folder / "figures" / f"{name}.json"
    record.parent.mkdir(exist_ok=True)
    Image.new("RGB", (2000, 1000), "white").save(record.with_suffix(".png"))
    record.with_suffix(".pdf").write_bytes(b"%PDF")
    about = {"heading": heading, "caption": caption, "png": f"{name}.png", "pdf": f"{name}.pdf"}
    record.write_text(json.dumps(about))
    return record


def ranks_of(run):
    """The rows of ranks.tsv."""
    run.write()
    return read_table(run.folder / "ranks.tsv").to_dict("records")


def data_of(html):
    """What the script of the page selects from, of the first task."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


def costs_of(run):
    return overview.costs(costs_table(run.runs), run.manifest)


def after_the_claims(html):
    """What stands below the section of claims, which has a table too."""
    return html.split('<section id="task-clustering"')[1]


def view_of(row):
    return row["dataset"], row["track"], row["metric"]

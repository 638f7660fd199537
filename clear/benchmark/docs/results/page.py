"""The page of results: generated sections between markers, and the text around them, which stays."""

from pathlib import Path

from clear.benchmark.docs.results import runs, tables
from clear.benchmark.docs.results.combine import combine
from clear.benchmark.docs.results.measures import CLUSTERING, REFERENCES, Measures
from clear.benchmark.docs.results.task_tables import task_section
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, OWN_K, TRACKS
from clear.errors import ClearError
from clear.files.atomic import write_text

BEGIN, END = "<!-- results {name}: made by {command} -->\n", "<!-- end of results {name} -->\n"
COMMAND = "`python -m clear.benchmark.docs.results`"
LEGEND = """
ARI and NMI are means over datasets (of means over seeds) without those on which the method was tuned;
*ARI, all* is over all. A failed run counts as the random control. Ranks come from pairs of methods on
the datasets that both have. A win or loss is a difference beyond ±.02; *P* are the probabilities of the
Bayesian signed rank test; intervals are by a bootstrap over datasets, then seeds.
"""


def write_section(page: Path, name: str, folders: list[Path], revision: str | None) -> None:
    """Make a section of the page anew, or add it at the end.

    Parameters
    ----------
    page
        A Markdown file; what stands outside the markers of the section stays as it is.
    name
        Of the section.
    folders
        ``results/<run>`` of the runs that it is made from.
    revision
        Of the code that ran, for the first lines.

    Raises
    ------
    ClearError
        The page has one of the markers only, or one twice; runs do not belong together.
    """
    begin, end = (mark.format(name=name, command=COMMAND) for mark in (BEGIN, END))
    text = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    if (text.count(begin), text.count(end)) == (0, 0):
        text += f"\n## {name}\n\n{begin}{end}"
    if (text.count(begin), text.count(end)) != (1, 1):
        raise ClearError(f"{page} must have {begin.strip()} and {end.strip()} once each.")
    before, rest = text.split(begin)
    write_text(page, before + begin + section(folders, revision) + end + rest.split(end)[1])


def section(folders: list[Path], revision: str | None) -> str:
    """Return the tables of runs as Markdown."""
    combined = combine(folders)
    parts = [f"\n{runs.settings(combined, revision)}\n", runs.origins(combined), LEGEND]
    if CLUSTERING in combined.tasks:
        parts += _clustering(Measures(combined))
    others = [name for name, task in combined.tasks.items() if task["scored"]]
    parts += [task_section(Measures(combined, name)) for name in others if name != CLUSTERING]
    parts += ["\n### Runs without a result\n\n", runs.unscored(combined)]
    parts += ["\n### Time and memory\n\nMedians over seeds on each dataset.\n\n"]
    return "".join([*parts, runs.costs(combined), "\n"])


def _clustering(measures: Measures) -> list[str]:
    parts = []
    for track in (GIVEN_K, ESTIMATED_K, OWN_K):
        if track not in set(measures.ranks["track"]):
            continue
        parts += [f"\n### {TRACKS[track][0].upper()}{TRACKS[track][1:]}\n\n", tables.ranking(measures, track)]
        # With few datasets a comparison says no more than the table of all datasets below.
        tested = measures.differences.dropna(subset="p_better")
        there = set(tested["reference"][tested["track"] == track])
        for reference in (name for name in REFERENCES if name in there):
            words = measures.combined.methods[reference]["title"]
            parts += [f"\nARI minus that of {words}, on datasets that neither was tuned on:\n\n"]
            parts += [tables.comparison(measures, track, reference)]
    parts += ["\n### ARI on each dataset, true number of types given\n\nBold: the best. Italics: the "]
    parts += ["method was tuned on it. Letters: what became of the runs.\n\n"]
    return [*parts, tables.by_dataset(measures, GIVEN_K)]

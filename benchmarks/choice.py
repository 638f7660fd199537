"""Tell what was chosen on some datasets apart from what holds on others.

    python benchmarks/choice.py results/development docs/development.tsv --out docs/development.tsv

Reads the scores of finished runs, or tables that it wrote before (what several have is taken from
the first), writes the adjusted Rand index of each dataset and method (means
over seeds; ``sweep``: over the resolutions of Leiden) and prints, as Markdown: the means, on the
datasets that all methods have; what ``clear`` differs by from each other method; the score of a
choice by the mean on four of five groups of datasets (by tissue and laboratory), on the fifth; and
the form that the rule of :func:`named` takes, on all groups and on four for the fifth.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.statistics.bayes import signed_rank

GROUPS = {
    "embryo and stem cells": "yan deng goolam blakeley kolodziejczyk_subset islam2011 ipsc_cm",
    "brain and neurons": (
        "darmanis camp zeisel_subset romanov_neurons tasic_interneuron worm_neuron "
        "oligodendroglioma"
    ),
    "blood": "paul15 human_dc lps_bmdc mca_spleen",
    "organs": (
        "baron_mouse pancreas_3studies treutlein tm_kidney human_kidney mouse_bladder mca_placenta"
    ),
    "cell lines": "pollen cellmix5 cellmix_2protocols cellmix_5batches",
}
# Candidates; not those without an augmentation: what augmentations are for is not measured here.
FORMS = "^(clear|ablation_value_.*)$"
COMPARED = f"{FORMS}|pca(_scaled)?$"
MEASURES = ["given_k", "estimated_k", "leiden_1.0", "sweep"]
KEYS = ["dataset", "perturbation", "method"]


def measured(run: Path) -> pd.DataFrame:
    """Return the means over seeds of one run (dataset, perturbation and method x measures).

    ``run`` is its folder, or a table that an earlier call wrote.
    """
    if run.is_file():
        return pd.read_csv(run, sep="\t", index_col=KEYS)[MEASURES]
    scores = pd.read_csv(run / "scores.tsv", sep="\t", low_memory=False)
    scores = scores[(scores["metric"] == "ari") & (scores["status"] == "ok")]
    tracks = scores.pivot_table(index=KEYS, columns="track", values="value")
    tracks["sweep"] = tracks.filter(regex=r"^leiden_").mean(axis=1)
    return tracks[MEASURES].dropna(how="all")


def chosen(table: pd.DataFrame) -> float:
    """Return the mean score of what is best on the other groups (datasets x methods).

    It is NaN where all datasets are of one group.
    """
    score = {}
    for names in GROUPS.values():
        held = table.index.isin([f"dev_{name}" for name in names.split()])
        if held.any() and not held.all():
            best = table[~held].mean().idxmax()
            score |= table.loc[held, best].to_dict()
    return float(np.mean(list(score.values()))) if score else float("nan")


def margins(scores: pd.DataFrame) -> pd.DataFrame:
    """Return by how much forms are ahead of principal components (measures x forms).

    ``scores`` has datasets in rows, pairs of measure and method in columns. On each measure the
    opponent is that of ``pca`` and ``pca_scaled`` which has the higher mean.
    """
    means = scores.mean().unstack()
    return means.filter(regex=FORMS).sub(means[["pca", "pca_scaled"]].max(axis=1), axis=0)


def named(scores: pd.DataFrame, draws: int = 1000) -> tuple[str, str, float, float]:
    """Return the form that the rule takes, the best, how far that is ahead, and the error of that.

    The best form is the one whose smallest margin over the measures is largest
    (:func:`margins`). It replaces ``clear`` only if its smallest margin is larger by more than
    a standard error (bootstrap over datasets): a default changes for evidence, not for a draw.
    """
    worst = margins(scores).min()
    best = worst.idxmax()
    random = np.random.default_rng(0)
    drawn = [scores.iloc[random.integers(len(scores), size=len(scores))] for _ in range(draws)]
    ahead = [(low := margins(sample).min())[best] - low["clear"] for sample in drawn]
    difference, error = worst[best] - worst["clear"], float(np.std(ahead, ddof=1))
    return best if difference > error else "clear", best, float(difference), error


def print_rule(scores: pd.DataFrame) -> None:
    """Print what the rule takes of all groups, and of four of them for the fifth."""
    taken, best, difference, error = named(scores)
    print(
        f"Largest smallest margin over PCA: `{best}`, ahead of `clear` by {difference:.3f} "
        f"(standard error {error:.3f}), so the rule takes `{taken}`.\n"
    )
    print(margins(scores).T.round(3).to_markdown(), "\n")
    kept, free = [], []
    for group, names in GROUPS.items():
        held = scores.index.isin([f"dev_{name}" for name in names.split()])
        if held.any() and not held.all():
            taken, best, *_ = named(scores[~held])
            kept.append(scores[held].xs(taken, axis=1, level="method"))
            free.append(scores[held].xs(best, axis=1, level="method"))
            print(f"- without {group}: the rule takes `{taken}`, the best is `{best}`")
    shown = {"taken by the rule": kept, "the best, whatever its margin": free}
    table = pd.DataFrame({name: pd.concat(parts).mean() for name, parts in shown.items()})
    table = table.join(scores.mean().unstack()[["clear", "pca", "pca_scaled"]])
    print(f"\nScored on the group left out:\n\n{table.T.round(3).to_markdown()}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "runs", type=Path, nargs="+", help="folders of finished runs, or tables written before"
    )
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    parser.add_argument("--methods", nargs="+", help="only these (default: all)")
    parser.add_argument(
        "--without", nargs="+", default=[], help="no candidates of the rule: refused otherwise"
    )
    options = parser.parse_args()
    scores = pd.concat(map(measured, options.runs))
    scores = scores[~scores.index.duplicated()].sort_index().round(4)
    scores.to_csv(options.out, sep="\t")
    for (perturbation, measure), table in scores.stack().groupby(level=["perturbation", 3]):
        table = table.unstack("method").droplevel(["perturbation", 1])
        table = table[options.methods].dropna() if options.methods else table.dropna()
        if "clear" not in table or table.empty:
            continue
        print(f"\n{perturbation}, {measure}: {len(table)} datasets\n")
        print("| method | mean | P clear better | P clear worse |\n|---|---|---|---|")
        if {"pca", "pca_scaled"} <= set(table):
            table["better PCA of each"] = table[["pca", "pca_scaled"]].max(axis=1)
        for method, mean in table.mean().sort_values(ascending=False).items():
            worse, _, better = signed_rank((table["clear"] - table[method]).to_numpy())
            odds = "| | |" if method == "clear" else f"| {better:.2f} | {worse:.2f} |"
            print(f"| `{method}` | {mean:.3f} {odds}")
        own = table.filter(regex="^(clear|ablation_(value|without)_.*)$")
        if own.shape[1] > 1:
            print(
                f"\nBest of {own.shape[1]} variants on four groups, on the fifth: {chosen(own):.3f}"
            )
    for perturbation, table in scores.groupby(level="perturbation"):
        table = table.droplevel("perturbation").unstack("method")
        table = table.rename_axis(columns=["measure", "method"])
        methods = table.columns.get_level_values("method")
        if not {"clear", "pca", "pca_scaled"} <= set(methods):
            continue
        table = table.loc[table["given_k"]["clear"].notna(), methods.str.match(COMPARED)]
        partly = table.columns[table.isna().any()].unique("method")
        table = table.drop(columns=partly, level="method")
        table = table.drop(columns=options.without, level="method", errors="ignore")
        if len(table) > 1:
            print(f"\n{perturbation}, the rule: {len(table)} datasets\n")
            if len(partly):
                print(f"Not run on all of them, so no candidates: {', '.join(partly)}.\n")
            print_rule(table)


if __name__ == "__main__":
    main()

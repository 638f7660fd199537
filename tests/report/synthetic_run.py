"""Invented results of a run, realistic in form: manifest, scores, runs and UMAP tables."""

import json

import numpy as np
import pandas as pd

from clear.benchmark.claims.claim import Claim
from clear.benchmark.claims.evaluate import claim_tables
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.report.manifest import task_record
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.statistics.differences import differences_table
from clear.benchmark.statistics.leave_out import leave_out_table
from clear.benchmark.statistics.mean_ranks import mean_rank_table
from clear.benchmark.statistics.ranks import rank_table
from clear.benchmark.statistics.relative_costs import relative_costs_table
from clear.benchmark.statistics.summary import statistics_table
from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.collect import ABOUT_RUN
from clear.benchmark.tasks.score import COLUMNS, RUN

METRICS = ["ari", "nmi", "accuracy", "homogeneity", "completeness", "v_measure", "jaccard"]

DATASETS = {
    "yan": ("Yan", "human", "rpkm", 90, 20214, 7),
    "deng": ("Deng", "mouse", "rpkm", 268, 22431, 10),
    "pollen": ("Pollen", "human", "tpm", 301, 23730, 11),
    "pbmc68k_reduced": ("PBMC 68k (reduced)", "human", "log1p", 700, 765, 10),
    "sim_batches": ("Simulated batches", "none", "counts", 600, 1000, 5),
}
METHODS = {
    "clear": ("CLEAR", "upstream", ["embedding"], 0.8),
    "pca": ("PCA + k-means", "reimplementation", ["embedding"], 0.65),
    "scvi": ("scVI", "upstream", ["embedding"], 0.7),
    "seurat": ("Seurat", "upstream", ["embedding", "clusters_estimated_k"], 0.6),
    "control_random": ("Control: random", "control", ["embedding"], 0.0),
    "control_labels": ("Control: labels", "control", ["embedding"], 1.0),
}
FAILURES = {
    (None, "seurat"): "not_installed",
    ("deng", "scvi", 1): "timeout",
    ("pollen", "scvi"): "out_of_memory",
}


def dataset_card(name, title, organism, unit, cells, genes, types):
    """Card of a dataset as ``run.json`` holds it."""
    return {
        "id": name,
        "title": title,
        "citation": f"{title} et al. 2013",
        "doi": "10.1038/nsmb.2660",
        "organism": organism,
        "protocol": "Smart-seq",
        "unit": unit,
        "stages": None,
        "expected": {"cells": cells, "genes": genes, "types": types},
        "tasks": ["clustering"],
        "notes": f"Labels of {title} as published; <1 % of cells unlabelled.",
    }


def method_card(name, title, implementation, outputs):
    """Card of a method as ``run.json`` holds it."""
    return {
        "id": name,
        "title": title,
        "reference": f"{title}: authors, journal 2020",
        "doi": "10.1093/bib/bbac377",
        "url": "https://example.org/" + name,
        "licence": "MIT",
        "implementation": implementation,
        "language": "R" if name == "seurat" else "python",
        "env": "main",
        "tasks": ["clustering"],
        "outputs": outputs,
        "told": ["labels"] if name == "control_labels" else [],
        "gpu": name in ("clear", "scvi"),
        "stochastic": not name.startswith(("pca", "seurat")),
        "reproducible": name != "scvi",
        "limits": {"minutes": 60, "memory_gb": 8},
        "settings": {"epochs": 5, "lr": 1.0} if name == "clear" else {},
        "notes": "",
    }


def manifest(datasets=None, methods=None, seeds=(0, 1)):
    """Manifest of a run on these datasets ``{id: (title, ...)}`` and methods."""
    datasets, methods = datasets or DATASETS, methods or METHODS
    return {
        "tasks": {"clustering": task_record("clustering") | {"unscored": []}},
        "config": {
            "run": "demo",
            "quick": True,
            "seeds": list(seeds),
            "recipes": ["standard"],
            "perturbations": {},
            "mirror": None,
        },
        "datasets": {name: dataset_card(name, *rest) for name, rest in datasets.items()},
        "sources": {},
        "methods": {name: method_card(name, *rest[:3]) for name, rest in methods.items()},
        "versions": {"numpy": "2.4.6", "torch": "2.9.0", "scanpy": "1.11.5"},
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "source_hash": "a1b2c3d4e5f60718",
    }


def many(n_datasets=10, n_methods=14):
    """Datasets and methods of a large run, the last two methods controls."""
    names = ["CLEAR", "scDHA", "scVI", "Seurat", "SC3", "CIDR", "SINCERA", "SIMLR", "scGNN",
             "DESC", "SoptSC", "PCA", "UMAP", "CICL", "GraphSCC", "scDeepCluster"]  # fmt: skip
    places = ["Deng", "Yan", "Pollen", "Kolodziejczyk", "Muraro", "Hrvatin", "Bladder",
              "Diaphragm", "Limb muscle", "Mammary gland"]  # fmt: skip
    datasets = {p.lower(): (p, "mouse", "counts", 500, 2000, 8) for p in places[:n_datasets]}
    methods = {
        n.lower(): (n, "upstream", ["embedding"], 0.9 - 0.04 * i)
        for i, n in enumerate(names[: n_methods - 2])
    }
    controls = {name: METHODS[name] for name in ("control_random", "control_labels")}
    return datasets, methods | controls


def scores(run, levels=None, failures=None):
    """Tidy scores of every run of a manifest.

    Parameters
    ----------
    run
        A manifest.
    levels
        ``{method: mean score}``.
    failures
        ``{(dataset, method) or (dataset, method, seed): status}``; None as dataset means all.
    """
    levels = levels or {name: spec[3] for name, spec in METHODS.items()}
    failures = {(None, "seurat"): "not_installed"} if failures is None else failures
    random, rows = np.random.default_rng(0), []
    for dataset in run["datasets"]:
        shift = random.normal(0, 0.12)
        for method, card in run["methods"].items():
            for seed in (
                run["config"]["seeds"] if card["stochastic"] else run["config"]["seeds"][:1]
            ):
                key = {"dataset": dataset, "recipe": "standard", "perturbation": "none"}
                key |= {"method": method, "seed": seed}
                keys = [(dataset, method, seed), (dataset, method), (None, method)]
                status = next((failures[k] for k in keys if k in failures), "ok")
                key |= {"task": "clustering", "status": status, "scorer_sd": 0.01}
                if status != "ok":
                    rows.append(key | {"track": None, "metric": None, "value": np.nan})
                    continue
                spread = 0.0 if card["implementation"] == "control" else 0.03
                level = levels[method] + (shift if spread else 0)
                for track in TASK.served(card):
                    if TASK.tracks[track].curve:
                        continue
                    metrics = ["asw"] if track == "embedding" else [*METRICS, "n_clusters"]
                    for metric in metrics:
                        value = float(np.clip(level + random.normal(0, spread), -0.1, 1))
                        value = 8.0 if metric == "n_clusters" else value
                        rows.append(key | {"track": track, "metric": metric, "value": value})
    return pd.DataFrame(rows).assign(message="")[COLUMNS]


def runs(run, table):
    """Table of runs that belongs to a table of scores."""
    random, rows = np.random.default_rng(1), []
    for about, part in table.groupby(RUN, sort=False):
        row = dict(zip(RUN, about, strict=True)) | {"status": part["status"].iloc[0]}
        row |= {"message": f"{row['status']}: see <output.log> & retry"}
        if row["status"] == "ok":
            row |= {"message": "", "wall_s": random.uniform(2, 90)}
            row |= {"cpu_s": random.uniform(2, 150), "peak_memory_mb": random.uniform(300, 2500)}
        row |= {"scored": int(part["value"].notna().sum())}
        row |= {"tasks": "clustering: given_k, estimated_k, embedding"}
        row |= {"isolated": "no: no bubblewrap" if row["method"] == "scvi" else "yes"}
        row |= {"device": "cpu", "host": "bench-01", "source_hash": "1234567e89"}
        row |= {"started": f"2025-03-0{1 + row['seed'] % 9}T10:15:00Z"}
        row |= {"versions": json.dumps({"numpy": "2.4.6", "python": "3.11.9"})}
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=ABOUT_RUN)


def statistics(run, score_table):
    """Table of statistics that belongs to a table of scores."""
    served = {name: TASK.served(card) for name, card in run["methods"].items()}
    return statistics_table(score_table, {"clustering": served})


CLAIM = Claim(
    id="clear_best", figure="2A", where="Results", quote="CLEAR is the best", rule="highest",
    test="CLEAR's mean ARI is the highest.", methods=["clear"], rivals=["pca", "control_random"],
    datasets=["yan", "deng"], task="clustering", track="given_k", metric="ari", published=None,
    recipe="standard", perturbation="none", note="Two datasets.",
)  # fmt: skip


def claims(run, score_table):
    """Tables of claims: one that the run can judge, unless it is quick, and one that it cannot."""
    unknown = Claim(**vars(CLAIM) | {"id": "elsewhere", "datasets": ["hrvatin"]})
    all_seeds, quick = run["config"]["seeds"], run["config"]["quick"]
    fixed = {name for name, card in run["methods"].items() if not card["stochastic"]}
    seeds = {name: all_seeds[:1] if name in fixed else all_seeds for name in run["methods"]}
    there = list(run["datasets"])
    return claim_tables([CLAIM, unknown], {}, score_table, there, seeds, fixed, quick)


def ranked_by(run):
    """What ranks depend on beside the statistics: metrics, controls, where settings were chosen."""
    metrics = {name: vars(metric) for name, metric in all_metrics().items()}
    controls = [n for n, card in run["methods"].items() if card["implementation"] == "control"]
    tuned_on = {name: card.get("tuned_on", []) for name, card in run["methods"].items()}
    return metrics, controls, tuned_on


def summaries(run, score_table, run_table):
    """Tables that are made from tables of scores and runs."""
    tables = {"statistics": statistics(run, score_table)}
    metrics, controls, tuned_on = given = ranked_by(run)
    tables["ranks"] = rank_table(tables["statistics"], *given)
    tables["costs"] = costs_table(run_table)
    references = [name for name in run["methods"] if name in ("clear_paper", "clear")]
    groups = {name: card.get("related", name) for name, card in run["datasets"].items()}
    tables["differences"] = differences_table(
        score_table, tables["statistics"], metrics, references, controls, tuned_on
    )
    tables["mean_ranks"] = mean_rank_table(tables["statistics"], *given)
    tables["leave_out"] = leave_out_table(tables["statistics"], *given, groups)
    tables["relative_costs"] = relative_costs_table(tables["costs"], references)
    tables["claims"], tables["claim_pairs"] = claims(run, score_table)
    return tables


def umap(run, dataset, methods, cells=300, types=None):
    """UMAP table: a blob per type, for each method."""
    random = np.random.default_rng(2)
    types = types or [f"type {i}" for i in range(8)]
    centres = random.normal(0, 5, (len(types), 2))
    parts = []
    for method in methods:
        label = random.integers(0, len(types), cells)
        xy = centres[label] + random.normal(0, 0.8, (cells, 2))
        table = pd.DataFrame(xy, columns=["umap1", "umap2"])
        table["cell"] = [f"cell_{i:06d}" for i in range(cells)]
        parts.append(table.assign(cell_type=np.array(types)[label], method=method))
    return pd.concat(parts, ignore_index=True).assign(seed=run["config"]["seeds"][0])


def records(folder, run):
    """Write fetch.json, read.json and prepare.json of every dataset; return their paths."""
    paths = []
    for name, card in run["datasets"].items():
        cells, genes = card["expected"]["cells"], card["expected"]["genes"]
        types = {f"type {i}": 10 + i for i in range(card["expected"]["types"])}
        source = {
            "name": f"{name}.rds",
            "origin": "mirror",
            "location": f"/somewhere/{name}.rds",
            "sha256": "3a2a18a559a8b7a4280dc6893ac77db15142068d947c5b77f2e6451cdc17748a",
        }
        contents = {
            "source/fetch.json": {"source": "main", "files": [source]},
            "read.json": {
                "unit": card["unit"],
                "types": types,
                "files": {f"{name}.rds": source["sha256"]},
                "remarks": [],
            },
            "standard/none/prepare.json": {
                "recipe": "standard",
                "unit": card["unit"],
                "cells": {"before": cells, "after": cells - 2},
                "genes": {"before": genes, "after": genes // 2},
                "types": types,
            },
        }
        for place, content in contents.items():
            path = folder / "data" / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"dataset": name} | content))
            paths.append(path)
    return paths

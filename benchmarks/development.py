"""Compare the presets with PCA and scVI on the data sets that `recommended` was found on.

python benchmarks/development.py --data FOLDER [--seeds 3]
python benchmarks/development.py --data FOLDER --held-out

Appends one row per run to docs/development.tsv, skips what is there, and prints the means. With
--held-out it is other data sets, which nothing was chosen on, and docs/held_out.tsv. k-means is
told the true number of types; nothing else sees a label.
"""

# ruff: noqa: E402 (PyTorch is told how to wait before it is loaded)
import argparse
import logging
import time
import warnings
from pathlib import Path

from clear.fast.threads import wait_asleep

wait_asleep()

import anndata
import numpy as np
import pandas as pd
import scanpy as sc

from clear import CLEAR
from clear.benchmark.ablation.plan import DATASETS
from clear.benchmark.ablation.run import prepare_dataset
from clear.benchmark.cards import read_yaml, validate
from clear.benchmark.code_hash import ROOT
from clear.benchmark.methods.outputs import read_truth
from clear.benchmark.metrics.clustering import METRICS
from clear.clusters import kmeans
from clear.files.atomic import atomic_path
from clear.presets import PRESETS

HELD_OUT = ("cellmix_5batches", "cellmix_2protocols", "human_dc", "tm_kidney", "paul15")
COMPONENTS = 50


def components(adata: anndata.AnnData, scaled: bool, seed: int) -> np.ndarray:
    """Return 50 principal components of the highly variable genes."""
    chosen = adata[:, adata.var["highly_variable"]].copy()
    if scaled:
        sc.pp.scale(chosen, max_value=10)
    sc.pp.pca(chosen, n_comps=min(COMPONENTS, *(n - 1 for n in chosen.shape)), random_state=seed)
    return chosen.obsm["X_pca"]


def scvi_latent(adata: anndata.AnnData, seed: int) -> np.ndarray:
    """Return scVI's latent space, all settings at their defaults."""
    import scvi

    scvi.settings.seed = seed
    chosen = adata[:, adata.var["highly_variable"]].copy()
    chosen.X = chosen.layers["counts"]
    scvi.model.SCVI.setup_anndata(chosen)
    model = scvi.model.SCVI(chosen)
    model.train(accelerator="cpu", devices=1, enable_progress_bar=False, logger=False)
    return model.get_latent_representation()


METHODS = {
    "PCA": lambda adata, seed: components(adata, False, seed),
    "PCA, genes scaled": lambda adata, seed: components(adata, True, seed),
    "scVI": scvi_latent,
    **{
        f"CLEAR ({name})": lambda adata, seed, name=name: CLEAR(
            preset=name, seed=seed, device="cpu"
        ).fit_transform(adata)
        for name in PRESETS
    },
}


def card_of(dataset: str) -> dict:
    """Return the card of a ready-made file, or a stand-in's; empty where there is none."""
    paths = [ROOT / f"config/datasets/{name}.yaml" for name in (f"dev_{dataset}", dataset)]
    return next((read_yaml(path) for path in paths if path.exists()), {})


def main() -> None:
    """Do what is not in the table yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with <dataset>.h5ad")
    parser.add_argument("--datasets", nargs="+", metavar="ID")
    parser.add_argument("--held-out", action="store_true", help="data sets that were not tuned on")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds (default: 3)")
    parser.add_argument("--prepared", type=Path, default=Path("results/development"))
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    schema = read_yaml(ROOT / "config/schemas/config.schema.yaml")
    settings = validate(read_yaml(ROOT / "config/config.yaml"), schema, "config/config.yaml")
    table_file = ROOT / f"docs/{'held_out' if options.held_out else 'development'}.tsv"
    done = pd.read_csv(table_file, sep="\t") if table_file.exists() else pd.DataFrame()
    known = (
        set(zip(*(done[c] for c in ("dataset", "method", "seed")), strict=True))
        if len(done)
        else set()
    )
    for dataset in options.datasets or (HELD_OUT if options.held_out else DATASETS):
        folder, h5ad = options.prepared / dataset, options.data / f"{dataset}.h5ad"
        card = card_of(dataset)
        unit = card.get("canonical", {}).get("unit") or card.get("unit")
        prepare_dataset(h5ad, folder, settings["prepare"] | card.get("prepare", {}), unit)
        types = read_truth(folder / "truth.tsv")["cell_type"]
        for method in options.methods:
            for seed in range(options.seeds):
                if (dataset, method, seed) in known:
                    continue
                adata = anndata.read_h5ad(folder / "input.h5ad")
                began = time.perf_counter()
                embedding = METHODS[method](adata, seed)
                seconds = time.perf_counter() - began
                labels = types.loc[adata.obs_names].to_numpy()
                n_init = settings["scores"]["kmeans_n_init"]
                clusters = kmeans(embedding, types.nunique(), seed, n_init)
                row = {
                    "dataset": dataset,
                    "method": method,
                    "seed": seed,
                    **{m: round(METRICS[m].function(labels, clusters), 4) for m in ("ari", "nmi")},
                    "seconds": round(seconds, 1),
                }
                done = pd.concat([done, pd.DataFrame([row])], ignore_index=True)
                with atomic_path(table_file) as temporary:
                    done.to_csv(temporary, sep="\t", index=False)
                print(*row.values(), sep="\t", flush=True)
    table = done.groupby(["method", "dataset"])["ari"].mean().unstack()
    table["mean"] = table.mean(axis=1)
    print(table.round(3).sort_values("mean", ascending=False).to_string())


if __name__ == "__main__":
    main()

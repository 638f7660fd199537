"""From the files of a dataset to one canonical AnnData."""

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from anndata import AnnData

from clear.benchmark.data.alternatives import of_source
from clear.benchmark.data.annotate import annotate
from clear.benchmark.data.atlas import simulate_atlas
from clear.benchmark.data.canonical import canonical
from clear.benchmark.data.checks import check_expected, check_shape, check_unit, check_values
from clear.benchmark.data.cohort import simulate_cohort
from clear.benchmark.data.fetch.checksums import Checksums
from clear.benchmark.data.gene_names import without_sums
from clear.benchmark.data.lineages import simulate_lineages
from clear.benchmark.data.readers import READERS
from clear.benchmark.data.simulate import simulate
from clear.benchmark.data.streamed import read_streamed
from clear.files.atomic import atomic_path, write_json

PACKAGES = ("clear-sc", "anndata", "h5py", "numpy", "pandas", "rdata", "scipy")
PLURALS = {"cell_type": "types", "batch": "batches", "stage": "stages"}
PLURALS |= {"donor": "donors", "status": "statuses"}


def read(
    card: dict,
    source_dir: Path,
    out_h5ad: Path,
    out_json: Path,
    blocks: Path | None = None,
    checksums: Path | None = None,
) -> None:
    """Read a fetched dataset, check it against its card, and write it in canonical shape.

    First downloads are trusted from then on.

    Parameters
    ----------
    card
        The dataset card.
    source_dir
        The folder that :func:`clear.benchmark.data.fetch.fetch.fetch` made.
    out_h5ad
        The dataset, see :func:`clear.benchmark.data.canonical.canonical`.
    out_json
        What was done: the source and the reader, numbers of cells and genes, the types, batches
        and stages with their sizes, duplicates, remarks, the files with their digests, versions.
    blocks
        Where a dataset larger than memory is gathered, see
        :func:`clear.benchmark.data.streamed.read_streamed`.
    checksums
        Table in which first downloads are recorded.

    Raises
    ------
    ClearError
        The file cannot be read, or is not what the card says.
    """
    folder = Path(source_dir)
    fetched = json.loads((folder / "fetch.json").read_text())
    card = _as_fetched(card, fetched)
    columns = _columns(card, fetched["canonical"])
    data = load(card, folder, fetched)
    check_shape(len(data.obs), len(data.var), card["id"])
    if isinstance(data, AnnData):
        data, of_sums = without_sums(data)
        data.obs, remarks = annotate(data.obs, card, folder)
        remarks += of_sums
        adata, record = canonical(data, card, columns)
        check_values(adata.X, adata.obs_names, adata.var["gene"].array, card["id"])
        remarks += check_unit(adata.X, card["unit"], card["id"])
        record["cells"] |= {
            "kept": adata.n_obs,
            "all_zero": int((np.diff(adata.X.indptr) == 0).sum()),
        }
        record["genes"] |= {"kept": adata.n_vars}
        check_expected(adata.obs, adata.n_vars, card.get("expected") or {}, card["id"])
        with atomic_path(out_h5ad) as temporary:
            adata.write_h5ad(temporary, compression="gzip")
        obs, unit_in_file = adata.obs, str(data.uns.get("unit", ""))
    else:
        obs, record, remarks = read_streamed(data, card, columns, folder, out_h5ad, blocks)
        unit_in_file = ""
    sizes = {
        PLURALS[name]: {str(k): int(v) for k, v in obs[name].value_counts(sort=False).items()}
        for name in obs
    }
    remarks = record.pop("remarks") + remarks + _absent(sizes.get("stages") or {})
    if checksums:
        remarks += Checksums(checksums).trust_read(fetched)
    reader = "simulate" if card.get("simulate") else card["reader"]
    write_json(
        out_json,
        {
            "dataset": card["id"],
            "source": fetched["source"],
            "reader": {"name": reader, "options": card.get("reader_options") or {}},
            "unit": card["unit"],
            "unit_in_file": unit_in_file,
            **record,
            **sizes,
            "remarks": remarks,
            "canonical": fetched["canonical"],
            "files": {file["name"]: file["sha256"] for file in fetched["files"]},
            "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        },
    )


def _absent(stages: dict[str, int]) -> list[str]:
    """Return which stages of the card have no cell, and what the root then is, as a remark."""
    absent = [stage for stage, cells in stages.items() if not cells]
    if not absent:
        return []
    words = f"no cell is of the stage{'s' * (len(absent) > 1)} {', '.join(absent)}"
    there = [stage for stage in stages if stage not in absent]
    if absent[0] == next(iter(stages)) and there:
        words += f"; pseudotime starts at {there[0]}"
    return [words]


def load(card: dict, folder: Path, fetched: dict):
    """Return what the card's reader makes of the fetched files."""
    if card.get("simulate"):
        kinds = {"branches": simulate_lineages, "donors": simulate_cohort}
        kinds["samples"] = simulate_atlas
        make = next((kinds[key] for key in kinds if key in card["simulate"]), simulate)
        return make(**card["simulate"])
    reader = READERS[card["reader"]]
    files = {}
    for file in fetched["files"]:
        files.setdefault(file.get("role", "matrix"), []).append(folder / file["name"])
    files.pop("annotation", None)
    options = dict(card.get("reader_options") or {})
    if reader.needs_unit:
        options["unit"] = card["unit"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names of genes are dealt with later
        return reader.load()(files, **options)


def _as_fetched(card: dict, fetched: dict) -> dict:
    """Return the card as the source has it that the files come from."""
    if not fetched["canonical"]:
        return of_source(card, fetched["source"])
    # A ready-made file needs no reader's options, and may differ in unit and numbers.
    own = card.get("canonical") or {}
    dropped = ("reader_options", "annotations", "derive", "label_rule", "genes")
    kept = {key: value for key, value in card.items() if key not in dropped}
    changed = {name: own[name] for name in ("unit", "expected") if name in own}
    return kept | {"reader": "h5ad"} | changed


def _columns(card: dict, ready_made: bool) -> dict[str, list]:
    """Name the columns to look for; a ready-made file has names of its own."""
    label, batch, stage = card.get("label"), card.get("batch"), card.get("stage")
    of_study = {name: [card[name]] for name in ("donor", "status") if card.get(name)}
    if not ready_made:
        named = {"cell_type": label, "batch": batch, "stage": stage}
        return {name: [column] if column else [] for name, column in named.items()} | of_study
    same = ["cell_type"] if stage == label else []
    return {
        "cell_type": ["cell_type"] if label else [],
        "batch": ["batch"] if batch else [],
        "stage": ["stage", stage, *same] if stage else [],
        **{name: [name, *columns] for name, columns in of_study.items()},
    }

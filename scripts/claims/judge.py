"""Judge the paper's claims by the scores and the case studies of a run."""

import json
from pathlib import Path

import pandas as pd

from clear.benchmark.cards import find_cards
from clear.benchmark.claims.atlases import atlas_claim_table, read_atlas_claims
from clear.benchmark.claims.case_claim import read_case_claims
from clear.benchmark.claims.case_studies import case_claim_table
from clear.benchmark.claims.claim import check_names, read_claims
from clear.benchmark.claims.evaluate import claim_tables
from clear.benchmark.claims.turning_points import turning_scores
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    claims, same_cells = read_claims(Path(snakemake.input.claims), Path(snakemake.input.schema))
    scores, params = read_table(Path(snakemake.input.scores)), snakemake.params
    about, cohorts = read_case_claims(Path(snakemake.input.claims), Path(snakemake.input.schema))
    atlas_claims = read_atlas_claims(Path(snakemake.input.claims), Path(snakemake.input.schema))
    config = Path(snakemake.input.claims).parent
    of_run = {"methods": params.seeds, "datasets": params.datasets}
    check_names(
        [*claims, *about, *atlas_claims],
        {"same_cells": same_cells, "other_cohorts": cohorts},
        {kind: {*find_cards(kind, [config]), *names} for kind, names in of_run.items()},
    )
    scans = zip(params.close_ups, snakemake.input.scans, strict=True)
    turning = turning_scores({about: read_table(Path(path)) for about, path in scans})
    tables = claim_tables(
        claims,
        same_cells,
        pd.concat([scores, turning]) if len(turning) else scores,
        params.datasets,
        params.seeds,
        set(params.fixed),
        params.quick,
    )
    found = {
        (dataset, method): {"composition": read_table(Path(a)), "scores": read_table(Path(b))}
        for (dataset, method), a, b in zip(
            params.studies, snakemake.input.composition, snakemake.input.tests, strict=True
        )
    }
    studies = case_claim_table(about, cohorts, found, params.statuses, params.quick)
    maps = {
        study: json.loads(Path(path).read_text())
        for study, path in zip(
            [*params.studies, *params.atlases], snakemake.input.maps, strict=True
        )
    }
    types = {
        study: read_table(Path(path))
        for study, path in zip(params.atlases, snakemake.input.types, strict=True)
    }
    runs = read_table(Path(snakemake.input.runs))
    atlases = atlas_claim_table(atlas_claims, maps, types, runs, params.quick)
    parts = [table.astype(object) for table in (tables[0], studies, atlases)]
    judged = pd.concat(parts, ignore_index=True)
    for table, path in zip((judged, tables[1]), snakemake.output, strict=True):
        write_table(table, Path(path))

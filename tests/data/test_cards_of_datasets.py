"""Mistakes in dataset cards that the schema cannot tell: refused before anything is fetched."""

import anndata
import pytest

from clear.benchmark.cards import CardError, validate
from clear.benchmark.code_hash import ROOT
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.data.readers import READERS
from clear.benchmark.schemas import read_schemas

SCHEMA = read_schemas(ROOT)["dataset"]
ROLES = {"m.csv": "matrix", "a.csv": "annotation"}


def entries(roles):
    return [{"name": name, "role": role} for name, role in roles.items()]


@pytest.fixture
def check(tmp_path):
    """A card as the workflow takes it in."""

    def check(roles=ROLES, **keys):
        card = {"id": "toy", "title": "Toy", "unit": "counts", "tasks": ["clustering"]}
        card |= {"files": entries(roles)} if roles else {}
        card |= {"reader_options": {"genes_in": "rows"}} | keys
        return with_source(validate(card, SCHEMA, "toy.yaml") | {"_file": tmp_path / "toy.yaml"})

    return check


def other(roles, name="other", **keys):
    return {"name": name, "files": entries(roles), **keys}


def test_a_card_without_mistakes(check):
    card = check(
        annotations=[{"file": "a.csv", "match": "(.)", "replace": {"-": r"\g<0>."}}],
        alternatives=[other({"m.h5ad": "matrix"}), other({"m.rda.gz": "matrix"}, "third")],
    )
    assert card["reader"] == "table"
    assert [part["reader"] for part in card["alternatives"]] == ["h5ad", "sce"]


def test_the_first_matrix_tells_the_reader(check):
    card = check({"a.csv": "annotation", "m.h5ad": "matrix"}, reader_options={})
    assert card["reader"] == "h5ad"


def test_another_source_does_not_take_over_the_reader(check):
    """What is in its files has nothing to do with those of the first source."""
    card = check({"m.txt.gz": "matrix"}, reader="table", alternatives=[other({"m.rds": "matrix"})])
    assert card["alternatives"][0]["reader"] == "sce"
    with pytest.raises(CardError, match=r"toy\.yaml: alternatives\.other\.no reader for 'n\.txt'"):
        check({"m.txt": "matrix"}, reader="table", alternatives=[other({"n.txt": "matrix"})])


@pytest.mark.parametrize("suffix", ["loom", "zarr"])
def test_formats_to_convert(check, suffix):
    with pytest.raises(CardError) as caught:
        check({}, path=f"../mine.{suffix}", reader_options={})
    assert f"anndata.io.read_{suffix}('mine.{suffix}').write_h5ad('mine.h5ad')" in str(caught.value)
    assert hasattr(anndata.io, f"read_{suffix}")


def test_types_that_yaml_reads_as_numbers_are_names(check):
    rule = {"drop": [0], "merge": {1: [2, "3"]}}
    card = check(
        label_rule=rule, expected={"sizes": {1: 20}}, derive={7: {"from": "name", "pattern": "(.)"}}
    )
    assert card["label_rule"] == {"drop": ["0"], "merge": {"1": ["2", "3"]}}
    assert card["expected"] == {"sizes": {"1": 20}} and list(card["derive"]) == ["7"]


NO_GROUP = "'x+' has no group: put one into parentheses."
NO_REGEX = "not a regular expression: "


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"reader_options": {"genes_in": "rows", "gens": "x"}},
            "reader_options: reader 'table' has no option 'gens'. Did you mean 'gene'?",
        ),
        (
            {"reader": "h5ad", "reader_options": {"assay": "x"}},
            "reader_options: reader 'h5ad' has no option 'assay'. Known: layer, use_raw.",
        ),
        (
            {"reader_options": {}},
            "reader_options: reader 'table' needs the option 'genes_in'. Where the genes are: ",
        ),
        (
            {"roles": ROLES | {"b.tsv": "barcodes"}},
            "files: reader 'table' has no use for the role 'barcodes' of 'b.tsv'. Known: ",
        ),
        ({"roles": {"m.csv": "annotation"}}, "files: none has the role 'matrix'."),
        (
            {"files": entries(ROLES) + entries(ROLES)},
            "files: two have the name 'm.csv'.",
        ),
        (
            {"roles": {"a.h5ad": "matrix", "b.h5ad": "matrix"}, "reader_options": {}},
            "files: reader 'h5ad' reads a single file, but 2 have the role 'matrix': a.h5ad, b.h5",
        ),
        (
            {"annotations": [{"file": "b.csv"}]},
            "annotations: 'b.csv' is not one of `files`. Did you mean ",
        ),
        (
            {"annotations": [{"file": "m.csv"}]},
            "annotations: 'm.csv' has the role 'matrix', so that the reader would take it for ",
        ),
        (
            {"annotations": [{"file": "a.csv", "match": "x+"}]},
            f"annotations.a.csv.match: {NO_GROUP}",
        ),
        (
            {"annotations": [{"file": "a.csv", "match": "(x"}]},
            f"annotations.a.csv.match: {NO_REGEX}",
        ),
        (
            {"annotations": [{"file": "a.csv", "replace": {"(": "."}}]},
            f"annotations.a.csv.replace: {NO_REGEX}missing )",
        ),
        (
            {"annotations": [{"file": "a.csv", "replace": {"x": r"\1"}}]},
            f"annotations.a.csv.replace: {NO_REGEX}invalid group reference 1",
        ),
        ({"derive": {"t": {"from": "name", "pattern": "x+"}}}, f"derive.t.pattern: {NO_GROUP}"),
        (
            {"reader_options": {"genes_in": "rows", "pattern": "(?P<x"}},
            f"reader_options.pattern: {NO_REGEX}",
        ),
        (
            {"reader_options": {"genes_in": "rows", "pattern": 5}},
            f"reader_options.pattern: {NO_REGEX}",
        ),
        (
            {"label_rule": {"drop": ["x"], "merge": {"y": ["x"]}}},
            "label_rule: the label 'x' is named twice.",
        ),
        (
            {"label_rule": {"merge": {"y": ["x"], "z": ["w", "x"]}}},
            "label_rule: the label 'x' is named twice.",
        ),
        (
            {"stage": "time"},
            "stages: name the stages of the column of `stage`, earliest first.",
        ),
        ({"stage": "time", "stages": ["a", "b", "a"]}, "stages"),
        ({"stages": ["a", "b"]}, "stage: name the column with these stages"),
        (
            {"alternatives": [other(ROLES), other({"m.h5ad": "matrix"})]},
            "alternatives: two have the name 'other'.",
        ),
        (
            {"roles": {}, "path": "m.csv", "alternatives": [other({"m.h5ad": "matrix"})]},
            "alternatives: only a card with `files` has other sources.",
        ),
        (
            {"alternatives": [other(ROLES, reader="table")]},
            "alternatives.other.reader_options: reader 'table' needs the option 'genes_in'.",
        ),
        (
            {"alternatives": [other({"x.h5ad": "matrix"}, annotations=[{"file": "a.csv"}])]},
            "alternatives.other.annotations: 'a.csv' is not one of `files`.",
        ),
        (
            {"alternatives": [other({"m.h5ad": "matrix", "f.tsv": "features"})]},
            "alternatives.other.files: reader 'h5ad' has no use for the role 'features'",
        ),
    ],
)
def test_a_mistake_is_named(check, keys, message):
    with pytest.raises(CardError) as caught:
        check(**keys)
    assert str(caught.value).startswith(f"toy.yaml: {message}")


@pytest.mark.parametrize("name", READERS)
def test_every_reader_needs_options_that_it_has(name):
    reader = READERS[name]
    assert set(reader.needed) <= set(reader.options)


def test_paths_that_lead_nowhere(check, tmp_path):
    loop = tmp_path / "loop.h5ad"
    loop.symlink_to(loop)
    mine = {"path": "loop.h5ad", "reader_options": {}}
    assert check({}, **mine)["path"] == str(loop)  # fetching says that it is broken
    with pytest.raises(CardError, match="path: ~nobody_here/x.h5ad: Could not determine home"):
        check({}, path="~nobody_here/x.h5ad", reader_options={})

"""What a user can write wrong in a card is told apart and named."""

import re

import pytest

from clear.benchmark.cards import CardError, read_yaml, validate
from tests.workflow.cards.edit import change, save


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("datasets/mine", {"lable": "x"}, ["mine.yaml", "'lable'", "Did you mean 'label'?"]),
        ("datasets/mine", {"unit": "umi"}, ["mine.yaml", "unit", "'umi'", "counts"]),
        ("datasets/mine", {"path": "a.xlsx"}, ["mine.yaml", "no reader for", "a.xlsx'", ".h5ad"]),
        ("datasets/mine", {"files": []}, ["mine.yaml", "exactly one of files, path"]),
        ("datasets/mine", {"id": "yan"}, ["mine.yaml", "the file says 'mine'"]),
        ("methods/own", {"told": ["labels"]}, ["own.yaml", "'control' may be told the labels"]),
        (
            "methods/own",
            {"told": ["n_clusters"], "outputs": ["clusters_estimated_k"]},
            ["own.yaml", "cannot promise clusters_estimated_k"],
        ),
        ("methods/own", {"outputs": ["clusters_given_k"]}, ["own.yaml", "must be told n_clusters"]),
        (
            "datasets/mine",
            {"tasks": ["clustring"]},
            ["mine.yaml", "tasks.0", "clustering", "covid"],
        ),
        ("methods/own", {"tasks": ["clustring"]}, ["own.yaml", "tasks.0", "clustering", "covid"]),
        ("methods/own", {"id": "nan"}, ["own.yaml", "id"]),
        ("methods/own", {"language": "julia"}, ["own.yaml", "julia"]),
        ("methods/own", {"env": "nope"}, ["'own'", "nope.yaml", "does not exist"]),
        ("methods/own", {"language": "R"}, ["'own'", "methods/own/run.R does not exist; write it"]),
        ("methods/own", {"limits": {"hours": 1}}, ["own.yaml", "'hours' in 'limits'", "minutes"]),
        ("methods/own", {"limits": {"minutes": float("nan")}}, ["own.yaml", "limits.minutes: nan"]),
        ("methods/own", {"settings": {"a": [1, float("inf")]}}, ["own.yaml", "settings.a.1: inf"]),
        ("methods/own", {"settings": {"a": {1, 2}}}, ["own.yaml", "settings.a", "is a set"]),
        ("methods/own", {"title": 1.5}, ["own.yaml", "title: 1.5 is not text (put it in quotes)"]),
        ("envs/own", {"dependencies": 3}, ["envs/own.yaml", "dependencies: 3 is not a list"]),
        ("envs/own", {"dependencies": [{"pips": []}]}, ["envs/own.yaml", "dependencies.0"]),
        ("envs/own", {}, ["envs/own.yaml", "'dependencies' is a required property"]),
    ],
)
def test_a_wrong_card_is_named(planned_with, extra, name, keys, words):
    if name == "envs/own":
        (extra / "envs").mkdir()
        save(extra, name, keys)
        name, keys = "methods/own", {"env": "own"}
    change(extra, name, **keys)
    with pytest.raises(CardError) as error:
        planned_with()
    for word in words:
        assert word in str(error.value)


def test_an_id_that_is_taken_is_refused(planned_with, extra):
    save(extra, "datasets/yan", read_yaml(extra / "datasets/mine.yaml") | {"id": "yan"})
    with pytest.raises(CardError, match="'yan' is taken by"):
        planned_with(datasets=["yan"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"id: [", "line 1: "),
        (b"- a\n- b\n", "must hold a mapping"),
        (b"\x00", "not valid YAML"),
        (b"title: \xe9", "save it as UTF-8"),
        (b"id: broken\ntitle: a\ntitle: b", "line 3: the key 'title' is there twice"),
        (b"settings: {a: {b: 1, b: 2}}", "line 1: the key 'b' is there twice"),
        (b"settings: " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"settings: " + b"[" * 60 + b"]" * 60, "settings holds more than"),
        (b"settings: &a [*a]", "settings holds more than"),
        (
            b"a0: &a0 [1, 1]\n"
            + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 40)),
            "holds more than 100,000 values",
        ),
    ],
    ids=range(10),
)
def test_a_card_that_cannot_be_read_stops_who_selects_it(planned_with, extra, text, words):
    (extra / "methods/broken.yaml").write_bytes(text)
    with pytest.raises(CardError, match=re.escape(words)) as error:
        planned_with(methods=["broken"])
    assert "methods/broken.yaml" in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert list(planned_with().methods) == ["own"]


def test_what_looks_like_a_date_or_a_truth_value_is_text(planned_with, extra):
    lines = ["a: 2020-01-01", "b: no", "c: 001", "d: 1e-3", "e: -2", "f: .5", "g: true", "h: 1_0"]
    text = (extra / "methods/own.yaml").read_text()
    (extra / "methods/own.yaml").write_text(text + "settings:\n  " + "\n  ".join(lines))
    settings = {"a": "2020-01-01", "b": "no", "c": "001", "d": 1e-3, "e": -2, "f": 0.5, "g": True}
    assert planned_with().settings("own") == settings | {"h": "1_0"}


def test_settings_are_chosen_on_datasets_that_exist(planned_with, extra):
    change(extra, "methods/own", tuned_on=["mine", "yan"])
    assert planned_with().methods["own"]["tuned_on"] == ["mine", "yan"]
    change(extra, "methods/own", tuned_on=["yann"])
    with pytest.raises(CardError, match=r"own.yaml: tuned_on: .*'yann'.*Did you mean 'yan'"):
        planned_with()


def test_all_mistakes_in_a_file_are_told_at_once():
    schema = {"type": "object", "additionalProperties": False, "properties": {"a": {"enum": [1]}}}
    with pytest.raises(CardError) as error:
        validate({"a": 2, "b": 3}, schema, "some.yaml")
    assert len(str(error.value).splitlines()) == 2

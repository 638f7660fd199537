"""Which runs are of use: units, what is told, and the tasks that score what a method writes."""

from clear.benchmark.report.manifest import manifest
from tests.workflow.cards.edit import change


def test_a_unit_that_a_method_cannot_take_is_not_applicable(planned_with, extra):
    change(extra, "methods/own", units=["counts"])
    plan = planned_with(datasets=["yan", "deng"])
    assert "rpkm" in plan.not_applicable("yan", "own")
    assert plan.not_applicable("deng", "own") is None


def test_what_a_method_is_told_must_be_on_the_card_of_the_dataset(planned_with, extra):
    change(extra, "methods/own", told=["batch"])
    reason = "is told the batch of each cell; the dataset's card has no batch"
    assert planned_with().not_applicable("mine", "own") == reason
    change(extra, "datasets/mine", batch="donor")
    assert planned_with().not_applicable("mine", "own") is None


def test_a_method_for_another_task_is_not_applicable(planned_with, extra):
    change(extra, "methods/own", tasks=["pseudotime"], outputs=["pseudotime"])
    plan = planned_with()
    assert "is made for pseudotime" in plan.not_applicable("mine", "own")
    assert plan.scored() == []


def test_a_method_runs_where_it_shares_a_task_that_nothing_scores_yet(planned_with, extra):
    change(extra, "datasets/mine", tasks=["covid"])
    change(extra, "methods/own", tasks=["covid"])
    plan = planned_with()
    assert plan.not_applicable("mine", "own") is None
    assert plan.scoring("mine", "own") == {"covid": "has no score"}
    assert plan.scored() == []
    record = manifest(plan)["tasks"]["covid"]
    assert (record["scored"], record["title"]) == (False, "COVID-19 patients and controls")
    change(extra, "methods/own", tasks=["clustering"])
    assert "is for covid" in planned_with().not_applicable("mine", "own")


def test_a_task_scores_what_a_method_of_another_task_writes(planned_with, extra):
    change(extra, "methods/own", tasks=["batch"])
    plan = planned_with()
    assert plan.not_applicable("mine", "own") is None
    assert plan.scored() == [("clustering", "mine", "standard", "none", "own")]


def test_the_manifest_has_the_limits_that_hold_and_what_is_not_scored(planned_with, extra):
    change(extra, "methods/own", tasks=["pseudotime"], outputs=["pseudotime"])
    record = manifest(planned_with(methods=["own", "pca"], limits={"minutes": 15}))
    assert record["methods"]["pca"]["limits"]["minutes"] == 15
    assert [card["own"] for card in record["methods"].values()] == [True, False]
    assert record["datasets"]["mine"]["own"] is True
    (unscored,) = record["tasks"]["clustering"]["unscored"]
    assert (unscored["method"], unscored["datasets"]) == ("own", ["mine"])
    assert record["tasks"]["clustering"]["metrics"]["ari"]["source"] == "Hubert and Arabie 1985"

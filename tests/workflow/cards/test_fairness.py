"""No card gives its method an advantage by more time, memory or training than its rivals have."""

import statistics

import pytest

from clear.benchmark.cards import load_cards, read_yaml
from clear.benchmark.plan import load_plan
from clear.benchmark.schemas import read_schemas
from clear.benchmark.tasks import clustering
from clear.benchmark.vocabulary import is_control
from clear.presets import PRESETS, get_preset

CELLS = (30, 100, *range(512, 100_000, 512), 1_500_000)


@pytest.fixture(scope="module")
def cards(repository):
    """Return the cards of all methods of the repository."""
    return load_cards("methods", [repository / "config"], read_schemas(repository)["method"])


def steps(settings: dict, cells: int) -> int:
    """Return the steps of a training of CLEAR."""
    preset = get_preset(settings["preset"], **settings.get("changes", {})).for_cells(cells)
    return preset.epochs * preset.steps_per_epoch(cells)


@pytest.fixture(scope="module")
def quick(cards, repository):
    """Return the settings of a method in a quick run."""
    config = {"datasets": ["yan"], "methods": list(cards), "quick": True}
    return load_plan(read_yaml(repository / "config/config.yaml") | config, repository).settings


def test_no_ranked_method_has_less_time_or_memory_than_another(cards):
    ranked = {name: card for name, card in cards.items() if not is_control(card)}
    assert {"clear", "kmeans", "scvi"} < ranked.keys()
    limits = {tuple(sorted(card["limits"].items())) for card in ranked.values()}
    assert len(limits) == 1


def test_quick_settings_never_train_longer_than_full_ones(cards, quick):
    for name, card in cards.items():
        for key, value in card["quick_settings"].items():
            full = card["settings"].get(key)
            if isinstance(value, int) and isinstance(full, int):
                assert value < full, (name, key)
        if card["settings"].get("preset") in PRESETS and card["quick_settings"]:
            for cells in CELLS:
                assert steps(quick(name), cells) < steps(card["settings"], cells), (name, cells)


def test_quick_settings_cut_clear_as_much_as_half_of_its_rivals(cards, quick):
    shares = {}
    for name, card in cards.items():
        for key, value in card["quick_settings"].items():
            if key.endswith("epochs") and card["settings"][key]:
                shares.setdefault(name, []).append(value / card["settings"][key])
    assert len(shares) > 9 and "clear" not in shares
    most = statistics.median(map(max, shares.values()))  # of the stages of each
    for name in ("clear", "clear_batch", "clear_slingshot", "clear_graph_diffusion", "clear_paper"):
        for cells in CELLS:
            share = steps(quick(name), cells) / steps(cards[name]["settings"], cells)
            assert share <= most, (name, cells, share, most)


def test_kmeans_without_an_embedding_has_the_starts_of_kmeans_with_one(cards):
    assert cards["kmeans"]["settings"] == {
        "n_init": clustering.RESTARTS,
        "many_cells": clustering.MANY_CELLS,
        "n_init_of_many": clustering.RESTARTS_OF_MANY,
    }

"""The repository's settings, and a plan with a user's own cards."""

from pathlib import Path

import pytest

from clear.benchmark.cards import read_yaml
from clear.benchmark.plan import load_plan


@pytest.fixture
def config(repository) -> dict:
    return read_yaml(repository / "config/config.yaml")


@pytest.fixture
def extra(tmp_path, add_dataset, add_method) -> Path:
    """A folder of a user's own cards: one dataset, one method."""
    add_dataset(tmp_path, "mine", path="../mine.h5ad", label="type", prepare={})
    add_method(tmp_path, "own", "")
    return tmp_path


@pytest.fixture
def planned_with(config, repository, extra):
    """Plan the user's own cards, or others of the repository beside them."""
    own = {"extra_cards": str(extra), "datasets": ["mine"], "methods": ["own"]}
    return lambda **settings: load_plan(config | own | settings, repository)

"""A saved model."""

import pytest

from clear import CLEAR
from tests.files.models import SMALL


@pytest.fixture
def folder(adata, tmp_path):
    """A saved model."""
    CLEAR(SMALL).fit(adata).save(tmp_path / "model")
    return tmp_path / "model"

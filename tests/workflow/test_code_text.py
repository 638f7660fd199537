"""What of a source file counts: what can change a result, and nothing else."""

import ast
from pathlib import Path

import pytest

import clear.presets
from clear.benchmark.code_text import TABLES, definitions, python_code, r_code
from clear.presets import Preset

PYTHON = '''
"""A module."""
from typing import TYPE_CHECKING
import math
if TYPE_CHECKING:
    from numpy import ndarray

SCALE = 2
"""How much."""


class Scaler:
    """Scales."""

    factor: int = 3

    def scale(self, x: float) -> float:
        """Scale a number."""
        assert x, "nothing to scale"
        if x < 0:
            raise ValueError(f"{x} is below zero; " "give a positive number")
        if math.isnan(x):
            raise Refused("bad_output", "not a number at all".format(x)) from None
        return x * self.factor  # three times
'''


def python(text: str, path: str = "a.py") -> str:
    return ast.unparse(python_code(text, Path(path)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A module.", "Another docstring."),
        ("How much.", "By how much."),
        ("Scales.", "Scales things."),
        ("Scale a number.", "Scale one number."),
        ("# three times", "# thrice"),
        ("x * self.factor", "(x *\n            self.factor)"),
        ("is below zero; ", "must not be negative: {self.factor} or"),
        ("give a positive number", "give another one"),
        ("not a number at all", "no number at all"),
        ("nothing to scale", "nothing there"),
        ("x: float) -> float", "x: int) -> int"),
        ("from numpy import ndarray", "from numpy import dtype"),
    ],
)
def test_prose_and_formatting_do_not_count(old, new):
    assert old in PYTHON
    assert python(PYTHON.replace(old, new)) == python(PYTHON)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SCALE = 2", "SCALE = 3"),
        ("factor: int = 3", "factor: int = 4"),
        ("factor: int = 3", "factor: float = 3"),
        ("x < 0", "x <= 0"),
        ("ValueError", "TypeError"),
        ("bad_output", "failed"),
        ("assert x", "assert not x"),
        ("import math", "import cmath as math"),
        ("x * self.factor", "x / self.factor"),
        ("    def scale(", "    @register\n    def scale("),
    ],
)
def test_code_counts(old, new):
    assert python(PYTHON.replace(old, new)) != python(PYTHON)


def test_a_sentence_outside_an_error_counts():
    assert python("remark = 'two words'") != python("remark = 'three more words'")


def test_a_decorator_may_look_at_annotations():
    text = "@singledispatch\ndef f(x: int): ..."
    assert python(text) != python(text.replace("int", "str"))


def test_tables_whose_entries_are_parameters_do_not_count():
    text = "class Preset: pass\nPAPER = Preset(epochs={})\nLIMIT = {}"
    path = "/somewhere/clear/presets/__init__.py"
    assert python(text.format(1, 2), path) == python(text.format(3, 2), path)
    assert python(text.format(1, 2), path) != python(text.format(1, 3), path)
    assert python(text.format(1, 2), "a.py") != python(text.format(3, 2), "a.py")


def test_every_preset_is_an_entry_of_the_table():
    presets = {name for name, value in vars(clear.presets).items() if isinstance(value, Preset)}
    assert TABLES["clear/presets/__init__.py"] == {"PRESETS", *presets}


R = """
#' Scale a matrix.
#' @param x A matrix.
scale_it <- function(x, sep = "# no comment") { # by two
  y <- r"---(a "raw" # string)---"
  z <- 'it''s # not one' ; `odd # name` <- "\\" # still a string"
  x * 2  # twice
}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#' Scale a matrix.\n", ""),
        ("# by two", "# by the number 2"),
        ("  x * 2  # twice", "\n    x * 2\n"),
        ("# twice", "# it's done"),
    ],
)
def test_comments_of_r_do_not_count(old, new):
    assert old in R
    assert r_code(R.replace(old, new)) == r_code(R)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# no comment", "# none"),
        ("# string", "# text"),
        ("# not one", "# one"),
        ("# name", "# word"),
        ("# still", "# yet"),
        ("x * 2", "x * 3"),
        ("x * 2", "x\n* 2"),
    ],
)
def test_code_of_r_counts(old, new):
    assert old in R
    assert r_code(R.replace(old, new)) != r_code(R)


WORDS = """
FIRST, SECOND = "a", "b"
BOTH = {FIRST: 1, SECOND: 2}
OTHER = 3


def words(name):
    OTHER = BOTH[name]
    return OTHER
"""


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ({"OTHER"}, "OTHER = 3"),
        ({"BOTH"}, "FIRST, SECOND = ('a', 'b')\nBOTH = {FIRST: 1, SECOND: 2}"),
        ({"nothing"}, ""),
    ],
)
def test_of_definitions_only_the_named_and_what_they_use_count(names, kept):
    assert definitions(ast.parse(WORDS), frozenset(names)) == kept


def test_a_function_brings_what_it_uses():
    found = definitions(ast.parse(WORDS), frozenset({"words"}))
    assert "def words" in found and "BOTH =" in found

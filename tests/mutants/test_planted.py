"""The list of planted mistakes stays true to the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.planted import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m.name for m in MUTANTS])
def test_each_mistake_has_one_place(mutant: Mutant) -> None:
    """The piece of code that a mistake replaces stands exactly once in its file."""
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new


def test_there_are_enough_and_each_is_named_once() -> None:
    assert len(MUTANTS) >= 25
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)


def test_their_tests_are_there() -> None:
    """Every test that is to notice a mistake stands where the list says."""
    for mutant in MUTANTS:
        for words in mutant.tests:
            assert (ROOT / words.split()[0]).exists(), words

"""stops_in_time, where one run does all there is: what it does uncounted is its own affair, and has an end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.safety import Limits, Toll
from hub.store import open_store
from hub.uncounted import Uncounted
from tests.unit.store.samples import Clock

LIMITS = Limits(touch=5)


@pytest.fixture
def uncounted(tmp_path: Path) -> Iterator[Uncounted]:
    store = open_store(f"sqlite:///{tmp_path / 'hub.db'}")
    yield Uncounted(store, LIMITS, Clock())
    store.close()


def test_as_much_as_the_limits_allow_may_be_done_and_no_more(uncounted: Uncounted) -> None:
    assert uncounted.may_do(Toll(touch=3), {})
    assert not uncounted.may_do(Toll(touch=3), {})
    assert uncounted.since_the_count() == Toll(touch=3), "what was not done is not added"
    assert uncounted.may_do(Toll(touch=2), {})
    assert not uncounted.may_do(Toll(touch=1), {})


def test_after_a_count_as_much_again_may_be_done(uncounted: Uncounted) -> None:
    assert uncounted.may_do(Toll(touch=5), {})
    uncounted.counted()
    assert uncounted.since_the_count() == Toll()
    assert uncounted.may_do(Toll(touch=5), {})

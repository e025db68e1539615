"""Webhooks in a burst: stored before they are acknowledged, together, and never a run's worth of waiting each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from flows import intake
from flows.intake import Intake
from hub.errors import StoreBroken, Unavailable
from hub.model import JIRA, ZENDESK, RemoteId
from hub.ports import Hint
from hub.store import SqlStore, open_store


class Counting:
    """A store that says how often it was written to."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.commits = 0
        self.broken: Exception | None = None

    def take_hints(self, hints: Iterable[Hint], at: str) -> Collection[tuple[str, str]]:
        self.commits += 1
        if self.broken:
            raise self.broken
        return self.store.take_hints(hints, at)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Counting(opened)
    opened.close()


def door(store: Counting) -> Intake:
    return Intake(cast("Any", store))


def hint(number: int, system: Any = ZENDESK) -> Hint:
    return Hint(system, RemoteId(str(number)), f"d{number}")


def test_what_comes_together_is_committed_together(store: Counting) -> None:
    """A thousand webhooks at once need a handful of commits, and each is told what became of it."""

    async def burst() -> list[int]:
        opened = door(store)
        return await asyncio.gather(*(opened.put([hint(n % 900)]) for n in range(1000)))

    new = asyncio.run(burst())
    assert new == [1] * 900 + [0] * 100
    assert store.commits <= 4
    assert store.store.inbox_size() == {ZENDESK: 900}


def test_one_delivery_told_twice_in_one_commit_is_new_once_for_whoever_asks(store: Counting) -> None:
    async def both() -> list[int]:
        opened = door(store)
        return list(await asyncio.gather(opened.put([hint(1)]), opened.put([hint(2), hint(2, JIRA)])))

    assert asyncio.run(both()) == [1, 2]
    assert asyncio.run(both()) == [0, 0]


@pytest.mark.parametrize(
    ("broken", "told"),
    [(StoreBroken("another program has it locked"), StoreBroken), (ValueError("a mistake of ours"), Unavailable)],
)
def test_a_store_that_cannot_be_written_is_told_to_everybody_and_the_next_try_is_as_any(
    store: Counting, broken: Exception, told: type[Exception]
) -> None:
    """Nobody is told 200 whose hint was not stored; and whatever it was, nobody is left waiting."""

    async def story() -> list[object]:
        opened = door(store)
        store.broken = broken
        first = await asyncio.gather(*(opened.put([hint(n)]) for n in range(3)), return_exceptions=True)
        store.broken = None
        return [*first, await opened.put([hint(9)])]

    *failed, last = asyncio.run(story())
    assert all(isinstance(one, told) for one in failed)
    assert last == 1


def test_what_nobody_could_keep_up_with_is_sent_back(
    store: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded: the vendor delivers it again."""
    monkeypatch.setattr(intake, "MOST", 2)

    async def burst() -> list[object]:
        opened = door(store)
        return await asyncio.gather(*(opened.put([hint(n)]) for n in range(4)), return_exceptions=True)

    found = asyncio.run(burst())
    assert [type(one) for one in found] == [int, int, Unavailable, Unavailable]


def test_who_hangs_up_does_not_take_the_others_along(store: Counting) -> None:
    async def story() -> int:
        opened = door(store)
        gone = asyncio.create_task(opened.put([hint(1)]))
        stays = asyncio.create_task(opened.put([hint(2)]))
        await asyncio.sleep(0)
        _ = gone.cancel()
        return await stays

    assert asyncio.run(story()) == 1
    assert store.store.inbox_size() == {ZENDESK: 2}

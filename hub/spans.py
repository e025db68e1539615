"""How long the steps of a run take, told to whoever traces them; by default nobody does."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

T = TypeVar("T")


class Spans(Protocol):
    """Hears of every step. Safe to use from any thread."""

    def begin(self, kind: str, run: str) -> None:
        """A run begins; every step until `end` is part of it."""
        ...

    def end(self, state: str, error: str = "") -> None: ...

    def span(self, name: str, side: str = "") -> AbstractContextManager[object]:
        """Within it, one step goes on: `observe`, `plan`, `commit`, `apply`; of one side, if it has one."""
        ...

    def answered(self, side: str, endpoint: str, status: int, took: float) -> None:
        """One call was answered just now. The endpoint is a template: it names no ticket and no person."""
        ...


class Untraced:
    """Nobody listens."""

    def begin(self, kind: str, run: str) -> None: ...

    def end(self, state: str, error: str = "") -> None: ...

    def span(self, name: str, side: str = "") -> AbstractContextManager[object]:
        del name, side
        return nullcontext()

    def answered(self, side: str, endpoint: str, status: int, took: float) -> None: ...


UNTRACED = Untraced()


def over(spans: Spans, name: str, side: str, items: Iterable[T]) -> Generator[T]:
    """Yield the items, within one span from the first to the last."""
    with spans.span(name, side):
        yield from items

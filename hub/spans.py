"""How long the steps of a run take, told to whoever traces them; by default nobody does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Spans(Protocol):
    """Hears of every step. Safe to use from any thread; several runs may go on at once."""

    def begin(self, kind: str, run: str) -> None:
        """A run begins. What this thread does until `end`, or has done `within`, is part of it."""
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


def within(function: Callable[P, T]) -> Callable[P, T]:
    """Return what does the same in another thread, as a part of this one's run in logs and traces."""
    context = copy_context()

    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.copy().run(function, *args, **kwargs)  # a context is entered by one thread at a time

    return done


def over(spans: Spans, name: str, side: str, items: Iterable[T]) -> Generator[T]:
    """Yield the items, within one span from the first to the last."""
    with spans.span(name, side):
        yield from items

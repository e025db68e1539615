"""The edge to a system: whatever its connector stumbles over there stays that system's affair."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from typing import TypeVar

from hub.errors import HubError, Unavailable, unforeseen
from hub.model import System

Told = TypeVar("Told")


@contextmanager
def answering(system: System | str) -> Generator[None]:
    """
    Ask a system inside. An error that nobody foresaw becomes `Unavailable`: the others go on.

    An answer that is not as documented can break a connector, or the vendor's own library, in any way.
    """
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        raise Unavailable(broke(system, error)) from error


def broke(system: System | str, error: Exception) -> str:
    """Say that a system's connector broke, where, and what comes of it."""
    return (
        f"{system} answered in a way that nobody foresaw ({unforeseen(error)}); its part waits, the next "
        "run asks again. If this lasts, please report it"
    )


def told(system: System | str, answers: Iterable[Told]) -> Generator[Told]:
    """Yield what a system tells bit by bit, with the same promise; what is done in between is not its."""
    with closing(_generator(answers)) as found:
        while True:
            with answering(system):
                try:
                    one = next(found)
                except StopIteration:
                    return
            yield one


def _generator(answers: Iterable[Told]) -> Generator[Told]:
    yield from answers

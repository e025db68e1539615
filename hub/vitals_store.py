"""What the hub's own health asks of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hub.vitals import Label, Vitals


class VitalsStore(Protocol):
    """Signs of life and counters. Runs leave theirs by `begin_run` and `end_run`; hints by `stage_hints`."""

    def beat(self, name: str, state: str = "alive") -> None:
        """Leave a sign of life of a process that goes on (`serve`); `stopped`: it ended as it was told to."""
        ...

    def count(self, numbers: Mapping[tuple[str, Label], float]) -> None:
        """Add to counters that are kept for ever."""
        ...

    def vitals(self) -> Vitals:
        """Return how the hub is, by counts that cost the same however many tickets are held."""
        ...

    def take_turn(self, name: str, seconds: float) -> float:
        """
        Take this turn if nobody took it within so many seconds, and return 0.

        Else it is not due yet, and nothing is taken: return the seconds until it is. By the database's
        clock, where machines share one.
        """
        ...

    def give_turn_back(self, name: str) -> None:
        """What it was taken for could not be done: whoever asks next takes it."""
        ...

    def try_write(self) -> None:
        """Raises `StoreBroken` unless the store can be written to now. Changes nothing."""
        ...

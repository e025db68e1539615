"""The part of the store that holds signs of life and counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, delete

from hub.ports import Hint
from hub.store import turns, vitals, vitals_look
from hub.store.clock import unix_seconds
from hub.store.core import Core
from hub.store.vitals_tables import heartbeats
from hub.vitals import Label, Vitals


class VitalsStore(Core):
    """`hub.vitals_store.VitalsStore`. Written beside whoever holds the store: health waits for no run."""

    @cached_property
    def upserts(self) -> vitals.Upserts:
        return vitals.Upserts(self._database.insert)

    @cached_property
    def _heard(self) -> dict[str, str]:
        """The minute in which each side's last webhook was noted: a burst needs no more than that."""
        return {}

    def beat(self, name: str, state: str = "alive") -> None:
        with self._database.writing() as connection:
            vitals.lives(connection, self.upserts, name, state, self._now())

    def count(self, numbers: Mapping[tuple[str, Label], float]) -> None:
        if numbers:
            with self._database.writing() as connection:
                vitals.add(connection, self.upserts, numbers, self._now())

    def vitals(self) -> Vitals:
        with self._database.reading() as connection:
            return vitals_look.look(connection, self._now())

    def take_turn(self, name: str, seconds: float) -> float:
        with self._database.writing() as connection:

            def clock() -> tuple[float, str]:
                at, now = self._now(), unix_seconds(connection)
                return (datetime.fromisoformat(at).timestamp() if now is None else now), at

            return turns.take(connection, self.insert, name, seconds, clock)

    def give_turn_back(self, name: str) -> None:
        with self._database.writing() as connection:
            turns.give_back(connection, name)

    def try_write(self) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(heartbeats).where(heartbeats.c.name == ""))

    def _note_heard(self, connection: Connection, hints: Iterable[Hint], at: str) -> None:
        """Remember that webhooks of these sides arrived, once a minute."""
        minute = at[:16]
        for system in sorted({hint.system for hint in hints}):
            if self._heard.get(system) != minute:
                vitals.heard(connection, self.upserts, system, at)
                self._heard[system] = minute

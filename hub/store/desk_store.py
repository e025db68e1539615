"""The part of the store that holds what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import Connection

from hub.audit import Act
from hub.records import Parked
from hub.store import audit_acts, ledger
from hub.store import tickets as held_tickets
from hub.store.core import Core


class DeskStore(Core):
    """`hub.desk_store.DeskStore`. What a person decides is written beside a run."""

    def standing(self) -> Mapping[str, int]:
        with self._database.reading() as connection:
            return ledger.standing(connection)

    def decide_parked(self, numbers: Iterable[int], state: Literal["retry", "dropped"], why: str) -> None:
        chosen = set(numbers)
        with self._beside() as connection:
            known = [p for p in ledger.all_parked(connection) if p.id in chosen]
            held_tickets.soil(connection, ledger.set_parked(connection, sorted(chosen), state))
            self._keep(connection, known, f"parked: {state}", why)

    def reword_parked(self, parked: Parked, body: str) -> None:
        with self._beside() as connection:
            held_tickets.soil(connection, ledger.reword(connection, parked, body))
            self._keep(connection, [parked], "parked: edited", "what it says there was changed by hand")

    def _keep(self, connection: Connection, parked: Iterable[Parked], kind: str, why: str) -> None:
        audit_acts.write(
            connection,
            [
                Act(
                    kind,
                    self._now(),
                    ticket_id=p.ticket_id,
                    subject=f"parked {p.id}, {p.system} {p.remote_id} {p.slot}",
                    why=why or f"it had been refused: {p.reason}",
                )
                for p in parked
            ],
        )

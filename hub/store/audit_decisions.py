"""What people decide through the store's own methods, as acts, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, select

from hub.approvals import HeldPlan
from hub.audit import Act
from hub.records import Conflict
from hub.store.audit_acts import write
from hub.store.codec import to_conflict, to_parked
from hub.store.statements import batches
from hub.store.tables import conflicts, journal, parked


def gave_way(connection: Connection, given: Iterable[Conflict], run: str, at: str) -> None:
    """Two people set a register unseen by each other: what stands, and what gave way to it."""
    write(
        connection,
        [
            Act(
                "values merged",
                at,
                actor="hub",
                ticket_id=c.ticket_id,
                subject=c.register,
                why=f"{c.kept_from} stands before {', '.join(sorted(c.dropped))} in `prefer`",
                body={"run": run, "kept": c.kept, "dropped": msgspec.to_builtins(c.dropped)},
            )
            for c in given
        ],
    )


def settled(connection: Connection, number: int, how: str, at: str) -> None:
    """A person settled a conflict."""
    body = connection.execute(select(conflicts.c.body).where(conflicts.c.id == number)).scalar_one()
    found = to_conflict(body)
    why = "the value that stands is right" if how == "kept" else f"settled with {how}"
    subject = f"conflict {number}, {found.register}"
    write(connection, [Act("conflict resolved", at, ticket_id=found.ticket_id, subject=subject, why=why)])


def parked_set(connection: Connection, numbers: Sequence[int], state: str, at: str) -> None:
    """A person asked to try refused work again, or gave it up."""
    found: list[Act] = []
    for batch in batches(numbers):
        for number, body in connection.execute(
            select(parked.c.id, parked.c.body).where(parked.c.id.in_(batch))
        ):
            one = to_parked(body)
            subject = f"parked {number}, {one.system} {one.remote_id} {one.slot}"
            why = f"it had been refused: {one.reason}"
            found.append(Act(f"parked: {state}", at, ticket_id=one.ticket_id, subject=subject, why=why))
    write(connection, found)


def undone(connection: Connection, numbers: Sequence[int], at: str) -> None:
    """Writes of a run were taken back."""
    rows: dict[tuple[str, str], list[int]] = {}
    for batch in batches(numbers):
        query = select(journal.c.id, journal.c.run, journal.c.ticket_id).where(journal.c.id.in_(batch))
        for number, run, ticket in connection.execute(query):
            rows.setdefault((run, ticket), []).append(number)
    write(
        connection,
        [
            Act("undone", at, ticket_id=ticket, subject=f"run {run}", body={"journal": taken})
            for (run, ticket), taken in sorted(rows.items())
        ],
    )


def plan_decided(connection: Connection, plan: HeldPlan, decided: Mapping[str, str]) -> None:
    """A person approved or rejected a plan that was held, or a run did what was approved."""
    subject = f"held plan {plan.id}"
    kind, by = f"plan {decided['state']}", decided["decided_by"]
    write(connection, [Act(kind, decided["decided_at"], by, subject=subject)])

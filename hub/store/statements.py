"""Upserts, whose dialect differs between databases, built once for each opened store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Executable, Table

from hub.store import score_tables, tables

T = TypeVar("T")

BATCH = 500
"""How many names one `IN` holds."""


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


class Statements:
    """Each takes a list of rows: one call, many rows."""

    def __init__(self, insert: Callable[[Table], Any]) -> None:
        def upsert(table: Table, *kept: str) -> Executable:
            """Insert; where the row is there, replace all but its key and `kept`."""
            statement = insert(table)
            unique = [c.name for c in table.primary_key]
            changed = {
                c.name: statement.excluded[c.name]
                for c in table.columns
                if c.name not in unique and c.name not in kept
            }
            return statement.on_conflict_do_update(index_elements=unique, set_=changed)

        self.cursor = upsert(tables.cursors)
        self.link = upsert(tables.links)
        self.part = {t.name: upsert(t) for t in (tables.comments, tables.attachments)}
        self.account = upsert(tables.accounts)
        self.contact = upsert(tables.contacts)
        self.bond = upsert(tables.bonds)
        self.run = upsert(tables.runs, "started")
        self.secret = upsert(tables.secrets)
        self.keepsake = upsert(tables.keepsakes)
        self.reading = upsert(score_tables.readings)
        self.model = upsert(score_tables.models)
        self.outlook = upsert(score_tables.outlooks)
        self.lease = upsert(tables.leases)
        self.lease_seed = insert(tables.leases).on_conflict_do_nothing()
        delivery = insert(tables.deliveries).on_conflict_do_nothing()
        self.delivery = delivery.returning(tables.deliveries.c.system, tables.deliveries.c.delivery)
        """Returns a row only for what was not there yet."""

        counter = insert(tables.counters)
        self.draw = counter.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": tables.counters.c.value + counter.excluded.value},
        ).returning(tables.counters.c.value)
        """Raise a counter by `value`; return where it stands then."""
        ticket = insert(tables.tickets)
        self.ticket = ticket.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "body": ticket.excluded.body,
                "score": ticket.excluded.score,
                "dirty": ticket.excluded.dirty,
                "traces": ticket.excluded.traces,
                "done": ticket.excluded.done,
                "nudges": ticket.excluded.nudges,
                "revision": tables.tickets.c.revision + 1,
            },
        )
        parked = insert(tables.parked)
        self.parked = parked.on_conflict_do_update(
            index_elements=["ticket_id", "system", "remote_id", "slot"],
            set_={"state": parked.excluded.state, "body": parked.excluded.body},
        )
        loss = insert(tables.losses)
        self.loss = loss.on_conflict_do_update(
            index_elements=["ticket_id", "digest"], set_={"body": loss.excluded.body}
        )

"""One look at how the hub is: counts by index, none of which reads a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, func, select

from hub.store import audit_seals, vitals
from hub.store.approval_tables import held_plans
from hub.store.mail_tables import outbox
from hub.store.tables import (
    conflicts,
    cursors,
    inbox,
    is_dirty,
    is_live,
    is_open,
    leases,
    links,
    losses,
    parked,
    tickets,
)
from hub.store.worker_tables import workers
from hub.vitals import Vitals, Waiting, seconds_between

_DAY = 86_400
_AGES = (_DAY, 7 * _DAY, 30 * _DAY)


class _Dated(msgspec.Struct):
    at: str = ""


_date_of = msgspec.json.Decoder(_Dated).decode


def look(connection: Connection, at: str) -> Vitals:
    """Return everything, as of one moment of the database."""
    holder, since, renewed = _holder(connection)
    _, broken = audit_seals.end(connection, ())
    return Vitals(
        at=at,
        beats=vitals.beats(connection),
        counted=vitals.read(connection),
        tickets=_count(connection, tickets.c.id),
        links=_by(connection, links.c.system, is_live),
        inbox=_inbox(connection),
        feeds={row.system: row.at for row in connection.execute(select(cursors.c.system, cursors.c.at))},
        unfinished=_count(connection, tickets.c.id, is_dirty),
        conflicts=_conflicts(connection, at),
        parked=_parked(connection, at),
        losses=_count(connection, losses.c.id),
        outbox=_by(connection, outbox.c.state),
        approvals=_approvals(connection, at),
        unsealed=broken.said if broken is not None else "",
        holder=holder,
        held_since=since,
        renewed=renewed,
    )


def _holder(connection: Connection) -> tuple[str, str, str]:
    """Return who works on the store, since when, and when that was last heard: one run, or some workers."""
    columns = (leases.c.holder, leases.c.since, leases.c.renewed)
    alone = select(*columns).where(leases.c.name == "run", leases.c.holder != "")
    found = (
        connection.execute(alone).first()
        or connection.execute(
            select(workers.c.holder, workers.c.since, workers.c.renewed).order_by(workers.c.renewed.desc())
        ).first()
    )
    return ("", "", "") if found is None else (found[0], found[1], found[2])


def _count(connection: Connection, column: Column[Any], *conditions: ColumnElement[bool]) -> int:
    query = select(func.count(column)).where(*conditions)
    return int(connection.execute(query).scalar_one())


def _by(connection: Connection, column: Column[Any], *conditions: ColumnElement[bool]) -> dict[str, int]:
    query = select(column, func.count()).where(*conditions).group_by(column)
    return {str(name): int(count) for name, count in connection.execute(query)}


def _inbox(connection: Connection) -> dict[str, Waiting]:
    query = select(inbox.c.system, func.count(inbox.c.id), func.min(inbox.c.at)).group_by(inbox.c.system)
    return {system: Waiting(count, oldest) for system, count, oldest in connection.execute(query)}


def _conflicts(connection: Connection, at: str) -> Waiting:
    bodies = connection.execute(select(conflicts.c.body).where(is_open)).scalars()
    return aged((_date_of(body).at for body in bodies), at)


def _parked(connection: Connection, at: str) -> Mapping[str, Waiting]:
    query = select(parked.c.system, parked.c.body).where(parked.c.state != "dropped")
    found: dict[str, list[str]] = {}
    for system, body in connection.execute(query):
        found.setdefault(system, []).append(_date_of(body).at)
    return {system: aged(dates, at) for system, dates in found.items()}


def _approvals(connection: Connection, at: str) -> Waiting:
    dates = connection.execute(select(held_plans.c.at).where(held_plans.c.state == "waiting")).scalars()
    return aged(dates, at)


def aged(dates: Iterable[str], at: str) -> Waiting:
    """Return how many there are, by age."""
    ages, oldest = [0] * (len(_AGES) + 1), ""
    for date in dates:
        old = seconds_between(date, at)
        ages[sum(old >= age for age in _AGES)] += 1
        oldest = min(oldest or date, date)
    return Waiting(sum(ages), oldest, tuple(ages)) if sum(ages) else Waiting()

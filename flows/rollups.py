"""What the tickets amount to by account, area and queue: made by `hub rescore`, kept until the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from flows.outlooks import ROLLUPS
from flows.past import rolled_of
from hub.appraisal import Appraisal
from hub.model import TicketId
from hub.ports import Store
from hub.records import Held, Reason
from hub.roll_up import Row, Stand, by_account, by_area, by_queue, health
from hub.scoring_rules import HEALTH

_STEP = 5
"""By so many points an account's health must move to be news: it is written into the CRM."""


class Named(NamedTuple):
    """How an account is called, and its id in the CRM."""

    id: str
    name: str


class Standing(msgspec.Struct, frozen=True):
    """Where an account stands."""

    key: str
    id: str
    """In the CRM; "" where it is not known there."""
    name: str
    health: int
    reasons: tuple[Reason, ...]
    open: int = 0
    attention: int = 0
    """The most that any of its tickets asks for."""
    worst: str = ""
    waiting: float = 0.0


class Kept(msgspec.Struct, frozen=True):
    """All roll-ups of one moment."""

    accounts: tuple[Standing, ...] = ()
    areas: tuple[Stand, ...] = ()
    queues: tuple[Stand, ...] = ()


@dataclass
class RollUps:
    """Rows as they come, a line a ticket."""

    rows: dict[TicketId, Row] = field(default_factory=dict[TicketId, Row])
    accounts: dict[str, Named] = field(default_factory=dict[str, Named])

    def add(self, held: Held, found: Appraisal) -> None:
        """Count a ticket as it would be shown now."""
        ticket = held.ticket
        shown = msgspec.structs.replace(held, score=found.score)
        row = rolled_of(shown, waiting=found.waited, mood=found.mood)
        self.rows[ticket.id] = row
        if row.account:
            name = ticket.get("account.name") or ticket.get("organization.name") or ""
            self.accounts[row.account] = Named(str(ticket.get("account.id") or ""), str(name))


def rolled(found: RollUps, weights: Mapping[str, float], now: str, before: Kept | None = None) -> Kept:
    """Return what these rows amount to. A health that moved by less than a step stays as it was shown."""
    rows = list(found.rows.values())
    own: dict[str, list[Row]] = {}
    for row in rows:
        if row.account in found.accounts:
            own.setdefault(row.account, []).append(row)
    stands = {stand.name: stand for stand in by_account(rows)}
    shown = {one.key: one for one in before.accounts} if before else {}
    accounts = (
        _standing(key, mine, stands.get(key), found.accounts[key], shown.get(key), weights, now)
        for key, mine in own.items()
    )
    ranked = tuple(sorted(accounts, key=lambda a: (a.health, -a.attention, a.key)))
    return Kept(ranked, by_area(rows), by_queue(rows))


def _standing(
    key: str,
    rows: list[Row],
    stand: Stand | None,
    named: Named,
    before: Standing | None,
    weights: Mapping[str, float],
    now: str,
) -> Standing:
    fresh = health(rows, now, weights or HEALTH)
    points, reasons = fresh.points, fresh.reasons
    if before is not None and abs(before.health - points) < _STEP:
        points, reasons = before.health, before.reasons
    if stand is None:
        return Standing(key, named.id, named.name, points, reasons)
    return Standing(
        key,
        named.id,
        named.name,
        points,
        reasons,
        stand.open,
        stand.attention_max,
        stand.worst,
        stand.waiting_longest,
    )


def keep_rollups(store: Store, found: RollUps, weights: Mapping[str, float], now: str) -> Kept:
    """Keep what these rows amount to, and return it."""
    kept = rolled(found, weights, now, rollups_of(store))
    store.save_outlook(ROLLUPS, msgspec.to_builtins(kept), now)
    return kept


def rollups_of(store: Store) -> Kept | None:
    """Return the roll-ups of the last rescore; None if there are none that can be understood."""
    snapshot = store.outlook(ROLLUPS)
    try:
        return None if snapshot is None else msgspec.convert(snapshot.body, Kept)
    except msgspec.ValidationError:
        return None


def account_registers(store: Store) -> Mapping[str, dict[str, Any]]:
    """Return `support.health` and `support.attention` of each account of the CRM, by its id."""
    kept = rollups_of(store)
    return {
        one.id: {"support.health": one.health, "support.attention": one.attention}
        for one in (kept.accounts if kept else ())
        if one.id
    }

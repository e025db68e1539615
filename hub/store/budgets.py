"""
Budgets that all workers share: grants of calls, each made in a transaction on its limit's own row.

A grant counts from when it is made until no call of it can be in the vendor's window any more. So
whatever window one takes, what was sent in it was granted by grants that all counted at one moment.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, tuple_, update

from hub.budget_store import BudgetLine, Drawn, Grant, Key, Said, Spent, Standing, Wish
from hub.store import budget_rules as rules
from hub.store.budget_tables import budgets, grants
from hub.store.clock import unix_seconds
from hub.store.engine import Database

Clock = Callable[[Connection], float]
_KEPT = 7 * 86_400.0
"""Seconds for which a limit that nobody uses any more is shown."""
TOLD = "told"


def shared_clock(connection: Connection) -> float:
    """Return Unix seconds by the clock that every worker on this database shares."""
    now = unix_seconds(connection)
    return time.time() if now is None else now


class Ledger:
    """`hub.budget_store.BudgetStore` over a database."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or shared_clock
        self._seeded: set[tuple[str, Key]] = set()

    @property
    def shares_budgets(self) -> bool:
        return not self._database.is_sqlite

    def draw(
        self,
        system: str,
        worker: str,
        wishes: Sequence[Wish],
        spent: Sequence[Spent] = (),
        said: Sequence[Said] = (),
    ) -> Drawn:
        keys = {one.key for group in (wishes, spent, said) for one in group}
        self._seed(system, keys)
        with self._database.writing() as connection:
            limits = self._locked(connection, system, keys)
            now = self._clock(connection)
            for one in spent:
                _settle(connection, system, worker, limits[one.key], one, now)
            for one in said:
                _hear(limits[one.key], one, now)
            given = [_grant(connection, system, worker, limits[one.key], one, now) for one in wishes]
            self._write(connection, system, limits)
            return Drawn(given, _pauses(connection, system, now))

    def _seed(self, system: str, keys: Iterable[Key]) -> None:
        """The row of a limit must be there to be locked."""
        new = sorted({(system, key) for key in keys} - self._seeded)
        if not new:
            return
        rows = [_unused(system, key) for _, key in new]
        with self._database.writing() as connection:
            connection.execute(self._database.insert(budgets).on_conflict_do_nothing(), rows)
        self._seeded.update(new)

    def _locked(self, connection: Connection, system: str, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        # In one order for everybody: two that want the same limits wait for each other only once.
        query = select(budgets).where(*_of(budgets, system, keys)).order_by(budgets.c.name, budgets.c.which)
        found = connection.execute(query.with_for_update()).mappings()
        return {(row["name"], row["which"]): dict(row) for row in found}

    def _write(self, connection: Connection, system: str, limits: dict[Key, dict[str, Any]]) -> None:
        for (name, which), row in sorted(limits.items()):
            changed = {k: row[k] for k in ("kind", "most", "pace", "level", "at")}
            connection.execute(update(budgets).where(*_of(budgets, system, [(name, which)])).values(changed))

    def pause(self, system: str, key: Key, seconds: float) -> None:
        self._seed(system, [key])
        with self._database.writing() as connection:
            [row] = self._locked(connection, system, [key]).values()
            until = max(row["paused"], self._clock(connection) + min(seconds, rules.LONGEST_PAUSE))
            connection.execute(update(budgets).where(*_of(budgets, system, [key])).values(paused=until))

    def tell_budgets(self, system: str, lines: Iterable[Standing]) -> None:
        told = list(lines)
        self._seed(system, [one.key for one in told])
        with self._database.writing() as connection:
            limits = self._locked(connection, system, [one.key for one in told])
            now = self._clock(connection)
            for one in told:
                row = limits[one.key]
                if row["kind"] in ("", TOLD):  # else it is counted here
                    row |= {"kind": TOLD, "most": one.most, "level": one.left, "pace": one.seconds, "at": now}
            self._write(connection, system, limits)

    def budgets(self) -> Sequence[BudgetLine]:
        with self._database.reading() as connection:
            now = self._clock(connection)
            counted = select(
                grants.c.system,
                grants.c.name,
                grants.c.which,
                func.sum(grants.c.tokens).label("tokens"),
                func.max(grants.c.until).label("until"),
            ).where(grants.c.until > now)
            by = (grants.c.system, grants.c.name, grants.c.which)
            live = {tuple(row)[:3]: row for row in connection.execute(counted.group_by(*by))}
            query = select(budgets).where(budgets.c.kind != "").order_by(*budgets.primary_key.columns)
            rows = connection.execute(query).all()
        lately = [row for row in rows if row.at > now - _KEPT]
        return [_line(row, live.get((row.system, row.name, row.which)), now) for row in lately]


def _unused(system: str, key: Key) -> dict[str, object]:
    figures = dict.fromkeys(("most", "pace", "level", "at", "paused"), 0.0)
    return {"system": system, "name": key[0], "which": key[1], "kind": "", **figures}


def _of(table: Any, system: str, keys: Iterable[Key]) -> tuple[Any, ...]:
    return (table.c.system == system, tuple_(table.c.name, table.c.which).in_(sorted(set(keys))))


def _settle(
    connection: Connection, system: str, worker: str, row: dict[str, Any], spent: Spent, now: float
) -> None:
    """Count what was used for as long as it matters, and take back the rest."""
    if row["kind"] == "bucket":
        row["level"] += spent.unused
        return
    connection.execute(delete(grants).where(grants.c.id == spent.grant))
    until = now - spent.ago + row["pace"]
    if row["kind"] == "window" and spent.used and until > now:
        tokens = {"tokens": spent.used, "until": until, "worker": worker, "id": spent.grant}
        connection.execute(grants.insert(), _grant_row(system, row, tokens))


def _hear(row: dict[str, Any], said: Said, now: float) -> None:
    """Of what the vendor said to different workers, the latest counts."""
    at = now - said.ago
    if row["at"] > now or at >= row["at"]:
        row |= {"level": said.used, "most": said.most, "at": at}


def _grant(
    connection: Connection, system: str, worker: str, row: dict[str, Any], wish: Wish, now: float
) -> Grant:
    wish = rules.heard(row, wish)
    row |= {"kind": wish.kind, "pace": wish.pace, "most": wish.most or row["most"]}
    if row["paused"] > now:
        return Grant(wish.key, "", 0, min(row["paused"] - now, rules.LONGEST_PAUSE))
    if wish.kind == "bucket":
        return rules.from_bucket(row, wish, now)
    live = _live(connection, system, wish, now)
    given = rules.RULES[wish.kind](row, wish, live, now, worker)
    if given.tokens:
        until = now + rules.longest(wish)
        lot = {"id": uuid4().hex, "worker": worker, "tokens": given.tokens, "until": until}
        connection.execute(grants.insert(), _grant_row(system, row, lot))
        given = given._replace(id=lot["id"])
    if wish.kind != "daily":
        row["at"] = now
    return given


def _live(connection: Connection, system: str, wish: Wish, now: float) -> list[tuple[float, int, str]]:
    """Return until when, how many and whose each grant that still counts is, soonest over first."""
    where = _of(grants, system, [wish.key])
    connection.execute(delete(grants).where(*where, grants.c.until <= now))
    # A database whose clock was set back must not make a grant of long ago count for hours.
    latest = now + rules.longest(wish)
    found = connection.execute(select(grants.c.until, grants.c.tokens, grants.c.worker).where(*where)).all()
    if any(until > latest for until, _, _ in found):
        connection.execute(update(grants).where(*where, grants.c.until > latest).values(until=latest))
    return sorted((min(until, latest), tokens, worker) for until, tokens, worker in found)


def _grant_row(system: str, row: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {"system": system, "name": row["name"], "which": row["which"], **given}


def _pauses(connection: Connection, system: str, now: float) -> dict[Key, float]:
    query = select(budgets.c.name, budgets.c.which, budgets.c.paused)
    found = connection.execute(query.where(budgets.c.system == system, budgets.c.paused > now))
    return {(name, which): min(paused - now, rules.LONGEST_PAUSE) for name, which, paused in found}


def _line(row: Row[Any], live: Row[Any] | None, now: float) -> BudgetLine:
    over = live.until if live is not None else now
    match row.kind:
        case "bucket":
            used, over = row.most - rules.level(row.level, row.at, row.most, row.pace, now), row.at + 1.0
        case "daily":
            used = row.level + (live.tokens if live is not None else 0)
        case "told":
            used, over = (row.most - row.level if row.at + row.pace > now else 0.0), row.at + row.pace
        case _:
            used = float(live.tokens if live is not None else 0)
    paused = row.paused > now
    over = row.paused if paused else over
    until = None if over <= now else datetime.fromtimestamp(math.ceil(over), UTC)
    return BudgetLine(
        row.system,
        row.name,
        row.which,
        round(row.most, 3),
        round(max(0.0, used), 3),
        round(max(0.0, row.most - used), 3),
        until.strftime("%Y-%m-%dT%H:%M:%SZ") if until else None,
        paused,
    )

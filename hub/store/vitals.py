"""Signs of life and counters, written with what they tell of, and the cheap look at all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Connection, Executable, Table, select

from hub.records import RunRecord
from hub.store.codec import encode
from hub.store.vitals_tables import heartbeats, vitals
from hub.vitals import Beat, Counted, Label, seconds_between

LABELS = "/"
PER_SYSTEM = ("observed", "written", "created", "comments", "calls")
WHOLE = ("parked", "conflicts", "losses")
LOOKS = frozenset({"sync", "backfill", "reconcile", "apply"})
"""Kinds of run that read the feeds."""
WEEKS = 5
"""Of so many, the longest silence of each side is remembered."""
GOOD = frozenset({"clean", "attention"})
_to_beat = msgspec.json.Decoder(Beat).decode


class Number(NamedTuple):
    """A row to be written."""

    name: str
    label: Label
    value: float
    at: str


class Upserts:
    """How the two tables are written in one dialect."""

    def __init__(self, insert: Any) -> None:
        def made(table: Table, **changed: Any) -> Executable:
            statement = insert(table)
            keys = [c.name for c in table.primary_key]
            moved = {
                c.name: statement.excluded[c.name]
                for c in table.columns
                if c.name not in keys and c.name not in changed
            }
            added = {name: table.c[name] + statement.excluded[name] for name in changed}
            return statement.on_conflict_do_update(index_elements=keys, set_=moved | added)

        self.beat = made(heartbeats)
        self.set = made(vitals)
        self.add = made(vitals, value=True)


# signs of life ----------------------------------------------------------------------------------


def beats(connection: Connection) -> dict[str, Beat]:
    return {one.name: one for one in map(_to_beat, connection.execute(select(heartbeats.c.body)).scalars())}


def _beat(connection: Connection, name: str) -> Beat:
    query = select(heartbeats.c.body).where(heartbeats.c.name == name)
    body = connection.execute(query).scalar_one_or_none()
    return Beat(name, "") if body is None else _to_beat(body)


def put_beat(connection: Connection, upserts: Upserts, beat: Beat) -> None:
    row = {"name": beat.name, "at": beat.at, "begun": beat.begun, "good": beat.good, "state": beat.state}
    connection.execute(upserts.beat, [row | {"body": encode(beat)}])


def lives(connection: Connection, upserts: Upserts, name: str, state: str, at: str) -> None:
    """A process that goes on is there; what stopped and is there again began anew."""
    before = _beat(connection, name)
    begun = before.begun if before.state == "alive" else at
    put_beat(connection, upserts, Beat(name, at, begun, at, state))


def began(connection: Connection, upserts: Upserts, run: RunRecord) -> None:
    before = _beat(connection, run.kind)
    beat = msgspec.structs.replace(before, at=run.started, begun=run.started, state="running", run=run.id)
    put_beat(connection, upserts, beat)


def ended(connection: Connection, upserts: Upserts, run: RunRecord) -> None:
    """Leave the sign of life of a run that ended, and count what it did."""
    before = _beat(connection, run.kind)
    at, good = run.ended or run.started, run.state in GOOD
    seconds = _float(run.summary.get("seconds"))
    beat = Beat(
        run.kind,
        at,
        run.started,
        at if good else before.good,
        run.state,
        run.id,
        0 if good else before.failures + 1,
        seconds,
        "" if good else str(run.summary.get("error") or "")[:500],
        run.state,
    )
    put_beat(connection, upserts, beat)
    add(connection, upserts, _counts(run, seconds), at)
    if run.kind in LOOKS:
        _looked(connection, upserts, run, at)


def _counts(run: RunRecord, seconds: float) -> dict[tuple[str, Label], float]:
    found: dict[tuple[str, Label], float] = {
        ("runs", (run.kind, run.state)): 1.0,
        ("run_seconds", (run.kind,)): seconds,
    }
    for name in PER_SYSTEM:
        found |= {(name, (system,)): _float(many) for system, many in _per_system(run, name).items()}
    found |= {(name, ()): _float(run.summary.get(name)) for name in WHOLE}
    found |= {("down", (system,)): 1.0 for system in _per_system(run, "down")}
    for limit, waited in _per_system(run, "waited").items():
        system, _, name = limit.partition(" ")
        found["waited", (system, name)] = _float(waited)
    return {key: value for key, value in found.items() if value}


def _looked(connection: Connection, upserts: Upserts, run: RunRecord, at: str) -> None:
    """Remember of each side when it was read, when it showed a change, and how long it was quiet before."""
    down, seen = _per_system(run, "down"), _per_system(run, "observed")
    known = read(connection, ("changed", "quiet", "heard", "unheard"))
    rows: list[Number] = []
    for system in _per_system(run, "calls"):
        if system in down:
            continue
        rows.append(Number("read", (system,), 1.0, at))
        if _float(seen.get(system)):
            rows += _changed(system, _float(seen.get(system)), known, at)
    put(connection, upserts, rows)
    _forget(connection, known, at)


def _changed(
    system: str, many: float, known: Mapping[tuple[str, Label], Counted], at: str
) -> Iterable[Number]:
    yield Number("changed", (system,), many, at)
    before, week = known.get(("changed", (system,))), _week(at)
    if before is not None:
        longest = known.get(("quiet", (system, week)))
        gap = seconds_between(before.at, at)
        if longest is None or gap > longest.value:
            yield Number("quiet", (system, week), gap, at)
    if ("heard", (system,)) in known:
        told = known.get(("unheard", (system,)))
        yield Number("unheard", (system,), many + (told.value if told else 0.0), at)


def _forget(connection: Connection, known: Mapping[tuple[str, Label], Counted], at: str) -> None:
    """Silences of weeks long ago say nothing of what is usual now."""
    oldest = WEEKS * 7 * 86_400
    gone = [
        LABELS.join(label)
        for (name, label), one in known.items()
        if name == "quiet" and seconds_between(one.at, at) > oldest
    ]
    if gone:
        connection.execute(vitals.delete().where(vitals.c.name == "quiet", vitals.c.label.in_(gone)))


def heard(connection: Connection, upserts: Upserts, system: str, at: str) -> None:
    """A webhook of this side arrived: whatever polling found before it need not have been told."""
    put(connection, upserts, [Number("heard", (system,), 1.0, at), Number("unheard", (system,), 0.0, at)])


# numbers ----------------------------------------------------------------------------------------


def add(
    connection: Connection, upserts: Upserts, numbers: Mapping[tuple[str, Label], float], at: str
) -> None:
    _write(connection, upserts.add, [Number(name, label, v, at) for (name, label), v in numbers.items()])


def put(connection: Connection, upserts: Upserts, numbers: Sequence[Number]) -> None:
    _write(connection, upserts.set, numbers)


def _write(connection: Connection, statement: Executable, numbers: Sequence[Number]) -> None:
    # In one order: two workers that end at the same time must not wait for each other in a circle.
    rows = [
        {"name": n.name, "label": LABELS.join(n.label), "value": n.value, "at": n.at} for n in sorted(numbers)
    ]
    if rows:
        connection.execute(statement, rows)


def read(connection: Connection, names: Sequence[str] = ()) -> dict[tuple[str, Label], Counted]:
    query = select(vitals)
    if names:
        query = query.where(vitals.c.name.in_(names))
    return {
        (row.name, tuple(row.label.split(LABELS)) if row.label else ()): Counted(row.value, row.at)
        for row in connection.execute(query)
    }


def _week(at: str) -> str:
    year, week, _ = datetime.fromisoformat(at).isocalendar()
    return f"{year}-{week:02}"


def _per_system(run: RunRecord, name: str) -> Mapping[str, object]:
    found = run.summary.get(name)
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

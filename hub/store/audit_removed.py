"""Rows that were lawfully removed: acts say which, and acts are sealed like all the rest."""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from typing import cast as typed

from sqlalchemy import Connection, Text, cast, func, select

from hub.audit import Act, Source, allowed, name_of
from hub.store.audit_tables import acts, anchors, seals
from hub.store.codec import to_act

REMOVING = ("pruned", "forgotten")
"""Kinds of acts that name, in `body.removed`, which rows they took away: `{source: [[first, last], …]}`."""
BY_NUMBER: Mapping[Source, bool] = {
    "history": True,
    "journal": True,
    "outcome": True,
    "feedback": True,
    "act": True,
    "run": False,
}


class Removed:
    """Which rows were lawfully removed, as the acts in the store say that could not be slipped in."""

    def __init__(self, connection: Connection, keys: Sequence[str] = ()) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._names: dict[str, set[str]] = {}
        for act in _believed(connection, keys):
            removed: Mapping[str, Sequence[Any]] = act.body.get("removed") or {}
            for source, given in removed.items():
                self._names.setdefault(source, set()).update(s for s in given if isinstance(s, str))
                spans = self._spans.setdefault(source, [])
                spans.extend((s[0], s[1]) for s in given if not isinstance(s, str))
        for spans in self._spans.values():
            spans.sort()

    def has(self, source: str, row: str) -> bool:
        if row in self._names.get(source, ()):
            return True
        spans = self._spans.get(source, [])
        if not spans or not row.isdecimal():
            return False
        at = bisect_right(spans, (int(row), 1 << 62)) - 1
        return any(first <= int(row) <= last for first, last in spans[max(at - 8, 0) : at + 1])


def _believed(connection: Connection, keys: Sequence[str]) -> Iterable[Act]:
    """Yield the acts by which rows were removed; with keys, those that one of them marked, or older ones."""
    first = select(func.min(anchors.c.n)).where(anchors.c.key.in_([name_of(key) for key in keys]))
    since = connection.execute(first).scalar_one()
    sealed = select(func.min(seals.c.n)).where(seals.c.source == "act", seals.c.row == cast(acts.c.id, Text))
    query = select(acts.c.body, sealed.scalar_subquery()).where(acts.c.kind.in_(REMOVING))
    for body, number in connection.execute(query):
        act = to_act(body)
        if since is None or (number is not None and number <= since) or _is_ours(act, keys):
            yield act


def _is_ours(act: Act, keys: Sequence[str]) -> bool:
    mark, removed = act.body.get("mark"), typed("dict[str, object]", act.body.get("removed") or {})
    if not isinstance(mark, str):
        return False
    return any(hmac.compare_digest(allowed(act.at, removed, key).encode(), mark.encode()) for key in keys)


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as runs of neighbours: `[[1, 7], [9, 9]]`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def told(removed: Mapping[str, Sequence[int] | Sequence[str]]) -> dict[str, object]:
    """Return what was removed, as an act tells it."""
    return {
        source: [n for n in rows if isinstance(n, str)] or spans(n for n in rows if isinstance(n, int))
        for source, rows in removed.items()
        if rows
    }

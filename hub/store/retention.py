"""Retention: what is older than it need be goes, row by row, and an act that is sealed says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Exists,
    Select,
    Text,
    cast,
    delete,
    exists,
    false,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from hub.audit import Act, Source, allowed
from hub.store.audit_acts import write
from hub.store.audit_removed import REMOVING, told
from hub.store.audit_tables import acts, seals
from hub.store.score_tables import alerts, history
from hub.store.statements import batches
from hub.store.tables import conflicts, is_open, journal, parked, runs, tickets
from hub.store_settings import RetentionSettings

BATCH = 1_000
"""Rows that go in one transaction."""


class _Member(FunctionElement[str]):
    """A text of a JSON object that is kept as text; NULL where there is none."""

    name = "member"
    type = Text()
    inherit_cache = True

    def __init__(self, body: Column[Any], member: str) -> None:
        super().__init__(body, literal(member))


@compiles(_Member, "sqlite")
def _in_sqlite(element: _Member, compiler: Any, **options: Any) -> str:
    body, member = (compiler.process(one, **options) for one in element.clauses)
    return f"json_extract({body}, '$.' || {member})"


@compiles(_Member, "postgresql")
def _in_postgresql(element: _Member, compiler: Any, **options: Any) -> str:
    body, member = (compiler.process(one, **options) for one in element.clauses)
    return f"(({body})::json ->> {member})"


def sealed(column: Column[Any], source: Source) -> Exists:
    return exists().where(seals.c.source == literal(source), seals.c.row == cast(column, Text))


def cutoffs(settings: RetentionSettings, now: str) -> Mapping[str, str]:
    """Return before which instant each kind of row may go; kinds that are kept for ever are not in it."""
    days = {
        "journal": settings.journal and max(settings.journal, settings.undo),
        "runs": settings.runs and max(settings.runs, settings.undo),
        "history": settings.history,
        "acts": settings.audit,
        "alerts": settings.alerts,
        "conflicts": settings.conflicts and max(settings.conflicts, settings.undo),
    }
    return {
        name: f"{datetime.fromisoformat(now) - timedelta(days=kept):%Y-%m-%dT%H:%M:%SZ}"
        for name, kept in days.items()
        if kept
    }


def _journal(before: str) -> Select[Any]:
    """What was answered and sealed long ago, of tickets that nothing is open of."""
    open_conflict = exists().where(conflicts.c.ticket_id == journal.c.ticket_id, is_open)
    refused = exists().where(parked.c.ticket_id == journal.c.ticket_id)
    return select(journal.c.id).where(
        journal.c.at < before,
        sealed(journal.c.id, "journal"),
        (journal.c.state == "asked") | sealed(journal.c.id, "outcome"),
        ~open_conflict,
        ~refused,
    )


def _history(before: str) -> Select[Any]:
    done = exists().where(tickets.c.id == history.c.ticket_id, tickets.c.done)
    return select(history.c.id).where(history.c.at < before, sealed(history.c.id, "history"), done)


def _runs(before: str) -> Select[Any]:
    wrote = exists().where(journal.c.run == runs.c.id)
    return select(runs.c.id).where(runs.c.started < before, sealed(runs.c.id, "run"), ~wrote)


def _acts(before: str) -> Select[Any]:
    """Never those by which it is known that rows were lawfully removed."""
    return select(acts.c.id).where(acts.c.at < before, acts.c.kind.not_in(REMOVING), sealed(acts.c.id, "act"))


def _conflicts(before: str) -> Select[Any]:
    """What was settled long ago, and everybody was told so. Who settled it, and how, stands in the acts."""
    body = conflicts.c.body
    ended = func.coalesce(func.nullif(_Member(body, "ended"), ""), _Member(body, "at"))
    done = (conflicts.c.resolved != "", conflicts.c.due.is_(false()))
    return select(conflicts.c.id).where(*done, ended < before)


def _alerts(before: str) -> Select[Any]:
    return select(alerts.c.id).where(alerts.c.at < before, alerts.c.state != "new")


_TABLES = {
    "journal": journal,
    "history": history,
    "runs": runs,
    "acts": acts,
    "alerts": alerts,
    "conflicts": conflicts,
}
_FOUND: Mapping[str, tuple[Callable[[str], Select[Any]], tuple[Source, ...]]] = {
    "journal": (_journal, ("journal", "outcome")),
    "runs": (_runs, ("run",)),
    "history": (_history, ("history",)),
    "acts": (_acts, ("act",)),
    "alerts": (_alerts, ()),
    "conflicts": (_conflicts, ()),
}


def counted(connection: Connection, before: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows of each kind may go now."""
    found: dict[str, int] = {}
    for name, cutoff in before.items():
        rows = _FOUND[name][0](cutoff).subquery()
        found[name] = connection.execute(select(func.count()).select_from(rows)).scalar_one()
    return found


def pruned(connection: Connection, name: str, cutoff: str, now: str, keys: Sequence[str] = ()) -> int:
    """Remove up to `BATCH` rows of a kind, and say so, under the first of the keys; return how many went."""
    rows, sources = _FOUND[name]
    table = _TABLES[name]
    numbers = list(connection.execute(rows(cutoff).order_by(table.c.id).limit(BATCH)).scalars())
    if not numbers:
        return 0
    for batch in batches(numbers):
        connection.execute(delete(table).where(table.c.id.in_(batch)))
    _unsalt(connection, sources, numbers)
    removed = told(dict.fromkeys(sources, numbers))
    mark = {"mark": allowed(now, removed, keys[0])} if keys else {}
    body: dict[str, Any] = {"before": cutoff, "rows": len(numbers), "removed": removed, **mark}
    write(connection, [Act("pruned", now, "hub", subject=name, why="retention in hub.toml", body=body)])
    return len(numbers)


def _unsalt(connection: Connection, sources: Sequence[Source], numbers: Sequence[int | str]) -> None:
    """Without its salt nothing can be told from a digest about the row that is gone."""
    for source in sources:
        for batch in batches([str(n) for n in numbers]):
            connection.execute(
                update(seals).where(seals.c.source == source, seals.c.row.in_(batch)).values(salt="")
            )

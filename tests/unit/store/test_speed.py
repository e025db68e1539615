"""What every run asks is answered from an index, however many tickets are held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from hub.model import JIRA, ZENDESK, RemoteId, TicketId
from hub.store import SqlStore, open_store

ASKED: dict[str, Callable[[SqlStore], object]] = {
    "dirty": lambda s: s.dirty(250),
    "awaited": lambda s: s.awaited(250),
    "claim": lambda s: s.claim(250),
    "inbox_size": lambda s: s.inbox_size(),
    "ticket_count": lambda s: s.ticket_count(),
    "ticket_count of a system": lambda s: s.ticket_count(JIRA),
    "tickets_of": lambda s: s.tickets_of([(ZENDESK, RemoteId("1"))]),
    "named": lambda s: s.named("SUP-7"),
    "load": lambda s: s.load([TicketId("a"), TicketId("b")]),
    "conflicts": lambda s: s.conflicts(),
    "journal": lambda s: list(s.journal("run")),
    "settle": lambda s: s.settle([TicketId("a")]),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_table_is_read_through(name: str, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "hub.sqlite3"))
    statements: list[tuple[str, Any]] = []
    engine = store._database._reads

    def remember(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", remember)
    ASKED[name](store)
    event.remove(engine, "before_cursor_execute", remember)
    with store._database.reading() as connection:
        plans = [
            row[3]
            for statement, values in statements
            if not statement.startswith(("BEGIN", "PRAGMA"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    store.close()
    assert plans
    for plan in plans:
        assert not plan.startswith("SCAN") or "INDEX" in plan or plan == "SCAN anon_1", plan

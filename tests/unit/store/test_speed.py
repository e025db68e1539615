"""What every run asks is answered from an index, however many tickets are held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from hub.account import AccountId
from hub.model import JIRA, SALESFORCE, ZENDESK, RemoteId, TicketId
from hub.replica import Cursor
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, account, bond, contact, decision

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
    "take_accounts": lambda s: s.take_accounts(
        SALESFORCE,
        [account("A", "domain:a.com"), account("L", into="A"), account("D", gone=True)],
        [contact("x", "A", "x@a.com")],
        [RemoteId("y")],
        Cursor("c"),
        AT,
    ),
    "account_cursor": lambda s: s.account_cursor(SALESFORCE),
    "directory": lambda s: s.directory(["account:A", "email:x@a.com", "domain:a.com"]),
    "account_ids": lambda s: s.account_ids(250),
    "tickets_with": lambda s: s.tickets_with(["account:A"]),
    "unmatched": lambda s: s.unmatched(250),
    "bond": lambda s: s.bond(bond("domain:a.com", "A")),
    "due_accounts": lambda s: s.due_accounts(250),
    "settle_accounts": lambda s: s.settle_accounts({AccountId("A"): {"Open_Tickets__c": 1}}),
    "commit": lambda s: s.commit([decision("a", traces=("account:A",))], [], "run", AT),
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
            if not statement.startswith(("BEGIN", "PRAGMA", "INSERT"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    store.close()
    assert plans
    for plan in plans:
        assert not plan.startswith("SCAN") or "INDEX" in plan or plan == "SCAN anon_1", plan

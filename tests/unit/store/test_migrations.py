"""The migrations make the tables that the software expects, and an older store is brought up to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from msgspec.structs import replace
from sqlalchemy import Connection, inspect, text

from hub.errors import StoreBroken
from hub.history.event import Event
from hub.model import SALESFORCE, ZENDESK, TicketId
from hub.store import open_store
from hub.store.engine import Database
from hub.store.every_table import metadata
from hub.store.versions import MIGRATIONS, REVISIONS, upgrade
from tests.unit.store.conftest import POSTGRES
from tests.unit.store.samples import AT, RUN, account, comment, decision, link, page, seen, update
from tests.unit.store.test_decisions import run_sql


def test_the_suite_ran_on_postgresql_too() -> None:
    if POSTGRES not in os.environ:
        pytest.skip(f"STORE NOT TESTED ON POSTGRESQL: set {POSTGRES} to a database of that kind")


def test_the_software_knows_every_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert tuple(r.revision for r in script.walk_revisions())[::-1] == REVISIONS
    assert script.get_heads() == [REVISIONS[-1]]


def test_migrations_make_the_tables_of_the_software(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        upgrade(connection)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        migrated = shape(connection)
    database.close()
    open_store(url).close()
    run_sql(url, *(f"DROP TABLE {t.name}" for t in reversed(metadata.sorted_tables)))
    run_sql(url, "DROP TABLE alembic_version")
    open_store(url).close()
    database = Database(url)
    with database.reading() as connection:
        assert shape(connection) == migrated, "a new store is made without running the migrations"
    database.close()


def shape(connection: Connection) -> object:
    """Columns, keys and indices (with the conditions of partial ones) of every table."""
    seen = inspect(connection)
    if seen.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
        )
        conditions = [" ".join(row.sql.split()) for row in rows]
    else:
        rows = connection.execute(
            text("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")
        )
        conditions = [row.indexdef for row in rows]
    tables = {
        name: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(name)),
            seen.get_pk_constraint(name)["constrained_columns"],
            [f["constrained_columns"] for f in seen.get_foreign_keys(name)],
        )
        for name in sorted(seen.get_table_names())
    }
    return tables, conditions


def test_a_store_without_accounts_is_brought_up_to_date_with_all_that_it_holds(url: str) -> None:
    first = open_store(url)
    held = [decision(t, update(t), links=(link(t, t),), comments=(comment("c"),), dirty=True) for t in "ab"]
    first.commit(held, [], RUN, AT)
    first.stage(ZENDESK, page("c1", seen("1")), AT)
    loaded = first.load([TicketId("a"), TicketId("b")])
    first.close()
    database = Database(url)
    with database.writing() as connection:
        downgrade(connection, "0001")
        assert "accounts" not in inspect(connection).get_table_names()
        assert "traces" not in {c["name"] for c in inspect(connection).get_columns("tickets")}
    database.close()
    with pytest.raises(StoreBroken, match="older than this software"):
        open_store(url, migrate=False)
    store = open_store(url)
    assert store.load([TicketId("a"), TicketId("b")]) == loaded
    assert [e.operation for e in store.journal(RUN)] == [o for d in held for o in d.operations]
    assert (store.cursors(), store.dirty(10)) == ({ZENDESK: "c1"}, ["a", "b"])
    assert store.unmatched(10) == [("a", ()), ("b", ())], "open until their next decision"
    store.commit([decision("a", traces=("account:A",))], [], RUN, AT)
    store.commit([decision("b", traces=("account:A",), done=True)], [], RUN, AT)
    assert store.take_accounts(SALESFORCE, [account("A")], [], [], None, AT) == 1
    store.close()


def test_mails_of_an_older_store_are_kept_for_their_days_too(url: str) -> None:
    """What was heard or sent before bytes were let go counts from then; what waits never does."""
    open_store(url).close()
    mail = "INSERT INTO mails (mailbox, received_at, sha256, sameness, size, cut, state, reason, message_id,"
    comment = "INSERT INTO mail_comments (conversation, created_at, body) VALUES"
    run_sql(
        url,
        *(
            f"{mail} conversation, body) VALUES ('INBOX', '{AT}', '', '', 1, false, '{state}', '', '', '', '')"
            for state in ("heard", "dropped", "new", "suspended", "quarantined", "twin")
        ),
        *(f"""{comment} (1, '{AT}', '{{"text":"","kind":"{kind}"}}')""" for kind in ("sent", "mail", "note")),
    )
    database = Database(url)
    with database.writing() as connection:
        downgrade(connection, "0003")
    database.close()
    open_store(url).close()
    database = Database(url)
    with database.reading() as connection:
        mails = connection.execute(text("SELECT state, idle_since FROM mails")).tuples().all()
        said = connection.execute(text("SELECT idle_since FROM mail_comments ORDER BY id")).scalars().all()
    database.close()
    assert {state for state, since in mails if since == AT} == {"heard", "dropped"}
    assert {state for state, since in mails if not since} == {"new", "suspended", "quarantined", "twin"}
    assert said == [AT, "", ""]


def test_tickets_of_an_older_store_have_no_history_until_they_are_planned(url: str) -> None:
    """Nothing else is missing; `hub export history` tells what they still know of their pasts."""
    first = open_store(url)
    told = decision("a", comments=(comment("c"),))
    event = Event("a", AT, set={"status": "open"})
    first.commit([replace(told, events=(event,))], [], RUN, AT)
    loaded = first.load([TicketId("a")])
    first.close()
    database = Database(url)
    with database.writing() as connection:
        downgrade(connection, "0004")
        assert "history" not in inspect(connection).get_table_names()
    database.close()
    store = open_store(url)
    assert store.load([TicketId("a")]) == loaded
    assert (list(store.history()), store.without_history(10)) == ([], ["a"])
    store.commit([replace(told, events=(event,))], [], RUN, AT)
    assert (list(store.history()), store.without_history(10)) == ([event], [])
    store.close()


def downgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def test_an_older_store_is_changed_only_if_that_is_allowed(url: str) -> None:
    with pytest.raises(StoreBroken, match="older than this software"):
        open_store(url, migrate=False)
    open_store(url).close()
    open_store(url, migrate=False).close()


def test_another_programs_database_is_left_alone(url: str) -> None:
    Database(url).close()
    run_sql(url, "CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreBroken, match="tables of another program"):
        open_store(url)
    run_sql(url, "DROP TABLE customers")


def test_opening_a_store_that_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    code = (
        "import sys; from hub.store import open_store; open_store(sys.argv[1]).close();"
        "print([m for m in ('alembic', 'psycopg', 'sqlalchemy.orm') if m in sys.modules])"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"


def test_while_machines_are_brought_up_to_date_older_software_goes_on(url: str) -> None:
    """With tables that a newer one only added to; not with those after which it would do harm."""
    open_store(url).close()
    newer = "UPDATE alembic_version SET version_num = '9998'"
    run_sql(url, newer)
    store = open_store(url, migrate=False)
    assert store.ticket_count() == 0
    store.close()
    run_sql(url, "UPDATE counters SET value = 9998 WHERE name = 'oldest_software'")
    with pytest.raises(StoreBroken, match=r"version 9998.*newer version of the hub"):
        open_store(url)

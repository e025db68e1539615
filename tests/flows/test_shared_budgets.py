"""The budgets of a whole hub: what runs used of each vendor can be read, and on PostgreSQL is shared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from hub.settings import StoreSettings
from tests.unit.store.conftest import POSTGRES
from tests.world import World, summary


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty schema."""
    if POSTGRES not in os.environ:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: set {POSTGRES} to a database of that kind")
    server, schema = os.environ[POSTGRES], f"hub_test_{uuid4().hex[:12]}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{server}?options={quote(f'-csearch_path={schema}', safe='')}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def test_how_the_limits_stand_is_kept_after_a_run(tmp_path: Path) -> None:
    """On SQLite each process counts alone; what it counted can be read by others all the same."""
    world = World(tmp_path, "demo", crm=True)
    world.zendesk.settings["rate_limits"] = "suite_professional"
    try:
        assert world.store.budgets() == []
        assert world.sync().state in ("clean", "attention")
        assert world.store.budgets() == [], "during a run the store is asked for nothing"
        world.assembly.fleet.rest()
        lines = {(line.system, line.name): line for line in world.store.budgets()}
    finally:
        world.close()
    assert {system for system, _ in lines} == {"zendesk", "jira", "salesforce"}
    account = lines["zendesk", "account"]
    assert (account.limit, account.used > 0, account.used + account.left) == (360, True, 360)
    assert lines["salesforce", "daily-calls"].used > 0


def test_workers_on_postgresql_see_what_the_others_used(tmp_path: Path, postgres: str) -> None:
    """Two hubs, one database: what the first was granted is counted for both, and nothing is left taken."""
    first = World(tmp_path / "first", "demo", crm=True, store=StoreSettings(url=postgres))
    try:
        record = first.sync()
        assert record.state in ("clean", "attention")
        first.assembly.fleet.rest()
        lines = first.store.budgets()
    finally:
        first.close()
    used = {line.system: 0.0 for line in lines}
    for line in lines:
        if line.name in ("endpoint", "incremental-exports", "daily-calls"):
            used[line.system] += line.used
    assert used["salesforce"] > 0
    exports = next(line for line in lines if line.name == "incremental-exports")
    assert 0 < exports.used <= summary(record, "calls")["zendesk"]
    assert exports.left == exports.limit - exports.used

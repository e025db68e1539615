"""Every test of the store runs on SQLite, and on PostgreSQL where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from hub.store import SqlStore, open_store
from tests.unit.store.samples import Clock

POSTGRES = "TEST_POSTGRES_URL"


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES in os.environ else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.sqlite3'}"
        return
    server = os.environ[POSTGRES]
    schema = f"hub_test_{uuid4().hex[:12]}"
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    sign = "&" if "?" in server else "?"
    search = quote(f"-csearch_path={schema}", safe="")
    yield f"{server}{sign}options={search}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[SqlStore]:
    opened = open_store(url, now=clock)
    yield opened
    opened.close()

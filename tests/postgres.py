"""PostgreSQL for tests, where there is one: a schema of its own for each that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

POSTGRES = "TEST_POSTGRES_URL"
"""The environment variable that says where it is."""


@contextmanager
def empty_schema() -> Iterator[str]:
    """Yield the address of an empty schema; it is dropped at the end."""
    server = os.environ[POSTGRES]
    schema = f"hub_test_{uuid4().hex[:12]}"
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    sign = "&" if "?" in server else "?"
    search = quote(f"-csearch_path={schema}", safe="")
    try:
        yield f"{server}{sign}options={search}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()

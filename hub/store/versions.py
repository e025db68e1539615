"""Bring a database to this software's tables. Alembic is imported only if there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    inspect,
    select,
    text,
)

from hub.errors import StoreBroken
from hub.store.engine import Database
from hub.store.every_table import metadata
from hub.store.tables import counters

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Every migration in `hub/migrations/versions`, oldest first."""

OLDEST = "0011"
"""
The oldest software that may go on with these tables, while machines are brought up to date one by one.

A migration that only adds leaves it as it is; one after which older software would do harm raises it.
"""

_FITS = "oldest_software"
"""The counter that tells older software whether it may go on."""

MIGRATIONS = Path(__file__).parents[1] / "migrations"

_ALEMBIC = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_ONE_AT_A_TIME = 0x6875_6200
"""Key of the PostgreSQL advisory lock under which tables are made and changed."""


def prepare(database: Database, *, migrate: bool) -> None:
    """Make the tables fit, or raise `StoreBroken` if they do not and may not be changed."""
    with database.reading() as connection:
        if _revision(connection, database.where) == REVISIONS[-1]:
            return
    if not migrate:
        raise StoreBroken(
            f"The tables of {database.where} are older than this software. "
            "Stop every other hub on it, then run `hub sync`: that brings them up to date."
        )
    with database.writing() as connection:
        _one_at_a_time(connection)
        found = _revision(connection, database.where)  # another process may have been faster
        if found is None:
            _create(connection)
        elif found != REVISIONS[-1]:
            upgrade(connection)
            _tell_older_software(connection)


def upgrade(connection: Connection) -> None:
    """Run the migrations that this database lacks, within the connection's transaction."""
    # Here, not above: 0.3 s that only an old store should cost.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _create(connection: Connection) -> None:
    # The same tables as the migrations make, which a test keeps true, without importing Alembic.
    metadata.create_all(connection)
    _ALEMBIC.create(connection)
    connection.execute(_ALEMBIC.insert(), {"version_num": REVISIONS[-1]})
    _tell_older_software(connection)


def _tell_older_software(connection: Connection) -> None:
    connection.execute(delete(counters).where(counters.c.name == _FITS))
    connection.execute(counters.insert(), {"name": _FITS, "value": int(OLDEST)})


def _may_go_on(connection: Connection, found: str) -> bool:
    """Return whether newer software that migrated these tables left them fit for this one."""
    if not found.isdecimal() or int(found) < int(REVISIONS[-1]):
        return False
    oldest = connection.execute(select(counters.c.value).where(counters.c.name == _FITS)).scalar()
    return oldest is not None and oldest <= int(REVISIONS[-1])


def _revision(connection: Connection, where: str) -> str | None:
    """Return the database's revision; None if it is empty. Raises if it is not ours to use."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if _ALEMBIC.name not in tables:
        raise StoreBroken(
            f"Cannot use {where}: it holds tables of another program. Give the hub a database of its own."
        )
    found = connection.execute(select(_ALEMBIC.c.version_num)).scalars().all()
    if len(found) == 1 and found[0] not in REVISIONS and _may_go_on(connection, found[0]):
        return REVISIONS[-1]
    if len(found) != 1 or found[0] not in REVISIONS:
        raise StoreBroken(
            f"Cannot use {where}: its tables are of version {', '.join(found) or '?'}, and this "
            f"software knows up to {REVISIONS[-1]}. Use the newer version of the hub that wrote it."
        )
    return found[0]


def _one_at_a_time(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})

"""
Run by Alembic, on the connection that the hub hands in, within its transaction.

To write a new migration, from the repository's root:

    alembic --config hub/migrations/alembic.ini -x url=sqlite:///old.sqlite3 revision -m "what" --autogenerate
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from hub.store.every_table import metadata


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a table by copying it
    )
    with context.begin_transaction():
        context.run_migrations()


def _by_hand(url: str) -> None:
    with create_engine(url).begin() as connection:
        _migrate(connection)


handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    _migrate(handed_in)
else:
    _by_hand(context.get_x_argument(as_dictionary=True)["url"])

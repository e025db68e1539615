"""A right to write, kept alive by a thread: who waits for a slow vendor writes nothing for minutes."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from hub.errors import HubError
from hub.store.engine import Database
from hub.store.lease import Lease

EVERY = 30.0
"""Seconds between beats: four of them are missed before anybody is taken for dead."""


@contextmanager
def beating(lease: Lease, database: Database) -> Generator[None]:
    """Renew the lease every now and then until the end. What goes wrong shows at the next write."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(EVERY):
            with suppress(HubError), database.writing() as connection:
                lease.check(connection)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

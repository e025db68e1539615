"""A right to write, kept alive by a thread: who waits for a slow vendor writes nothing for minutes."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from hub.errors import HubError
from hub.store.lease import Lease

EVERY = 10.0
"""
Seconds between beats: a dozen of them are missed before anybody is taken for dead; and one comes before
claims are free of somebody who only seems dead (`hub.store.lease.SETTLES`: two containers of one name).
"""


@contextmanager
def beating(lease: Lease) -> Generator[None]:
    """Renew the lease every now and then until the end. What goes wrong shows at the next write."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(EVERY):
            with suppress(HubError), lease.writing():
                pass

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""The sign of life of a process that goes on (`hub serve`, `hub watch`), whatever it is busy with."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from hub.errors import HubError
from hub.settings import Settings
from hub.store import SqlStore, open_store

EVERY = 30.0
"""Seconds between two signs."""
_BETWEEN = 10
"""Signs between two looks at all the others."""
_LEAVING = 2.0
"""Seconds for which an end waits for the last one: it is only a courtesy."""
_log = logging.getLogger("hub.watch")


@contextmanager
def pulse(
    settings: Settings, name: str, every: float = EVERY, look: Callable[[], object] | None = None
) -> Generator[None]:
    """
    Within it, the store hears that this process lives; at its end, that it was told to end.

    `look` is done every few minutes beside that: whoever lives looks whether the others do.
    """
    ending = threading.Event()
    given = (settings, name, every, ending, look)
    thread = threading.Thread(target=_beats, args=given, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(_LEAVING)


def _beats(
    settings: Settings,
    name: str,
    every: float,
    ending: threading.Event,
    look: Callable[[], object] | None,
) -> None:
    store: SqlStore | None = None
    told, count = "", 0
    while True:
        last = ending.is_set()
        try:
            store = store or open_store(settings.store_url)
            store.beat(name, "stopped" if last else "alive")
            told = ""
        except HubError as error:  # the process goes on as well as it can; who watches sees it as silent
            if str(error) != told:
                told = str(error)
                _log.warning("no sign of life could be left: %s", told)
        if last:
            break
        count += 1
        if look is not None and count % _BETWEEN == 0:  # not at once: what just began is late in all
            _looked(look)
        _ = ending.wait(every)
    if store is not None:
        store.close()


def _looked(look: Callable[[], object]) -> None:
    try:
        _ = look()
    except Exception:  # noqa: BLE001  a fault there must not pass for the death of this process
        _log.exception("the others could not be looked after")

"""
Hints on their way from webhooks into the store: what arrives together is committed together.

A commit costs the same for one hint as for hundreds, and while a run writes, everybody waits for it. So
whoever comes meanwhile joins the next commit, and a burst needs no more commits than a calm minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from flows.wires import utc_now
from hub.errors import HubError, Unavailable
from hub.ports import Hint, Store

MOST = 20_000
"""Hints that may wait for their commit; more are sent back to the vendor, which delivers them again."""
_TOGETHER = 500
_log = logging.getLogger("hub.serve")
_Waiting: TypeAlias = tuple[Sequence[Hint], "asyncio.Future[int]"]


def _refuse(group: Sequence[_Waiting], error: Exception) -> None:
    if not isinstance(error, HubError):  # not foreseen: the vendor is to deliver it again all the same
        _log.error("hints could not be stored", exc_info=error)
        error = Unavailable(f"hints could not be stored ({type(error).__name__})")
    for _, stored in group:
        if not stored.done():
            stored.set_exception(error)


class Intake:
    """The door of one store. Its methods are called in one event loop."""

    def __init__(self, store: Store, now: Callable[[], str] = utc_now) -> None:
        self._store = store
        self._now = now
        self._waiting: list[_Waiting] = []
        self._size = 0
        self._writer: asyncio.Task[None] | None = None

    async def put(self, hints: Sequence[Hint]) -> int:
        """
        Return once these are stored for good: how many of them were new.

        Raises what the store raises; then none of them is stored.
        """
        if not hints:
            return 0
        if self._size >= MOST:
            raise Unavailable(f"{self._size} hints wait to be stored already: deliver this one again later")
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((hints, stored))
        self._size += len(hints)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            hints = [hint for some, _ in group for hint in some]
            self._size -= len(hints)
            try:
                new = await asyncio.to_thread(self._store.take_hints, hints, self._now())
            except Exception as error:  # noqa: BLE001  nobody may be left waiting, whatever it is
                _refuse(group, error)
                continue
            for some, stored in group:
                if not stored.done():  # else whoever waited has gone
                    stored.set_result(sum((hint.system, hint.delivery) in new for hint in some))

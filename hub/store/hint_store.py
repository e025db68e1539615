"""The part of the store by which every worker hears of webhooks, whichever machine took them in."""

from __future__ import annotations

from hub.store import inbox
from hub.store.core import Core


class HintStore(Core):
    """`hub.hint_store.HintStore`."""

    def newest_hint(self) -> int:
        with self._database.reading() as connection:
            return inbox.newest_hint(connection)

"""The part of the store by which every worker hears of what waits, whichever machine took it in."""

from __future__ import annotations

from hub.store import claims, inbox
from hub.store.core import Core


class HintStore(Core):
    """`hub.hint_store.HintStore`."""

    def newest_hint(self) -> int:
        with self._database.reading() as connection:
            return inbox.newest_hint(connection)

    def at_hand(self, after: int) -> int:
        if self._database.is_sqlite:
            return 0
        with self._database.reading() as connection:
            return inbox.at_hand(connection, after, claims.mark(connection))

"""The part of the store that knows where replicas went."""

from __future__ import annotations

from collections.abc import Sequence

from hub.model import RemoteId, System
from hub.store import links
from hub.store.core import Core


class LifecycleStore(Core):
    """`hub.lifecycle_store.LifecycleStore`."""

    def outside(self, system: System, within: Sequence[str]) -> Sequence[RemoteId]:
        with self._database.reading() as connection:
            return links.outside(connection, system, within)

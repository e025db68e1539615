"""
Replicas that left what a feed shows: an issue that was moved to another project.

Their links hold, so they are looked at in every run; what did not change since is not taken in again.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from hub.answering import answering
from hub.ports import Connector, Store


@runtime_checkable
class Bounded(Protocol):
    """A connector whose feed shows a part of its system only."""

    def within(self) -> tuple[str, ...]:
        """What the labels of those that it shows begin with; empty: nobody can tell."""
        ...


def look_at_strays(store: Store, connector: Connector, at: str) -> int:
    """Store what changed of the replicas that the connector's feed does not show; return how many did."""
    if not isinstance(connector, Bounded) or not (within := connector.within()):
        return 0
    name = f"strays:{connector.system}"
    strays = store.outside(connector.system, within)
    kept = store.kept(name)
    known = msgspec.json.decode(kept.value, type=dict[str, str]) if kept is not None else {}
    if not strays:
        return 0
    tick = store.tick()
    with answering(connector.system):
        found = connector.fetch(strays)
    news = [it for key, it in found.items() if it.gone is not None or known.get(key) != it.at]
    if news:
        store.stage_observations(news, at, tick)
    stamps = {key: it.at for key, it in found.items() if it.gone is None}
    if stamps != known:
        store.keep(name, msgspec.json.encode(stamps).decode(), at)
    return len(news)

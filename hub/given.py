"""What a run is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.accounts import Book
from hub.cluster import Policy
from hub.model import System
from hub.ports import Clock, Connector, Store
from hub.safety import Limits
from hub.spans import UNTRACED, Spans

BATCH = 1000  # replicas a batch: large enough for full bulk calls, small enough to keep memory flat
PORTION = 250
"""
Replicas that one of several workers takes at a time of what was let through: so many that calls in bulk are
full, so few that the others have some of it, and that nothing is anybody's for minutes.
"""

Progress = Callable[[str, int, int], None]
"""Called with what is going on, how far it is, and out of how many (0: unknown)."""


def silent(what: str, done: int, of: int) -> None:
    del what, done, of


@dataclass(frozen=True)
class Hub:
    """Everything that a run needs, put together by the composition root."""

    store: Store
    connectors: Mapping[System, Connector]
    policy: Policy
    limits: Limits
    clock: Clock
    holder: str = "hub"
    progress: Progress = silent
    side_by_side: bool = True
    """Write to the systems at the same time."""
    batch: int = BATCH
    book: Book | None = None
    """The accounts behind the tickets, where there is a CRM."""
    spans: Spans = UNTRACED
    """Hears how long each step takes."""

"""What the audit trail asks of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from hub.audit import Act, Anchor, Fault, Verdict
from hub.model import TicketId
from hub.records import JournalEntry
from hub.store_settings import RetentionSettings


class AuditStore(Protocol):
    """What people decided, and the seals over all that happened."""

    def act(self, act: Act) -> int:
        """Keep what somebody decided or did; without `actor`, it was who runs this process. Its number."""
        ...

    def acts(self, ticket: TicketId | None = None, since: str = "") -> Iterator[Act]:
        """Yield what was decided, oldest first."""
        ...

    def written(self, ticket: TicketId | None = None, since: str = "") -> Iterator[JournalEntry]:
        """Yield what was asked of the sides, oldest first, whichever run asked."""
        ...

    def seal(self, *, whole: bool = False) -> Fault | None:
        """
        Seal what happened since the last time, and anchor it.

        `whole`: look for rows that are not sealed from the very beginning, not only among the latest.
        Seals nothing, and returns what is wrong, where the end of the chain is not as the hub left it.
        """
        ...

    def verify(self, anchors: Sequence[Anchor] = (), *, most: int = 20) -> Verdict:
        """Hold every seal against its row, and the chain against `anchors` that were kept elsewhere."""
        ...

    def anchors(self, limit: int = 1) -> Sequence[Anchor]:
        """Return the newest anchors, newest first."""
        ...

    def due_for_removal(self, settings: RetentionSettings) -> Mapping[str, int]:
        """Return how many rows of each kind retention lets go now."""
        ...

    def prune(self, settings: RetentionSettings) -> Mapping[str, int]:
        """
        Remove what is kept no longer, batch by batch; return how many rows went, by kind.

        Only what is sealed goes, and an act says which: the trail still verifies.
        """
        ...

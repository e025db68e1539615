"""What the life of replicas asks of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.model import RemoteId, System


class LifecycleStore(Protocol):
    """What the hub remembers of replicas that no feed shows."""

    def outside(self, system: System, within: Sequence[str]) -> Sequence[RemoteId]:
        """Return the replicas with a live link whose label begins with none of these words, by id."""
        ...

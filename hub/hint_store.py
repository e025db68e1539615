"""What those who wait for webhooks ask of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from typing import Protocol


class HintStore(Protocol):
    """Whether somebody, on whatever machine, was told to look at something."""

    def newest_hint(self) -> int:
        """Return the number of the last hint that waits and no worker has at work; 0: there is none."""
        ...

"""What carries the canary where no schedule does, and what to say where it is not wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows.inline import run_sync
from flows.wiring import Assembly
from hub.errors import Misconfigured, StoreInUse


def by_syncing(assembly: Assembly) -> Callable[[], None]:
    """Return what runs the hub once; while another run is at work, that one carries."""

    def carry() -> None:
        try:
            _ = run_sync(assembly)
        except StoreInUse:
            return

    return carry


def off(config: Path) -> Misconfigured:
    """Return what is to be said where the canary is off."""
    return Misconfigured(
        f"{config}: the canary is off. Write [canary] with `on = true` and a `requester` of your own; "
        "docs/watching.md says what it makes in your systems, and how people are left alone"
    )

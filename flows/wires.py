"""What stands between the hub and the outside world: clocks, sleeps, transports; and files, by origin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import httpx

from flows.vitals_answers import Answers
from hub.model import Attachment, System
from hub.ports import Connector
from hub.spans import UNTRACED, Spans
from hub.store.clock import utc_now

__all__ = ["Files", "Wires", "utc_now"]

Transports = Mapping[System, httpx.BaseTransport]
Sleep = Callable[[float], None]


class Files:
    """Attachments' bytes, from whichever connector is their origin."""

    def __init__(self) -> None:
        self.connectors: dict[System, Connector] = {}

    def open(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        connector = self.connectors.get(attachment.origin)
        if connector is None:
            raise FileNotFoundError(f"{attachment.name}: {attachment.origin} is not configured")
        return connector.open(attachment)


@dataclass
class Wires:
    """What tests and the demo put in the place of the outside world."""

    transports: Transports = field(default_factory=dict[System, httpx.BaseTransport])
    sleep: Sleep = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    now: Callable[[], str] = utc_now
    attempts: int = 5
    answers: Answers = field(default_factory=Answers)
    """What the systems answer, counted."""
    spans: Spans = UNTRACED
    """What hears how long each step takes."""
    threads: int = 4
    """Of one system, for what it only takes one by one."""
    side_by_side: bool = True

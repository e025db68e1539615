"""What stands between the hub and the outside world: clocks, sleeps, transports; and files, by origin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from hub.model import Attachment, System
from hub.ports import Connector

Transports = Mapping[System, httpx.BaseTransport]
Sleep = Callable[[float], None]


def utc_now() -> str:
    """Return the present instant, ISO 8601 in UTC, by the machine's clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    threads: int = 4
    """Of one system, for what it only takes one by one."""
    side_by_side: bool = True

"""
What a vendor would have mailed its people: counted, and the last ones kept. Nothing is ever sent.

A stand-in says here whom its vendor's default rules would have notified, so that a test can tell that
nobody was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Mail:
    """One notification: to whom, about what, by which rule."""

    to: str
    about: str
    why: str


@dataclass(slots=True)
class Mails:
    """The notifications of one vendor."""

    sent: int = 0
    last: deque[Mail] = field(default_factory=lambda: deque[Mail](maxlen=100))

    def send(self, to: str, about: str, why: str) -> None:
        """Note that somebody would have been told."""
        self.sent += 1
        self.last.append(Mail(to, about, why))

    def clear(self) -> None:
        """Forget them all."""
        self.sent = 0
        self.last.clear()

    def describe(self) -> dict[str, Any]:
        """Return how many there were, and the last hundred."""
        return {"sent": self.sent, "last": [asdict(mail) for mail in self.last]}


@runtime_checkable
class Notifies(Protocol):
    """A vendor that tells whom it would have mailed."""

    mails: Mails

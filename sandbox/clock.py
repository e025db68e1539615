"""
The stand-ins' clock: real time by default, and a test's to stop and move.

Everything that a stand-in dates or times (created, rate windows, token expiry, search lag) asks
this clock, so that a test or the demo can let a day pass in an instant.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from email.utils import formatdate
from functools import lru_cache
from zoneinfo import ZoneInfo


class Clock:
    """Unix seconds. Runs with real time plus an offset, or stands still until it is moved."""

    def __init__(self, at: float | None = None) -> None:
        """Start with real time; with `at`, frozen at that moment."""
        self._offset = 0.0
        self._frozen = at

    def now(self) -> float:
        """Return the sandbox's time."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def advance(self, seconds: float) -> None:
        """Move the clock, forward or back."""
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock, at `at` or at this moment."""
        self._frozen = self.now() if at is None else at

    def run(self) -> None:
        """Let the clock run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = None

    def reset(self) -> None:
        """Return to real time."""
        self._offset, self._frozen = 0.0, None


def iso(at: float) -> str:
    """Return a moment as Zendesk writes it: whole seconds, `2026-03-01T09:30:00Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_millis(at: float, zone: str | tzinfo = UTC) -> str:
    """Return a moment as Jira writes it, in the reader's zone: `2026-03-01T01:30:00.123-0800`."""
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    # From whole milliseconds: a float such as .1229999 would else lose one on every round trip.
    seconds, millis = divmod(round(at * 1000), 1000)
    moment = datetime.fromtimestamp(seconds, zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis:03d}{moment:%z}"


def parse_iso(text: str) -> float:
    """Return the moment that ISO text names; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def http_date(at: float) -> str:
    """Return a moment as the `Date` header has it."""
    return _http_date(int(at))


@lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)

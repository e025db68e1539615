"""The hub's own health, as the store shows it: who was last alive when, what waits, what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Label: TypeAlias = tuple[str, ...]

RUNS: tuple[str, ...] = ("sync", "reconcile", "rescore", "learn", "canary")
"""Flows that a schedule starts, and that end."""
PROCESSES: tuple[str, ...] = ("serve", "watch")
"""Those that go on until somebody stops them."""


class Beat(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last signs of life of one flow. Instants are ISO 8601 in UTC; "" is never."""

    name: str
    at: str
    """Of the last sign."""
    begun: str = ""
    good: str = ""
    """When it last ended well."""
    state: str = ""
    """Of a run's record; or `alive`, `stopped` of a process."""
    run: str = ""
    failures: int = 0
    """How often it was stopped or failed since it last ended well."""
    seconds: float = 0.0
    """How long the last run took."""
    error: str = ""
    ended: str = ""
    """How the last run that came to its end did so: while another one is under way, `state` is `running`."""

    @property
    def outcome(self) -> str:
        return self.ended or self.state


class Counted(msgspec.Struct, frozen=True):
    """One number that is kept: of what, and when it moved."""

    value: float
    at: str = ""


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many things of a kind wait, and since when the oldest does ("": nothing waits, or nobody knows)."""

    count: int = 0
    oldest: str = ""
    ages: Sequence[int] = ()
    """How many are younger than a day, than a week, than a month, and older."""


class Vitals(msgspec.Struct, frozen=True):
    """Everything of the hub's health that the store knows, at one moment. Nothing of any ticket's content."""

    at: str
    beats: Mapping[str, Beat]
    counted: Mapping[tuple[str, Label], Counted]
    tickets: int
    links: Mapping[str, int]
    inbox: Mapping[str, Waiting]
    """By system: replicas that were seen, and are not planned on yet."""
    feeds: Mapping[str, str]
    """When each side's feed was read last."""
    unfinished: int
    conflicts: Waiting
    parked: Mapping[str, Waiting]
    losses: int
    outbox: Mapping[str, int]
    """Mails, by state."""
    approvals: Waiting = Waiting()
    """Runs that were stopped, and wait for a person to say yes or no."""
    budgets: Mapping[str, float] = {}
    """By system: the share of its allowance that is spent, 0 to 1; only where it is known."""
    unsealed: str = ""
    """Why the audit trail is sealed no more; "": it is."""
    holder: str = ""
    """Who works on the store now; "": nobody."""
    held_since: str = ""
    renewed: str = ""

    def number(self, name: str, *label: str) -> float:
        found = self.counted.get((name, label))
        return found.value if found is not None else 0.0

    def when(self, name: str, *label: str) -> str:
        """Return when a number moved last; "" if it never did."""
        found = self.counted.get((name, label))
        return found.at if found is not None else ""


Grade: TypeAlias = Literal["urgent", "soon"]
"""`urgent`: somebody is woken for it. `soon`: it can wait until people are at work."""


class Alarm(msgspec.Struct, frozen=True):
    """Something about the hub itself that somebody must look at. It lasts until it is not found any more."""

    key: str
    """The same for as long as it lasts."""
    says: str
    todo: str
    grade: Grade = "soon"


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds from one instant to a later one; 0 where one of them is no instant."""
    try:
        return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    except ValueError:
        return 0.0


def span(seconds: float) -> str:
    """Return a length of time as people say it, cut to what matters: `3 minutes`, `5 hours`."""
    for size, unit in ((172_800, 86_400), (7_200, 3_600), (120, 60)):
        if seconds >= size:
            name = {86_400: "days", 3_600: "hours", 60: "minutes"}[unit]
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"

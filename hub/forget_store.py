"""What forgetting a person asks of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Judge(msgspec.Struct, frozen=True):
    """A text that may still tell of the person; whether it does, only somebody who reads it can say."""

    ticket_id: str
    where: str
    why: str


class Forgotten(msgspec.Struct, frozen=True):
    """What was taken out, or would be."""

    alias: str
    """What stands where the person stood."""
    words: int
    """How many addresses, names and ids they were known by; they are not kept."""
    tickets: int
    comments: int
    rows: Mapping[str, int]
    """How many rows of each table were redacted."""
    removed: Mapping[str, int]
    """How many rows of each table went."""
    judge: Sequence[Judge]


class ForgetStore(Protocol):
    """Personal-data deletion for one person, across the store."""

    def forget(self, person: str, by: str, *, dry_run: bool = False) -> Forgotten:
        """
        Take a person (an address, `zendesk:7`, or a name that one person alone has) out of the store.

        All of it happens, or nothing; with `dry_run`, nothing. Raises `Misconfigured` if it is not clear
        who is meant.
        """
        ...

    def compact(self) -> None:
        """Give back the space of what was removed, so that it is not in the database's files either."""
        ...

"""
The audit trail: who changed what, when, on which side and why, in a chain that shows tampering. Pure.

What happened lies where it always lay (events, journal, verdicts, runs, and acts: what people decided).
A *seal* commits to one such row: `digest = sha256(salt, row)`, and chains it to the seal before it. The
salt lets a row be taken away or redacted lawfully: without it the digest tells nothing, and the chain
still holds. An *anchor* ends each sealing; with a key, its mark can be made by nobody but the hub.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from hub.model import Json

Source: TypeAlias = Literal["history", "journal", "outcome", "feedback", "act", "run"]
SOURCES: tuple[Source, ...] = ("history", "journal", "outcome", "feedback", "act", "run")
"""What is sealed. `outcome` is what came of a row of the journal, which is known later than the row."""
GENESIS = "0" * 64
"""Stands before the first seal."""
_KEY_NAME = 12


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person decided, or a program did of itself, that is no event of a ticket."""

    kind: str
    """In plain words: `conflict resolved`, `parked: retry`, `account tied`, `forgotten`, `pruned`."""
    at: str
    actor: str = ""
    """Who: the user of the operating system that ran the command, or what `HUB_ACTOR` says."""
    ticket_id: str = ""
    subject: str = ""
    """What it was done to, where that is no ticket: `conflict 7`, an account, a model."""
    why: str = ""
    body: Mapping[str, Json] = {}
    id: int = 0


class Seal(msgspec.Struct, frozen=True):
    """That one row was as it was when it was sealed."""

    n: int
    """1, 2, 3 … without a gap."""
    source: str
    row: str
    at: str
    salt: str
    """Empty once the row was lawfully redacted (a later seal then stands in) or removed."""
    digest: str
    replaces: int
    """The seal that this one stands in for; 0: none."""
    chain: str


class Anchor(msgspec.Struct, frozen=True):
    """That the chain stood so at an instant. `mark` is empty where the hub has no key."""

    n: int
    at: str
    chain: str
    mark: str = ""
    key: str = ""
    """Names the key of the mark, without telling it."""


class Fault(msgspec.Struct, frozen=True):
    """Something in the trail that was not left by the hub."""

    n: int
    """Where in the chain; 0: beside it."""
    what: Literal["changed", "removed", "inserted", "broken", "forged", "truncated", "unsigned"]
    source: str
    row: str
    said: str
    """What was found, in words."""


class Verdict(msgspec.Struct, frozen=True):
    """What a verification found."""

    seals: int
    rows: Mapping[str, int]
    """How many rows of each source were held against their seals."""
    removed: int
    """Rows that were lawfully removed or redacted; their seals still hold."""
    unsealed: Mapping[str, int]
    """Rows that are not sealed yet."""
    anchors: int
    signed: int
    """Anchors whose marks hold."""
    signed_from: Anchor | None
    """The first of them: what is older is vouched for by the chain alone, and by anchors kept elsewhere."""
    last: Anchor | None
    faults: tuple[Fault, ...]
    """In order of the chain; the first is where to look."""

    @property
    def intact(self) -> bool:
        return not self.faults


def committed(salt: str, source: str, values: Sequence[str]) -> str:
    """Return the commitment to a row: nothing can be told from it without the salt."""
    text = msgspec.json.encode([salt, source, *values])
    return hashlib.sha256(text).hexdigest()


def chained(before: str, seal: Seal) -> str:
    """Return the chain's value with this seal at its end. The salt is no part of it: it may be erased."""
    fields = [before, seal.n, seal.source, seal.row, seal.at, seal.digest, seal.replaces]
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()


def marked(anchor: Anchor, key: str) -> Anchor:
    """Return the anchor with its mark by this key."""
    return msgspec.structs.replace(anchor, mark=_mark(anchor, key), key=name_of(key))


def holds(anchor: Anchor, keys: Sequence[str]) -> bool | None:
    """Return whether its mark is ours; None: it has none, or one by a key that is not given."""
    if not anchor.mark:
        return None
    for key in keys:
        if name_of(key) == anchor.key:
            return hmac.compare_digest(_mark(anchor, key), anchor.mark)
    return None


def allowed(at: str, removed: Mapping[str, object], key: str) -> str:
    """Return the mark of an act by which rows were removed: who only has the database cannot make it."""
    text = msgspec.json.encode(["removed", at, removed], order="sorted")
    return hmac.new(key.encode(), text, "sha256").hexdigest()


def name_of(key: str) -> str:
    """Return a name of a key that tells nothing of it."""
    return hmac.new(key.encode(), b"name", "sha256").hexdigest()[:_KEY_NAME]


def _mark(anchor: Anchor, key: str) -> str:
    text = msgspec.json.encode(["anchor", anchor.n, anchor.at, anchor.chain])
    return hmac.new(key.encode(), text, "sha256").hexdigest()

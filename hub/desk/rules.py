"""What `policy.yaml` says about conflicts: who is told where, when one is overdue, and whose it is. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_SPAN = re.compile(r"(\d{1,4})\s*(h|d|w)(?:ours?|ays?|eeks?)?")
_HOURS = {"h": 1, "d": 24, "w": 168}


class ConflictRules(msgspec.Struct, frozen=True):
    """`ConflictRules()` tells people where they work, and waits two days before it reminds anybody."""

    tell: Literal["note", "none"] = "note"
    """`note`: an internal comment on every side that may see the field; `none`: `hub conflicts` alone."""
    overdue: float = 48.0
    """Hours after which an open conflict is one that somebody must be reminded of."""
    count: Literal["wall", "business"] = "wall"
    """By which hours it ages: all, or the business hours of `sla.yaml`'s own calendar."""
    owner: str = ""
    """Who settles what nobody is assigned to."""


def hours_in(text: str) -> float | None:
    """Return the hours in `36h`, `2d` or `1w`; None if it is no such span, or an empty one."""
    found = _SPAN.fullmatch(text.strip().lower())
    return float(int(found[1]) * _HOURS[found[2]]) or None if found else None

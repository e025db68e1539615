"""
Plans that were held because they would do too much: what they are, and what people decided of them.

A plan consists of parts, one a ticket. People decide on a whole plan; what it says of a ticket holds for
just that part: a ticket whose plan is another one by now is not what they saw. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.model import System, TicketId
from hub.safety import Toll

Part: TypeAlias = tuple[TicketId, str]
"""A ticket, and the digest of what is to be done for it."""

PlanState: TypeAlias = Literal["waiting", "approved", "rejected", "done", "replaced"]
"""`done`: carried out as far as it was still the same; `replaced`: a later count found another plan."""

PATIENCE = 10
"""A plan that is held is counted again no sooner than after so many times as long as counting it took."""


class Sample(msgspec.Struct, frozen=True):
    """One line of a plan: what would be done where, from what to what; texts are shortened."""

    ticket: TicketId
    subject: str
    system: System
    what: str
    """A field's name there, or what is done: `create`, `comment`, `delete`."""
    before: str = ""
    after: str = ""


class Row(msgspec.Struct, frozen=True):
    """How often one thing would be done on one side, with examples."""

    system: System
    what: str
    tickets: int
    samples: tuple[Sample, ...] = ()


class HeldPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run would have done, had it not been too much."""

    checksum: str
    why: str
    kind: Literal["limits", "rules"]
    """Too much at once; or more than expected would follow from changed rule files."""
    toll: Toll
    rows: tuple[Row, ...]
    tickets: int
    run: str
    at: str
    """When it was counted last."""
    since: str
    """Since when a plan waits without a break."""
    id: int = 0
    state: PlanState = "waiting"
    decided_by: str = ""
    decided_at: str = ""
    asks: str = ""
    """Who asks people about it: a flow run; so that only one does."""
    mark: int = 0
    """The last row of the inbox that was counted."""
    rules: str = ""
    """Fingerprint of the rule files that it was planned by."""
    took: float = 0.0
    """Seconds that counting it took."""
    unseen: Mapping[str, int] = {}
    """What could not be counted, and on how many tickets."""


def still_held(plan: HeldPlan, mark: int, rules: str, waited: float) -> bool:
    """Return whether counting again would only say the same, or come too soon to be worth its calls."""
    if plan.kind != "limits" or plan.rules != rules:
        return False
    return plan.mark == mark or waited < PATIENCE * plan.took


def in_words(plan: HeldPlan) -> str:
    """Return one line: since when what waits for whom."""
    return f"{plan.why} It waits since {plan.since[:16].replace('T', ' ')} UTC as plan {plan.checksum}."

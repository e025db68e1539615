"""What the store keeps for scores: people's word on predictions, learned models, alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.model import Json, TicketId

Verdict: TypeAlias = Literal["accepted", "dismissed", "snoozed", "cleared", "corrected", "restored"]
"""Of a warning, the first four; of a signal, that it was misread, or was right after all."""
ModelState: TypeAlias = Literal["champion", "challenger", "retired", "rejected"]
AlertState: TypeAlias = Literal["new", "sent", "held", "acknowledged", "closed"]
"""`held`: the day's budget was spent when it was raised."""


class Feedback(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody said of a prediction, with what they saw when they said it."""

    ticket_id: TicketId
    at: str
    actor: str
    side: str
    verdict: Verdict
    reason: str = ""
    subject: str = ""
    """What it is about where it is not the risk: a factor, a signal (`signal.frustration`), a register."""
    until: str = ""
    """When what was snoozed wakes up."""
    model: str = ""
    """Version of the model that had made the prediction; "": the rule alone."""
    score: int | None = None
    risk: float | None = None
    features: Mapping[str, Json] = {}
    id: int = 0


class Model(msgspec.Struct, frozen=True, omit_defaults=True):
    """One learned model of one label (`escalation`)."""

    label: str
    version: str
    state: ModelState
    at: str
    metrics: Mapping[str, Json] = {}
    body: Json = None
    """The model itself; None where it was let go, or not asked for."""


class Snapshot(msgspec.Struct, frozen=True):
    """A frozen value, and when it was taken."""

    at: str
    body: Json


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that people should look at before it happens: of a ticket, or of an account."""

    kind: str
    at: str
    ticket_id: str = ""
    account: str = ""
    state: AlertState = "new"
    body: Mapping[str, Json] = {}
    id: int = 0

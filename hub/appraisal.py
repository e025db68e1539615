"""What is made of one ticket when it is appraised, and who makes it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from hub.model import Ticket, Value
from hub.records import Held, Score
from hub.signals.mention import Mention
from hub.sla.clocks import Clocks


class Appraisal(msgspec.Struct, frozen=True):
    """A score, and the registers that tell it and all that it was made from."""

    score: Score
    registers: Mapping[str, Value] = {}
    mentions: Mapping[str, Mention] = {}
    """The words that tell each signal."""
    clocks: Clocks = Clocks()
    chance: float = 0.0
    """Of an escalation, as of the minute: what is shown moves in steps."""
    waited: float = 0.0
    """Business hours that the customer waits on us."""
    mood: float | None = None
    """Of the customer's latest words, -1 to 1; None if nothing could be read."""


class Appraise(Protocol):
    """What `plan` is given to appraise a ticket with."""

    def __call__(self, held: Held, ticket: Ticket, now: str, *, fixed: bool | None = None) -> Appraisal:
        """Return what is made of the ticket; `held` is how it was before, `fixed` engineering's word."""
        ...

"""Which ticket is the hub's own, of which nothing is made: no score, account, history or mail. Pure."""

from __future__ import annotations

from hub.canary_records import TAG
from hub.model import Ticket
from hub.records import Score

SILENT = Score(priority=0, label="none", escalation_risk=0.0)
"""What stands in the place of a score."""


def is_canary(ticket: Ticket) -> bool:
    """Return whether a ticket carries the canary's tag: it is nobody's, and counts nowhere."""
    tags = ticket.get("tags")
    return isinstance(tags, tuple) and TAG in tags

"""
The mark that a replica of ours carries: its ticket's id, and of a follow-up which one it is. Pure.

`zendesk:7` marks what was created for that ticket; `zendesk:7+2` its second follow-up in one system.
"""

from __future__ import annotations

from hub.model import TicketId

TURN = "+"
"""Stands between the ticket and the number of the follow-up."""


def key_of(ticket: TicketId, turn: int) -> TicketId:
    """Return the key of a ticket's replica; `turn` counts those of one system that were closed before it."""
    return TicketId(f"{ticket}{TURN}{turn}") if turn else ticket

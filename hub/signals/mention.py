"""The words that tell a signal, with where they stand. Values only."""

from __future__ import annotations

import msgspec

from hub.model import Audience, CommentId


class Mention(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest words that told a signal."""

    quote: str
    at: str
    comment: CommentId | str = ""
    """Its key; "" for the ticket's description."""
    audience: Audience = "public"
    times: int = 1
    """In how many comments it was told."""
    by: str = "customer"
    """`customer`, or `us`: a colleague's internal note that asks for an escalation."""
    weight: float = 1.0
    first: str = ""
    """Since when it holds without a break."""

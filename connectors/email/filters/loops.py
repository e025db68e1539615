"""Mails that go in a circle, and senders that do not stop: machines answering machines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.email import tokens
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message

_MOST_HOPS = 50  # mail hosts themselves give up at 25 to 100 (RFC 5321 section 6.3 says: at least 100)


def loop_in(message: Message, house: House) -> str:
    """Return why this mail goes in a circle, or nothing."""
    marks = sum(
        tokens.read_loop_header(house, value) is not None
        for value in message.all_headers(tokens.LOOP_HEADER.lower())
    )
    if marks:
        return (
            f"it carries our signed mark ({marks} times) but is not from us: "
            "a machine sends our own mails back, or answers them with their headers"
        )
    hops = len(message.all_headers("received"))
    if hops > _MOST_HOPS:
        return f"it passed {hops} mail hosts, more than any mail that goes straight: it goes in a circle"
    return ""


def too_many(message: Message, conversation: int, house: House, known: Known, now: str) -> str:
    """Return which cap its sender has reached, or nothing; 0: it belongs to no conversation."""
    email = message.sender.email
    if not email:
        return ""
    if conversation:
        here = f"in conversation {conversation}"
        reached = _reached(house.caps.per_thread, email, conversation, known, now)
        if reached:
            return _sentence(email, here, reached)
    reached = _reached(house.caps.per_address, email, None, known, now)
    return _sentence(email, "in all", reached) if reached else ""


def _reached(
    caps: Sequence[tuple[int, int]], email: str, conversation: int | None, known: Known, now: str
) -> tuple[int, int] | None:
    at = datetime.fromisoformat(now)
    least = min((most for most, _ in caps), default=0)
    for most, seconds in sorted(caps, key=lambda cap: -cap[1]):
        since = f"{at - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        heard = known.mails_from(email, since, conversation)
        if heard >= most:
            return most, seconds
        if heard < least:  # so it is in every shorter time: mostly one question is enough
            return None
    return None


def _sentence(email: str, where: str, reached: tuple[int, int]) -> str:
    most, seconds = reached
    return (
        f"{email} wrote {most} mails {where} within {seconds // 60} minutes: more are not heard in that time"
    )

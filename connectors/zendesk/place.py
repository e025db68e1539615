"""The place in Zendesk's two feeds that one cursor stands for. Pure."""

from __future__ import annotations

import msgspec

from hub.model import Json
from hub.replica import Cursor


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    Where reading goes on.

    Two feeds are read in turn: everything done to tickets (`events`), then the tickets themselves.
    A ticket that shows in the first has then surely its record in the second, in the same run.
    """

    events: int = 0
    """The second from which updates are asked for."""
    seen: tuple[int, ...] = ()
    """Updates of that second that were read already."""
    after: str | None = None
    """The ticket feed's own cursor; None before its first page."""
    since: int = 0
    """Up to here (the feed's clock) the ticket feed was read to its end."""
    base: int = 0
    """Where `events` stood when the ticket feed was last read to its end."""
    early: tuple[tuple[int, str], ...] = ()
    """Tickets (and when they changed) that were shown before the feed showed them."""
    first: int = 0
    """Where the very first read began: of older tickets no update was ever seen."""


def begin(first: int) -> Place:
    return Place(events=first, base=first, since=first, first=first)


def read(cursor: Cursor) -> Place:
    """Raises `ValueError` if the text is no cursor of ours."""
    try:
        return msgspec.json.decode(cursor, type=Place)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a Zendesk cursor: {error}") from None


def write(place: Place) -> Cursor:
    text: Json = msgspec.json.encode(place).decode()
    return Cursor(text)

"""What readers made of texts, given to the tickets that hold them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.model import Json, TicketId
from hub.records import Held
from hub.signals.reading import Reading
from hub.store.scores import readings_by_ticket


def given(connection: Connection, held: Mapping[TicketId, Held]) -> dict[TicketId, Held]:
    """Return these tickets with the readings of their texts: no query where nothing was ever read."""
    found = readings_by_ticket(connection, held) if held else {}
    whole = dict(held)
    for name, told in found.items():
        ticket = TicketId(name)
        readable = {key: reading for key, body in told.items() if (reading := _reading(body)) is not None}
        whole[ticket] = replace(held[ticket], readings=readable)
    return whole


def _reading(body: Json) -> Reading | None:
    """Return a reading; None for one of another version of the hub: the lexicon reads that text meanwhile."""
    try:
        return msgspec.convert(body, Reading)
    except msgspec.ValidationError:
        return None

"""How values, sums and tickets are put into words in a block of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from hub.impact import natural
from hub.model import ZENDESK, Ticket, TicketId, Value
from hub.registers import REGISTERS

# What would turn into markup within a line. No more: systems show the rest without a backslash, too.
_SPECIAL = re.compile(r"([\\`*\[<]|~(?=~)|(?<=~)~|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")
_SIGN = re.compile(r"[\\`*\[<~_&]")
"""One of these stands wherever markup could begin: to look for them is much quicker."""
_REFS, _PARTS = 5, 10
"""How many are named before the others are only counted."""


def plain(name: str, value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}" if name != "score.escalation_risk" else f"{value:.0%}"
        case tuple():
            return ", ".join(value)
        case str() if (register := REGISTERS.get(name)) is not None and register.kind == "instant":
            return value[:16].replace("T", " ") + " UTC"
        case str():
            return value.strip()


def inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text) if _SIGN.search(text) else text


def verbatim(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def money(amount: float, currency: str) -> str:
    return f"{plain('account.arr', amount)} {currency}".strip()


def count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_called(ticket: Ticket) -> Ticket:
    """Return a ticket under the number that the helpdesk gave it, wherever it began: for people to read."""
    number = str(ticket.get("support.ticket_url") or "").rpartition("/")[2]
    return replace(ticket, id=TicketId(f"{ZENDESK}:{number}")) if number.isdecimal() else ticket


def ref(ticket: TicketId) -> str:
    """Return how people name a ticket: `#12` in the helpdesk, else its id."""
    return f"#{ticket.partition(':')[2]}" if ticket.startswith(f"{ZENDESK}:") else inline(ticket)


def refs(tickets: Iterable[TicketId]) -> str:
    ids = sorted(tickets, key=natural)
    more = [f"{len(ids) - _REFS} more"] if len(ids) > _REFS + 1 else []
    return ", ".join([*map(ref, ids[:_REFS] if more else ids), *more])


def listed(parts: Sequence[str]) -> str:
    more = [f"and {len(parts) - _PARTS} more"] if len(parts) > _PARTS + 1 else []
    return ", ".join([*(parts[:_PARTS] if more else parts), *more])

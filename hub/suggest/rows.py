"""A ticket as likeness looks at it: its customer's words, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hub.absorb import DONE
from hub.brief.choosing import Thread
from hub.brief.reader import Reader
from hub.brief.reading import around, reported, said
from hub.model import Ticket, TicketId
from hub.names import is_shared
from hub.wording import as_called, ref

LONGEST = 4_000
"""Characters of the words of one ticket that are compared."""
SUGGESTED: Mapping[str, str] = {"type": "type", "product_area": "product_area", "team": "group"}
"""What can be suggested, and the register in which people decide it."""


_PUBLIC = Reader(audiences=frozenset({"public"}))


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ticket."""

    id: TicketId
    text: str = ""
    """Its subject and its customer's first words; "": no human wrote them."""
    name: str = ""
    """How people call it: `#123`."""
    at: str = ""
    account: str = ""
    decided: Mapping[str, str] = {}
    """Type, product area and team, as people left them."""
    tags: tuple[str, ...] = ()
    done: bool = False
    solution: str = ""
    """What solved it, in the words of who did."""
    issues: tuple[str, ...] = ()


class Near(msgspec.Struct, frozen=True):
    """A ticket that is like another one, from 0 (nothing shared) to 1 (the same words)."""

    row: Row
    likeness: float


def row_of(ticket: Ticket) -> Row:
    """Return a ticket's row. Other tickets tell what solved it, on every side: in public words only."""
    done = ticket.get("status") in DONE
    found = Thread(said(ticket, _PUBLIC), _PUBLIC).solved() if done else []
    solution = around(found[0].sentence.text, found[0].cue.start, found[0].cue.end, 90)[0] if found else ""
    issues, tags = ticket.get("engineering.issues"), ticket.get("tags")
    return Row(
        id=ticket.id,
        text=_text(ticket),
        name=ref(as_called(ticket).id),
        at=ticket.course.opened or min((c.created_at for c in ticket.comments.values()), default=""),
        account=account_of(ticket),
        decided={n: v for n, r in SUGGESTED.items() if isinstance(v := ticket.get(r), str) and v},
        tags=tags if isinstance(tags, tuple) else (),
        done=done,
        solution=solution,
        issues=issues if isinstance(issues, tuple) else (),
    )


def _text(ticket: Ticket) -> str:
    """Subject and first words; nothing of what a machine wrote, its subject neither."""
    first = reported(ticket)
    if first is not None and not first.strip():
        return ""
    return f"{ticket.get('subject') or ''}\n{first or ''}".strip()[:LONGEST]


def account_of(ticket: Ticket) -> str:
    """Return by what two tickets are known to be the same customer's; "" if nothing tells."""
    for register in ("account.key", "account.id", "organization.id"):
        held = ticket.get(register)
        if isinstance(held, str) and held:
            return f"{register}:{held}"
    requester = str(ticket.get("requester") or "")
    company = requester.rpartition("@")[2]
    return company if "@" in requester and not is_shared(company) else requester

"""A ticket as likeness looks at it: its customer's words, and what became of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from hub.brief.choosing import thread_of
from hub.brief.reader import Reader
from hub.brief.reading import around, reported, said
from hub.model import Ticket, TicketId
from hub.names import is_shared
from hub.registers import DONE
from hub.support import by_customer
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
    found = thread_of(said(ticket, _PUBLIC)).solved if done else []
    parts = (around(one.sentence.text, one.cue.start, one.cue.end, 90)[0] for one in found)
    solution = next((part for part in parts if _is_nobodys(part, ticket)), "")
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


_OWN = re.compile(r"@|://|www\.|\d{5}")
"""An address, a link, a number of an order: what concerns one customer alone."""
_LEAST = 3
"""Letters of a name; a shorter word says too little to be one."""


def _is_nobodys(text: str, ticket: Ticket) -> bool:
    """Whether another customer's ticket may quote it: it names neither this one nor their people."""
    if _OWN.search(text):
        return False
    words = set(re.findall(r"\w+", text.casefold()))
    return words.isdisjoint(_names(ticket))


def _names(ticket: Ticket) -> set[str]:
    """Return the words of what the customer is called, and of the names of their people."""
    requester = str(ticket.get("requester") or "")
    people, _, company = requester.partition("@")
    called = [ticket.get("account.name"), ticket.get("organization.name"), people]
    called += [] if is_shared(company) else [company.partition(".")[0]]
    called += [c.author.name for c in ticket.comments.values() if by_customer(c, ticket)]
    words = (word for name in called for word in re.findall(r"[^\W\d_]+", str(name or "").casefold()))
    return {word for word in words if len(word) >= _LEAST} - _COMMON


_COMMON = frozenset(
    {"the", "and", "for", "com", "group", "gmbh", "inc", "ltd", "llc", "corp", "company", "support", "info"}
    | {"service", "services", "software", "data", "systems", "customer"}
)
"""Words of many companies' names, which tell of none."""


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

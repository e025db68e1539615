"""
What happened between two states of a ticket, as events. Pure.

Told are the registers that people or their tools set, and what was said. What the hub makes of them
(scores, texts, names) is no event: it would be learned from as if people had done it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hub.history.course import fold
from hub.history.event import By, Event, Said
from hub.history.moments import moment_or
from hub.model import HUB, Comment, Course, Ticket, TicketId, Value
from hub.registers import REGISTERS
from hub.signals.human import is_by_machine
from hub.support import by_customer

TOLD_ALTHOUGH_DERIVED = frozenset({"sla.due", "sla.state", "engineering.status"})
"""A side's own word, or a moment that a learner must know."""
_MADE = frozenset(r.name for r in REGISTERS.values() if r.group == "derived") - TOLD_ALTHOUGH_DERIVED
_OPENING = frozenset({"subject", "description", "requester", "channel", "language"})
"""What a ticket is born with: as old as the first word on it, though the hub may see it much later."""
_NEVER = "1970-01-01T00:00:00Z"
_NOTHING = Ticket(TicketId(""))


def changes(before: Ticket | None, after: Ticket, *, now: str = "") -> tuple[Event, ...]:
    """
    Return what happened to a ticket since it was as `before` (None: from its beginning), in order of time.

    One event for all that one side set in one moment, and one for every comment. A register without an
    origin counts as of `now`, or of the latest moment that the ticket itself knows.
    """
    old = before or _NOTHING
    moved = old.registers != after.registers
    if not moved and old.comments.keys() >= after.comments.keys():
        return ()  # nearly always
    account = _account(after)
    events = [*_spoken(old, after, account, now)]
    if moved:
        events += _set(before, after, account, now, _first(events, after))
    # What was set goes before what was said in that moment: a ticket is open before anybody answers.
    events.sort(key=lambda e: (e.at, e.comment is not None))
    return tuple(events)


def course_of(ticket: Ticket) -> Course:
    """Return a ticket's course; of one that was held before courses were kept, as far as it still tells."""
    return ticket.course if ticket.course.events else fold(Course(), changes(None, ticket), {})


# registers --------------------------------------------------------------------------------------


def _set(before: Ticket | None, after: Ticket, account: str | None, now: str, first: str) -> Iterator[Event]:
    sets: dict[tuple[str, str], dict[str, Value]] = {}
    for register, value in _moved((before or _NOTHING).registers, after.registers):
        origin = after.origins.get(register)
        at = moment_or(origin.at if origin else now, moment_or(now, "")) or _latest(after)
        if before is None and first and register in _OPENING:
            at = min(at, first)
        sets.setdefault((at, origin.system if origin else HUB), {})[register] = value
    for (at, side), told in sets.items():
        yield Event(after.id, at, account, None, side, told)


def _first(said: Iterable[Event], ticket: Ticket) -> str:
    """Return when the ticket was opened: as the helpdesk says, or with a person's first word on it."""
    opened = moment_or(str(ticket.get("opened_at") or ""), "")
    spoken = (e.at for e in said if e.comment is not None and e.comment.by != "machine")
    return min((at for at in (opened, *spoken) if at), default="")


def _moved(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for register, value in new.items():
        if register not in _MADE and old.get(register) != value:
            yield register, value
    for register, value in old.items():
        if register not in new and register not in _MADE and value is not None:
            yield register, None


def _latest(ticket: Ticket) -> str:
    known = [o.at for o in ticket.origins.values()] + [c.created_at for c in ticket.comments.values()]
    return max((moment_or(at, "") for at in known), default="") or _NEVER


def _account(ticket: Ticket) -> str | None:
    names = (ticket.get(name) for name in ("account.key", "account.id", "organization.id"))
    return next((str(name) for name in names if name), None)


# words ------------------------------------------------------------------------------------------


def _spoken(before: Ticket, after: Ticket, account: str | None, now: str) -> Iterator[Event]:
    for key, comment in after.comments.items():
        if key not in before.comments:
            at = moment_or(comment.created_at, moment_or(now, "")) or _latest(after)
            words = Said(comment.audience, "" if comment.removed else comment.body, _by(comment, after), key)
            yield Event(after.id, at, account, _author(comment), comment.origin, {}, words)


def _by(comment: Comment, ticket: Ticket) -> By:
    if is_by_machine(comment, ticket):
        return "machine"
    if by_customer(comment, ticket):
        return "customer"
    return "us" if ticket.get("requester") else ""


def _author(comment: Comment) -> str | None:
    author = comment.author
    return author.email or (f"{comment.origin}:{author.id}" if author.id else None)

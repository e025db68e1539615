"""The audit trail as people read it: who changed what, when, on which side, and why."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from hub.audit import Act
from hub.errors import Misconfigured
from hub.history.event import Event
from hub.model import HUB, JIRA, TicketId, Value
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    EditComment,
    Operation,
    Refused,
    RemoveComment,
    SetReference,
    UpdateReplica,
)
from hub.ports import Store
from hub.records import JournalEntry
from hub.score_records import Feedback

COLUMNS = ("at", "ticket", "side", "who", "what", "before", "after", "why", "run")
_MADE = {"sla": "sla.yaml", "score": "scoring.yaml", "risk": "risk.yaml", "signal": "scoring.yaml"}
_TRIGGERS = 6


class Line(msgspec.Struct, frozen=True):
    """One change: what it was, what it became, and why."""

    at: str
    ticket: str
    side: str
    """Where it happened: a side, or `hub`."""
    who: str
    """A person, as the side or the operating system names them; `hub` where the hub itself did it; empty
    where the side does not say who."""
    what: str
    before: Any
    after: Any
    why: str
    run: str = ""


def trail(store: Store, *, ticket: str = "", person: str = "", since: str = "") -> Iterator[Line]:
    """
    Yield what happened, in order of time: to a ticket, by a person, or all of it.

    Raises `Misconfigured` where no ticket is called so.
    """
    ids = store.named(ticket) if ticket else ()
    if ticket and not ids:
        raise Misconfigured(
            f"No ticket is called {ticket!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    chosen: tuple[TicketId | None, ...] = tuple(ids) or (None,)
    lines = heapq.merge(*(_lines(store, one) for one in chosen), key=lambda line: line.at)
    wanted = person.strip().casefold()
    for line in lines:
        if line.at >= since and (not wanted or line.who.casefold() == wanted):
            yield line


def _lines(store: Store, ticket: TicketId | None) -> Iterator[Line]:
    """Tell everything of one ticket, or of all: what came before is known only by reading it."""
    told = _Telling({run.id: run.kind for run in store.runs(100_000)})
    streams: list[Iterator[tuple[str, int, Any]]] = [
        _ranked(0, store.history(ticket)),
        _ranked(1, store.acts(ticket)),
        _ranked(2, store.feedback(ticket=ticket)),
        _ranked(3, store.written(ticket)),
    ]
    for _, _, one in heapq.merge(*streams, key=lambda found: found[:2]):
        yield from told.lines(one)


def _ranked(rank: int, things: Iterable[Any]) -> Iterator[tuple[str, int, Any]]:
    return ((thing.at, rank, thing) for thing in things)


class _Telling:
    """What is known up to a moment, as far as lines need it."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = kinds
        self._held: dict[str, dict[str, Value]] = defaultdict(dict)
        self._since: dict[tuple[str, str], list[str]] = defaultdict(list)
        """What changed of a ticket since it was last written to a side."""
        self._sides: dict[str, set[str]] = defaultdict(set)

    def lines(self, one: Event | Act | Feedback | JournalEntry) -> Iterator[Line]:
        match one:
            case Event():
                yield from self._event(one)
            case Act():
                changed: Any = one.body.get("changed") or {}
                if changed:
                    for name, (before, after) in changed.items():
                        what = f"{one.subject}: {name}"
                        yield Line(one.at, one.ticket_id, one.actor, one.actor, what, before, after, one.why)
                    return
                what = f"{one.kind}: {one.subject}" if one.subject else one.kind
                run = str(one.body.get("run", ""))
                before, after = one.body.get("dropped"), one.body.get("kept")
                yield Line(one.at, one.ticket_id, HUB, one.actor, what, before, after, one.why, run)
            case Feedback():
                what = f"{one.verdict}: {one.subject or 'the warning'}"
                yield Line(one.at, one.ticket_id, one.side, one.actor, what, None, None, one.reason)
            case JournalEntry():
                yield self._written(one)

    def _event(self, event: Event) -> Iterator[Line]:
        side, held = event.side or HUB, self._held[event.ticket]
        for register, value in sorted(event.set.items()):
            before = held.get(register)
            held[register] = value
            for other in self._sides[event.ticket]:
                self._since[event.ticket, other].append(f"{register} ({side})")
            why = _why(register, side)
            yield Line(
                event.at, event.ticket, side, event.actor or _maker(side), register, before, value, why
            )
        if event.comment is not None:
            why = f"said in {side}, for {_AUDIENCES[event.comment.audience]}"
            said = event.comment.body or None
            yield Line(event.at, event.ticket, side, event.actor or "", "comment", None, said, why)

    def _written(self, entry: JournalEntry) -> Line:
        operation, ticket = entry.operation, str(entry.ticket_id)
        changed = self._since.pop((ticket, str(entry.system)), [])
        self._sides[ticket].add(str(entry.system))
        kind = self._kinds.get(entry.run, "")
        before: Any = None
        after: Any = None
        if isinstance(operation, UpdateReplica):
            before = {name: operation.before.get(name) for name in operation.changes}
            after = dict(operation.changes)
        elif isinstance(operation, AddComment | EditComment):
            before = getattr(operation, "before", None) or None
            after = operation.body
        elif isinstance(operation, CreateReplica):
            after = dict(operation.raw)
        what = f"{_what(operation)} {'' if entry.state == 'done' else _STATES[entry.state]}".rstrip()
        why = _purpose(kind, changed, operation)
        if isinstance(entry.outcome, Refused):
            why = f"{why}; refused: {entry.outcome.reason}"
        return Line(entry.at, ticket, str(entry.system), HUB, what, before, after, why, entry.run)


_AUDIENCES = {"public": "the customer, too", "internal": "support", "engineering": "engineers"}
_DEEDS: Mapping[type, str] = {
    CreateReplica: "create",
    AddComment: "add comment",
    EditComment: "edit comment",
    RemoveComment: "take comment away",
    DeleteReplica: "delete",
}
_STATES = {
    "asked": "(no answer is known)",
    "stale": "(somebody was faster; planned again)",
    "retryable": "(not done; asked again later)",
    "unanswered": "(in doubt; looked for)",
    "refused": "(refused, parked)",
    "undone": "(taken back since)",
}


def _maker(side: str) -> str:
    return HUB if side == HUB else ""


def _why(register: str, side: str) -> str:
    group = register.partition(".")[0]
    if group in _MADE:
        return f"computed by {_MADE[group]}"
    if group == "account":
        return f"the account of the ticket shows it so ({side})"
    if register == "engineering.status":
        return f"the issue in {JIRA} stands so"
    if side == HUB:
        return "decided in the hub: a rule of policy.yaml, or a person's command"
    return f"somebody set it in {side}"


def _what(operation: Operation) -> str:
    match operation:
        case UpdateReplica():
            return f"set {', '.join(sorted(operation.changes))}"
        case AddAttachment():
            return f"add file {operation.attachment.name}"
        case SetReference():
            return f"show link to {operation.title}" if operation.url else "take link away"
        case _:
            return _DEEDS[type(operation)]


def _purpose(kind: str, changed: list[str], operation: Operation) -> str:
    """Say why the hub wrote something, as far as its own records tell."""
    if kind == "undo":
        return "a person took an earlier run back"
    if kind == "resolve":
        return "a person settled a conflict"
    if isinstance(operation, AddComment):
        who = operation.author.name or operation.author.email or "somebody"
        return f"carries what {who} said at {operation.created_at}"
    if changed:
        names = list(dict.fromkeys(changed))
        more = f" and {len(names) - _TRIGGERS} more" if len(names) > _TRIGGERS else ""
        return f"carries what changed: {', '.join(names[:_TRIGGERS])}{more}"
    if isinstance(operation, CreateReplica):
        return "create_when of its mapping file came true, or a person linked it"
    return "shows what the hub makes of the ticket: scores, deadlines, context, its account"

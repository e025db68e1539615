"""
The hand-off brief: the state of a ticket in a screen, in the words of those who know it. Pure.

Extractive: every sentence is somebody's own, with its source, or what a register says. Nothing is
concluded, nothing is put into other words. It moves only when the thread or the registers move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from hub.brief import figures
from hub.brief.choosing import Found, Thread, thread_of
from hub.brief.model import Brief, Piece, Topic
from hub.brief.reader import Reader
from hub.brief.reading import LONGEST, Said, around, cited, day_and_time, said
from hub.model import Audience, Ticket
from hub.registers import DONE, label_of
from hub.wording import as_called, money, plain, ref

_TITLE = 100
_FIGURES = 220
_HEARD: Mapping[str, str] = {
    "production_down": "production is down",
    "escalation_request": "asks for an escalation",
    "churn": "may leave",
}
"""Signals that whoever takes over must know of."""


class Mentioned(Protocol):
    """The newest mention of a signal (`hub.signals.Mention`)."""

    @property
    def quote(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def audience(self) -> Audience: ...


def brief(ticket: Ticket, reader: Reader, mentions: Mapping[str, Mentioned] | None = None) -> Brief:
    """Return what a reader who takes over needs to know, as far as they may see it."""
    if not reader.audiences:
        return Brief(ticket.id, "")
    heard = said(ticket, reader)
    thread = thread_of(heard)
    year = (heard[0].at if heard else ticket.course.opened)[:4]
    done = ticket.get("status") in DONE and reader.shows("status")
    pieces = [*_opening(ticket, thread, reader, year)]
    if done:
        pieces += _ending(ticket, thread, reader, year)
    else:
        pieces += _course(ticket, thread, reader, year)
        pieces += _signals(thread, reader, mentions or {}, year)
    pieces += _numbers(ticket, heard, reader)
    pieces += _standing(ticket, heard, reader, year)
    return Brief(ticket.id, _title(ticket, reader), tuple(_once(pieces)))


def _title(ticket: Ticket, reader: Reader) -> str:
    subject = " ".join(str(ticket.get("subject") or "").split()) if reader.shows("subject") else ""
    subject = subject if len(subject) <= _TITLE else subject[: _TITLE - 1].rstrip() + "…"
    return f"{ref(as_called(ticket).id)} {subject}".strip()


# its parts --------------------------------------------------------------------------------------


def _opening(ticket: Ticket, thread: Thread, reader: Reader, year: str) -> Iterator[Piece]:
    yield from _quotes("broken", thread.broken, year)
    if whom := " · ".join(_whom(ticket, reader)):
        yield Piece("whom", whom)
    yield from _field("whom", ticket, reader, "impact.business_impact", year)
    yield from _quotes("since", thread.since, year)
    if not thread.since and thread.said:
        yield Piece("since", f"reported {day_and_time(thread.said[0].at, year)}")


def _course(ticket: Ticket, thread: Thread, reader: Reader, year: str) -> Iterator[Piece]:
    yield from _quotes("tried", thread.tried, year)
    yield from _field("tried", ticket, reader, "impact.workaround", year)
    yield from _quotes("promised", thread.promised, year)
    yield from _field("promised", ticket, reader, "impact.promised_to_customer", year)
    asked = thread.asked_of_engineering if reader.part == "engineering" else thread.asked_of_us
    yield from _quotes("asked" if reader.part == "engineering" else "asked_us", asked, year)


def _ending(ticket: Ticket, thread: Thread, reader: Reader, year: str) -> Iterator[Piece]:
    """Of a ticket that is done: what solved it, and who says that it did."""
    yield from _quotes("solved", thread.solved, year)
    yield from _quotes("solved", thread.confirmed, year)
    fix = plain("engineering.fix_version", ticket.get("engineering.fix_version"))
    if fix and reader.shows("engineering.fix_version"):
        yield Piece("solved", f"fixed in {fix}")


def _signals(thread: Thread, reader: Reader, mentions: Mapping[str, Mentioned], year: str) -> Iterator[Piece]:
    for signal, told in _HEARD.items():
        mention = mentions.get(signal)
        if mention is None or mention.audience not in reader.audiences:
            continue
        source = next(
            (one for one in thread.said if one.at == mention.at and mention.quote in one.text), None
        )
        if source is not None:
            text, opens, ends = around(mention.quote, 0, 0)
            yield Piece("heard", text, True, f"{cited(source, year)}: {told}", opens, ends)


def _numbers(ticket: Ticket, heard: Sequence[Said], reader: Reader) -> Iterator[Piece]:
    held = [*figures.of_registers(ticket, reader)]
    told = [*held, *figures.of_texts(heard, held)]
    while told and len("; ".join(told)) > _FIGURES:
        _ = told.pop()
    if told:
        yield Piece("numbers", "; ".join(told))


def _whom(ticket: Ticket, reader: Reader) -> Iterator[str]:
    def held(name: str) -> str:
        return plain(name, ticket.get(name)) if reader.shows(name) else ""

    arr = ticket.get("account.arr")
    about = [held("account.tier")]
    if isinstance(arr, int | float) and reader.shows("account.arr"):
        about.append(f"{money(arr, held('account.currency'))} a year")
    known = ", ".join(a for a in about if a)
    name = held("account.name") or held("organization.name")
    if name or known:
        yield f"{name} ({known})" if name and known else name or known
    if ticket.get("impact.blocked") is True and reader.shows("impact.blocked"):
        yield "customer is blocked"
    if environment := held("impact.environment"):
        flat = " ".join(environment.split())
        yield f"on {flat}" if len(flat) <= _TITLE else f"on {flat[: _TITLE - 1].rstrip()}…"


def _standing(ticket: Ticket, heard: Sequence[Said], reader: Reader, year: str) -> Iterator[Piece]:
    def held(name: str) -> str:
        return plain(name, ticket.get(name)) if reader.shows(name) else ""

    parts = [
        ", ".join(p for p in (held("status"), held("priority"), held("severity")) if p),
        _engineering(ticket, reader),
        _waiting(ticket, heard, reader, year),
        f"last contact {day_and_time(public[-1].at)}" if (public := [o for o in heard if o.public]) else "",
        *(f"{label} {day_and_time(due, year)}" for label, due in _deadlines(ticket, reader)),
    ]
    if told := "; ".join(part for part in parts if part):
        yield Piece("stands", told)


def _engineering(ticket: Ticket, reader: Reader) -> str:
    """Engineers see the status of their own issue."""
    if reader.part == "engineering":
        return ""
    names = ("engineering.issues", "engineering.status")
    return " ".join(
        plain(name, ticket.get(name)) for name in names if ticket.get(name) and reader.shows(name)
    )


def _deadlines(ticket: Ticket, reader: Reader) -> Iterator[tuple[str, str]]:
    if ticket.get("status") in DONE:
        return
    names = (
        ("SLA due", "sla.customer_due"),
        ("SLA due", "sla.due"),
        ("engineering due", "sla.engineering_due"),
    )
    told: set[str] = set()
    for label, name in names:
        due = ticket.get(name)
        if isinstance(due, str) and due and reader.shows(name) and label not in told:
            told.add(label)
            yield label, due


def _waiting(ticket: Ticket, heard: Sequence[Said], reader: Reader, year: str) -> str:
    """Say who has to speak next, as far as what this reader sees tells it."""
    status = ticket.get("status") if reader.shows("status") else None
    if status in DONE:
        return ""
    origin = ticket.origins.get("status")
    since = f" since {day_and_time(origin.at, year)}" if origin and status in {"pending", "hold"} else ""
    if status == "pending":
        return f"we wait for the customer{since}"
    if status == "hold":
        return f"on hold{since}"
    public = [one for one in heard if one.public]
    ours = max((i for i, one in enumerate(public) if one.voice != "customer"), default=-1)
    unanswered = public[ours + 1 :]
    if unanswered:
        return f"the customer waits for our answer since {day_and_time(unanswered[0].at, year)}"
    return "our answer was the last word" if public else ""


# quoting ----------------------------------------------------------------------------------------


def _quotes(topic: Topic, found: Iterable[Found], year: str) -> Iterator[Piece]:
    for sentence, cue in found:
        text, opens, ends = around(sentence.text, cue.start, cue.end)
        yield Piece(topic, text, True, cited(sentence.said, year), opens, ends)


def _field(topic: Topic, ticket: Ticket, reader: Reader, register: str, year: str) -> Iterator[Piece]:
    """Quote what people typed into a field."""
    value = ticket.get(register)
    if not isinstance(value, str) or not value.strip() or not reader.shows(register):
        return
    line = next(line.strip() for line in value.splitlines() if line.strip())
    text, _, ends = around(line, 0, 0, LONGEST)
    origin = ticket.origins.get(register)
    when = day_and_time(origin.at, year) if origin else ""
    source = ", ".join(part for part in (f"field {label_of(register)}", when) if part)
    yield Piece(topic, text, True, source, True, ends and line == value.strip())


def _once(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Leave out words that were quoted already."""
    known: set[str] = set()
    for piece in pieces:
        key = " ".join(piece.text.casefold().split())
        if not piece.quoted or not any(key in other for other in known):
            known.add(key)
            yield piece

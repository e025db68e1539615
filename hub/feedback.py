"""
What people say of a warning: accepted, dismissed, snoozed, or that a signal was misread. Pure.

It is said in a field of any side, by a tag or label (`risk_dismissed`), or by a line in an internal
note (`/risk dismiss: they always write like that`). All three end in the same registers, so that every
side shows the verdict, and each verdict is kept once, with what the hub had said, for `hub learn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from hub.cluster import Work
from hub.model import HUB, Comment, Json, Origin, Ticket, TicketId, Value
from hub.records import Conflict, Score
from hub.score_records import Feedback, Verdict
from hub.signals.human import is_by_machine
from hub.signals.reading import SIGNALS
from hub.support import by_customer

ACCEPTED, DISMISSED, SNOOZED = "feedback.accepted", "feedback.dismissed", "feedback.snoozed_until"
REASON, WRONG = "feedback.reason", "feedback.not_signals"
TAGS: Mapping[str, str] = {"risk_accepted": ACCEPTED, "risk_dismissed": DISMISSED}
"""A tag or label that is a verdict. Jira's labels are the only place where an engineer meets it."""
_REGISTERS = (ACCEPTED, DISMISSED, SNOOZED, REASON, WRONG)
_SNOOZE = 3
"""Days, where the note does not say how many."""
_LONGEST = 365
_COMMAND = re.compile(
    r"^[ \t]*/risk[ \t]+(?P<verb>accept|dismiss|snooze|clear)(?:e?d)?\b"
    r"(?:[ \t]+(?P<number>\d{1,3})[ \t]*(?P<unit>d|w|day|days|week|weeks)\b)?"
    r"[ \t]*[:,.\u2013\u2014-]?[ \t]*(?P<why>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WRONG = re.compile(r"^[ \t]*/signals?[ \t]+wrong[ \t:]+(?P<names>[^\n]+)$", re.IGNORECASE | re.MULTILINE)


class _Said(NamedTuple):
    """One line of a note that is meant for the hub."""

    comment: Comment
    sets: Mapping[str, Value]


def hear_feedback(work: Work) -> None:
    """Bring tags, notes and fields to one verdict a ticket, and keep what is new of it."""
    for ticket_id in sorted(work.tickets):
        held = work.cluster.held[ticket_id]
        before = held.before or held.ticket  # a command of `hub feedback` is news too
        ticket = _obey(work.tickets[ticket_id], before, work)
        ticket = _one_verdict(_by_tags(ticket, before, work), before, work)
        work.tickets[ticket_id] = ticket
        work.feedback[ticket_id] = tuple(_news(ticket_id, before, ticket, held.score))


def quiet_until(ticket: Ticket) -> str:
    """Return the day until which nobody is to be alerted about a ticket; "" if they may be."""
    until = ticket.get(SNOOZED)
    return until if isinstance(until, str) else ""


def is_dismissed(ticket: Ticket) -> bool:
    """
    Return whether its warning was dismissed and nothing has happened since.

    A customer's word after the verdict makes it a new question.
    """
    if ticket.get(DISMISSED) is not True:
        return False
    origin = ticket.origins.get(DISMISSED)
    return origin is None or ticket.course.last_customer <= origin.at


def denied_signals(ticket: Ticket) -> tuple[str, ...]:
    """Return the signals that people say were misread on this ticket."""
    names = ticket.get(WRONG)
    return names if isinstance(names, tuple) else ()


# notes ------------------------------------------------------------------------------------------


def _obey(ticket: Ticket, before: Ticket, work: Work) -> Ticket:
    new = [c for i, c in ticket.comments.items() if i not in before.comments and _may_speak(c, ticket)]
    for comment in sorted(new, key=lambda c: c.place):
        for said in _commands(comment):
            origin = _origin(said.comment, work)
            newer = next((r for r in said.sets if _is_newer(ticket, before, r, said.sets[r], origin)), None)
            if newer is not None:  # the note was seen late: what was said since stands, all of it
                kept, theirs = ticket.get(newer), ticket.origins[newer].system
                lost = Conflict(ticket.id, newer, kept, {origin.system: said.sets[newer]}, kept_from=theirs)
                work.conflicts[ticket.id].append(lost)
                continue
            for register, value in said.sets.items():
                ticket = _say(ticket, before, work, register, value, origin)
    return _taken_back(ticket, before, work)


def _taken_back(ticket: Ticket, before: Ticket, work: Work) -> Ticket:
    """Words of a note that was deleted or corrected are not shown any longer in the field for reasons."""
    for key, old in before.comments.items():
        now = ticket.comments.get(key)
        if now is None or old.removed or (not now.removed and now.body == old.body):
            continue
        if any(said.sets.get(REASON) == ticket.get(REASON) for said in _commands(old)):
            ticket = _set(ticket, REASON, None, Origin(old.origin, work.now, work.run))
    return ticket


def _is_newer(ticket: Ticket, before: Ticket, register: str, value: Value, origin: Origin) -> bool:
    """Whether another side has said something else since a note was written, and everybody knows it."""
    held, theirs = ticket.get(register), ticket.origins.get(register)
    if register == WRONG or not held or held == value or held != before.get(register):
        return False
    return theirs is not None and theirs.system != origin.system and theirs.at > origin.at


def _say(ticket: Ticket, before: Ticket, work: Work, register: str, value: Value, origin: Origin) -> Ticket:
    """Set what a note says; what another side said in the meantime, unseen, is kept as a conflict."""
    held, theirs = ticket.get(register) or None, ticket.origins.get(register)
    if register == WRONG and isinstance(value, tuple):
        return _set(ticket, WRONG, tuple(sorted({*denied_signals(ticket), *value})), origin)
    is_new = held not in ((value or None), (before.get(register) or None))
    if is_new and theirs is not None and theirs.system != origin.system:
        lost = Conflict(ticket.id, register, value, {theirs.system: held}, kept_from=origin.system)
        work.conflicts[ticket.id].append(lost)
    return _set(ticket, register, value, origin)


def _may_speak(comment: Comment, ticket: Ticket) -> bool:
    """Only people of ours, among themselves: a customer's `/risk dismiss` is text."""
    if comment.removed or is_by_machine(comment, ticket):
        return False
    return comment.audience != "public" and not by_customer(comment, ticket)


def _commands(comment: Comment) -> Iterator[_Said]:
    for found in _COMMAND.finditer(comment.body):
        sets = _verdict(found, comment.created_at)
        why = found["why"].strip()
        if why and sets and comment.audience != "engineering":  # what they say there stays there
            sets[REASON] = why
        if sets:
            yield _Said(comment, sets)
    for found in _WRONG.finditer(comment.body):
        words = {w.strip().lower().replace(" ", "_") for w in found["names"].split(",")}
        named = words & set(SIGNALS)
        if named:
            yield _Said(comment, {WRONG: tuple(sorted(named))})


def _verdict(found: re.Match[str], at: str) -> dict[str, Value]:
    match found["verb"].lower():
        case "accept":
            return {ACCEPTED: True, DISMISSED: False}
        case "dismiss":
            return {DISMISSED: True, ACCEPTED: False}
        case "snooze":
            days = int(found["number"] or _SNOOZE) * (7 if (found["unit"] or "d").lower()[0] == "w" else 1)
            return _until(at, min(days, _LONGEST))
        case _:
            return {DISMISSED: False, ACCEPTED: False, SNOOZED: None, REASON: None}


def _until(at: str, days: int) -> dict[str, Value]:
    try:
        return {SNOOZED: (date.fromisoformat(at[:10]) + timedelta(days=days)).isoformat()}
    except (ValueError, OverflowError):
        return {}


# tags, and one verdict --------------------------------------------------------------------------


def _by_tags(ticket: Ticket, before: Ticket, work: Work) -> Ticket:
    """A tag that came is a verdict; one that went takes it back; and a verdict taken back, its tag."""
    had, has = set(_tags(before)), set(_tags(ticket))
    origin = ticket.origins.get("tags", Origin(HUB, work.now, work.run))
    for tag, register in TAGS.items():
        was, now = before.get(register) is True, ticket.get(register) is True
        if tag in has - had and not now:
            ticket = _set(ticket, register, value=True, origin=origin)
        elif tag in had - has and was and now:
            ticket = _set(ticket, register, value=False, origin=origin)
        elif tag in had & has and was and not now:
            ticket = _untagged(ticket, tag)
    return ticket


def _one_verdict(ticket: Ticket, before: Ticket, work: Work) -> Ticket:
    """
    Accepted and dismissed at once: the later word stands; of two at once, the careful one.

    Where two sides said the two, neither had seen the other's: what gives way is a conflict.
    """
    if ticket.get(ACCEPTED) is not True or ticket.get(DISMISSED) is not True:
        return ticket
    accepted, dismissed = before.get(ACCEPTED) is True, before.get(DISMISSED) is True
    loser = ACCEPTED if accepted and not dismissed else DISMISSED
    tag = next(tag for tag, register in TAGS.items() if register == loser)
    winner = ticket.origins[DISMISSED if loser == ACCEPTED else ACCEPTED]
    theirs = ticket.origins[loser]
    if before.get(loser) is not True and theirs.system != winner.system:
        lost = Conflict(ticket.id, loser, False, {theirs.system: True}, kept_from=winner.system)
        work.conflicts[ticket.id].append(lost)
    return _untagged(_set(ticket, loser, value=False, origin=winner), tag)


def _untagged(ticket: Ticket, tag: str) -> Ticket:
    left = tuple(t for t in _tags(ticket) if t != tag)
    if left == _tags(ticket):
        return ticket
    return _set(ticket, "tags", left or None, ticket.origins.get("tags", Origin(HUB, "")))


def _tags(ticket: Ticket) -> tuple[str, ...]:
    tags = ticket.get("tags")
    return tags if isinstance(tags, tuple) else ()


def _origin(comment: Comment, work: Work) -> Origin:
    return Origin(comment.origin, comment.created_at, work.run)


def _set(ticket: Ticket, register: str, value: Value, origin: Origin) -> Ticket:
    if ticket.get(register) == value or (not value and not ticket.get(register)):
        return ticket
    registers = {**ticket.registers, register: value}
    if value is None:
        del registers[register]
    return replace(ticket, registers=registers, origins={**ticket.origins, register: origin})


# what is kept -----------------------------------------------------------------------------------


def _news(ticket_id: TicketId, before: Ticket, after: Ticket, score: Score | None) -> Iterator[Feedback]:
    for register in _REGISTERS:
        old, new = before.get(register), after.get(register)
        if register == REASON or (old or None) == (new or None):
            continue
        origin = after.origins.get(register, Origin(HUB, ""))
        for verdict, subject in _told(register, old, new):
            yield Feedback(
                ticket_id=ticket_id,
                at=origin.at,
                actor=_actor(after, origin),
                side=origin.system,
                verdict=verdict,
                reason=str(after.get(REASON) or ""),
                subject=subject,
                until=quiet_until(after) if verdict == "snoozed" else "",
                model=score.model if score else "",
                score=score.priority if score else None,
                risk=score.escalation_risk if score else None,
                features=_shown(score) if score else {},
            )


def _told(register: str, old: Value, new: Value) -> Iterator[tuple[Verdict, str]]:
    if register == WRONG:
        olds, news = (set(v) if isinstance(v, tuple) else set[str]() for v in (old, new))
        for name in sorted(news - olds):
            yield "corrected", f"signal.{name}"
        for name in sorted(olds - news):
            yield "restored", f"signal.{name}"
    elif not new:
        yield "cleared", ""
    else:
        yield _VERDICTS[register], ""


_VERDICTS: Mapping[str, Verdict] = {ACCEPTED: "accepted", DISMISSED: "dismissed", SNOOZED: "snoozed"}


def _shown(score: Score) -> dict[str, Json]:
    """Return what the verdict was said of: the factors as they stood, and the digest of all facts."""
    return {"facts": score.facts, "factors": {r.factor: r.points for r in score.reasons}}


def _actor(ticket: Ticket, origin: Origin) -> str:
    """Return who said it, where a note tells; a field tells only the side."""
    wrote = (
        c.author
        for c in ticket.comments.values()
        if c.origin == origin.system and c.created_at == origin.at and c.audience != "public"
    )
    return next((a.email or f"{origin.system}:{a.id}" for a in wrote), "")

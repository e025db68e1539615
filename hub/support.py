"""
What support knows that the people of an account should see: of one ticket, and of all of an account's.

Pure, and the same for the same tickets in any order. A value moves only when something happened, or
when a deadline comes near or passes: what is written into a CRM is written seldom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from hub.aggregate import combine
from hub.model import JIRA, Comment, Ticket, Value
from hub.names import is_shared
from hub.records import Score
from hub.registers import DONE, REGISTERS
from hub.signals.human import human_text, is_by_machine
from hub.signals.lexicon import read
from hub.wording import as_called, ref

Scored: TypeAlias = tuple[Ticket, Score | None]

SUMMARY = 2_000
"""Characters of a summary, at most."""
_TOLD = 10
"""Tickets that a summary names, at most."""
_SOON = timedelta(hours=24)
_WINDOW = 14
"""Days of comments that are set against the days before them."""
_HEARD = 200
"""Comments that are read in each."""
_TURN = 0.5
"""How far the mean of -1 (negative), 0 and 1 (positive) must move to be called a turn."""
_WORTH = {"positive": 1, "neutral": 0, "negative": -1}


# one ticket -------------------------------------------------------------------------------------


def support_of(ticket: Ticket, now: str, *, fixed: bool | None = None) -> dict[str, Value]:
    """
    Return the registers that a ticket's comments, its deadline and engineering's word make.

    `fixed`: whether engineers finished what they do for it; None where nobody can tell.
    """
    said = spoken(ticket)
    return {
        "sla.state": sla_state(ticket, now),
        "support.last_contact": said[-1].created_at if said else None,
        "support.fixed_not_told": _not_told(ticket, said, fixed=fixed),
    }


def spoken(ticket: Ticket) -> list[Comment]:
    """Return what people said for the customer to read, or the customer themselves, in order."""
    public = (c for c in ticket.comments.values() if c.audience == "public" and not c.removed)
    return sorted((c for c in public if not is_by_machine(c, ticket)), key=lambda c: c.place)


def by_customer(comment: Comment, ticket: Ticket) -> bool:
    """
    Return whether the requester said it, or somebody with an address at the requester's company.

    Not somebody who works on the ticket, though: who writes to their own support has colleagues there.
    """
    who, author = ticket.get("requester"), comment.author
    if not isinstance(who, str):
        return False
    if who in {author.email, f"{comment.origin}:{author.id}"}:
        return True
    company = who.rpartition("@")[2]
    if comment.origin == JIRA or "@" not in who or is_shared(company):
        return False
    at_work = {str(ticket.get(name) or "") for name in ("assignee", "engineer")}
    if any(address.endswith(f"@{company}") for address in at_work):
        return False
    return (author.email or "").endswith(f"@{company}")


def sla_state(ticket: Ticket, now: str) -> Value:
    """
    Return how near the contract's own deadline is; None if there is none, or nothing is left to do.

    Never that of the hub's customer clock: it tightens with the risk of an escalation, and risk is
    learned from breaches of contract.
    """
    due, moment = _moment(ticket.get("sla.due")), _moment(now)
    if due is None or moment is None or ticket.get("status") in DONE:
        return None
    return "breached" if due <= moment else "soon" if due - moment <= _SOON else "ok"


def _not_told(ticket: Ticket, said: Sequence[Comment], *, fixed: bool | None) -> Value:
    """A fix is told by a word of ours to the customer after engineering finished; their own tells nothing."""
    if fixed is None or ticket.get("engineering.status") is None:
        return None
    origin = ticket.origins.get("engineering.status")
    since = _moment(origin.at) if origin else None
    if not fixed or since is None:
        return False
    ours = (_moment(c.created_at) for c in said if not by_customer(c, ticket))
    return not any(at is not None and at >= since for at in ours)


def _moment(text: Value) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) and "T" in text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


# an account -------------------------------------------------------------------------------------


def account_context(tickets: Sequence[Scored], now: str) -> dict[str, Value]:
    """
    Return what an account shows of its open tickets.

    A ticket that is done counts only as long as its customer was not told of the fix.
    """
    ranked = sorted(tickets, key=_rank)
    current = [(t, s) for t, s in ranked if t.get("status") not in DONE]
    untold = [t for t, _ in ranked if _untold(t)]
    concerned = [t for t, _ in ranked if t.get("status") not in DONE or _untold(t)]
    worst = current[0] if current else None
    return {
        "support.open_tickets": len(current),
        "support.worst_risk": round(_risk(worst), 2) if worst else None,
        "support.worst_ticket": _named(worst[0]) if worst else None,
        "support.sentiment_trend": sentiment_trend([t for t, _ in current]),
        "support.last_contact": max((c[-1].created_at for t in concerned if (c := spoken(t))), default=None),
        "support.engineering_status": _engineering(concerned),
        "support.fix_version": _fix_versions(concerned),
        "sla.state": combine("max", [standing(t, now) for t, _ in current], REGISTERS["sla.state"].options),
        "support.untold_fixes": len(untold),
        "support.summary": _summary(current, untold, now) or None,
    }


def deadline_of(ticket: Ticket) -> str:
    """Return the contract's deadline; where the helpdesk states none, that of the hub's customer clock."""
    due = ticket.get("sla.due")
    return str((due if _moment(due) is not None else ticket.get("sla.customer_due")) or "")


def standing(ticket: Ticket, now: str) -> Value:
    """Return how near that deadline is, for the people of an account."""
    due, moment = _moment(deadline_of(ticket)), _moment(now)
    if (
        due is None
        or moment is None
        or ticket.get("status") in DONE
        or _moment(ticket.get("sla.due")) is not None
    ):
        return sla_state(ticket, now)
    if due <= moment:
        return "breached"
    return "soon" if ticket.get("sla.customer_state") in ("soon", "breached") else "ok"


def _untold(ticket: Ticket) -> bool:
    return ticket.get("support.fixed_not_told") is True


def _rank(scored: Scored) -> tuple[float, float, str, str]:
    """Order tickets worst first; of equals, the one whose deadline is nearest, then by id."""
    ticket, score = scored
    priority = score.priority if score else ticket.get("score.priority")
    weight = float(priority) if isinstance(priority, (int, float)) else 0.0
    return -_risk(scored), -weight, deadline_of(ticket) or "9", ticket.id


def _risk(scored: Scored) -> float:
    ticket, score = scored
    risk = score.escalation_risk if score else ticket.get("score.escalation_risk")
    return float(risk) if isinstance(risk, (int, float)) else 0.0


def sentiment_trend(tickets: Iterable[Ticket]) -> Value:
    """
    Return how the customer's mood moved; None while there is nothing to set it against.

    The fortnight that ends with their newest word is set against the fortnight before it, so that
    nothing moves while nobody writes.
    """
    said = ((c, t) for t in tickets for c in spoken(t) if by_customer(c, t))
    told = [(c.created_at, c.id, text) for c, t in said if (text := human_text(c, t))]
    days = [(day, text) for at, _, text in sorted(told, reverse=True) if (day := _day(at[:10])) is not None]
    if not days:
        return None
    newest = days[0][0]
    recent = [text for day, text in days if (newest - day).days < _WINDOW]
    before = [text for day, text in days if _WINDOW <= (newest - day).days < 2 * _WINDOW]
    if not before:
        return None
    turn = _mood(recent) - _mood(before)
    return "better" if turn >= _TURN else "worse" if turn <= -_TURN else "steady"


def _mood(texts: Sequence[str]) -> float:
    """Return the mean mood of the newest of these; more of them would only cost time."""
    heard = [_WORTH[read(text).sentiment] for text in texts[:_HEARD]]
    return sum(heard) / len(heard)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _issues(ticket: Ticket) -> str:
    issues = ticket.get("engineering.issues")
    return ", ".join(sorted(issues, key=_natural)) if isinstance(issues, tuple) else ""


def _natural(name: str) -> tuple[str, int]:
    """`SUP-9` stands before `SUP-10`."""
    project, _, number = name.rpartition("-")
    return (project, int(number)) if number.isdecimal() else (name, 0)


def _engineering(tickets: Iterable[Ticket]) -> Value:
    """Return each issue with its status; of tickets that share it, the one that heard last knows it."""
    heard: dict[str, tuple[str, str]] = {}
    for ticket in tickets:
        status, issues = ticket.get("engineering.status"), _issues(ticket)
        origin = ticket.origins.get("engineering.status")
        if isinstance(status, str) and status:
            news = (origin.at if origin else "", status)
            heard[issues] = max(heard.get(issues, news), news)
    said = (f"{issues}: {heard[issues][1]}" for issues in sorted(heard, key=_natural) if issues)
    return "; ".join([*said, *([heard[""][1]] if "" in heard else [])]) or None


def _fix_versions(tickets: Iterable[Ticket]) -> Value:
    versions = (str(t.get("engineering.fix_version") or "") for t in tickets)
    return ", ".join(sorted({v.strip() for text in versions for v in text.split(",") if v.strip()})) or None


# in words ---------------------------------------------------------------------------------------


def _named(ticket: Ticket, longest: int = 120) -> str:
    subject = " ".join(str(ticket.get("subject") or "").split())
    name = ref(as_called(ticket).id)
    room = max(longest - len(name) - 1, 20)
    return f"{name} {subject if len(subject) <= room else subject[: room - 1].rstrip() + '…'}".strip()


def _summary(current: Sequence[Scored], untold: Sequence[Ticket], now: str) -> str:
    """Return a few lines for people who look after the account: the worst first, the rest counted."""
    if not current and not untold:
        return ""
    count = "1 open ticket" if len(current) == 1 else f"{len(current)} open tickets"
    fixes = "1 fix" if len(untold) == 1 else f"{len(untold)} fixes"
    head = f"{count}; the customer was not told of {fixes}." if untold else f"{count}."
    finished = [t for t in untold if t.get("status") in DONE]
    lines = [*(_line(scored, now) for scored in current[:_TOLD]), *map(_finished, finished[:_TOLD])]
    return _fit(head, lines[:_TOLD], len(current) + len(finished))


def _line(scored: Scored, now: str) -> str:
    ticket, score = scored
    spoke = spoken(ticket)
    issues, status = _issues(ticket), ticket.get("engineering.status")
    said = [
        f"risk {_risk(scored):.0%}",
        f"score {score.priority} ({score.label})" if score else "",
        _deadline(ticket, now),
        " ".join(str(s) for s in (issues, status) if s),
        "fixed, customer not told" if _untold(ticket) else "",
        f"last contact {spoke[-1].created_at[:10]}" if spoke else "",
        _MOODS.get(str(ticket.get("support.tone")), ""),
    ]
    return f"- {_named(ticket, 80)}: {', '.join(s for s in said if s)}"


_MOODS: Mapping[str, str] = {"bad": "the customer sounds unhappy", "good": "the customer sounds content"}


def _deadline(ticket: Ticket, now: str) -> str:
    state, due = standing(ticket, now), deadline_of(ticket)
    when = due[:16].replace("T", " ")
    return f"SLA breached since {when} UTC" if state == "breached" else f"SLA due {when} UTC" if state else ""


def _finished(ticket: Ticket) -> str:
    issues = _issues(ticket)
    return (
        f"- {_named(ticket, 80)}: {ticket.get('status')}; fixed{f' in {issues}' if issues else ''}, not told"
    )


def _fit(head: str, lines: Sequence[str], of: int) -> str:
    """Return as many lines as there is room for, and how many there are more."""
    shown = [*_room(lines, SUMMARY - len(head) - len(_more(of)) - 2)]
    return "\n".join(part for part in (head, *shown, _more(of - len(shown))) if part)


def _more(left: int) -> str:
    return f"- and {left} more" if left else ""


def _room(lines: Iterable[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line

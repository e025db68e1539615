"""What there is to warn of: on tickets, accounts, incidents, and of the model itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from hub.alerts import Cause, Subject
from hub.appraisal import Appraisal
from hub.feedback import is_dismissed, quiet_until
from hub.model import Ticket, Value
from hub.reasons import reasons_for, risk_reasons_for
from hub.records import Held, Reason
from hub.wording import as_called, count, ref

_LOOK = timedelta(days=3)
"""Within which a rise, or a fall, is one."""
_FALL = 20
_GAP = 10.0
"""Points below its beginning at which a cause of 100 points is over."""
_REASONS = 3
_CLOCKS: Mapping[str, str] = {"customer": "customer SLA", "engineering": "engineering OLA"}
_SHARED = "comment."


class Levels(msgspec.Struct, frozen=True):
    """From when something is worth a warning."""

    attention: float = 80
    risk: float = 0.4
    rising: float = 0.2
    silent: float = 24
    quiet_customer: int = 7
    health: int = 50
    quotes: bool = False


class Low(msgspec.Struct, frozen=True, array_like=True):
    """The lowest (of health: the highest) value lately, and since when it is looked at."""

    value: float
    since: str


Lows = Mapping[str, Low]


def lowest(lows: Lows, key: str, value: float, now: str) -> Low:
    """Return the lowest value within the last days; what is older does not count any more."""
    known = lows.get(key)
    if known is None or known.value >= value or _before(now, _LOOK) > known.since:
        return Low(value, now)
    return known


# tickets ----------------------------------------------------------------------------------------


def of_ticket(
    held: Held,
    found: Appraisal,
    now: str,
    levels: Levels,
    may_see: Callable[[str], bool],
    low: float | None = None,
) -> Subject | None:
    """
    Return what there is to say of a ticket; None where nobody wants to hear of it now.

    `may_see` tells what the readers may know. `low`: its lowest chance in the last days.
    """
    ticket = held.ticket
    if quiet_until(ticket) > now[:10]:
        return None
    causes = [*_clocks(found.registers)]
    if not is_dismissed(ticket):
        causes += [*_scores(ticket, found, levels, low), *_silence(ticket, found, now, levels)]
    if not causes:
        return None
    return Subject(
        str(ticket.id),
        f"{_name(ticket)}: {_title(ticket, may_see)}",
        tuple(causes),
        team=_word(ticket, "group"),
        ticket=str(ticket.id),
        account=_word(ticket, "account.id"),
        why=tuple(_why(found, may_see, quotes=levels.quotes)),
        actions=tuple(_actions(ticket)),
    )


def _scores(ticket: Ticket, found: Appraisal, levels: Levels, low: float | None) -> Iterable[Cause]:
    score, last = found.score, ticket.course.last_customer
    yield Cause(
        "attention",
        score.attention,
        levels.attention,
        levels.attention - _GAP,
        f"attention {score.attention} of 100, priority {score.priority} ({score.label})",
        score.attention,
        last,
    )
    if not score.model:
        return  # the rule alone is not calibrated: its chances are no chances
    chance = score.escalation_risk
    said = f"{round(chance * 100)} in 100 tickets like this escalate"
    yield Cause("risk", chance, levels.risk, levels.risk * 0.75, said, 60 + 40 * chance, last)
    if low is not None:
        rise = found.chance - low
        said = f"its risk rose from {low:.0%} to {found.chance:.0%} within three days"
        yield Cause("rising", rise, levels.rising, levels.rising / 2, said, 50 + 40 * found.chance, last)


def _clocks(registers: Mapping[str, Value]) -> Iterable[Cause]:
    for name, called in _CLOCKS.items():
        state, due = registers.get(f"sla.{name}_state"), str(registers.get(f"sla.{name}_due") or "")
        told = f"{due[:16].replace('T', ' ')} UTC" if due else ""
        soon, late = float(state == "soon"), float(state == "breached")
        yield Cause("deadline", late, 1, 1, f"its {called} was missed: {told}", 92, detail=f"{name} missed")
        yield Cause("deadline", soon, 1, 1, f"its {called} ends soon: {told}", 85, detail=f"{name} soon")


def _silence(ticket: Ticket, found: Appraisal, now: str, levels: Levels) -> Iterable[Cause]:
    hours = found.waited
    said = f"its customer has waited {count(round(hours), 'business hour')} for our word"
    yield Cause("silent", hours, levels.silent, 1, said, min(55 + hours / 4, 84), ticket.course.last_customer)
    if ticket.get("status") == "pending" and ticket.course.last_ours > ticket.course.last_customer:
        days = _days(ticket.course.last_ours, now)
        said = f"its customer has not answered us for {count(int(days), 'day')}"
        yield Cause("quiet_customer", days, levels.quiet_customer, 1, said, 40)


def _why(found: Appraisal, may_see: Callable[[str], bool], *, quotes: bool) -> Iterable[str]:
    """Yield the sentences that lead; without `quotes`, none that rests on what only we said."""

    def may(name: str) -> bool:
        if not quotes and name.startswith(_SHARED) and name != "comment.public":
            return False
        return may_see(name)

    shown = reasons_for(found.score, may)[:_REASONS]
    risks = risk_reasons_for(found.score, may)[:1] if found.score.model else ()
    yield from (_sentence(reason, f"{reason.points:+.0f}", quotes=quotes) for reason in shown)
    yield from (_sentence(reason, "risk", quotes=quotes) for reason in risks if reason.points > 0)


def _sentence(reason: Reason, points: str, *, quotes: bool) -> str:
    heard = any(name.startswith(_SHARED) for name in reason.reads)
    quoted = f": {reason.evidence}" if quotes and heard and reason.evidence else ""
    return f"{points} {reason.sentence}{quoted}"


def _actions(ticket: Ticket) -> Iterable[str]:
    url = _word(ticket, "support.ticket_url")
    if url:
        yield f"Open it: {url}"
    who = _word(ticket, "assignee") or _word(ticket, "group")
    yield f"It is with {who}" if who else "Nobody has it: assign it"
    name = _name(ticket).lstrip("#")
    yield (
        "Say what it was worth: `/risk accept` or `/risk dismiss: why` in an internal note, or "
        f"`hub feedback accept {name}`, `hub feedback snooze {name} --until 3d`"
    )


# accounts, incidents, the model -------------------------------------------------------------------


def of_account(
    key: str,
    name: str,
    health: int,
    reasons: Iterable[Reason],
    highest: float,
    levels: Levels,
    *,
    worst: str = "",
    account: str = "",
) -> Subject:
    """Return what there is to say of an account. `highest`: its best health in the last days."""
    bad, fall = 100.0 - health, highest - health
    low, called = 100.0 - levels.health, name or key
    causes = (
        Cause("health", bad, low, low - _GAP, f"the health of {called} is {health} of 100", 50 + bad / 3),
        Cause(
            "falling",
            fall,
            _FALL,
            _FALL / 2,
            f"the health of {called} fell from {highest:.0f} to {health} within three days",
            55 + fall / 3,
        ),
    )
    why = tuple(f"{r.points:+.0f} {r.sentence}" for r in reasons if r.points < 0)[:_REASONS]
    look = (f"Begin with {ref_of(worst)}: `hub explain {worst}`",) if worst else ()
    return Subject(
        f"account {key}",
        f"Account {called}",
        causes,
        account=account,
        why=why,
        actions=(*look, "Talk to the account's CSM before the customer does"),
    )


def of_incident(first: str, told: str, accounts: int, commands: Iterable[str] = ()) -> Subject:
    """Return that several customers report the same."""
    cause = Cause("incident", 1, 1, 1, "it begins to look like an incident", 95 + min(accounts, 20) / 5)
    linked = tuple(f"Link them: `{command}`" for command in commands)[:2]
    return Subject(
        f"incident {first}",
        "Several customers report the same",
        (cause,),
        ticket=first,
        why=(told,),
        actions=(f"Look at them together: `hub incidents`, beginning with {ref_of(first)}", *linked),
    )


def of_model(fallen_back: str, warnings: Iterable[str]) -> Subject:
    """Return that what was learned does not hold any more; or, with nothing said, that it does."""
    cause = Cause("model", float(bool(fallen_back)), 1, 1, fallen_back or "what was learned holds", 90)
    return Subject(
        "model",
        "Escalation risk is by the rule alone",
        (cause,),
        why=tuple(warnings)[:_REASONS],
        actions=("Look at it: `hub learn --dry-run`, `hub backtest`",),
    )


def ref_of(ticket: str) -> str:
    """Return a ticket as people name it."""
    return f"#{ticket.partition(':')[2]}" if ticket.startswith("zendesk:") else ticket


def _name(ticket: Ticket) -> str:
    return ref(as_called(ticket).id)


def _title(ticket: Ticket, may_see: Callable[[str], bool]) -> str:
    subject = " ".join(str(ticket.get("subject") or "no subject").split())
    shown = filter(may_see, ("account.name", "organization.name"))
    name = next((word for register in shown if (word := _word(ticket, register))), "")
    return f"{subject[:80]}{f' ({name})' if name else ''}"


def _word(ticket: Ticket, register: str) -> str:
    value = ticket.get(register)
    return value if isinstance(value, str) else ""


def _days(since: str, now: str) -> float:
    try:
        return (datetime.fromisoformat(now) - datetime.fromisoformat(since)) / timedelta(days=1)
    except (ValueError, TypeError):
        return 0.0


def _before(now: str, span: timedelta) -> str:
    return f"{datetime.fromisoformat(now) - span:%Y-%m-%dT%H:%M:%SZ}"

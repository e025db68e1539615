"""`hub feedback`: what a person at the command line says of a warning, and what people said so far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from flows.inline import directed
from flows.wiring import Assembly
from hub.errors import Misconfigured
from hub.feedback import ACCEPTED, DISMISSED, REASON, SNOOZED, WRONG, denied_signals
from hub.model import HUB, Origin, TicketId, Value
from hub.ports import Store
from hub.registers import nearest
from hub.signals.reading import SIGNALS
from hub.sync import Run

Verb: TypeAlias = Literal["accept", "dismiss", "snooze", "clear"]
_TOLD: Mapping[Verb, str] = {
    "accept": "accepted as a risk",
    "dismiss": "dismissed: nobody is warned of it until something new happens",
    "snooze": "quiet until {until}",
    "clear": "as if nobody had said anything",
}
_DAYS = 3
_LONGEST = 365


def give_verdict(assembly: Assembly, name: str, verb: Verb, *, reason: str = "", until: str = "") -> str:
    """Say of a ticket's warning what a person thinks of it, on every side; return what was done, in words."""
    ticket = _one(assembly.store, name)
    day = _until(until, assembly.wires.now()) if verb == "snooze" else ""
    every: Mapping[Verb, Mapping[str, Value]] = {
        "accept": {ACCEPTED: True, DISMISSED: False},
        "dismiss": {DISMISSED: True, ACCEPTED: False},
        "snooze": {SNOOZED: day},
        "clear": {ACCEPTED: False, DISMISSED: False, SNOOZED: None, REASON: None},
    }
    sets = dict(every[verb])
    if reason.strip():
        sets[REASON] = reason.strip()
    return f"{ticket} is {_TOLD[verb].format(until=day)}.{_set(assembly, ticket, verb, sets)}"


def deny_signal(assembly: Assembly, name: str, signal: str, *, right: bool = False) -> str:
    """Say that a signal was misread on a ticket, or that it was right after all."""
    word = signal.strip().lower().replace(" ", "_").replace("-", "_")
    if word not in SIGNALS:
        raise Misconfigured(
            f"There is no signal {signal!r}{nearest(word, SIGNALS)} Signals: {', '.join(SIGNALS)}."
        )
    ticket = _one(assembly.store, name)
    held = assembly.store.load([ticket])[ticket]
    denied = set(denied_signals(held.ticket))
    wanted = denied - {word} if right else denied | {word}
    left = _set(assembly, ticket, "wrong-signal", {WRONG: tuple(sorted(wanted)) or None})
    told = "counts again" if right else "counts no more, until the customer says so anew"
    return f"{ticket}: {word} {told}.{left}"


def said_so_far(store: Store, name: str = "", since: str = "") -> list[dict[str, Any]]:
    """Return what people said, oldest first; of one ticket, or of all."""
    if not name:
        return [msgspec.to_builtins(said) for said in store.feedback(since)]
    return [msgspec.to_builtins(said) for said in store.feedback(since, _one(store, name))]


def summed(store: Store) -> Iterator[tuple[str, str, int]]:
    """Yield how often each verdict was given, and how often each signal was said to be wrong."""
    counts: dict[tuple[str, str], int] = {}
    for said in store.feedback():
        key = (said.verdict, said.subject)
        counts[key] = counts.get(key, 0) + 1
    yield from ((verdict, subject, n) for (verdict, subject), n in sorted(counts.items()))


def _one(store: Store, name: str) -> TicketId:
    ids: Sequence[TicketId] = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    if len(ids) > 1:
        raise Misconfigured(f"{name!r} names {len(ids)} tickets: {', '.join(ids)}. Name one of them.")
    return ids[0]


def _until(text: str, now: str) -> str:
    """Return the day that is meant: a date, `5d`, `2w`; nothing: three days."""
    today = datetime.fromisoformat(now).date()
    found = re.fullmatch(r"(\d{1,3})\s*([dw])", text.strip() or f"{_DAYS}d")
    try:
        day = (
            today + timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))
            if found
            else date.fromisoformat(text.strip())
        )
    except ValueError:
        raise Misconfigured(f"--until {text!r} is no day; write it like 2026-01-31, 5d or 2w") from None
    if not today < day <= today + timedelta(days=_LONGEST):
        raise Misconfigured(f"--until {day} must lie after today ({today}), within {_LONGEST} days")
    return day.isoformat()


def _set(assembly: Assembly, ticket: TicketId, what: str, sets: Mapping[str, Value]) -> str:
    """Set registers as a person would who sees every side, all at once; return what is not done yet."""

    def act(run: Run) -> None:
        batch = run.gatherer.batch((), [ticket])
        held = batch.held[ticket]
        given = {name: value for name, value in sets.items() if value is not None}
        kept = {name: value for name, value in held.ticket.registers.items() if name not in sets}
        origins = {**held.ticket.origins, **dict.fromkeys(sets, Origin(HUB, run.now, run.id))}
        changed = replace(held.ticket, registers={**kept, **given}, origins=origins)
        batch.held[ticket] = replace(held, ticket=changed, before=held.ticket, dirty=True)
        run.carry_out(batch, run.decide(batch))

    return directed(assembly, "feedback", f"hub feedback {what} {ticket}", act)

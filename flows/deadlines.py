"""What people ask about deadlines: why this one, and what another policy would do to all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from flows.rule_files import rule_file
from hub.errors import Misconfigured
from hub.feedback import denied_signals
from hub.ports import Store
from hub.records import Held
from hub.settings import Settings
from hub.signals.heard import heard
from hub.sla.clocks import Clock, Clocks
from hub.sla.load import load_sla
from hub.sla.review import Case, Comparison, compare, judged, reviewed, shown
from hub.sla.rules import SlaRules

_PAGE = 500


def read_sla(settings: Settings, file: Path | None = None) -> SlaRules:
    """Return the rules of the folder of mapping files, or of another file. Raises `Misconfigured`."""
    return load_sla(*rule_file(settings, "sla", file))


def deadlines_of(store: Store, rules: SlaRules, name: str, now: str) -> list[dict[str, Any]]:
    """Return both clocks of each ticket of that name, as plain data. Raises `Misconfigured` if none is."""
    ids = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    return [_told(_case(held, now), rules, now) for held in store.load(ids).values()]


def _told(case: Case, rules: SlaRules, now: str) -> dict[str, Any]:
    ticket, found = case.ticket, _judged(case, rules, now)
    return {
        "id": ticket.id,
        "subject": ticket.get("subject") or "",
        "customer": _clock(found.customer),
        "engineering": _clock(found.engineering),
        "moves": reviewed(shown(ticket), found),
    }


def _clock(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    return {
        "due": clock.due or None,
        "state": clock.state,
        "used": clock.used,
        "target_minutes": clock.target,
        "calendar": clock.calendar.name,
        "why": list(clock.why),
    }


def tried(store: Store, old: SlaRules | None, new: SlaRules, now: str) -> Comparison:
    """Return what rules would do to all open tickets: against other rules, or against what is shown now."""

    def before(case: Case) -> Clocks:
        return shown(case.ticket) if old is None else _judged(case, old, now)

    return compare(_cases(store, now), before, lambda case: _judged(case, new, now))


def _judged(case: Case, rules: SlaRules, now: str) -> Clocks:
    return judged(case.ticket, rules, now, risk=case.risk, mentions=case.mentions)


def _cases(store: Store, now: str) -> Iterator[Case]:
    after = ""
    while ids := store.open_tickets(_PAGE, after):
        yield from (_case(held, now) for held in store.load(ids).values())
        after = ids[-1]


def _case(held: Held, now: str) -> Case:
    """Return a ticket with the risk that people see, and with what its customer said, as the hub hears it."""
    said = heard(held.ticket, held.readings, denied_signals(held.ticket), now=now)
    return Case(held.ticket, held.score.escalation_risk if held.score else None, said.mentions)


def as_data(found: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data."""
    data: dict[str, Any] = msgspec.to_builtins(found)
    return data

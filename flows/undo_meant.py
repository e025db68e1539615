"""What somebody means who wants something taken back: which writes, since when, which fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flows.wiring import Assembly
from hub.cluster import Policy
from hub.errors import Misconfigured
from hub.model import System, TicketId
from hub.records import JournalEntry
from hub.registers import nearest
from hub.undo import Chosen

STATES = ("done", "undone", "asked", "unanswered")


def entries_of(assembly: Assembly, run_id: str, tickets: set[TicketId], earliest: str) -> list[JournalEntry]:
    """Return what a run wrote (to these tickets); without one, what any wrote to them since."""
    store = assembly.store
    if run_id:
        return [e for e in store.journal(run_id, STATES) if not tickets or e.ticket_id in tickets]
    found = (e for e in store.writes_of(tickets) if e.state in STATES and e.at >= earliest)
    return [e for e in found if e.state != "undone" and not _is_undo(assembly, e.run)]


def _is_undo(assembly: Assembly, run_id: str) -> bool:
    run = assembly.store.run(run_id)
    return run is not None and run.kind == "undo"


def moment_of(assembly: Assembly, since: str) -> str:
    """Return the instant that is meant: when a run began, a day, a time."""
    run = assembly.store.run(since)
    if run is not None:
        return run.started
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise Misconfigured(
            f"--since {since!r} is neither a run nor a time; write it like 2026-03-01 or "
            "2026-03-01T09:30, which is UTC, or 2026-03-01T09:30+01:00"
        ) from None
    there = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{there.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def called(assembly: Assembly, system: System, what: str) -> str:
    """Return a field as people call it there, where its id says nothing to them (`cf:25600000000056`)."""
    if not any(character.isdigit() for character in what):
        return what
    known = assembly.schemas.known(system).fields.get(what)
    return known.name if known is not None else what


def fields_of(assembly: Assembly, policy: Policy, names: Sequence[str]) -> Chosen:
    """Return the fields meant: by register, by id, or as people call them on a side."""
    known: dict[str, dict[System, set[str]]] = {}
    for system, mapping in policy.mappings.items():
        schema = assembly.schemas.known(system)
        for rule in mapping.rules:
            shown = schema.fields[rule.field].name if rule.field in schema.fields else rule.field
            for name in {rule.register, rule.field, shown}:
                known.setdefault(name.casefold(), {}).setdefault(system, set()).add(rule.field)
    found: dict[System, set[str]] = {}
    for name in names:
        if name.casefold() not in known:
            raise Misconfigured(f"nothing is called {name!r} on any side{nearest(name.casefold(), known)}")
        for system, mine in known[name.casefold()].items():
            found.setdefault(system, set()).update(mine)
    return {system: frozenset(mine) for system, mine in found.items()}

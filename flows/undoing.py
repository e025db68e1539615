"""Take writes back: look at every replica that was written, restore what nobody changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from flows.inline import new_run_id, withholding
from flows.wiring import Assembly
from hub.cluster import Policy, Replica
from hub.derive import is_over
from hub.errors import HubError, Misconfigured
from hub.model import System, TicketId
from hub.operations import (
    CreateReplica,
    DeleteReplica,
    Done,
    Operation,
    Outcome,
    RemoveComment,
    Retryable,
    Unanswered,
    UpdateReplica,
)
from hub.ports import Connector
from hub.records import Decision, Held, JournalEntry, Noted, RunRecord
from hub.registers import nearest
from hub.replica import Link, Observation
from hub.sync import Hub
from hub.undo import Chosen, Kept, Restored, Undoing, replica_of, undo
from hub.undone import asking, said_again, settled, unasked

REPLICAS = 300
"""Taken back at a time: what else was written to them is read, too."""
_STATES = ("done", "undone", "asked", "unanswered")


@dataclass
class _Told:
    """What an undo did so far."""

    restored: list[Restored] = field(default_factory=list[Restored])
    again: list[JournalEntry] = field(default_factory=list[JournalEntry])
    kept: list[Kept] = field(default_factory=list[Kept])
    missed: int = 0


def undo_run(
    assembly: Assembly,
    run_id: str = "",
    *,
    ticket: str = "",
    since: str = "",
    fields: Iterable[str] = (),
    dry_run: bool = False,
) -> dict[str, Any]:
    """
    Take back what a run wrote, or with a ticket and no run what any run wrote to it (`since` a run or time).

    Return what was restored and what was kept, with reasons. `fields`: registers, or fields as a side
    calls them. Raises `Misconfigured` if there is no such run, ticket or field.
    """
    hub, store = assembly.hub(), assembly.store
    if run_id and store.run(run_id) is None:
        raise Misconfigured(f"there is no run {run_id!r}; `hub status` lists the last ones")
    if not run_id and not ticket:
        raise Misconfigured("say what to take back: a run, or --ticket with or without --since")
    tickets = set(store.named(ticket)) if ticket else set[TicketId]()
    if ticket and not tickets:
        raise Misconfigured(f"no ticket is called {ticket!r} here")
    names = list(fields)
    chosen = _fields(assembly, hub.policy, names) if names else None
    earliest = _moment(assembly, since) if since else ""
    told = _Told()
    with store.lease(f"hub undo {run_id or ticket}"):
        entries = _entries(assembly, run_id, tickets, earliest)
        record = RunRecord(new_run_id(), "undo", hub.clock.now())
        if not dry_run:
            store.begin_run(record)
        with withholding(hub.connectors.values()):
            for mine in _portions(entries):
                found, held = _planned(hub, mine, chosen)
                told.kept += found.kept
                told.again += found.again
                if dry_run:
                    told.restored += found.restored
                else:
                    _restore(hub, record.id, found, held, told)
        if not dry_run:
            _end(hub, record, told)
    return _report(run_id, "" if dry_run else record.id, told)


def _report(run_id: str, undoing: str, told: _Told) -> dict[str, Any]:
    restored = [(r.entry, _what(r.operation), [e.run for e in r.entries]) for r in told.restored]
    restored += [(e, "a comment, by the next run", [e.run]) for e in told.again]
    return {
        "run": run_id,
        "undo": undoing,
        "restored": [
            {
                "ticket": entry.ticket_id,
                "system": entry.system,
                "what": what,
                "journal": entry.id,
                "runs": sorted(set(runs)),
            }
            for entry, what, runs in restored
        ],
        "kept": [
            {
                "ticket": k.entry.ticket_id,
                "system": k.entry.system,
                "what": k.what,
                "why": k.why,
                "run": k.entry.run,
            }
            for k in told.kept
        ],
    }


def _what(operation: Operation) -> str:
    match operation:
        case UpdateReplica():
            return ", ".join(sorted(operation.changes))
        case RemoveComment():
            return "a comment"
        case DeleteReplica():
            return "the replica itself"
        case _:
            return type(operation).__name__


# what is meant ----------------------------------------------------------------------------------


def _entries(assembly: Assembly, run_id: str, tickets: set[TicketId], earliest: str) -> list[JournalEntry]:
    store = assembly.store
    if run_id:
        return [e for e in store.journal(run_id, _STATES) if not tickets or e.ticket_id in tickets]
    found = (e for e in store.writes_of(tickets) if e.state in _STATES and e.at >= earliest)
    return [e for e in found if e.state != "undone" and not _is_undo(assembly, e.run)]


def _is_undo(assembly: Assembly, run_id: str) -> bool:
    run = assembly.store.run(run_id)
    return run is not None and run.kind == "undo"


def _moment(assembly: Assembly, since: str) -> str:
    """Return the instant that is meant: when a run began, a day, a time."""
    run = assembly.store.run(since)
    if run is not None:
        return run.started
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise Misconfigured(
            f"--since {since!r} is neither a run nor a time; write it like 2026-03-01 or 2026-03-01T09:30"
        ) from None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _fields(assembly: Assembly, policy: Policy, names: Sequence[str]) -> Chosen:
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


def _portions(entries: Sequence[JournalEntry]) -> Iterator[list[JournalEntry]]:
    by_replica: dict[Replica, list[JournalEntry]] = {}
    for entry in entries:
        by_replica.setdefault(replica_of(entry), []).append(entry)
    names = sorted(by_replica)
    for start in range(0, len(names), REPLICAS):
        yield [e for name in names[start : start + REPLICAS] for e in by_replica[name]]


# looking, restoring -----------------------------------------------------------------------------


def _planned(
    hub: Hub, entries: Sequence[JournalEntry], chosen: Chosen | None
) -> tuple[Undoing, dict[TicketId, Held]]:
    store = hub.store
    replicas = {r for r in map(replica_of, entries) if r.remote_id}
    whole = {replica_of(e) for e in entries if not isinstance(e.operation, UpdateReplica)}
    seen = _look(hub, replicas, whole if chosen is None else set[Replica]())
    sharers = {ticket for found in store.tickets_of(replicas).values() for ticket in found}
    concerned = {e.ticket_id for e in entries} | sharers
    held = dict(store.load(concerned))
    others = [e for e in store.writes_of(concerned) if isinstance(e.outcome, Done)]

    @cache
    def undid(run_id: str) -> bool:
        run = store.run(run_id)
        return run is not None and run.kind == "undo"

    return undo(entries, seen, held, fields=chosen, others=others, undid=undid), held


def _look(hub: Hub, replicas: set[Replica], whole: set[Replica]) -> dict[Replica, Observation]:
    """Look at them; with comments, where these matter."""
    seen: dict[Replica, Observation] = {}
    by_call: dict[tuple[System, bool], list[str]] = {}
    for replica in sorted(replicas):
        by_call.setdefault((replica.system, replica in whole), []).append(replica.remote_id)
    for (system, complete), names in by_call.items():
        found = hub.connectors[system].fetch(names, whole=complete)
        for observation in found.values():
            seen[Replica(system, observation.remote_id)] = observation
    return seen


Links = dict[tuple[TicketId, Replica], Link]


def _restore(hub: Hub, run: str, found: Undoing, held: Mapping[TicketId, Held], told: _Told) -> None:
    """Ask for every restoration, journalled as a run of its own; agree on what was restored."""
    links: Links = {(t, Replica(k.system, k.remote_id)): k for t, h in held.items() for k in h.links}
    for entry in found.again:
        place = entry.ticket_id, replica_of(entry)
        assert isinstance(entry.operation, RemoveComment), "only a comment is said again"
        links[place] = said_again(links[place], entry.operation.key)
    if found.again:
        again = {e.ticket_id for e in found.again}
        decisions = [_decision(held[t], links, ()) for t in sorted(again)]
        _ = hub.store.commit(decisions, (), run, hub.clock.now())
        hub.store.soil(again)
        hub.store.mark_undone([e.id for e in found.again])
    for system in hub.connectors:
        mine = [r for r in found.restored if r.entry.system == system]
        if mine:
            _ask(hub, run, mine, held, links, told)


def _ask(
    hub: Hub,
    run: str,
    mine: Sequence[Restored],
    held: Mapping[TicketId, Held],
    links: Links,
    told: _Told,
) -> None:
    for one in mine:  # should the answer be lost, what was asked for is no person's edit when it turns up
        _ = _moved(hub, one.operation, held, links, asking)
    decisions = [_decision(held[r.entry.ticket_id], links, (r.operation,)) for r in mine]
    asked = hub.store.commit(decisions, (), run, hub.clock.now())
    notes: list[Noted] = []
    undone: list[int] = []
    for index, outcome in _outcomes(hub.connectors[mine[0].entry.system], mine):
        one = mine[index]
        moved: list[Link] = []
        if isinstance(outcome, Done):
            told.restored.append(one)
            undone += [e.id for e in one.entries if _wholly(e, one.operation)]
            moved = _moved(hub, one.operation, held, links, settled)
        else:
            told.missed += 1
            why = outcome.reason or "somebody changed it meanwhile"
            told.kept.append(Kept(one.entry, _what(one.operation), why))
            if not isinstance(outcome, Unanswered):
                moved = _moved(hub, one.operation, held, links, unasked)
        notes.append(Noted(asked[index][0].journal, one.entry.ticket_id, outcome, tuple(moved)))
    hub.store.note(notes, run, hub.clock.now())
    hub.store.mark_undone(undone)


def _wholly(entry: JournalEntry, operation: Operation) -> bool:
    """Return whether nothing of an entry is left that could be taken back later."""
    if not (isinstance(operation, UpdateReplica) and isinstance(entry.operation, UpdateReplica)):
        return True
    return entry.operation.changes.keys() <= operation.changes.keys()


def _decision(held: Held, links: Links, operations: tuple[Operation, ...]) -> Decision:
    """The ticket as it is held; what is asked in its name."""
    return Decision(
        ticket=held.ticket,
        links=tuple(k for (ticket, _), k in links.items() if ticket == held.ticket.id),
        score=held.score,
        conflicts=(),
        losses=(),
        operations=operations,
        dirty=held.dirty,
        traces=held.traces,
        done=is_over(held.ticket, held.links),
    )


def _outcomes(connector: Connector, mine: Sequence[Restored]) -> Iterator[tuple[int, Outcome]]:
    """Yield an answer to each; a system that stops answering has done what it told of before."""
    left = set(range(len(mine)))
    try:
        for index, outcome in connector.execute([r.operation for r in mine]):
            left.discard(index)
            yield index, outcome
    except HubError as error:
        for index in sorted(left):
            yield index, Retryable(str(error))


def _moved(
    hub: Hub, operation: Operation, held: Mapping[TicketId, Held], links: Links, move: Any
) -> list[Link]:
    """Move the links of every ticket behind the replica."""
    assert not isinstance(operation, CreateReplica), "an undo never creates"
    replica = Replica(operation.system, operation.remote_id)
    moved: list[Link] = []
    for (ticket, place), link in list(links.items()):
        if place == replica and ticket in held:
            links[ticket, place] = move(link, operation, held[ticket], hub.policy)
            moved.append(links[ticket, place])
    return moved


def _end(hub: Hub, record: RunRecord, told: _Told) -> None:
    counts = {"restored": len(told.restored) + len(told.again), "kept": len(told.kept), "seconds": 0.0}
    state = "attention" if told.missed else "clean"
    hub.store.end_run(RunRecord(record.id, "undo", record.started, hub.clock.now(), state, counts))

"""Take writes back: look at every replica that was written, restore what nobody changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flows.inline import new_run_id, withholding
from flows.undo_meant import called, entries_of, fields_of, moment_of
from flows.wiring import Assembly
from hub.answering import answering, broke
from hub.cluster import Replica
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
from hub.ports import Connector, Store
from hub.records import Decision, Held, JournalEntry, Noted, RunRecord
from hub.replica import Link, Observation
from hub.sync import Hub
from hub.undo import Chosen, Kept, Restored, Undoing, replica_of, undo
from hub.undone import asking, said_again, settled, unasked

REPLICAS = 300
"""Taken back at a time: what else was written to them is read, too."""


@dataclass
class _Told:
    """What an undo did so far."""

    restored: list[Restored] = field(default_factory=list[Restored])
    again: list[JournalEntry] = field(default_factory=list[JournalEntry])
    kept: list[Kept] = field(default_factory=list[Kept])
    missed: int = 0
    down: dict[System, str] = field(default_factory=dict[System, str])
    """Sides that do not answer: nothing is taken back there now."""


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
    calls them. A side that does not answer keeps what it has, and the others go on. Raises `Misconfigured`
    if there is no such run, ticket or field.
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
    chosen = fields_of(assembly, hub.policy, names) if names else None
    earliest = moment_of(assembly, since) if since else ""
    told = _Told()
    with store.lease(f"hub undo {run_id or ticket}"):
        entries = entries_of(assembly, run_id, tickets, earliest)
        if dry_run:
            _take_back(hub, entries, chosen, told, "")
            return _report(assembly, run_id, "", told)
        record = RunRecord(new_run_id(), "undo", hub.clock.now())
        store.begin_run(record)
        error = "it broke off"
        try:
            _take_back(hub, entries, chosen, told, record.id)
            error = ""
        finally:  # however it ends, it is not left as running
            _end(hub, record, told, error)
    return _report(assembly, run_id, record.id, told)


def _take_back(
    hub: Hub, entries: Sequence[JournalEntry], chosen: Chosen | None, told: _Told, run: str
) -> None:
    """Take back what can be; without a run, only say what that would be."""
    with withholding(hub.connectors.values()):
        for mine in _portions(entries):
            found, held = _planned(hub, mine, chosen, told)
            told.kept += found.kept
            told.again += found.again
            if run:
                _restore(hub, run, found, held, told)
            else:
                told.restored += found.restored


def _accounts(store: Store, run_id: str) -> int:
    """How many accounts a run wrote to: what it wrote there is in no journal."""
    run = store.run(run_id) if run_id else None
    count: Any = run.summary.get("accounts", 0) if run is not None else 0
    return int(count)


def _report(assembly: Assembly, run_id: str, undoing: str, told: _Told) -> dict[str, Any]:
    restored = [(r.entry, _what(assembly, r.operation), [e.run for e in r.entries]) for r in told.restored]
    restored += [(e, "a comment, by the next run", [e.run]) for e in told.again]
    return {
        "run": run_id,
        "undo": undoing,
        "accounts": _accounts(assembly.store, run_id),
        "down": dict(told.down),
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
                "what": called(assembly, k.entry.system, k.what),
                "why": k.why,
                "run": k.entry.run,
            }
            for k in told.kept
        ],
    }


def _what(assembly: Assembly, operation: Operation) -> str:
    match operation:
        case UpdateReplica():
            return ", ".join(sorted(called(assembly, operation.system, name) for name in operation.changes))
        case RemoveComment():
            return "a comment (hidden, where none can be deleted)"
        case DeleteReplica():
            return "the replica itself"
        case _:
            return type(operation).__name__


# looking, restoring -----------------------------------------------------------------------------


def _portions(entries: Sequence[JournalEntry]) -> Iterator[list[JournalEntry]]:
    by_replica: dict[Replica, list[JournalEntry]] = {}
    for entry in entries:
        by_replica.setdefault(replica_of(entry), []).append(entry)
    names = sorted(by_replica)
    for start in range(0, len(names), REPLICAS):
        yield [e for name in names[start : start + REPLICAS] for e in by_replica[name]]


def _planned(
    hub: Hub, entries: Sequence[JournalEntry], chosen: Chosen | None, told: _Told
) -> tuple[Undoing, dict[TicketId, Held]]:
    store = hub.store
    replicas = {r for r in map(replica_of, entries) if r.remote_id}
    whole = {replica_of(e) for e in entries if not isinstance(e.operation, UpdateReplica)}
    seen = _look(hub, replicas, whole if chosen is None else set[Replica](), told.down)
    told.kept += [Kept(e, "everything", _unheard(e, told)) for e in entries if e.system in told.down]
    entries = [e for e in entries if e.system not in told.down]
    sharers = {ticket for found in store.tickets_of(replicas).values() for ticket in found}
    concerned = {e.ticket_id for e in entries} | sharers
    held = dict(store.load(concerned))
    others = [e for e in store.writes_of(concerned) if isinstance(e.outcome, Done)]

    @cache
    def undid(run_id: str) -> bool:
        run = store.run(run_id)
        return run is not None and run.kind == "undo"

    return undo(entries, seen, held, fields=chosen, others=others, undid=undid), held


def _unheard(entry: JournalEntry, told: _Told) -> str:
    why = told.down[entry.system].partition(";")[0]
    return f"{entry.system} does not answer now; take it back again once it does ({why})"


def _look(
    hub: Hub, replicas: set[Replica], whole: set[Replica], down: dict[System, str]
) -> dict[Replica, Observation]:
    """Look at them; with comments, where these matter. A side that fails is left out, and named."""
    seen: dict[Replica, Observation] = {}
    by_call: dict[tuple[System, bool], list[str]] = {}
    for replica in sorted(replicas):
        by_call.setdefault((replica.system, replica in whole), []).append(replica.remote_id)
    for (system, complete), names in by_call.items():
        if system in down:
            continue
        try:
            with answering(system):
                found = hub.connectors[system].fetch(names, whole=complete)
        except HubError as error:
            down[system] = str(error)
            continue
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
            told.kept.append(Kept(one.entry, "everything", why))
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
    except Exception as error:  # noqa: BLE001  whatever it is, it is this system's affair
        for index in sorted(left):
            yield index, Unanswered(broke(connector.system, error))


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


def _end(hub: Hub, record: RunRecord, told: _Told, error: str) -> None:
    summary: dict[str, Any] = {
        "restored": len(told.restored) + len(told.again),
        "kept": len(told.kept),
        "seconds": 0.0,
        **({"down": told.down} if told.down else {}),
        **({"error": error} if error else {}),
    }
    state = "failed" if error else "attention" if told.missed or told.down else "clean"
    hub.store.end_run(RunRecord(record.id, "undo", record.started, hub.clock.now(), state, summary))

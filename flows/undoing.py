"""Take a run back: look at every replica it wrote, restore what nobody changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flows.inline import new_run_id, withholding
from flows.wiring import Assembly
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
    UpdateReplica,
)
from hub.ports import Connector
from hub.records import Decision, Held, Noted, RunRecord
from hub.replica import Link, Observation
from hub.sync import Hub
from hub.undo import Kept, Restored, Undoing, replicas_of, settled, undo


def undo_run(
    assembly: Assembly,
    run_id: str,
    *,
    ticket: str = "",
    fields: frozenset[str] = frozenset(),
    dry_run: bool = False,
) -> dict[str, Any]:
    """
    Take back what a run wrote; return what was restored and what was kept, with reasons.

    Raises `Misconfigured` if there is no such run or ticket.
    """
    store = assembly.store
    if store.run(run_id) is None:
        raise Misconfigured(f"there is no run {run_id!r}; `hub status` lists the last ones")
    tickets = set(store.named(ticket)) if ticket else set[TicketId]()
    if ticket and not tickets:
        raise Misconfigured(f"no ticket is called {ticket!r} here")
    hub = assembly.hub()
    with store.lease(f"hub undo {run_id}"):
        entries = [e for e in store.journal(run_id, ("done",)) if not tickets or e.ticket_id in tickets]
        replicas = replicas_of(entries)
        seen = _look(hub, replicas)
        sharers = (ticket for found in store.tickets_of(replicas).values() for ticket in found)
        held = dict(store.load({e.ticket_id for e in entries}.union(sharers)))
        found = undo(entries, seen, held, fields=fields)
        with withholding(hub.connectors.values()):
            done, stayed = (found.restored, ()) if dry_run else _restore(hub, found, held)
    return {
        "run": run_id,
        "restored": [
            {
                "ticket": r.entry.ticket_id,
                "system": r.entry.system,
                "what": _what(r.operation),
                "journal": r.entry.id,
            }
            for r in done
        ],
        "kept": [
            {"ticket": k.entry.ticket_id, "system": k.entry.system, "what": k.what, "why": k.why}
            for k in (*found.kept, *stayed)
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


def _look(hub: Hub, replicas: set[Replica]) -> dict[Replica, Observation]:
    seen: dict[Replica, Observation] = {}
    by_system: dict[System, list[str]] = {}
    for replica in sorted(replicas):
        by_system.setdefault(replica.system, []).append(replica.remote_id)
    for system, names in by_system.items():
        found = hub.connectors[system].fetch(names, whole=system == "jira")
        for observation in found.values():
            seen[Replica(system, observation.remote_id)] = observation
    return seen


def _restore(
    hub: Hub, found: Undoing, held: dict[TicketId, Held]
) -> tuple[Sequence[Restored], Sequence[Kept]]:
    """
    Ask for every restoration; journal it as a run of its own; agree on what was restored.

    Return that, and what its system would not take back, with the reasons.
    """
    record = RunRecord(new_run_id(), "undo", hub.clock.now())
    hub.store.begin_run(record)
    done: list[Restored] = []
    kept: list[Kept] = []
    links: dict[tuple[TicketId, Replica], Link] = {
        (t, Replica(k.system, k.remote_id)): k for t, h in held.items() for k in h.links
    }
    for system in hub.connectors:
        mine = [r for r in found.restored if r.entry.system == system]
        decisions = [
            Decision(
                ticket=held[r.entry.ticket_id].ticket,
                links=tuple(k for (ticket, _), k in links.items() if ticket == r.entry.ticket_id),
                score=held[r.entry.ticket_id].score,
                conflicts=(),
                losses=(),
                operations=(r.operation,),
                dirty=held[r.entry.ticket_id].dirty,
                traces=held[r.entry.ticket_id].traces,
                done=is_over(held[r.entry.ticket_id].ticket, held[r.entry.ticket_id].links),
            )
            for r in mine
        ]
        asked = hub.store.commit(decisions, (), record.id, hub.clock.now())
        notes: list[Noted] = []
        for index, outcome in _outcomes(hub.connectors[system], mine):
            moved: list[Link] = []
            if isinstance(outcome, Done):
                done.append(mine[index])
                moved = _moved(hub, mine[index], held, links)
            else:
                why = outcome.reason or "somebody changed it meanwhile"
                kept.append(Kept(mine[index].entry, _what(mine[index].operation), why))
            notes.append(Noted(asked[index][0].journal, mine[index].entry.ticket_id, outcome, tuple(moved)))
        hub.store.note(notes, record.id, hub.clock.now())
    hub.store.mark_undone([r.entry.id for r in done])
    hub.store.end_run(
        RunRecord(
            record.id,
            "undo",
            record.started,
            hub.clock.now(),
            "clean" if len(done) == len(found.restored) else "attention",
            {"restored": len(done), "kept": len(found.kept) + len(kept), "seconds": 0.0},
        )
    )
    return done, kept


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
    hub: Hub,
    restored: Restored,
    held: dict[TicketId, Held],
    links: dict[tuple[TicketId, Replica], Link],
) -> list[Link]:
    assert not isinstance(restored.operation, CreateReplica), "an undo never creates"
    replica = Replica(restored.entry.system, restored.operation.remote_id)
    moved: list[Link] = []
    for (ticket, place), link in list(links.items()):
        if place == replica and ticket in held:
            now = settled(link, restored.operation, held[ticket], hub.policy)
            links[ticket, place] = now
            moved.append(now)
    return moved

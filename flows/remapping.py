"""What other rule files would do to the tickets that are held, before they do it. Writes to no side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from flows.rule_marks import fingerprint_of, folder_of, kept_texts, texts_of
from flows.schemas import Schemas
from flows.wiring import ACCOUNTS, Assembly, dialects, read_rules, sources
from hub.approvals import Sample
from hub.batch import Batch, clusters
from hub.check import check
from hub.cluster import Cluster, Policy, Replica
from hub.errors import HubError, unforeseen
from hub.gate import Lines, lines_of, short
from hub.mapping import MappingFile
from hub.model import HUB, Raw, System, TicketId
from hub.ports import Store
from hub.records import Held
from hub.registers import PER_SIDE, is_context
from hub.remap import Reviewed, as_seen, never_seen, plan_of, review
from hub.replica import Observation
from hub.reviews import UNPLANNED, Review, Shift
from hub.safety import Toll, added, toll

PAGE = 500
_SAMPLED = 1000
"""Replicas of a side that are looked at where the hub remembers nothing of a field; `--all`: every one."""
Progress = Callable[[str, int, int], None]


@dataclass
class _Pages:
    """The tickets that are held, page by page; each cluster with the first of its tickets."""

    store: Store
    policy: Policy
    every: int = 1
    """Only each so manyeth ticket, and what hangs together with it."""
    met: int = 0
    known: set[TicketId] = field(default_factory=set[TicketId])

    def __iter__(self) -> Iterator[list[Cluster]]:
        last, seen = "", 0
        while ids := self.store.ticket_ids(PAGE, last):
            last = ids[-1]
            chosen = [t for i, t in enumerate(ids, seen) if i % self.every == 0]
            seen += len(ids)
            yield self._clusters(chosen)

    def _clusters(self, ids: Sequence[TicketId]) -> list[Cluster]:
        held = self._together(ids)
        traces = {trace for one in held.values() for trace in one.traces} if self.policy.crm else set[str]()
        batch = Batch(held=held)
        if traces:
            batch.directory = self.store.directory(traces)
        found: list[Cluster] = []
        for one in clusters(batch):
            if self.known.isdisjoint(one.held):
                found.append(one)
                self.met += len(one.held)
                if len(one.held) > 1:
                    self.known.update(one.held)
        return found

    def _together(self, ids: Sequence[TicketId]) -> dict[TicketId, Held]:
        """Load these, and every ticket that shares a replica with one of them."""
        held: dict[TicketId, Held] = {}
        wanted = set(ids)
        while wanted:
            loaded = self.store.load(sorted(wanted))
            held.update(loaded)
            replicas = {
                (link.system, link.remote_id)
                for one in loaded.values()
                for link in one.links
                if link.state == "live" and link.system != link.ticket_id.partition(":")[0]
            }
            sharers = self.store.tickets_of(replicas).values() if replicas else ()
            wanted = {ticket for found in sharers for ticket in found} - held.keys()
        return held


def with_rules(assembly: Assembly, folder: Path) -> Assembly:
    """Return the hub as it would be with the files of another folder. Raises `Misconfigured`."""
    settings = assembly.settings.model_copy(update={"mappings": str(folder.resolve())})
    rules = read_rules(settings)
    listed: dict[str, MappingFile] = {**rules.files}
    if rules.accounts is not None:
        listed[ACCOUNTS] = rules.accounts
    schemas = Schemas(
        assembly.store, sources(assembly.connectors, rules), listed, dialects(), assembly.wires.now
    )
    return replace(assembly, settings=settings, rules=rules, schemas=schemas)


def changed_rules(assembly: Assembly, texts: Mapping[str, str]) -> Review | None:
    """Return what the files do in the place of those by which the last run wrote; None: they are the same."""
    kept = kept_texts(assembly.store)
    if kept is None or fingerprint_of(kept) == fingerprint_of(texts):
        return None
    with folder_of(kept) as folder:
        try:
            before = with_rules(assembly, folder)
            _ = before.hub()
        except HubError:  # neither this version of the hub nor the systems know what they meant
            return None
        was, now = before.rules.policy, assembly.rules.policy
        if _differing(before, assembly) == ("policy.yaml",) and now == msgspec.structs.replace(
            was, limits=now.limits
        ):
            return None  # how much a run may do changes no ticket
        return reviewed(before, assembly, all_looks=True)


def reviewed(
    before: Assembly,
    after: Assembly,
    *,
    sample: int = 0,
    all_looks: bool = False,
    progress: Progress | None = None,
) -> Review:
    """
    Return what `after` does in the place of `before`, on all held tickets or a sample of so many.

    Nothing is written. A side is only asked for replicas of which a field is needed that the hub never
    looked at. Raises `Misconfigured` if the files do not fit the systems.
    """
    began = time.perf_counter()
    old, new = before.hub().policy, after.hub().policy
    held = before.store.ticket_count()
    pages = _Pages(before.store, old, max(1, held // sample) if sample else 1)
    found = _Findings(before, old, new, all_looks=all_looks)
    for page in pages:
        found.take(page)
        if progress is not None:
            progress("planning tickets by both", pages.met, held)
    return Review(
        files=_differing(before, after),
        against=fingerprint_of(texts_of(before.settings)),
        reviewed=pages.met,
        held=held,
        tickets=found.tickets,
        toll=found.total,
        rows=found.lines.rows(),
        values=found.values.rows(),
        matches=found.matches.rows(),
        losses=found.losses.rows(),
        context=_shifts(before, after, found.having),
        unseen=dict(found.unseen),
        looked=dict(found.looked),
        down=dict(found.down),
        seconds=round(time.perf_counter() - began, 1),
    )


def _differing(before: Assembly, after: Assembly) -> tuple[str, ...]:
    old, new = texts_of(before.settings), texts_of(after.settings)
    return tuple(name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


class _Findings:
    """What was found so far."""

    def __init__(self, assembly: Assembly, old: Policy, new: Policy, *, all_looks: bool) -> None:
        self._assembly = assembly
        self._old = old
        self._new = new
        self._most = 0 if all_looks else _SAMPLED
        self._fields = {s: never_seen(old.mappings.get(s), m) for s, m in new.mappings.items()}
        self._now = assembly.wires.now()
        self._told = [s for s, traits in new.traits.items() if traits.customers or traits.hears_notes]
        self.tickets = 0
        self.total = Toll()
        self.lines, self.values, self.matches, self.losses = Lines(), Lines(), Lines(), Lines()
        self.having: dict[tuple[str, str], int] = {}
        self.unseen: dict[str, int] = {}
        self.looked: dict[System, int] = {}
        self.down: dict[System, str] = {}
        """Asked once: a side that does not answer must not be waited for on every page."""

    def take(self, page: Sequence[Cluster]) -> None:
        looked = self._look(page)
        for bare in page:
            held, seen = as_seen(bare.held, self._old, looked)
            cluster = msgspec.structs.replace(bare, held=held, seen=seen, fresh=frozenset(seen))
            try:
                found = list(review(cluster, self._old, self._new, self._now))
            except Exception as error:  # noqa: BLE001  one odd ticket must not keep the others from being seen
                self._broke_off(min(held), unforeseen(error))
                continue
            self._count(found, held)
            for ticket, one in held.items():
                born = ticket.partition(":")[0]
                for register in one.ticket.registers:
                    self.having[born, register] = self.having.get((born, register), 0) + 1

    def _count(self, found: Sequence[Reviewed], held: Mapping[TicketId, Held]) -> None:
        counted = toll([plan_of(found)], held, self._new.mappings, self._told)
        self.total = added(self.total, msgspec.structs.replace(counted, gone={}))
        self.tickets += len(found)
        for one in found:
            self.lines.add(map(_honest, lines_of(one.decision, self._new.mappings)))
            subject = short(one.decision.ticket.get("subject"))
            ticket = one.decision.ticket.id
            self.values.add(Sample(ticket, subject, HUB, r, b, a) for r, b, a in one.values)
            self.matches.add(Sample(ticket, subject, system, what) for system, what in one.matches)
            self.losses.add(
                Sample(ticket, subject, x.system, f"{x.register} {x.what}", after=short(x.detail))
                for x in one.losses
            )

    def _look(self, page: Sequence[Cluster]) -> dict[Replica, Raw]:
        """Look at the replicas of which a field is needed that nobody looked at before."""
        wanted: dict[System, set[str]] = {}
        for cluster in page:
            for one in cluster.held.values():
                for link in one.links:
                    if link.state == "live" and self._fields.get(link.system):
                        wanted.setdefault(link.system, set()).add(link.remote_id)
        found: dict[Replica, Raw] = {}
        for system, names in sorted(wanted.items()):
            room = max(0, self._most - self.looked.get(system, 0)) if self._most else len(names)
            chosen = sorted(names)[:room]
            missing = len(names) - len(chosen)
            seen = self._seen(system, chosen)
            if system in self.down:
                missing = len(names)
            for name in sorted(self._fields[system]) if missing else ():
                self._miss(f"{system} {name}", missing)
            if seen:
                self.looked[system] = self.looked.get(system, 0) + len(seen)
            found |= {Replica(system, o.remote_id): o.raw for o in seen.values() if o.raw is not None}
        return found

    def _seen(self, system: System, names: Sequence[str]) -> Mapping[str, Observation]:
        """Look at these; where their side is down, at none: what is known of the others is worth telling."""
        if not names or system in self.down:
            return {}
        try:
            return self._assembly.connectors[system].fetch(names)
        except HubError as error:
            self.down[system] = str(error).partition(";")[0]
            return {}

    def _broke_off(self, ticket: TicketId, why: str) -> None:
        """One ticket stands for all on which planning broke off the same way."""
        told = (n for n in self.unseen if n.startswith(UNPLANNED) and n.endswith(f"({why})"))
        self._miss(next(told, f"{UNPLANNED}{ticket} ({why})"), 1)

    def _miss(self, what: str, count: int) -> None:
        self.unseen[what] = self.unseen.get(what, 0) + count


def _honest(sample: Sample) -> Sample:
    """Of a long text that the hub made, it remembers only that it stands there."""
    if sample.what in PER_SIDE and not sample.before:
        return msgspec.structs.replace(sample, before="…")
    return sample


def _shifts(before: Assembly, after: Assembly, having: Mapping[tuple[str, str], int]) -> tuple[Shift, ...]:
    """Return which context would arrive otherwise, by the loss ledger of both sets of files."""
    was, now = _arrivals(before), _arrivals(after)
    return tuple(
        Shift(
            System(origin),
            System(there),
            register,
            was.get((origin, there, register), "not known there"),
            now.get((origin, there, register), "not known there"),
            having.get((origin, register), 0),
        )
        for origin, there, register in sorted({*was, *now})
        if was.get((origin, there, register)) != now.get((origin, there, register))
    )


def _arrivals(assembly: Assembly) -> dict[tuple[str, str, str], str]:
    schemas = {str(s): assembly.schemas.known(s) for s in assembly.connectors}
    about = assembly.rules.accounts
    accounts = (about, assembly.schemas.known(ACCOUNTS)) if about is not None else None
    report = check(assembly.rules.files.values(), schemas, dialects(), accounts)
    return {
        (one.origin, one.destination, a.register): a.how
        for one in report.hops
        for a in one.arrivals
        if is_context(a.register)
    }

"""
`hub match`: replicas on several sides that were there before the hub, and are the same problem.

All sides are read and nothing is written; what looks the same is proposed, with the evidence and with
every value that differs. Only what a person accepts is linked, by the next run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from flows.wiring import Assembly
from hub.adopting import shown
from hub.answering import told
from hub.cluster import Policy, Replica
from hub.mapping import Mapping as FieldMapping
from hub.matched import home_of
from hub.matching import SHARED, Entry, Proposal, propose
from hub.matching_names import Trace
from hub.matching_report import Difference, differences
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, Json, RemoteId, System, TicketId
from hub.ports import Store
from hub.replica import Link, Observation
from hub.sync import Progress, silent

PROPOSED = "match:proposed"
"""Kept in the store: the last reading's proposals, and what became of each."""
MOST_TEXT = 20_000
"""Characters of a replica's words that are searched for names."""
_OTHERS = re.compile(
    r"(zendesk|jira|salesforce|case)[\W_]*(?:ticket|issue|case)?s?[\W_]*(?:ids?|keys?|number|no)?",
    re.IGNORECASE,
)
_PAGE = 1000

State: TypeAlias = Literal["proposed", "accepted", "rejected"]


class Offer(msgspec.Struct, frozen=True):
    """A proposal with what accepting it would mean, and what a person decided."""

    proposal: Proposal
    differences: tuple[Difference, ...] = ()
    state: State = "proposed"


@runtime_checkable
class Knows(Protocol):
    """A connector whose system remembers what another connector linked to issues."""

    def links_of_others(self) -> Iterator[tuple[RemoteId, tuple[str, ...]]]:
        """Yield a replica, and the names of the issue that it was linked to."""
        ...


# reading ----------------------------------------------------------------------------------------


def find_matches(assembly: Assembly, progress: Progress | None = None) -> list[Offer]:
    """
    Read every side from its beginning, and return what may belong together; decisions are kept.

    Raises what the sides raise. Writes to no side, and moves no cursor.
    """
    policy = assembly.hub().policy
    entries = _entries(assembly, policy, progress or silent)
    partners = partners_of(assembly.store, entries)
    left = [e for e in entries.values() if not _is_ours(partners, e)]
    found = [
        _offer(proposal, entries, policy)
        for proposal in propose(left, _linked_by_others(assembly))
        if not is_settled(proposal, partners)
    ]
    before = {o.proposal.id: o.state for o in offers(assembly.store)}
    kept = [msgspec.structs.replace(o, state=before.get(o.proposal.id, o.state)) for o in found]
    known = {o.proposal.id for o in kept}
    kept += [o for o in offers(assembly.store) if o.state != "proposed" and o.proposal.id not in known]
    keep_offers(assembly, kept)
    return kept


def _entries(assembly: Assembly, policy: Policy, progress: Progress) -> dict[Replica, Entry]:
    entries: dict[Replica, Entry] = {}
    for system, connector in assembly.connectors.items():
        if system == EMAIL:
            continue  # conversations are the hub's own: none was there before it
        mapping = policy.mappings[system]
        for page in told(system, connector.changes(None)):
            for seen in page.observations:
                replica = Replica(system, seen.remote_id)
                if seen.gone is not None:
                    _ = entries.pop(replica, None)
                else:
                    entries[replica] = _with(entries.get(replica), seen, mapping)
            progress(f"reading {system}", sum(r.system == system for r in entries), 0)
    return {r: e for r, e in entries.items() if e.registers}


def _with(old: Entry | None, seen: Observation, mapping: FieldMapping) -> Entry:
    """Return an entry with what was seen of it now."""
    registers = {**(old.registers if old else {}), **(shown(mapping, seen.raw) if seen.raw else {})}
    said = [remote.body for remote in seen.comments]
    room = MOST_TEXT - sum(map(len, old.texts)) if old else MOST_TEXT
    first = (str(registers.get("description") or ""), str(registers.get("subject") or ""))
    later = tuple(old.texts[2:]) if old else ()
    texts = (*first, *later, *([text[:room] for text in said] if room > 0 else ()))
    made = str(registers.get("opened_at") or "")
    made = made or min([*(c.created_at for c in seen.comments), old.at if old and old.at else seen.at])
    return Entry(
        system=seen.system,
        remote_id=seen.remote_id,
        label=seen.label or (old.label if old else ""),
        registers=registers,
        at=made,
        texts=texts,
        names=(old.names if old else frozenset[Trace]()) | frozenset(_named(seen, mapping)),
    )


def _named(seen: Observation, mapping: FieldMapping) -> Iterator[Trace]:
    """Yield what a replica's fields name: our reference fields, and those of other connectors."""
    for reference in seen.references or ():
        yield reference.system, reference.name.casefold()
    raw = seen.raw or {}
    for rule in mapping.rules:
        if rule.kind == "reference" and rule.reads and isinstance(raw.get(rule.field), str):
            yield from ((JIRA, word.casefold()) for word in re.findall(r"[\w]+-\d+", raw[rule.field]))
    if external := str(raw.get("external_id") or ""):
        yield from ((system, external.casefold()) for system in (JIRA, SALESFORCE, ZENDESK))
    mapped = {rule.field for rule in mapping.rules}
    for field, value in raw.items():
        of = _OTHERS.search(field)
        if of is not None and field not in mapped:
            system = SALESFORCE if of[1].casefold() == "case" else System(of[1].casefold())
            yield from ((system, word) for word in _words(value))


def _words(value: Json) -> Iterator[str]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(int(value))
    elif isinstance(value, str) and len(value) < 200:  # noqa: PLR2004  an id, or some of them
        yield from (word.casefold() for word in re.split(r"[\s,;]+", value) if word)


def _linked_by_others(assembly: Assembly) -> Iterator[tuple[TicketId, Trace]]:
    """What another connector says is linked, where a side keeps a list of it."""
    for system, connector in assembly.connectors.items():
        if isinstance(connector, Knows):
            for number, names in told(system, connector.links_of_others()):
                ticket = TicketId(f"{system}:{number}")
                yield from ((ticket, (JIRA, name.casefold())) for name in names)


# what is linked already -------------------------------------------------------------------------

Partners: TypeAlias = Mapping[Replica, list[tuple[TicketId, Link]]]


def partners_of(store: Store, entries: Iterable[Replica]) -> Partners:
    """Return, of each replica that a ticket has, that ticket's links."""
    wanted = list(entries)
    found: dict[Replica, list[tuple[TicketId, Link]]] = {}
    for start in range(0, len(wanted), _PAGE):
        page = wanted[start : start + _PAGE]
        tickets = {t for ids in store.tickets_of(page).values() for t in ids}
        for held in store.load(tickets).values():
            live = [link for link in held.links if link.state in ("live", "awaited")]
            for link in live:
                rows = found.setdefault(Replica(link.system, link.remote_id), [])
                rows += [(held.ticket.id, other) for other in live]
    return found


def _is_ours(partners: Partners, entry: Entry) -> bool:
    """Whether the hub made the replica itself: whose it is was never in doubt."""
    replica = Replica(entry.system, entry.remote_id)
    rows = partners.get(replica, ())
    return any(k.created_by_hub and Replica(k.system, k.remote_id) == replica for _, k in rows)


def is_settled(proposal: Proposal, partners: Partners) -> bool:
    """Whether the two are linked already, or one has somebody else in that place."""
    home, replica = home_of(proposal.ticket), Replica(proposal.system, proposal.remote_id)
    for _, link in partners.get(home, ()):
        other = Replica(link.system, link.remote_id)
        if other == replica or (other.system == replica.system and other.system not in SHARED):
            return True
    mine = {Replica(k.system, k.remote_id) for _, k in partners.get(replica, ())} - {replica}
    return bool(mine) and proposal.system not in SHARED


def _offer(proposal: Proposal, entries: Mapping[Replica, Entry], policy: Policy) -> Offer:
    one = entries[home_of(proposal.ticket)]
    other = entries[Replica(proposal.system, proposal.remote_id)]
    return Offer(proposal, differences(one, other, policy.mappings, policy.prefer))


# what was proposed --------------------------------------------------------------------------------


def offers(store: Store) -> list[Offer]:
    """Return what the last reading found, and what was decided since."""
    kept = store.kept(PROPOSED)
    return msgspec.json.decode(kept.value, type=list[Offer]) if kept is not None else []


def keep_offers(assembly: Assembly, kept: Sequence[Offer]) -> None:
    assembly.store.keep(PROPOSED, msgspec.json.encode(list(kept)).decode(), assembly.wires.now())


def as_plain(found: Sequence[Offer]) -> list[dict[str, Any]]:
    """Return offers as plain data, for programs."""
    return [
        {
            **msgspec.to_builtins(o.proposal),
            "state": o.state,
            "differences": msgspec.to_builtins(o.differences),
        }
        for o in found
    ]

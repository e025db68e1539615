"""What a person decides about proposals of `hub match`: accepted, rejected, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flows.inline import directed
from flows.matching import Offer, State, is_settled, keep_offers, offers, partners_of
from flows.wiring import Assembly
from hub.cluster import Replica
from hub.errors import Misconfigured
from hub.matched import Pair, home_of, keep_matches, matches_of, read_matches
from hub.matching import SHARED, Proposal
from hub.model import System, TicketId
from hub.ports import Store
from hub.sync import Run


def chosen(store: Store, ids: Sequence[str], above: float | None) -> list[Offer]:
    """
    Return the proposals that a person means: by id, or all surer than `above`, alone and still free.

    Raises `Misconfigured` for an id that there is not.
    """
    there = offers(store)
    if above is not None:
        sure = [
            o for o in there if o.state == "proposed" and o.proposal.score > above and not o.proposal.rivals
        ]
        taken = set(_taken(store, [o.proposal for o in sure]))
        return [o for o in sure if o.proposal.id not in taken]
    by_id = {o.proposal.id: o for o in there}
    unknown = [one for one in ids if one not in by_id]
    if unknown:
        raise Misconfigured(
            f"there is no proposal {', '.join(unknown)}; `hub match list` shows what there is"
        )
    return [by_id[one] for one in ids]


def accept(assembly: Assembly, picked: Sequence[Offer]) -> list[Offer]:
    """
    Take these pairs for one problem each: the next run links them.

    Raises `Misconfigured` if a ticket or replica is in two of them that cannot both be, or got somebody
    else in that place since it was proposed.
    """
    store, at = assembly.store, assembly.wires.now()
    with store.lease("hub match"):
        accepted = [o.proposal for o in (*_accepted(store), *picked)]
        _refuse_second(accepted)
        if taken := set(_taken(store, [o.proposal for o in picked])):
            one = next(o.proposal for o in picked if o.proposal.id in taken)
            raise Misconfigured(
                f"{one.label} or {one.other} is linked to another one since they were proposed; "
                "`hub match` says what is still to be matched, `hub explain` what each is linked to"
            )
        keep_matches(store, matches_of(map(_pair, accepted)), at)
        done = _set(assembly, picked, "accepted")
        store.make_dirty(_held(store, picked))
    return done


def _pair(proposal: Proposal) -> Pair:
    return proposal.ticket, Replica(proposal.system, proposal.remote_id)


def _accepted(store: Store) -> list[Offer]:
    return [o for o in offers(store) if o.state == "accepted"]


def _refuse_second(accepted: Iterable[Proposal]) -> None:
    """But for an issue, a replica is of one ticket, and a ticket has one replica in a system."""
    by_replica: dict[Replica, Proposal] = {}
    by_ticket: dict[tuple[TicketId, System], Proposal] = {}
    for one in accepted:
        if one.system in SHARED:
            continue
        other = by_replica.setdefault(Replica(one.system, one.remote_id), one)
        if other.id != one.id:
            raise Misconfigured(f"{one.other} was matched with {other.label} already; undo that first")
        other = by_ticket.setdefault((one.ticket, one.system), one)
        if other.id != one.id:
            raise Misconfigured(f"{one.label} was matched with {other.other} already; undo that first")


def _taken(store: Store, proposals: Sequence[Proposal]) -> Iterator[str]:
    """Yield the proposals of which a run gave one a copy of its own since the sides were read."""
    partners = partners_of(store, {r for p in proposals for r in (home_of(p.ticket), _pair(p)[1])})
    for proposal in proposals:
        home, replica = home_of(proposal.ticket), _pair(proposal)[1]
        together = any(Replica(k.system, k.remote_id) == replica for _, k in partners.get(home, ()))
        if is_settled(proposal, partners) and not together:
            yield proposal.id


def _held(store: Store, picked: Iterable[Offer]) -> list[TicketId]:
    wanted = {o.proposal.ticket for o in picked}
    wanted |= {TicketId(f"{o.proposal.system}:{o.proposal.remote_id}") for o in picked}
    return sorted(store.load(wanted))


def reject(assembly: Assembly, picked: Sequence[Offer]) -> list[Offer]:
    """Remember that these are not the same."""
    accepted = [o.proposal.id for o in picked if o.state == "accepted"]
    if accepted:
        raise Misconfigured(f"{', '.join(accepted)} was accepted; `hub match undo` takes that back")
    with assembly.store.lease("hub match"):
        return _set(assembly, picked, "rejected")


def undo(assembly: Assembly, offer: Offer) -> str:
    """Take a decision back: what was linked by it goes its own ways again; return what is left to do."""
    store = assembly.store
    with store.lease("hub match"):
        before = read_matches(store)
        _ = _set(assembly, [offer], "proposed")
        after = matches_of(_pair(o.proposal) for o in _accepted(store))
        keep_matches(store, after, assembly.wires.now())
        store.make_dirty(_held(store, [offer]))
    over = [(t, r) for r, tickets in before.items() for t in tickets - after.get(r, frozenset())]
    linked = [(t, r) for t, r in sorted(over) if _is_linked(store, t, r)]
    if not linked:
        return ""

    def part(run: Run) -> None:
        own = [TicketId(f"{replica.system}:{replica.remote_id}") for _, replica in linked]
        batch = run.gatherer.batch((), [*{ticket for ticket, _ in linked}, *store.load(own)])
        for _, replica in linked:
            _ = run.gatherer.resolve(batch, replica.system, replica.remote_id)
        batch.unmatched.update(linked)
        run.carry_out(batch, run.decide(batch))

    return directed(assembly, "match", f"hub match undo {offer.proposal.id}", part)


def _is_linked(store: Store, ticket: TicketId, replica: Replica) -> bool:
    held = store.load([ticket]).get(ticket)
    links = held.links if held is not None else ()
    return any(Replica(k.system, k.remote_id) == replica and k.state == "live" for k in links)


def _set(assembly: Assembly, picked: Sequence[Offer], state: State) -> list[Offer]:
    ids = {o.proposal.id for o in picked}
    kept = [
        msgspec.structs.replace(o, state=state) if o.proposal.id in ids else o for o in offers(assembly.store)
    ]
    keep_offers(assembly, kept)
    return [o for o in kept if o.proposal.id in ids]

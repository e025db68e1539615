"""
The canary: a ticket of the hub's own walks over all sides again and again, and proves that changes arrive.

A value is set on one side, as people would, and must be seen on every other within a stated time; then the
next side is the origin. The hub's own runs carry it: a walk proves the schedule, the feeds, the mappings and
the writes together. The same ticket and issue are used for ever; no comment is added, nothing grows.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors.reply import InDoubt, NotDone
from flows.canary_legs import Leg, Lost
from flows.canary_sides import Places, make_issue, make_ticket, reopen
from flows.canary_turn import Turn
from flows.inline import new_run_id, set_link
from flows.vitals import CANARY, last_walk
from flows.vitals_round import begun as begun_with
from flows.vitals_round import tended
from flows.wiring import Assembly
from hub.canary_records import Hop, Walk
from hub.errors import HubError, Misconfigured, StoreInUse
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, System, TicketId
from hub.ports import Store
from hub.records import Held, RunRecord

KIND = "canary"
PLACES = "canary places"
POLL = 2.0
"""Seconds between two looks at the store; no system is asked meanwhile."""


@dataclass
class Flight:
    """One walk. `carry` is asked again and again while it waits; without it, scheduled runs do the work."""

    assembly: Assembly
    carry: Callable[[], object] | None = None
    clock: Callable[[], float] = time.monotonic
    waits: Callable[[], None] = lambda: None
    """Called while it waits."""
    hops: list[Hop] = field(default_factory=list[Hop])

    def __post_init__(self) -> None:
        self.store: Store = self.assembly.store
        self.settings = self.assembly.settings
        self.own = self.settings.canary
        self.now = self.assembly.wires.now()
        self.places = _kept_places(self.store)

    def walk(self) -> Walk:
        """Go over all sides, each of them once the origin; return what was seen. Raises `HubError`."""
        self._check()
        ticket = self._settled()
        for origin in self.sides():
            leg = Leg(self.assembly, ticket, origin, self.sides(), self.wait)
            try:
                self.hops += leg.fly(self._stamp(origin))
            except Lost as lost:
                self.hops += lost.hops
        if self.own.mail and EMAIL in self.assembly.connectors:
            from flows.canary_mail import letter  # noqa: PLC0415  only where there is a mailbox

            self.hops.append(letter(self.assembly, self.wait))
        return Walk(self.now, tuple(self.hops), ticket=ticket)

    def sides(self) -> list[System]:
        """The sides on which the value stands in a field; the mailbox is walked by a letter."""
        return [s for s in (ZENDESK, JIRA, SALESFORCE) if s in self.assembly.connectors]

    def _stamp(self, origin: str) -> str:
        return f"Hub canary, please ignore: {self.assembly.wires.now()} {origin} {secrets.token_hex(2)}"

    def _check(self) -> None:
        """Raises `Misconfigured` where the canary cannot fly: no requester, a register that does not walk."""
        if not self.own.requester:
            raise Misconfigured(
                "hub.toml: [canary] requester is missing: an address of your own, whose ticket it is "
                "(nobody is written to)"
            )
        tags = self.assembly.schemas.mapping(ZENDESK).rule("tags")
        if tags is None or not tags.reads:
            raise Misconfigured(
                "zendesk.yaml does not read `tags`, by which the hub knows its canary: "
                "add `tags: {field: tags, as: labels}`"
            )
        for side in self.sides():
            rule = self.assembly.schemas.mapping(side).rule(self.own.walks)
            if rule is None or not (rule.reads and rule.writes):
                raise Misconfigured(
                    f"{side}.yaml does not map `{self.own.walks}` in both directions, so it cannot walk; "
                    "name another one as `walks` under [canary] in hub.toml"
                )

    # the ticket and its replicas ------------------------------------------------------------------

    def _settled(self) -> TicketId:
        """Return the canary's ticket, made and tied to a replica on every side if it was not yet."""
        ticket = self._ticket()
        if not any(k.system == JIRA and k.state == "live" for k in self._held(ticket).links):
            self._tie(ticket)
        for side in self.sides():
            _ = self._awaited(
                lambda side=side: any(
                    k.system == side and k.state == "live" for k in self._held(ticket).links
                ),
                f"no replica of {ticket} is there in {side}",
                f"look at `create_when` in {side}.yaml, `create` in policy.yaml, and `hub explain {ticket}`",
            )
        return ticket

    def _ticket(self) -> TicketId:
        known = TicketId(f"{ZENDESK}:{self.places.ticket}")
        held = self.store.load([known]).get(known) if self.places.ticket else None
        if held is not None and held.ticket.get("status") == "solved":
            reopen(self.assembly, held)
        if not self.places.ticket or _is_over(held):
            self._let_go(held)
            self._keep(Places(key=f"hub-canary-{secrets.token_hex(8)}", issue=""))
            made = make_ticket(self.assembly, self.places.key, self._stamp(ZENDESK))
            self._keep(msgspec.structs.replace(self.places, ticket=made))
            known = TicketId(f"{ZENDESK}:{made}")
        _ = self._awaited(
            lambda: bool(self.store.load([known])),
            f"{ZENDESK} has ticket {self.places.ticket}, and the hub did not take it in",
            "look at `adopt_when` in zendesk.yaml, and whether `sync` runs: `hub status`",
        )
        return known

    def _let_go(self, held: Held | None) -> None:
        """The issue goes to the next ticket: one that two tickets share would show neither's value."""
        for link in held.links if held is not None else ():
            if link.system == JIRA and link.state == "live" and held is not None:
                name = held.ticket.id
                self._alone(lambda: set_link(self.assembly, name, link.label, wanted=False))  # noqa: B023

    def _tie(self, ticket: TicketId) -> None:
        issue = self.places.issue or make_issue(self.assembly, self._stamp(JIRA))
        self._keep(msgspec.structs.replace(self.places, issue=issue))
        self._alone(lambda: set_link(self.assembly, ticket, issue, wanted=True))

    def _alone(self, act: Callable[[], object]) -> None:
        """Do what needs the store, as soon as nobody else has it."""

        def done() -> bool:
            try:
                _ = act()
            except StoreInUse:
                return False
            return True

        _ = self._awaited(done, "the store was in use all the time", "`hub status` says by whom")

    def _held(self, ticket: TicketId) -> Held:
        return self.store.load([ticket])[ticket]

    def _keep(self, places: Places) -> None:
        self.places = places
        self.store.save_outlook(PLACES, msgspec.to_builtins(places), self.assembly.wires.now())

    # waiting --------------------------------------------------------------------------------------

    def wait(self, arrived: Callable[[], bool]) -> float | None:
        """Return after how many seconds it was so; None if it was not within the time of the settings."""
        begun, most = self.clock(), self.own.within * 60
        while True:
            if arrived():
                return self.clock() - begun
            if self.clock() - begun >= most:
                return None
            self.waits()
            if self.carry is not None:
                _ = self.carry()
            self.assembly.wires.sleep(POLL)

    def _awaited(self, arrived: Callable[[], bool], why: str, todo: str) -> float:
        seconds = self.wait(arrived)
        if seconds is None:
            hop = Hop(ZENDESK, "making the canary's ticket", ok=False, why=why, todo=todo)
            raise Lost((hop,))
        return seconds


def run_canary(assembly: Assembly, carry: Callable[[], object] | None = None) -> RunRecord:
    """
    Walk once, record it as a run, keep what was seen, and return the record: `clean`, or `failed` and why.

    Takes no lease: the runs that carry the value need it. Raises `StoreInUse` while another walk goes on.
    """
    clock = assembly.wires.monotonic
    begun, store = clock(), assembly.store
    record = RunRecord(new_run_id(), KIND, assembly.wires.now())
    turn = Turn(store, record.id, assembly.wires.now)
    turn.take()
    store.begin_run(record)
    begun_with(assembly, record)
    flight = Flight(assembly, carry, clock, turn.renew)
    walk = Walk(record.started, error="it broke off")
    try:
        walk = flight.walk()
    except Lost as lost:
        walk = Walk(record.started, (*flight.hops, *lost.hops))
    except (HubError, NotDone, InDoubt) as error:
        walk = Walk(record.started, tuple(flight.hops), error=str(error))
    finally:
        turn.free()
        ended = _ended(assembly, record, walk, clock() - begun)
    tended(assembly, ended)
    return ended


def _ended(assembly: Assembly, record: RunRecord, walk: Walk, seconds: float) -> RunRecord:
    store, now = assembly.store, assembly.wires.now()
    before = last_walk(store)
    walk = msgspec.structs.replace(walk, good=now if walk.ok else before.good if before else "")
    store.save_outlook(CANARY, msgspec.to_builtins(walk), now)
    summary: dict[str, object] = {
        "hops": {f"{hop.origin}: {hop.name}": round(hop.seconds, 1) for hop in walk.hops if hop.ok},
        "seconds": round(seconds, 3),
    }
    if not walk.ok:
        summary |= {"error": walk.told, "todo": walk.todo}
    state = "clean" if walk.ok else "failed"
    ended = RunRecord(record.id, KIND, record.started, now, state, summary)
    store.end_run(ended)
    return ended


def as_data(walk: Walk) -> dict[str, Any]:
    """Return a walk for programs."""
    return {
        **msgspec.to_builtins(walk),
        "ok": walk.ok,
        "told": walk.told,
        "todo": "" if walk.ok else walk.todo,
    }


def lines(walk: Walk) -> Iterator[tuple[str, str]]:
    """Yield a walk's lines for people, and how each looks."""
    for hop in walk.hops:
        if hop.ok:
            yield f"  {hop.origin:11} {hop.name:22} {hop.seconds:.0f} s", "green"
        else:
            yield f"  {hop.origin:11} {hop.name:22} not within the time: {hop.why}", "red"
            yield f"  {'':11} {hop.todo}", "yellow"
    if walk.error:
        yield walk.error, "red"


def _is_over(held: Held | None) -> bool:
    """Whether the ticket can be used no more: deleted, merged away or closed for good. Not read yet: no."""
    if held is None:
        return False
    here = [k for k in held.links if k.system == ZENDESK]
    return any(k.state != "live" for k in here) or held.ticket.get("status") == "closed"


def _kept_places(store: Store) -> Places:
    kept = store.outlook(PLACES)
    try:
        return Places() if kept is None else msgspec.convert(kept.body, Places)
    except msgspec.ValidationError:
        return Places()

"""One leg of the canary's walk: a value is set on one side, and looked for on the way to every other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flows.wiring import Assembly
from hub.canary_records import Hop
from hub.errors import HubError
from hub.lens import Unreadable, write
from hub.mapping import Rule
from hub.model import System, TicketId
from hub.operations import Done, Stale, UpdateReplica
from hub.records import Held
from hub.replica import Link, Observation

_TRIES = 3


class Lost(Exception):
    """The value did not arrive; `hops` tells how far it came."""

    def __init__(self, hops: Sequence[Hop]) -> None:
        super().__init__("the value did not arrive")
        self.hops = tuple(hops)


@dataclass(frozen=True)
class Leg:
    """From one side to all others. `wait` returns the seconds until something was so, or None."""

    assembly: Assembly
    ticket: TicketId
    origin: System
    sides: Sequence[System]
    wait: Callable[[Callable[[], bool]], float | None]

    def fly(self, stamp: str) -> list[Hop]:
        """Set the value, and wait until every side shows it. Raises `Lost` where it gets no further."""
        self._set(stamp)
        seconds = self.wait(lambda: self._held().ticket.get(self._register) == stamp)
        name = f"{self.origin} -> hub"
        if seconds is None:
            raise Lost(
                [Hop(self.origin, name, ok=False, why=self._unread(), todo=self._look_at(self.origin))]
            )
        hops = [Hop(self.origin, name, ok=True, seconds=seconds)]
        others = (side for side in self.sides if side != self.origin)
        return hops + [self._arrival(side, stamp, seconds) for side in others]

    def _arrival(self, side: System, stamp: str, before: float) -> Hop:
        """Wait until the hub says that a side shows the value, and look whether it does."""
        name = f"hub -> {side}"
        seconds = self.wait(lambda: self._agreed(side) == stamp)
        if seconds is None:
            return Hop(self.origin, name, ok=False, why=self._unwritten(side), todo=self._look_at(side))
        try:
            shown = self._shown(side)
        except HubError as error:
            return Hop(self.origin, name, ok=False, why=str(error), todo=self._look_at(side))
        if shown != stamp:
            return Hop(
                self.origin,
                name,
                ok=False,
                why=f"{side} took the value and shows another one now",
                todo=f"somebody or an automation of {side} changes it: exclude the canary's ticket there",
            )
        return Hop(self.origin, name, ok=True, seconds=before + seconds)

    # setting --------------------------------------------------------------------------------------

    def _set(self, stamp: str) -> None:
        """Set the value on the origin, as a person would, and quietly. Raises `Lost`."""
        why = ""
        for _ in range(_TRIES):
            link = self._link(self.origin)
            rule, seen = self._rule(self.origin), self._seen(self.origin, link)
            assert seen.raw is not None
            before = seen.raw.get(rule.field)
            operation = UpdateReplica(
                system=self.origin,
                ticket_id=self.ticket,
                remote_id=link.remote_id,
                expect=seen.version or link.version,
                changes={rule.field: write(rule.lens, stamp, before)},
                before={rule.field: before},
                quiet=True,
            )
            [(_, outcome)] = list(self.assembly.connectors[self.origin].execute([operation]))
            if isinstance(outcome, Done):
                return
            why = str(getattr(outcome, "reason", "") or type(outcome).__name__)
            if not isinstance(outcome, Stale):
                break
        raise Lost(
            [
                Hop(
                    self.origin,
                    f"setting it in {self.origin}",
                    ok=False,
                    why=why,
                    todo=self._look_at(self.origin),
                )
            ]
        )

    def _seen(self, side: System, link: Link) -> Observation:
        seen = self.assembly.connectors[side].fetch([link.remote_id]).get(link.remote_id)
        if seen is None or seen.raw is None:
            why = f"{link.label or link.remote_id} is not to be seen in {side}"
            todo = f"restore it, or let the next walk make a new one: delete the ticket of {self.ticket}"
            raise Lost([Hop(self.origin, f"looking at {side}", ok=False, why=why, todo=todo)])
        return seen

    # what stands where ----------------------------------------------------------------------------

    @property
    def _register(self) -> str:
        return self.assembly.settings.canary.walks

    def _rule(self, side: System) -> Rule:
        rule = self.assembly.schemas.mapping(side).rule(self._register)
        assert rule is not None, "it was looked at before the walk"
        return rule

    def _held(self) -> Held:
        return self.assembly.store.load([self.ticket])[self.ticket]

    def _link(self, side: System) -> Link:
        found = [k for k in self._held().links if k.system == side and k.state == "live"]
        if not found:
            why = f"{self.ticket} has no replica in {side} any more"
            raise Lost([Hop(self.origin, f"looking at {side}", ok=False, why=why, todo=self._look_at(side))])
        return found[0]

    def _agreed(self, side: System) -> object:
        agreed = self._link(side).shadow.registers.get(self._register)
        return agreed.value if agreed is not None else None

    def _shown(self, side: System) -> object:
        rule, seen = self._rule(side), self._seen(side, self._link(side))
        assert seen.raw is not None
        try:
            return rule.lens.read(seen.raw.get(rule.field))
        except Unreadable:
            return None

    # why not --------------------------------------------------------------------------------------

    def _unread(self) -> str:
        return (
            self._down(self.origin) or self._idle() or f"runs read {self.origin}, and did not see the change"
        )

    def _unwritten(self, side: System) -> str:
        parked = [p.reason for p in self._held().parked if p.system == side and p.state != "dropped"]
        if parked:
            return f"{side} refused it: {parked[0]}"
        return self._down(side) or self._idle() or f"the hub has it, and did not write it to {side}"

    def _down(self, side: System) -> str:
        last = next((r for r in self.assembly.store.runs(20) if r.kind == "sync" and r.ended), None)
        down = last.summary.get("down") if last is not None else None
        return cast("Mapping[str, str]", down or {}).get(side, "")

    def _idle(self) -> str:
        """Whether the runs themselves are the matter."""
        beat = self.assembly.store.vitals().beats.get("sync")
        if beat is None or not beat.good:
            return "no sync ever ended well"
        if beat.failures:
            return f"the last sync {beat.outcome}: {beat.error}"
        return "" if beat.state == "running" or beat.at >= self._set_at() else f"no sync ran since {beat.at}"

    def _set_at(self) -> str:
        last = [r for r in self.assembly.store.runs(20) if r.kind == "canary"]
        return last[0].started if last else ""

    def _look_at(self, side: System) -> str:
        return f"`hub status` and `hub doctor`; `hub explain {self.ticket}` shows what the hub has of {side}"

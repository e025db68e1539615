"""What the canary saw: how long a value took from one side to each other, and where it was lost."""

from __future__ import annotations

import msgspec

TAG = "hub_canary"
"""On the hub's own ticket, and on its issue as a label. Who carries it is no customer's."""


class Hop(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stretch of the way: from a side into the hub, or from the hub to a side."""

    origin: str
    """The side on which the value was set."""
    name: str
    """`zendesk -> hub`, `hub -> jira`."""
    ok: bool
    seconds: float = 0.0
    """From the moment in which it was set; 0: it did not arrive."""
    why: str = ""
    todo: str = ""


class Walk(msgspec.Struct, frozen=True, omit_defaults=True):
    """One walk over all sides, each of them once the origin."""

    at: str
    hops: tuple[Hop, ...] = ()
    error: str = ""
    """Why there was no walk at all."""
    ticket: str = ""
    good: str = ""
    """When one last came through, this one included."""

    @property
    def ok(self) -> bool:
        return not self.error and bool(self.hops) and all(hop.ok for hop in self.hops)

    @property
    def failed(self) -> Hop | None:
        return next((hop for hop in self.hops if not hop.ok), None)

    @property
    def told(self) -> str:
        hop = self.failed
        if self.error or hop is None:
            return self.error
        return f"{hop.name} (set in {hop.origin}): {hop.why}"

    @property
    def todo(self) -> str:
        return self.failed.todo if self.failed is not None else "`hub doctor` says what is wrong"

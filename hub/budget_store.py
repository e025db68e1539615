"""
What connectors ask of the store so that all workers keep to one budget per system; part of `hub.ports.Store`.

A worker is granted calls in lots, so that a call costs no transaction. Nobody leads: every grant is made
by the one who wants it, in a transaction on the limit's own row, by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

Key: TypeAlias = tuple[str, str]
"""A limit's name, and which of those of that name: the endpoint, or nothing."""
Kind: TypeAlias = Literal["window", "bucket", "slots", "daily"]


class Wish(NamedTuple):
    """Calls that are to be made soon, within one limit."""

    key: Key
    kind: Kind
    """
    `window`: at most `most` in any `pace` seconds. `bucket`: `pace` a second, `most` at once.
    `slots`: `most` at a time. `daily`: until the vendor has counted `most`; 0 if nobody heard it yet;
    after `pace` seconds without news one call may look whether there is more again.
    """
    most: float
    """Less what is left to others."""
    pace: float
    tokens: int
    """How many would be used up soon: no fewer than 1. Fewer may be granted."""
    stated: bool = False
    """
    Of a window: the vendor itself said so. It then counts for the workers that heard nothing yet, too:
    going by what is documented, they would wait where there is room, and could not hear of it.
    """


class Spent(NamedTuple):
    """What became of a grant: no call of it will be sent any more, and those that were are answered."""

    key: Key
    grant: str
    used: int
    unused: int
    ago: float
    """Seconds since the last answer."""


class Said(NamedTuple):
    """What the vendor itself counted of a `daily` limit."""

    key: Key
    used: float
    most: float
    """Less what is left to others."""
    ago: float
    """Seconds since it said so."""


class Grant(NamedTuple):
    """The answer to a wish."""

    key: Key
    id: str
    tokens: int
    """None is 0."""
    seconds: float
    """Within which they are to be sent, counted from before the asking; of none: after which to ask again."""
    used: float = 0.0
    most: float = 0.0
    """Of a daily limit: how far the vendor's count is, and where the hub stops. `most` 0: not known."""


class Drawn(NamedTuple):
    """What one worker got."""

    grants: Sequence[Grant]
    pauses: Mapping[Key, float]
    """What any worker was refused: seconds for which nobody should ask."""


class BudgetLine(NamedTuple):
    """How one limit of a system stands, over all workers."""

    system: str
    name: str
    which: str
    limit: float
    """Less the reserve."""
    used: float
    left: float
    until: str | None
    """ISO 8601 in UTC: when all of it is free again if nobody calls any more; while paused, until when."""
    paused: bool = False


class Standing(NamedTuple):
    """How a limit stands in one process, or as the vendor told it."""

    key: Key
    most: float
    left: float
    seconds: float
    """Until it is whole again."""


class BudgetStore(Protocol):
    """The budgets that all workers share. Times are the database's; workers' clocks may differ."""

    @property
    def shares_budgets(self) -> bool:
        """Whether several workers may be at work at once. If not, each process keeps its own count."""
        ...

    def draw(
        self,
        system: str,
        worker: str,
        wishes: Sequence[Wish],
        spent: Sequence[Spent] = (),
        said: Sequence[Said] = (),
    ) -> Drawn:
        """
        Settle what was granted before, and grant what the limits allow.

        Of all that is granted and sent in time, a vendor's limit is never overrun, however its windows
        lie. What a worker that died was granted counts as sent until its window has passed.
        """
        ...

    def pause(self, system: str, key: Key, seconds: float) -> None:
        """The vendor refused: no worker should ask for so long."""
        ...

    def tell_budgets(self, system: str, lines: Iterable[Standing]) -> None:
        """Keep how limits stand that this process, or the vendor, counts; for `budgets`."""
        ...

    def budgets(self) -> Sequence[BudgetLine]:
        """Return how every limit stands that was used lately, by system and name."""
        ...

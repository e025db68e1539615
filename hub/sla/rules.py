"""What `hub.sla.clocks` goes by: calendars, targets, the contract, and what makes a target tighter. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypeVar

import msgspec

from hub.model import Ticket
from hub.sla.calendar import ALWAYS, Calendar

Target: TypeAlias = Literal["first_reply", "next_reply", "update", "resolution", "response"]
Row: TypeAlias = Mapping[str, int]
"""Minutes by priority or severity."""
Table: TypeAlias = Mapping[str, Mapping[str, Row]]
"""Rows by tier and target."""

T = TypeVar("T")

CUSTOMER: tuple[Target, ...] = ("first_reply", "next_reply", "update", "resolution")
ENGINEERING: tuple[Target, ...] = ("response", "resolution")
OTHER = "other"
"""Stands for every word that is not named beside it, and for none."""


class Terms(msgspec.Struct, frozen=True):
    """What one clock promises, and in which statuses it stands still."""

    column: str
    """The register that chooses within a row: priority, or severity."""
    targets: Table = {}
    paused_while: Mapping[str, frozenset[str]] = {}
    """Statuses by target."""
    least: Mapping[str, int] = {}
    """Minutes by target, below which no multiplier goes."""

    def row(self, ticket: Ticket, table: Table | None = None) -> dict[str, int]:
        """Return the minutes that each target of this ticket has, for its tier, priority or severity."""
        found = _named(self.targets if table is None else table, ticket.get("account.tier"))
        chosen = {target: _named(row, ticket.get(self.column)) for target, row in (found or {}).items()}
        return {target: minutes for target, minutes in chosen.items() if minutes is not None}


class Multipliers(msgspec.Struct, frozen=True):
    """What makes a target tighter: each a share of the time, all multiplied, never below `at_least`."""

    at_least: float = 0.25
    renewal: tuple[tuple[int, float], ...] = ()
    """Days before the renewal from which a share holds, falling."""
    risk: tuple[tuple[float, float], ...] = ()
    """Escalation risk from which a share holds, rising."""
    signals: Mapping[str, float] = {}
    health: Mapping[str, float] = {}


class Uses(msgspec.Struct, frozen=True):
    """Which calendar a ticket goes by: its account's, else its region's, else its tier's, else this."""

    default: Calendar = ALWAYS
    engineering: Calendar = ALWAYS
    accounts: Mapping[str, Calendar] = {}
    """By the account's id or name."""
    regions: Mapping[str, Calendar] = {}
    tiers: Mapping[str, Calendar] = {}

    def of(self, ticket: Ticket) -> Calendar:
        """Return the calendar of this ticket's customer."""
        ways = (
            (self.accounts, ("account.id", "account.name")),
            (self.regions, ("account.region",)),
            (self.tiers, ("account.tier",)),
        )
        for table, registers in ways:
            for register in registers:
                found = table.get(str(ticket.get(register) or "").casefold()) if table else None
                if found is not None:
                    return found
        return self.default


class SlaRules(msgspec.Struct, frozen=True):
    """All that the clocks go by. `SlaRules()` promises nothing but the helpdesk's own deadline."""

    uses: Uses = Uses()
    customer: Terms = Terms("priority")
    engineering: Terms = Terms("severity")
    contract: Table = {}
    """What the customer signed; nothing that the hub shows is ever later."""
    multipliers: Multipliers = Multipliers()
    soon_share: float = 0.25
    soon_minutes: int = 120
    """A deadline is near when no more of it is left than the share, or than these business minutes."""
    fixed_in: frozenset[str] = frozenset()
    """Engineering's own statuses in which they are done, in lower case."""


def _named(table: Mapping[str, T], word: object) -> T | None:
    """Return what stands there for a word, whatever its case; else what stands for any other."""
    found = table.get(word.casefold()) if isinstance(word, str) else None
    return table.get(OTHER) if found is None else found

"""What a SOQL query says, as a tree. Every node remembers where it stands in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
DATE_PARTS = frozenset({
    "CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK", "DAY_IN_YEAR",
    "DAY_ONLY", "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY", "WEEK_IN_MONTH",
    "WEEK_IN_YEAR",
})  # fmt: skip
VALUE_FUNCTIONS = frozenset({"TOLABEL", "CONVERTCURRENCY", "FORMAT", "CONVERTTIMEZONE"})
OTHER_FUNCTIONS = frozenset({"GROUPING", "FIELDS", "DISTANCE", "GEOLOCATION"})
FUNCTIONS = AGGREGATES | DATE_PARTS | VALUE_FUNCTIONS | OTHER_FUNCTIONS


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through parents: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int = field(compare=False)

    @property
    def text(self) -> str:
        """The path as it was written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: `kind` is string, number, currency, boolean, null, date, datetime or relative."""

    kind: str
    value: Any
    at: int = field(compare=False)
    raw: str = field(default="", compare=False)  # a string as it was written, for LIKE
    number: int | None = None  # the n of LAST_N_DAYS:n


@dataclass(frozen=True, slots=True)
class Call:
    """A function: `COUNT(Id)`, `CALENDAR_YEAR(CreatedDate)`. Its name is in upper case."""

    name: str
    args: tuple[Path | Call | Literal, ...]
    at: int = field(compare=False)

    @property
    def aggregate(self) -> bool:
        """Whether it makes one value of many records."""
        return self.name in AGGREGATES or any(isinstance(it, Call) and it.aggregate for it in self.args)


@dataclass(frozen=True, slots=True)
class TypeOf:
    """`TYPEOF Owner WHEN User THEN Email ELSE Name END`."""

    path: Path
    whens: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is selected."""

    what: Path | Call | TypeOf | Query
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """A condition on one value; `op` is =, !=, <, <=, >, >=, LIKE, IN, NOT IN, INCLUDES or EXCLUDES."""

    left: Path | Call
    op: str
    right: Literal | tuple[Literal, ...] | Query
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is taken
    """One of these holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: Condition


Condition = Compare | All | Any_ | Not


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of ORDER BY. Nulls come first unless it is said otherwise, also in descending order."""

    what: Path | Call
    descending: bool = False
    nulls_first: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A query, or one within another."""

    text: str = field(compare=False)
    items: tuple[Item, ...]
    source: Path
    alias: str | None = None
    more_sources: tuple[tuple[Path, str | None], ...] = ()
    scope: str | None = None
    where: Condition | None = None
    with_: tuple[str, ...] = ()
    group: tuple[Path | Call, ...] = ()
    group_kind: str | None = None  # ROLLUP or CUBE
    having: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    for_: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    all_rows: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is `SELECT COUNT()`, which answers with a number and no records."""
        return (
            len(self.items) == 1
            and isinstance(self.items[0].what, Call)
            and self.items[0].what.name == "COUNT"
            and not self.items[0].what.args
        )

    @property
    def aggregated(self) -> bool:
        """Whether its records are groups."""
        return bool(self.group) or any(
            isinstance(it.what, Call) and (it.what.aggregate or it.what.name == "GROUPING")
            for it in self.items
        )

"""
Which fields of an object a query asks for: those that its description has, less what a query refused.

Field-level security hides fields one by one, and may do so between a description and a query. A
hidden field is then simply not there, and the schema lacks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.fields import columns, readable
from connectors.salesforce.payload import Spelling
from connectors.salesforce.refusals import QueryRefused
from connectors.salesforce.shapes import FieldShape, described

BOOKKEEPING = ("Id", "SystemModstamp", "IsDeleted", "MasterRecordId")


class Columns:
    """The fields of an object. `more`: fields of records beside it; `only`: no other custom fields."""

    def __init__(
        self,
        client: SalesforceClient,
        sobject: str,
        *,
        more: Iterable[str] = (),
        only: Iterable[str] | None = None,
    ) -> None:
        self._client = client
        self.sobject = sobject
        self._more = tuple(more)
        self._only = None if only is None else frozenset(only)
        self._lost: set[str] = set()
        self._spelling: Spelling | None = None

    def fields(self) -> list[FieldShape]:
        """Return the fields that are read."""
        shape = described(self._client.known(self.sobject))
        return [
            field
            for field in readable(shape)
            if field.name not in self._lost
            and (self._only is None or not field.custom or field.name in self._only)
        ]

    def names(self) -> list[str]:
        """Return what to select."""
        named = [*columns(self.fields()), *self._more]
        return [name for name in named if name not in self._lost and not self._beside_lost(name)]

    def spelling(self) -> Spelling:
        """Return how the records are spelt as raw fields."""
        if self._spelling is None:
            self._spelling = Spelling(self.fields())
        return self._spelling

    def lose(self, refused: QueryRefused) -> bool:
        """Go on without the field that a query was refused for; return whether another query may pass."""
        column = refused.column
        mine = {name.lower(): name for name in self.names()}
        begins = [name for name in mine if name.startswith(column.lower())] if column.endswith(".") else []
        if not column or (column.lower() not in mine and not begins):
            return False
        self._lost.add(mine.get(column.lower(), column))
        self._spelling = None
        _ = self._client.describe(self.sobject)
        return column not in BOOKKEEPING[:2]

    def _beside_lost(self, name: str) -> bool:
        return any(lost.endswith(".") and name.lower().startswith(lost.lower()) for lost in self._lost)


class Fixed:
    """
    The fields of an object that we know without asking; those that are not there for us are left out.

    Without an `essential` one the object is of no use to us.
    """

    def __init__(self, sobject: str, names: Sequence[str], essential: Iterable[str] = ()) -> None:
        self.sobject = sobject
        self._names = list(names)
        self._essential = {"id", "systemmodstamp", *(name.lower() for name in essential)}

    def names(self) -> list[str]:
        """Return what to select."""
        return list(self._names)

    def lose(self, refused: QueryRefused) -> bool:
        """See `Columns.lose`."""
        column = refused.column.lower()
        kept = [
            name
            for name in self._names
            if name.lower() != column and not (column.endswith(".") and name.lower().startswith(column))
        ]
        lost = len(self._names) - len(kept)
        self._names = kept
        return bool(column) and lost > 0 and column not in self._essential

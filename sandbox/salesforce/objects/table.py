"""The records of one object, with the indexes that keep 20,000 of them quick to ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.salesforce.objects.defs import FieldDef, ObjectDef

Row = dict[str, Any]


class Table:
    """
    Records by their 18-character id, an index for every reference and unique field, and the order
    of `(SystemModstamp, Id)`.

    An index remembers what it holds of a record, so a row may be changed in place and put again.
    """

    def __init__(self, definition: ObjectDef) -> None:
        """Begin empty."""
        self.definition = definition
        self.rows: dict[str, Row] = {}
        self._by: dict[str, dict[Any, dict[str, None]]] = {}
        self._fields: list[FieldDef] = []
        self._held: dict[str, tuple[Any, ...]] = {}
        self._stamps: dict[str, int] = {}
        self._order: list[tuple[int, str]] = []
        self._moved: dict[str, None] = {}
        self.reindex()

    def reindex(self) -> None:
        """Make the indexes anew: the object has another field."""
        self._fields = [it for it in self.definition.fields.values() if indexed(it)]
        self._by = {it.name: {} for it in self._fields}
        self._held = {}
        for row in self.rows.values():
            self._hold(row)

    def put(self, row: Row) -> None:
        """Keep a record, new or changed."""
        key = row["Id"]
        self.rows[key] = row
        self._hold(row)
        stamp = row.get("SystemModstamp", 0)
        if self._stamps.get(key) != stamp:
            self._stamps[key] = stamp
            self._moved[key] = None

    def remove(self, key: str) -> None:
        """Forget a record for good: the bin is emptied."""
        self._release(key)
        self.rows.pop(key, None)
        self._stamps.pop(key, None)
        self._moved[key] = None

    def has_index(self, name: str) -> bool:
        """Whether equal values of a field are found without a scan."""
        return name in self._by

    def having(self, name: str, value: Any) -> list[str]:
        """Return the ids of records with that value in an indexed field."""
        field = self.definition.field(name)
        assert field is not None
        return list(self._by[field.name].get(index_key(field, value), ()))

    def by_stamp(self) -> list[tuple[int, str]]:
        """Return `(SystemModstamp, Id)` of every record, deleted ones too, in order."""
        if self._moved:
            moved = self._moved
            kept = [entry for entry in self._order if entry[1] not in moved]
            kept += [(self._stamps[key], key) for key in moved if key in self._stamps]
            kept.sort()
            self._order, self._moved = kept, {}
        return self._order

    def _hold(self, row: Row) -> None:
        key = row["Id"]
        keys = tuple(index_key(it, row.get(it.name)) for it in self._fields)
        if self._held.get(key) == keys:
            return
        self._release(key)
        self._held[key] = keys
        for field, value in zip(self._fields, keys, strict=True):
            self._by[field.name].setdefault(value, {})[key] = None

    def _release(self, key: str) -> None:
        for field, value in zip(self._fields, self._held.pop(key, ()), strict=False):
            holders = self._by[field.name].get(value)
            if holders is not None:
                holders.pop(key, None)
                if not holders:
                    del self._by[field.name][value]


def indexed(field: FieldDef) -> bool:
    """Whether equal values are looked up often: references, names by which one upserts, numbers."""
    return field.type == "reference" or field.unique or field.external_id or field.id_lookup_text


def index_key(field: FieldDef, value: Any) -> Any:
    """Return what an index files a value under: text without case, unless the field minds it."""
    if isinstance(value, str) and field.type not in {"id", "reference"} and not field.case_sensitive:
        return value.lower()
    return value


def live(rows: dict[str, Row], keys: Iterable[str]) -> list[str]:
    """Return those of the ids whose records are not deleted."""
    return [key for key in keys if not rows[key].get("IsDeleted")]

"""What one request changes: all of it or nothing, and who is told of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.context import Change, Context
from sandbox.salesforce.org import Org, Row

CREATE, UPDATE, DELETE, UNDELETE = "CREATE", "UPDATE", "DELETE", "UNDELETE"


@dataclass(frozen=True, slots=True)
class Options:
    """How a write is to be made, by the request's headers."""

    assign: bool = True
    assign_updates: bool = False
    allow_duplicates: bool = False
    origin: str = ""


@dataclass(slots=True)
class Transaction:
    """Writes of one user, which `undo` takes back to a mark and `commit` tells of."""

    context: Context
    user: str
    options: Options = Options()
    _log: list[tuple[str, str, Row | None]] = field(default_factory=list)
    _told: list[Change] = field(default_factory=list)

    @property
    def org(self) -> Org:
        """The org that is written to."""
        return self.context.org

    def mark(self) -> tuple[int, int]:
        """Return this point, to go back to."""
        return len(self._log), len(self._told)

    def undo(self, mark: tuple[int, int] = (0, 0)) -> None:
        """Take back all that was done since a mark."""
        logged, told = mark
        while len(self._log) > logged:
            name, key, before = self._log.pop()
            row = self.org.row(name, key)
            if before is None or row is None:
                self.org.remove(name, key)
                continue
            row.clear()
            row.update(before)
            self.org.put(name, row)
        del self._told[told:]

    def commit(self) -> None:
        """Let it stand, and tell those who listen; a composite of all or none may hold it back."""
        if self.context.held is not None:
            self.context.held.append(self)
            return
        for change in self.release():
            self.context.tell(change)

    def release(self) -> list[Change]:
        """Let it stand without telling anyone; return what is to be told later."""
        told, self._told, self._log = self._told, [], []
        return told

    def images(self) -> list[tuple[str, str, Row | None, Row | None]]:
        """Return each record touched so far: object, id, as it was, as it is."""
        first: dict[tuple[str, str], Row | None] = {}
        for name, key, before in self._log:
            first.setdefault((name, key), before)
        return [
            (name, key, before, None if (row := self.org.row(name, key)) is None else dict(row))
            for (name, key), before in first.items()
        ]

    def insert(self, name: str, values: dict[str, Any]) -> Row:
        """Make a record."""
        row = self.org.add(name, values, self.user)
        self._log.append((name, row["Id"], None))
        self._tell(name, row, CREATE, ())
        return row

    def update(self, name: str, row: Row, values: Mapping[str, Any]) -> None:
        """Change a record and stamp it, as the org does even if nothing differs."""
        self._hold(name, row)
        changed = tuple(it for it, value in values.items() if row.get(it) != value)
        row.update(values)
        self.org.touch(name, row, self.user)
        self._tell(name, row, UPDATE, changed)

    def stamp(self, name: str, row: Row, values: Mapping[str, Any]) -> None:
        """Change a record as the system does: the system's stamp moves, the user's does not."""
        self._hold(name, row)
        row.update(values)
        row["SystemModstamp"] = self.org.stamp()
        self.org.put(name, row)
        self._tell(name, row, UPDATE, tuple(values))

    def discard(self, name: str, row: Row) -> None:
        """Put a record into the recycle bin."""
        self._hold(name, row)
        row["IsDeleted"] = True
        self.org.touch(name, row, self.user)
        self.context.note_deleted(name, row["Id"])
        self._tell(name, row, DELETE, ())

    def restore(self, name: str, row: Row) -> None:
        """Take a record out of the recycle bin."""
        self._hold(name, row)
        row["IsDeleted"] = False
        self.org.touch(name, row, self.user)
        self.context.note_restored(name, row["Id"])
        self._tell(name, row, UNDELETE, ())

    def erase(self, name: str, row: Row) -> None:
        """Forget a record: no bin holds it. This cannot be undone."""
        if not row.get("IsDeleted"):
            self.context.note_deleted(name, row["Id"])
            self._tell(name, row, DELETE, ())
        self.org.remove(name, row["Id"])

    def _hold(self, name: str, row: Row) -> None:
        self._log.append((name, row["Id"], dict(row)))

    def _tell(self, name: str, row: Row, kind: str, fields: tuple[str, ...]) -> None:
        self._told.append(Change(name, row["Id"], kind, fields, self.user, self.options.origin))

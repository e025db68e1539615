"""Verification: every seal is held against its row, and the chain against its anchors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Text, exists, func, literal, select
from sqlalchemy import cast as sql_cast

from hub.audit import GENESIS, SOURCES, Anchor, Fault, Seal, Source, Verdict, chained, committed, holds
from hub.store.audit_removed import Removed
from hub.store.audit_seals import HOW, REACH, end
from hub.store.audit_tables import anchors, seals

PAGE = 2_000


class Check:
    """One verification, in one moment of the database."""

    def __init__(self, connection: Connection, keys: Sequence[str], most: int) -> None:
        self._connection = connection
        self._keys = keys
        self._most = most
        self._faults: list[Fault] = []
        self._rows: Counter[str] = Counter()
        self._removed = 0
        self._seals = 0
        self._signed = 0
        self._signed_from: Anchor | None = None
        self._anchors = 0
        self._replaced: set[int] = set()
        self._gone = Removed(connection, keys)

    def run(self, kept: Sequence[Anchor]) -> Verdict:
        """Verify all there is, and these anchors that were kept elsewhere."""
        replaced = select(seals.c.replaces).where(seals.c.replaces > 0)
        self._replaced = set(self._connection.execute(replaced).scalars())
        chain, after = GENESIS, 0
        chains = {a.n: a for a in kept}
        while page := self._page(after):
            chain = self._walk(page, chain, after, chains)
            self._held(page)
            after = page[-1].n
        self._ends(kept, after)
        unsealed = {s: self._beside(s) for s in SOURCES}
        faults = sorted(self._faults, key=lambda f: (f.n == 0, f.n, f.source, f.row))
        last = self._connection.execute(select(anchors).order_by(anchors.c.n.desc()).limit(1)).first()
        return Verdict(
            self._seals,
            dict(self._rows),
            self._removed,
            {s: n for s, n in unsealed.items() if n},
            self._anchors,
            self._signed,
            self._signed_from,
            None if last is None else Anchor(*last),
            tuple(faults[: self._most]),
        )

    def _page(self, after: int) -> list[Seal]:
        query = select(seals).where(seals.c.n > after).order_by(seals.c.n).limit(PAGE)
        return [Seal(**row) for row in self._connection.execute(query).mappings()]

    # the chain ------------------------------------------------------------------------------------

    def _walk(self, page: Sequence[Seal], chain: str, after: int, kept: Mapping[int, Anchor]) -> str:
        """Recompute the chain over a page; return where it stands at its end."""
        ours = {a.n: a for a in self._anchored(after, page[-1].n)}
        for seal in page:
            after += 1
            if seal.n != after:
                self._fault(after, "removed", seal, f"the seals from {after} to {seal.n - 1} are gone")
                after = seal.n
            elif chained(chain, seal) != seal.chain:
                self._fault(seal.n, "broken", seal, f"seal {seal.n} was changed, or one before it")
            chain = seal.chain
            if seal.n in ours:
                self._signature(ours[seal.n], seal)
            for anchor in (ours.get(seal.n), kept.get(seal.n)):
                if anchor is not None:
                    self._anchor(anchor, seal)
        self._seals += len(page)
        return chain

    def _anchored(self, after: int, last: int) -> Iterator[Anchor]:
        query = select(anchors).where(anchors.c.n > after, anchors.c.n <= last)
        for row in self._connection.execute(query):
            self._anchors += 1
            yield Anchor(*row)

    def _anchor(self, anchor: Anchor, seal: Seal) -> None:
        if anchor.chain != seal.chain:
            self._fault(seal.n, "forged", seal, f"the chain was made anew: seal {seal.n} was another one")
        if holds(anchor, self._keys) is False:
            self._fault(seal.n, "forged", seal, f"the mark of anchor {seal.n} was not made by our key")

    def _signature(self, anchor: Anchor, seal: Seal) -> None:
        """Count an anchor of the store's that is ours; once there was one, all behind it must be."""
        if holds(anchor, self._keys):
            self._signed += 1
            self._signed_from = self._signed_from or anchor
        elif self._signed and not anchor.mark:
            self._fault(seal.n, "forged", seal, f"anchor {seal.n} has no mark, and those before it have")
        elif self._signed and holds(anchor, self._keys) is None:
            said = f"anchor {seal.n} is marked by none of our keys, and those before it are"
            self._fault(seal.n, "forged", seal, said)

    def _ends(self, kept: Sequence[Anchor], after: int) -> None:
        last, fault = end(self._connection, self._keys)
        if fault is not None and fault.what == "broken":
            self._faults.append(fault)
        if self._keys and last.n and not self._signed and not self._faults:
            said = (
                "no anchor is marked by a key of ours: somebody else sealed all this; or [audit] key is new, "
                "and the end of the next run marks the first"
            )
            self._faults.append(Fault(last.n, "unsigned", "", "", said))
        over = [a for a in kept if a.n > after]
        if over:
            most = max(a.n for a in over)
            said = f"the chain once went to seal {most}, and now ends at {after}"
            self._faults.append(Fault(after + 1, "truncated", "", "", said))

    # the rows -------------------------------------------------------------------------------------

    def _held(self, page: Sequence[Seal]) -> None:
        """Hold seals against the rows that they are of."""
        standing = [s for s in page if s.n not in self._replaced]
        self._removed += len(page) - len(standing)
        for source in SOURCES:
            mine = [s for s in standing if s.source == source]
            rows = self._rows_of(source, [s.row for s in mine])
            for seal in mine:
                self._one(source, seal, rows.get(seal.row))
        for seal in standing:
            if seal.source not in HOW:
                self._fault(seal.n, "broken", seal, f"seal {seal.n} is of nothing that the hub seals")

    def _rows_of(self, source: Source, names: Sequence[str]) -> dict[str, Any]:
        if not names:
            return {}
        table = HOW[source].table
        wanted = names if source == "run" else [int(name) for name in names]
        found: dict[str, Any] = {}
        for start in range(0, len(wanted), 500):
            query = select(table).where(table.c.id.in_(wanted[start : start + 500]))
            found.update((str(row.id), row) for row in self._connection.execute(query))
        return found

    def _one(self, source: Source, seal: Seal, row: Any) -> None:
        where = f"row {seal.row} of {HOW[source].table.name}"
        if row is None:
            if self._gone.has(source, seal.row):
                self._removed += 1
                return
            self._fault(seal.n, "removed", seal, f"{where} is gone, and no retention or forgetting took it")
            return
        self._rows[source] += 1
        if not seal.salt or committed(seal.salt, source, HOW[source].said(row)) != seal.digest:
            self._fault(seal.n, "changed", seal, f"{where} is not what it was at {seal.at}{_about(row)}")

    def _beside(self, source: Source) -> int:
        """Return how many rows wait for their seal; name one that stands where none can wait."""
        table, _, ready = HOW[source]
        has = exists().where(seals.c.source == literal(source), seals.c.row == sql_cast(table.c.id, Text))
        none = ~has if ready is None else (~has & ready)
        count = self._connection.execute(select(func.count()).select_from(table).where(none)).scalar_one()
        if not count or source in ("run", "outcome"):
            return count
        behind = self._behind(source)
        early = select(table.c.id).where(none, table.c.id <= behind).order_by(table.c.id)
        for name in self._connection.execute(early.limit(self._most)).scalars():
            said = f"row {name} of {table.name} was put among rows that had been sealed long before"
            self._faults.append(Fault(0, "inserted", source, str(name), said))
            count -= 1
        return count

    def _behind(self, source: Source) -> int:
        last = select(seals.c.row).where(seals.c.source == source, seals.c.replaces == 0)
        row = self._connection.execute(last.order_by(seals.c.n.desc()).limit(1)).scalar()
        return int(row or 0) - REACH

    def _fault(self, n: int, what: str, seal: Seal, said: str) -> None:
        if len(self._faults) < 10 * self._most:
            self._faults.append(Fault(n, cast("Any", what), seal.source, seal.row, said))


def _about(row: Any) -> str:
    ticket = getattr(row, "ticket_id", "")
    return f" (ticket {ticket})" if ticket else ""

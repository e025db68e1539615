"""Writing records by whichever way costs least: by the two hundred, or from some thousands on by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from connectors.salesforce import errors
from connectors.salesforce.collections import Collections, Settled
from connectors.salesforce.creating import Creator
from connectors.salesforce.ingest import MANY, Ingest, Operation, fits
from connectors.salesforce.rows import Answer, Row, Taken
from hub.errors import HubError

_WARNED = "DUPLICATES_DETECTED"
"""A job cannot be told to let warnings of duplicate rules pass; a single call can."""
Few: TypeAlias = Callable[[Sequence[Row]], Iterator[Settled]]


class Writer:
    """Changes and creates records of one object."""

    def __init__(self, collections: Collections, creator: Creator, ingest: Ingest) -> None:
        self._collections = collections
        self._creator = creator
        self._ingest = ingest

    def update(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Change records, whatever they are now."""
        return self._all(rows, "update", "Id", self._collections.update)

    def create(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Create Cases by our key, each unless it is there."""
        made: list[tuple[Row, Taken]] = []
        failed: HubError | None = None
        try:
            for row, came in self._all(rows, "upsert", errors.KEY_FIELD, self._creator.create):
                if not isinstance(came, Taken):
                    yield row, came
                    continue
                made.append((row, came))
                if len(made) == MANY:
                    yield from self._creator.looked_at(made)
                    made = []
        except HubError as error:
            failed = error  # what was created so far must still be told
        yield from self._creator.looked_at(made)
        if failed is not None:
            raise failed

    def _all(self, rows: Sequence[Row], operation: Operation, key: str, few: Few) -> Iterator[Settled]:
        if len(rows) <= MANY:
            yield from few(rows)
            return
        bulk = [row for row in rows if fits(row)]
        single = [row for row in rows if not fits(row)]
        for row, answer in self._ingest.write(bulk, operation, key):
            settled = _settled(row, answer)
            if settled is None:
                single.append(row)
            else:
                yield settled
        yield from few(single)


def _settled(row: Row, answer: Answer) -> Settled | None:
    """Return a row's end; None if it is to be asked again, by itself or without what was refused."""
    if not isinstance(answer, tuple):
        return row, answer
    if not answer or errors.is_locked(answer) or any(it.code == _WARNED for it in answer):
        return None
    if not row.give_up(answer):
        return row, errors.outcome(answer, row.doing)
    return (row, row.nothing_left()) if row.is_empty else None

"""
Rows by the two hundred: sObject Collections, each row answered for itself.

One call after the other, never two at once: two calls that touch Cases of one Account would lock each
other out. A row that somebody else holds is asked again for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from connectors.http import InDoubt, NotDone, Reply
from connectors.retry import Again, persist
from connectors.salesforce import errors
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.refusals import refusals, refusals_in, unexpected
from connectors.salesforce.rows import ROUNDS, Answer, Row, Taken
from hub.errors import HubError, Unavailable
from hub.operations import Outcome, Refused, Retryable, Unanswered

MOST = 200
"""Rows in one call."""
_MOST_BYTES = 4_000_000
"""Of one call's body, so that no call runs for the twenty seconds from which on only few may."""
_TRIES = 5
"""For a row that another transaction holds."""

Send: TypeAlias = Callable[[Sequence[Row]], Reply]
"""Asks for rows in one call."""
Ask: TypeAlias = Callable[[Sequence[Row]], Iterable[tuple[Row, Answer]]]
Settled: TypeAlias = tuple[Row, Taken | Outcome]


class Collections:
    """Writes rows of one kind, many a call."""

    def __init__(self, client: SalesforceClient, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._sleep = sleep

    # --- kinds of calls --------------------------------------------------------------------------

    def insert(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Create records."""
        return self._all(rows, lambda part: self._client.post("/composite/sobjects", json=body_of(part)))

    def update(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Change records, whatever they are now."""
        return self._all(rows, lambda part: self._client.patch("/composite/sobjects", json=body_of(part)))

    def delete(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Delete records."""

        def send(part: Sequence[Row]) -> Reply:
            params = {"ids": ",".join(row.id for row in part), "allOrNone": "false"}
            return self._client.delete("/composite/sobjects", params=params)

        return self._all(rows, send)

    # --- what they have in common ----------------------------------------------------------------

    def _all(self, rows: Sequence[Row], send: Send) -> Iterator[Settled]:
        for part in portions(rows, MOST):
            yield from settle(part, lambda asked: self._once(asked, send), self._sleep)

    def _once(self, rows: Sequence[Row], send: Send) -> Iterator[tuple[Row, Answer]]:
        return once(rows, send, told)


def once(
    rows: Sequence[Row], send: Send, read: Callable[[Sequence[Row], Reply], Iterable[tuple[Row, Answer]]]
) -> Iterator[tuple[Row, Answer]]:
    """Ask once. A call that is refused whole is halved until the row that spoils it stands alone."""
    reply = attempt(lambda: send(rows))
    if not isinstance(reply, Reply):
        yield from ((row, reply) for row in rows)
        return
    if reply.status in {200, 201}:
        try:
            answered = list(read(rows, reply))
        except Unavailable as error:  # something answered, but not as Salesforce does: it may have passed
            answered = [(row, Unanswered(str(error))) for row in rows]
        yield from answered
        return
    spoilt = whole(reply, rows)
    if spoilt is not None:
        yield from spoilt
        return
    half = len(rows) // 2
    yield from once(rows[:half], send, read)
    yield from once(rows[half:], send, read)


def attempt(send: Callable[[], Reply]) -> Reply | Outcome:
    """Make a call; say what it means if no answer came."""
    try:
        return send()
    except NotDone as error:
        return Retryable(str(error), error.after)
    except InDoubt as error:
        return Unanswered(str(error))


def settle(rows: Sequence[Row], ask: Ask, sleep: Callable[[float], None]) -> Iterator[Settled]:
    """Ask for rows until each is settled, without the fields that Salesforce refuses."""
    waiting, locked = list(rows), list[Row]()
    for _ in range(ROUNDS):
        again: list[Row] = []
        for row, answer in ask(waiting) if waiting else ():
            if not isinstance(answer, tuple):
                yield row, answer
            elif not answer:
                again.append(row)
            elif errors.is_locked(answer):
                locked.append(row)
            elif not row.give_up(answer):
                yield row, errors.outcome(answer, row.doing)
            elif row.is_empty:
                yield row, row.nothing_left()
            else:
                again.append(row)
        waiting = again
    for row in waiting:
        yield row, _wearied(row)
    yield from _unlocked(locked, ask, sleep)


def _wearied(row: Row) -> Outcome:
    """Return what it means that a row is still not settled after many rounds."""
    reasons = "; ".join(dict.fromkeys(row.refused.values()))
    if reasons:
        return Refused(f"Salesforce refuses one field after the other of what would {row.doing}: {reasons}")
    return Retryable(f"could not {row.doing} yet: other records of the same call were refused time and again")


def _unlocked(rows: list[Row], ask: Ask, sleep: Callable[[float], None]) -> Iterator[Settled]:
    """Ask again for rows that others hold: a few times, each time a little later."""
    if not rows:
        return
    crowd = _Crowd(rows, ask)
    failed: HubError | None = None
    try:
        persist(crowd.once, attempts=_TRIES, sleep=sleep)
    except NotDone as error:
        crowd.settled += [(row, Retryable(f"{row.doing}: {error}")) for row in crowd.left]
    except HubError as error:
        failed = error  # what was answered so far must still be told
    yield from crowd.settled
    if failed is not None:
        raise failed


class _Crowd:
    """Rows that others hold, until they are let go."""

    def __init__(self, rows: list[Row], ask: Ask) -> None:
        self.left = rows
        self.settled: list[Settled] = []
        self._ask = ask
        self._begun = False

    def once(self) -> None:
        """Ask for what is left; the first time only ask for a while to be waited."""
        if self._begun:
            self.left = [row for row, answer in self._ask(self.left) if not self._settles(row, answer)]
        self._begun = True
        if self.left:
            raise Again(f"Salesforce: {len(self.left)} records are locked by others")

    def _settles(self, row: Row, answer: Answer) -> bool:
        if not isinstance(answer, tuple):
            self.settled.append((row, answer))
        elif not answer or errors.is_locked(answer):
            return False
        elif row.give_up(answer):
            if not row.is_empty:
                return False
            self.settled.append((row, row.nothing_left()))
        else:
            self.settled.append((row, errors.outcome(answer, row.doing)))
        return True


def portions(rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
    """Divide rows into calls, by number and by size; rows of one group stand together."""
    part, size = list[Row](), 0
    for row in sorted(rows, key=lambda row: row.group):
        if part and (len(part) == most or size + row.size() > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(row)
        size += row.size()
    if part:
        yield part


def whole(reply: Reply, rows: Sequence[Row]) -> list[tuple[Row, Answer]] | None:
    """
    Return what it means for each row that a call was refused whole; None: halve it and see.

    Raises what it means for the run, where it is not about the rows at all.
    """
    if "html" in reply.headers.get("content-type", "") or not reply.content.strip():
        # A proxy or the edge spoke, not the org: nothing reached it.
        said = f"Salesforce's edge answered {reply.endpoint} with {reply.status}"
        return [(row, Retryable(said)) for row in rows]
    found = refusals(reply.content)
    if reply.status == HTTPStatus.NOT_FOUND:
        return [(row, errors.missing(found, row.doing)) for row in rows]
    if reply.status not in {400, 413, 414, 431}:
        raise unexpected(reply)
    guilty = [row for row in rows if errors.blamed(found, row.fields)]
    if guilty and len(guilty) < len(rows):
        return [(row, found if row in guilty else ()) for row in rows]
    if guilty or len(rows) == 1:
        return [(row, found or errors.unnamed(reply.status)) for row in rows]
    return None


def told(rows: Sequence[Row], reply: Reply) -> list[tuple[Row, Answer]]:
    """Return what a collection answers about each row."""
    return matched(rows, reply.decode(list[errors.RowResult]))


def matched(rows: Sequence[Row], results: Sequence[errors.RowResult]) -> list[tuple[Row, Answer]]:
    """Return each row with its result; they stand in the order in which they were asked."""
    if len(results) != len(rows):
        lost = Unanswered(f"Salesforce answered {len(results)} of {len(rows)} rows")
        return [(row, lost) for row in rows]
    return [(row, answer_of(result)) for row, result in zip(rows, results, strict=True)]


def answer_of(result: errors.RowResult) -> Answer:
    """Return a row's answer."""
    if result.success:
        return Taken(result.id or "", result.created)
    return refusals_in(result.errors) or errors.unnamed(0)


def body_of(rows: Iterable[Row]) -> dict[str, Any]:
    """Return a collection's body."""
    return {"allOrNone": False, "records": [row.json() for row in rows]}

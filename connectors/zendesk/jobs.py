"""Bulk calls and the jobs that they start: several at once, watched together until they end."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

from connectors.http import InDoubt, NotDone, Reply
from connectors.zendesk import records
from connectors.zendesk.client import MOST, Client
from connectors.zendesk.errors import Failure, failure
from hub.errors import Forbidden, SignInFailed, Unavailable

K = TypeVar("K")

_MOST_AT_ONCE = 20
"""Zendesk runs 30 jobs an account; the others are for other people's."""
_FIRST_WAIT, _LONGEST_WAIT, _BACKOFF = 0.25, 5.0, 1.6
_PATIENCE = 900.0
"""Seconds without any job coming to an end until the rest is given up as unanswered."""
_UNSEEN = 3
"""Looks in a row that do not show a job until it counts as lost."""
_REMAINING = re.compile(r"remaining=(\d+)")


class Results(NamedTuple):
    """A job came to its end; one result a row, or fewer."""

    rows: list[dict[str, Any]]


class NotStarted(NamedTuple):
    """The bulk call was refused whole."""

    status: int
    failure: Failure


class Waiting(NamedTuple):
    """Nothing was done; the same may work later."""

    reason: str
    after: float


class Lost(NamedTuple):
    """It may have been done, wholly or in part."""

    reason: str


End: TypeAlias = Results | NotStarted | Waiting | Lost


class Bulk(NamedTuple, Generic[K]):
    """One bulk call that is to be made."""

    key: K
    send: Callable[[], Reply]


class _Running(Generic[K]):
    def __init__(self, key: K) -> None:
        self.key = key
        self.unseen = 0


def run(client: Client, calls: Iterable[Bulk[K]], sleep: Callable[[float], None]) -> Iterator[tuple[K, End]]:
    """
    Make bulk calls and yield what came of each, as they end.

    If the system fails for good in between, what was started is yielded as `Lost` first.
    """
    board = _Board[K](client, sleep)
    todo = deque(calls)
    try:
        while todo or board.running:
            while todo and board.has_room:
                call = todo.popleft()
                ended = board.start(call)
                if ended is not None:
                    yield call.key, ended
            if board.running:
                yield from board.wait()
    except (SignInFailed, Unavailable, Forbidden) as error:
        yield from board.give_up(f"was started, then: {error}")
        raise


class _Board(Generic[K]):
    """The jobs that run now."""

    def __init__(self, client: Client, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._sleep = sleep
        self.running: dict[str, _Running[K]] = {}
        self._room = _MOST_AT_ONCE
        self._pause, self._waited = _FIRST_WAIT, 0.0

    @property
    def has_room(self) -> bool:
        return len(self.running) < self._room

    def start(self, call: Bulk[K]) -> End | None:
        """Make one bulk call; None if its job runs now."""
        job, ended, left = _start(call)
        if left is not None:  # how many more the account takes, whoever started the others
            self._room = max(1, min(_MOST_AT_ONCE, len(self.running) + left))
        if ended is None and job is not None:
            self.running[job] = _Running(call.key)
        return ended

    def wait(self) -> Iterator[tuple[K, End]]:
        """Wait a little, look, and yield the jobs that ended."""
        self._sleep(self._pause)
        self._waited += self._pause
        ends = list(_look(self._client, self.running))
        for job, ended in ends:
            yield self.running.pop(job).key, ended
        if ends:
            self._pause, self._waited = _FIRST_WAIT, 0.0
        else:
            self._pause = min(_LONGEST_WAIT, self._pause * _BACKOFF)
        if self._waited > _PATIENCE:
            yield from self.give_up("does not come to an end")

    def give_up(self, why: str) -> Iterator[tuple[K, End]]:
        for job in list(self.running):
            yield self.running.pop(job).key, Lost(f"Zendesk's job {job} {why}")


def _start(call: Bulk[K]) -> tuple[str | None, End | None, int | None]:
    """Make one bulk call; return its job, or how it ended, and how many more jobs have room."""
    try:
        reply = call.send()
    except NotDone as error:
        return None, Waiting(str(error), error.after), None
    except InDoubt as error:
        return None, Lost(str(error)), None
    told = _REMAINING.search(reply.headers.get("zendesk-ratelimit-inflight-jobs", ""))
    left = int(told[1]) if told else None
    if reply.status != HTTPStatus.OK:
        return None, NotStarted(reply.status, failure(reply.content)), left
    try:
        job: records.Job = reply.decode(records.OneJob).job_status
    except Unavailable as error:
        return None, Lost(str(error)), left
    return job.id, _ended(job), left


def _look(client: Client, running: dict[str, _Running[K]]) -> Iterator[tuple[str, End]]:
    ids = list(running)
    for at in range(0, len(ids), MOST):
        asked = ids[at : at + MOST]
        shown = {job.id: job for job in client.jobs(asked)}
        for number in asked:
            job = shown.get(number)
            if job is None:
                running[number].unseen += 1
                if running[number].unseen >= _UNSEEN:
                    yield number, Lost(f"Zendesk does not know its job {number} any more")
                continue
            running[number].unseen = 0
            ended = _ended(job)
            if ended is not None:
                yield number, ended


def _ended(job: records.Job) -> End | None:
    if job.status in ("queued", "working", None):
        return None
    listed = cast("list[Any]", job.results) if isinstance(job.results, list) else []
    rows = [cast("dict[str, Any]", row) for row in listed if isinstance(row, dict)]
    if job.status == "completed" or rows:
        return Results(rows)
    return Lost(f"Zendesk's job {job.id} was {job.status}: {job.message or 'it does not say why'}")

"""Asking for operations: creations by the fifty, everything else issue by issue, in order."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import assert_never

import msgspec

from connectors.http import InDoubt, NotDone
from connectors.jira import errors
from connectors.jira.client import JiraClient
from connectors.jira.creating import MOST_CREATED, Creator
from connectors.jira.editing import Editor
from connectors.jira.reading import chunks
from connectors.jira.shapes import Issue
from connectors.jira.standing import FIELDS, Standing
from connectors.jira.talking import Talker
from connectors.jira.walking import Blocked, Walker, status_of
from hub.errors import Unavailable
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)
from hub.spans import within

Settled = tuple[int, Outcome]


class Executor:
    """Runs operations on a few threads (or the caller's own). One issue's go one after the other."""

    def __init__(
        self,
        client: JiraClient,
        *,
        creator: Creator,
        editor: Editor,
        talker: Talker,
        walker: Walker,
        wrote: Callable[[str], None],
        threads: int,
    ) -> None:
        self._client = client
        self._creator = creator
        self._editor = editor
        self._talker = talker
        self._walker = walker
        self._wrote = wrote
        self._threads = threads
        self._initial: dict[tuple[str, str], str] = {}
        self._standing = Standing(client)

    def run(self, operations: Sequence[Operation]) -> Iterator[Settled]:
        """Yield each operation's outcome as it comes; see `hub.ports.Connector.execute`."""
        moved = (o.remote_id for o in operations if isinstance(o, UpdateReplica) and o.changes.get("status"))
        self._standing = Standing(self._client, moved)
        jobs = self._jobs(operations)
        if min(self._threads, len(jobs)) <= 1:
            for job in jobs:
                yield from job()
        else:
            yield from self._side_by_side(jobs)

    def _side_by_side(self, jobs: Sequence[Callable[[], Iterator[Settled]]]) -> Iterator[Settled]:
        done: queue.SimpleQueue[Settled | None] = queue.SimpleQueue()
        stop = threading.Event()

        def work(job: Callable[[], Iterator[Settled]]) -> None:
            try:
                for settled in () if stop.is_set() else job():
                    done.put(settled)
                    if stop.is_set():
                        break
            except BaseException:
                stop.set()  # nothing further can be asked; what is under way comes to its end
                raise
            finally:
                done.put(None)

        with ThreadPoolExecutor(min(self._threads, len(jobs))) as pool:
            running = [pool.submit(within(work), job) for job in jobs]
            try:
                yield from _drained(done, len(jobs))
            finally:
                stop.set()
        for future in running:
            future.result()

    def _jobs(self, operations: Sequence[Operation]) -> list[Callable[[], Iterator[Settled]]]:
        creations: list[tuple[int, CreateReplica]] = []
        others: defaultdict[str, list[tuple[int, Operation]]] = defaultdict(list)
        for index, operation in enumerate(operations):
            if isinstance(operation, CreateReplica):
                creations.append((index, operation))
            else:
                others[operation.remote_id].append((index, operation))
        jobs: list[Callable[[], Iterator[Settled]]] = [
            partial(self._create, part) for part in chunks(creations, MOST_CREATED)
        ]
        jobs += [partial(self._chain, chain) for chain in others.values()]
        return jobs

    # --- creations -------------------------------------------------------------------------------

    def _create(self, numbered: Sequence[tuple[int, CreateReplica]]) -> Iterator[Settled]:
        waiting = dict(numbered)
        try:
            for index, outcome in self._creator.create(numbered):
                operation = waiting.pop(index)
                goal = operation.raw.get("status")
                if isinstance(outcome, Done) and goal:
                    yield index, self._moved(outcome, str(goal), operation)
                else:
                    yield index, outcome
        except NotDone as error:
            yield from ((index, Retryable(str(error), error.after)) for index in waiting)
        except (InDoubt, Unavailable) as error:
            # Something answered, but not as Jira does: they may have been created.
            yield from ((index, Unanswered(str(error))) for index in waiting)

    def _moved(self, made: Done, goal: str, operation: CreateReplica) -> Done:
        """Take a new issue to its status. A failure here is the status's, not the creation's."""
        raw = operation.raw
        where = (str(raw.get("project") or ""), str(raw.get("issuetype") or ""))
        if self._initial.get(where, "").casefold() == goal.casefold():
            return made
        try:
            issue = self._seen(made.remote_id)
            if issue is None:
                return made
            self._initial[where] = status_of(issue)
            _ = self._walker.walk(issue, goal, raw)
        except (Blocked, NotDone, InDoubt, Unavailable) as error:
            return msgspec.structs.replace(made, refused={**made.refused, "status": str(error)})
        return made

    # --- everything else -------------------------------------------------------------------------

    def _chain(self, chain: Sequence[tuple[int, Operation]]) -> Iterator[Settled]:
        waiting = ""
        for index, operation in chain:
            if waiting:
                yield index, Retryable(waiting)
                continue
            outcome = self._one(operation)
            if isinstance(outcome, Stale | Retryable | Unanswered):
                waiting = f"waits behind an earlier change of issue {operation.remote_id}"  # type: ignore[union-attr]
            elif isinstance(outcome, Done) and outcome.remote_id:
                self._wrote(outcome.remote_id)
            yield index, outcome

    def _one(self, operation: Operation) -> Outcome:
        try:
            return self._asked(operation)
        except InDoubt as error:
            return Unanswered(str(error))
        except NotDone as error:
            return Retryable(str(error), error.after)
        except Unavailable as error:
            # Something answered, but not as Jira does: the write may have passed.
            return Unanswered(str(error))

    def _asked(self, operation: Operation) -> Outcome:  # noqa: PLR0911 (one for each kind)
        match operation:
            case UpdateReplica():
                return self._update(operation)
            case AddComment():
                return self._talker.add(operation)
            case EditComment():
                return self._talker.edit(operation)
            case RemoveComment():
                return self._talker.remove(operation)
            case AddAttachment():
                return self._talker.attach(operation)
            case SetReference():
                return self._talker.refer(operation)
            case DeleteReplica():
                return self._delete(operation)
            case CreateReplica():
                return Refused("creations are asked in bulk")
            case _:
                assert_never(operation)

    def _delete(self, operation: DeleteReplica) -> Outcome:
        reply = self._client.delete(operation.remote_id)
        if reply.status in {204, 404}:
            return Done(remote_id=operation.remote_id)
        return errors.outcome(reply, f"delete issue {operation.remote_id}")

    def _update(self, operation: UpdateReplica) -> Outcome:
        goal = operation.changes.get("status")
        if not goal:
            return self._edited(operation)
        issue = self._standing.take(operation.remote_id) or self._seen(operation.remote_id)
        if issue is None:
            return Refused(f"issue {operation.remote_id} is not there any more", "gone")
        status, expected = status_of(issue), operation.before.get("status")
        if expected and status.casefold() not in {str(expected).casefold(), str(goal).casefold()}:
            return Stale(f"{issue.key} was moved to {status} after we saw it in {expected}")
        outcome = self._edited(operation)
        if not isinstance(outcome, Done):
            return outcome
        return self._walked(operation, issue, str(goal), outcome)

    def _edited(self, operation: UpdateReplica) -> Outcome:
        outcome, files = self._editor.edit(operation)
        if not isinstance(outcome, Done):
            return outcome
        failed: dict[str, str] = {}
        for name, text in files.items():
            failed |= self._talker.attach_text(operation.remote_id, name, text)
        if failed:
            return msgspec.structs.replace(outcome, refused={**outcome.refused, **failed})
        return outcome

    def _walked(
        self, operation: UpdateReplica, issue: Issue, goal: str, edited: Done
    ) -> Outcome:
        try:
            reached = self._walker.walk(issue, goal, operation.changes)
        except Blocked as blocked:
            refused = {**edited.refused, "status": str(blocked)}
            return msgspec.structs.replace(edited, refused=refused)
        except NotDone as error:
            # Fields were written, and some steps may have been taken: look before asking again.
            return Unanswered(f"not all steps to {goal} were taken: {error}")
        raw = dict(edited.raw) | {"status": reached} if edited.raw is not None else None
        return msgspec.structs.replace(
            edited,
            label=edited.label or issue.key,
            raw=raw,
            refused={n: why for n, why in edited.refused.items() if n != "resolution"},
        )

    def _seen(self, issue_id: str) -> Issue | None:
        reply = self._client.issue(issue_id, FIELDS)
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        if reply.status != HTTPStatus.OK:
            raise errors.unexpected(reply)
        return reply.decode(Issue)


def _drained(done: queue.SimpleQueue[Settled | None], jobs: int) -> Iterator[Settled]:
    """Yield what the jobs put there until each of them has said that it is through."""
    while jobs:
        settled = done.get()
        if settled is None:
            jobs -= 1
        else:
            yield settled

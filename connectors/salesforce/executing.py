"""
Asking for operations: by the hundreds, kind by kind, a Case's own ones in their order.

Calls go one after the other. Two at once that touch Cases of one Account would lock each other out, and
with two hundred rows a call there is little to gain.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from connectors.http import InDoubt, NotDone
from connectors.salesforce import creating, values
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.collections import Collections, Settled
from connectors.salesforce.conditional import Conditional, Edit, edit_of
from connectors.salesforce.creating import Creator
from connectors.salesforce.ingest import Ingest
from connectors.salesforce.ours import Ours
from connectors.salesforce.queues import Numbered, Queues
from connectors.salesforce.rows import Row, Taken
from connectors.salesforce.talking import Talker
from connectors.salesforce.uploads import Uploads
from connectors.salesforce.writing import Writer
from hub.account import UpdateAccount
from hub.model import RemoteId
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
    Unanswered,
    UpdateReplica,
)
from hub.ports import Files

Answered: TypeAlias = Iterator[tuple[int, Outcome]]
K = TypeVar("K", bound=Operation)
R = TypeVar("R", bound=Row)


class Executor:
    """Executes operations on Cases, and updates of Accounts. See `hub.ports.Connector.execute`."""

    def __init__(
        self,
        client: SalesforceClient,
        files: Files | None = None,
        *,
        site: str = "",
        me: Callable[[], str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`site`: where people look at Cases, if not at the instance; `me`: tells our user's id."""
        self._client = client
        self._who = me or client.me
        self._ours = Ours(client, self._who)
        self._collections = Collections(client, sleep)
        self._conditional = Conditional(client, self._collections, lambda: self._ours, sleep)
        creator = Creator(client, lambda: self._ours.me, sleep, site=site)
        self._writer = Writer(self._collections, creator, Ingest(client, sleep))
        self._uploads = Uploads(client, files)
        self._talker = Talker(self._collections, self._uploads, lambda: self._ours.me)

    def run(self, operations: Sequence[Operation]) -> Answered:
        """Yield each operation's outcome as it comes; see `hub.ports.Connector.execute`."""
        self._ours = Ours(self._client, self._who)
        queues = Queues(operations)
        while first := queues.next():
            for index, outcome in self._wave(first):
                queues.answered(index, outcome)
                yield index, outcome
            yield from queues.held_back()

    def update_accounts(self, updates: Sequence[UpdateAccount]) -> Answered:
        """Set fields of Accounts that only the hub writes; see `hub.crm.Crm.update_accounts`."""
        rows: list[Row] = []
        for index, update in enumerate(updates):
            made = values.written(update.changes)
            row = Row(
                index,
                "Account",
                f"change Account {update.remote_id}",
                str(update.remote_id),
                fields=made.fields,
                named=made.named,
                refused=made.refused,
            )
            rows.append(row)
        for part in _once_each(rows):
            yield from _settled(self._asked(part, self._writer.update))

    # --- a wave: at most one operation of each Case ----------------------------------------------

    def _wave(self, first: Sequence[Numbered]) -> Answered:
        yield from _settled(self._creations(_of(first, CreateReplica)))
        yield from _settled(self._updates(_of(first, UpdateReplica)))
        yield from self._talker.add(_of(first, AddComment))
        yield from self._talker.edit(_of(first, EditComment))
        yield from self._talker.remove(_of(first, RemoveComment))
        for index, attachment in _of(first, AddAttachment):
            yield index, self._attached(attachment)
        for index, reference in _of(first, SetReference):
            # The fields of the mapping show it: a Case has no list of links to other systems.
            yield index, Done(remote_id=reference.remote_id)
        yield from self._deletions(_of(first, DeleteReplica))

    def _creations(self, numbered: Sequence[tuple[int, CreateReplica]]) -> Iterator[Settled]:
        return self._writer.create([creating.row_of(index, it) for index, it in numbered])

    def _updates(self, numbered: Sequence[tuple[int, UpdateReplica]]) -> Iterator[Settled]:
        edits = [(it.ours, edit_of(index, it)) for index, it in numbered]
        yield from self._asked([edit for ours, edit in edits if ours], self._writer.update)
        yield from self._asked([edit for ours, edit in edits if not ours], self._conditional.update)

    def _asked(
        self, rows: Sequence[R], ask: Callable[[Sequence[R]], Iterator[Settled]]
    ) -> Iterator[Settled]:
        """Ask for those rows of which anything is left to ask."""
        yield from ((row, row.nothing_left()) for row in rows if row.is_empty)
        yield from ask([row for row in rows if not row.is_empty])

    def _attached(self, operation: AddAttachment) -> Outcome:
        try:
            return self._uploads.attach(operation)
        except NotDone as error:
            return Retryable(str(error), error.after)
        except InDoubt as error:
            return Unanswered(str(error))

    def _deletions(self, numbered: Sequence[tuple[int, DeleteReplica]]) -> Answered:
        rows = [
            Row(index, "Case", f"delete Case {it.remote_id}", str(it.remote_id)) for index, it in numbered
        ]
        for row, came in self._collections.delete(rows):
            if isinstance(came, Taken) or (isinstance(came, Refused) and came.code == "gone"):
                yield row.index, Done(remote_id=RemoteId(row.id))
            else:
                yield row.index, came


def _of(first: Sequence[Numbered], kind: type[K]) -> list[tuple[int, K]]:
    return [(index, operation) for index, operation in first if isinstance(operation, kind)]


def _settled(rows: Iterable[Settled]) -> Answered:
    """Return rows' ends as outcomes of their operations."""
    for row, came in rows:
        if not isinstance(came, Taken):
            yield row.index, came
            continue
        yield row.index, row.unread() if isinstance(row, Edit) else row.done()


def _once_each(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Divide rows so that each record is written once at a time, in the order given."""
    parts: list[list[Row]] = []
    seen: Counter[str] = Counter()
    for row in rows:
        if seen[row.id] == len(parts):
            parts.append([])
        parts[seen[row.id]].append(row)
        seen[row.id] += 1
    yield from parts

"""
Asking for operations: by the hundred where there are many, one by one where there are few.

Operations on one ticket go one after the other's answer; tickets do not wait for each other. What
a bulk call's job tells is one line a ticket, so a refused ticket is asked again without the field
that was complained of, and, if none can be told, field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from connectors.zendesk import jobs
from connectors.zendesk.blame import COMMENT, blamed
from connectors.zendesk.bodies import Known, named_groups, named_people
from connectors.zendesk.client import MOST
from connectors.zendesk.drafts import draft
from connectors.zendesk.errors import Failure, job_failure
from connectors.zendesk.errors import outcome as outcome_of
from connectors.zendesk.items import Item, Shown
from connectors.zendesk.queues import Queues, Step
from connectors.zendesk.reading import Reader
from connectors.zendesk.singles import Singles
from connectors.zendesk.uploads import Uploads
from hub.errors import Forbidden, SignInFailed, Unavailable
from hub.operations import (
    CreateReplica,
    Operation,
    Outcome,
    Refused,
    Retryable,
    Unanswered,
)

FEW = 2
"""Up to so many writes are cheaper, and tell more, as single calls than as a job."""
_ROUNDS = 4
"""How often a bulk call is repeated without the fields that were refused before."""
_PIECES = 20
"""How many fields are tried one by one."""

Answered: TypeAlias = Iterator[tuple[int, Outcome]]


class Writer:
    """Executes operations. See `hub.ports.Connector.execute`."""

    def __init__(
        self, reader: Reader, uploads: Uploads, sleep: Callable[[float], None], *, redact: bool = False
    ) -> None:
        self._reader = reader
        self._client = reader.client
        self._uploads = uploads
        self._sleep = sleep
        self._singles = Singles(reader, redact=redact)
        self._known = Known({}, {})

    def execute(self, operations: Sequence[Operation]) -> Answered:
        """Yield what came of each operation, by its place in the sequence."""
        self._known = self._look_up(operations)
        queues = Queues(operations)
        while steps := queues.next():
            for index, outcome in self._wave(steps):
                queues.answered(index, outcome)
                yield index, outcome
            yield from queues.held_back()

    def _look_up(self, operations: Sequence[Operation]) -> Known:
        """Find out who and what the operations name, before anything is asked."""
        people = self._reader.people
        emails: dict[str, bool] = {}
        for email, agent in named_people(operations):
            emails[email] = emails.get(email, False) or agent
        return Known(
            {email: people.id_of(email, agent=agent) for email, agent in emails.items()},
            {name: people.group_id(name) for name in set(named_groups(operations))},
        )

    def _wave(self, steps: Sequence[Step]) -> Answered:
        """At most one step of each ticket."""
        items: list[Item] = []
        for step in steps:
            if step.alone is not None:
                yield step.index, self._singles.ask(step.alone)
                continue
            item = draft(step.parts, self._uploads)
            if not isinstance(item, Item):
                yield from ((index, item) for index, _ in step.parts)
            elif item.empty:
                yield from item.done(Shown(item.ticket))
            else:
                items.append(item)
        yield from self._write(items)

    def _write(self, items: list[Item]) -> Answered:
        alone = [item for item in items if not item.needs_bulk] if len(items) <= FEW else []
        for item in alone:
            yield from self._one(item)
        together = [item for item in items if item not in alone] if alone else items
        for creation in (True, False):
            for quiet in (False, True):
                chosen = [it for it in together if (not it.ticket, _is_quiet(it)) == (creation, quiet)]
                yield from self._many(chosen, quiet=quiet)

    # -- one -----------------------------------------------------------------------------------

    def _one(self, item: Item) -> Answered:
        """Write one item, without the fields that turn out to be refused."""
        while not item.empty:
            answer = self._singles.write(item, self._known)
            if isinstance(answer, Shown):
                yield from item.done(answer)
                return
            if isinstance(answer, tuple):
                status, failed = answer
                verdict = outcome_of(status, failed, item.name)
                if not _may_be_a_field(verdict, item):
                    yield from item.all(verdict)
                    return
                if not self._without_blamed(item, failed):
                    yield from self._by_pieces(item, verdict)
                    return
                continue
            yield from item.all(answer)
            return
        yield from item.done(Shown(item.ticket))

    def _without_blamed(self, item: Item, failed: Failure) -> bool:
        """Take out what was complained of; False if that cannot be told."""
        names = [*item.fields, *([COMMENT] if item.said is not None and item.ticket else [])]
        found = blamed(failed, names, self._titles())
        for name, reason in found.items():
            item.refuse(name, reason)
        return bool(found)

    def _titles(self) -> Mapping[int, str]:
        try:
            return self._reader.layout.titles
        except (Unavailable, SignInFailed, Forbidden):
            return {}  # what was answered so far must still be told

    def _by_pieces(self, item: Item, verdict: Outcome) -> Answered:
        """Write field by field what cannot be written together."""
        pieces = list(item.pieces())
        if not item.ticket or not 1 < len(pieces) <= _PIECES:
            yield from item.all(verdict)
            return
        last = Shown(item.ticket, raw={})
        for piece in pieces:
            answer = self._singles.write(piece, self._known)
            item.refused |= piece.refused
            if isinstance(answer, Shown):
                last = _joined(last, answer)
            elif isinstance(answer, tuple):
                refusal = outcome_of(*answer, item.name)
                if not isinstance(refusal, Refused):
                    yield from item.all(refusal)
                    return
                item.refuse(next(iter(piece.fields), COMMENT), refusal.reason)
            else:
                yield from item.all(answer)
                return
        yield from item.done(last)

    # -- many ----------------------------------------------------------------------------------

    def _many(self, items: list[Item], *, quiet: bool) -> Answered:
        alone: list[Item] = []
        for _ in range(_ROUNDS):
            if not items:
                break
            again: list[Item] = []
            groups = [items[at : at + MOST] for at in range(0, len(items), MOST)]
            calls = (jobs.Bulk(group, self._call(group, quiet=quiet)) for group in groups)
            for group, end in jobs.run(self._client, calls, self._sleep):
                yield from self._told(group, end, again, alone)
            items = again
        for item in [*alone, *items]:
            yield from self._one(item)

    def _call(self, group: list[Item], *, quiet: bool) -> Callable[[], Any]:
        body = {"tickets": [item.json(self._known, bulk=True) for item in group]}
        if group[0].ticket:
            return lambda: self._client.update_tickets(body)
        if quiet:
            for row in body["tickets"]:
                row["comments"] = [row.pop("comment")]
        return lambda: self._client.create_tickets(body, quiet=quiet)

    def _told(self, group: list[Item], end: jobs.End, again: list[Item], alone: list[Item]) -> Answered:
        """What a bulk call's end means for each item: an outcome, or another try, together or alone."""
        match end:
            case jobs.Results(rows):
                yield from self._results(group, rows, again, alone)
            case jobs.NotStarted(status, failed):
                for item in group:
                    yield from item.all(outcome_of(status, failed, item.name))
            case jobs.Waiting(reason, after):
                for item in group:
                    yield from item.all(Retryable(reason, after))
            case jobs.Lost(reason):
                for item in group:
                    yield from item.all(Unanswered(reason))
            case _:
                assert_never(end)

    def _results(
        self,
        group: list[Item],
        rows: Sequence[dict[str, Any]],
        again: list[Item],
        alone: list[Item],
    ) -> Answered:
        by_place = _by_place(group, rows)
        for item in group:
            row = by_place.get(id(item))
            if row is None:
                yield from item.all(Unanswered(f"{item.name}: Zendesk's job does not mention it"))
                continue
            failed = job_failure(row)
            if failed is None:
                yield from item.done(Shown(item.ticket or str(row.get("id", ""))))
                continue
            verdict = outcome_of(0, failed, item.name)
            if not _may_be_a_field(verdict, item):
                yield from item.all(verdict)
            elif self._without_blamed(item, failed):
                if item.empty:
                    yield from item.done(Shown(item.ticket))
                else:
                    again.append(item)
            else:
                alone.append(item)


def _may_be_a_field(verdict: Outcome, item: Item) -> bool:
    """Whether a refusal may be about a part of the write only."""
    return (
        isinstance(verdict, Refused)
        and verdict.code in ("invalid", "too_long", "forbidden")
        and bool(item.fields or item.said)
    )


def _is_quiet(item: Item) -> bool:
    return any(isinstance(it, CreateReplica) and it.quiet for _, it in item.parts)


def _by_place(group: Sequence[Item], rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Match results to items: by number for updates, by index for creations. Order means nothing."""
    numbers = {item.ticket: item for item in group if item.ticket}
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        index, number = row.get("index"), str(row.get("id", ""))
        item = numbers.get(number)
        if item is None and isinstance(index, int) and 0 <= index < len(group):
            item = group[index]
        if item is not None:
            found[id(item)] = row
    return found


def _joined(before: Shown, now: Shown) -> Shown:
    raw = {**(before.raw or {}), **(now.raw or {})}
    comment = now.comment or before.comment
    return Shown(now.number, now.url, now.version, raw, comment, before.files | now.files)

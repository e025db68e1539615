"""The feed of changes: Zendesk's two incremental exports as one stream of pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from msgspec.structs import replace

from connectors.zendesk import marks, payload, place, records
from connectors.zendesk.client import FeedRefused
from connectors.zendesk.payload import Thread, Told
from connectors.zendesk.place import Place
from connectors.zendesk.reading import Reader
from hub.errors import Unavailable
from hub.model import ZENDESK, RemoteId
from hub.replica import Gone, Observation, Page

_SLACK = 120
"""Seconds to go back when a cursor is not taken any more."""
_LATE = 5
"""Seconds that a new ticket may take into the feed after its `created_at`."""
_WORTH_A_SECOND_READ = 20
"""So many unknown descriptions cost more to fetch one by one than to read the events again."""


def pages(reader: Reader, start: Place, *, include_deleted: bool) -> Iterator[Page]:
    """
    Yield what changed since `start`: first comments as they were added, then tickets as they are.

    Last come the tickets of the last minute, which the exports hold back. With nothing changed all
    this takes three calls.
    """
    return _Feed(reader, start, include_deleted=include_deleted).pages()


class _Feed:
    def __init__(self, reader: Reader, start: Place, *, include_deleted: bool) -> None:
        self._reader = reader
        self._client = reader.client
        self._place: Place = start
        self._include_deleted = include_deleted
        self._merged: dict[int, RemoteId] = {}
        self._reread = False

    def pages(self) -> Iterator[Page]:
        yield from self._updates()
        yield from self._tickets()
        yield from self._just_now()

    # -- everything that was done to tickets ---------------------------------------------------

    def _updates(self) -> Iterator[Page]:
        while True:
            before = self._place
            try:
                page = self._client.updates(before.events)
            except FeedRefused as refused:
                if _is_too_early(refused):
                    return  # nothing can have happened yet
                raise _broken("ticket_events", refused) from refused
            fresh = [u for u in page.ticket_events if u.id not in before.seen]
            self._place = _after_updates(before, page)
            if fresh:
                yield Page(tuple(self._observed(fresh)), place.write(self._place))
            if page.end_of_stream:
                return
            if not fresh and self._place.events <= before.events:
                raise Unavailable(
                    "Zendesk's export of ticket events does not move: it says that there is more, "
                    f"and answers start_time={before.events} with nothing new; try again later"
                )

    def _observed(self, updates: list[records.Update]) -> Iterator[Observation]:
        told = [payload.told(update) for update in updates]
        self._reader.people.look_up(event.author_id for one in told for event in one.comments)
        altered: set[int] = set()
        for number, own in _by_ticket(told):
            thread = self._thread(number, own)
            if any(one.alters for one in own):
                altered.add(number)
            elif thread.comments or thread.attachments:
                yield _remarks(number, thread, at=own[-1].update.created_at or "")
        for number in sorted(altered):  # what was redacted or hidden is known only by looking
            seen = self._reader.thread(number)
            if seen is not None:
                self._keep(number, seen)
                yield _remarks(number, seen, complete=True)

    def _thread(self, number: int, told: list[Told]) -> Thread:
        """The comments in some updates of one ticket."""
        found: list[tuple[records.Event, marks.Mark, str]] = []
        first: int | None = None
        for one in told:
            update = one.update
            if one.creates and one.comments and first is None:
                first = one.comments[0].id
            found.extend(
                (event, marks.read(event.metadata, update.metadata), update.created_at or "")
                for event in one.comments
            )
        thread = payload.thread(found, first, self._reader.people.person) if found else Thread()
        self._keep(number, thread)
        return thread

    def _keep(self, number: int, thread: Thread) -> None:
        if thread.description is not None:
            self._reader.descriptions.put(number, thread.description)
        if thread.merged_into is not None:
            self._merged[number] = thread.merged_into

    # -- tickets as they are now ---------------------------------------------------------------

    def _tickets(self) -> Iterator[Page]:
        known: set[tuple[int, float]] = set()
        newest = self._place.since
        while True:
            page = self._changed()
            rows = [t for t in page.tickets if (t.id, t.generated_timestamp or 0) not in known]
            known = {(t.id, t.generated_timestamp or 0) for t in page.tickets}
            newest = max([newest, *(int(t.generated_timestamp or 0) for t in rows)])
            ended = page.end_of_stream is not False
            if not ended and not page.after_cursor:
                raise Unavailable("Zendesk's export of tickets gave no cursor to go on from")
            self._place = replace(self._place, after=page.after_cursor or self._place.after)
            observations = tuple(self._shown(page, rows))
            if ended:
                at = self._place.events
                self._place = replace(self._place, since=newest, base=at)
                self._reader.descriptions.clear()
            yield Page(observations, place.write(self._place))
            if ended:
                return

    def _changed(self) -> records.TicketsPage:
        here = self._place
        deleted = self._include_deleted
        try:
            return self._client.changed_tickets(cursor=here.after, start=here.since, deleted=deleted)
        except FeedRefused as refused:
            if _is_too_early(refused):
                return records.TicketsPage(end_of_stream=True)
            if not here.after:
                raise _broken("tickets/cursor", refused) from refused
        # a cursor that Zendesk does not take any more: read again from where it was last good
        start = max(0, here.since - _SLACK)
        try:
            return self._client.changed_tickets(cursor=None, start=start, deleted=deleted)
        except FeedRefused as refused:
            raise _broken("tickets/cursor", refused) from refused

    def _shown(self, page: records.TicketsPage, rows: list[records.Ticket]) -> Iterator[Observation]:
        unknown = {ticket.id for ticket in rows if self._needs_a_look(ticket)}
        if len(unknown) > _WORTH_A_SECOND_READ and not self._reread:
            self._read_events_again()
            unknown = {t.id for t in rows if t.id in unknown and self._needs_a_look(t)}
        for seen in self._reader.observed(page, rows):
            number = int(seen.remote_id)
            thread = self._reader.thread(number) if number in unknown else None
            if thread is not None:
                self._keep(number, thread)
            yield self._completed(number, seen, thread)

    def _completed(self, number: int, seen: Observation, thread: Thread | None) -> Observation:
        description = self._reader.descriptions.get(number)
        if description is not None and seen.raw is not None:
            seen = replace(seen, raw={**seen.raw, "description": description})
        if seen.gone is not None and seen.gone.how == "merged":
            seen = replace(seen, gone=Gone("merged", self._merged.get(number)))
        if thread is not None:
            seen = replace(
                seen,
                comments=thread.comments,
                comments_complete=True,
                attachments=thread.attachments,
                attachments_complete=True,
            )
        return seen

    def _just_now(self) -> Iterator[Page]:
        """
        Yield tickets that changed after the export's end. The export shows each of them later, too.

        Only a record is seen here, so nothing depends on it: whatever is missed comes a minute later.
        """
        shown = set(self._place.early)
        page = self._client.latest_tickets()
        later = [t for t in page.tickets if _second(t.updated_at) > self._place.since]
        rows = [t for t in later if (t.id, t.updated_at or "") not in shown]
        self._place = replace(self._place, early=tuple((t.id, t.updated_at or "") for t in later))
        if rows or shown:
            seen = tuple(replace(it, early=True) for it in self._reader.observed(page, rows))
            yield Page(seen, place.write(self._place))

    def _needs_a_look(self, ticket: records.Ticket) -> bool:
        """
        Whether a ticket's first comment must be fetched, because no update showed it.

        That is so for tickets made while the first feed was being read, after a run that died
        between the feeds, and for tickets older than the very first read.
        """
        if ticket.status == "deleted" or ticket.id in self._reader.descriptions:
            return False
        created = _second(ticket.created_at)
        here = self._place
        return created >= here.since - _LATE or created < here.first

    def _read_events_again(self) -> None:
        """Collect descriptions from the updates since the last complete read."""
        self._reread = True
        here, goal = replace(self._place, events=self._place.base, seen=()), self._place.events
        while here.events <= goal:
            try:
                page = self._client.updates(here.events)
            except FeedRefused:
                return
            for number, own in _by_ticket([payload.told(update) for update in page.ticket_events]):
                _ = self._thread(number, own)
            later = _after_updates(here, page)
            if page.end_of_stream or later.events <= here.events:
                return
            here = later


def _by_ticket(told: list[Told]) -> Iterator[tuple[int, list[Told]]]:
    ordered = sorted(told, key=lambda one: (one.update.ticket_id, one.update.id))
    for number, own in groupby(ordered, key=lambda one: one.update.ticket_id):
        yield number, list(own)


def _after_updates(before: Place, page: records.UpdatesPage) -> Place:
    """The place behind a page. Its last second may be repeated by the next one."""
    end = max(int(page.end_time or 0), before.events)
    last = {u.id for u in page.ticket_events if int(u.timestamp or 0) >= end}
    if end == before.events:
        last |= set(before.seen)
    return replace(before, events=end, seen=tuple(sorted(last)))


def _remarks(number: int, thread: Thread, *, at: str = "", complete: bool = False) -> Observation:
    return Observation(
        system=ZENDESK,
        remote_id=RemoteId(str(number)),
        label=f"#{number}",
        comments=thread.comments,
        comments_complete=complete,
        attachments=thread.attachments,
        attachments_complete=complete,
        at=at,
    )


def _second(at: str | None) -> int:
    return int(datetime.fromisoformat(at).astimezone(UTC).timestamp()) if at else 0


def _is_too_early(refused: FeedRefused) -> bool:
    """Exports hold the last minute back, and refuse to begin in it."""
    return "recent" in f"{refused.failure.code} {refused.failure.text}".lower()


def _broken(feed: str, refused: FeedRefused) -> Unavailable:
    return Unavailable(f"Zendesk refused to export {feed}: {refused}")

"""Looking at tickets: records with all that they refer to, whole threads, and our own creations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from connectors.zendesk import marks, payload, records
from connectors.zendesk.client import MOST, Client
from connectors.zendesk.fields import Layout, layout
from connectors.zendesk.payload import Names, Thread
from connectors.zendesk.people import People
from connectors.zendesk.spool import Spool
from hub.model import ZENDESK, RemoteId, TicketId
from hub.replica import Gone, Observation

_LONGEST_ID = 18
"""Digits; more is no id, and more than Zendesk takes without an error."""


class Reader:
    """Reads in bulk, and looks up once what records refer to."""

    def __init__(self, client: Client, people: People) -> None:
        self.client = client
        self.people = people
        self.descriptions = Spool()
        self._layout: Layout | None = None

    @property
    def layout(self) -> Layout:
        """The custom fields' types; read when the first record has to be understood."""
        if self._layout is None:
            self._layout = layout(self.client.ticket_fields(), self.client.organization_fields())
        return self._layout

    def observed(self, page: records.TicketsPage, rows: Iterable[records.Ticket]) -> Iterator[Observation]:
        """Yield the observations of some rows of a page with its side-loads."""
        rows = list(rows)
        if not rows:
            return
        people = self.people
        people.learn(page.users)
        people.learn_groups(page.groups)
        people.look_up(n for t in rows for n in (t.requester_id, t.assignee_id, t.submitter_id))
        organizations = {it.id: it for it in page.organizations or ()}
        names = Names(people.shown, people.groups, organizations)
        for ticket in rows:
            yield payload.observation(ticket, names, self.layout)

    def thread(self, number: int) -> Thread | None:
        """Read all comments of a ticket; None if there are none to be seen any more."""
        events: list[records.Event] = []
        for page in self.client.comments(number):
            self.people.learn(page.users)
            events.extend(page.comments)
        if not events:
            return None
        self.people.look_up(event.author_id for event in events)
        marked = [(event, marks.read(event.metadata), event.created_at or "") for event in events]
        return payload.thread(marked, events[0].id, self.people.person)

    def fetch(self, names: Sequence[str], *, whole: bool) -> Mapping[str, Observation]:
        """Look at tickets by number (`123` or `#123`). See `hub.ports.Connector.fetch`."""
        numbers = {name: _number(name) for name in names}
        wanted = sorted({n for n in numbers.values() if n is not None})
        seen = self._records(wanted)
        if whole:
            seen = {n: self._whole(n, it) for n, it in seen.items()}
        missing = [n for n in wanted if n not in seen]
        if missing:
            seen |= self._gone(missing)
        absent = Observation(ZENDESK, RemoteId(""), gone=Gone("absent"))
        return {
            name: seen[n] if n is not None else replace(absent, remote_id=RemoteId(name))
            for name, n in numbers.items()
        }

    def _records(self, wanted: Sequence[int]) -> dict[int, Observation]:
        seen: dict[int, Observation] = {}
        for at in range(0, len(wanted), MOST):
            page = self.client.tickets(wanted[at : at + MOST])
            seen |= {int(it.remote_id): it for it in self.observed(page, page.tickets)}
        return seen

    def _whole(self, number: int, seen: Observation) -> Observation:
        thread = self.thread(number)
        if thread is None:
            return seen
        raw = seen.raw
        if thread.description is not None and raw is not None:
            raw = {**raw, "description": thread.description}
        gone = seen.gone
        if gone is not None and gone.how == "merged":
            gone = Gone("merged", thread.merged_into)
        return replace(
            seen,
            raw=raw,
            comments=thread.comments,
            comments_complete=True,
            attachments=thread.attachments,
            attachments_complete=True,
            references=(),
            gone=gone,
        )

    def _gone(self, missing: Sequence[int]) -> dict[int, Observation]:
        """Tickets that were not shown: deleted if they are among those deleted last, else absent."""
        deleted = {row.id for row in self.client.deleted_tickets().deleted_tickets}
        return {
            n: Observation(
                ZENDESK,
                RemoteId(str(n)),
                label=f"#{n}",
                gone=Gone("deleted" if n in deleted else "absent"),
            )
            for n in missing
        }

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """
        Return the tickets with these external ids, the oldest where there are several.

        The list by external id is no search index: it shows a ticket as soon as it is there.
        """
        found: dict[TicketId, Observation] = {}
        for key in dict.fromkeys(keys):
            page = self.client.tickets_by_external_id(key)
            own = [ticket for ticket in page.tickets if str(ticket.external_id) == key]
            rows = sorted(own, key=lambda ticket: ticket.id)
            for observation in self.observed(page, rows[:1]):
                found[key] = observation
        return found

    def close(self) -> None:
        self.descriptions.clear()


def _number(name: str) -> int | None:
    bare = name.strip().removeprefix("#")
    return int(bare) if bare.isdecimal() and len(bare) <= _LONGEST_ID else None

"""
Zendesk's endpoints: one method each, answers decoded into structs, no meaning.

Reads raise `Forbidden` and `Unavailable`; writes give the `Reply` for the caller to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from connectors.http import Http, InDoubt, NotDone, Reply
from connectors.zendesk import records
from connectors.zendesk.errors import Failure, failure
from hub.errors import Forbidden, Unavailable

T = TypeVar("T")

API = "/api/v2"
MOST = 100
"""Records in a page, and in a bulk call."""
SIDELOADS = "users,groups,organizations,comment_count,slas"
FEED_PAGE = "1000"
_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


class FeedRefused(Exception):
    """The export does not take this place to go on from. `failure.code` says why."""

    def __init__(self, refusal: Failure) -> None:
        super().__init__(refusal.words)
        self.failure = refusal


class Client:
    """The endpoints that the hub uses."""

    def __init__(self, http: Http) -> None:
        self.http = http

    # -- feeds -------------------------------------------------------------------------------

    def updates(self, start: int) -> records.UpdatesPage:
        """One page of everything done to any ticket, comments included. Raises `FeedRefused`."""
        return self._feed(
            "incremental/ticket_events",
            {"start_time": str(start), "include": "comment_events", "per_page": FEED_PAGE},
            records.UpdatesPage,
        )

    def changed_tickets(self, *, cursor: str | None, start: int, deleted: bool) -> records.TicketsPage:
        """One page of the tickets that changed. Raises `FeedRefused`."""
        params = {"cursor": cursor} if cursor else {"start_time": str(start)}
        params |= {"per_page": FEED_PAGE, "include": SIDELOADS, "support_type_scope": "all"}
        if not deleted:
            params["exclude_deleted"] = "true"
        return self._feed("incremental/tickets/cursor", params, records.TicketsPage)

    def changed_users(self, cursor: str | None) -> records.UsersPage:
        """One page of all people there are. Raises `FeedRefused`."""
        params = {"cursor": cursor} if cursor else {"start_time": "0"}
        return self._feed("incremental/users/cursor", {**params, "per_page": FEED_PAGE}, records.UsersPage)

    def _feed(self, path: str, params: Mapping[str, str], type_: type[T]) -> T:
        reply = self._ask(path, params)
        if reply.status in _REFUSED:
            raise FeedRefused(failure(reply.content))
        return self._decoded(reply, path, type_)

    def jira_links(self) -> Iterator[records.JiraLink]:
        """Which issues Zendesk's own app for Jira linked to tickets; none where it was never there."""
        after: dict[str, str] = {}
        while True:
            reply = self._ask("jira/links", {"page[size]": str(MOST), **after})
            if reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
                return
            page = self._decoded(reply, "jira/links", records.JiraLinksPage)
            yield from page.links
            if page.meta is None or not page.meta.has_more or not page.meta.after_cursor:
                return
            after = {"page[after]": page.meta.after_cursor}

    # -- records -----------------------------------------------------------------------------

    def tickets(self, ids: Sequence[int]) -> records.TicketsPage:
        """Up to 100 tickets; those that are not there, or deleted, are left out."""
        params = {"ids": ",".join(map(str, ids)), "include": SIDELOADS}
        return self._get("tickets/show_many", params, records.TicketsPage)

    def tickets_by_external_id(self, external_id: str) -> records.TicketsPage:
        """Every ticket with this external id: it need not be the only one."""
        return self._get("tickets", {"external_id": external_id, "include": SIDELOADS}, records.TicketsPage)

    def latest_tickets(self) -> records.TicketsPage:
        """The hundred tickets that changed last, as they are this very moment."""
        params = {"sort": "-updated_at", "page[size]": str(MOST), "include": SIDELOADS}
        return self._get("tickets", params, records.TicketsPage)

    def deleted_tickets(self) -> records.DeletedPage:
        """The hundred tickets deleted last."""
        params = {"sort_by": "deleted_at", "sort_order": "desc", "per_page": str(MOST)}
        return self._get("deleted_tickets", params, records.DeletedPage)

    def comments(self, ticket: int) -> Iterator[records.CommentsPage]:
        """All comments of a ticket, oldest first; nothing if the ticket is not there."""
        after: str | None = ""
        while after is not None:
            params = {"page[size]": str(MOST), "include": "users"}
            if after:
                params["page[after]"] = after
            path = f"tickets/{ticket}/comments"
            reply = self._ask(path, params, endpoint="tickets/{id}/comments")
            if reply.status == HTTPStatus.NOT_FOUND:
                return
            page = self._decoded(reply, path, records.CommentsPage)
            yield page
            # `links.next` of the last page is not null: only `has_more` tells the end
            after = page.meta.after_cursor if page.meta.has_more else None

    def users(self, ids: Sequence[int]) -> list[records.User]:
        """Up to 100 people by id."""
        params = {"ids": ",".join(map(str, ids))}
        return self._get("users/show_many", params, records.UsersPage).users

    def users_by_email(self, email: str) -> list[records.User]:
        """People whose address may be this one: the search finds more than it was asked for."""
        return self._get("users/search", {"query": f'email:"{email}"'}, records.UsersPage).users

    def agents(self) -> Iterator[records.User]:
        """Everyone that a ticket can be assigned to."""
        roles = [("role[]", "agent"), ("role[]", "admin")]
        for page in self._pages("users", roles, records.UsersPage):
            yield from page.users

    def groups(self) -> Iterator[records.Group]:
        for page in self._pages("groups", (), records.GroupsPage):
            yield from page.groups

    def ticket_fields(self) -> Iterator[records.TicketField]:
        for page in self._pages("ticket_fields", (), records.FieldsPage):
            yield from page.ticket_fields

    def organization_fields(self) -> Iterator[records.TicketField]:
        for page in self._pages("organization_fields", (), records.FieldsPage):
            yield from page.organization_fields

    def attachment(self, attachment: str) -> records.Attachment | None:
        path = f"attachments/{quote(attachment)}"
        reply = self._ask(path, {}, endpoint="attachments/{id}")
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        return self._decoded(reply, path, records.OneAttachment).attachment

    def jobs(self, ids: Sequence[str]) -> list[records.Job]:
        """How jobs fare; those that Zendesk forgot are left out."""
        return self._get("job_statuses/show_many", {"ids": ",".join(ids)}, records.Jobs).job_statuses

    # -- writes ------------------------------------------------------------------------------

    def create_ticket(self, body: Any, key: str) -> Reply:
        """Create one ticket. Asking again with the same key within two hours creates no second."""
        return self._send("POST", "tickets", json=body, headers={"Idempotency-Key": key})

    def import_ticket(self, body: Any) -> Reply:
        """Create one ticket without triggers, notifications or deadlines."""
        return self._send("POST", "imports/tickets", json=body)

    def create_tickets(self, body: Any, *, quiet: bool) -> Reply:
        path = "imports/tickets/create_many" if quiet else "tickets/create_many"
        return self._send("POST", path, json=body)

    def update_ticket(self, ticket: str, body: Any) -> Reply:
        return self._send("PUT", f"tickets/{ticket}", json=body, endpoint="tickets/{id}", target=ticket)

    def update_tickets(self, body: Any) -> Reply:
        return self._send("PUT", "tickets/update_many", json=body)

    def delete_ticket(self, ticket: str) -> Reply:
        return self._send("DELETE", f"tickets/{ticket}", endpoint="tickets/{id}", target=ticket)

    def make_private(self, ticket: str, comment: str) -> Reply:
        """Hide a comment from customers. Doing it twice is as doing it once."""
        return self._send(
            "PUT",
            f"tickets/{ticket}/comments/{comment}/make_private",
            json={},
            endpoint="tickets/{id}/comments/{id}/make_private",
            target=ticket,
            safe=True,
        )

    def redact(self, ticket: str, comment: str, html: str) -> Reply:
        """Black out what `html` has in `<redact>` tags, for good."""
        body = {"ticket_id": int(ticket), "html_body": html}
        return self._send(
            "PUT",
            f"comment_redactions/{comment}",
            json=body,
            endpoint="comment_redactions/{id}",
            target=ticket,
            safe=True,
        )

    def upload(self, name: str, content_type: str, content: Iterable[bytes]) -> Reply:
        """Store a file until a comment claims it."""
        return self._send(
            "POST",
            f"uploads?filename={quote(name, safe='')}",
            content=iter(content),
            endpoint="uploads",
            headers={"Content-Type": content_type or "application/octet-stream"},
        )

    def stream(self, url: str) -> AbstractContextManager[httpx.Response]:
        return self.http.stream("GET", url, endpoint="GET /attachments/{token}")

    # -- how -----------------------------------------------------------------------------------

    def _send(self, method: str, path: str, *, endpoint: str = "", **more: Any) -> Reply:
        name = f"{method} {API}/{endpoint or path}"
        return self.http.request(method, f"{API}/{path}", endpoint=name, **more)

    def _ask(
        self,
        path: str,
        params: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        endpoint: str = "",
    ) -> Reply:
        try:
            return self.http.request(
                "GET", f"{API}/{path}", params=params, endpoint=f"GET {API}/{endpoint or path}"
            )
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"Zendesk did not answer: {error}; the next run will ask again") from error

    def _get(self, path: str, params: Mapping[str, str], type_: type[T]) -> T:
        return self._decoded(self._ask(path, params), path, type_)

    def _pages(self, path: str, params: Sequence[tuple[str, str]], type_: type[T]) -> Iterator[T]:
        after: str | None = ""
        while after is not None:
            query = [*params, ("page[size]", str(MOST))]
            if after:
                query.append(("page[after]", after))
            page: Any = self._decoded(self._ask(path, query), path, type_)
            yield page
            after = page.meta.after_cursor if page.meta.has_more else None

    def _decoded(self, reply: Reply, path: str, type_: type[T]) -> T:
        if reply.status == HTTPStatus.OK:
            return reply.decode(type_)
        said = failure(reply.content).words
        if reply.status == HTTPStatus.FORBIDDEN:
            raise Forbidden(
                f"Zendesk does not let the hub read {API}/{path}: {said.rstrip('.')}. "
                "Its agent must be an administrator, and an OAuth token needs the scope `read`."
            )
        raise Unavailable(f"Zendesk answered GET {API}/{path} with {reply.status}: {said}")

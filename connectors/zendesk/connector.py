"""Zendesk Support, as the hub sees any system."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

from connectors.http import Http, InDoubt, NotDone
from connectors.zendesk import changes, place
from connectors.zendesk import webhook as webhooks
from connectors.zendesk.client import Client
from connectors.zendesk.people import People
from connectors.zendesk.reading import Reader
from connectors.zendesk.uploads import ATTACHMENT_LIMIT, Uploads
from connectors.zendesk.writing import Writer
from hub.errors import Unavailable
from hub.model import ZENDESK, Attachment, RemoteId, System, TicketId
from hub.operations import Operation, Outcome
from hub.ports import Files, Hint, Webhook
from hub.replica import Cursor, Observation, Page
from hub.schema import Schema

_CHUNK = 256 * 1024


class ZendeskConnector:
    """
    One Zendesk account.

    `http` carries base URL (`https://acme.zendesk.com`), credentials and rate budget. `files` gives
    the bytes of attachments of other systems; without it none is copied. `webhook_secret` proves
    webhooks. `start_time` (Unix seconds) is where a first read begins; 0 reads everything.
    `attachment_limit` is the account's own, in bytes. With `redact_removed` a comment that was taken
    back at its origin is blacked out for good, not only hidden from customers. The agent must be an
    administrator: exports and deleted tickets are shown to nobody else.
    """

    def __init__(
        self,
        http: Http,
        *,
        files: Files | None = None,
        sleep: Callable[[float], None] = time.sleep,
        include_deleted: bool = True,
        start_time: int = 0,
        webhook_secret: str = "",
        attachment_limit: int = ATTACHMENT_LIMIT,
        redact_removed: bool = False,
    ) -> None:
        self._http = http
        self._include_deleted = include_deleted
        self._start_time = start_time
        self._webhook_secret = webhook_secret
        self._attachment_limit = attachment_limit
        self._client = Client(http)
        self._reader = Reader(self._client, People(self._client))
        self._writer = Writer(
            self._reader, Uploads(self._client, files, attachment_limit), sleep, redact=redact_removed
        )

    @property
    def system(self) -> System:
        return ZENDESK

    @property
    def http(self) -> Http:
        """The way to the system, for what is not a connector's work (`provisioning`)."""
        return self._http

    def changes(self, cursor: Cursor | None) -> Iterator[Page]:
        """
        Yield what changed: comments first, as they were added, then the tickets as they are.

        A cursor that is not ours raises `ValueError`.
        """
        start = place.begin(self._start_time) if cursor is None else place.read(cursor)
        return changes.pages(self._reader, start, include_deleted=self._include_deleted)

    def fetch(self, names: Sequence[str], *, whole: bool = False) -> Mapping[str, Observation]:
        """Look at tickets now, a hundred a call; with `whole`, a call more for each ticket."""
        return self._reader.fetch(names, whole=whole)

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """Return the tickets that the hub created under these keys."""
        return self._reader.find(keys)

    def links_of_others(self) -> Iterator[tuple[RemoteId, tuple[str, ...]]]:
        """Yield the tickets that Zendesk's own app for Jira linked, with the names of their issues."""
        for link in self._client.jira_links():
            names = tuple(str(name) for name in (link.issue_id, link.issue_key) if name)
            if link.ticket_id and names:
                yield RemoteId(str(link.ticket_id)), names

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        """Ask for these operations; see `writing`."""
        return self._writer.execute(operations)

    def schema(self) -> Schema:
        """Describe the account's fields, by zenpy on our own wire."""
        # zenpy takes a third of a second to import, which runs that need no schema are spared
        from connectors.zendesk.schema import schema  # noqa: PLC0415

        return schema(self._http, attachment_limit=self._attachment_limit)

    @contextmanager
    def open(self, attachment: Attachment) -> Generator[Iterator[bytes]]:
        """Stream a file. Hosts that are not the account's own never see our credentials."""
        with ExitStack() as opened:
            try:
                url = attachment.url or self._address(attachment)
                response = opened.enter_context(self._client.stream(url))
            except (NotDone, InDoubt) as error:
                raise Unavailable(f"file {attachment.name!r}: {error}") from error
            if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                raise FileNotFoundError(f"Zendesk has no file {attachment.name!r} any more")
            if response.status_code != HTTPStatus.OK:
                raise Unavailable(
                    f"Zendesk answered {response.status_code} when asked for the file "
                    f"{attachment.name!r} of ticket #{attachment.on}"
                )
            # outside the `try`: what goes wrong where the bytes are sent to is not about reading them
            yield response.iter_bytes(_CHUNK)

    def _address(self, attachment: Attachment) -> str:
        found = self._client.attachment(attachment.remote_id)
        if found is None or not found.content_url:
            raise FileNotFoundError(f"Zendesk has no file {attachment.name!r} any more")
        return found.content_url

    def verify(self, webhook: Webhook) -> tuple[Hint, ...]:
        """Return the tickets that a webhook is about, or raise `Rejected`."""
        return webhooks.verify(webhook, self._webhook_secret)

    def acknowledgement(self, webhook: Webhook) -> bytes | None:
        """Any answer in the 200s will do."""
        del webhook
        return None

    def calls(self) -> Mapping[str, int]:
        return self._http.calls()

    def close(self) -> None:
        self._reader.close()
        self._http.close()

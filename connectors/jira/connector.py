"""Jira Cloud as the hub sees it: joins what fetches, what translates and what writes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http import HTTPStatus
from typing import Any

from connectors.http import Http, InDoubt, NotDone
from connectors.jira import webhook as webhooks
from connectors.jira.adf import Adf
from connectors.jira.client import API, JiraClient
from connectors.jira.creating import Creator
from connectors.jira.editing import Editor, FieldCatalogue
from connectors.jira.executing import Executor
from connectors.jira.feed import Feed
from connectors.jira.payload import FIELDS
from connectors.jira.reading import Reader
from connectors.jira.talking import Talker
from connectors.jira.walking import Walker
from hub.errors import Unavailable
from hub.model import JIRA, Attachment, System, TicketId
from hub.operations import Operation, Outcome
from hub.ports import Files, Hint, Webhook
from hub.replica import Cursor, Observation, Page
from hub.schema import Schema

_MOST_RECONCILED = 50


class JiraConnector:
    """
    One Jira Cloud site, seen from the hub; see `hub.ports.Connector`.

    What it wants:

    - `http`: base URL the site's (`https://acme.atlassian.net`), or with OAuth and scoped tokens the
      gateway's (`https://api.atlassian.com/ex/jira/<cloud id>`).
    - `site`: the address that people use, for links. Default: the base URL.
    - `project`, `issue_type`: where a new issue goes, unless its raw fields say so themselves.
    - `jql_scope`: which issues concern the hub. Default: the project's.
    - `fields`: ids of the custom fields that the mapping uses. None: all of them (heavier).
    - `fill`: what to put into fields that a step of the workflow demands, by field id or name.
    - `files`: where the bytes of other systems' attachments come from.
    - `ticket_hosts`: hosts of our helpdesk; a remote link to a ticket elsewhere is not ours. Empty: any.
    - `service_desk`: the project is a JSM one, where comments can be shown to customers.
    - `webhook_secret`: the secret of the webhook that an administrator registered.
    - `now`: Unix seconds by our clock; measures only how long ago we looked, never Jira's time.
    """

    def __init__(
        self,
        http: Http,
        *,
        project: str,
        issue_type: str = "Bug",
        jql_scope: str = "",
        site: str = "",
        fields: Sequence[str] | None = None,
        fill: Mapping[str, Any] | None = None,
        files: Files | None = None,
        ticket_hosts: Sequence[str] = (),
        service_desk: bool = False,
        webhook_secret: str = "",
        now: Callable[[], float] = time.time,
        threads: int = 4,
        page_size: int = 1000,
    ) -> None:
        self._http = http
        self._project = project
        self._secret = webhook_secret
        self._recent: deque[int] = deque(maxlen=_MOST_RECONCILED)
        self._lock = threading.Lock()
        scope = jql_scope or f'project = "{project}"'
        self._within = (f"{project}-",) if scope in (f"project = {project}", f'project = "{project}"') else ()
        site = (site or http.base_url).rstrip("/")
        wanted = ["*all"] if fields is None else [*FIELDS, *fields]
        self._client = client = JiraClient(http)
        self._reader = Reader(
            client,
            site=site,
            scope=scope,
            project=project,
            fields=wanted,
            ticket_hosts=ticket_hosts,
            threads=threads,
        )
        self._feed = Feed(
            client,
            self._reader,
            scope=scope,
            now=now,
            recent=self._recently_written,
            page_size=page_size,
        )
        catalogue = FieldCatalogue(client)
        self._executor = Executor(
            client,
            creator=Creator(
                client,
                catalogue,
                site=site,
                project=project,
                issue_type=issue_type,
                created=self._wrote,
            ),
            editor=Editor(client, catalogue, site=site),
            talker=Talker(client, files, service_desk=service_desk),
            walker=Walker(client, fill or {}),
            wrote=self._wrote,
            threads=threads,
        )

    @property
    def system(self) -> System:
        """Jira."""
        return JIRA

    @property
    def dialect(self) -> Adf:
        """Jira's formatted text, for the lenses."""
        return Adf()

    @property
    def http(self) -> Http:
        """The way to the system, for what is not a connector's work (`provisioning`)."""
        return self._http

    def changes(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything that changed since the cursor; see `hub.ports.Connector`."""
        with _reading():
            yield from self._feed.pages(cursor)

    def within(self) -> tuple[str, ...]:
        """What keys begin with that the feed shows; with a search of your own, nobody can tell."""
        return self._within

    def fetch(self, names: Sequence[str], *, whole: bool = False) -> Mapping[str, Observation]:
        """Look at issues now, by id or key; see `hub.ports.Connector`."""
        with _reading():
            return self._reader.fetch(names, whole=whole)

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """Return the issues that carry our keys, as far as the search sees yet."""
        with _reading():
            return self._reader.find(keys)

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        """Ask for operations; see `hub.ports.Connector`."""
        return self._executor.run(operations)

    def schema(self) -> Schema:
        """Describe the project's fields as Jira states them now."""
        from connectors.jira.schema import describe  # noqa: PLC0415 (most runs do not need it)

        with _reading():
            return describe(self._http, self._client, project=self._project)

    @contextmanager
    def open(self, attachment: Attachment) -> Generator[Iterator[bytes]]:
        """Stream a file's bytes. Jira sends us on to a signed address, which gets no credentials."""
        path = f"{API}/attachment/content/{attachment.remote_id}"
        endpoint = f"GET {API}/attachment/content/{{id}}"
        with ExitStack() as opened:
            with _reading():
                stream = self._http.stream("GET", path, endpoint=endpoint)
                response = opened.enter_context(stream)
            if response.status_code in {404, 410}:
                raise FileNotFoundError(f"Jira has no attachment {attachment.remote_id} any more")
            if response.status_code != HTTPStatus.OK:
                raise Unavailable(
                    f"Jira answered {response.status_code} for the file {attachment.name}"
                )
            # outside `_reading`: what goes wrong where the bytes are sent to is not about reading them
            yield response.iter_bytes()

    def verify(self, webhook: Webhook) -> tuple[Hint, ...]:
        """Return the issues that a webhook is about, or raise `Rejected`."""
        return webhooks.verify(webhook, self._secret)

    def acknowledgement(self, webhook: Webhook) -> bytes | None:
        """Any answer in the 200s will do."""
        del webhook
        return None

    def calls(self) -> Mapping[str, int]:
        """How often each endpoint was called so far."""
        return self._http.calls()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _wrote(self, issue_id: str) -> None:
        with self._lock:
            if issue_id.isdigit() and int(issue_id) not in self._recent:
                self._recent.append(int(issue_id))

    def _recently_written(self) -> Sequence[int]:
        """The issues that this process wrote last: the search is told to look at them afresh."""
        with self._lock:
            return list(self._recent)


def _reading() -> AbstractContextManager[None]:
    return _as_unavailable()


@contextmanager
def _as_unavailable() -> Generator[None]:
    """A read that could not be done makes Jira unavailable for this run; nothing is lost by it."""
    try:
        yield
    except (NotDone, InDoubt) as error:
        raise Unavailable(f"{error}; the next run will ask again") from error

"""Salesforce as the hub sees it: joins what fetches, what translates and what writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

from connectors.http import Http, InDoubt, NotDone
from connectors.salesforce import webhook as webhooks
from connectors.salesforce.accounts import Accounts
from connectors.salesforce.backfill import Backfill
from connectors.salesforce.client import VERSION, SalesforceClient
from connectors.salesforce.columns import Columns
from connectors.salesforce.errors import KEY_FIELD
from connectors.salesforce.executing import Executor
from connectors.salesforce.feed import BULK_FROM, Feed
from connectors.salesforce.payload import CASE_PARENTS
from connectors.salesforce.reading import Reader
from connectors.salesforce.refusals import QueryRefused
from connectors.salesforce.streams import Surroundings
from hub.account import AccountPage, AccountSeen, UpdateAccount
from hub.errors import Forbidden, Unavailable
from hub.model import SALESFORCE, Attachment, RemoteId, System, TicketId
from hub.operations import Operation, Outcome
from hub.ports import Files, Hint, Webhook
from hub.replica import Cursor, Observation, Page
from hub.schema import Schema


class SalesforceConnector:
    """
    One Salesforce org, seen from the hub; see `hub.ports.Connector` and `hub.crm.Crm`.

    What it wants:

    - `http`: the way into the org, as `connectors.salesforce.door.open_org` makes it.
    - `files`: where the bytes of other systems' attachments come from.
    - `site`: the address that people use, for links. Default: that of the instance.
    - `fields`, `account_fields`: custom fields that the mapping uses. None: all of them (heavier).
    - `webhook_secret`, `org_id`: what proves that a message is this org's.
    - `bulk_from`: Cases above which the first reading is a bulk job.
    - `now`: Unix seconds by our clock; corrected by the clock that Salesforce's answers show.
    """

    def __init__(
        self,
        http: Http,
        *,
        files: Files | None = None,
        version: str = VERSION,
        site: str = "",
        fields: Sequence[str] | None = None,
        account_fields: Sequence[str] | None = None,
        webhook_secret: str = "",
        org_id: str = "",
        bulk_from: int = BULK_FROM,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._secret = webhook_secret
        self._org_id = org_id
        self._client = client = SalesforceClient(http, version, now=now)
        columns = Columns(
            client, "Case", more=CASE_PARENTS, only=None if fields is None else [KEY_FIELD, *fields]
        )
        self._reader = Reader(
            client, columns=columns, surroundings=Surroundings(client), site=site.rstrip("/")
        )
        backfill = Backfill(client, columns, sleep)
        self._feed = Feed(client, self._reader, backfill, bulk_from=bulk_from)
        self._accounts = Accounts(client, site=site.rstrip("/"), fields=account_fields)
        self._executor = Executor(client, files, sleep=sleep)

    @property
    def system(self) -> System:
        """Salesforce."""
        return SALESFORCE

    @property
    def http(self) -> Http:
        """The way to the system, for what is not a connector's work (`provisioning`)."""
        return self._http

    # --- cases -----------------------------------------------------------------------------------

    def changes(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything that changed since the cursor; see `hub.ports.Connector`."""
        with _reading():
            yield from self._feed.pages(cursor)

    def fetch(self, names: Sequence[str], *, whole: bool = False) -> Mapping[str, Observation]:
        """Look at Cases now, by id (15 or 18 characters) or number; see `hub.ports.Connector`."""
        with _reading():
            return self._reader.fetch(names, whole=whole)

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """Return the Cases that carry our keys."""
        with _reading():
            return self._reader.find(keys)

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        """Ask for operations; see `hub.ports.Connector`."""
        return self._executor.run(operations)

    def schema(self) -> Schema:
        """Describe the fields of Cases as Salesforce states them now."""
        from connectors.salesforce.schema import case_schema  # noqa: PLC0415 (most runs do not need it)

        with _reading():
            return case_schema(self._http, self._client, self._feed.look_for_rights())

    # --- accounts --------------------------------------------------------------------------------

    def account_changes(self, cursor: Cursor | None) -> Iterator[AccountPage]:
        """Yield accounts and contacts that changed since the cursor; see `hub.crm.Crm`."""
        with _reading():
            yield from self._accounts.pages(cursor)

    def fetch_accounts(self, ids: Sequence[RemoteId]) -> Mapping[RemoteId, AccountSeen]:
        """Look at accounts now; see `hub.crm.Crm`."""
        with _reading():
            return self._accounts.fetch(ids)

    def account_schema(self) -> Schema:
        """Describe the fields of an account, computed ones too."""
        from connectors.salesforce.schema import account_schema  # noqa: PLC0415 (as above)

        with _reading():
            return account_schema(self._http, self._client, self._accounts.look_for_rights())

    def update_accounts(self, updates: Sequence[UpdateAccount]) -> Iterator[tuple[int, Outcome]]:
        """Set fields of accounts; see `hub.crm.Crm`."""
        return self._executor.update_accounts(updates)

    # --- the rest --------------------------------------------------------------------------------

    @contextmanager
    def open(self, attachment: Attachment) -> Generator[Iterator[bytes]]:
        """Stream a file's bytes."""
        path = f"/sobjects/ContentVersion/{attachment.remote_id}/VersionData"
        with ExitStack() as opened:
            with _reading():
                response = opened.enter_context(self._client.stream(path))
            if response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise FileNotFoundError(f"Salesforce has no file {attachment.remote_id} any more")
            if response.status_code != HTTPStatus.OK:
                raise Unavailable(f"Salesforce answered {response.status_code} for {attachment.name}")
            yield response.iter_bytes()

    def verify(self, webhook: Webhook) -> tuple[Hint, ...]:
        """Return the Cases that a message is about, or raise `Rejected`."""
        return webhooks.verify(webhook, self._secret, self._org_id)

    def acknowledgement(self, webhook: Webhook) -> bytes | None:
        """Return the body that a taken message must be answered with (XML); None if any will do."""
        return webhooks.ACKNOWLEDGED if webhooks.is_outbound(webhook) else None

    def calls(self) -> Mapping[str, int]:
        """How often each endpoint was called so far."""
        return self._http.calls()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


@contextmanager
def _reading() -> Generator[None]:
    """A read that could not be done makes Salesforce unavailable for this run; nothing is lost by it."""
    try:
        yield
    except QueryRefused as refused:
        if refused.code == "INVALID_TYPE":
            raise Forbidden(str(refused)) from refused
        raise
    except (NotDone, InDoubt) as error:
        raise Unavailable(f"{error}; the next run will ask again") from error

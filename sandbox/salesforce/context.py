"""What every part of the stand-in works with: the org, its switches, its sessions, its listeners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from sandbox.clock import Clock
from sandbox.salesforce.errors import Json, Refusal, unreadable
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.org import Org, Row
from sandbox.salesforce.sessions import Session, Sessions
from sandbox.salesforce.wire import Answer
from sandbox.web import Request

SETTINGS: Mapping[str, Any] = {
    # Sign-in
    "session_seconds": 7200,
    "rotate_refresh_tokens": True,
    "password_grant": False,
    "soap_login": False,
    "unapproved_users": [],
    "my_domain": "sales",
    # Limits
    "daily_limit": 115_000,
    "app_quota": 0,
    "too_many_at_once": False,
    "query_timeouts": 0,  # how many of the next queries run for too long
    "edge_status": 0,  # 420, 406 or 503: what the edge answers instead of the org
    "gzip": True,
    # The org
    "multi_currency": True,
    "assignment_rule": True,
    "page_size": 2000,
    "long_text_page_size": 1000,
    "duplicate_rules": [],  # {"object", "field", "action": "alert" or "block"}
    "validation_rules": [],  # {"object", "when": {field: value, null is empty}, "message", "field"}
    "triggers": [],  # {"object", "when", "message", "name"}: an Apex trigger that fails
    "locked": [],  # ids of records that another transaction holds
    "commit_lag": 0,  # seconds after its stamp at which what a person did is seen
    "long_transaction_since": None,  # unix seconds; holds latestDateCovered back
    "deletes_purged_before": None,
    "bulk_polls": 1,  # how often a bulk job is still in progress when it is asked for
    # Notices
    "outbound_messages": [],  # {"url", "object", "fields"}
    "outbound_retry_seconds": 60,
    "change_data_capture": [],  # {"url", "object"}
}
"""The stand-in's switches, and how they stand at first."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record was made, changed, deleted or taken back."""

    object: str
    key: str
    kind: str
    fields: tuple[str, ...]
    by: str
    origin: str


@dataclass(slots=True)
class Late:
    """A commit that others see only later."""

    due: float
    stamp: int
    rows: list[tuple[str, str, Row | None]]
    told: list[Change]


@dataclass(slots=True)
class Context:
    """The org and all that belongs to it."""

    org: Org
    clock: Clock
    settings: dict[str, Any]
    sessions: Sessions
    limits: Limits
    hub: str
    route: Callable[[Call], Answer]
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    rooms: dict[str, Any] = field(default_factory=dict)
    held: list[Any] | None = None  # transactions that an all-or-none composite holds back
    _late: list[Late] = field(default_factory=list)
    _deleted: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def tell(self, change: Change) -> None:
        """Tell of a committed change."""
        for listener in self.listeners:
            listener(change)

    def note_deleted(self, name: str, key: str) -> None:
        """Enter a deletion in the log of deletions."""
        self._deleted[name][key] = self.org.stamp()

    def note_restored(self, name: str, key: str) -> None:
        """Strike a deletion from the log."""
        self._deleted[name].pop(key, None)

    def deletions(self, name: str) -> dict[str, int]:
        """Return the ids of an object's deleted records, and when each went."""
        return self._deleted[name]

    def withhold(self, late: Late, before: list[tuple[str, str, Row | None]]) -> None:
        """Show `before` instead of what was just written, until the late commit is due."""
        for name, key, row in before:
            self._show(name, key, row)
        self._late.append(late)

    def settle(self, name: str = "", key: str = "") -> None:
        """Let the late commits that are due be seen, and that of a record which someone waits for."""
        if not self._late:
            return
        now = self.clock.now()
        due = [it for it in self._late if it.due <= now or any(row[:2] == (name, key) for row in it.rows)]
        self._late = [it for it in self._late if it not in due]
        for late in due:
            for row in late.rows:
                self._show(*row)
            for change in late.told:
                self.tell(change)

    @property
    def open_since(self) -> float | None:
        """Since when a transaction is open whose rows are stamped but not yet seen."""
        stamps: list[float] = [late.stamp for late in self._late]
        if (since := self.settings["long_transaction_since"]) is not None:
            stamps.append(float(since))
        return min(stamps, default=None)

    def _show(self, name: str, key: str, row: Row | None) -> None:
        if row is None:
            if self.org.row(name, key) is not None:
                self.org.remove(name, key)
            return
        held = self.org.row(name, key)
        if held is None:
            self.org.put(name, dict(row))
            return
        held.clear()
        held.update(row)
        self.org.put(name, held)


@dataclass(slots=True)
class Call:
    """A request of a signed-in user, or a part of a composite one."""

    context: Context
    request: Request
    session: Session
    version: str

    @property
    def user(self) -> str:
        """The id of the user who asks."""
        return self.session.user

    @property
    def root(self) -> str:
        """The path that the answer's own URLs begin with: `/services/data/v66.0`."""
        return f"/services/data/{self.version}"

    @property
    def number(self) -> float:
        """The API version as a number."""
        return float(self.version.removeprefix("v"))

    def header(self, name: str) -> str:
        """Return a header, "" if it was not sent."""
        return self.request.headers.get(name.lower(), "")

    def options(self, name: str) -> dict[str, str]:
        """Return a header of options: `allowSave=true; includeRecordDetails=true`."""
        pairs = (part.partition("=") for part in self.header(name).replace(",", ";").split(";"))
        return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a query parameter or header that is true or false."""
        given = (self.request.arg(name) or self.header(name)).lower()
        return default if not given else given == "true"

    def json(self) -> Any:
        """Return the body. Raises `Refusal` for one that is no JSON."""
        try:
            return msgspec.json.decode(self.request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise unreadable(f"Unexpected character at {bad}") from bad

    def object(self) -> Json:
        """Return the body as an object."""
        found = self.json()
        if not isinstance(found, dict):
            raise unreadable("The HTTP entity body is required, but this request has no entity body.")
        return cast("Json", found)

    def part(self, method: str, url: str, body: Any, headers: dict[str, str] | None = None) -> Call:
        """Return the call that a subrequest of this one makes."""
        split = urlsplit(url)
        inherited = {
            name: value for name, value in self.request.headers.items() if name.startswith("sforce-")
        }
        own = {name.lower(): value for name, value in (headers or {}).items()}
        content = b"" if body is None else msgspec.json.encode(body)
        target = split.path + (f"?{split.query}" if split.query else "")
        asked = Request.of(
            method, self.request.scheme, self.request.host, target, {**inherited, **own}, content
        )
        return Call(self.context, asked, self.session, self.version)

    def serve(self) -> Answer:
        """Answer this call, refusals included."""
        try:
            return self.context.route(self)
        except Refusal as refused:
            return Answer.refusal(refused)

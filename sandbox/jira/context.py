"""What every room of the stand-in works with: the site, the clock, and one way to write."""

from __future__ import annotations

from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.clock import Clock
from sandbox.jira.errors import BAD_PAYLOAD, Refusal, refusal, unauthenticated
from sandbox.jira.index import SearchIndex
from sandbox.jira.state import Comment, History, Issue, Item, Site, User
from sandbox.web import BadJson, Request

Json = Any

ARCHIVED = "This issue is archived, and cannot be changed."
"""The vendor documents that archived issues are read-only, not in which words it says so."""

SETTINGS: dict[str, Any] = {
    "search_lag": 0.0,  # seconds until a write can be found
    "search_flicker": 0.0,  # share of found issues that are missing from an answer now and then
    "wide_page": 100,  # most issues of a search page that asks for more than id and key
    "rate_limits": False,
    "burst_scale": 1.0,  # share of the documented burst rates, to make small tests of them
    "points_per_hour": 65000,
    "upload_limit": 1024 * 1024 * 1024,
    "html_from_edge": False,  # every answer is the edge's page, as in an outage
}


@dataclass(slots=True)
class Event:
    """Something that happened to an issue, for webhooks."""

    name: str
    kind: str
    issue: Issue
    author: str | None
    at: int
    history: History | None = None
    comment: Comment | None = None
    property_key: str | None = None
    bulk: bool = False
    quiet: bool = False


@dataclass(slots=True)
class Change:
    """A write in the making: what it changed, and what it will tell."""

    items: list[Item] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    events: list[tuple[str, str, Comment | None, str | None]] = field(default_factory=list)
    silent: bool = False  # leaves the issue's time of change alone
    quiet: bool = False  # mails nobody

    def tell(
        self, name: str, kind: str = "", comment: Comment | None = None, key: str | None = None
    ) -> None:
        self.events.append((name, kind, comment, key))


@dataclass(slots=True)
class Context:
    """The site and its surroundings."""

    site: Site
    clock: Clock
    settings: MutableMapping[str, Any]
    index: SearchIndex
    host: str
    listeners: list[Callable[[Event], None]] = field(default_factory=list)

    def now(self) -> int:
        """Milliseconds on the sandbox's clock."""
        return int(self.clock.now() * 1000)

    @contextmanager
    def write(self, issue: Issue, author: str | None, *, bulk: bool = False) -> Generator[Change]:
        """Change an issue; on a clean exit note the history, the time, the index and the events."""
        if issue.archived:
            raise refusal(400, ARCHIVED)
        self.index.before(issue, self.clock.now(), float(self.settings["search_lag"]))
        was = issue.updated
        change = Change()
        yield change
        at = self.now()
        history = self._note(issue, author, change, at)
        if not change.silent:
            issue.updated = at
            self.index.moved(issue, was)
        self.index.revision += 1
        for name, kind, comment, key in change.events:
            self.tell(Event(name, kind, issue, author, at, history, comment, key, bulk, change.quiet))

    def _note(
        self, issue: Issue, author: str | None, change: Change, at: int
    ) -> History | None:
        if not change.items:
            return None
        number = self.site.next("history")
        history = History(number, author or "", at, change.items, change.metadata)
        issue.histories.append(history)
        return history

    def add(self, issue: Issue) -> None:
        """Take a new issue into the site."""
        self.site.issues[issue.id] = issue
        self.site.keys[issue.key] = issue.id
        self.index.added(issue, self.clock.now(), float(self.settings["search_lag"]))

    def remove(self, issue: Issue) -> None:
        """Delete an issue for good, with all that hangs on it."""
        site = self.site
        self.index.removed(issue, self.clock.now(), float(self.settings["search_lag"]))
        for key in (issue.key, *issue.old_keys):
            site.keys.pop(key, None)
        for comment in issue.comments:
            site.comments.pop(comment.id, None)
        for attachment in issue.attachments:
            site.attachments.pop(attachment.id, None)
        for link in issue.links:
            site.links.pop(link.id, None)
            other = site.issues.get(link.inward if link.outward == issue.id else link.outward)
            if other is not None and other is not issue:
                other.links.remove(link)
        del site.issues[issue.id]

    def tell_created(self, issue: Issue, author: str) -> None:
        at = self.now()
        self.tell(Event("jira:issue_created", "issue_created", issue, author, at))

    def tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)


@dataclass(slots=True)
class Call:
    """One request, once it is known who asks. `root` is what absolute links begin with."""

    context: Context
    request: Request
    user: User | None
    version: int
    root: str
    client: str | None = None  # the OAuth app that calls for the user

    @property
    def site(self) -> Site:
        return self.context.site

    @property
    def base(self) -> str:
        return f"{self.root}/rest/api/{self.version}"

    @property
    def zone(self) -> str:
        """The zone that the answer's times are in: the caller's own."""
        return self.user.zone if self.user is not None else "Etc/UTC"

    def person(self) -> User:
        """Return who asks, or refuse: anonymous callers may not."""
        if self.user is None:
            raise unauthenticated()
        return self.user

    def body(self, shape: type[Any] = dict[str, Any]) -> dict[str, Any]:
        """Return the JSON object that was sent, or refuse one that has not the given shape."""
        body = self.raw_body()
        try:
            # Only a check: the object is returned whole, with what the shape does not name. Ids
            # may come as numbers and as text, as the vendor takes both.
            msgspec.convert(body, shape, strict=False, str_keys=True)
        except msgspec.ValidationError as bad:
            raise Refusal(400, {"errorMessages": [BAD_PAYLOAD]}) from bad
        return body

    def raw_body(self) -> Json:
        kind = self.request.headers.get("content-type", "").split(";")[0].strip()
        if kind and kind != "application/json":
            raise Refusal(415, {"timestamp": self.context.now(), "status": 415,
                                "error": "Unsupported Media Type", "message": "", "path":
                                self.request.path})
        try:
            return self.request.json()
        except BadJson as bad:
            raise Refusal(400, {"errorMessages": [BAD_PAYLOAD]}) from bad

    def number(self, name: str, default: int) -> int:
        """Return a query parameter that is a number, or the default where it is not."""
        text = self.request.arg(name)
        return int(text) if text.lstrip("-").isdigit() else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.request.arg(name).lower()
        return text == "true" if text else default

    def words(self, name: str) -> list[str]:
        """Return a list parameter: repeated, with commas, or both."""
        return [
            word.strip()
            for value in self.request.args(name)
            for word in value.split(",")
            if word.strip()
        ]

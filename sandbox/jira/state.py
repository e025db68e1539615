"""
What a Jira site holds: people, projects, workflows, fields, issues.

Times are epoch milliseconds. Values of fields are kept in one inner form per kind (`values`):
ids for options, people, priorities; ADF for rich text; milliseconds for moments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.jira.registered import AdminWebhook, DynamicWebhook, Task

CATEGORIES = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


@dataclass(slots=True)
class User:
    account_id: str
    name: str
    email: str
    zone: str = "Etc/UTC"
    active: bool = True
    admin: bool = False
    kind: str = "atlassian"
    email_visible: bool = True


@dataclass(slots=True)
class Status:
    id: str
    name: str
    category: str


@dataclass(slots=True)
class IssueType:
    id: str
    name: str
    description: str = ""
    subtask: bool = False


@dataclass(slots=True)
class Named:
    """A priority, a resolution, a component, a version or a group: an id and a name."""

    id: str
    name: str
    description: str = ""


@dataclass(slots=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(slots=True)
class Option:
    id: str
    value: str
    disabled: bool = False


@dataclass(slots=True)
class Field:
    """
    One field of the site.

    `kind` chooses how values are read and shown (`values.KINDS`); `projects` is where the field
    has a context, None for everywhere.
    """

    id: str
    name: str
    kind: str
    clauses: tuple[str, ...]
    custom_type: str = ""
    searcher: str = ""
    navigable: bool = True
    orderable: bool = True
    searchable: bool = True
    editable: bool = True
    description: str = ""
    options: list[Option] = field(default_factory=list)
    projects: frozenset[str] | None = None

    @property
    def custom(self) -> bool:
        return bool(self.custom_type)

    @property
    def number(self) -> int:
        """The numeric id of a custom field."""
        return int(self.id.rpartition("_")[2])


@dataclass(slots=True)
class Transition:
    """A step of a workflow. `sources` is None for a global one; `screen` lists field ids."""

    id: str
    name: str
    to: str
    sources: frozenset[str] | None
    screen: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()


@dataclass(slots=True)
class Workflow:
    name: str
    initial: str
    statuses: list[str]
    transitions: list[Transition]


@dataclass(slots=True)
class Project:
    id: str
    key: str
    name: str
    lead: str
    types: list[str]
    workflows: dict[str, Workflow]
    required: dict[str, frozenset[str]] = field(default_factory=dict)
    components: list[Named] = field(default_factory=list)
    versions: list[Named] = field(default_factory=list)
    description: str = ""
    last_number: int = 0
    off_screen: set[str] = field(default_factory=set)
    """Ids of the fields that are not on the project's screen."""

    def workflow(self, issue_type: str) -> Workflow:
        return self.workflows[issue_type]


@dataclass(slots=True)
class Comment:
    id: int
    author: str
    body: dict[str, Any]
    created: int
    updated: int
    update_author: str
    visibility: dict[str, str] | None = None
    properties: dict[str, Any] | None = None


@dataclass(slots=True)
class Worklog:
    id: int
    author: str
    comment: dict[str, Any] | None
    created: int
    updated: int
    started: int
    seconds: int


@dataclass(slots=True)
class Attachment:
    id: int
    author: str
    filename: str
    mime: str
    content: bytes
    created: int


@dataclass(slots=True)
class Item:
    """One changed field of a history."""

    field: str
    field_id: str
    custom: bool
    before: str | None
    before_text: str | None
    after: str | None
    after_text: str | None


@dataclass(slots=True)
class History:
    id: int
    author: str
    created: int
    items: list[Item]
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class RemoteLink:
    id: int
    global_id: str | None
    body: dict[str, Any]


@dataclass(slots=True)
class IssueLink:
    """`outward` is the issue that the link's outward description leads to."""

    id: int
    type: str
    inward: int
    outward: int


@dataclass(slots=True)
class Issue:
    id: int
    key: str
    project: str
    type: str
    status: str
    creator: str
    created: int
    updated: int
    category_changed: int
    values: dict[str, Any]
    resolved: int | None = None
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    remote_links: list[RemoteLink] = field(default_factory=list)
    links: list[IssueLink] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    voters: list[str] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)
    archived: bool = False

    @property
    def number(self) -> int:
        return int(self.key.rpartition("-")[2])


@dataclass(slots=True)
class Site:
    """Everything a site holds. Kept dumb: the rules live in the modules that use it."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, tuple[Named, list[str]]] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    types: dict[str, IssueType] = field(default_factory=dict)
    priorities: dict[str, Named] = field(default_factory=dict)
    resolutions: dict[str, Named] = field(default_factory=dict)
    link_types: dict[str, LinkType] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    attachments: dict[int, int] = field(default_factory=dict)
    comments: dict[int, int] = field(default_factory=dict)
    links: dict[int, IssueLink] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    admin_webhooks: dict[int, AdminWebhook] = field(default_factory=dict)
    dynamic_webhooks: dict[int, DynamicWebhook] = field(default_factory=dict)
    denied: set[tuple[str, str, str]] = field(default_factory=set)
    indexed_properties: set[str] = field(default_factory=set)
    counters: dict[str, int] = field(default_factory=dict)

    def next(self, name: str, start: int = 10000) -> int:
        """Return the next id of a kind of object."""
        value = self.counters.get(name, start)
        self.counters[name] = value + 1
        return value

    def project(self, id_or_key: str) -> Project | None:
        found = self.projects.get(id_or_key)
        if found is not None:
            return found
        wanted = id_or_key.upper()
        return next((p for p in self.projects.values() if p.key.upper() == wanted), None)

    def issue(self, id_or_key: str) -> Issue | None:
        """Find an issue by id, key in any case, or a key that it once had."""
        if id_or_key.isdigit():
            return self.issues.get(int(id_or_key))
        number = self.keys.get(id_or_key.upper())
        return None if number is None else self.issues.get(number)

    def may(self, user: User | None, permission: str, project: str) -> bool:
        """Say whether `user` has a project permission. Everyone signed in has all, less the revoked."""
        if user is None or not user.active:
            return False
        return (user.account_id, permission, project) not in self.denied

    def sees(self, user: User | None, issue: Issue) -> bool:
        return self.may(user, "BROWSE_PROJECTS", issue.project)

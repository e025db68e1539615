"""What the account holds. Plain mutable records; times are unix seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class Attachment:
    """A file: not yet on a comment, on one, or redacted."""

    id: int
    token: str
    name: str
    content_type: str
    data: bytes
    created: int
    inline: bool = False
    deleted: bool = False
    malware: str = "not_scanned"
    malware_override: bool = False
    attached: bool = False


@dataclass(slots=True, eq=False)
class Comment:
    """
    One comment. `html` is always there; `source` is the text it came from, if it was text.

    `id` is also the id of the audit event that brought it.
    """

    id: int
    author_id: int
    public: bool
    html: str
    source: str | None
    created: int
    via: Json
    audit_id: int
    attachments: list[Attachment] = field(default_factory=list)
    metadata: Json | None = None
    flags: list[int] | None = None


@dataclass(slots=True, eq=False)
class Event:
    """One thing that an audit reports. For `Comment` the value is the `Comment` itself."""

    kind: str
    name: str
    value: Any
    previous: Any = None


@dataclass(slots=True, eq=False)
class Audit:
    """One update of a ticket. Its events have the ids that follow its own."""

    id: int
    ticket_id: int
    author_id: int
    created: int
    via: Json
    events: list[Event]
    custom: Json | None = None
    client: str = ""
    flags: list[int] | None = None


@dataclass(slots=True, eq=False)
class Ticket:
    """One ticket. `generated` is the incremental export's key: system updates move it too."""

    id: int
    created: int
    updated: int
    generated: int
    requester_id: int
    submitter_id: int
    brand_id: int
    form_id: int
    via: Json
    subject: str | None = None
    description: str = ""
    external_id: str | None = None
    type: str | None = None
    priority: str | None = None
    status: str = "new"
    custom_status_id: int = 0
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    recipient: str | None = None
    problem_id: int | None = None
    due: int | None = None
    is_public: bool = True
    tags: list[str] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)
    collaborator_ids: list[int] = field(default_factory=list)
    email_cc_ids: list[int] = field(default_factory=list)
    follower_ids: list[int] = field(default_factory=list)
    followup_ids: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    solved: int | None = None
    assigned: int | None = None
    reopens: int = 0
    deleted: int | None = None
    deleted_by: int = 0
    scrubbed: bool = False
    archived: bool = False
    satisfaction: Json | None = None
    followup_source_id: int | None = None


@dataclass(slots=True, eq=False)
class User:
    """A person: end user, agent or admin. A deleted user stays, inactive."""

    id: int
    name: str
    email: str | None
    role: str
    created: int
    updated: int
    generated: int
    verified: bool = True
    active: bool = True
    suspended: bool = False
    external_id: str | None = None
    organization_id: int | None = None
    default_group_id: int | None = None
    locale: str = "en-US"
    time_zone: str = "Pacific Time (US & Canada)"
    iana_time_zone: str = "America/Los_Angeles"
    phone: str | None = None
    alias: str | None = None
    details: str | None = None
    notes: str | None = None
    signature: str | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    emails: list[tuple[int, str]] = field(default_factory=list)
    last_login: int | None = None
    ticket_restriction: str | None = None


@dataclass(slots=True, eq=False)
class Organization:
    """A customer's company."""

    id: int
    name: str
    created: int
    updated: int
    generated: int
    external_id: str | None = None
    domain_names: list[str] = field(default_factory=list)
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool = False
    shared_comments: bool = False
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    deleted: int | None = None


@dataclass(slots=True, eq=False)
class Group:
    """A team of agents."""

    id: int
    name: str
    created: int
    updated: int
    description: str = ""
    default: bool = False
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Option:
    """One choice of a drop-down or multi-select. `value` is its tag."""

    id: int
    name: str
    value: str
    default: bool = False


@dataclass(slots=True, eq=False)
class Field:
    """A custom or system field of tickets, users or organizations (these two have a `key`)."""

    id: int
    title: str
    type: str
    created: int
    updated: int
    key: str = ""
    description: str = ""
    position: int = 9999
    active: bool = True
    required: bool = False
    regexp: str | None = None
    tag: str | None = None
    options: list[Option] = field(default_factory=list)
    system: bool = False
    visible_in_portal: bool = False
    editable_in_portal: bool = False
    required_in_portal: bool = False
    title_in_portal: str = ""
    agent_description: str | None = None
    agent_can_edit: bool = True


@dataclass(slots=True, eq=False)
class Status:
    """A custom status and the system status that is its category."""

    id: int
    category: str
    agent_label: str
    end_user_label: str
    created: int
    updated: int
    description: str = ""
    end_user_description: str = ""
    active: bool = True
    default: bool = False

"""
Zendesk's JSON as typed structs: only what the hub reads, tolerant of what is missing or new.

Rows come by the thousand and never refer back to each other, so the garbage collector need not
watch them (`gc=False`).
"""

from __future__ import annotations

from typing import Any

import msgspec


class User(msgspec.Struct, gc=False):
    id: int | None = None
    name: str | None = ""
    email: str | None = None
    role: str | None = None
    active: bool | None = True


class Group(msgspec.Struct, gc=False):
    id: int
    name: str | None = ""
    deleted: bool | None = False


class Organization(msgspec.Struct, gc=False):
    id: int
    name: str | None = ""
    external_id: str | int | None = None
    organization_fields: dict[str, Any] | None = None
    domain_names: list[str] | None = None


class FieldValue(msgspec.Struct, gc=False):
    id: int
    value: Any = None


class Ticket(msgspec.Struct, gc=False):
    """A ticket as every list, export and answer shows it."""

    id: int
    url: str | None = ""
    external_id: str | int | None = None
    via: Any = None
    created_at: str | None = ""
    updated_at: str | None = ""
    generated_timestamp: int | float | None = 0
    type: str | None = None
    subject: str | None = None
    description: str | None = None
    priority: str | None = None
    status: str | None = None
    custom_status_id: int | None = None
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    problem_id: int | None = None
    due_at: str | None = None
    tags: list[str] | None = None
    custom_fields: list[FieldValue] | None = None
    comment_count: int | None = None
    slas: Any = msgspec.UNSET


class Attachment(msgspec.Struct, gc=False):
    id: int
    file_name: str | None = ""
    content_url: str | None = ""
    content_type: str | None = ""
    size: int | None = 0
    inline: bool | None = False
    deleted: bool | None = False


class Event(msgspec.Struct, gc=False):
    """
    A part of an update: a comment, a changed field, a redaction.

    Exports name its kind `event_type`, audits `type`.
    """

    id: int | None = None
    type: str | None = ""
    event_type: str | None = ""
    author_id: int | None = None
    body: str | None = None
    html_body: str | None = None
    public: bool | None = None
    attachments: list[Attachment] | None = None
    created_at: str | None = ""
    metadata: Any = None
    via: Any = None

    @property
    def kind(self) -> str:
        return self.event_type or self.type or ""


class Update(msgspec.Struct, gc=False):
    """One update of a ticket with its parts, as `incremental/ticket_events` lists them."""

    id: int
    ticket_id: int
    timestamp: int | float | None = 0
    created_at: str | None = ""
    updater_id: int | None = None
    metadata: Any = None
    via: Any = None
    child_events: list[Event] | None = None


class Audit(msgspec.Struct):
    """One update of a ticket, as the answer to a write shows it."""

    id: int | None = None
    created_at: str | None = ""
    author_id: int | None = None
    metadata: Any = None
    events: list[Event] | None = None
    via: Any = None


class Meta(msgspec.Struct):
    has_more: bool | None = False
    after_cursor: str | None = None


class Links(msgspec.Struct):
    next: str | None = None


class TicketsPage(msgspec.Struct):
    tickets: list[Ticket] = []
    users: list[User] | None = None
    groups: list[Group] | None = None
    organizations: list[Organization] | None = None
    after_cursor: str | None = None
    end_of_stream: bool | None = None


class UpdatesPage(msgspec.Struct):
    ticket_events: list[Update] = []
    end_time: int | float | None = None
    end_of_stream: bool | None = None


class CommentsPage(msgspec.Struct):
    comments: list[Event] = []
    users: list[User] | None = None
    meta: Meta = msgspec.field(default_factory=Meta)


class UsersPage(msgspec.Struct):
    users: list[User] = []
    after_cursor: str | None = None
    end_of_stream: bool | None = None
    meta: Meta = msgspec.field(default_factory=Meta)


class GroupsPage(msgspec.Struct):
    groups: list[Group] = []
    meta: Meta = msgspec.field(default_factory=Meta)


class TicketField(msgspec.Struct):
    """A field of tickets, or of organizations (which have a `key`)."""

    id: int
    type: str
    title: str | None = ""
    key: str | None = None
    active: bool | None = True


class FieldsPage(msgspec.Struct):
    ticket_fields: list[TicketField] = []
    organization_fields: list[TicketField] = []
    meta: Meta = msgspec.field(default_factory=Meta)


class DeletedTicket(msgspec.Struct):
    id: int


class DeletedPage(msgspec.Struct):
    deleted_tickets: list[DeletedTicket] = []


class OneTicket(msgspec.Struct):
    """The answer to a write: the ticket as it left it, and what it did."""

    ticket: Ticket
    audit: Audit | None = None


class OneUser(msgspec.Struct):
    user: User


class OneAttachment(msgspec.Struct):
    attachment: Attachment


class Upload(msgspec.Struct):
    token: str
    attachment: Attachment | None = None


class OneUpload(msgspec.Struct):
    upload: Upload


class Job(msgspec.Struct):
    id: str
    status: str | None = "queued"
    total: int | None = None
    message: str | None = None
    results: Any = None
    """A list with one result a row; an object for some jobs; null while the job is not done."""


class OneJob(msgspec.Struct):
    job_status: Job


class Jobs(msgspec.Struct):
    job_statuses: list[Job] = []


class JiraLink(msgspec.Struct):
    """A ticket and an issue that Zendesk's own app for Jira linked."""

    ticket_id: int | str | None = None
    issue_id: int | str | None = None
    issue_key: str | None = ""


class JiraLinksPage(msgspec.Struct):
    links: list[JiraLink] = []
    meta: Meta | None = None

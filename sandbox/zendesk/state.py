"""The account: every record, the indices over them, and the one clock and sequence they share."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from sandbox.clock import Clock, iso
from sandbox.zendesk import errors
from sandbox.zendesk.feed import Feed
from sandbox.zendesk.records import (
    Attachment,
    Audit,
    Comment,
    Field,
    Group,
    Json,
    Organization,
    Status,
    Ticket,
    User,
)
from sandbox.zendesk.values import mirrored

__all__ = ["Account", "iso"]

_FIRST_ID = 25_600_000_000_001


class Account:
    """One Zendesk account. Handlers read and write it; nothing here speaks HTTP."""

    def __init__(self, clock: Clock, settings: dict[str, Any], subdomain: str) -> None:
        self.clock = clock
        self.settings = settings
        self.subdomain = subdomain
        self.account_id = 12_514_403
        self._next = _FIRST_ID
        self._next_ticket = 1
        self._floor = 0
        self.tickets: dict[int, Ticket] = {}
        self.users: dict[int, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.groups: dict[int, Group] = {}
        self.memberships: dict[int, Json] = {}
        self.organization_memberships: dict[int, Json] = {}
        self.ticket_fields: dict[int, Field] = {}
        self.user_fields: dict[int, Field] = {}
        self.organization_fields: dict[int, Field] = {}
        self.forms: dict[int, Json] = {}
        self.statuses: dict[int, Status] = {}
        self.brands: dict[int, Json] = {}
        self.views: dict[int, Json] = {}
        self.macros: dict[int, Json] = {}
        self.triggers: dict[int, Json] = {}
        self.jira_links: dict[int, Json] = {}
        self.comments: dict[int, tuple[Ticket, Comment]] = {}
        self.audits: dict[int, Audit] = {}
        self.attachments: dict[int, Attachment] = {}
        self.by_file_token: dict[str, Attachment] = {}
        self.uploads: dict[str, Any] = {}
        self.watchers: list[Callable[[str, Ticket, Audit | None], None]] = []
        self.by_email: dict[str, int] = {}
        self.by_user_external: dict[str, int] = {}
        self.by_organization_name: dict[str, int] = {}
        self.by_organization_external: dict[str, int] = {}
        self.by_ticket_external: dict[str, list[int]] = {}
        self.incidents: dict[int, list[int]] = {}
        self.ticket_feed = Feed(self._ticket_second)
        self.user_feed = Feed(lambda key: self._second(self.users, key))
        self.organization_feed = Feed(lambda key: self._second(self.organizations, key))
        self._log: list[tuple[int, int]] = []
        self._log_sorted = True
        self._layout: list[tuple[int, Any]] | None = None
        self._mirrored: list[Field] | None = None
        self.encoded_fields: dict[int, tuple[dict[int, Any], Any]] = {}
        self.default_brand = 0
        self.default_form = 0

    # Time and names

    def now(self) -> int:
        """Return this second."""
        return int(self.clock.now())

    def stamp(self) -> int:
        """Return the second under which a change enters the incremental exports."""
        return max(self.now(), self._floor)

    def served_until(self, second: int) -> None:
        """
        Note that an export without the usual delay showed everything up to `second`.

        Changes from now on are dated later, so that they sort behind what was shown. With the
        delay on, the vendor has the same guarantee from withholding the last minute.
        """
        self._floor = max(self._floor, second + 1)

    def new_id(self, count: int = 1) -> int:
        """Return the first of `count` fresh ids."""
        first = self._next
        self._next += count
        return first

    def new_ticket_id(self) -> int:
        """Return the next ticket number."""
        number = self._next_ticket
        self._next_ticket += 1
        return number

    # Lookups that answer 404

    def ticket(self, key: Any) -> Ticket:
        """Return a ticket that is not deleted."""
        ticket = self.tickets.get(as_id(key))
        if ticket is None or ticket.deleted is not None:
            raise errors.not_found()
        return ticket

    def user(self, key: Any) -> User:
        """Return a user, also one that was deleted."""
        return found(self.users, key)

    def organization(self, key: Any) -> Organization:
        """Return an organization that is not deleted."""
        organization = found(self.organizations, key)
        if organization.deleted is not None:
            raise errors.not_found()
        return organization

    def user_by_email(self, email: str | None) -> User | None:
        """Return the active user with this address, primary or secondary."""
        key = self.by_email.get(email.strip().lower()) if email else None
        return self.users.get(key) if key is not None else None

    def groups_of(self, user_id: int) -> list[int]:
        """Return the ids of the groups an agent is in, the default one first."""
        rows = [row for row in self.memberships.values() if row["user_id"] == user_id]
        rows.sort(key=lambda row: not row["default"])
        return [row["group_id"] for row in rows]

    def visible_tickets(self) -> list[Ticket]:
        """Return the tickets that lists show: not deleted, not archived, by number."""
        return [t for t in self.tickets.values() if t.deleted is None and not t.archived]

    def field_layout(self) -> list[tuple[int, Any]]:
        """Return (id, value when never set) of every active custom ticket field."""
        if self._layout is None:
            self._layout = [
                (field.id, False if field.type == "checkbox" else None)
                for field in self.ticket_fields.values()
                if field.active and not field.system
            ]
        return self._layout

    def mirrored_fields(self) -> list[Field]:
        """Return the active ticket fields whose values show in the tags."""
        if self._mirrored is None:
            self._mirrored = [
                field
                for field in self.ticket_fields.values()
                if field.active and not field.system and mirrored(field)
            ]
        return self._mirrored

    def fields_changed(self) -> None:
        """Note that the set of ticket fields, or one of them, is another."""
        self._layout = self._mirrored = None
        self.encoded_fields.clear()

    def system_field(self, kind: str) -> int:
        """Return the id of a system field."""
        return next(field.id for field in self.ticket_fields.values() if field.type == kind)

    def default_status(self, category: str) -> int:
        """Return the id of the status that a category starts in."""
        for status in self.statuses.values():
            if status.category == category and status.default:
                return status.id
        return 0

    # Changes

    def touch(self, ticket: Ticket, *, updated: bool = True) -> None:
        """Note that a ticket changed. A system update moves only the export's key."""
        first = ticket.generated == 0
        ticket.generated = self.stamp()
        if updated:
            ticket.updated = self.now()
        self.ticket_feed.touch(ticket.generated, ticket.id, moved=not first)

    def external_id_changed(self, ticket: Ticket, before: str | None) -> None:
        """Keep the index of external ids right."""
        if ticket.external_id == before:
            return
        if before:
            self.by_ticket_external[before.lower()].remove(ticket.id)
        if ticket.external_id:
            self.by_ticket_external.setdefault(ticket.external_id.lower(), []).append(ticket.id)

    def tell(self, what: str, ticket: Ticket, audit: Audit | None) -> None:
        """Tell whoever watches (webhooks) what became of a ticket."""
        for watcher in self.watchers:
            watcher(what, ticket, audit)

    def touch_user(self, user: User) -> None:
        """Note that a user changed."""
        first = user.generated == 0
        user.updated, user.generated = self.now(), self.stamp()
        self.user_feed.touch(user.generated, user.id, moved=not first)

    def touch_organization(self, organization: Organization) -> None:
        """Note that an organization changed."""
        first = organization.generated == 0
        organization.updated, organization.generated = self.now(), self.stamp()
        self.organization_feed.touch(organization.generated, organization.id, moved=not first)

    def add_ticket(self, ticket: Ticket) -> None:
        """Take in a new ticket."""
        self.tickets[ticket.id] = ticket
        if ticket.external_id:
            self.by_ticket_external.setdefault(ticket.external_id.lower(), []).append(ticket.id)

    def add_user(self, user: User) -> User:
        """Take in a new user and its address."""
        self.users[user.id] = user
        if user.email:
            user.emails.append((self.new_id(), user.email))
            self.by_email[user.email.lower()] = user.id
        if user.external_id:
            self.by_user_external[user.external_id.lower()] = user.id
        self.touch_user(user)
        return user

    def add_organization(self, organization: Organization) -> Organization:
        """Take in a new organization."""
        self.organizations[organization.id] = organization
        self.by_organization_name[organization.name.lower()] = organization.id
        if organization.external_id:
            self.by_organization_external[organization.external_id.lower()] = organization.id
        self.touch_organization(organization)
        return organization

    def add_audit(self, ticket: Ticket, audit: Audit) -> None:
        """Append an audit to its ticket and to the event export."""
        ticket.audits.append(audit)
        self.audits[audit.id] = audit
        entry = (audit.created, audit.id)
        if self._log and entry < self._log[-1]:
            # Imports and seeds date audits in the past.
            self._log_sorted = False
        self._log.append(entry)

    def ordered_log(self) -> list[tuple[int, int]]:
        """Return (second, audit id) of every audit, oldest first."""
        if not self._log_sorted:
            self._log.sort()
            self._log_sorted = True
        return self._log

    def refill_feeds(self) -> None:
        """Rebuild the export orders after records were dated by hand."""
        self.ticket_feed.refill([(t.generated, t.id) for t in self.tickets.values()])
        self.user_feed.refill([(u.generated, u.id) for u in self.users.values()])
        self.organization_feed.refill([(o.generated, o.id) for o in self.organizations.values()])
        self._log = sorted((it.created, it.id) for it in self.audits.values())
        self._log_sorted = True

    def date_back(self, at: int) -> None:
        """Date everyone and everything but tickets at a moment in the past."""
        for record in (*self.users.values(), *self.organizations.values()):
            if record.created > at:
                record.created = record.updated = record.generated = at

    def token(self) -> str:
        """Return a fresh opaque token; the same account gives the same tokens in the same order."""
        digest = sha256(f"{self.subdomain}:{self.new_id()}".encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode().replace("-", "x")

    def _ticket_second(self, key: int) -> int | None:
        ticket = self.tickets.get(key)
        return ticket.generated if ticket is not None else None

    @staticmethod
    def _second(table: dict[int, Any], key: int) -> int | None:
        record = table.get(key)
        return record.generated if record is not None else None


def as_id(key: Any) -> int:
    """Return an id given as number or digits. Anything else names no record."""
    try:
        return int(key)
    except (TypeError, ValueError):
        raise errors.not_found() from None


def found(table: dict[int, Any], key: Any) -> Any:
    """Return the record `key` of a table, or answer 404."""
    record = table.get(as_id(key))
    if record is None:
        raise errors.not_found()
    return record


def ids_in(text: str | Iterable[Any]) -> list[int]:
    """Return the ids of a comma-separated list, skipping what is no number."""
    parts = text.split(",") if isinstance(text, str) else text
    return [int(part) for part in parts if str(part).strip().isdigit()]

"""Records as the API shows them. `base` is scheme and host of the request that asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from sandbox.zendesk import text
from sandbox.zendesk.records import (
    Attachment,
    Audit,
    Comment,
    Event,
    Group,
    Json,
    Organization,
    Ticket,
    User,
)
from sandbox.zendesk.state import Account

API = "/api/v2"


@lru_cache(maxsize=65536)
def stamp(at: int | None) -> str | None:
    """Return a second as ISO text, or None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def url(base: str, path: str, key: Any) -> str:
    """Return a record's own address."""
    return f"{base}{API}/{path}/{key}.json"


def via(channel: str, **source: Any) -> Json:
    """Return how something came in."""
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None} | source}


def custom_fields(account: Account, ticket: Ticket) -> msgspec.Raw:
    """
    Return the value of every active custom field, encoded; a checkbox never set is false.

    A ticket's values are replaced, never changed in place, so their identity tells whether the
    encoding that we keep is still theirs.
    """
    kept = account.encoded_fields.get(ticket.id)
    if kept is not None and kept[0] is ticket.values:
        return kept[1]
    value_of = ticket.values.get
    rows = [{"id": key, "value": value_of(key, default)} for key, default in account.field_layout()]
    encoded = msgspec.Raw(msgspec.json.encode(rows))
    if ticket.id:
        account.encoded_fields[ticket.id] = (ticket.values, encoded)
    return encoded


def ticket(account: Account, it: Ticket, base: str) -> Json:
    """Return a ticket, as every list and export shows it."""
    fields = custom_fields(account, it)
    shown: Json = {
        "url": f"{base}/api/v2/tickets/{it.id}.json",
        "id": it.id,
        "external_id": it.external_id,
        "via": it.via,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "generated_timestamp": it.generated,
        "type": it.type,
        "subject": it.subject,
        "raw_subject": it.subject,
        "description": it.description,
        "priority": it.priority,
        "status": "deleted" if it.deleted is not None else it.status,
        "recipient": it.recipient,
        "requester_id": it.requester_id,
        "submitter_id": it.submitter_id,
        "assignee_id": it.assignee_id,
        "organization_id": it.organization_id,
        "group_id": it.group_id,
        "collaborator_ids": it.collaborator_ids,
        "follower_ids": it.follower_ids,
        "email_cc_ids": it.email_cc_ids,
        "forum_topic_id": None,
        "problem_id": it.problem_id,
        "has_incidents": bool(account.incidents.get(it.id)),
        "is_public": it.is_public,
        "due_at": stamp(it.due),
        "tags": it.tags,
        "custom_fields": fields,
        "satisfaction_rating": it.satisfaction,
        "sharing_agreement_ids": [],
        "custom_status_id": it.custom_status_id,
        "encoded_id": f"{it.id:06X}-{it.created % 46655:03X}",
        "fields": fields,
        "followup_ids": it.followup_ids,
        "ticket_form_id": it.form_id,
        "brand_id": it.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "support_type": "agent",
    }
    return shown


def attachment(it: Attachment, base: str) -> Json:
    """Return a file's record. Its content is at another address, behind a redirect."""
    content = f"{base}/attachments/token/{it.token}/?name={quote(it.name)}"
    return {
        "url": url(base, "attachments", it.id),
        "id": it.id,
        "file_name": it.name,
        "content_url": content,
        "mapped_content_url": content,
        "content_type": it.content_type,
        "size": len(it.data),
        "width": None,
        "height": None,
        "inline": it.inline,
        "deleted": it.deleted,
        "malware_access_override": it.malware_override,
        "malware_scan_result": it.malware,
        "thumbnails": [],
    }


def comment(it: Comment, base: str, *, inline: bool = False) -> Json:
    """Return a comment in its three forms, as audits and exports show it."""
    return {
        "id": it.id,
        "type": "Comment",
        "author_id": it.author_id,
        "body": it.source if it.source is not None else text.body_of_html(it.html),
        "html_body": it.html,
        "plain_body": text.plain_of_html(it.html),
        "public": it.public,
        "attachments": [attachment(file, base) for file in it.attachments if inline or not file.inline],
        "audit_id": it.audit_id,
    }


def listed_comment(it: Comment, base: str, *, inline: bool = False) -> Json:
    """Return a comment as the list of a ticket's comments shows it."""
    shown = comment(it, base, inline=inline)
    shown["via"] = it.via
    shown["created_at"] = stamp(it.created)
    shown["metadata"] = {"system": SYSTEM, "custom": it.metadata or {}}
    if it.flags:
        shown["metadata"] |= {"flags": it.flags, "flags_options": flag_options(it.flags)}
    return shown


def flag_options(flags: list[int]) -> Json:
    """Return the explanation of a comment's flags."""
    trusted = {"trusted": False}
    return {str(flag): trusted for flag in flags}


SYSTEM: Json = {
    "client": "sandbox",
    "ip_address": "192.0.2.10",
    "location": "Berlin, BE, Germany",
    "latitude": 52.5,
    "longitude": 13.4,
}


def audit(it: Audit, base: str) -> Json:
    """Return one update of a ticket with its events."""
    metadata: Json = {
        "system": SYSTEM | {"client": it.client or "sandbox"},
        "custom": it.custom or {},
    }
    if it.flags:
        metadata |= {"flags": it.flags, "flags_options": flag_options(it.flags)}
    return {
        "id": it.id,
        "ticket_id": it.ticket_id,
        "created_at": stamp(it.created),
        "author_id": it.author_id,
        "metadata": metadata,
        "events": [event(one, it.id + 1 + at, base) for at, one in enumerate(it.events)],
        "via": it.via,
    }


def event(it: Event, key: int, base: str) -> Json:
    """Return one audit event."""
    if isinstance(it.value, Comment):
        return comment(it.value, base)
    if it.kind == "Create":
        return {"id": key, "type": "Create", "value": it.value, "field_name": it.name}
    if it.kind == "Change":
        return {
            "id": key,
            "type": "Change",
            "value": it.value,
            "field_name": it.name,
            "previous_value": it.previous,
        }
    return {"id": key, "type": it.kind} | (it.value or {})


def user(it: User, base: str) -> Json:
    """Return a person."""
    agent = it.role != "end-user"
    return {
        "id": it.id,
        "url": url(base, "users", it.id),
        "name": it.name,
        "email": it.email,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "time_zone": it.time_zone,
        "iana_time_zone": it.iana_time_zone,
        "phone": it.phone,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": LOCALE_IDS.get(it.locale, 1),
        "locale": it.locale,
        "organization_id": it.organization_id,
        "role": it.role,
        "verified": it.verified,
        "external_id": it.external_id,
        "tags": it.tags,
        "alias": it.alias,
        "active": it.active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": stamp(it.last_login),
        "two_factor_auth_enabled": None,
        "signature": it.signature,
        "details": it.details,
        "notes": it.notes,
        "role_type": 4 if it.role == "admin" else (0 if agent else None),
        "custom_role_id": None,
        "moderator": agent,
        "ticket_restriction": it.ticket_restriction or (None if agent else "requested"),
        "only_private_comments": False,
        "restricted_agent": not agent,
        "suspended": it.suspended,
        "default_group_id": it.default_group_id,
        "report_csv": it.role == "admin",
        "user_fields": it.fields,
    }


def organization(it: Organization, base: str) -> Json:
    """Return a customer's company."""
    shown: Json = {
        "url": url(base, "organizations", it.id),
        "id": it.id,
        "name": it.name,
        "shared_tickets": it.shared_tickets,
        "shared_comments": it.shared_comments,
        "external_id": it.external_id,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "domain_names": it.domain_names,
        "details": it.details,
        "notes": it.notes,
        "group_id": it.group_id,
        "tags": it.tags,
        "organization_fields": it.fields,
    }
    if it.deleted is not None:
        shown["deleted_at"] = stamp(it.deleted)
    return shown


def group(it: Group, base: str) -> Json:
    """Return a team of agents."""
    return {
        "url": url(base, "groups", it.id),
        "id": it.id,
        "is_public": True,
        "name": it.name,
        "description": it.description,
        "default": it.default,
        "deleted": it.deleted,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
    }


LOCALE_IDS: Mapping[str, int] = {
    "en-US": 1,
    "de": 8,
    "fr": 16,
    "es": 2,
    "ru": 27,
    "uk": 1173,
    "ja": 67,
    "en-GB": 1176,
}

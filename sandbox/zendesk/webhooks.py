"""
Webhooks: subscriptions, the events that an update becomes, and their signed deliveries.

Deliveries are handed on as values; whoever sends them may do so late, twice or out of order, as
the vendor does. A webhook without `status: active` hears nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from sandbox.zendesk import errors
from sandbox.zendesk.records import Audit, Comment, Json, Ticket
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account

PREFIX = "zen:event-type:"
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that a webhook makes."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes
    webhook_id: str


@dataclass(slots=True)
class Webhook:
    """One webhook with its signing secret."""

    id: str
    shape: Json
    secret: str
    credentials: Json | None = None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a delivery."""
    mac = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class Webhooks:
    """The account's webhooks; it watches the tickets and sends."""

    def __init__(self, account: Account, send: Callable[[Delivery], object]) -> None:
        self._account = account
        self._send = send
        self._random = random.Random(account.account_id)
        self._sequence = 0
        self.known: dict[str, Webhook] = {}
        account.watchers.append(self._watch)

    def create(self, body: Json, created_by: int) -> Webhook:
        """Make a webhook. Raises `ApiError` for what the vendor refuses."""
        missing = [it for it in ("name", "endpoint", "http_method", "request_format")
                   if not body.get(it)]  # fmt: skip
        if missing:
            raise _invalid(f"{missing[0]} is a required property")
        subscriptions = [str(one) for one in body.get("subscriptions") or []]
        if "conditional_ticket_events" in subscriptions and len(subscriptions) > 1:
            raise _invalid("conditional_ticket_events cannot be combined with other events")
        given = body.get("authentication") or None
        shape: Json = {
            "id": self._ulid(),
            "name": str(body["name"]),
            "description": body.get("description") or "",
            "status": str(body.get("status") or "active"),
            "subscriptions": subscriptions,
            "created_at": stamp(self._account.now()),
            "created_by": str(created_by),
            "endpoint": str(body["endpoint"]),
            "http_method": str(body["http_method"]),
            "request_format": str(body["request_format"]),
        }
        if given:
            shape["authentication"] = public_auth(given)
        hook = Webhook(shape["id"], shape, secrets.token_urlsafe(32), given)
        self.known[hook.id] = hook
        return hook

    def _ulid(self) -> str:
        bits = (int(self._account.clock.now() * 1000) << 80) | secrets.randbits(80)
        return "".join(_ULID[(bits >> (5 * at)) & 31] for at in range(25, -1, -1))

    def _watch(self, what: str, ticket: Ticket, audit: Audit | None) -> None:
        active = [it for it in self.known.values() if it.shape["status"] == "active"]
        if not active:
            return
        told = list(_events(what, audit))
        self._sequence += 1
        bodies = [self._body(ticket, audit, name, event, at + 1)
                  for at, (name, event) in enumerate(told)]  # fmt: skip
        for (name, _), body in zip(told, bodies, strict=True):
            for hook in active:
                if f"{PREFIX}ticket.{name}" in hook.shape["subscriptions"]:
                    self._send(self.delivery(hook, body))

    def delivery(self, hook: Webhook, body: bytes) -> Delivery:
        """Return a signed delivery of `body`."""
        at = datetime.fromtimestamp(self._account.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": str(self._account.account_id),
            "X-Zendesk-Webhook-Id": hook.id,
            "X-Zendesk-Webhook-Invocation-Id": self._ulid(),
            "X-Zendesk-Webhook-Signature": signature(hook.secret, at, body),
            "X-Zendesk-Webhook-Signature-Timestamp": at,
        }
        headers |= _auth_headers(hook.credentials)
        return Delivery(hook.shape["endpoint"], hook.shape["http_method"], headers, body, hook.id)

    def _body(self, ticket: Ticket, audit: Audit | None, name: str, event: Json, position: int) -> bytes:
        sequence = {"id": f"{self._sequence:026d}", "position": position}
        return msgspec.json.encode(
            {
                "type": f"{PREFIX}ticket.{name}",
                "account_id": self._account.account_id,
                "id": str(UUID(int=self._random.getrandbits(128), version=4)),
                "time": stamp(self._account.now()),
                "zendesk_event_version": "2022-11-06",
                "subject": f"zen:ticket:{ticket.id}",
                "detail": _detail(ticket, audit),
                "event": event | {"meta": {"sequence": sequence}},
            }
        )


def _detail(it: Ticket, audit: Audit | None) -> Json:
    def key(value: int | None) -> str | None:
        return None if value is None else str(value)

    return {
        "actor_id": key(audit.author_id if audit else it.deleted_by or None),
        "assignee_id": key(it.assignee_id),
        "brand_id": key(it.brand_id),
        "created_at": stamp(it.created),
        "custom_status": key(it.custom_status_id),
        "description": it.description,
        "external_id": it.external_id,
        "form_id": key(it.form_id),
        "group_id": key(it.group_id),
        "id": str(it.id),
        "is_public": it.is_public,
        "organization_id": key(it.organization_id),
        "priority": it.priority.upper() if it.priority else None,
        "requester_id": key(it.requester_id),
        "status": it.status.upper(),
        "subject": it.subject,
        "submitter_id": key(it.submitter_id),
        "tags": it.tags,
        "type": it.type.upper() if it.type else None,
        "updated_at": stamp(it.updated),
        "via": {"channel": it.via["channel"]},
    }


_OTHER = {
    "merged": "merged",
    "deleted": "soft_deleted",
    "undeleted": "undeleted",
    "permanently_deleted": "permanently_deleted",
}
_CHANGED = {
    "status": "status_changed",
    "custom_status_id": "custom_status_changed",
    "priority": "priority_changed",
    "subject": "subject_changed",
    "type": "type_changed",
    "tags": "tags_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "requester_id": "requester_changed",
    "organization_id": "organization_changed",
    "problem_id": "problem_link_changed",
    "brand_id": "brand_changed",
    "ticket_form_id": "form_changed",
    "due_at": "task_due_at_changed",
    "external_id": "external_id_changed",
}
_TOLD = {
    "EmailCcChange": "email_ccs_changed",
    "FollowerChange": "followers_changed",
    "CommentPrivacyChange": "comment_made_private",
    "CommentRedactionEvent": "comment_redacted",
    "AttachmentRedactionEvent": "attachment_redacted_from_comment",
}


def _events(what: str, audit: Audit | None) -> Iterator[tuple[str, Json]]:
    """Yield (event name, its `event` part) of one update."""
    if what in _OTHER:
        yield _OTHER[what], {}
        return
    if what == "created":
        yield "created", {}
    elif what != "updated":
        return
    for event in audit.events if audit else ():
        if isinstance(event.value, Comment):
            yield "comment_added", {"comment": _comment(event.value)}
            for file in event.value.attachments:
                yield "attachment_linked_to_comment", {"attachment": {"id": str(file.id)}}
        elif event.kind == "Change" and event.name.isdigit():
            yield (
                "custom_field_changed",
                _change(event.value, event.previous) | {"field": {"id": event.name}},
            )
        elif event.kind == "Change" and event.name in _CHANGED:
            upper = event.name in ("status", "priority", "type")
            yield _CHANGED[event.name], _change(event.value, event.previous, upper=upper)
        elif event.kind in _TOLD:
            yield _TOLD[event.kind], dict(event.value or {})


def _comment(it: Comment) -> Json:
    return {
        "id": str(it.id),
        "author": {"id": str(it.author_id)},
        "body": it.source if it.source is not None else it.html,
        "is_public": it.public,
    }


def _change(current: Any, previous: Any, *, upper: bool = False) -> Json:
    if upper:
        current, previous = (it.upper() if it else it for it in (current, previous))
    return {"current": current, "previous": previous}


def public_auth(given: Json) -> Json:
    shown: Json = {"type": given.get("type"), "add_position": given.get("add_position", "header")}
    if given.get("type") == "basic_auth":
        shown["data"] = {"username": (given.get("data") or {}).get("username")}
    return shown


def _auth_headers(given: Json | None) -> dict[str, str]:
    given = given or {}
    secret = given.get("data") or {}
    if given.get("type") == "bearer_token":
        return {"Authorization": f"Bearer {secret.get('token', '')}"}
    if given.get("type") == "basic_auth":
        pair = f"{secret.get('username', '')}:{secret.get('password', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if given.get("type") == "api_key":
        return {str(secret.get("name")): str(secret.get("value"))}
    return {}


def _invalid(message: str) -> errors.ApiError:
    return errors.ApiError(
        400, {"errors": [{"code": "InvalidRequest", "title": "Invalid request", "detail": message}]}
    )

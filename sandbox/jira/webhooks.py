"""Webhooks: who wants to hear of what, and the signed requests that tell them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec

from sandbox.jira import history, jql_parser, oauth
from sandbox.jira.context import Call, Context, Event
from sandbox.jira.jql_eval import Scope, prepare
from sandbox.jira.jql_parser import JqlError
from sandbox.jira.pieces import items_json
from sandbox.jira.registered import AdminWebhook, DynamicWebhook
from sandbox.jira.render import View
from sandbox.jira.state import Issue
from sandbox.outbox import Outbox
from sandbox.web import Request

Json = dict[str, Any]

_SPACE = uuid.UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")
# What a comment's webhook shows of its issue: these six fields and no more.
_SIX = ("summary", "issuetype", "project", "assignee", "priority", "status")
_HIDDEN = frozenset({"issuekey", "comment", "worklog"})


class Webhooks:
    """Turns events into deliveries."""

    def __init__(self, context: Context, outbox: Outbox) -> None:
        self._context = context
        self._outbox = outbox
        self._sent = 0

    def happened(self, event: Event) -> None:
        """Tell all who registered for such an event of such an issue."""
        site = self._context.site
        for admin in site.admin_webhooks.values():
            if admin.enabled and event.name in admin.events and self._fits(admin.jql, event.issue):
                self._send_admin(admin, event)
        now = self._context.now()
        for dynamic in site.dynamic_webhooks.values():
            if dynamic.expires > now and self._wanted(dynamic, event):
                self._send_dynamic(dynamic, event)

    def _wanted(self, hook: DynamicWebhook, event: Event) -> bool:
        if event.name not in hook.events or not self._fits(hook.jql, event.issue):
            return False
        if hook.property_keys and event.property_key is not None:
            return event.property_key in hook.property_keys
        if hook.fields and event.name == "jira:issue_updated":
            changed = {i.field_id for i in (event.history.items if event.history else ())}
            return bool(changed & set(hook.fields))
        return True

    def _fits(self, jql: str, issue: Issue) -> bool:
        if not jql:
            return True
        context = self._context
        try:
            query = jql_parser.parse(jql)
            if query.where is None:
                return True
            return prepare(query, Scope(context.site, None, context.now())).test(issue)
        except JqlError:
            return False

    def _send_admin(self, hook: AdminWebhook, event: Event) -> None:
        body = b"" if hook.exclude_body else msgspec.json.encode(self.body(event, hook.owner))
        headers = self._headers(event)
        if hook.secret:
            digest = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        url = hook.url.replace("${issue.key}", event.issue.key).replace(
            "${issue.id}", str(event.issue.id)
        )
        self._outbox.post(url, headers, body)

    def _send_dynamic(self, hook: DynamicWebhook, event: Event) -> None:
        body = {**self.body(event, hook.owner), "matchedWebhookIds": [hook.id]}
        headers = self._headers(event)
        headers["Authorization"] = f"Bearer {_jwt(self._context.now() // 1000)}"
        self._outbox.post(hook.url, headers, msgspec.json.encode(body))

    def _headers(self, event: Event) -> dict[str, str]:
        self._sent += 1
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": str(uuid.uuid5(_SPACE, f"{event.at}:{self._sent}")),
            "X-Atlassian-Webhook-Flow": "Secondary" if event.bulk else "Primary",
        }

    def body(self, event: Event, owner: str) -> Json:
        """Return what is told: shapes of version 2, whoever listens."""
        context, site = self._context, self._context.site
        request = Request("GET", "https", context.host, "/")
        call = Call(context, request, site.users.get(owner), 2, f"https://{context.host}")
        view = View(call)
        told: Json = {"timestamp": event.at, "webhookEvent": event.name}
        if event.comment is not None:
            shown = view.comment(event.comment, event.issue)
            return {**told, "comment": shown, "issue": _brief(view, event.issue)}
        if event.kind:
            told["issue_event_type_name"] = event.kind
        if not event.name.startswith("issue_property"):
            told["user"] = _without_email(view.refs.user(event.author))
        fields = [f for f in site.fields.values() if f.id not in _HIDDEN]
        told["issue"] = view.issue(event.issue, fields)
        if event.property_key is not None:
            value = event.issue.properties.get(event.property_key)
            told["property"] = {"key": event.property_key, "value": value}
        if items := self._items(event):
            number = event.history.id if event.history else site.next("history")
            told["changelog"] = {"id": str(number), "items": items}
        if event.bulk:
            told["bulkOperationMetaData"] = {"sendMail": False}
        return told

    def _items(self, event: Event) -> list[Json]:
        if event.history is not None:
            return [items_json(item) for item in event.history.items]
        if event.name != "jira:issue_created":
            return []
        site, issue = self._context.site, event.issue
        pairs: Iterable[tuple[str, Any]] = issue.values.items()
        return [
            items_json(history.item(site, site.fields[name], None, value, issue))
            for name, value in pairs
        ]


def _brief(view: View, issue: Issue) -> Json:
    return view.issue(issue, [view.site.fields[name] for name in _SIX])


def _without_email(user: Json | None) -> Json | None:
    return None if user is None else {k: v for k, v in user.items() if k != "emailAddress"}


def _jwt(now: int) -> str:
    """Return a token signed with the app's secret, as dynamic webhooks carry."""
    claims = {"iss": oauth.CLIENT_ID, "iat": now, "exp": now + 180}
    parts = [_b64(msgspec.json.encode(p)) for p in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    digest = hmac.new(oauth.CLIENT_SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_b64(digest)}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

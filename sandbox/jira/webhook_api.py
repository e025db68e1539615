"""Registering webhooks: the administrators' kind, and the kind that OAuth apps make for a while."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.jira import jql_parser, shapes
from sandbox.jira.context import Call
from sandbox.jira.errors import Refusal, refusal
from sandbox.jira.jql_parser import JqlError
from sandbox.jira.registered import AdminWebhook, DynamicWebhook
from sandbox.web import Response

Json = Any

MONTH = 30 * 24 * 3600 * 1000
MOST_DYNAMIC = 5
_SECTION = "issue-related-events-section"
_DYNAMIC_EVENTS = frozenset(
    {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created",
     "comment_updated", "comment_deleted", "issue_property_set", "issue_property_deleted"}
)


def _admin(call: Call) -> None:
    if not call.person().admin:
        raise refusal(403, "You must be a Jira administrator to manage webhooks.")


def _admin_json(call: Call, hook: AdminWebhook) -> Json:
    user = call.site.users[hook.owner]
    return {
        "name": hook.name,
        "url": hook.url,
        "excludeBody": hook.exclude_body,
        "filters": {_SECTION: hook.jql},
        "events": hook.events,
        "enabled": hook.enabled,
        "isSigned": bool(hook.secret),
        "self": f"{call.root}/rest/webhooks/1.0/webhook/{hook.id}",
        "lastUpdatedUser": user.account_id,
        "lastUpdatedDisplayName": user.name,
        "lastUpdated": hook.updated,
    }


def list_admin(call: Call) -> Response:
    _admin(call)
    return Response.json([_admin_json(call, h) for h in call.site.admin_webhooks.values()])


def _read_admin(call: Call, number: int) -> AdminWebhook:
    raw = call.body(shapes.AdminHook)
    if not raw.get("name") or not str(raw.get("url", "")).startswith(("http://", "https://")):
        raise Refusal(400, {"messages": [{"key": "The webhook needs a name and an absolute URL."}]})
    jql = (raw.get("filters") or {}).get(_SECTION) or ""
    try:
        jql_parser.parse(jql)
    except JqlError as bad:
        raise Refusal(400, {"messages": [{"key": str(bad)}]}) from bad
    return AdminWebhook(
        number, str(raw["name"]), str(raw["url"]), list(raw.get("events") or []), jql,
        str(raw.get("secret") or ""), bool(raw.get("excludeBody")), bool(raw.get("enabled", True)),
        call.person().account_id, call.context.now(),
    )


def add_admin(call: Call) -> Response:
    _admin(call)
    hook = _read_admin(call, call.site.next("webhook", 1))
    call.site.admin_webhooks[hook.id] = hook
    return Response.json(_admin_json(call, hook), 201)


def _found(call: Call, number: str) -> AdminWebhook:
    hook = call.site.admin_webhooks.get(int(number)) if number.isdigit() else None
    if hook is None:
        raise Refusal(404, {"messages": [{"key": "The webhook does not exist."}]})
    return hook


def get_admin(call: Call, number: str) -> Response:
    _admin(call)
    return Response.json(_admin_json(call, _found(call, number)))


def put_admin(call: Call, number: str) -> Response:
    _admin(call)
    hook = _found(call, number)
    changed = _read_admin(call, hook.id)
    changed.secret = changed.secret or hook.secret
    call.site.admin_webhooks[hook.id] = changed
    return Response.json(_admin_json(call, changed))


def delete_admin(call: Call, number: str) -> Response:
    _admin(call)
    del call.site.admin_webhooks[_found(call, number).id]
    return Response.empty()


def _app(call: Call) -> str:
    """Return whose app calls, or refuse: people cannot make dynamic webhooks."""
    if call.client is None:
        raise refusal(403, "Only Connect and OAuth 2.0 apps can use this operation.")
    return call.person().account_id


def register(call: Call) -> Response:
    """Register webhooks of an app, each of which may fail for itself."""
    owner = _app(call)
    raw = call.body(shapes.DynamicHooks)
    url = str(raw.get("url") or "")
    mine = [h for h in call.site.dynamic_webhooks.values() if h.owner == owner]
    if not urlsplit(url).netloc or any(h.url != url for h in mine):
        raise refusal(400, "The URL is invalid, or differs from that of the app's other webhooks.")
    results: list[Json] = []
    for wanted in raw.get("webhooks") or ():
        errors = _wrong(wanted)
        if len(mine) >= MOST_DYNAMIC:
            errors.append(f"The limit of {MOST_DYNAMIC} webhooks per app and user was reached.")
        if errors:
            results.append({"errors": errors})
            continue
        hook = DynamicWebhook(
            call.site.next("dynamic", 1), url, list(wanted["events"]), wanted["jqlFilter"],
            wanted.get("fieldIdsFilter"), wanted.get("issuePropertyKeysFilter"), owner,
            call.context.now() + MONTH,
        )
        call.site.dynamic_webhooks[hook.id] = hook
        mine.append(hook)
        results.append({"createdWebhookId": hook.id})
    return Response.json({"webhookRegistrationResult": results})


def _wrong(wanted: Json) -> list[str]:
    errors = [
        f"The event '{event}' is not supported."
        for event in wanted.get("events") or ()
        if event not in _DYNAMIC_EVENTS
    ]
    if not wanted.get("events"):
        errors.append("At least one event is required.")
    try:
        jql_parser.parse(wanted.get("jqlFilter") or "")
    except JqlError as bad:
        errors.append(str(bad))
    return errors


def list_dynamic(call: Call) -> Response:
    owner = _app(call)
    mine = [h for h in call.site.dynamic_webhooks.values() if h.owner == owner]
    start, size = call.number("startAt", 0), min(call.number("maxResults", 100), 100)
    return Response.json(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(mine),
            "isLast": start + size >= len(mine),
            "values": [_dynamic_json(hook) for hook in mine[start : start + size]],
        }
    )


def _dynamic_json(hook: DynamicWebhook) -> Json:
    shown: dict[str, Any] = {
        "id": hook.id,
        "jqlFilter": hook.jql,
        "events": hook.events,
        "url": hook.url,
        "expirationDate": hook.expires,
    }
    if hook.fields:
        shown["fieldIdsFilter"] = hook.fields
    if hook.property_keys:
        shown["issuePropertyKeysFilter"] = hook.property_keys
    return shown


def _ids(call: Call) -> list[int]:
    wanted = call.body(shapes.HookIds).get("webhookIds")
    if not isinstance(wanted, list) or not wanted:
        raise refusal(400, "The list of webhook IDs is missing.")
    return wanted


def delete_dynamic(call: Call) -> Response:
    owner = _app(call)
    for number in _ids(call):
        hook = call.site.dynamic_webhooks.get(number)
        if hook is not None and hook.owner == owner:
            del call.site.dynamic_webhooks[number]
    return Response.empty(202)


def refresh(call: Call) -> Response:
    """Give webhooks another thirty days."""
    owner = _app(call)
    until = call.context.now() + MONTH
    for number in _ids(call):
        hook = call.site.dynamic_webhooks.get(number)
        if hook is not None and hook.owner == owner:
            hook.expires = until
    return Response.json({"expirationDate": until})


ROUTES = (
    ("POST", "/webhook", register),
    ("GET", "/webhook", list_dynamic),
    ("DELETE", "/webhook", delete_dynamic),
    ("PUT", "/webhook/refresh", refresh),
)
ADMIN_ROUTES = (
    ("GET", "/rest/webhooks/1.0/webhook", list_admin),
    ("POST", "/rest/webhooks/1.0/webhook", add_admin),
    ("GET", "/rest/webhooks/1.0/webhook/{id}", get_admin),
    ("PUT", "/rest/webhooks/1.0/webhook/{id}", put_admin),
    ("DELETE", "/rest/webhooks/1.0/webhook/{id}", delete_admin),
)

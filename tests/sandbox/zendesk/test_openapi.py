"""
Every answer that the vendor's own OpenAPI document describes validates against it.

The document never says that a field may be null, though real replies are full of nulls: null is
therefore let through everywhere. Endpoints that it does not describe are listed in `UNDESCRIBED`
(from the vendor's documentation pages and recorded replies).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from sandbox.web import Request
from tests.sandbox.zendesk.conftest import Answer, Desk

ROOT = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
DOCUMENT = ROOT / "zendesk" / "openapi" / "zendesk-support-oas-2025-06.yaml"

UNDESCRIBED = {
    "DELETE /api/services/jira/links/{id}",
    "DELETE /api/v2/jira/links/{id}",
    "DELETE /api/v2/webhooks/{id}",
    "GET /api/services/jira/links",
    "GET /api/services/jira/links/{id}",
    "GET /api/v2/groups/{id}/memberships",
    "GET /api/v2/groups/{id}/users",
    "GET /api/v2/jira/links",
    "GET /api/v2/jira/links/{id}",
    "GET /api/v2/oauth/tokens/current",
    "GET /api/v2/organization_fields/count",
    "GET /api/v2/organizations/{id}/organization_memberships",
    "GET /api/v2/organizations/{id}/tickets",
    "GET /api/v2/organizations/{id}/users",
    "GET /api/v2/problems/autocomplete",
    "GET /api/v2/schedules",
    "GET /api/v2/tickets/recent",
    "GET /api/v2/tickets/skips",
    "GET /api/v2/tickets/{id}/metrics",
    "GET /api/v2/user_fields/count",
    "GET /api/v2/users/{id}/group_memberships",
    "GET /api/v2/users/{id}/organization_memberships",
    "GET /api/v2/users/{id}/tickets/{role}",
    "GET /api/v2/webhooks",
    "GET /api/v2/webhooks/{id}",
    "GET /api/v2/webhooks/{id}/signing_secret",
    "GET /oauth/authorizations/new",
    "PATCH /api/v2/webhooks/{id}",
    "POST /api/services/jira/links",
    "POST /api/v2/jira/links",
    "POST /api/v2/webhooks",
    "POST /api/v2/webhooks/test",
    "POST /api/v2/webhooks/{id}/signing_secret",
    "POST /oauth/authorizations",
    "PUT /api/v2/webhooks/{id}",
}


class _Loader(yaml.CSafeLoader):
    """YAML as the document writes it: it has a bare `=`."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


@cache
def document() -> dict[str, Any]:
    if not DOCUMENT.exists():
        pytest.skip(f"the vendor's OpenAPI document is not at {DOCUMENT} (set SHARED_DATA)")
    with DOCUMENT.open("rb") as file:
        return yaml.load(file, Loader=_Loader)


def _relaxed(node: Any) -> Any:
    """Return a schema in which everything may be null, and numbers' formats do not matter."""
    if isinstance(node, list):
        return [_relaxed(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _relaxed(value) for key, value in node.items() if key not in ("format", "example")}
    if "oneOf" in made:
        # Null would fit several of them.
        made["anyOf"] = made.pop("oneOf")
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if isinstance(made.get("enum"), list):
        made["enum"] = [*made["enum"], None]
    return made


@cache
def _components() -> dict[str, Any]:
    return {"schemas": _relaxed(document()["components"]["schemas"])}


@cache
def _paths() -> dict[str, Any]:
    return {re.sub(r"\{\w+\}", "{}", path): rows for path, rows in document()["paths"].items()}


def described(endpoint: str) -> dict[str, Any] | None:
    method, _, path = endpoint.partition(" ")
    rows = _paths().get(re.sub(r"\{\w+\}", "{}", path), {})
    return rows.get(method.lower())


@cache
def validator(endpoint: str, status: int) -> jsonschema.Draft202012Validator | None:
    """Return the validator of an answer, None if the document describes no body for it."""
    responses = (described(endpoint) or {}).get("responses", {})
    response = responses.get(str(status)) or responses.get("200") or {}
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    # A few bodies are described as a bare string; recorded real ones are `{}`.
    if schema is None or schema.get("type") == "string":
        return None
    return jsonschema.Draft202012Validator(_relaxed(schema) | {"components": _components()})


def problems(desk: Desk, method: str, target: str, answer: Answer) -> list[str]:
    """Return how an answer differs from its description."""
    endpoint = desk.vendor.endpoint(Request.of(method, "https", "acme", target, {}, b""))
    assert answer.status < 300, (method, target, answer.body)
    known = validator(endpoint, answer.status)
    if known is None:
        return []
    found = ((_path(one), one.message[:160]) for one in known.iter_errors(answer.body))
    return [f"{endpoint}: {path}: {text}" for path, text in found if not _KNOWN_WRONG.search(path)]


def _path(problem: jsonschema.ValidationError) -> str:
    return "/".join(map(str, problem.absolute_path))


# The document calls every custom field's value a string; the field types' own pages say that a
# checkbox is true or false and a multi-select a list.
_KNOWN_WRONG = re.compile(r"custom_fields/\d+/value$")


@pytest.fixture(scope="module")
def world() -> Desk:
    document()
    desk = Desk()
    desk.vendor.seed("demo")
    desk.vendor.settings |= {"export_delay": 0, "search_lag": 0, "job_looks": 0}
    return desk


def samples(desk: Desk) -> dict[str, str]:
    """Return, for each kind of record, the id of one."""
    state = desk.vendor.state
    live = [it for it in state.tickets.values() if it.deleted is None and it.status == "open"]
    one = live[0]
    made = desk.ask("POST", "/api/v2/tickets/create_many", {"tickets": [
        {"subject": "x", "comment": {"body": "y"}}]})  # fmt: skip
    tagger = next(it.id for it in state.ticket_fields.values() if it.title == "Severity")
    hook = desk.ask("POST", "/api/v2/webhooks", {"webhook": {
        "name": "n", "endpoint": "https://h.example", "http_method": "POST",
        "request_format": "json"}})  # fmt: skip
    link = desk.ask("POST", "/api/v2/jira/links", {"link": {
        "ticket_id": one.id, "issue_id": 5, "issue_key": "A-5"}})  # fmt: skip
    token = desk.ask("GET", "/api/v2/oauth/tokens/current",
                     authorization=f"Bearer {desk.told['oauth_token']}")  # fmt: skip
    trigger = desk.ask("POST", "/api/v2/triggers", {"trigger": {"title": "t"}})
    return {
        "tickets": str(one.id),
        "audits": str(one.audits[0].id),
        "users": str(one.requester_id),
        "organizations": str(one.organization_id),
        "groups": str(one.group_id),
        "group_memberships": str(next(iter(state.memberships))),
        "ticket_fields": str(tagger),
        "user_fields": str(next(iter(state.user_fields))),
        "organization_fields": str(next(iter(state.organization_fields))),
        "ticket_forms": str(state.default_form),
        "custom_statuses": str(next(iter(state.statuses))),
        "brands": str(state.default_brand),
        "views": str(next(iter(state.views))),
        "macros": str(next(iter(state.macros))),
        "triggers": str(trigger.body["trigger"]["id"]),
        "attachments": str(next(iter(state.attachments))),
        "job_statuses": made.body["job_status"]["id"],
        "locales": "1",
        "webhooks": hook.body["webhook"]["id"],
        "links": str(link.body["link"]["id"]),
        "tokens": str(token.body["token"]["id"]),
        "incremental": "tickets",
    }


_QUERIES = {
    "/api/v2/search": "query=voucher",
    "/api/v2/search/count": "query=type:ticket",
    "/api/v2/search/export": "query=voucher&filter[type]=ticket",
    "/api/v2/users/search": "query=contact",
    "/api/v2/organizations/search": "name=Northwind Retail",
    "/oauth/authorizations/new": "client_id=support_sync_hub",
}


def reads(desk: Desk, ids: dict[str, str]) -> Iterator[str]:
    """Yield a target for every GET that the stand-in serves."""
    for endpoint in desk.vendor.endpoints():
        method, _, path = endpoint.partition(" ")
        if method != "GET":
            continue
        parts = path.split("/")
        for at, part in enumerate(parts):
            if part == "{id}" or part in ("{what}", "{audit_id}"):
                parts[at] = ids[parts[at - 1]] if part != "{what}" else {
                    "incremental": "tickets"}.get(parts[at - 1], "followers")  # fmt: skip
            elif part == "{role}":
                parts[at] = "requested"
        target = "/".join(parts)
        query = _QUERIES.get(path, "")
        if "/incremental/" in path:
            query = "start_time=0&per_page=50&include=comment_events"
        if path.endswith(("show_many",)):
            kind = parts[-2]
            query = f"ids={ids[kind]}"
        yield f"{target}?{query.replace(' ', '%20')}" if query else target


def test_every_read_is_as_the_document_describes(world: Desk) -> None:
    """All GET endpoints, offset-paged."""
    ids = samples(world)
    found: list[str] = []
    bearer = f"Bearer {world.told['oauth_token']}"
    for target in reads(world, ids):
        own = {"authorization": bearer} if "/oauth/" in target else {}
        found += problems(world, "GET", target, world.ask("GET", target, **own))
    assert not found, "\n".join(found)


def test_every_write_is_as_the_document_describes(world: Desk) -> None:
    """Creations, updates, bulk calls and jobs."""
    ids = samples(world)
    ticket, user, company = (ids[name] for name in ("tickets", "users", "organizations"))
    comment = world.get(f"/api/v2/tickets/{ticket}/comments")["comments"][0]["id"]
    fresh = world.make()
    gone = world.make()
    binned = [world.make() for _ in range(3)]
    for number in binned:
        assert world.ask("DELETE", f"/api/v2/tickets/{number}").status == 204
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/api/v2/tickets", {"ticket": {"subject": "a", "comment": {"body": "b"}}}),
        ("PUT", f"/api/v2/tickets/{ticket}", {"ticket": {"priority": "urgent"}}),
        ("PUT", f"/api/v2/tickets/{ticket}/tags", {"tags": ["one"]}),
        ("POST", f"/api/v2/tickets/{fresh}/tags", {"tags": ["one"]}),
        ("PUT", f"/api/v2/tickets/update_many?ids={ticket}", {"ticket": {"priority": "low"}}),
        ("DELETE", f"/api/v2/tickets/destroy_many?ids={gone}", None),
        ("PUT", f"/api/v2/deleted_tickets/{binned[0]}/restore", None),
        ("DELETE", f"/api/v2/deleted_tickets/{binned[1]}", None),
        ("DELETE", f"/api/v2/deleted_tickets/destroy_many?ids={binned[2]}", None),
        ("POST", f"/api/v2/tickets/{ticket}/merge", {"ids": [fresh]}),
        ("PUT", f"/api/v2/comment_redactions/{comment}",
         {"ticket_id": int(ticket), "html_body": "<p><redact>secret</redact></p>"}),
        ("PUT", f"/api/v2/tickets/{ticket}/comments/{comment}/make_private", None),
        ("POST", "/api/v2/imports/tickets",
         {"ticket": {"subject": "i", "comments": [{"value": "c", "created_at": "2020-01-01T00:00:00Z"}]}}),
        ("POST", "/api/v2/uploads?filename=a.txt", b"data"),
        ("POST", "/api/v2/users", {"user": {"name": "N", "email": "n1@x.example"}}),
        ("PUT", f"/api/v2/users/{user}", {"user": {"notes": "vip"}}),
        ("POST", "/api/v2/users/create_or_update", {"user": {"name": "N", "email": "n1@x.example"}}),
        ("POST", "/api/v2/users/create_many", {"users": [{"name": "M", "email": "m@x.example"}]}),
        ("POST", "/api/v2/organizations", {"organization": {"name": "O 1"}}),
        ("PUT", f"/api/v2/organizations/{company}", {"organization": {"notes": "x"}}),
        ("POST", "/api/v2/organizations/create_many", {"organizations": [{"name": "O 2"}]}),
        ("POST", "/api/v2/groups", {"group": {"name": "G 1"}}),
        ("POST", "/api/v2/ticket_fields", {"ticket_field": {"type": "text", "title": "T"}}),
        ("POST", "/api/v2/organization_fields",
         {"organization_field": {"type": "text", "title": "T", "key": "t"}}),
        ("POST", "/api/v2/custom_statuses",
         {"custom_status": {"status_category": "open", "agent_label": "Waiting"}}),
        ("POST", "/api/v2/views",
         {"view": {"title": "V", "all": [{"field": "status", "operator": "is", "value": "open"}]}}),
        ("POST", "/api/v2/macros", {"macro": {"title": "M", "actions": []}}),
        ("POST", "/oauth/tokens", {"grant_type": "client_credentials",
         "client_id": world.told["client_id"], "client_secret": world.told["client_secret"],
         "scope": "read", "expires_in": 3600}),
    ]  # fmt: skip
    found: list[str] = []
    for method, target, body in writes:
        found += problems(world, method, target, world.ask(method, target, body))
    assert not found, "\n".join(found)


def test_what_the_document_does_not_describe_is_known(world: Desk) -> None:
    """The list of endpoints that nothing official was checked against is exact."""
    known = {one for one in world.vendor.endpoints() if described(one) is None}
    assert known == UNDESCRIBED

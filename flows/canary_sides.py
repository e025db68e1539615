"""The canary's own ticket and issue: found again or made once, in a way that calls nobody to work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, cast

import msgspec

from connectors.http import Http
from connectors.reply import Reply
from flows.wiring import Assembly
from hub.canary_records import TAG
from hub.errors import Misconfigured
from hub.lens import write
from hub.model import JIRA, ZENDESK, System
from hub.operations import UpdateReplica
from hub.records import Held

_MADE = (200, 201)
_BODY = (
    "This ticket belongs to the support hub. A value is set on it again and again, on one system after the "
    "other, to prove that changes still arrive everywhere. Please leave it open, and exclude the tag "
    f"{TAG} from views, triggers and boards."
)


class Places(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the canary lives on, kept from one walk to the next."""

    key: str = ""
    """Sent with the creation, so that one whose answer was lost is not made twice."""
    ticket: str = ""
    """Zendesk's number of it."""
    issue: str = ""
    """Jira's key of it."""


class Wired(Protocol):
    """A connector with its way to the system."""

    @property
    def http(self) -> Http: ...


def make_ticket(assembly: Assembly, key: str, subject: str) -> str:
    """Make the ticket in Zendesk, private, quiet and of our own requester; return its number."""
    own = assembly.settings.canary
    ticket: dict[str, Any] = {
        "subject": subject,
        "comment": {"body": _BODY, "public": False},
        "requester": {"email": own.requester, "name": "Hub canary"},
        "tags": [TAG],
        "status": "open",
    }
    if own.group:
        ticket["group_id"] = _group(assembly, own.group)
    reply = _http(assembly, ZENDESK).request(
        "POST",
        "/api/v2/tickets",
        endpoint="POST /api/v2/tickets",
        json={"ticket": ticket},
        headers={"Idempotency-Key": key},
    )
    found = _read(reply, "Zendesk", "ticket")
    return str(found["ticket"]["id"])


def _group(assembly: Assembly, name: str) -> int:
    reply = _http(assembly, ZENDESK).request("GET", "/api/v2/groups", endpoint="GET /api/v2/groups")
    groups = _read(reply, "Zendesk", "group")["groups"]
    found = next((g["id"] for g in groups if g["name"].casefold() == name.casefold()), None)
    if found is None:
        known = ", ".join(sorted(str(g["name"]) for g in groups)) or "none"
        raise Misconfigured(f"hub.toml: [canary] group: Zendesk has no group {name!r}; there are {known}")
    return int(found)


def reopen(assembly: Assembly, held: Held) -> None:
    """Open the ticket again that somebody solved, quietly."""
    connector, rule = assembly.connectors[ZENDESK], assembly.schemas.mapping(ZENDESK).rule("status")
    link = next(k for k in held.links if k.system == ZENDESK)
    seen = connector.fetch([link.remote_id])[link.remote_id]
    if rule is None or seen.raw is None:
        return
    before = seen.raw.get(rule.field)
    operation = UpdateReplica(
        system=ZENDESK,
        ticket_id=held.ticket.id,
        remote_id=link.remote_id,
        expect=seen.version,
        changes={rule.field: write(rule.lens, "open", before)},
        before={rule.field: before},
        quiet=True,
    )
    _ = list(connector.execute([operation]))


def make_issue(assembly: Assembly, summary: str) -> str:
    """Return the key of the canary's issue in Jira, made if there is none: labelled, and nobody's."""
    own, jira = assembly.settings.canary, assembly.settings.jira
    project, kind = own.project or jira.project, own.issue_type or jira.issue_type
    found = _labelled(assembly, project)
    if found:
        return found
    fields = {
        "project": {"key": project},
        "issuetype": {"name": kind},
        "summary": summary,
        "labels": [TAG],
        "assignee": None,
    }
    reply = _http(assembly, JIRA).request(
        "POST", "/rest/api/3/issue", endpoint="POST /rest/api/3/issue", json={"fields": fields}
    )
    return str(_read(reply, "Jira", f"issue in project {project}")["key"])


def _labelled(assembly: Assembly, project: str) -> str:
    body = {
        "jql": f'project = "{project}" AND labels = {TAG} ORDER BY created',
        "fields": ["key"],
        "maxResults": 1,
    }
    path = "/rest/api/3/search/jql"
    reply = _http(assembly, JIRA).request("POST", path, endpoint=f"POST {path}", json=body, safe=True)
    issues = _read(reply, "Jira", "search for the canary's issue").get("issues") or ()
    return str(issues[0]["key"]) if issues else ""


def _http(assembly: Assembly, system: System) -> Http:
    return cast("Wired", assembly.connectors[system]).http


def _read(reply: Reply, who: str, what: str) -> Mapping[str, Any]:
    """Return the answer. Raises `Misconfigured` with the system's own reason where it refused."""
    if reply.status not in _MADE:
        said = reply.content.decode("utf-8", "replace")[:300]
        raise Misconfigured(
            f"{who} refused the canary's {what} ({reply.status}): {said}. Name a project, issue type or "
            "group that takes it under [canary] in hub.toml"
        )
    return cast("Mapping[str, Any]", json.loads(reply.content))

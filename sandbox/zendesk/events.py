"""Audits as the event exports show them: one item an update, its parts as `child_events`."""

from __future__ import annotations

from sandbox.zendesk import render
from sandbox.zendesk.metrics import first_reply
from sandbox.zendesk.records import Audit, Comment, Event, Json
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account

CHANNELS = {
    "web": "Web form",
    "email": "Mail",
    "api": "Web service",
    "rule": "Rule",
    "import": "Import",
    "system": "System",
}


def ticket_event(audit: Audit, base: str, *, comments: bool) -> Json:
    """Return one update. Comments are told of, or with `comments` shown whole."""
    channel = CHANNELS.get(audit.via["channel"], audit.via["channel"])
    children = [
        _child(audit, event, audit.id + 1 + at, channel, base, comments)
        for at, event in enumerate(audit.events)
    ]
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": audit.created,
        "created_at": stamp(audit.created),
        "updater_id": audit.author_id,
        "via": channel,
        "via_reference_id": None,
        "system": render.SYSTEM | {"client": audit.client or "sandbox"},
        "metadata": audit.custom or {},
        "event_type": "Audit",
        "child_events": children,
    }


def _child(audit: Audit, event: Event, key: int, channel: str, base: str, comments: bool) -> Json:
    child: Json = {"id": key, "via": channel, "via_reference_id": None}
    if isinstance(event.value, Comment):
        if not comments:
            told = {"comment_present": True, "comment_public": event.value.public}
            return child | told | {"event_type": "Comment"}
        spoken = render.comment(event.value, base)
        spoken |= {
            "event_type": "Comment",
            "ticket_id": audit.ticket_id,
            "created_at": stamp(event.value.created),
        }
        return child | spoken
    if event.kind not in ("Create", "Change"):
        return child | (event.value or {}) | {"event_type": event.kind}
    if event.name.isdigit():
        child["custom_ticket_fields"] = {event.name: event.value}
    else:
        child[event.name] = event.value
    if event.kind == "Change":
        child["previous_value"] = event.previous
    return child | {"event_type": event.kind}


def metric_events(account: Account, audit: Audit) -> list[Json]:
    """Return what an update did to the ticket's clocks."""
    ticket = account.tickets[audit.ticket_id]
    found: list[tuple[str, str]] = []
    for event in audit.events:
        if event.kind == "Create" and event.name == "requester_id":
            found += [(metric, "activate") for metric in _CLOCKS]
        elif event.name == "status" and event.kind == "Change":
            found += _STATUS_EVENTS.get(str(event.value), [])
        elif isinstance(event.value, Comment) and event.value is first_reply(account, ticket):
            found.append(("reply_time", "fulfill"))
    return [
        {
            "id": audit.id * 10 + at,
            "ticket_id": audit.ticket_id,
            "metric": metric,
            "instance_id": 1,
            "type": kind,
            "time": stamp(audit.created),
        }
        | ({"status": {"calendar": 0, "business": 0}} if kind == "update_status" else {})
        for at, (metric, kind) in enumerate(found)
    ]


_CLOCKS = ("agent_work_time", "pausable_update_time", "periodic_update_time", "reply_time",
           "requester_wait_time", "resolution_time")  # fmt: skip
_STATUS_EVENTS: dict[str, list[tuple[str, str]]] = {
    "pending": [("agent_work_time", "pause"), ("requester_wait_time", "pause")],
    "hold": [("agent_work_time", "update_status")],
    "open": [("agent_work_time", "activate"), ("requester_wait_time", "activate")],
    "solved": [
        ("agent_work_time", "fulfill"),
        ("requester_wait_time", "fulfill"),
        ("resolution_time", "fulfill"),
    ],
}

"""Side-loads: the records that a list's rows refer to, asked for with `include`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sandbox.zendesk import metrics, render
from sandbox.zendesk.call import Call
from sandbox.zendesk.records import Json, Ticket

_PEOPLE = ("requester_id", "submitter_id", "assignee_id")


def tickets(call: Call, rows: Sequence[Ticket], *, names: Iterable[str] | None = None) -> Json:
    """Return the body parts beside `tickets` that `include` asks for."""
    shown: Json = {}
    for name in call.includes() if names is None else names:
        loader = _TICKETS.get(name)
        if loader is not None:
            shown |= loader(call, rows)
    return shown


def shown_tickets(call: Call, rows: Sequence[Ticket]) -> list[Json]:
    """Return tickets with the per-ticket side-loads (`comment_count`, `dates`, ...) in place."""
    account, base, wanted = call.account, call.base, set(call.includes())
    shown = [render.ticket(account, row, base) for row in rows]
    for name in wanted & _EACH.keys():
        add = _EACH[name]
        for row, one in zip(rows, shown, strict=True):
            one.update(add(call, row))
    return shown


def _users(call: Call, rows: Sequence[Ticket]) -> Json:
    users = call.account.users
    keys = {getattr(row, name) for row in rows for name in _PEOPLE}
    keys |= {key for row in rows for key in (*row.email_cc_ids, *row.follower_ids)}
    return {"users": [render.user(users[key], call.base) for key in sorted(keys - {None})]}


def _groups(call: Call, rows: Sequence[Ticket]) -> Json:
    groups = call.account.groups
    keys = {row.group_id for row in rows} - {None}
    return {"groups": [render.group(groups[key], call.base) for key in sorted(keys)]}


def _organizations(call: Call, rows: Sequence[Ticket]) -> Json:
    known = call.account.organizations
    keys = {row.organization_id for row in rows} - {None}
    return {
        "organizations": [render.organization(known[key], call.base) for key in sorted(keys) if key in known]
    }


def _brands(call: Call, rows: Sequence[Ticket]) -> Json:
    keys = {row.brand_id for row in rows}
    return {"brands": [call.account.brands[key] for key in sorted(keys)]}


def _metric_sets(call: Call, rows: Sequence[Ticket]) -> Json:
    return {"metric_sets": [metrics.metric_set(call.account, row, call.base) for row in rows]}


_TICKETS: dict[str, Callable[[Call, Sequence[Ticket]], Json]] = {
    "users": _users,
    "groups": _groups,
    "organizations": _organizations,
    "brands": _brands,
    "metric_sets": _metric_sets,
}


def _comment_count(_call: Call, row: Ticket) -> Json:
    return {"comment_count": len(row.comments)}


def _incident_count(call: Call, row: Ticket) -> Json:
    return {"incident_count": len(call.account.incidents.get(row.id, ()))}


def _dates(_call: Call, row: Ticket) -> Json:
    return {"dates": metrics.dates(row)}


def _slas(_call: Call, _row: Ticket) -> Json:
    return {"slas": {"policy_metrics": []}}


def _last_audits(call: Call, row: Ticket) -> Json:
    last = row.audits[-1] if row.audits else None
    return {"last_audits": [render.audit(last, call.base)] if last else []}


def _permissions(_call: Call, row: Ticket) -> Json:
    return {
        "permissions": {
            "can_update_ticket": row.status != "closed",
            "can_delete_ticket": True,
            "can_make_comment": row.status != "closed",
        }
    }


_EACH: dict[str, Callable[[Call, Ticket], Json]] = {
    "comment_count": _comment_count,
    "incident_counts": _incident_count,
    "dates": _dates,
    "slas": _slas,
    "permissions": _permissions,
    "last_audits": _last_audits,
}

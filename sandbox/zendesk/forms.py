"""Ticket forms and custom statuses."""

from __future__ import annotations

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.draft import STATUSES
from sandbox.zendesk.paging import listing
from sandbox.zendesk.records import Json, Status
from sandbox.zendesk.render import stamp, url
from sandbox.zendesk.schema import status
from sandbox.zendesk.state import Account, found, ids_in


def routes(router: Router) -> None:
    """Serve forms and statuses."""
    _forms(router)
    _statuses(router)


def _forms(router: Router) -> None:
    def shown(call: Call, form: Json) -> Json:
        return {"url": url(call.base, "ticket_forms", form["id"])} | form

    @router.route("GET", "/api/v2/ticket_forms")
    def _list(call: Call) -> Response:
        _ = call.user
        return listing(
            call,
            list(call.account.forms.values()),
            lambda page: {"ticket_forms": [shown(call, it) for it in page]},
            key=lambda it: it["id"],
        )

    @router.route("GET", "/api/v2/ticket_forms/show_many")
    def _show_many(call: Call) -> Response:
        _ = call.user
        keys = ids_in(call.request.arg("ids"))
        rows = [call.account.forms[key] for key in keys if key in call.account.forms]
        return ok({"ticket_forms": [shown(call, it) for it in rows], "count": len(rows),
                   "next_page": None, "previous_page": None})  # fmt: skip

    @router.route("GET", "/api/v2/ticket_forms/{key}")
    def _show(call: Call, key: str) -> Response:
        _ = call.user
        return ok({"ticket_form": shown(call, found(call.account.forms, key))})

    @router.route("PUT", "/api/v2/ticket_forms/{key}")
    def _update(call: Call, key: str) -> Response:
        call.admins_only()
        form = found(call.account.forms, key)
        body = call.part("ticket_form")
        form |= {name: value for name, value in body.items() if name in form and name != "id"}
        form["updated_at"] = stamp(call.account.now())
        return ok({"ticket_form": shown(call, form)})


def make_status(account: Account, body: Json) -> Status:
    """Add a custom status. Raises `ApiError` for a bad category or label."""
    category, label = str(body.get("status_category")), str(body.get("agent_label") or "").strip()
    if category not in STATUSES[:-1]:
        raise errors.invalid_field("status_category", "Status category: is invalid", "InvalidValue")
    if not 0 < len(label) <= 48:
        raise errors.invalid_field("agent_label", "Agent label: must have 1 to 48 characters", "InvalidValue")
    now = account.now()
    made = Status(
        account.new_id(),
        category,
        label,
        str(body.get("end_user_label") or label),
        now,
        now,
        str(body.get("description") or ""),
        str(body.get("end_user_description") or ""),
        bool(body.get("active", True)),
    )
    account.statuses[made.id] = made
    return made


def _statuses(router: Router) -> None:
    @router.route("GET", "/api/v2/custom_statuses")
    def _list(call: Call) -> Response:
        _ = call.user
        wanted = set(call.request.arg("status_categories").split(",")) - {""}
        rows = [it for it in call.account.statuses.values() if not wanted or it.category in wanted]
        active = call.request.arg("active")
        if active:
            rows = [it for it in rows if it.active == (active == "true")]
        # Never paged, however many there are.
        return ok({"custom_statuses": [status(it, call.base) for it in rows]})

    @router.route("GET", "/api/v2/custom_statuses/{key}")
    def _show(call: Call, key: str) -> Response:
        _ = call.user
        return ok({"custom_status": status(found(call.account.statuses, key), call.base)})

    @router.route("POST", "/api/v2/custom_statuses")
    def _create(call: Call) -> Response:
        call.admins_only()
        made = make_status(call.account, call.part("custom_status"))
        shown = status(made, call.base)
        return call.created({"custom_status": shown}, shown["url"])

    @router.route("PUT", "/api/v2/custom_statuses/{key}")
    def _update(call: Call, key: str) -> Response:
        call.admins_only()
        known, body = found(call.account.statuses, key), call.part("custom_status")
        for name in (
            "agent_label",
            "end_user_label",
            "description",
            "end_user_description",
            "active",
        ):
            if name in body:
                setattr(known, name, body[name])
        known.updated = call.account.now()
        return ok({"custom_status": status(known, call.base)})

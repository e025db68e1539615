"""Views, macros and tags: what an agent's desk shows beside the tickets."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.draft import STATUSES
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Json, Ticket
from sandbox.zendesk.render import stamp, url
from sandbox.zendesk.state import found
from sandbox.zendesk.tickets import ticket_page

_COLUMNS = [
    {"id": name, "title": name.capitalize(), "filterable": True, "sortable": True}
    for name in ("subject", "requester", "created", "type", "priority")
]


def routes(router: Router) -> None:
    """Serve views, macros and tags."""
    _views(router)
    _rules(router, "macros", "macro")
    _rules(router, "triggers", "trigger")
    _tags(router)


def _holds(condition: Json, it: Ticket) -> bool:
    name, operator, wanted = condition["field"], condition["operator"], str(condition["value"])
    if name == "status" and operator in ("less_than", "greater_than"):
        left, right = STATUSES.index(it.status), STATUSES.index(wanted)
        return left < right if operator == "less_than" else left > right
    value = str(getattr(it, name, None) or "")
    if name == "current_tags":
        return any(tag in it.tags for tag in wanted.split()) == (operator == "includes")
    return (value == wanted) == (operator in ("is", "value"))


def view_rows(call: Call, view: Json) -> list[Ticket]:
    """Return the tickets that a view shows now."""
    every, some = view["conditions"]["all"], view["conditions"]["any"]
    return [
        it
        for it in call.account.visible_tickets()
        if all(_holds(one, it) for one in every) and (not some or any(_holds(one, it) for one in some))
    ]


def _shown_view(call: Call, view: Json) -> Json:
    return {"url": url(call.base, "views", view["id"])} | view


def _make_view(call: Call, body: Json) -> Json:
    now = stamp(call.account.now())
    title = str(body.get("title") or "").strip()
    if not title:
        raise errors.invalid_field("title", "Title: cannot be blank", "BlankValue")
    every = body.get("all") or (body.get("conditions") or {}).get("all") or []
    if not every:
        raise errors.invalid_field("base", "Invalid conditions. You must have one of status, type, "
                                   "group, assignee or requester in an ALL condition", "InvalidValue")  # fmt: skip  # noqa: E501
    execution = {"group_by": None, "group_order": "desc", "sort_by": None, "sort_order": "desc",
                 "group": None, "sort": None, "columns": _COLUMNS, "fields": _COLUMNS,
                 "custom_fields": []}  # fmt: skip
    return {
        "id": call.account.new_id(),
        "title": title,
        "active": bool(body.get("active", True)),
        "updated_at": now,
        "created_at": now,
        "default": False,
        "position": 10000,
        "description": body.get("description"),
        "execution": execution,
        "conditions": {"all": every, "any": body.get("any") or []},
        "restriction": body.get("restriction"),
        "raw_title": title,
    }


def _views_page(call: Call, rows: list[Json]) -> Response:
    call.agents_only()
    return listing(
        call,
        rows,
        lambda part: {"views": [_shown_view(call, it) for it in part]},
        key=lambda it: it["id"],
    )


def _views(router: Router) -> None:
    @router.route("GET", "/api/v2/views")
    def _list(call: Call) -> Response:
        return _views_page(call, list(call.account.views.values()))

    @router.route("GET", "/api/v2/views/active")
    def _active(call: Call) -> Response:
        return _views_page(call, [it for it in call.account.views.values() if it["active"]])

    @router.route("GET", "/api/v2/views/compact")
    def _compact(call: Call) -> Response:
        return _views_page(call, list(call.account.views.values())[:32])

    @router.route("GET", "/api/v2/views/count")
    def _count(call: Call) -> Response:
        call.agents_only()
        return counted(len(call.account.views), stamp(call.account.now()))

    _one_view(router)


def _one_view(router: Router) -> None:
    @router.route("POST", "/api/v2/views")
    def _create(call: Call) -> Response:
        call.agents_only()
        view = _make_view(call, call.part("view"))
        call.account.views[view["id"]] = view
        shown = _shown_view(call, view)
        return call.created({"view": shown}, shown["url"])

    @router.route("GET", "/api/v2/views/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        return ok({"view": _shown_view(call, found(call.account.views, key))})

    @router.route("DELETE", "/api/v2/views/{key}")
    def _delete(call: Call, key: str) -> Response:
        call.agents_only()
        del call.account.views[found(call.account.views, key)["id"]]
        return Response.empty()

    @router.route("GET", "/api/v2/views/{key}/tickets")
    def _tickets(call: Call, key: str) -> Response:
        call.agents_only()
        return ticket_page(call, view_rows(call, found(call.account.views, key)))

    @router.route("GET", "/api/v2/views/{key}/execute")
    def _execute(call: Call, key: str) -> Response:
        call.agents_only()
        view = found(call.account.views, key)

        def show(part: Any) -> Json:
            rows = [{"ticket": {"id": it.id, "subject": it.subject, "status": it.status},
                     "subject": it.subject, "requester_id": it.requester_id,
                     "created": stamp(it.created), "priority": it.priority} for it in part]  # fmt: skip
            return {"rows": rows, "columns": _COLUMNS, "view": {"id": view["id"]}}

        return listing(call, view_rows(call, view), show)

    @router.route("GET", "/api/v2/views/{key}/count")
    def _view_count(call: Call, key: str) -> Response:
        call.agents_only()
        view = found(call.account.views, key)
        total = len(view_rows(call, view))
        return ok({"view_count": {"view_id": view["id"], "url": url(call.base, "views", view["id"]),
                                  "value": total, "pretty": str(total), "fresh": True,
                                  "active": True}})  # fmt: skip


def _rules(router: Router, path: str, name: str) -> None:
    def table(call: Call) -> dict[int, Json]:
        call.agents_only()
        return getattr(call.account, path)

    def shown(call: Call, it: Json) -> Json:
        return {"url": url(call.base, path, it["id"])} | it

    @router.route("GET", f"/api/v2/{path}")
    def _list(call: Call) -> Response:
        rows = list(table(call).values())
        return listing(
            call,
            rows,
            lambda part: {path: [shown(call, it) for it in part]},
            key=lambda it: it["id"],
        )

    @router.route("GET", f"/api/v2/{path}/{{key}}")
    def _show(call: Call, key: str) -> Response:
        return ok({name: shown(call, found(table(call), key))})

    @router.route("POST", f"/api/v2/{path}")
    def _create(call: Call) -> Response:
        body, now = call.part(name), stamp(call.account.now())
        title = str(body.get("title") or "")
        made: Json = {
            "id": call.account.new_id(),
            "title": title,
            "active": bool(body.get("active", True)),
            "created_at": now,
            "updated_at": now,
            "default": False,
            "position": 10000,
            "description": body.get("description"),
            "actions": body.get("actions") or [],
            "raw_title": title,
        }
        if name == "macro":
            made["restriction"] = body.get("restriction")
        else:
            made["conditions"] = body.get("conditions") or {"all": [], "any": []}
        table(call)[made["id"]] = made
        return call.created({name: shown(call, made)}, shown(call, made)["url"])

    @router.route("PUT", f"/api/v2/{path}/{{key}}")
    def _update(call: Call, key: str) -> Response:
        it = found(table(call), key)
        it |= {one: value for one, value in call.part(name).items() if one in it and one != "id"}
        it["updated_at"] = stamp(call.account.now())
        return ok({name: shown(call, it)})

    @router.route("DELETE", f"/api/v2/{path}/{{key}}")
    def _delete(call: Call, key: str) -> Response:
        rows = table(call)
        del rows[found(rows, key)["id"]]
        return Response.empty()


def _tags(router: Router) -> None:
    def count(call: Call) -> list[tuple[str, int]]:
        call.agents_only()
        tags = Counter(tag for it in call.account.visible_tickets() for tag in it.tags)
        return sorted(tags.items(), key=lambda pair: (-pair[1], pair[0]))

    @router.route("GET", "/api/v2/tags")
    def _list(call: Call) -> Response:
        return listing(
            call,
            count(call),
            lambda part: {"tags": [{"name": name, "count": n} for name, n in part]},
            order="-score,id",
            key=lambda pair: (-pair[1], pair[0]),
        )

    @router.route("GET", "/api/v2/tags/count")
    def _count(call: Call) -> Response:
        return counted(len(count(call)), stamp(call.account.now()))

    @router.route("GET", "/api/v2/autocomplete/tags")
    def _autocomplete(call: Call) -> Response:
        start = call.request.arg("name").lower()
        return ok({"tags": [name for name, _ in count(call) if name.startswith(start)]})

"""
Search: the vendor's query words over tickets, people, organizations and groups.

The index lags behind writes by `search_lag`; a list ends at 1,000 results; the export is paged
by cursor and wants its type as a filter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from sandbox.web import Response, Router
from sandbox.zendesk import errors, query, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import MOST, listing, number_link, page_number
from sandbox.zendesk.records import Group, Json, Organization, Ticket, User

MOST_RESULTS = 1000


def shown(call: Call, it: Any) -> Json:
    """Return any record, with its type named."""
    if isinstance(it, Ticket):
        return render.ticket(call.account, it, call.base) | {"result_type": "ticket"}
    if isinstance(it, User):
        return render.user(it, call.base) | {"result_type": "user"}
    if isinstance(it, Organization):
        return render.organization(it, call.base) | {"result_type": "organization"}
    return render.group(it, call.base) | {"result_type": "group"}


def everything(call: Call, kind: str) -> list[Any]:
    """Return the records of a type (or all) that the index knows by now."""
    account = call.account
    horizon = account.clock.now() - float(account.settings["search_lag"])
    tables: dict[str, Sequence[Any]] = {
        "ticket": [it for it in account.visible_tickets() if it.created <= horizon],
        "user": [it for it in account.users.values() if it.active and it.created <= horizon],
        "organization": [
            it for it in account.organizations.values() if it.deleted is None and it.created <= horizon
        ],
        "group": [it for it in account.groups.values() if not it.deleted],
    }
    if kind:
        return list(tables.get(kind, []))
    return [it for rows in tables.values() for it in rows]


def results(call: Call, text: str, kind: str = "") -> list[Any]:
    """Return what a query finds, in the order that was asked for."""
    wanted = query.parse(text)
    kind = kind or wanted.kind
    rows = [it for it in everything(call, kind) if query.matches(call.account, wanted, it)]
    by = call.request.arg("sort_by") or wanted.order_by or "created_at"
    down = (call.request.arg("sort_order") or wanted.sort or "desc") == "desc"
    return sorted(rows, key=lambda it: _sort_key(it, by), reverse=down)


def _sort_key(it: Ticket | User | Organization | Group, by: str) -> tuple[Any, int]:
    if by == "updated_at":
        return it.updated, it.id
    if by in ("status", "priority", "ticket_type") and isinstance(it, Ticket):
        return str(getattr(it, by.removeprefix("ticket_")) or ""), it.id
    return it.created, it.id


def routes(router: Router) -> None:
    """Serve search."""

    @router.route("GET", "/api/v2/search")
    def _search(call: Call) -> Response:
        call.agents_only()
        if call.request.arg("page[size]"):
            raise errors.titled(400, "Invalid attribute", "page must be an integer")
        rows = results(call, _needed(call))
        number, size = page_number(call, MOST)
        if number * size > MOST_RESULTS and (number - 1) * size >= MOST_RESULTS:
            raise errors.ApiError(
                422,
                {
                    "error": "invalid",
                    "description": "Invalid search: Requested response size was greater than "
                    "Search Response Limits",
                },
            )
        start = (number - 1) * size
        page = rows[start : start + size]
        return ok(
            {
                "results": [shown(call, it) for it in page],
                "facets": None,
                "next_page": number_link(call, number + 1) if start + size < len(rows) else None,
                "previous_page": number_link(call, number - 1) if number > 1 else None,
                "count": len(rows),
            }
        )

    @router.route("GET", "/api/v2/search/count")
    def _count(call: Call) -> Response:
        call.agents_only()
        return ok({"count": len(results(call, _needed(call)))})

    _exporting(router)


def _exporting(router: Router) -> None:
    @router.route("GET", "/api/v2/search/export")
    def _export(call: Call) -> Response:
        call.agents_only()
        kind = call.request.arg("filter[type]")
        if kind not in ("ticket", "user", "organization", "group"):
            raise errors.titled(
                400,
                "Invalid attribute",
                "filter[type] must be one of ticket, user, organization, group",
            )
        text = re.sub(rf"\btype:{kind}\b", "", _needed(call))
        if query.parse(text).kind:
            raise errors.titled(400, "Invalid attribute", "query cannot contain a type")
        rows = sorted(results(call, text, kind), key=lambda it: (it.created, it.id), reverse=True)

        def show(page: Sequence[Any]) -> Json:
            return {"results": [shown(call, it) for it in page], "facets": None}

        if not call.request.arg("page[size]"):
            call.request.query.append(("page[size]", "100"))
        listed = listing(call, rows, show, order="created_at,id",
                         key=lambda it: (it.created, it.id), most=MOST_RESULTS)  # fmt: skip
        return _forward_only(listed)

    @router.route("GET", "/api/v2/problems/autocomplete")
    def _problems(call: Call) -> Response:
        call.agents_only()
        text = call.request.arg("text").lower()
        rows = [
            it
            for it in call.account.visible_tickets()
            if it.type == "problem" and text in (it.subject or "").lower()
        ]
        return ok({"tickets": [render.ticket(call.account, it, call.base) for it in rows]})


def _needed(call: Call) -> str:
    names = {name for name, _ in call.request.query}
    if "query" not in names:
        raise errors.titled(400, "Invalid attribute", "Parameter query is required")
    return call.request.arg("query")


def _forward_only(response: Response) -> Response:
    """Return an export's page without its ways back: it has none."""
    body = msgspec.json.decode(response.body)
    body["links"]["prev"] = None
    body["meta"]["before_cursor"] = None
    if not body["meta"]["has_more"]:
        body["links"]["next"] = None
        body["meta"]["after_cursor"] = None
    return ok(body)

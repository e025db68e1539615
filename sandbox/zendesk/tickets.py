"""Single tickets: list, show, create, update, delete and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import changes, draft, errors, render, sideload
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Audit, Json, Ticket
from sandbox.zendesk.render import stamp, via
from sandbox.zendesk.state import ids_in

_SORTS: dict[str, Callable[[Ticket], Any]] = {
    "id": lambda it: it.id,
    "created_at": lambda it: (it.created, it.id),
    "updated_at": lambda it: (it.updated, it.id),
    "status": lambda it: (draft.STATUSES.index(it.status), it.id),
    "priority": lambda it: (it.priority or "", it.id),
    "subject": lambda it: (it.subject or "", it.id),
    "ticket_type": lambda it: (it.type or "", it.id),
    "assignee": lambda it: (it.assignee_id or 0, it.id),
    "requester": lambda it: (it.requester_id, it.id),
    "group": lambda it: (it.group_id or 0, it.id),
}


def ticket_page(call: Call, rows: list[Ticket], name: str = "tickets") -> Response:
    """Return a page of tickets, sorted as the request asks, with side-loads."""
    wanted = call.request.arg("sort") or call.request.arg("sort_by") or "id"
    down = wanted.startswith("-") or call.request.arg("sort_order") == "desc"
    key = _SORTS.get(wanted.lstrip("-"), _SORTS["id"])
    if down or key is not _SORTS["id"]:
        rows = sorted(rows, key=key, reverse=down)
    order = "nice_id" if key is _SORTS["id"] else f"{wanted},id"

    def show(page: Sequence[Ticket]) -> Json:
        return {name: sideload.shown_tickets(call, page)} | sideload.tickets(call, page)

    return listing(call, rows, show, order=order, key=key)


def answered(call: Call, ticket: Ticket, audit: Audit | None, *, status: int = 200) -> Response:
    """Return what a write of one ticket answers."""
    shown = render.ticket(call.account, ticket, call.base)
    if audit is None:
        audit = Audit(0, ticket.id, call.user.id, call.account.now(), via("api"), [])
    body = {"ticket": shown, "audit": render.audit(audit, call.base)}
    if status == 201:
        shown["generated_timestamp"] = 0
        return call.created(body, shown["url"])
    return ok(body)


def create_from(call: Call, body: Json) -> tuple[Ticket, Audit]:
    """Make a ticket from a body's `ticket`."""
    wanted = draft.read(call.account, body)
    call.warn(wanted.unpermitted)
    return changes.create(call.account, wanted, call.agent, via("api"), client=call.client)


def routes(router: Router) -> None:
    """Serve tickets."""

    @router.route("GET", "/api/v2/tickets")
    def _list(call: Call) -> Response:
        call.agents_only()
        external = call.request.arg("external_id")
        if external:
            keys = call.account.by_ticket_external.get(external.lower(), [])
            rows = [call.account.tickets[key] for key in keys]
            return ticket_page(call, [row for row in rows if row.deleted is None])
        return ticket_page(call, call.account.visible_tickets())

    @router.route("GET", "/api/v2/tickets/recent")
    def _recent(call: Call) -> Response:
        call.agents_only()
        rows = sorted(call.account.visible_tickets(), key=lambda it: -it.updated)
        return ticket_page(call, rows[:10])

    @router.route("GET", "/api/v2/tickets/count")
    def _count(call: Call) -> Response:
        call.agents_only()
        return counted(len(call.account.visible_tickets()), stamp(call.account.now()))

    @router.route("GET", "/api/v2/tickets/show_many")
    def _show_many(call: Call) -> Response:
        call.agents_only()
        keys = ids_in(call.request.arg("ids"))
        if len(keys) > 100:
            raise errors.too_many_values(100)
        tickets = call.account.tickets
        rows = [tickets[key] for key in keys if key in tickets and tickets[key].deleted is None]
        body: Json = {"tickets": sideload.shown_tickets(call, rows)}
        body |= sideload.tickets(call, rows)
        return ok(body | {"next_page": None, "previous_page": None, "count": len(rows)})

    _one_ticket(router)


def _one_ticket(router: Router) -> None:
    @router.route("POST", "/api/v2/tickets")
    def _create(call: Call) -> Response:
        return call.services.idempotency.once(call, lambda: _made(call))

    @router.route("GET", "/api/v2/tickets/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        ticket = call.account.ticket(key)
        body: Json = {"ticket": sideload.shown_tickets(call, [ticket])[0]}
        return ok(body | sideload.tickets(call, [ticket]))

    @router.route("PUT", "/api/v2/tickets/{key}")
    def _update(call: Call, key: str) -> Response:
        ticket = call.account.ticket(key)
        wanted = draft.read(call.account, call.part("ticket"))
        call.warn(wanted.unpermitted)
        audit = changes.update(call.account, ticket, wanted, call.agent, via("api"), client=call.client)
        return answered(call, ticket, audit)

    @router.route("DELETE", "/api/v2/tickets/{key}")
    def _delete(call: Call, key: str) -> Response:
        remove(call, call.account.ticket(key))
        return Response.empty()

    _tag_routes(router)
    _related_routes(router)


def _made(call: Call) -> Response:
    body = call.part("ticket")
    ticket, audit = create_from(call, body)
    if call.request.arg("async") == "true":
        job = call.services.jobs.queue("Ticket Create", None, lambda: [{"id": ticket.id}])
        shown = call.services.jobs.shown(job, call.base)
        return Response.json({"ticket": {"id": ticket.id}, "job_status": shown}, 202)
    return answered(call, ticket, audit, status=201)


def remove(call: Call, ticket: Ticket) -> None:
    """Delete a ticket softly."""
    account = call.account
    ticket.deleted, ticket.deleted_by = account.now(), call.agent.id
    account.touch(ticket)
    account.tell("deleted", ticket, None)


def _tag_routes(router: Router) -> None:
    def change(call: Call, key: str, make: Callable[[Draft, list[str]], None]) -> Response:
        ticket = call.account.ticket(key)
        if ticket.status == "closed":
            raise errors.closed()
        body = call.body()
        wanted = draft.read(
            call.account,
            {name: body[name] for name in ("safe_update", "updated_stamp") if name in body},
        )
        make(wanted, draft.tag_list(body.get("tags") or call.request.args("tags")))
        changes.update(call.account, ticket, wanted, call.agent, via("api"), client=call.client)
        status = 201 if call.request.method == "POST" else 200
        return Response.json({"tags": ticket.tags}, status)

    @router.route("GET", "/api/v2/tickets/{key}/tags")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        return ok({"tags": call.account.ticket(key).tags})

    @router.route("PUT", "/api/v2/tickets/{key}/tags")
    def _add(call: Call, key: str) -> Response:
        return change(call, key, lambda wanted, tags: setattr(wanted, "add_tags", tags))

    @router.route("POST", "/api/v2/tickets/{key}/tags")
    def _set(call: Call, key: str) -> Response:
        return change(call, key, lambda wanted, tags: setattr(wanted, "tags", tags))

    @router.route("DELETE", "/api/v2/tickets/{key}/tags")
    def _remove(call: Call, key: str) -> Response:
        return change(call, key, lambda wanted, tags: setattr(wanted, "remove_tags", tags))


def _people(attribute: str) -> Callable[..., Response]:
    """Return the handler that lists the people a ticket names in `attribute`."""

    def show(call: Call, key: str) -> Response:
        call.agents_only()
        keys: list[int] = getattr(call.account.ticket(key), attribute)
        users = [call.account.users[one] for one in keys]
        return listing(call, users, lambda page: {"users": [render.user(it, call.base) for it in page]})

    return show


def _related_routes(router: Router) -> None:
    @router.route("GET", "/api/v2/tickets/{key}/related")
    def _related(call: Call, key: str) -> Response:
        call.agents_only()
        ticket = call.account.ticket(key)
        links = call.account.jira_links.values()
        source = ticket.followup_source_id
        return ok(
            {
                "topic_id": None,
                "jira_issue_ids": [link["issue_id"] for link in links if link["ticket_id"] == str(ticket.id)],
                "followup_source_ids": [str(source)] if source else [],
                "from_archive": ticket.archived,
                "incidents": len(call.account.incidents.get(ticket.id, ())),
            }
        )

    @router.route("GET", "/api/v2/tickets/{key}/incidents")
    def _incidents(call: Call, key: str) -> Response:
        call.agents_only()
        account = call.account
        rows = [account.tickets[it] for it in account.incidents.get(account.ticket(key).id, ())]
        return ticket_page(call, [row for row in rows if row.deleted is None])

    @router.route("GET", "/api/v2/problems")
    def _problems(call: Call) -> Response:
        call.agents_only()
        rows = [it for it in call.account.visible_tickets() if it.type == "problem"]
        return ticket_page(call, rows)

    for path, attribute in (("collaborators", "collaborator_ids"), ("followers", "follower_ids"),
                            ("email_ccs", "email_cc_ids")):  # fmt: skip
        router.add("GET", f"/api/v2/tickets/{{key}}/{path}", _people(attribute))

    @router.route("GET", "/api/v2/users/{key}/tickets/{role}")
    def _of_user(call: Call, key: str, role: str) -> Response:
        call.agents_only()
        user_id = call.account.user(key).id
        tests: dict[str, Callable[[Ticket], bool]] = {
            "requested": lambda it: it.requester_id == user_id,
            "assigned": lambda it: it.assignee_id == user_id,
            "ccd": lambda it: user_id in it.email_cc_ids or user_id in it.collaborator_ids,
            "followed": lambda it: user_id in it.follower_ids,
        }
        if role not in tests:
            raise errors.invalid_endpoint()
        return ticket_page(call, list(filter(tests[role], call.account.visible_tickets())))

    @router.route("GET", "/api/v2/organizations/{key}/tickets")
    def _of_organization(call: Call, key: str) -> Response:
        call.agents_only()
        organization = call.account.organization(key).id
        rows = call.account.visible_tickets()
        return ticket_page(call, [row for row in rows if row.organization_id == organization])

"""Tickets by the hundred: create_many, update_many, destroy_many, merges and imports."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import changes, draft, errors, imports
from sandbox.zendesk.call import Call
from sandbox.zendesk.jobs import answer, at_most, each
from sandbox.zendesk.merging import merge
from sandbox.zendesk.records import Json
from sandbox.zendesk.render import via
from sandbox.zendesk.state import ids_in
from sandbox.zendesk.tickets import remove


def routes(router: Router) -> None:
    """Serve the bulk calls of tickets."""

    @router.route("POST", "/api/v2/tickets/create_many")
    def _create_many(call: Call) -> Response:
        rows = at_most(call.body().get("tickets"))
        actor = call.agent

        def one(row: Any) -> Json:
            wanted = draft.read(call.account, row)
            ticket, _ = changes.create(call.account, wanted, actor, via("api"), client=call.client)
            return {"id": ticket.id, "account_id": call.account.account_id}

        job = call.services.jobs.queue(
            "Bulk Create Ticket", len(rows), lambda: each(rows, one, "TicketCreateFailed")
        )
        return answer(call, job)

    @router.route("PUT", "/api/v2/tickets/update_many")
    def _update_many(call: Call) -> Response:
        rows = _updates(call)
        actor, queued = call.agent, call.account.now()

        def one(row: Any) -> Json:
            return _update_one(call, row, actor, queued)

        job = call.services.jobs.queue(
            "Bulk Update Ticket", len(rows), lambda: each(rows, one, "TicketUpdateFailed")
        )
        return answer(call, job)

    @router.route("DELETE", "/api/v2/tickets/destroy_many")
    def _destroy_many(call: Call) -> Response:
        rows = at_most(ids_in(call.request.arg("ids")))
        call.agents_only()

        def one(key: Any) -> Json:
            remove(call, call.account.ticket(key))
            return {"id": key, "action": "delete", "status": "Deleted", "success": True}

        job = call.services.jobs.queue(
            "Bulk Delete Ticket", len(rows), lambda: each(rows, one, "TicketDeleteFailed")
        )
        return answer(call, job)

    _whole_tickets(router)


def _whole_tickets(router: Router) -> None:
    @router.route("POST", "/api/v2/tickets/{key}/merge")
    def _merge(call: Call, key: str) -> Response:
        return merge(call, key)

    @router.route("POST", "/api/v2/imports/tickets")
    def _import(call: Call) -> Response:
        return imports.one(call)

    @router.route("POST", "/api/v2/imports/tickets/create_many")
    def _import_many(call: Call) -> Response:
        rows = at_most(call.body().get("tickets"))
        call.admins_only()

        def one(row: Any) -> Json:
            ticket, _ = imports.take(call, row)
            return {"id": ticket.id, "account_id": call.account.account_id}

        job = call.services.jobs.queue(
            "Bulk Import Ticket", len(rows), lambda: each(rows, one, "TicketImportFailed")
        )
        return answer(call, job)


def _updates(call: Call) -> list[Json]:
    """Return the changes of an update_many, one with an id for each ticket, in either form."""
    body = call.body()
    if isinstance(body.get("tickets"), list):
        return at_most([row for row in body["tickets"] if isinstance(row, dict)])
    shared = body.get("ticket")
    if not isinstance(shared, dict):
        raise errors.titled(400, "Invalid attribute", "Parameter ticket is required")
    return [shared | {"id": key} for key in at_most(ids_in(call.request.arg("ids")))]


def _update_one(call: Call, row: Json, actor: Any, queued: int) -> Json:
    ticket = call.account.ticket(row.get("id"))
    wanted = draft.read(call.account, {key: row[key] for key in row if key != "id"})
    if not wanted.safe and ticket.updated > queued:
        raise errors.conflict()
    changes.update(call.account, ticket, wanted, actor, via("api"), client=call.client, bulk=True)
    return {"action": "update", "id": ticket.id, "status": "Updated", "success": True}

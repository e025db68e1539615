"""The bin: deleted tickets can be restored for a while, or be gone for good."""

from __future__ import annotations

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.jobs import answer, at_most
from sandbox.zendesk.paging import listing
from sandbox.zendesk.records import Json, Ticket
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account, as_id, ids_in

KEPT = 30 * 86_400


def in_bin(account: Account, key: object) -> Ticket:
    """Return a deleted ticket that can still be restored."""
    ticket = account.tickets.get(as_id(key))
    if ticket is None or ticket.deleted is None or ticket.scrubbed:
        raise errors.not_found()
    return ticket


def restore(account: Account, ticket: Ticket) -> None:
    """Take a ticket out of the bin."""
    ticket.deleted = None
    account.touch(ticket)
    account.tell("undeleted", ticket, None)


def scrub(account: Account, ticket: Ticket) -> None:
    """Delete a ticket for good: only its number stays."""
    account.tell("permanently_deleted", ticket, None)
    for comment in ticket.comments:
        account.comments.pop(comment.id, None)
    ticket.scrubbed = True
    ticket.subject, ticket.description = "SCRUBBED", "X"
    ticket.comments, ticket.audits = [], []
    ticket.values, ticket.tags = {}, []
    account.touch(ticket)


def routes(router: Router) -> None:
    """Serve the bin."""

    @router.route("GET", "/api/v2/deleted_tickets")
    def _list(call: Call) -> Response:
        call.agents_only()
        oldest = call.account.now() - KEPT
        rows = [
            it
            for it in call.account.tickets.values()
            if it.deleted is not None and not it.scrubbed and it.deleted >= oldest
        ]

        def shown(it: Ticket) -> Json:
            actor = call.account.users.get(it.deleted_by)
            return {
                "id": it.id,
                "subject": it.subject,
                "description": it.description,
                "actor": {"id": it.deleted_by, "name": actor.name if actor else "Unknown"},
                "deleted_at": stamp(it.deleted),
                "previous_state": it.status,
            }

        return listing(call, rows, lambda page: {"deleted_tickets": [shown(it) for it in page]})

    @router.route("PUT", "/api/v2/deleted_tickets/restore_many")
    def _restore_many(call: Call) -> Response:
        call.agents_only()
        for key in at_most(ids_in(call.request.arg("ids"))):
            restore(call.account, in_bin(call.account, key))
        return ok({})

    @router.route("PUT", "/api/v2/deleted_tickets/{key}/restore")
    def _restore(call: Call, key: str) -> Response:
        call.agents_only()
        restore(call.account, in_bin(call.account, key))
        return ok({})

    @router.route("DELETE", "/api/v2/deleted_tickets/destroy_many")
    def _destroy_many(call: Call) -> Response:
        call.admins_only()
        rows = [in_bin(call.account, key) for key in at_most(ids_in(call.request.arg("ids")))]
        return answer(call, call.services.jobs.queue("Ticket Permanent Delete", None,
                                                     lambda: _scrub_all(call, rows)))  # fmt: skip

    @router.route("DELETE", "/api/v2/deleted_tickets/{key}")
    def _destroy(call: Call, key: str) -> Response:
        call.admins_only()
        rows = [in_bin(call.account, key)]
        return answer(call, call.services.jobs.queue("Ticket Permanent Delete", None,
                                                     lambda: _scrub_all(call, rows)))  # fmt: skip


def _scrub_all(call: Call, rows: list[Ticket]) -> Json:
    for ticket in rows:
        if not ticket.scrubbed:
            scrub(call.account, ticket)
    # Of all jobs this one alone answers an object, not a list.
    return {"success": True}

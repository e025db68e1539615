"""Ticket import: whole conversations with their own times, without rules or notifications."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response
from sandbox.zendesk import changes, draft, errors, speech
from sandbox.zendesk.call import Call
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.records import Audit, Event, Ticket
from sandbox.zendesk.render import via
from sandbox.zendesk.tickets import answered


def one(call: Call) -> Response:
    """Import one ticket."""
    call.admins_only()
    ticket, audit = take(call, call.part("ticket"))
    return answered(call, ticket, audit, status=201)


def take(call: Call, row: Any) -> tuple[Ticket, Audit]:
    """Make a ticket with the comments and times that a body gives it."""
    account, actor = call.account, call.admin
    wanted = draft.read(account, row)
    said = [one for one in row.get("comments") or [] if isinstance(one, dict)]
    first = said[0] if said else wanted.comment or {}
    wanted.comment = first
    status = wanted.attrs.pop("status", None)
    archive = call.request.arg("archive_immediately") == "true" and status == "closed"
    created = _time(wanted, row, "created_at") or _time(wanted, first, "created_at")
    created = created or account.now()
    ticket, audit = changes.create(account, wanted, actor, via("import"), client=call.client, at=created)
    if first.get("author_id"):
        ticket.submitter_id = ticket.comments[0].author_id
    for comment in said[1:]:
        at = _time(wanted, comment, "created_at") or created
        _add(call, ticket, comment, at)
    if status and status != "new":
        ticket.status = status
        ticket.custom_status_id = account.default_status("solved" if status == "closed" else status)
        ticket.solved = _time(wanted, row, "solved_at") or ticket.solved
    account.touch(ticket)
    ticket.updated = _time(wanted, row, "updated_at") or ticket.updated
    ticket.archived = archive
    return ticket, audit


def _add(call: Call, ticket: Ticket, said: dict[str, Any], at: int) -> None:
    account = call.account
    comment = speech.make(account, ticket, Draft(account, comment=said), call.admin, via("import"), at)
    spoken = [Event("Comment", "comment", comment)]
    changes.record(account, ticket, call.admin, spoken, via=via("import"), at=at)
    ticket.comments.append(comment)
    ticket.is_public = ticket.is_public or comment.public


def _time(wanted: Draft, row: dict[str, Any], key: str) -> int | None:
    at = draft.moment(wanted, key, row.get(key))
    wanted.check()
    if at is not None and at < 0:
        raise errors.invalid_field(key, f"{key}: must be 1970 or later", "InvalidValue")
    return at

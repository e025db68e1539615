"""Merging tickets: the sources close with a note and a tag, the target keeps the conversation."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response
from sandbox.zendesk import changes, errors
from sandbox.zendesk.call import Call
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.jobs import answer
from sandbox.zendesk.records import Json, Ticket, User
from sandbox.zendesk.state import Account, ids_in

MARK = "closed_by_merge"
_VIA: Json = {"channel": "web", "source": {"from": {}, "to": {}, "rel": "merge"}}


def merge(call: Call, key: str) -> Response:
    """Queue the merge that a request asks for."""
    actor, body = call.agent, call.body()
    if not key.isdigit():
        raise errors.titled(
            400,
            "Invalid attribute",
            "You passed an invalid value for the id attribute. Invalid parameter: id must be an "
            "integer from api/v2/tickets/merge",
        )
    target = call.account.ticket(key)
    numbers = ids_in(body.get("ids") or [])
    sources = check(call.account, target, numbers)
    notes = (
        {"body": body.get("target_comment"), "public": body.get("target_comment_is_public", True)},
        {"body": body.get("source_comment"), "public": body.get("source_comment_is_public", True)},
    )

    def work() -> Json:
        apply(call.account, target, sources, actor, *notes)
        return [{"success": True, "id": target.id, "action": "merge", "status": "Merged"}]

    return answer(call, call.services.jobs.queue("Ticket Merge", None, work))


def check(account: Account, target: Ticket, numbers: list[int]) -> list[Ticket]:
    """Return the tickets to merge into `target`. Raises `ApiError` if they cannot be."""
    if target.id in numbers:
        raise _invalid(
            "SourceInvalid",
            f"You selected the same ticket as source and target: #{target.id}. "
            "You cannot merge a ticket into itself.",
        )
    if not numbers:
        raise errors.titled(400, "Invalid attribute", "Parameter ids is required")
    if target.status == "closed":
        raise _invalid("TargetInvalid", f"You cannot merge into the closed ticket #{target.id}.")
    sources = [account.ticket(number) for number in numbers]
    for source in sources:
        if source.status == "closed":
            raise _invalid("SourceInvalid", f"Ticket #{source.id} is closed.")
    return sources


def apply(
    account: Account,
    target: Ticket,
    sources: list[Ticket],
    actor: User,
    target_note: Json,
    source_note: Json,
) -> None:
    """Merge. Notes are private as soon as any of the tickets is."""
    public = all(ticket.is_public for ticket in [target, *sources])
    numbers = ", ".join(f"#{ticket.id}" for ticket in sources)
    _say(account, target, actor, target_note, f"Requests {numbers} were merged into this one.",
         public, {"add_tags": sorted({tag for it in sources for tag in it.tags} - {MARK})})  # fmt: skip
    for source in sources:
        if source.status == "closed":
            continue
        default = f"This request was closed and merged into request #{target.id} ({target.subject})."
        changes_to = {"add_tags": [MARK], "attrs": {"status": "closed"}}
        if source.assignee_id is None:
            changes_to["attrs"] |= {"assignee_id": target.assignee_id or actor.id}
        _say(account, source, actor, source_note, default, public, changes_to)
        account.tell("merged", source, source.audits[-1])


def _say(
    account: Account,
    ticket: Ticket,
    actor: User,
    note: Json,
    default: str,
    public: bool,
    also: dict[str, Any],
) -> None:
    said = {
        "body": note.get("body") or default,
        "public": public and note.get("public") is not False,
    }
    changes.update(account, ticket, Draft(account, comment=said, **also), actor, _VIA)


def _invalid(label: str, description: str) -> errors.ApiError:
    return errors.ApiError(400, {"error": label, "description": description})

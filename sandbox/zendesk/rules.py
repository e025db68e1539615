"""The vendor's ticket rules: closed tickets, statuses, assignment, solving, tags and fields."""

from __future__ import annotations

from typing import Any

from sandbox.zendesk import errors, values
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.records import Comment, Ticket, User
from sandbox.zendesk.state import Account

_CLOSED_EDITS = frozenset({"subject", "priority", "metadata", "safe_update", "updated_stamp"})
_CLOSED_BULK_EDITS = _CLOSED_EDITS | {"additional_tags", "remove_tags"}


def check_open(ticket: Ticket, draft: Draft, actor: User, *, bulk: bool) -> None:
    """Refuse a write to a closed ticket, save for the few edits that admins may make."""
    if ticket.status != "closed":
        return
    allowed = _CLOSED_BULK_EDITS if bulk else _CLOSED_EDITS
    if actor.role != "admin" or not draft.named or draft.named - allowed:
        raise errors.closed()


def settle(
    account: Account,
    ticket: Ticket,
    attrs: dict[str, Any],
    actor: User,
    *,
    comment: Comment | None = None,
    creating: bool = False,
) -> None:
    """Complete `attrs` with what follows from them. Raises for what cannot be."""
    if attrs.get("priority", "") is None and ticket.priority is not None:
        raise errors.invalid_field("priority", "Priority: cannot be reset", "InvalidValue")
    _problem(account, ticket, attrs)
    _assignment(account, ticket, attrs)
    _requester(account, ticket, attrs)
    _status(account, ticket, attrs, creating=creating)
    _reopen(ticket, attrs, actor, comment)
    _custom_status(account, ticket, attrs)


def _problem(account: Account, ticket: Ticket, attrs: dict[str, Any]) -> None:
    if "type" in attrs and attrs["type"] != "incident" and ticket.problem_id is not None:
        attrs.setdefault("problem_id", None)
    wanted = attrs.get("problem_id")
    if wanted is None:
        return
    if attrs.get("type", ticket.type) != "incident":
        attrs.pop("problem_id")
    elif account.tickets[wanted].type != "problem" or wanted == ticket.id:
        raise errors.invalid_field("problem_id", "Problem: is invalid", "InvalidValue")


def _assignment(account: Account, ticket: Ticket, attrs: dict[str, Any]) -> None:
    assignee = attrs.get("assignee_id")
    if assignee is not None:
        agent = account.users[assignee]
        if agent.role == "end-user" or not agent.active or agent.suspended:
            raise errors.invalid_field("assignee", "Assignee: is invalid", "InvalidValue")
        groups = account.groups_of(assignee)
        group = attrs.get("group_id") or ticket.group_id
        if groups and group not in groups:
            attrs["group_id"] = agent.default_group_id or groups[0]
    elif (
        "group_id" in attrs
        and "assignee_id" not in attrs
        and ticket.assignee_id is not None
        and attrs["group_id"] not in account.groups_of(ticket.assignee_id)
    ):
        attrs["assignee_id"] = None


def _requester(account: Account, ticket: Ticket, attrs: dict[str, Any]) -> None:
    requester = attrs.get("requester_id")
    if requester is not None and requester != ticket.requester_id:
        person = account.users[requester]
        if not person.active:
            raise errors.invalid_field("requester", "Requester: is suspended or deleted")
        attrs.setdefault("organization_id", person.organization_id)


def _status(account: Account, ticket: Ticket, attrs: dict[str, Any], *, creating: bool) -> None:
    custom = attrs.get("custom_status_id")
    if custom is not None and "status" not in attrs:
        category = account.statuses[custom].category
        if category != ticket.status and not (ticket.status == "closed" and category == "solved"):
            attrs["status"] = category
    status = attrs.get("status", ticket.status)
    if status == "new" and (attrs.get("assignee_id") or (not creating and ticket.status != "new")):
        # New never returns, and an assigned ticket is not new.
        attrs["status"] = "open"


def _reopen(ticket: Ticket, attrs: dict[str, Any], actor: User, comment: Comment | None) -> None:
    if comment is None or actor.role != "end-user" or "status" in attrs:
        return
    if ticket.status in ("pending", "hold", "solved"):
        attrs["status"] = "open"


def _custom_status(account: Account, ticket: Ticket, attrs: dict[str, Any]) -> None:
    status = attrs.get("status")
    if status is None:
        return
    category = "solved" if status == "closed" else status
    chosen = attrs.get("custom_status_id")
    if chosen is None or account.statuses[chosen].category != category:
        current = account.statuses.get(ticket.custom_status_id)
        if current is not None and current.category == category and chosen is None:
            return
        attrs["custom_status_id"] = account.default_status(category)


def check_solve(
    account: Account,
    ticket: Ticket,
    attrs: dict[str, Any],
    filled: dict[int, Any],
    actor: User,
) -> None:
    """Refuse to solve without an assignee or without what the form asks for by then."""
    status = attrs.get("status", ticket.status)
    if status not in ("solved", "closed") or ticket.status in ("solved", "closed"):
        return
    if actor.role == "end-user":
        return
    problems: list[errors.Detail] = []
    if attrs.get("assignee_id", ticket.assignee_id) is None:
        problems.append(_required(account.system_field("assignee"), "Assignee", "FieldAssignee"))
    form = account.forms[attrs.get("form_id", ticket.form_id)]
    for key in form["ticket_field_ids"]:
        field = account.ticket_fields.get(key)
        if field is None or field.system or not field.active or filled.get(key):
            continue
        if field.required or key in _by_condition(form, filled):
            problems.append(_required(key, field.title, values.TYPE_NAMES[field.type]))
    if problems:
        raise errors.invalid({"base": problems})


def _by_condition(form: dict[str, Any], filled: dict[int, Any]) -> set[int]:
    """Return the fields that the form's conditions ask for when a ticket is solved."""
    needed: set[int] = set()
    for condition in form["agent_conditions"]:
        shown = filled.get(condition["parent_field_id"])
        if str(shown).lower() != str(condition["value"]).lower():
            continue
        for child in condition["child_fields"]:
            rule = child.get("required_on_statuses") or {}
            if rule.get("type") == "ALL_STATUSES" or "solved" in rule.get("statuses", ()):
                needed.add(child["id"])
    return needed


def _required(key: int, title: str, kind: str) -> errors.Detail:
    return {
        "description": f"{title}: is required when solving a ticket",
        "error": None,
        "ticket_field_id": key,
        "ticket_field_type": kind,
    }


def tags_and_values(account: Account, ticket: Ticket, draft: Draft) -> tuple[list[str], dict[int, Any]]:
    """Return the ticket's tags and field values after a draft, each mirrored in the other."""
    if not (draft.values or draft.tags is not None or draft.add_tags or draft.remove_tags):
        return ticket.tags, ticket.values
    tags = set(ticket.tags if draft.tags is None else draft.tags)
    tags = (tags | set(draft.add_tags)) - set(draft.remove_tags)
    filled = dict(ticket.values)
    by_tags = draft.tags is not None or draft.add_tags or draft.remove_tags
    for field in account.mirrored_fields() if by_tags else ():
        if field.id not in draft.values:
            value = values.value_from_tags(field, tags)
            if value or filled.get(field.id):
                filled[field.id] = value
            # A drop-down shows one of its options: other options' tags give way.
            tags -= values.possible_tags(field) - set(values.tags_of(field, value))
    for key, value in draft.values.items():
        field = account.ticket_fields[key]
        if values.mirrored(field):
            tags -= values.possible_tags(field)
            tags |= set(values.tags_of(field, value))
        filled[key] = value
    return sorted(tags), filled

"""A ticket's life: what a draft does to it, by the vendor's rules, and the audit of that."""

from __future__ import annotations

from typing import Any

from sandbox.zendesk import errors, rules, speech
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.people import resolve_people, resolve_requester
from sandbox.zendesk.records import Audit, Comment, Event, Json, Ticket, User
from sandbox.zendesk.state import Account

_SHOWN = {
    "subject": "subject",
    "type": "type",
    "priority": "priority",
    "status": "status",
    "custom_status_id": "custom_status_id",
    "external_id": "external_id",
    "requester_id": "requester_id",
    "assignee_id": "assignee_id",
    "group_id": "group_id",
    "organization_id": "organization_id",
    "problem_id": "problem_id",
    "brand_id": "brand_id",
    "form_id": "ticket_form_id",
    "due": "due_at",
    "recipient": "recipient",
}
_KEPT = tuple(_SHOWN)
_ON_CREATE = ("subject", "type", "priority", "status", "requester_id", "assignee_id", "group_id",
              "organization_id", "brand_id", "form_id", "external_id", "problem_id", "due")  # fmt: skip


def create(
    account: Account,
    draft: Draft,
    actor: User,
    via: Json,
    *,
    client: str = "",
    at: int | None = None,
) -> tuple[Ticket, Audit]:
    """Make the ticket that a draft asks for. Nothing is done if the vendor would refuse it."""
    now = account.now() if at is None else at
    resolve_requester(account, draft)
    attrs = _wanted(draft)
    source = _followup(account, draft, attrs)
    requester_id = attrs.get("requester_id") or (source.requester_id if source else actor.id)
    comment = speech.make(account, None, _first_words(draft), _first_author(account, draft, actor),
                          via, now)  # fmt: skip
    attrs.setdefault("organization_id", account.users[requester_id].organization_id)
    attrs["requester_id"] = requester_id
    ticket = Ticket(
        id=0,
        created=now,
        updated=now,
        generated=0,
        requester_id=requester_id,
        submitter_id=comment.author_id if source is None else actor.id,
        brand_id=account.default_brand,
        form_id=account.default_form,
        via=via if source is None else _via_followup(via, source),
        custom_status_id=account.default_status("new"),
        values={} if source is None else dict(source.values),
    )
    rules.settle(account, ticket, attrs, actor, creating=True)
    resolve_people(account, ticket, draft)
    tags, values = rules.tags_and_values(account, ticket, draft)
    rules.check_solve(account, ticket, attrs, values, actor)
    ticket.id = account.new_ticket_id()
    for name in _KEPT:
        if name in attrs:
            setattr(ticket, name, attrs[name])
    ticket.tags, ticket.values = tags, values
    ticket.description = (
        comment.source if comment.source is not None else speech.text.body_of_html(comment.html)
    )
    if not ticket.subject:
        ticket.subject = ticket.description[:80] if source is None else source.subject
    audit = _audit(ticket, draft, actor, via, now, client)
    _speak(ticket, audit, comment)
    audit.events.extend(_created(ticket))
    _close_audit(account, ticket, audit)
    account.add_ticket(ticket)
    _settle_links(account, ticket, None)
    _times(ticket, None, now)
    account.touch(ticket)
    ticket.updated = now
    if source is not None:
        source.followup_ids.append(ticket.id)
        ticket.followup_source_id = source.id
    account.tell("created", ticket, audit)
    return ticket, audit


def update(
    account: Account,
    ticket: Ticket,
    draft: Draft,
    actor: User,
    via: Json,
    *,
    client: str = "",
    bulk: bool = False,
) -> Audit | None:
    """Do what a draft asks of a ticket. Return the audit, or None if it changes nothing."""
    rules.check_open(ticket, draft, actor, bulk=bulk)
    if draft.safe and (draft.stamp is None or draft.stamp != ticket.updated):
        raise errors.conflict()
    now = account.now()
    resolve_requester(account, draft)
    attrs = _wanted(draft)
    for ignored in ("description", "submitter_id", "via_followup_source_id"):
        attrs.pop(ignored, None)
    comment = None
    if draft.comment is not None and _says_something(draft.comment):
        comment = speech.make(account, ticket, draft, actor, via, now)
    rules.settle(account, ticket, attrs, actor, comment=comment)
    tags, values = rules.tags_and_values(account, ticket, draft)
    rules.check_solve(account, ticket, attrs, values, actor)
    people = resolve_people(account, ticket, draft)
    changes = _changes(account, ticket, attrs, tags, values) + people
    if comment is None and not changes:
        return None
    before = ticket.status
    audit = _audit(ticket, draft, actor, via, now, client)
    if comment is not None:
        _speak(ticket, audit, comment)
    audit.events.extend(changes)
    old_external, old_problem = ticket.external_id, ticket.problem_id
    for name in _KEPT:
        if name in attrs:
            setattr(ticket, name, attrs[name])
    ticket.tags, ticket.values = tags, values
    _close_audit(account, ticket, audit)
    account.external_id_changed(ticket, old_external)
    _settle_links(account, ticket, old_problem)
    _times(ticket, before, now)
    account.touch(ticket)
    account.tell("updated", ticket, audit)
    if ticket.status == "solved" and before != "solved" and ticket.type == "problem":
        _solve_incidents(account, ticket, actor)
    return audit


def record(
    account: Account,
    ticket: Ticket,
    actor: User,
    events: list[Event],
    *,
    via: Json | None = None,
    at: int | None = None,
) -> Audit:
    """Add an audit of events that are no ordinary update: redactions, privacy changes."""
    via = via or speech.WEB_SERVICE
    now = account.now() if at is None else at
    audit = _audit(ticket, Draft(account), actor, via, now, "")
    audit.events.extend(events)
    _close_audit(account, ticket, audit)
    account.touch(ticket)
    account.tell("updated", ticket, audit)
    return audit


def _says_something(said: Json) -> bool:
    return any(said.get(key) for key in ("body", "html_body", "value", "uploads"))


def _wanted(draft: Draft) -> dict[str, Any]:
    attrs = dict(draft.attrs)
    if "ticket_form_id" in attrs:
        attrs["form_id"] = attrs.pop("ticket_form_id")
    return {key: value for key, value in attrs.items() if value is not None or key in _NULLABLE}


_NULLABLE = frozenset(
    {"priority", "type", "assignee_id", "group_id", "organization_id", "problem_id", "due",
     "external_id", "recipient", "subject"}
)  # fmt: skip


def _first_words(draft: Draft) -> Draft:
    said = dict(draft.comment or {})
    if not _says_something(said) and draft.attrs.get("description"):
        said["body"] = str(draft.attrs["description"])
    if not _says_something(said):
        raise errors.invalid_field("base", "Description: cannot be blank", "BlankValue")
    draft.comment = said
    return draft


def _first_author(account: Account, draft: Draft, actor: User) -> User:
    submitter = draft.attrs.get("submitter_id")
    if submitter and not draft.attrs.get("via_followup_source_id"):
        return account.users[submitter]
    return actor


def _followup(account: Account, draft: Draft, attrs: dict[str, Any]) -> Ticket | None:
    number = attrs.pop("via_followup_source_id", None)
    attrs.pop("submitter_id", None)
    attrs.pop("description", None)
    if not number:
        return None
    source = account.tickets.get(number)
    if source is None or source.deleted is not None or source.status != "closed":
        raise errors.invalid_field("base", "Follow-up source: must be a closed ticket", "InvalidValue")
    if draft.tags is None:  # tags that are given stand in the place of those of the closed ticket
        draft.add_tags = [*draft.add_tags, *source.tags]
    return source


def _via_followup(via: Json, source: Ticket) -> Json:
    """How a follow-up came in: like anything, and from a closed ticket, whose fields it begins with."""
    origin = {"ticket_id": source.id, "subject": source.subject, "channel": source.via["channel"]}
    return {**via, "source": {"from": origin, "to": {}, "rel": "follow_up"}}


def _audit(ticket: Ticket, draft: Draft, actor: User, via: Json, at: int, client: str) -> Audit:
    # The id is given in `_close_audit`, when the number of events is known.
    return Audit(0, ticket.id, actor.id, at, via, [], draft.metadata, client)


def _speak(ticket: Ticket, audit: Audit, comment: Comment) -> None:
    comment.metadata = audit.custom
    ticket.comments.append(comment)
    ticket.is_public = (ticket.is_public and len(ticket.comments) > 1) or comment.public
    audit.flags = comment.flags
    audit.events.append(Event("Comment", "comment", comment))


def _close_audit(account: Account, ticket: Ticket, audit: Audit) -> None:
    audit.id = account.new_id(len(audit.events) + 1)
    for at, event in enumerate(audit.events):
        if isinstance(event.value, Comment) and event.value.id == 0:
            event.value.id = audit.id + 1 + at
            event.value.audit_id = audit.id
            account.comments[event.value.id] = (ticket, event.value)
    audit.ticket_id = ticket.id
    account.add_audit(ticket, audit)


def _created(ticket: Ticket) -> list[Event]:
    events = [
        Event("Create", _SHOWN[name], _text(getattr(ticket, name)))
        for name in _ON_CREATE
        if getattr(ticket, name) is not None
    ]
    if ticket.tags:
        events.append(Event("Create", "tags", ticket.tags))
    events.extend(Event("Create", str(key), value) for key, value in ticket.values.items() if value)
    return events


def _changes(
    account: Account,
    ticket: Ticket,
    attrs: dict[str, Any],
    tags: list[str],
    values: dict[int, Any],
) -> list[Event]:
    events = [
        Event("Change", _SHOWN[name], _text(attrs[name]), _text(getattr(ticket, name)))
        for name in _KEPT
        if name in attrs and attrs[name] != getattr(ticket, name)
    ]
    if tags != ticket.tags:
        events.append(Event("Change", "tags", tags, ticket.tags))
    if values is not ticket.values:
        default = dict(account.field_layout())
        for key, value in values.items():
            previous = ticket.values.get(key, default.get(key))
            if value != previous and (value or previous):
                events.append(Event("Change", str(key), value, previous))
    return events


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _settle_links(account: Account, ticket: Ticket, old_problem: int | None) -> None:
    if ticket.problem_id == old_problem:
        return
    if old_problem is not None and ticket.id in account.incidents.get(old_problem, ()):
        account.incidents[old_problem].remove(ticket.id)
    if ticket.problem_id is not None:
        account.incidents.setdefault(ticket.problem_id, []).append(ticket.id)


def _times(ticket: Ticket, before: str | None, now: int) -> None:
    if ticket.status in ("solved", "closed") and before not in ("solved", "closed"):
        ticket.solved = now
    elif before == "solved" and ticket.status in ("open", "pending", "hold"):
        ticket.reopens += 1
        ticket.solved = None
    if ticket.assignee_id is not None and ticket.assigned is None:
        ticket.assigned = now


def _solve_incidents(account: Account, problem: Ticket, actor: User) -> None:
    via = {"channel": "rule", "source": {"from": {}, "to": {}, "rel": "linked_problem"}}
    for number in account.incidents.get(problem.id, ()):
        incident = account.tickets[number]
        if incident.deleted is None and incident.status not in ("solved", "closed"):
            draft = Draft(account, attrs={"status": "solved"})
            if incident.assignee_id is None:
                draft.attrs["assignee_id"] = problem.assignee_id
            update(account, incident, draft, actor, via)

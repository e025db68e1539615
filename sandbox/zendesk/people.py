"""Who a ticket write means: requesters made on the fly, people in copy, followers."""

from __future__ import annotations

from sandbox.zendesk import errors
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.records import Event, Json, Ticket, User
from sandbox.zendesk.state import Account

_LISTS = {
    "email_ccs": "email_cc_ids",
    "followers": "follower_ids",
    "collaborators": "collaborator_ids",
    "collaborator_ids": "collaborator_ids",
    "additional_collaborators": "collaborator_ids",
}


def resolve_requester(account: Account, draft: Draft) -> None:
    """Turn a requester given by name and address into a user, made if there is none."""
    given = draft.requester
    if given is None:
        return
    if given.get("id"):
        draft.attrs["requester_id"] = account.user(given["id"]).id
        return
    email = given.get("email")
    person = account.user_by_email(email)
    if person is None:
        if not given.get("name") and not email:
            raise errors.invalid_field("requester", "Requester: Name: is too short", "ValueTooShort")
        person = new_end_user(account, str(given.get("name") or str(email).split("@")[0]), email)
    draft.attrs["requester_id"] = person.id


def new_end_user(account: Account, name: str, email: str | None) -> User:
    """Make a customer, in the organization that owns the address's domain."""
    now = account.now()
    return account.add_user(
        User(
            id=account.new_id(),
            name=name,
            email=email.strip().lower() if email else None,
            role="end-user",
            created=now,
            updated=now,
            generated=0,
            verified=False,
            organization_id=organization_for(account, email),
        )
    )


def organization_for(account: Account, email: str | None) -> int | None:
    """Return the organization whose domains include an address's."""
    if not email or "@" not in email:
        return None
    domain = email.rsplit("@", 1)[1].lower()
    for organization in account.organizations.values():
        if organization.deleted is None and domain in organization.domain_names:
            return organization.id
    return None


def resolve_people(account: Account, ticket: Ticket, draft: Draft) -> list[Event]:
    """Set the people in copy and the followers as a draft asks; return what changed."""
    events: list[Event] = []
    for key, rows in draft.people.items():
        name = _LISTS[key]
        before: list[int] = getattr(ticket, name)
        keeps = key in ("email_ccs", "followers", "additional_collaborators")
        after = _after(account, list(before) if keeps else [], rows, agents=key == "followers")
        if after != before:
            setattr(ticket, name, after)
            kind = {"email_ccs": "EmailCcChange", "followers": "FollowerChange"}.get(key, "Cc")
            events.append(Event(kind, name, _shown(account, before, after)))
    return events


def _after(account: Account, people: list[int], rows: list[Json], *, agents: bool) -> list[int]:
    for row in rows:
        person = _person(account, row)
        if person is None or (agents and person.role == "end-user"):
            continue
        if row.get("action") == "delete":
            people = [one for one in people if one != person.id]
        elif person.id not in people:
            people.append(person.id)
    return people


def _person(account: Account, row: Json) -> User | None:
    if str(row.get("user_id") or "").isdigit():
        return account.users.get(int(row["user_id"]))
    email = row.get("user_email") or row.get("email")
    if not email:
        return None
    name = row.get("user_name") or row.get("name") or str(email).split("@")[0]
    return account.user_by_email(email) or new_end_user(account, str(name), email)


def _shown(account: Account, before: list[int], after: list[int]) -> Json:
    def emails(ids: list[int]) -> list[str | None]:
        return [account.users[one].email for one in ids if one in account.users]

    return {
        "previous_value_emails": emails(before),
        "current_value_emails": emails(after),
        "previous_values": before,
        "current_values": after,
    }

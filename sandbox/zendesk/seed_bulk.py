"""Many tickets for benchmarks, all with the context that engineering needs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.zendesk import changes, draft
from sandbox.zendesk.organizations import create as create_organization
from sandbox.zendesk.people import new_end_user
from sandbox.zendesk.records import Event, Json, User
from sandbox.zendesk.render import via
from sandbox.zendesk.seed_schema import AGENTS, field_named
from sandbox.zendesk.speech import make
from sandbox.zendesk.state import Account

_AREAS = (
    "product_checkout",
    "product_billing",
    "product_api",
    "product_mobile",
    "product_reporting",
)
_SEVERITIES = ("sev_1", "sev_2", "sev_3", "sev_4")
_COMPONENTS = ("comp_web", "comp_backend", "comp_mobile", "comp_data")
_PRIORITIES = ("low", "normal", "high", "urgent")
_STATUSES = ("open", "pending", "hold", "open", "open")
_SYMPTOMS = (
    "Checkout fails after entering a voucher",
    "Invoice shows the wrong VAT amount",
    "API answers 500 for large exports",
    "App crashes when opening a notification",
    "Report totals differ from the dashboard",
)
_ANSWERS = (
    "Thank you for the details. We can see the failing requests and are looking into them.",
    "We tried the workaround and it helps for now, but our users are still blocked in the evening.",
    "Could you send us the identifier of one request that failed, and the time it was made?",
)


def plant(account: Account, *, tickets: int = 10_000, comments: int = 2) -> dict[str, Any]:
    """Make `tickets` tickets with `comments` comments each (the description is the first)."""
    people = _people(account, max(10, min(2000, tickets // 10)))
    agents = [account.user_by_email(email) for _, email, _ in AGENTS]
    titles = ("Needs engineering", "Affected users", "Customer blocked", "Environment",
              "Business impact", "Revenue at risk", "Steps to reproduce", "Product area",
              "Severity", "Components")  # fmt: skip
    fields = {title: field_named(account, title) for title in titles}
    start = account.now() - 30 * 86_400
    with _without_collection():
        for number in range(tickets):
            person, agent = people[number % len(people)], agents[number % len(agents)]
            if agent is None:
                raise ValueError("the account's agents are gone; reset before seeding")
            at = start + number * 30 * 80_000 // max(tickets, 1)
            _ticket(account, number, person, agent, fields, at, comments)
    return {"made": tickets}


@contextmanager
def _without_collection() -> Iterator[None]:
    """
    Keep the garbage collector from what is made inside.

    Millions of records that live as long as the process would else be walked over and over, now
    and on every later full collection.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _people(account: Account, count: int) -> list[User]:
    people: list[User] = []
    for number in range(count):
        if number % 20 == 0:
            create_organization(account, _organization(number // 20))
        name = f"Customer {number:05d}"
        email = f"customer{number:05d}@company{number // 20:04d}.example"
        people.append(account.user_by_email(email) or new_end_user(account, name, email))
    return people


def _organization(number: int) -> Json:
    return {
        "name": f"Company {number:04d}",
        "domain_names": [f"company{number:04d}.example"],
        "organization_fields": {
            "tier": ("tier_enterprise", "tier_business", "tier_starter")[number % 3],
            "arr": 12_000 + 500 * (number % 90),
            "currency": "EUR",
            "renewal_date": f"2027-{1 + number % 12:02d}-01",
            "health": ("health_green", "health_yellow", "health_red")[number % 3],
        },
    }


def _ticket(
    account: Account,
    number: int,
    person: User,
    agent: User,
    fields: dict[str, int],
    at: int,
    comments: int,
) -> None:
    symptom = _SYMPTOMS[number % len(_SYMPTOMS)]
    values: Json = {
        "Needs engineering": True,
        "Affected users": 5 + number % 400,
        "Customer blocked": number % 3 == 0,
        "Environment": "Production, region eu-west",
        "Business impact": f"Orders worth about {number % 90 + 10} thousand a day are at stake.",
        "Revenue at risk": f"{1000 + number % 9000}.50",
        "Steps to reproduce": f"1. Sign in\n2. Open order {number}\n3. Press Pay",
        "Product area": _AREAS[number % 5],
        "Severity": _SEVERITIES[number % 4],
        "Components": [_COMPONENTS[number % 4]],
    }
    body: Json = {
        "subject": f"{symptom} (case {number:05d})",
        "comment": {"body": f"{symptom}. It began this morning and happens on every try. "
                            f"Our reference is {number:05d}.", "public": True},
        "requester_id": person.id,
        "assignee_id": agent.id,
        "priority": _PRIORITIES[number % 4],
        "status": _STATUSES[number % 5],
        "type": "incident",
        "tags": [f"batch_{number % 50}"],
        "custom_fields": [{"id": fields[title], "value": value} for title, value in values.items()],
    }  # fmt: skip
    wanted = draft.read(account, body)
    ticket, _ = changes.create(account, wanted, person, via("email"), at=at)
    for turn in range(1, comments):
        said = {"body": f"{_ANSWERS[turn % 3]} (note {turn} of case {number:05d})",
                "public": turn % 3 != 2}  # fmt: skip
        by = agent if turn % 2 else person
        when = at + turn * 900
        spoken = make(account, ticket, draft.Draft(account, comment=said), by, via("web"), when)
        ticket.comments.append(spoken)
        changes.record(account, ticket, by, [Event("Comment", "comment", spoken)],
                       via=via("web"), at=when)  # fmt: skip
        ticket.updated = when
    ticket.generated = ticket.updated

"""
The demo world: 25 companies, 150 customers, 300 tickets with their threads, the same every time.

Times lie in the 45 days before the account's present; nothing here is random.
"""

from __future__ import annotations

from typing import Any

from sandbox.zendesk import changes, demo_extras, draft
from sandbox.zendesk.demo_texts import CHATTER, COMPANIES, NAMES, QUESTIONS, SOLVED, STORIES, Story
from sandbox.zendesk.organizations import create as create_organization
from sandbox.zendesk.people import new_end_user
from sandbox.zendesk.records import Attachment, Event, Json, Ticket, User
from sandbox.zendesk.render import via
from sandbox.zendesk.seed_schema import AGENTS, field_named
from sandbox.zendesk.speech import make
from sandbox.zendesk.state import Account

TICKETS = 300
CUSTOMERS = 150
_LANGUAGES = ("en-US", "de", "fr", "ru", "uk", "es", "ja")
_SEVERITIES = ("sev_2", "sev_1", "sev_3", "sev_2", "sev_3")
_PRIORITIES = ("high", "urgent", "normal", "high", "normal")
_COMPONENTS = {
    "product_checkout": ["comp_web", "comp_backend"],
    "product_billing": ["comp_backend"],
    "product_api": ["comp_backend", "comp_data"],
    "product_mobile": ["comp_mobile"],
    "product_reporting": ["comp_data"],
}
_STATUSES = ("open", "open", "pending", "open", "hold", "open", "solved", "new")
_WHEN = {
    "en-US": "Monday morning", "de": "Montagmorgen", "fr": "lundi matin", "ru": "утра понедельника",
    "uk": "ранку понеділка", "es": "el lunes por la mañana", "ja": "月曜日の朝",
}  # fmt: skip


def plant(account: Account) -> dict[str, Any]:
    """Fill the account."""
    people = _people(account)
    start = account.now() - 45 * 86_400
    step = 44 * 86_400 // TICKETS
    made = [_one(account, number, people, start + number * step) for number in range(TICKETS)]
    told = demo_extras.plant(account, made)
    account.refill_feeds()
    return {"needs_engineering": sum("needs_engineering" in it.tags for it in made), **told}


def _people(account: Account) -> dict[str, list[User]]:
    """Make companies and their people; return the people by language."""
    people: dict[str, list[User]] = {language: [] for language in _LANGUAGES}
    for number, (name, domain, language, tier, arr, currency, health, region) in enumerate(COMPANIES):
        create_organization(
            account,
            {
                "name": name,
                "domain_names": [domain],
                "external_id": f"acc-{1001 + number}",
                "tags": [region.lower()],
                "notes": "Reference customer" if number % 6 == 0 else "",
                "organization_fields": {
                    "tier": f"tier_{tier}",
                    "arr": arr,
                    "currency": currency,
                    "renewal_date": f"2027-{1 + number % 12:02d}-{1 + number % 28:02d}",
                    "health": f"health_{health}",
                    "segment": ("Retail", "Industry", "Services")[number % 3],
                    "csm": f"csm{1 + number % 4}@sales.example",
                    "region": region,
                },
            },
        )
        for turn in range(CUSTOMERS // len(COMPANIES)):
            names = NAMES[language]
            called = names[(number + turn) % len(names)]
            user = new_end_user(account, called, f"contact{turn + 1}@{domain}")
            user.locale, user.verified = language, True
            user.fields = {"job_title": ("Head of IT", "Operations", "Accountant")[turn % 3]}
            people[language].append(user)
    return people


def _one(account: Account, number: int, people: dict[str, list[User]], at: int) -> Ticket:
    if number % 3 != 0:
        return _question(account, number, people, at)
    story = STORIES[(number // 3) % len(STORIES)]
    chosen = people[story.language]
    person = chosen[(number // 3) % len(chosen)]
    agent = _agent(account, number)
    facts = {"n": 40 + number, "code": 500 + number % 8, "users": 12 + 7 * (number % 40),
             "when": _WHEN[story.language]}  # fmt: skip
    body: Json = {
        "subject": story.subject.format(**facts),
        "comment": {"html_body": story.opening.format(**facts), "public": True},
        "requester_id": person.id,
        "assignee_id": agent.id,
        "status": "open",
        "type": "incident" if number % 2 else "problem" if number % 30 == 0 else "incident",
        "priority": _PRIORITIES[number % 5],
        "tags": [story.area.replace("product_", ""), story.language.lower()],
        "custom_fields": _context(account, number, story, facts),
    }
    ticket = _create(account, body, person, at)
    _thread(account, ticket, number, story, person, agent, facts)
    _end(account, ticket, number, agent, story.language)
    return ticket


def _context(account: Account, number: int, story: Story, facts: dict[str, Any]) -> list[Json]:
    """Return the context fields. Every fifth ticket lacks some that engineering asks for."""
    values: Json = {
        "Needs engineering": True,
        "Affected users": facts["users"],
        "Customer blocked": number % 2 == 0,
        "Workaround": "Smaller pages / without voucher, see thread" if number % 4 == 0 else None,
        "Environment": ("Production, eu-west", "Production, us-east", "Staging")[number % 3],
        "Business impact": story.impact.format(**facts),
        "Revenue at risk": f"{(number % 50 + 1) * 1250}.00" if number % 2 else None,
        "Promised to customer": "Update by Friday 17:00" if number % 9 == 0 else None,
        "Steps to reproduce": story.steps.format(**facts),
        "Product area": story.area,
        "Severity": _SEVERITIES[number % 5],
        "Components": _COMPONENTS[story.area],
        "Go-live date": "2027-01-15" if number % 12 == 0 else None,
        "Order reference": f"DE-{10_000 + number}" if number % 6 == 0 else None,
    }
    if number % 5 == 0:
        for title in ("Steps to reproduce", "Affected users", "Business impact")[: 1 + number % 3]:
            values[title] = None
    return [
        {"id": field_named(account, title), "value": value}
        for title, value in values.items()
        if value is not None
    ]


def _question(account: Account, number: int, people: dict[str, list[User]], at: int) -> Ticket:
    language, subject, opening = QUESTIONS[number % len(QUESTIONS)]
    person = people[language][number % len(people[language])]
    body: Json = {
        "subject": subject,
        "comment": {"html_body": opening, "public": True},
        "requester_id": person.id,
        "type": "question",
        "priority": ("low", "normal", None)[number % 3],
        "tags": [language.lower()],
        "custom_fields": [{"id": field_named(account, "Severity"), "value": "sev_4"}],
    }
    status = _STATUSES[number % len(_STATUSES)]
    agent = _agent(account, number)
    if status != "new":
        body["assignee_id"] = agent.id
    ticket = _create(account, body, person, at)
    if status == "new":
        return ticket
    say(account, ticket, agent, SOLVED[language], at + 3600 * (1 + number % 20))
    _status(account, ticket, agent, "solved" if number % 4 else status, at + 90_000)
    return ticket


def _agent(account: Account, number: int) -> User:
    agent = account.user_by_email(AGENTS[number % len(AGENTS)][1])
    if agent is None:
        raise ValueError("the account's agents are gone; reset before seeding")
    return agent


def _create(account: Account, body: Json, person: User, at: int) -> Ticket:
    wanted = draft.read(account, {name: value for name, value in body.items() if value is not None})
    ticket, _ = changes.create(account, wanted, person, via("email"), at=at)
    ticket.generated = ticket.updated
    return ticket


def _thread(
    account: Account,
    ticket: Ticket,
    number: int,
    story: Story,
    person: User,
    agent: User,
    facts: dict[str, Any],
) -> None:
    at = ticket.created
    for turn, text in enumerate(story.turns[: 1 + number % 5]):
        at += 2700 + 600 * turn
        say(account, ticket, person if turn % 2 else agent, text.format(**facts), at)
    if number % 2 == 0:
        at += 900
        say(account, ticket, agent, f"<p>{story.note.format(**facts)}</p>", at, public=False)
    if number % 24 == 0:
        # Some threads are long: an hour-by-hour exchange of two dozen comments.
        for asked, answered in CHATTER * 2:
            at += 3000
            say(account, ticket, person, asked.format(**facts), at)
            say(account, ticket, agent, answered.format(**facts), at + 1200)
            at += 1200


def say(
    account: Account,
    ticket: Ticket,
    by: User,
    html: str,
    at: int,
    *,
    public: bool = True,
    files: list[Attachment] | None = None,
) -> None:
    """Add a comment dated `at`."""
    wanted = draft.Draft(account, comment={"html_body": html, "public": public})
    channel = via("email" if by.role == "end-user" else "web")
    spoken = make(account, ticket, wanted, by, channel, at)
    spoken.attachments.extend(files or [])
    for file in files or []:
        file.attached = True
    ticket.comments.append(spoken)
    changes.record(account, ticket, by, [Event("Comment", "comment", spoken)], via=channel, at=at)
    ticket.updated = ticket.generated = at


def _status(account: Account, ticket: Ticket, by: User, status: str, at: int) -> None:
    """Set a status as of `at`."""
    if status == ticket.status:
        return
    at = min(at, account.now() - 120)
    before = ticket.status
    ticket.status = status
    ticket.custom_status_id = account.default_status("solved" if status == "closed" else status)
    if status in ("solved", "closed"):
        ticket.solved = at
    told = [Event("Change", "status", status, before)]
    changes.record(account, ticket, by, told, via=via("web"), at=at)
    ticket.updated = ticket.generated = at


def _end(account: Account, ticket: Ticket, number: int, agent: User, language: str) -> None:
    status = ("open", "open", "pending", "open", "hold", "open", "open", "solved", "pending",
              "open", "closed")[(number // 3) % 11]  # fmt: skip
    at = ticket.updated + 7200
    if status in ("solved", "closed"):
        say(account, ticket, agent, SOLVED[language], at)
        _status(account, ticket, agent, "solved", at + 60)
    if status == "closed":
        _status(account, ticket, agent, "closed", at + 4 * 86_400)
    elif status != "solved":
        _status(account, ticket, agent, status, at)

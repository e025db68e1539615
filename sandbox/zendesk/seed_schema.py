"""The demo account's shape: its fields, groups and agents."""

from __future__ import annotations

from sandbox.zendesk import schema
from sandbox.zendesk.records import Group, Json, User
from sandbox.zendesk.state import Account
from sandbox.zendesk.users import join

SIGNALS = (
    "frustration", "urgency", "churn", "escalation_request", "production_down", "follow_up", "confusion",
    "gratitude", "closure",
)  # fmt: skip

TICKET_FIELDS: list[Json] = [
    {"title": "Affected users", "type": "integer"},
    {"title": "Customer blocked", "type": "checkbox", "tag": "customer_blocked"},
    {"title": "Workaround", "type": "textarea"},
    {"title": "Environment", "type": "text"},
    {"title": "Business impact", "type": "textarea"},
    {"title": "Revenue at risk", "type": "decimal"},
    {"title": "Promised to customer", "type": "textarea"},
    {"title": "Steps to reproduce", "type": "textarea"},
    {
        "title": "Product area",
        "type": "tagger",
        "custom_field_options": [
            {"name": "Checkout", "value": "product_checkout"},
            {"name": "Billing", "value": "product_billing"},
            {"name": "API", "value": "product_api"},
            {"name": "Mobile app", "value": "product_mobile"},
            {"name": "Reporting", "value": "product_reporting"},
        ],
    },
    {
        "title": "Severity",
        "type": "tagger",
        "custom_field_options": [
            {"name": "S1 - Down", "value": "sev_1"},
            {"name": "S2 - Degraded", "value": "sev_2"},
            {"name": "S3 - Minor", "value": "sev_3"},
            {"name": "S4 - Question", "value": "sev_4"},
        ],
    },
    {"title": "Needs engineering", "type": "checkbox", "tag": "needs_engineering"},
    {
        "title": "Components",
        "type": "multiselect",
        "custom_field_options": [
            {"name": "Web", "value": "comp_web"},
            {"name": "Backend", "value": "comp_backend"},
            {"name": "Mobile", "value": "comp_mobile"},
            {"name": "Data", "value": "comp_data"},
        ],
    },
    {"title": "Go-live date", "type": "date"},
    {"title": "Order reference", "type": "regexp", "regexp_for_validation": r"^[A-Z]{2}-\d+$"},
    {"title": "Jira issue", "type": "text"},
    {"title": "Engineering status", "type": "text"},
    {"title": "Engineer", "type": "text"},
    {"title": "Fix version", "type": "text"},
    {"title": "Support score", "type": "integer"},
    {"title": "Score label", "type": "text"},
    {"title": "Escalation risk", "type": "decimal"},
    {"title": "Score reasons", "type": "textarea"},
    {"title": "Attention", "type": "integer"},
    {"title": "Risk in words", "type": "text"},
    {"title": "Risk reasons", "type": "textarea"},
    {"title": "Customer SLA", "type": "text"},
    {"title": "Customer SLA due", "type": "text"},
    {"title": "Engineering OLA", "type": "text"},
    {"title": "Engineering OLA due", "type": "text"},
    {"title": "Why this deadline", "type": "textarea"},
    {"title": "SLA pinned to", "type": "text"},
    {"title": "Customer's tone", "type": "text"},
    {"title": "Tone over the thread", "type": "text"},
    {"title": "Signals", "type": "text"},
    {"title": "Suggestions", "type": "textarea"},
    {"title": "Same problem elsewhere", "type": "textarea"},
    {"title": "Risk accepted", "type": "checkbox", "tag": "risk_accepted"},
    {"title": "Risk dismissed", "type": "checkbox", "tag": "risk_dismissed"},
    {"title": "Risk snoozed until", "type": "date"},
    {"title": "Verdict reason", "type": "text"},
    {
        "title": "Wrong signals",
        "type": "multiselect",
        "custom_field_options": [
            {"name": name.replace("_", " ").capitalize(), "value": f"wrong_signals_{name}"}
            for name in SIGNALS
        ],
    },
    {"title": "Hand-off", "type": "text"},
    {"title": "Fixed, not told", "type": "checkbox"},
    {"title": "Account", "type": "textarea"},
    {"title": "Hub context", "type": "textarea"},
]

ORGANIZATION_FIELDS: list[Json] = [
    {
        "key": "tier",
        "title": "Tier",
        "type": "dropdown",
        "custom_field_options": [
            {"name": "Enterprise", "value": "tier_enterprise"},
            {"name": "Business", "value": "tier_business"},
            {"name": "Starter", "value": "tier_starter"},
        ],
    },
    {"key": "arr", "title": "ARR", "type": "decimal"},
    {"key": "currency", "title": "Currency", "type": "text"},
    {"key": "renewal_date", "title": "Renewal date", "type": "date"},
    {
        "key": "health",
        "title": "Health",
        "type": "dropdown",
        "custom_field_options": [
            {"name": "Green", "value": "health_green"},
            {"name": "Yellow", "value": "health_yellow"},
            {"name": "Red", "value": "health_red"},
        ],
    },
    {"key": "segment", "title": "Segment", "type": "text"},
    {"key": "csm", "title": "CSM", "type": "text"},
    {"key": "region", "title": "Region", "type": "text"},
]

GROUPS = ("Tier 2", "Billing desk")

AGENTS = [
    ("Maya Lindqvist", "maya.lindqvist@support.example", "Support"),
    ("Tom Becker", "tom.becker@support.example", "Support"),
    ("Aiko Tanaka", "aiko.tanaka@support.example", "Support"),
    ("Luc Moreau", "luc.moreau@support.example", "Support"),
    ("Oksana Kovalenko", "oksana.kovalenko@support.example", "Support"),
    ("Diego Ramírez", "diego.ramirez@support.example", "Support"),
    ("Priya Nair", "priya.nair@support.example", "Tier 2"),
    ("Sven Håkansson", "sven.hakansson@support.example", "Tier 2"),
    ("Irina Sokolova", "irina.sokolova@support.example", "Tier 2"),
    ("Grace O'Neill", "grace.oneill@support.example", "Tier 2"),
    ("Hannah Weiss", "hannah.weiss@support.example", "Billing desk"),
    ("Samuel Adeyemi", "samuel.adeyemi@support.example", "Billing desk"),
]


def planted(account: Account) -> bool:
    """Tell whether the account has this shape already."""
    return any(field.title == "Affected users" for field in account.ticket_fields.values())


def plant(account: Account) -> None:
    """Give the account its fields, groups and agents."""
    for body in TICKET_FIELDS:
        schema.make_field(account, body, account.ticket_fields)
    for body in ORGANIZATION_FIELDS:
        schema.make_field(account, body, account.organization_fields)
    schema.make_field(account, {"key": "job_title", "title": "Job title", "type": "text"},
                      account.user_fields)  # fmt: skip
    now = account.now()
    for name in GROUPS:
        group = Group(account.new_id(), name, now, now)
        account.groups[group.id] = group
    for user in list(account.users.values()):
        for group in list(account.groups.values())[1:]:
            # Both admins work everywhere, so that assigning to them moves no ticket.
            join(account, user.id, group.id)
    for name, email, group_name in AGENTS:
        group_id = group_named(account, group_name)
        user = account.add_user(
            User(account.new_id(), name, email, "agent", now, now, 0, default_group_id=group_id)
        )
        join(account, user.id, group_id, default=True)


def group_named(account: Account, name: str) -> int:
    """Return a group's id."""
    return next(group.id for group in account.groups.values() if group.name == name)


def field_named(account: Account, title: str) -> int:
    """Return a ticket field's id."""
    return next(field.id for field in account.ticket_fields.values() if field.title == title)

"""A new account: brand, form, statuses, system fields, an owner and the integration's agent."""

from __future__ import annotations

from sandbox.zendesk.oauth import Client, OAuth
from sandbox.zendesk.records import Field, Group, Json, Option, Status, User
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account
from sandbox.zendesk.users import join

SUBDOMAIN = "acme"
EMAIL = "hub@support.example"
API_TOKEN = "zd-api-token-0123456789abcdefghijklmnopqr"
OAUTH_TOKEN = "zd-oauth-token-0123456789abcdef0123456789abcdef"
CLIENT_ID = "support_sync_hub"
CLIENT_SECRET = "zd-client-secret-0123456789abcdef0123456789"

_STATUSES = [
    ("new", "New", "Open"),
    ("open", "Open", "Open"),
    ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "Open"),
    ("solved", "Solved", "Solved"),
]
_SYSTEM_FIELDS = [
    ("Subject", "subject"),
    ("Description", "description"),
    ("Status", "status"),
    ("Type", "tickettype"),
    ("Priority", "priority"),
    ("Group", "group"),
    ("Assignee", "assignee"),
    ("Ticket status", "custom_status"),
]


def found_account(account: Account, oauth: OAuth) -> None:
    """Give a blank account what every account has."""
    now = account.now()
    for position, (title, kind) in enumerate(_SYSTEM_FIELDS):
        key = account.new_id()
        account.ticket_fields[key] = Field(
            id=key, title=title, type=kind, created=now, updated=now, position=position,
            system=True, visible_in_portal=True, editable_in_portal=True, title_in_portal=title,
            description=title, options=_options(kind),
        )  # fmt: skip
    for category, agent_label, user_label in _STATUSES:
        key = account.new_id()
        account.statuses[key] = Status(key, category, agent_label, user_label, now, now, default=True)
    account.default_form = account.new_id()
    account.default_brand = account.new_id()
    account.forms[account.default_form] = _form(account, now)
    account.brands[account.default_brand] = _brand(account, now)
    group = Group(account.new_id(), "Support", now, now, default=True)
    account.groups[group.id] = group
    hub = _admin(account, "Support Hub", EMAIL, group.id)
    _admin(account, "Olivia Owner", "owner@support.example", group.id)
    client = Client(account.new_id(), CLIENT_ID, CLIENT_SECRET, "Support sync hub", hub.id,
                    ["http://127.0.0.1/callback", "http://localhost/callback"])  # fmt: skip
    oauth.clients[client.id] = client
    oauth.issue(client.id, hub.id, ["read", "write"], access=OAUTH_TOKEN)


def _admin(account: Account, name: str, email: str, group_id: int) -> User:
    now = account.now()
    user = account.add_user(
        User(account.new_id(), name, email, "admin", now, now, 0, default_group_id=group_id)
    )
    join(account, user.id, group_id, default=True)
    return user


def _options(kind: str) -> list[Option]:
    names = {
        "status": ("Open", "Pending", "Solved"),
        "tickettype": ("Question", "Incident", "Problem", "Task"),
        "priority": ("Low", "Normal", "High", "Urgent"),
    }.get(kind, ())
    return [Option(0, name, name.lower()) for name in names]


def _form(account: Account, now: int) -> Json:
    return {
        "id": account.default_form,
        "name": "Default ticket form",
        "raw_name": "Default ticket form",
        "display_name": "Default ticket form",
        "raw_display_name": "Default ticket form",
        "end_user_visible": True,
        "position": 1,
        "ticket_field_ids": [
            field.id for field in account.ticket_fields.values() if field.type != "custom_status"
        ],
        "active": True,
        "default": True,
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "end_user_conditions": [],
        "agent_conditions": [],
    }


def _brand(account: Account, now: int) -> Json:
    host = f"{account.subdomain}.zendesk.com"
    return {
        "id": account.default_brand,
        "name": "Acme",
        "brand_url": f"https://{host}",
        "subdomain": account.subdomain,
        "host_mapping": None,
        "has_help_center": True,
        "help_center_state": "enabled",
        "active": True,
        "default": True,
        "is_deleted": False,
        "logo": None,
        "ticket_form_ids": [account.default_form],
        "signature_template": "{{agent.signature}}",
        "created_at": stamp(now),
        "updated_at": stamp(now),
    }

"""The demo world as its two systems describe themselves, and a dialect plain enough to see through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors.email.observing import schema as conversation_schema
from hub.mapping import Mapping, bind, load
from hub.model import JIRA, SALESFORCE, ZENDESK
from hub.schema import Field, FieldType, Option, Schema

MAPPINGS = Path(__file__).parents[1] / "mappings"


def _options(*pairs: str) -> tuple[Option, ...]:
    """Each pair is `value=label`, or one word for both."""
    return tuple(Option(p.partition("=")[0], p.partition("=")[2] or p) for p in pairs)


def _fields(*rows: tuple[Any, ...]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field_id, name, kind, *rest in rows:
        extra: dict[str, Any] = rest[0] if rest else {}
        found[field_id] = Field(id=field_id, name=name, type=kind, **extra)
    return found


_ZENDESK_CUSTOM: tuple[tuple[str, FieldType, str], ...] = (
    ("Affected users", "number", "integer"),
    ("Customer blocked", "flag", "checkbox"),
    ("Workaround", "long", "textarea"),
    ("Environment", "text", "text"),
    ("Business impact", "long", "textarea"),
    ("Revenue at risk", "number", "decimal"),
    ("Promised to customer", "long", "textarea"),
    ("Steps to reproduce", "long", "textarea"),
    ("Product area", "choice", "tagger"),
    ("Severity", "choice", "tagger"),
    ("Needs engineering", "flag", "checkbox"),
    ("Components", "choices", "multiselect"),
    ("Go-live date", "date", "date"),
    ("Order reference", "text", "regexp"),
    ("Jira issue", "text", "text"),
    ("Engineering status", "text", "text"),
    ("Engineer", "text", "text"),
    ("Fix version", "text", "text"),
    ("Support score", "number", "integer"),
    ("Score label", "text", "text"),
    ("Escalation risk", "number", "decimal"),
    ("Score reasons", "long", "textarea"),
    ("Hand-off", "text", "text"),
    ("Hub context", "long", "textarea"),
    ("Fixed, not told", "flag", "checkbox"),
    ("Account", "long", "textarea"),
    ("Attention", "number", "integer"),
    ("Risk in words", "text", "text"),
    ("Risk reasons", "long", "textarea"),
    ("Customer SLA", "text", "text"),
    ("Customer SLA due", "text", "text"),
    ("Engineering OLA", "text", "text"),
    ("Engineering OLA due", "text", "text"),
    ("Why this deadline", "long", "textarea"),
    ("SLA pinned to", "text", "text"),
    ("Customer's tone", "text", "text"),
    ("Tone over the thread", "text", "text"),
    ("Signals", "text", "text"),
    ("Suggestions", "long", "textarea"),
    ("Same problem elsewhere", "long", "textarea"),
    ("Risk accepted", "flag", "checkbox"),
    ("Risk dismissed", "flag", "checkbox"),
    ("Risk snoozed until", "date", "date"),
    ("Verdict reason", "text", "text"),
    ("Wrong signals", "choices", "multiselect"),
)
SIGNALS = (
    "frustration", "urgency", "churn", "escalation_request", "production_down", "follow_up", "confusion",
    "gratitude", "closure",
)  # fmt: skip
_ZENDESK_OPTIONS = {
    "Wrong signals": _options(*(f"wrong_signals_{it}={it.replace('_', ' ').capitalize()}" for it in SIGNALS)),
    "Product area": _options(
        "product_checkout=Checkout",
        "product_billing=Billing",
        "product_api=API",
        "product_mobile=Mobile app",
        "product_reporting=Reporting",
    ),
    "Severity": _options(
        "sev_1=S1 - Down", "sev_2=S2 - Degraded", "sev_3=S3 - Minor", "sev_4=S4 - Question"
    ),
    "Components": _options(
        "comp_web=Web", "comp_backend=Backend", "comp_mobile=Mobile", "comp_data=Data"
    ),
}


def zendesk_schema() -> Schema:
    """Return the Zendesk side's fields."""
    ro = {"writable": False}
    fields = _fields(
        ("subject", "Subject", "text", {"limit": 150}),
        ("description", "Description", "rich", ro),
        ("status", "Status", "status", {"options": _options(
            "new=New", "open=Open", "pending=Pending", "hold=On-hold", "solved=Solved", "closed=Closed"
        )}),
        ("priority", "Priority", "choice", {"options": _options(
            "low=Low", "normal=Normal", "high=High", "urgent=Urgent"
        )}),
        ("type", "Type", "choice", {"options": _options(
            "question=Question", "incident=Incident", "problem=Problem", "task=Task"
        )}),
        ("tags", "Tags", "labels"),
        ("requester", "Requester", "person"),
        ("assignee", "Assignee", "person"),
        ("group", "Group", "choice", {"options": _options(
            "9001=Support", "9002=Tier 2", "9003=Billing desk"
        )}),
        ("created_at", "Created at", "instant", ro),
        ("sla:next_breach_at", "Next SLA breach", "instant", ro),
        ("organization.id", "Organization id", "text", ro),
        ("organization.name", "Organization", "text", ro),
        ("organization.external_id", "external_id", "text", ro),
        ("organization.domain_names", "domain_names", "labels", ro),
        ("organization.tier", "tier", "choice", {"writable": False, "options": _options(
            "tier_enterprise=Enterprise", "tier_business=Business", "tier_starter=Starter"
        )}),
        ("organization.arr", "arr", "number", ro),
        ("organization.currency", "currency", "text", ro),
        ("organization.renewal_date", "renewal_date", "date", ro),
        ("organization.health", "health", "choice", {"writable": False, "options": _options(
            "health_green=Green", "health_yellow=Yellow", "health_red=Red"
        )}),
        ("organization.segment", "segment", "text", ro),
        ("organization.csm", "csm", "text", ro),
        ("organization.region", "region", "text", ro),
        *(
            (str(360001 + n), name, kind, {
                "detail": detail,
                "limit": 65535 if kind in {"text", "long"} else None,
                "options": _ZENDESK_OPTIONS.get(name, ()),
            })
            for n, (name, kind, detail) in enumerate(_ZENDESK_CUSTOM)
        ),
    )
    return Schema(ZENDESK, fields, {"comment": 65535, "attachment": 50_000_000})


_JIRA_CUSTOM: tuple[tuple[str, FieldType, tuple[str, ...]], ...] = (
    ("Affected users", "number", ()),
    ("Severity", "choice", ("S1", "S2", "S3", "S4")),
    ("Product area", "choice", ("Checkout", "Billing", "API", "Mobile app", "Reporting")),
    ("Components affected", "choices", ("Web", "Backend", "Mobile", "Data")),
    ("Customer", "text", ()),
    ("Accounts", "labels", ()),
    ("Account tier", "choice", ("enterprise", "business", "starter")),
    ("ARR at risk", "number", ()),
    ("Renewal date", "date", ()),
    ("Customer SLA due", "instant", ()),
    ("Support score", "number", ()),
    ("Score label", "choice", ("low", "normal", "high", "urgent")),
    ("Escalation risk", "number", ()),
    ("Support tickets", "number", ()),
    ("Zendesk ticket", "text", ()),
    ("Steps to reproduce", "rich", ()),
    ("Support tier contact", "person", ()),
    ("Attention", "number", ()),
    ("Hand-off brief", "rich", ()),
    ("Engineering OLA due", "instant", ()),
    ("Engineering OLA", "choice", ("met", "paused", "ok", "soon", "breached")),
)


def jira_schema() -> Schema:
    """Return the Jira side's fields."""
    fields = _fields(
        ("summary", "Summary", "text", {"limit": 255, "required": True}),
        ("description", "Description", "rich", {"limit": 32767}),
        ("status", "Status", "status", {"options": _options(
            "1=To Do", "2=In Progress", "3=In Review", "4=Blocked", "5=Done"
        )}),
        ("priority", "Priority", "choice", {"options": _options(
            "Lowest", "Low", "Medium", "High", "Highest"
        )}),
        ("labels", "Labels", "labels"),
        ("assignee", "Assignee", "person"),
        ("reporter", "Reporter", "person"),
        ("project", "Project", "choice", {"options": _options("SUP", "OPS")}),
        ("issuetype", "Issue Type", "choice", {"options": _options("Bug", "Task")}),
        ("resolution", "Resolution", "choice", {"options": _options(
            "Done", "Won't Do", "Duplicate", "Cannot Reproduce"
        )}),
        ("fixVersions", "Fix versions", "choices"),
        ("property:support-hub", "Hub context", "json", {"limit": 32767}),
        *(
            (f"customfield_{10030 + n}", name, kind, {"options": _options(*options)})
            for n, (name, kind, options) in enumerate(_JIRA_CUSTOM)
        ),
    )
    return Schema(JIRA, fields, {"comment": 32767, "attachment": 10_000_000})


_LONG = {"limit": 32768}
_SALESFORCE_CUSTOM: tuple[tuple[str, FieldType, dict[str, Any]], ...] = (
    ("Tags__c", "long", _LONG),
    ("Support_Status__c", "choice", {"options": _options("new", "open", "pending", "hold", "solved", "closed")}),
    ("Support_Priority__c", "choice", {"options": _options("low", "normal", "high", "urgent")}),
    ("Helpdesk_Ticket__c", "text", {"limit": 255}),
    ("Affected_Users__c", "number", {}),
    ("Customer_Blocked__c", "flag", {}),
    ("Workaround__c", "long", _LONG),
    ("Environment__c", "long", _LONG),
    ("Business_Impact__c", "long", _LONG),
    ("Revenue_at_Risk__c", "number", {}),
    ("Promised_to_Customer__c", "long", _LONG),
    ("Steps_to_Reproduce__c", "long", _LONG),
    ("Product_Area__c", "choice", {"options": _options("Checkout", "Billing", "API", "Mobile app", "Reporting")}),
    ("Severity__c", "choice", {"options": _options("S1", "S2", "S3", "S4")}),
    ("Components__c", "choices", {"options": _options("Web", "Backend", "Mobile", "Data")}),
    ("Needs_Engineering__c", "flag", {}),
    ("Go_Live_Date__c", "date", {}),
    ("Support_Score__c", "number", {}),
    ("Score_Label__c", "text", {"limit": 16}),
    ("Escalation_Risk__c", "number", {}),
    ("Score_Reasons__c", "long", _LONG),
    ("Attention__c", "number", {}),
    ("Risk_Told__c", "text", {"limit": 255}),
    ("Risk_Reasons__c", "long", _LONG),
    ("Customer_SLA_Due__c", "instant", {}),
    ("Customer_SLA__c", "text", {"limit": 16}),
    ("Engineering_OLA_Due__c", "instant", {}),
    ("Engineering_OLA__c", "text", {"limit": 16}),
    ("SLA_Why__c", "long", _LONG),
    ("Customer_Tone__c", "text", {"limit": 16}),
    ("Tone_Trend__c", "text", {"limit": 16}),
    ("Signals__c", "text", {"limit": 255}),
    ("Hand_off_Brief__c", "long", _LONG),
    ("Suggestions__c", "long", _LONG),
    ("Same_Problem__c", "long", _LONG),
    ("SLA_Pinned_To__c", "instant", {}),
    ("Risk_Accepted__c", "flag", {}),
    ("Risk_Dismissed__c", "flag", {}),
    ("Risk_Snoozed_Until__c", "date", {}),
    ("Verdict_Reason__c", "text", {"limit": 255}),
    ("Wrong_Signals__c", "choices", {"options": _options(*SIGNALS)}),
    ("Engineering_Issues__c", "text", {"limit": 255}),
    ("Engineering_Status__c", "text", {"limit": 255}),
    ("Engineer__c", "text", {"limit": 255}),
    ("Fix_Version__c", "text", {"limit": 255}),
    ("SLA_Due__c", "instant", {}),
    ("SLA_State__c", "text", {"limit": 16}),
    ("Last_Contact__c", "instant", {}),
    ("Fixed_Not_Told__c", "flag", {}),
    ("Hand_off__c", "text", {"limit": 255}),
    ("Support_Context__c", "long", {"limit": 131072}),
    ("Hub_Copy__c", "long", {"limit": 131072}),
)


def salesforce_schema() -> Schema:
    """Return the Salesforce side's fields of a Case."""
    fields = _fields(
        ("Subject", "Subject", "text", {"limit": 255}),
        ("Description", "Description", "long", {"limit": 32000}),
        ("Status", "Status", "status", {"options": _options("New", "Working", "Escalated", "Closed")}),
        ("Priority", "Priority", "choice", {"options": _options("High", "Medium", "Low")}),
        ("Type", "Type", "choice", {"options": _options("Question", "Problem", "Feature Request")}),
        ("Origin", "Case Origin", "choice", {"options": _options("Phone", "Email", "Web", "Zendesk", "Jira")}),
        ("AccountId", "Account ID", "text", {"limit": 18}),
        ("ContactId", "Contact ID", "text", {"limit": 18}),
        ("requester", "Requester", "person"),
        *((name, name.removesuffix("__c").replace("_", " "), kind, more) for name, kind, more in _SALESFORCE_CUSTOM),
    )
    return Schema(SALESFORCE, fields, {"comment": 4000})


def accounts_schema() -> Schema:
    """Return the Salesforce side's fields of an Account."""
    ro = {"writable": False}
    fields = _fields(
        ("Name", "Account Name", "text", {"limit": 255}),
        ("Tier__c", "Tier", "choice", {"options": _options("enterprise", "business", "starter")}),
        ("ARR__c", "ARR", "number"),
        ("currency", "Currency", "text", ro),
        ("renewal", "Renewal", "date", ro),
        ("Health__c", "Health", "choice", {"options": _options("green", "yellow", "red")}),
        ("Segment__c", "Segment", "text", {"limit": 80}),
        ("Region__c", "Region", "text", {"limit": 80}),
        ("CSM__c", "CSM", "person"),
        ("parent", "Parent", "text", ro),
        ("opportunities", "Open opportunities", "text", ro),
        ("Open_Tickets__c", "Open Tickets", "number"),
        ("Worst_Escalation_Risk__c", "Worst Escalation Risk", "number"),
        ("Worst_Ticket__c", "Worst Ticket", "text", {"limit": 255}),
        ("Sentiment_Trend__c", "Sentiment Trend", "text", {"limit": 16}),
        ("Last_Contact__c", "Last Contact", "instant"),
        ("Engineering_Status__c", "Engineering Status", "text", {"limit": 255}),
        ("Fix_Version__c", "Fix Version", "text", {"limit": 255}),
        ("SLA_State__c", "SLA State", "text", {"limit": 16}),
        ("Fixed_Not_Told__c", "Fixed, Not Told", "number"),
        ("Support_Summary__c", "Support Summary", "long", _LONG),
        ("Support_Health__c", "Support Health", "number"),
        ("Support_Attention__c", "Attention", "number"),
    )
    return Schema(SALESFORCE, fields)


def email_schema() -> Schema:
    """Return the mail side's fields of a conversation, with two addresses of ours."""
    return conversation_schema({"support@acme.example": "Support", "billing@acme.example": "Billing desk"})


SCHEMAS = {
    "zendesk": zendesk_schema(),
    "jira": jira_schema(),
    "salesforce": salesforce_schema(),
    "accounts": accounts_schema(),
    "email": email_schema(),
}
"""By the names of the mapping files."""


class PlainDialect:
    """Formatted text that is its own Markdown; the hub's block stands between two marks at the end."""

    _OPEN, _CLOSE = "\n\n⟦hub⟧\n", "\n⟦/hub⟧"

    def to_markdown(self, raw: Any) -> str:
        return str(raw or "").partition(self._OPEN)[0].strip()

    def from_markdown(self, markdown: str, onto: Any) -> Any:
        return self.with_block(self.block(onto), markdown)

    def block(self, raw: Any) -> str:
        return str(raw or "").partition(self._OPEN)[2].removesuffix(self._CLOSE)

    def with_block(self, block: str, onto: Any) -> Any:
        body = self.to_markdown(onto)
        return f"{body}{self._OPEN}{block}{self._CLOSE}" if block else body


def demo_mapping(system: str) -> Mapping:
    """Return the demo mapping of a system (or of accounts), bound to its schema."""
    name = f"{system}.yaml"
    file = load((MAPPINGS / name).read_text("utf-8"), f"mappings/{name}")
    return bind(file, SCHEMAS[system], PlainDialect())

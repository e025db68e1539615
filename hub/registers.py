"""
The closed catalogue of registers: every value that a ticket can hold, and what kind of value it is.

`custom.<name>` is the one open door: its kind comes from the mapping file that names it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal[
    "text", "markdown", "choice", "labels", "number", "flag", "instant", "date", "person", "reference"
]
Group: TypeAlias = Literal["people", "context", "account", "derived"]
"""Typed by people; the customer's impact; what the account is; computed by the hub or read from one side."""

CUSTOM = "custom."


class Register(msgspec.Struct, frozen=True):
    """One mergeable value of a ticket."""

    name: str
    kind: Kind
    label: str
    """What people call it."""
    group: Group
    editable: bool = True
    """People may change it in a field of a side; else it is only read there or only written."""
    options: tuple[str, ...] = ()
    """The values of a choice, from least to worst; empty: any word, as the mapping files list them."""


def _register(
    name: str, kind: Kind, label: str, group: Group, *options: str, editable: bool | None = None
) -> Register:
    by_people = group in {"people", "context"} if editable is None else editable
    return Register(name, kind, label, group, by_people, options)


_TYPES = ("question", "incident", "problem", "task")
_CLOCK = ("met", "paused", "ok", "soon", "breached")
DONE = ("solved", "closed")
"""Statuses in which nothing is left to do."""
_STATES = ("new", "open", "pending", "hold", "solved", "closed")
_ALL = (
    _register("subject", "text", "Subject", "people"),
    _register("description", "markdown", "Description", "people"),
    _register("status", "choice", "Status", "people", *_STATES),
    _register("priority", "choice", "Priority", "people", "low", "normal", "high", "urgent"),
    _register("type", "choice", "Type", "people", *_TYPES),
    _register("tags", "labels", "Tags", "people"),
    _register("requester", "person", "Requester", "people"),
    _register("assignee", "person", "Assignee", "people"),
    _register("group", "choice", "Group", "people"),
    _register("engineer", "person", "Engineer", "people"),
    _register("impact.affected_users", "number", "Affected users", "context"),
    _register("impact.blocked", "flag", "Customer blocked", "context"),
    _register("impact.workaround", "text", "Workaround", "context"),
    _register("impact.environment", "text", "Environment", "context"),
    _register("impact.business_impact", "text", "Business impact", "context"),
    _register("impact.revenue_at_risk", "number", "Revenue at risk", "context"),
    _register("impact.promised_to_customer", "text", "Promised to customer", "context"),
    _register("impact.steps_to_reproduce", "text", "Steps to reproduce", "context"),
    _register("product_area", "choice", "Product area", "context"),
    _register("severity", "choice", "Severity", "context", "s4", "s3", "s2", "s1"),
    _register("components", "labels", "Components", "context"),
    _register("needs_engineering", "flag", "Needs engineering", "context"),
    _register("go_live_date", "date", "Go-live date", "context"),
    # How the customer wrote, to which of our addresses, in which language, and with whom.
    _register("channel", "choice", "Channel", "context", editable=False),
    _register("language", "text", "Language", "context", editable=False),
    _register("recipients", "labels", "Written to", "context", editable=False),
    _register("merged_into", "text", "Merged into", "people", editable=False),
    _register("followers", "labels", "Followers", "context"),
    # What a helpdesk knows of the customer: by these an account is found.
    _register("organization.id", "text", "Organization id", "derived"),
    _register("organization.name", "text", "Organization", "derived"),
    _register("organization.external_id", "text", "Organization's external id", "derived"),
    _register("organization.domains", "labels", "Organization's domains", "derived"),
    # The CRM's account and contact; people may choose another one there.
    _register("account.id", "text", "Account id", "account", editable=True),
    _register("account.contact", "text", "Contact id", "account", editable=True),
    _register("account.name", "text", "Account", "account"),
    _register("account.tier", "choice", "Account tier", "account"),
    _register("account.arr", "number", "Annual recurring revenue", "account"),
    _register("account.currency", "text", "Currency", "account"),
    _register("account.renewal_date", "date", "Renewal date", "account"),
    _register("account.health", "choice", "Account health", "account", "green", "yellow", "red"),
    _register("account.segment", "text", "Segment", "account"),
    _register("account.csm", "person", "Customer success manager", "account"),
    _register("account.region", "text", "Region", "account"),
    _register("account.parent", "text", "Parent account", "account"),
    _register("account.opportunities", "text", "Open opportunities", "account"),
    # What makes two tickets the same customer's, and a sum of money that can be added to another.
    _register("account.summary", "text", "Account at a glance", "derived"),
    _register("account.key", "text", "Account key", "derived"),
    _register("account.arr_reported", "number", "Annual recurring revenue, one currency", "derived"),
    _register("score.priority", "number", "Support score", "derived"),
    _register("score.label", "choice", "Score label", "derived", "low", "normal", "high", "urgent"),
    _register("score.escalation_risk", "number", "Escalation risk", "derived"),
    _register("score.reasons", "text", "Score reasons", "derived"),
    _register("score.attention", "number", "Attention", "derived"),
    _register("score.risk_told", "text", "Escalation risk in words", "derived"),
    _register("score.risk_reasons", "text", "Why it may escalate", "derived"),
    _register("opened_at", "instant", "Opened", "derived"),
    # The contract's own deadline, as the helpdesk states it; then the hub's two clocks (`sla.yaml`).
    _register("sla.due", "instant", "SLA due", "derived"),
    _register("sla.customer_due", "instant", "Customer SLA due", "derived"),
    _register("sla.customer_state", "choice", "Customer SLA", "derived", *_CLOCK),
    _register("sla.engineering_due", "instant", "Engineering OLA due", "derived"),
    _register("sla.engineering_state", "choice", "Engineering OLA", "derived", *_CLOCK),
    _register("sla.why", "text", "Why this deadline", "derived"),
    _register("sla.pinned", "instant", "SLA pinned to", "people"),
    _register("sla.state", "choice", "SLA state", "derived", "ok", "soon", "breached"),
    _register("support.ticket_url", "text", "Helpdesk ticket", "derived"),
    # The status and the priority themselves, for a side whose own fields have fewer words for them.
    _register("support.status", "choice", "Support status", "derived", *_STATES),
    _register("support.priority", "choice", "Support priority", "derived", "low", "normal", "high", "urgent"),
    _register("support.last_contact", "instant", "Last contact", "derived"),
    _register("support.fixed_not_told", "flag", "Fixed, customer not told", "derived"),
    _register("support.tone", "choice", "Customer's tone", "derived", "good", "neutral", "bad"),
    _register("support.tone_trend", "choice", "Tone over the thread", "derived", "better", "steady", "worse"),
    _register("support.signals", "labels", "Signals", "derived"),
    _register("support.brief", "markdown", "Hand-off brief", "derived"),
    # What text and likeness suggest; people decide.
    _register("suggested.type", "choice", "Suggested type", "derived", *_TYPES),
    _register("suggested.product_area", "text", "Suggested product area", "derived"),
    _register("suggested.team", "text", "Suggested team", "derived"),
    _register("suggested.tags", "labels", "Suggested tags", "derived"),
    _register("suggested.why", "text", "Why suggested", "derived"),
    _register("incident.told", "text", "Same problem elsewhere", "derived"),
    # What people say of a prediction; `hub learn` learns from it.
    _register("feedback.accepted", "flag", "Risk accepted", "people"),
    _register("feedback.dismissed", "flag", "Risk dismissed", "people"),
    _register("feedback.snoozed_until", "date", "Risk snoozed until", "people"),
    _register("feedback.reason", "text", "Verdict reason", "people"),
    _register("feedback.not_signals", "labels", "Signals that are wrong", "people"),
    _register("engineering.status", "text", "Engineering status", "derived"),
    # People link a ticket to an issue by typing its key into the field that shows the links.
    _register("engineering.issues", "reference", "Engineering issues", "derived", editable=True),
    _register("engineering.fix_version", "text", "Fix version", "derived"),
    _register("handoff.state", "text", "Hand-off", "derived"),
    _register("tickets.count", "number", "Support tickets", "derived"),
    # Of an account, over its open tickets: `accounts` of a mapping file shows them there.
    _register("support.open_tickets", "number", "Open tickets", "derived"),
    _register("support.worst_risk", "number", "Worst escalation risk", "derived"),
    _register("support.worst_ticket", "text", "Worst ticket", "derived"),
    _register("support.sentiment_trend", "choice", "Sentiment trend", "derived", "better", "steady", "worse"),
    _register("support.engineering_status", "text", "Engineering status", "derived"),
    _register("support.fix_version", "text", "Fix version", "derived"),
    _register("support.untold_fixes", "number", "Fixed, customer not told", "derived"),
    _register("support.summary", "text", "Support summary", "derived"),
    _register("support.health", "number", "Support health", "derived"),
    _register("support.attention", "number", "Attention", "derived"),
    _register("context.block", "markdown", "Context block", "derived"),
    _register("context.copy", "text", "Machine copy of the context", "derived"),
)

REGISTERS: Mapping[str, Register] = MappingProxyType({r.name: r for r in _ALL})
"""Every register but the custom ones, in the order in which people should see them."""

CONTEXT: tuple[str, ...] = tuple(r.name for r in _ALL if r.group in {"context", "account"})
"""What a hand-off must not lose."""
_CONTEXT = frozenset(CONTEXT)
BESIDE = (
    "type", "group", "requester", "assignee", "sla.due", "opened_at", "sla.pinned", "feedback.accepted",
    "feedback.dismissed", "feedback.snoozed_until", "feedback.reason", "feedback.not_signals",
)  # fmt: skip
"""What the context block tells beside the context itself, where it has no field of its own."""
UNHELD = ("context.block", "context.copy", "support.brief", "score.reasons", "score.risk_reasons")
"""Registers that no ticket holds: there is no wording of them for everybody."""
PER_SIDE = (*UNHELD, "sla.why", "support.signals", "suggested.why", "incident.told")
"""Registers that are worded for the readers of each side (`hub.telling`)."""


def find(name: str, custom: Kind = "text") -> Register | None:
    """Return the register of that name, `custom.<name>` with the kind given; None if there is none."""
    known = REGISTERS.get(name)
    if known is not None:
        return known
    own = name.removeprefix(CUSTOM)
    if own == name or not own.replace("_", "a").isalnum() or own != own.lower():
        return None
    return Register(name, custom, own.replace("_", " ").capitalize(), "context")


def is_context(name: str) -> bool:
    """Whether a hand-off must carry this register."""
    return name in _CONTEXT or name.startswith(CUSTOM)


def nearest(word: str, words: Iterable[str], prefix: str = "") -> str:
    """Return a question after the closest of these words, or nothing if none is close."""
    by_fold = {w.casefold(): w for w in words}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    # `score.risk` is short for one name of its family, though others are spelled more alike.
    family, _, own = word.casefold().rpartition(".")
    longer = [w for w in by_fold if family and w.startswith(f"{family}.") and own in w]
    longer = [w for w in longer if w.endswith(own)] or longer
    close = longer if len(longer) == 1 else close
    return f"; did you mean `{prefix}{by_fold[close[0]]}`?" if close else ""


def is_text(name: str) -> bool:
    """Whether the register holds prose, which people rewrite rather than choose."""
    register = find(name)
    return register is not None and register.kind in {"text", "markdown"}


def label_of(name: str) -> str:
    """Return what people call a register."""
    register = find(name)
    return register.label if register else name

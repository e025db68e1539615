"""The named factors that the reasons of a risk are told in, and which of them a value belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from hub.registers import label_of

URGENCY = "customer urgency"
HISTORY = "customer history"
RESPONSE = "responsiveness"
ACTIVITY = "case activity"
AGE = "case age"
PEOPLE = "people and teams"
PRODUCT = "product and category"
TEXT = "text signals"
VALUE = "account value"
WORKLOAD = "workload"
TIMING = "timing"
RULE = "rule"

GROUPS: Mapping[str, str] = {
    URGENCY: "How urgent it is for the customer",
    HISTORY: "What the customer's tickets came to before",
    RESPONSE: "How well it was answered",
    ACTIVITY: "How much happened on it",
    AGE: "How long it is open",
    PEOPLE: "Who has it, and how often it was passed on",
    PRODUCT: "What it is about",
    TEXT: "What was said",
    VALUE: "Who the customer is",
    WORKLOAD: "How busy its team is",
    TIMING: "When it happened",
    RULE: "What the rule of scoring.yaml says",
}
"""Every factor, and how a person would say it."""

_BY_REGISTER: Mapping[str, str] = {
    "priority": URGENCY,
    "severity": URGENCY,
    "urgency": URGENCY,
    "impact": URGENCY,
    "go_live_date": URGENCY,
    "sla.state": RESPONSE,
    "sla.due": RESPONSE,
    "status": ACTIVITY,
    "account": HISTORY,
    "requester": HISTORY,
    "account.tier": VALUE,
    "account.segment": VALUE,
    "account.health": VALUE,
    "account.arr": VALUE,
    "account.renewal_date": VALUE,
    "assignee": PEOPLE,
    "actor": PEOPLE,
    "group": PEOPLE,
    "engineer": PEOPLE,
    "line": PEOPLE,
}


def group_of(register: str) -> str:
    """Return the factor that a register belongs to; what nobody knows is about the product."""
    known = _BY_REGISTER.get(register)
    if known is not None:
        return known
    family = register.partition(".")[0]
    return {"impact": URGENCY, "account": VALUE, "sla": RESPONSE, "organization": HISTORY}.get(
        family, PRODUCT
    )


_SAYS: Mapping[str, str] = {
    "rule": "what scoring.yaml says",
    "age": "its age",
    "in_status": "how long it has its status",
    "events": "how much happened",
    "pace": "how fast things happen",
    "statuses": "how often its status changed",
    "reopened": "that it was reopened",
    "customer_said": "how much the customer wrote",
    "we_said": "how much we answered",
    "notes": "how much was noted",
    "asked_again": "that the customer had to ask again",
    "first_answer": "how long the first answer took",
    "since_customer": "how long ago the customer wrote",
    "since_ours": "how long ago we answered",
    "waiting": "how long the customer waits",
    "breached": "that a deadline was missed",
    "reassigned": "how often it went to somebody else",
    "moved": "how often it went to another group",
    "returned": "that it came back to a group",
    "agents": "how many of ours worked on it",
    "teams": "how many groups had it",
    "priority": "its priority",
    "severity": "its severity",
    "raised": "that it was made more urgent",
    "lowered": "that it was made less urgent",
    "since_raised": "how long ago it was made more urgent",
    "hour_sin": "the hour",
    "hour_cos": "the hour",
    "weekend": "the weekend",
    "mood": "the customer's latest tone",
    "mood_lowest": "the customer's worst tone",
    "mood_trend": "how the tone moves",
    "negatives": "how often the customer was unhappy",
}
_OF_OTHERS: Mapping[str, str] = {
    "rate": "what tickets of the same {} came to",
    "share": "how common its {} is",
    "slow": "how long tickets of the same {} take",
    "open": "how many of the same {} are open",
    "number": "its {}",
    "hours": "the time to its {}",
}
_CALLED: Mapping[str, str] = {"account": "customer", "actor": "last editor"}


def says_of(column: str) -> str:
    """Return how a person would call a column."""
    known = _SAYS.get(column)
    if known is not None:
        return known
    if column.startswith("says_"):
        return f"that the customer's words tell of {column.removeprefix('says_').replace('_', ' ')}"
    register, _, what = column.partition(":")
    name = _CALLED.get(register) or label_of(register).lower()
    return _OF_OTHERS[what.rpartition(":")[2]].format(name)

"""What stands on each side, in words that can be compared: read from the stand-ins, never from the hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.chaos.stage import House
from tests.properties.sides import _plain as words_of

TOKEN = re.compile(r"case-(\d+)q")
PRIORITY_JIRA = {"Lowest": "low", "Low": "low", "Medium": "normal", "High": "high", "Highest": "urgent"}
PRIORITY_CASE = {"Low": "low", "Medium": "normal", "High": "high"}
SEVERITY = {"s1": "S1 - Down", "s2": "S2 - Degraded", "s3": "S3 - Minor", "s4": "S4 - Question"}
AREA = {
    "checkout": "Checkout",
    "billing": "Billing",
    "api": "API",
    "mobile": "Mobile app",
    "reporting": "Reporting",
}
_SAME = {name: name for name in ("low", "normal", "high", "urgent")}
_CASES_OWN = ("s1", "s2", "s3", "s4")

FIELDS: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    # register: side -> (field as people name it, hub's value -> what is typed there)
    "subject": {"zendesk": ("subject", {}), "jira": ("summary", {}), "salesforce": ("Subject", {})},
    "impact.business_impact": {
        "zendesk": ("Business impact", {}), "salesforce": ("Business_Impact__c", {}),
    },
    "impact.workaround": {"zendesk": ("Workaround", {}), "salesforce": ("Workaround__c", {})},
    "impact.environment": {"zendesk": ("Environment", {}), "salesforce": ("Environment__c", {})},
    "impact.promised_to_customer": {
        "zendesk": ("Promised to customer", {}), "salesforce": ("Promised_to_Customer__c", {}),
    },
    "impact.affected_users": {
        "zendesk": ("Affected users", {}), "jira": ("Affected users", {}), "salesforce": ("Affected_Users__c", {}),
    },
    "go_live_date": {"zendesk": ("Go-live date", {}), "salesforce": ("Go_Live_Date__c", {})},
    "priority": {
        "zendesk": ("priority", _SAME),
        "jira": ("priority", {"low": "Low", "normal": "Medium", "high": "High", "urgent": "Highest"}),
        "salesforce": ("Priority", {"low": "Low", "normal": "Medium", "high": "High"}),
    },
    "severity": {
        "zendesk": ("Severity", SEVERITY),
        "jira": ("Severity", {name: name.upper() for name in _CASES_OWN}),
        "salesforce": ("Severity__c", {name: name.upper() for name in _CASES_OWN}),
    },
    "product_area": {
        "zendesk": ("Product area", AREA), "jira": ("Product area", AREA), "salesforce": ("Product_Area__c", AREA),
    },
}  # fmt: skip
EXACT = tuple(name for name, sides in FIELDS.items() if not any(words for _, words in sides.values()))
"""Registers in which every typed value is unlike any other, so that its fate can be followed."""


class Sight:
    """Finds a story's replicas, and reads them. Hold the house's lock."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._account: Any = house.zendesk.state
        self._site: Any = house.jira.state
        self._org: Any = house.salesforce.state
        self.tickets: dict[int, list[int]] = {}
        self.issues: dict[int, list[int]] = {}
        self.cases: dict[int, list[str]] = {}
        self._known: set[tuple[str, Any]] = set()
        self._titles = {one.title: one for one in self._account.ticket_fields.values()}
        self._names = {one.name: one for one in self._site.fields.values()}

    # where a ticket is ------------------------------------------------------------------------------

    def look_around(self) -> None:
        """Take in what has come to be since the last time, whoever made it."""
        self._take("zendesk", self._account.tickets, self.tickets, lambda it: it.description)
        texts = self._site.issues
        self._take("jira", texts, self.issues, lambda it: words_of(it.values.get("description") or ""))
        self._take("salesforce", self._org.rows["Case"], self.cases, lambda row: row.get("Description") or "")

    def _take(self, side: str, rows: Any, into: dict[int, list[Any]], text: Any) -> None:
        for key in reversed(rows):
            if (side, key) in self._known:
                break
            self._known.add((side, key))
            found = TOKEN.search(text(rows[key]))
            if found:
                into.setdefault(int(found[1]), []).append(key)

    def ticket(self, story: int) -> Any:
        """The Zendesk ticket that people know as this story; None: there is none (any more)."""
        for number in self.tickets.get(story, ()):
            it = self._account.tickets.get(number)
            if it is not None and it.deleted is None:
                return it
        return None

    def issue(self, story: int) -> Any:
        return next(
            (self._site.issues[k] for k in self.issues.get(story, ()) if k in self._site.issues), None
        )

    def case(self, story: int) -> Any:
        rows = (self._org.rows["Case"].get(key) for key in self.cases.get(story, ()))
        return next((row for row in rows if row is not None and not row.get("IsDeleted")), None)

    def on(self, side: str, story: int) -> Any:
        return {"zendesk": self.ticket, "jira": self.issue, "salesforce": self.case}[side](story)

    # fields -----------------------------------------------------------------------------------------

    def shows(self, side: str, register: str, it: Any) -> str | None:
        """What a replica shows in a register, in the hub's words; None: nothing."""
        if side not in FIELDS[register] or it is None:
            return None
        name, _ = FIELDS[register][side]
        raw = {"zendesk": self._on_ticket, "jira": self._on_issue, "salesforce": self._on_case}[side](
            it, name
        )
        if raw is None or raw == "":
            return None
        return self._in_our_words(side, register, raw)

    def _in_our_words(self, side: str, register: str, raw: Any) -> str:
        if register == "impact.affected_users":
            return str(int(float(raw)))
        if register == "priority" and side == "jira":
            return PRIORITY_JIRA[str(raw)]
        words = FIELDS[register][side][1]
        return next((ours for ours, theirs in words.items() if theirs == raw), str(raw))

    def _on_ticket(self, it: Any, name: str) -> Any:
        if name in self._titles and name not in ("Priority", "Subject"):
            field = self._titles[name]
            held = it.values.get(field.id)
            return next((o.name for o in field.options if o.value == held), held)
        return getattr(it, name)

    def _on_issue(self, it: Any, name: str) -> Any:
        if name == "priority":
            held = it.values.get("priority")
            return self._site.priorities[held].name if held in self._site.priorities else held
        if name == "summary":
            return it.values.get("summary")
        field = self._names[name]
        held = it.values.get(field.id)
        return next((o.value for o in field.options if o.id == held), held)

    def _on_case(self, it: Any, name: str) -> Any:
        return it.get(name)

    def issue_field(self, it: Any, name: str) -> Any:
        return self._on_issue(it, name)

    def ticket_field(self, it: Any, name: str) -> Any:
        return self._on_ticket(it, name)

    def status(self, side: str, it: Any) -> str:
        if side == "zendesk":
            return str(it.status)
        return str(self._site.statuses[it.status].name) if side == "jira" else str(it["Status"])

    # what is said -----------------------------------------------------------------------------------

    def said(self, side: str, it: Any) -> Iterator[tuple[str, bool]]:
        """Every comment (but the description) with whether customers can read it."""
        if side == "zendesk":
            for one in it.comments[1:]:
                yield (one.source if one.source is not None else one.html), one.public
        elif side == "jira":
            for one in it.comments:
                yield words_of(one.body), False
        else:
            for row in self._org.find("CaseComment", "ParentId", it["Id"]):
                yield row["CommentBody"], bool(row["IsPublished"])

    def files(self, side: str, it: Any) -> list[tuple[str, bool]]:
        """Every file with whether customers can open it."""
        if side == "zendesk":
            return [(f.name, one.public) for one in it.comments for f in one.attachments if not f.deleted]
        if side == "jira":
            return [(f.filename, False) for f in it.attachments]
        found: list[tuple[str, bool]] = []
        for link in self._org.find("ContentDocumentLink", "LinkedEntityId", it["Id"]):
            document = self._org.row("ContentDocument", link["ContentDocumentId"])
            if document is not None and not document.get("IsDeleted"):
                version = self._org.row("ContentVersion", document["LatestPublishedVersionId"])
                found.append((str(version["PathOnClient"]), False))
        return found

    def got(self, address: str) -> list[Any]:
        """The support's mails that one got, raw."""
        box = self.house.email.office.anybody(address).mailbox("INBOX")
        return list(box.mails)

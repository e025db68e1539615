"""What people do on each side, and what they see there: by the vendors' own rules, not by the hub's."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from tests.world import World

PRIORITY = {"Lowest": "low", "Low": "low", "Medium": "normal", "High": "high", "Highest": "urgent"}
SHOWS_STATUS = {  # what an engineer may see while the ticket is in this state
    "new": {"To Do", "In Progress", "In Review"},
    "open": {"To Do", "In Progress", "In Review"},
    "pending": {"To Do", "In Progress", "In Review"},
    "hold": {"Blocked"},
    "solved": {"Done"},
    "closed": {"Done"},
}
HANDED_OVER: dict[str, Any] = {
    "Needs engineering": True,
    "Affected users": 3,
    "Environment": "production",
    "Steps to reproduce": "1. click",
    "Severity": "S2 - Degraded",
    "Product area": "API",
}


class Zendesk:
    """Agents and customers."""

    def __init__(self, world: World) -> None:
        self._do = world.zendesk.person
        self._vendor = world.zendesk

    def create(self, subject: str, **fields: Any) -> int:
        made = self._do(
            "create", subject=subject, body=f"about {subject}", **{**HANDED_OVER, **fields}
        )
        return int(made["ticket"])

    def set(self, ticket: int, **fields: Any) -> bool:
        """Set fields; False where Zendesk itself refuses (a closed ticket, a priority taken away)."""
        with suppress(ValueError, LookupError):
            _ = self._do("set", ticket=ticket, **fields)
            return True
        return False

    def say(self, ticket: int, text: str, *, public: bool) -> bool:
        with suppress(ValueError, LookupError):
            _ = self._do("comment", ticket=ticket, body=text, public=public)
            return True
        return False

    def see(self, ticket: int) -> dict[str, Any]:
        return dict(self._do("show", ticket=ticket))

    def texts(self, ticket: int, *, public: bool | None = None) -> list[str]:
        """Every comment of people's but the description, as text."""
        said = [c for c in self.see(ticket)["comments"][1:] if not is_conflict_note(c["body"])]
        return [c["body"] for c in said if public is None or c["public"] is public]


class Jira:
    """Engineers."""

    def __init__(self, world: World) -> None:
        self._do = world.jira.person
        self._site = world.jira.state

    def keys(self) -> list[str]:
        return sorted(issue.key for issue in self._site.issues.values())

    def issue(self, key: str) -> Any:
        return self._site.issue(key)

    def set(self, key: str, **fields: Any) -> None:
        _ = self._do("set_fields", issue=key, fields=fields)

    def say(self, key: str, text: str, *, customer: bool = False) -> str:
        return str(self._do("comment", issue=key, body=text, customer=customer)["id"])

    def move_to(self, key: str, status: str) -> bool:
        """Take one transition that leads there, if the workflow has one from here."""
        extra = {"resolution": "Done"} if status == "Done" else {}
        with suppress(ValueError):
            _ = self._do("transition", issue=key, to=status, **extra)
            return True
        return False

    def see(self, key: str) -> dict[str, Any]:
        issue = self.issue(key)
        fields = issue.values
        return {
            "subject": fields.get("summary"),
            "priority": self._named(self._site.priorities, fields.get("priority")),
            "status": self._site.statuses[issue.status].name,
            "labels": sorted(w for w in fields.get("labels") or [] if not w.startswith("hub-")),
        }

    def _named(self, table: Any, key: Any) -> str | None:
        return table[key].name if key in table else key

    def custom(self, key: str, name: str) -> Any:
        """What a field of an issue shows, by the field's name."""
        field = next(f for f in self._site.fields.values() if f.name == name)
        held = self.issue(key).values.get(field.id)
        return {o.id: o.value for o in field.options}.get(held, held)

    def texts(self, key: str) -> list[str]:
        """Every comment of people's, as text."""
        said = [_plain(comment.body) for comment in self.issue(key).comments]
        return [text for text in said if not is_conflict_note(text)]


class Salesforce:
    """Reps."""

    def __init__(self, world: World) -> None:
        self._do = world.salesforce.person
        self._org = world.salesforce.state

    def create(self, kind: str, **fields: Any) -> str:
        return str(self._do("create", object=kind, **fields)["id"])

    def set(self, record: str, **fields: Any) -> bool:
        with suppress(ValueError, LookupError):
            _ = self._do("set_fields", record=record, **fields)
            return True
        return False

    def say(self, case: str, text: str, *, public: bool) -> None:
        _ = self._do("comment", record=case, body=text, public=public)

    def cases(self) -> list[str]:
        rows = self._org.rows["Case"].values()
        return sorted(row["Id"] for row in rows if not row.get("IsDeleted"))

    def see(self, record: str) -> Any:
        kind = self._org.object_of(record)
        row = self._org.row(kind.name, record)
        return {f.name: self._org.value(kind.name, row, f.name) for f in kind.fields.values()}

    def texts(self, case: str, *, public: bool | None = None) -> list[str]:
        rows = [r for r in self._org.rows["CaseComment"].values() if r["ParentId"] == case]
        shown = [r for r in rows if not r.get("IsDeleted") and (public is None or r["IsPublished"] is public)]
        return [r["CommentBody"] for r in shown if not is_conflict_note(r["CommentBody"])]


_NOTES = ("Conflict to settle", "Conflict settled", "No conflict to settle")


def is_conflict_note(text: str) -> bool:
    """Whether the hub itself says this, of a conflict."""
    return shown(text).startswith(_NOTES)


def shown(text: str) -> str:
    """A comment's text as people read it, without its marks."""
    return re.sub(r"<[^>]*>", "", text).replace("*", "")


def _plain(node: Any) -> str:
    if isinstance(node, dict):
        return str(node.get("text", "")) + "".join(_plain(n) for n in node.get("content", []))
    return str(node)

"""The verbs of stories that are played in Salesforce too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.properties.sides import is_conflict_note
from tests.world import World

Details = Mapping[str, Any]


class Crm:
    """Reps in Salesforce: what they do, and what they see."""

    def __init__(self, world: World, names: dict[str, Any]) -> None:
        self._world = world
        self._names = names
        self._made: dict[str, str] = {}

    @property
    def _org(self) -> Any:
        return self._world.salesforce.state

    def act(self, words: str, details: Details) -> None:
        """`salesforce ACTION NAME`; `create OBJECT NAME` makes a record that the story then calls so."""
        action, _, name = words.partition(" ")
        given = dict(details)
        if action == "create":
            kind, _, name = name.partition(" ")
            defaults = {"Name": name} if kind in ("Account", "Opportunity") else {}
            if kind == "Case":
                defaults = {"Subject": name}
            made = self._world.salesforce.person("create", object=kind, **{**defaults, **given})
            self._names[name] = self._made[name] = made["id"]
            return
        if action == "permit":
            self._world.salesforce.person("permit", **given)
            return
        if action == "undelete":
            rows = self._org.rows["Case"].values()
            [gone] = [r["Id"] for r in rows if r.get("IsDeleted") and self._names.get(name, name) in self._called(r)]
            self._world.salesforce.person(action, record=gone)
            return
        record = self.record(name)
        if action == "set":
            action = "set_fields"
        elif action == "merge":
            given = {"others": [self.record(one) for one in given["others"]]}
            self._world.salesforce.person("merge", into=record, **given)
            return
        elif action == "attach":
            given = {"name": given["name"], "content": given["text"].encode()}
        self._world.salesforce.person(action, record=record, **given)

    @staticmethod
    def _called(row: Any) -> set[Any]:
        """By what a story may name a Case: itself, or the ticket that it is of."""
        key = str(row.get("Support_Hub_Key__c") or "").removeprefix("zendesk:")
        return {row["Id"], key, int(key) if key.isdigit() else key}

    def record(self, name: str) -> str:
        """Return the id of what a story calls so: a record, or the Case of a ticket or an issue."""
        known = self._made.get(name) or str(self._names.get(name, name))
        if self._org.object_of(known) is not None and len(known) in (15, 18):
            return known
        found = self.case(name)
        assert found is not None, f"there is no Case for {name}"
        return str(found["Id"])

    def case(self, name: str) -> Any:
        """Return the Case of a ticket, wherever that began, or of an issue's ticket (`jira:<id>`); None if none."""
        known = self._made.get(name) or self._names.get(name, name)
        ticket = self._world.zendesk.state.tickets.get(known)
        keys = {f"zendesk:{known}", ticket.external_id if ticket else None} - {None}
        issue = self._world.jira.state.issue(str(known))
        if issue is not None:
            keys.add(f"jira:{issue.id}")
        rows = self._org.rows["Case"].values()
        own = [r for r in rows if r["Id"] == known and not r.get("IsDeleted")]
        mine = [r for r in rows if r.get("Support_Hub_Key__c") in keys and not r.get("IsDeleted")]
        assert len(mine) < 2, f"{name} has {len(mine)} Cases"
        return next(iter([*own, *mine]), None)

    def shown_case(self, name: str) -> dict[str, Any]:
        """Return what reps see on a Case, comments and files too."""
        row = self.case(name)
        assert row is not None, f"there is no Case for {name}"
        comments = [r for r in self._org.rows["CaseComment"].values() if r["ParentId"] == row["Id"]]
        said = [r for r in comments if not r.get("IsDeleted")]
        links = [r for r in self._org.rows["ContentDocumentLink"].values() if r["LinkedEntityId"] == row["Id"]]
        documents = {r["ContentDocumentId"] for r in links}
        versions = self._org.rows["ContentVersion"].values()
        return {
            **self._fields("Case", row),
            "account": self._name_of("Account", row.get("AccountId")),
            "contact": self._name_of("Contact", row.get("ContactId")),
            "public": [r["CommentBody"] for r in said if r["IsPublished"]],
            "internal": [t for r in said if not r["IsPublished"] and not is_conflict_note(t := r["CommentBody"])],
            "notes": [t for r in said if not r["IsPublished"] and is_conflict_note(t := r["CommentBody"])],
            "files": sorted(r["PathOnClient"] for r in versions if r["ContentDocumentId"] in documents),
        }

    def shown_account(self, name: str) -> dict[str, Any]:
        row = self._org.row("Account", str(self._names.get(name, name)))
        assert row is not None, f"there is no account {name}"
        return self._fields("Account", row)

    def _fields(self, kind: str, row: Any) -> dict[str, Any]:
        definition = self._org.object(kind)
        return {f.name: self._org.value(kind, row, f.name) for f in definition.fields.values()}

    def _name_of(self, kind: str, key: Any) -> Any:
        row = self._org.row(kind, key) if key else None
        if row is None:
            return None
        return row.get("Name") or f"{row.get('FirstName') or ''} {row.get('LastName') or ''}".strip()

"""Names that people use, turned into records: e-mails, titles, choices, organizations."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from sandbox.zendesk.records import Field, Json, Organization, Ticket, User
from sandbox.zendesk.state import Account
from sandbox.zendesk.uploads import LIFETIME, Upload, new_file

_SIMPLE = frozenset(
    {"subject", "status", "priority", "type", "assignee_id", "group_id", "requester_id", "due_at",
     "organization_id", "external_id", "tags", "additional_tags", "remove_tags", "problem_id",
     "custom_status_id", "assignee_email", "comment", "email_ccs", "followers"}
)  # fmt: skip


class Named:
    """One account, asked by the names that its people know."""

    def __init__(self, vendor: Any) -> None:
        self._vendor = vendor

    @property
    def _account(self) -> Account:
        return self._vendor.state

    def _owner(self) -> User:
        return self._person("owner@support.example")

    def _agent(self, ticket: Ticket, email: str) -> User:
        if email:
            return self._person(email)
        return self._account.users[ticket.assignee_id] if ticket.assignee_id else self._owner()

    def _person(self, email: str) -> User:
        found = self._account.user_by_email(str(email))
        if found is None and str(email).isdigit():
            found = self._account.users.get(int(email))
        if found is None:
            raise LookupError(f"no user {email!r}")
        return found

    def _organization(self, given: int | str) -> Organization:
        key = self._account.by_organization_name.get(str(given).lower(), given)
        return self._account.organization(key)

    def _field(self, given: int | str) -> Field:
        for field in self._account.ticket_fields.values():
            if given in (field.id, str(field.id), field.title):
                return field
        raise LookupError(f"no ticket field {given!r}")

    def _fields(self, given: Mapping[str, Any]) -> Json:
        """Return a ticket body: what is no system field is a custom field's title or id."""
        body = {name: value for name, value in given.items() if name in _SIMPLE}
        custom = dict(given.get("fields") or {}) | {
            name: value for name, value in given.items() if name not in _SIMPLE and name != "fields"
        }
        body["custom_fields"] = [
            {"id": field.id, "value": _tags_for(field, value)}
            for field, value in ((self._field(name), value) for name, value in custom.items())
        ]
        return body

    def _upload(self, files: list[Json]) -> str:
        upload = Upload(f"person-{self._account.new_id()}", self._account.now() + LIFETIME)
        for file in files:
            data = file["data"]
            data = base64.b64decode(data) if isinstance(data, str) else data
            kind = file.get("content_type", "application/octet-stream")
            upload.files.append(new_file(self._account, file["name"], kind, data))
        self._account.uploads[upload.token] = upload
        return upload.token


def _tags_for(field: Field, value: Any) -> Any:
    """Return the tags of choices given by their names."""
    names = {option.name: option.value for option in field.options}
    if isinstance(value, list):
        return [names.get(one, one) for one in value]
    return names.get(value, value) if isinstance(value, str) else value

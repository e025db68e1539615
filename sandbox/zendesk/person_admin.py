"""What administrators do: fields, users, roles, tokens, organizations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.zendesk import organizations, schema, users
from sandbox.zendesk.person_names import Named


class Administrators(Named):
    """The people who may change the account itself."""

    def set_organization(self, organization: int | str, **fields: Any) -> Mapping[str, Any]:
        """Change an organization: its fields by key, or `name`, `domain_names`, `tags`."""
        it = self._organization(organization)
        own = {name: fields.pop(name) for name in ("name", "domain_names", "tags", "notes")
               if name in fields}  # fmt: skip
        organizations.update(self._account, it, own | {"organization_fields": fields})
        return {"organization": it.id}

    def delete_field(self, field: int | str) -> Mapping[str, Any]:
        """Delete a custom ticket field and every value in it."""
        it = self._field(field)
        schema.drop_field(self._account, self._account.ticket_fields, it)
        return {"field": it.id}

    def deactivate_field(self, field: int | str, active: bool = False) -> Mapping[str, Any]:
        """Switch a ticket field off (or on)."""
        it = self._field(field)
        schema.alter_field(self._account, it, {"active": active})
        return {"field": it.id}

    def retype_field(self, field: int | str, to: str) -> Mapping[str, Any]:
        """Delete a field and make one of the same title and another type: Zendesk changes no field's type."""
        it = self._field(field)
        schema.drop_field(self._account, self._account.ticket_fields, it)
        made = schema.make_field(
            self._account, {"title": it.title, "type": to}, self._account.ticket_fields
        )
        return {"field": made.id}

    def rename_field(self, field: int | str, title: str) -> Mapping[str, Any]:
        """Give a ticket field another title."""
        it = self._field(field)
        schema.alter_field(self._account, it, {"title": title})
        return {"field": it.id}

    def require_field(self, field: int | str, required: bool = True) -> Mapping[str, Any]:
        """Make a ticket field required to solve (or not)."""
        it = self._field(field)
        schema.alter_field(self._account, it, {"required": required})
        return {"field": it.id}

    def rename_option(self, field: int | str, option: str, name: str) -> Mapping[str, Any]:
        """Give an option another name; its tag, which is its value, stays."""
        it = self._field(field)
        named = {option: name}
        rows = [
            {"value": o.value, "name": named.get(o.name, named.get(o.value, o.name))} for o in it.options
        ]
        schema.alter_field(self._account, it, {"custom_field_options": rows})
        return {"field": it.id}

    def delete_option(self, field: int | str, option: str) -> Mapping[str, Any]:
        """Delete an option, and the values that hold it."""
        it = self._field(field)
        rows = [{"value": o.value, "name": o.name} for o in it.options if option not in (o.name, o.value)]
        schema.alter_field(self._account, it, {"custom_field_options": rows})
        return {"field": it.id}

    def change_address(self, user: str, email: str) -> Mapping[str, Any]:
        """Make another address a person's primary one; their tickets are not touched."""
        it = self._person(user)
        users.update(self._account, it, {"email": email})
        it.email = email.strip().lower()
        self._account.touch_user(it)
        return {"user": it.id}

    def merge_users(self, user: str, into: str) -> Mapping[str, Any]:
        """Merge an end user into another: tickets and addresses go over, and the user is no more."""
        it, other = self._person(user), self._person(into)
        for ticket in self._account.tickets.values():
            if ticket.requester_id == it.id:
                ticket.requester_id = other.id
                self._account.touch(ticket, updated=False)
        for number, email in it.emails:
            other.emails.append((number, email))
            self._account.by_email[email] = other.id
        it.emails, it.active = [], False
        self._account.touch_user(it)
        self._account.touch_user(other)
        return {"user": other.id}

    def deactivate_user(self, user: str) -> Mapping[str, Any]:
        """Suspend a user: no sign-in, no assignment."""
        it = self._person(user)
        it.suspended = True
        self._account.touch_user(it)
        return {"user": it.id}

    def set_role(self, user: str, role: str) -> Mapping[str, Any]:
        """Change what a user may do: `admin`, `agent` or `end-user`."""
        it = self._person(user)
        if role not in ("admin", "agent", "end-user"):
            raise ValueError(f"no role {role!r}; there are admin, agent, end-user")
        it.role = role
        self._account.touch_user(it)
        return {"user": it.id}

    def revoke_api_token(self, active: bool = False) -> Mapping[str, Any]:
        """Switch the account's API token off (or on again)."""
        tokens = self._vendor.credentials.api_tokens
        for token in tokens:
            tokens[token] = active
        return {"tokens": len(tokens)}

    def revoke_oauth(self) -> Mapping[str, Any]:
        """Revoke every OAuth token, refresh tokens too."""
        rows = list(self._vendor.oauth.tokens.values())
        for token in rows:
            self._vendor.oauth.revoke(token)
        return {"tokens": len(rows)}

    def scopes(self, scopes: list[str]) -> Mapping[str, Any]:
        """Give every OAuth token these scopes, and no others."""
        for token in self._vendor.oauth.tokens.values():
            token.scopes = list(scopes)
        return {"scopes": list(scopes)}

"""People: list, show, search, create, create_or_update, update, delete, merge, identities."""

from __future__ import annotations

from typing import Any

from sandbox.zendesk import errors
from sandbox.zendesk.draft import tag_list
from sandbox.zendesk.people import organization_for
from sandbox.zendesk.records import Json, User
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account
from sandbox.zendesk.values import BadValue, coerce

ROLES = ("end-user", "agent", "admin")
_TEXTS = ("phone", "alias", "details", "notes", "signature", "locale", "time_zone")


def existing(account: Account, body: Json) -> User | None:
    """Return the user that a create_or_update means: by id, external id or address."""
    external = body.get("external_id")
    if external and (key := account.by_user_external.get(str(external).lower())) is not None:
        return account.users[key]
    return account.user_by_email(body.get("email"))


def create(account: Account, body: Json) -> User:
    """Make a user. Raises `ApiError` for a bad or taken name, address or external id."""
    email = str(body["email"]).strip().lower() if body.get("email") else None
    _check(account, body, None)
    if not str(body.get("name") or "").strip():
        raise errors.invalid_field("name", "Name: is too short (minimum one character)", "ValueTooShort")
    now = account.now()
    user = User(
        id=account.new_id(),
        name=str(body["name"]).strip(),
        email=email,
        role=str(body.get("role") or "end-user"),
        created=now,
        updated=now,
        generated=0,
        verified=bool(body.get("verified", False)),
        external_id=str(body["external_id"]) if body.get("external_id") else None,
        organization_id=organization_for(account, email),
        fields=dict.fromkeys((it.key for it in account.user_fields.values()), None),
    )
    _assign(account, user, body)
    if user.role != "end-user":
        user.default_group_id = next(iter(account.groups), None)
    account.add_user(user)
    if user.default_group_id is not None:
        join(account, user.id, user.default_group_id, default=True)
    return user


def join(account: Account, user_id: int, group_id: int, *, default: bool = False) -> Json:
    """Put an agent into a group."""
    now = stamp(account.now())
    key = account.new_id()
    row: Json = {
        "id": key,
        "user_id": user_id,
        "group_id": group_id,
        "default": default,
        "created_at": now,
        "updated_at": now,
    }
    account.memberships[key] = row
    return row


def update(account: Account, user: User, body: Json) -> None:
    """Change a user. Another address becomes a second identity, the first stays primary."""
    _check(account, body, user)
    if "name" in body:
        user.name = str(body["name"])
    if body.get("email"):
        email = str(body["email"]).strip().lower()
        if email not in {one for _, one in user.emails}:
            user.emails.append((account.new_id(), email))
            account.by_email[email] = user.id
            user.email = user.email or email
    if "external_id" in body:
        if user.external_id:
            account.by_user_external.pop(user.external_id.lower(), None)
        user.external_id = str(body["external_id"]) if body["external_id"] else None
        if user.external_id:
            account.by_user_external[user.external_id.lower()] = user.id
    for name in ("verified", "suspended"):
        if name in body:
            setattr(user, name, bool(body[name]))
    if body.get("role"):
        user.role = str(body["role"])
    _assign(account, user, body)
    account.touch_user(user)


def _check(account: Account, body: Json, user: User | None) -> None:
    if user is not None and "name" in body and not str(body["name"] or "").strip():
        raise errors.invalid_field("name", "Name: is too short (minimum one character)", "ValueTooShort")
    if body.get("role") and body["role"] not in ROLES:
        raise errors.invalid_field("role", "Role: is invalid", "InvalidValue")
    email = body.get("email")
    if email:
        if "@" not in str(email):
            raise errors.invalid_field("email", f"Email: {email} is not properly formatted", "InvalidFormat")
        other = account.user_by_email(str(email))
        if other is not None and other is not user:
            raise errors.invalid_field(
                "email", f"Email: {email} is already being used by another user", "DuplicateValue"
            )
    external = body.get("external_id")
    taken = account.by_user_external.get(str(external).lower()) if external else None
    if taken is not None and (user is None or taken != user.id):
        raise errors.invalid_field("external_id", "External: has already been taken", "DuplicateValue")


def _assign(account: Account, user: User, body: Json) -> None:
    for name in _TEXTS:
        if name in body:
            setattr(user, name, body[name])
    if "tags" in body:
        user.tags = tag_list(body["tags"])
    if "organization_id" in body:
        key = body["organization_id"]
        user.organization_id = account.organization(key).id if key else None
    elif isinstance(body.get("organization"), dict):
        name = str(body["organization"].get("name", "")).lower()
        user.organization_id = account.by_organization_name.get(name, user.organization_id)
    set_fields(account.user_fields, user, body.get("user_fields"))


def set_fields(known: dict[int, Any], record: Any, given: Any) -> None:
    """Set the custom fields of a user or organization, by key. Unknown keys are skipped."""
    by_key = {field.key: field for field in known.values()}
    for key, value in (given or {}).items() if isinstance(given, dict) else ():
        field = by_key.get(key)
        if field is None:
            continue
        try:
            record.fields[key] = typed(field.type, coerce(field, value))
        except BadValue as bad:
            raise errors.invalid_field("base", str(bad), "InvalidValue") from None


def typed(kind: str, value: Any) -> Any:
    """Return a user's or organization's field value: here numbers are numbers, dates are times."""
    if value is None:
        return None
    if kind == "integer":
        return int(value)
    if kind == "decimal":
        return float(value)
    if kind == "date":
        return f"{value}T00:00:00+00:00"
    return value


def delete(account: Account, user: User) -> None:
    """Deactivate a user; the address becomes free."""
    user.active = False
    for _, email in user.emails:
        account.by_email.pop(email.lower(), None)
    user.email, user.emails = None, []
    account.touch_user(user)


def upsert(account: Account, body: Json) -> tuple[User, bool]:
    """Update the user that a body means, or make it; tell which."""
    user = existing(account, body)
    if user is None:
        return create(account, body), True
    update(account, user, body)
    return user, False

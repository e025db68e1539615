"""People: list, show, search, create, create_or_update, update, delete, merge, identities."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.draft import tag_list
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.people import organization_for
from sandbox.zendesk.records import Json, User
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account, ids_in
from sandbox.zendesk.values import BadValue, coerce

ROLES = ("end-user", "agent", "admin")
_TEXTS = ("phone", "alias", "details", "notes", "signature", "locale", "time_zone")


def user_page(call: Call, rows: list[User]) -> Response:
    """Return a page of users."""
    return listing(call, rows, lambda page: _shown(call, page))


def _shown(call: Call, rows: Any) -> Json:
    account, base = call.account, call.base
    body: Json = {"users": [render.user(it, base) for it in rows]}
    if "organizations" in call.includes():
        keys = sorted({it.organization_id for it in rows} - {None})
        known = account.organizations
        body["organizations"] = [render.organization(known[key], base) for key in keys]
    if "groups" in call.includes():
        keys = sorted({key for it in rows for key in account.groups_of(it.id)})
        body["groups"] = [render.group(account.groups[key], base) for key in keys]
    return body


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
        raise errors.invalid_field(
            "name", "Name: is too short (minimum one character)", "ValueTooShort"
        )
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
        raise errors.invalid_field(
            "name", "Name: is too short (minimum one character)", "ValueTooShort"
        )
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


def routes(router: Router) -> None:
    """Serve users."""
    _reading(router)
    _writing(router)


def _reading(router: Router) -> None:
    @router.route("GET", "/api/v2/users")
    def _list(call: Call) -> Response:
        call.agents_only()
        roles = set(call.request.args("role") + call.request.args("role[]"))
        rows = [it for it in call.account.users.values() if it.active]
        return user_page(call, [it for it in rows if not roles or it.role in roles])

    @router.route("GET", "/api/v2/users/count")
    def _count(call: Call) -> Response:
        call.agents_only()
        total = sum(it.active for it in call.account.users.values())
        return counted(total, stamp(call.account.now()))

    @router.route("GET", "/api/v2/users/me")
    def _me(call: Call) -> Response:
        if call.actor is None:
            # Without credentials the vendor answers 200, with nobody in it.
            return ok({"user": ANONYMOUS})
        return ok({"user": render.user(call.actor, call.base)})

    @router.route("GET", "/api/v2/users/show_many")
    def _show_many(call: Call) -> Response:
        call.agents_only()
        keys = ids_in(call.request.arg("ids"))
        externals = [one for one in call.request.arg("external_ids").split(",") if one]
        if len(keys) > 100 or len(externals) > 100:
            raise errors.too_many_values(100)
        index = call.account.by_user_external
        keys += [index[one.lower()] for one in externals if one.lower() in index]
        rows = [call.account.users[key] for key in keys if key in call.account.users]
        return ok(_shown(call, rows) | {"next_page": None, "previous_page": None, "count": len(rows)})

    @router.route("GET", "/api/v2/users/search")
    def _search(call: Call) -> Response:
        call.agents_only()
        external, query = call.request.arg("external_id"), call.request.arg("query").lower()
        rows = [it for it in call.account.users.values() if it.active]
        if external:
            rows = [it for it in rows if (it.external_id or "").lower() == external.lower()]
        else:
            query = query.removeprefix("email:").strip('"')
            rows = [it for it in rows if query in f"{it.name} {it.email or ''}".lower()]
        return user_page(call, rows)

    @router.route("GET", "/api/v2/users/autocomplete")
    def _autocomplete(call: Call) -> Response:
        call.agents_only()
        name = call.request.arg("name").lower()
        rows = [it for it in call.account.users.values() if it.active]
        return user_page(call, [it for it in rows if it.name.lower().startswith(name)])

    @router.route("GET", "/api/v2/users/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        return ok({"user": _shown(call, [call.account.user(key)])["users"][0]})

    @router.route("GET", "/api/v2/users/{key}/related")
    def _related(call: Call, key: str) -> Response:
        call.agents_only()
        user = call.account.user(key).id
        rows = call.account.visible_tickets()
        return ok(
            {
                "user_related": {
                    "assigned_tickets": sum(it.assignee_id == user for it in rows),
                    "requested_tickets": sum(it.requester_id == user for it in rows),
                    "ccd_tickets": sum(user in it.email_cc_ids for it in rows),
                    "organization_subscriptions": 0,
                }
            }
        )

    @router.route("GET", "/api/v2/users/{key}/identities")
    def _identities(call: Call, key: str) -> Response:
        call.agents_only()
        user = call.account.user(key)
        return listing(
            call,
            user.emails,
            lambda page: {"identities": [identity(user, it, call.base) for it in page]},
            key=lambda it: it[0],
        )


def identity(user: User, row: tuple[int, str], base: str) -> Json:
    """Return one of a user's addresses."""
    return {
        "url": f"{base}/api/v2/users/{user.id}/identities/{row[0]}.json",
        "id": row[0],
        "user_id": user.id,
        "type": "email",
        "value": row[1],
        "verified": user.verified,
        "primary": row[1] == user.email,
        "created_at": stamp(user.created),
        "updated_at": stamp(user.updated),
        "deliverable_state": "deliverable",
        "undeliverable_count": 0,
    }


def _writing(router: Router) -> None:
    @router.route("POST", "/api/v2/users")
    def _create(call: Call) -> Response:
        call.agents_only()
        shown = render.user(create(call.account, call.part("user")), call.base)
        return call.created({"user": shown}, shown["url"])

    @router.route("POST", "/api/v2/users/create_or_update")
    def _create_or_update(call: Call) -> Response:
        call.agents_only()
        user, made = upsert(call.account, call.part("user"))
        shown = render.user(user, call.base)
        return call.created({"user": shown}, shown["url"]) if made else ok({"user": shown})

    @router.route("PUT", "/api/v2/users/{key}")
    def _update(call: Call, key: str) -> Response:
        call.agents_only()
        user = call.account.user(key)
        update(call.account, user, call.part("user"))
        return ok({"user": render.user(user, call.base)})

    @router.route("DELETE", "/api/v2/users/{key}")
    def _delete(call: Call, key: str) -> Response:
        call.admins_only()
        user = call.account.user(key)
        if not user.active:
            raise errors.not_found()
        delete(call.account, user)
        return ok({"user": render.user(user, call.base)})

    @router.route("PUT", "/api/v2/users/{key}/merge")
    def _merge(call: Call, key: str) -> Response:
        call.agents_only()
        account = call.account
        loser, target = account.user(key), call.part("user")
        winner = account.user(target["id"]) if target.get("id") else existing(account, target)
        if winner is None:
            raise errors.not_found()
        for ticket in account.tickets.values():
            if ticket.requester_id == loser.id:
                ticket.requester_id = winner.id
                account.touch(ticket)
        moved = [email for _, email in loser.emails]
        delete(account, loser)
        for email in moved:
            update(account, winner, {"email": email})
        return ok({"user": render.user(winner, call.base)})


def upsert(account: Account, body: Json) -> tuple[User, bool]:
    """Update the user that a body means, or make it; tell which."""
    user = existing(account, body)
    if user is None:
        return create(account, body), True
    update(account, user, body)
    return user, False


ANONYMOUS: Json = {
    "id": None,
    "url": None,
    "name": "Anonymous user",
    "email": "invalid@example.com",
    "role": "end-user",
    "verified": False,
    "active": None,
    "locale_id": 1,
    "locale": "en-US",
    "time_zone": "Pacific Time (US & Canada)",
    "organization_id": None,
    "tags": [],
    "user_fields": {},
}

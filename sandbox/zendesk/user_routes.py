"""People over HTTP: list, show, search, create, update, delete, merge, identities."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Json, User
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import ids_in
from sandbox.zendesk.users import create, delete, existing, update, upsert


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

    _finding(router)


def _finding(router: Router) -> None:
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

    _removing(router)


def _removing(router: Router) -> None:
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

"""Groups of agents and who is in them; organization memberships beside them."""

from __future__ import annotations

from sandbox.web import Response, Router
from sandbox.zendesk import errors, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Group, Json
from sandbox.zendesk.render import stamp, url
from sandbox.zendesk.state import found
from sandbox.zendesk.user_routes import user_page
from sandbox.zendesk.users import join


def routes(router: Router) -> None:
    """Serve groups and memberships."""
    _groups(router)
    _memberships(router)
    _organization_memberships(router)


def _groups_page(call: Call, rows: list[Group]) -> Response:
    return listing(call, rows, lambda part: {"groups": [render.group(it, call.base) for it in part]})


def _groups_live(call: Call) -> list[Group]:
    call.agents_only()
    return [it for it in call.account.groups.values() if not it.deleted]


def _groups(router: Router) -> None:
    @router.route("GET", "/api/v2/groups")
    def _list(call: Call) -> Response:
        return _groups_page(call, _groups_live(call))

    @router.route("GET", "/api/v2/groups/assignable")
    def _assignable(call: Call) -> Response:
        return _groups_page(call, _groups_live(call))

    @router.route("GET", "/api/v2/groups/count")
    def _count(call: Call) -> Response:
        return counted(len(_groups_live(call)), stamp(call.account.now()))

    @router.route("GET", "/api/v2/groups/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        return ok({"group": render.group(found(call.account.groups, key), call.base)})

    @router.route("GET", "/api/v2/groups/{key}/users")
    def _users(call: Call, key: str) -> Response:
        call.agents_only()
        own = found(call.account.groups, key).id
        rows = call.account.memberships.values()
        keys = sorted({row["user_id"] for row in rows if row["group_id"] == own})
        return user_page(call, [call.account.users[one] for one in keys])

    _changing_groups(router)


def _changing_groups(router: Router) -> None:
    @router.route("POST", "/api/v2/groups")
    def _create(call: Call) -> Response:
        call.admins_only()
        body, now = call.part("group"), call.account.now()
        name = str(body.get("name") or "").strip()
        if not name:
            raise errors.invalid_field("name", "Name: cannot be blank", "BlankValue")
        if any(it.name.lower() == name.lower() and not it.deleted
               for it in call.account.groups.values()):  # fmt: skip
            raise errors.invalid_field("name", "Name: has already been taken", "DuplicateValue")
        group = Group(call.account.new_id(), name, now, now, str(body.get("description") or ""))
        call.account.groups[group.id] = group
        shown = render.group(group, call.base)
        return call.created({"group": shown}, shown["url"])

    @router.route("PUT", "/api/v2/groups/{key}")
    def _update(call: Call, key: str) -> Response:
        call.admins_only()
        group, body = found(call.account.groups, key), call.part("group")
        group.name = str(body.get("name") or group.name)
        group.description = str(body.get("description", group.description) or "")
        group.updated = call.account.now()
        return ok({"group": render.group(group, call.base)})

    @router.route("DELETE", "/api/v2/groups/{key}")
    def _delete(call: Call, key: str) -> Response:
        call.admins_only()
        group = found(call.account.groups, key)
        if group.default:
            raise errors.invalid_field("base", "The default group cannot be deleted")
        group.deleted, group.updated = True, call.account.now()
        return Response.empty()


def _memberships(router: Router) -> None:
    def page(call: Call, rows: list[Json]) -> Response:
        call.agents_only()
        return listing(
            call,
            rows,
            lambda part: {
                "group_memberships": [
                    {"url": url(call.base, "group_memberships", it["id"])} | it for it in part
                ]
            },
            key=lambda it: it["id"],
        )

    @router.route("GET", "/api/v2/group_memberships")
    def _list(call: Call) -> Response:
        return page(call, list(call.account.memberships.values()))

    @router.route("GET", "/api/v2/group_memberships/assignable")
    def _assignable(call: Call) -> Response:
        return page(call, list(call.account.memberships.values()))

    @router.route("GET", "/api/v2/users/{key}/group_memberships")
    def _of_user(call: Call, key: str) -> Response:
        own = call.account.user(key).id
        rows = call.account.memberships.values()
        return page(call, [row for row in rows if row["user_id"] == own])

    @router.route("GET", "/api/v2/groups/{key}/memberships")
    def _of_group(call: Call, key: str) -> Response:
        own = found(call.account.groups, key).id
        rows = call.account.memberships.values()
        return page(call, [row for row in rows if row["group_id"] == own])

    @router.route("POST", "/api/v2/group_memberships")
    def _create(call: Call) -> Response:
        call.admins_only()
        body = call.part("group_membership")
        user = call.account.user(body.get("user_id"))
        group = found(call.account.groups, body.get("group_id"))
        row = join(call.account, user.id, group.id)
        user.default_group_id = user.default_group_id or group.id
        shown = {"url": url(call.base, "group_memberships", row["id"])} | row
        return call.created({"group_membership": shown}, shown["url"])

    @router.route("DELETE", "/api/v2/group_memberships/{key}")
    def _delete(call: Call, key: str) -> Response:
        call.admins_only()
        row = found(call.account.memberships, key)
        del call.account.memberships[row["id"]]
        return Response.empty()


def _organization_memberships(router: Router) -> None:
    def rows_of(call: Call) -> list[Json]:
        call.agents_only()
        return [
            {
                "url": url(call.base, "organization_memberships", it.id + 1),
                "id": it.id + 1,
                "user_id": it.id,
                "organization_id": it.organization_id,
                "organization_name": call.account.organizations[it.organization_id].name,
                "default": True,
                "view_tickets": True,
                "created_at": stamp(it.created),
                "updated_at": stamp(it.updated),
            }
            for it in call.account.users.values()
            if it.organization_id in call.account.organizations
        ]

    def page(call: Call, rows: list[Json]) -> Response:
        return listing(
            call,
            rows,
            lambda part: {"organization_memberships": list(part)},
            key=lambda it: it["id"],
        )

    @router.route("GET", "/api/v2/organization_memberships")
    def _list(call: Call) -> Response:
        return page(call, rows_of(call))

    @router.route("GET", "/api/v2/users/{key}/organization_memberships")
    def _of_user(call: Call, key: str) -> Response:
        own = call.account.user(key).id
        return page(call, [row for row in rows_of(call) if row["user_id"] == own])

    @router.route("GET", "/api/v2/organizations/{key}/organization_memberships")
    def _of_organization(call: Call, key: str) -> Response:
        own = call.account.organization(key).id
        return page(call, [row for row in rows_of(call) if row["organization_id"] == own])

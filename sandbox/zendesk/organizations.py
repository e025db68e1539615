"""Customers' companies: unique by name, with fields that support and sales read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.draft import tag_list
from sandbox.zendesk.jobs import answer, at_most, each
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Json, Organization
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account, ids_in
from sandbox.zendesk.user_routes import user_page
from sandbox.zendesk.users import set_fields

_PLAIN = ("details", "notes", "group_id", "shared_tickets", "shared_comments")


def organization_page(call: Call, rows: Sequence[Organization]) -> Response:
    """Return a page of organizations."""
    return listing(
        call,
        rows,
        lambda page: {"organizations": [render.organization(it, call.base) for it in page]},
    )


def create(account: Account, body: Json) -> Organization:
    """Make an organization. Raises `ApiError` for a missing or taken name or external id."""
    name = " ".join(str(body.get("name") or "").split())
    if not name:
        raise errors.invalid_field("name", "Name: is too short (minimum one character)", "ValueTooShort")
    _check(account, body | {"name": name}, None)
    now = account.now()
    organization = Organization(
        id=account.new_id(),
        name=name,
        created=now,
        updated=now,
        generated=0,
        external_id=str(body["external_id"]) if body.get("external_id") else None,
        fields=dict.fromkeys((it.key for it in account.organization_fields.values()), None),
    )
    _assign(account, organization, body)
    return account.add_organization(organization)


def update(account: Account, organization: Organization, body: Json) -> None:
    """Change an organization."""
    _check(account, body, organization)
    if body.get("name"):
        account.by_organization_name.pop(organization.name.lower(), None)
        organization.name = " ".join(str(body["name"]).split())
        account.by_organization_name[organization.name.lower()] = organization.id
    if "external_id" in body:
        index = account.by_organization_external
        index.pop((organization.external_id or "").lower(), None)
        organization.external_id = str(body["external_id"]) if body["external_id"] else None
        if organization.external_id:
            index[organization.external_id.lower()] = organization.id
    _assign(account, organization, body)
    account.touch_organization(organization)


def _check(account: Account, body: Json, organization: Organization | None) -> None:
    own = organization.id if organization else None
    name = " ".join(str(body.get("name") or "").split()).lower()
    taken = account.by_organization_name.get(name) if name else None
    if taken is not None and taken != own:
        raise errors.invalid_field("name", f"Name: {body['name']} has already been taken", "DuplicateValue")
    external = str(body.get("external_id") or "").lower()
    taken = account.by_organization_external.get(external) if external else None
    if taken is not None and taken != own:
        raise errors.invalid_field("external_id", "External: has already been taken", "DuplicateValue")


def _assign(account: Account, organization: Organization, body: Json) -> None:
    for name in _PLAIN:
        if name in body:
            setattr(organization, name, body[name])
    if "tags" in body:
        organization.tags = tag_list(body["tags"])
    if "domain_names" in body:
        given = body["domain_names"] or []
        given = given.split() if isinstance(given, str) else given
        organization.domain_names = [str(one).strip().lower() for one in given]
    set_fields(account.organization_fields, organization, body.get("organization_fields"))


def delete(account: Account, organization: Organization) -> None:
    """Delete an organization; its people and tickets stay, without one."""
    organization.deleted = account.now()
    account.by_organization_name.pop(organization.name.lower(), None)
    account.by_organization_external.pop((organization.external_id or "").lower(), None)
    for user in account.users.values():
        if user.organization_id == organization.id:
            user.organization_id = None
            account.touch_user(user)
    account.touch_organization(organization)


def upsert(account: Account, body: Json) -> tuple[Organization, bool]:
    """Update the organization that a body means by id or external id, or make it."""
    key = body.get("id")
    if key is None and body.get("external_id"):
        key = account.by_organization_external.get(str(body["external_id"]).lower())
    if key is None:
        return create(account, body), True
    organization = account.organization(key)
    update(account, organization, body)
    return organization, False


def routes(router: Router) -> None:
    """Serve organizations."""
    _reading(router)
    _writing(router)
    _bulk(router)


def _live(call: Call) -> list[Organization]:
    call.agents_only()
    return [it for it in call.account.organizations.values() if it.deleted is None]


def _reading(router: Router) -> None:
    @router.route("GET", "/api/v2/organizations")
    def _list(call: Call) -> Response:
        return organization_page(call, _live(call))

    @router.route("GET", "/api/v2/organizations/count")
    def _count(call: Call) -> Response:
        return counted(len(_live(call)), stamp(call.account.now()))

    @router.route("GET", "/api/v2/organizations/show_many")
    def _show_many(call: Call) -> Response:
        keys = set(ids_in(call.request.arg("ids")))
        externals = {one.lower() for one in call.request.arg("external_ids").split(",") if one}
        if len(keys) > 100 or len(externals) > 100:
            raise errors.too_many_values(100)
        rows = [
            it
            for it in _live(call)
            if it.id in keys or (it.external_id and it.external_id.lower() in externals)
        ]
        shown = [render.organization(it, call.base) for it in rows]
        return ok({"organizations": shown, "next_page": None, "previous_page": None,
                   "count": len(rows)})  # fmt: skip

    @router.route("GET", "/api/v2/organizations/search")
    def _search(call: Call) -> Response:
        external, name = call.request.arg("external_id"), call.request.arg("name")
        rows = _live(call)
        if external:
            rows = [it for it in rows if (it.external_id or "").lower() == external.lower()]
        if name:
            rows = [it for it in rows if it.name.lower() == name.lower()]
        return organization_page(call, rows)

    @router.route("GET", "/api/v2/organizations/autocomplete")
    def _autocomplete(call: Call) -> Response:
        name = call.request.arg("name").lower()
        return organization_page(call, [it for it in _live(call) if it.name.lower().startswith(name)])

    _reading_one(router)


def _reading_one(router: Router) -> None:
    @router.route("GET", "/api/v2/organizations/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        return ok({"organization": render.organization(call.account.organization(key), call.base)})

    @router.route("GET", "/api/v2/organizations/{key}/related")
    def _related(call: Call, key: str) -> Response:
        call.agents_only()
        own = call.account.organization(key).id
        people = call.account.users.values()
        tickets = call.account.visible_tickets()
        return ok(
            {
                "organization_related": {
                    "tickets_count": sum(it.organization_id == own for it in tickets),
                    "users_count": sum(it.organization_id == own for it in people),
                }
            }
        )

    @router.route("GET", "/api/v2/organizations/{key}/users")
    def _users(call: Call, key: str) -> Response:
        call.agents_only()
        own = call.account.organization(key).id
        rows = [it for it in call.account.users.values() if it.organization_id == own and it.active]
        return user_page(call, rows)


def _writing(router: Router) -> None:
    @router.route("POST", "/api/v2/organizations")
    def _create(call: Call) -> Response:
        call.agents_only()
        shown = render.organization(create(call.account, call.part("organization")), call.base)
        return call.created({"organization": shown}, shown["url"])

    @router.route("POST", "/api/v2/organizations/create_or_update")
    def _upsert(call: Call) -> Response:
        call.agents_only()
        organization, made = upsert(call.account, call.part("organization"))
        shown = render.organization(organization, call.base)
        body = {"organization": shown}
        return call.created(body, shown["url"]) if made else ok(body)

    @router.route("PUT", "/api/v2/organizations/{key}")
    def _update(call: Call, key: str) -> Response:
        call.agents_only()
        organization = call.account.organization(key)
        update(call.account, organization, call.part("organization"))
        return ok({"organization": render.organization(organization, call.base)})

    @router.route("DELETE", "/api/v2/organizations/{key}")
    def _delete(call: Call, key: str) -> Response:
        call.admins_only()
        delete(call.account, call.account.organization(key))
        return Response.empty()


def _bulk(router: Router) -> None:
    def run(call: Call, kind: str, rows: list[Any], do: Any, label: str) -> Response:
        call.agents_only()

        return answer(call, call.services.jobs.queue(kind, len(rows), lambda: each(rows, do, label)))

    @router.route("POST", "/api/v2/organizations/create_many")
    def _create_many(call: Call) -> Response:
        rows = at_most(call.body().get("organizations"))
        return run(call, "Bulk Create Organization", rows,
                   lambda row: {"id": create(call.account, row).id}, "OrganizationCreateFailed")  # fmt: skip

    @router.route("PUT", "/api/v2/organizations/update_many")
    def _update_many(call: Call) -> Response:
        def do(row: Json) -> Json:
            organization = call.account.organization(row.get("id"))
            update(call.account, organization, {key: row[key] for key in row if key != "id"})
            return {"id": organization.id, "action": "update", "status": "Updated", "success": True}

        body = call.body()
        rows = body.get("organizations")
        if not isinstance(rows, list):
            shared = body.get("organization") or {}
            rows = [shared | {"id": key} for key in ids_in(call.request.arg("ids"))]
        return run(call, "Bulk Update Organization", at_most(rows), do, "OrganizationUpdateFailed")

    @router.route("DELETE", "/api/v2/organizations/destroy_many")
    def _destroy_many(call: Call) -> Response:
        def do(key: Any) -> Json:
            delete(call.account, call.account.organization(key))
            return {"id": key, "action": "delete", "status": "Deleted", "success": True}

        rows = at_most(ids_in(call.request.arg("ids")))
        return run(call, "Bulk Delete Organization", rows, do, "OrganizationDeleteFailed")

"""The account's own shape: ticket, user and organization fields, forms, custom statuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Field, Json, Option, Status
from sandbox.zendesk.render import stamp, url
from sandbox.zendesk.state import Account, found
from sandbox.zendesk.values import TYPE_NAMES


def ticket_field(it: Field, account: Account, base: str) -> Json:
    """Return a ticket field. Lists of choices come only with fields that have them."""
    shown: Json = {
        "url": url(base, "ticket_fields", it.id),
        "id": it.id,
        "type": it.type,
        "title": it.title,
        "raw_title": it.title,
        "description": it.description,
        "raw_description": it.description,
        "position": it.position,
        "active": it.active,
        "required": it.required,
        "collapsed_for_agents": False,
        "regexp_for_validation": it.regexp,
        "title_in_portal": it.title_in_portal or it.title,
        "raw_title_in_portal": it.title_in_portal or it.title,
        "visible_in_portal": it.visible_in_portal,
        "editable_in_portal": it.editable_in_portal,
        "required_in_portal": it.required_in_portal,
        "agent_can_edit": it.agent_can_edit,
        "tag": it.tag,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "removable": not it.system,
        "key": None,
        "agent_description": it.agent_description,
    }
    if it.system and it.options:
        shown["system_field_options"] = [{"name": o.name, "value": o.value} for o in it.options]
    if it.type == "status":
        shown["sub_type_id"] = 0
    if it.type == "custom_status":
        shown["custom_statuses"] = [status(one, base) for one in account.statuses.values()]
    if it.type in ("tagger", "multiselect"):
        shown["custom_field_options"] = [option(one, it, base) for one in it.options]
    return shown


def option(it: Option, field: Field, base: str) -> Json:
    """Return one choice."""
    return {
        "url": f"{base}/api/v2/ticket_fields/{field.id}/options/{it.id}.json",
        "id": it.id,
        "name": it.name,
        "raw_name": it.name,
        "value": it.value,
        "default": it.default,
    }


def record_field(it: Field, path: str, base: str) -> Json:
    """Return a user's or organization's field."""
    shown: Json = {
        "url": url(base, path, it.id),
        "id": it.id,
        "type": it.type,
        "key": it.key,
        "title": it.title,
        "raw_title": it.title,
        "description": it.description,
        "raw_description": it.description,
        "position": it.position,
        "active": it.active,
        "system": it.system,
        "regexp_for_validation": it.regexp,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
    }
    if it.tag:
        shown["tag"] = it.tag
    if it.type in ("dropdown", "multiselect"):
        shown["custom_field_options"] = [
            {"id": o.id, "name": o.name, "raw_name": o.name, "value": o.value} for o in it.options
        ]
    return shown


def status(it: Status, base: str) -> Json:
    """Return a custom status."""
    return {
        "url": url(base, "custom_statuses", it.id),
        "id": it.id,
        "status_category": it.category,
        "agent_label": it.agent_label,
        "raw_agent_label": it.agent_label,
        "end_user_label": it.end_user_label,
        "raw_end_user_label": it.end_user_label,
        "description": it.description or None,
        "raw_description": it.description or None,
        "end_user_description": it.end_user_description or None,
        "raw_end_user_description": it.end_user_description or None,
        "active": it.active,
        "default": it.default,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
    }


def make_field(account: Account, body: Json, table: dict[int, Field]) -> Field:
    """Add a field to the account."""
    kind, title = str(body.get("type") or "text"), str(body.get("title") or "").strip()
    if kind not in TYPE_NAMES:
        raise errors.invalid_field("type", f"Type: {kind} is invalid", "InvalidValue")
    if not title:
        raise errors.invalid_field("title", "Title: cannot be blank", "BlankValue")
    now = account.now()
    field = Field(
        id=account.new_id(),
        title=title,
        type=kind,
        created=now,
        updated=now,
        key=str(body.get("key") or re.sub(r"\W+", "_", title.lower())),
    )
    alter_field(account, field, body)
    table[field.id] = field
    if table is account.ticket_fields:
        for form in account.forms.values():
            if form["default"]:
                form["ticket_field_ids"].append(field.id)
    else:
        records: Any = account.users if table is account.user_fields else account.organizations
        for record in records.values():
            record.fields.setdefault(field.key, None)
    account.fields_changed()
    return field


_CHANGEABLE = ("title", "description", "position", "active", "required", "tag", "agent_description",
               "visible_in_portal", "editable_in_portal", "required_in_portal", "title_in_portal")  # fmt: skip  # noqa: E501


def alter_field(account: Account, field: Field, body: Json) -> None:
    """Change a field. An option that the body leaves out is deleted, and so are its values."""
    for name in _CHANGEABLE:
        if name in body:
            setattr(field, name, body[name])
    if "regexp_for_validation" in body:
        field.regexp = body["regexp_for_validation"]
    if isinstance(body.get("custom_field_options"), list):
        kept = {it.value: it.id for it in field.options}
        field.options = [
            Option(
                kept.get(str(row.get("value")), 0) or account.new_id(),
                str(row.get("name")),
                str(row.get("value")),
                bool(row.get("default")),
            )
            for row in body["custom_field_options"]
        ]
        _drop_values(account, field, set(kept) - {it.value for it in field.options})
    field.updated = account.now()
    account.fields_changed()


def _drop_values(account: Account, field: Field, gone: set[str]) -> None:
    for ticket in account.tickets.values() if gone else ():
        value = ticket.values.get(field.id)
        if value in gone if isinstance(value, str) else gone & set(value or ()):
            left = [one for one in value if one not in gone] if isinstance(value, list) else None
            ticket.values[field.id] = left
            ticket.tags = [tag for tag in ticket.tags if tag not in gone]
            account.touch(ticket, updated=False)


def drop_field(account: Account, table: dict[int, Field], field: Field) -> None:
    """Delete a field and every value in it."""
    if field.system:
        raise errors.forbidden()
    del table[field.id]
    if table is account.ticket_fields:
        for form in account.forms.values():
            if field.id in form["ticket_field_ids"]:
                form["ticket_field_ids"].remove(field.id)
        for ticket in account.tickets.values():
            ticket.values.pop(field.id, None)
    else:
        records: Any = account.users if table is account.user_fields else account.organizations
        for record in records.values():
            record.fields.pop(field.key, None)
    account.fields_changed()


def routes(router: Router) -> None:
    """Serve fields, forms and statuses."""
    _field_routes(router, "ticket_fields", "ticket_field",
                  lambda it, call: ticket_field(it, call.account, call.base))  # fmt: skip
    for path, name in (
        ("user_fields", "user_field"),
        ("organization_fields", "organization_field"),
    ):
        _field_routes(router, path, name, _shows(path))
    _option_routes(router)


def _shows(path: str) -> Callable[[Field, Call], Json]:
    return lambda it, call: record_field(it, path, call.base)


def _field_routes(router: Router, path: str, name: str, show: Callable[[Field, Call], Json]) -> None:
    def table(call: Call) -> dict[int, Field]:
        call.agents_only()
        return getattr(call.account, path)

    @router.route("GET", f"/api/v2/{path}")
    def _list(call: Call) -> Response:
        rows = list(table(call).values())
        return listing(call, rows, lambda page: {path: [show(it, call) for it in page]})

    @router.route("GET", f"/api/v2/{path}/count")
    def _count(call: Call) -> Response:
        return counted(len(table(call)), stamp(call.account.now()))

    @router.route("GET", f"/api/v2/{path}/{{key}}")
    def _show(call: Call, key: str) -> Response:
        fields = table(call)
        by_key = {it.key: it.id for it in fields.values() if it.key}
        return ok({name: show(found(fields, by_key.get(key, key)), call)})

    @router.route("POST", f"/api/v2/{path}")
    def _create(call: Call) -> Response:
        call.admins_only()
        shown = show(make_field(call.account, call.part(name), table(call)), call)
        return call.created({name: shown}, shown["url"])

    @router.route("PUT", f"/api/v2/{path}/{{key}}")
    def _update(call: Call, key: str) -> Response:
        call.admins_only()
        field = found(table(call), key)
        alter_field(call.account, field, call.part(name))
        return ok({name: show(field, call)})

    @router.route("DELETE", f"/api/v2/{path}/{{key}}")
    def _delete(call: Call, key: str) -> Response:
        call.admins_only()
        drop_field(call.account, table(call), found(table(call), key))
        return Response.empty()


def _option_routes(router: Router) -> None:
    @router.route("GET", "/api/v2/ticket_fields/{key}/options")
    def _list(call: Call, key: str) -> Response:
        call.agents_only()
        field = found(call.account.ticket_fields, key)
        return listing(
            call,
            field.options,
            lambda page: {"custom_field_options": [option(it, field, call.base) for it in page]},
        )

    @router.route("POST", "/api/v2/ticket_fields/{key}/options")
    def _upsert(call: Call, key: str) -> Response:
        call.admins_only()
        field, body = found(call.account.ticket_fields, key), call.part("custom_field_option")
        known = next((it for it in field.options if it.id == body.get("id")), None)
        if known is None:
            known = Option(call.account.new_id(), str(body["name"]), str(body["value"]))
            field.options.append(known)
            call.account.fields_changed()
            shown = option(known, field, call.base)
            return call.created({"custom_field_option": shown}, shown["url"])
        known.name, known.value = (
            str(body.get("name", known.name)),
            str(body.get("value", known.value)),
        )
        call.account.fields_changed()
        return ok({"custom_field_option": option(known, field, call.base)})

    @router.route("DELETE", "/api/v2/ticket_fields/{key}/options/{option_id}")
    def _delete(call: Call, key: str, option_id: str) -> Response:
        call.admins_only()
        field = found(call.account.ticket_fields, key)
        rows = [it for it in field.options if str(it.id) != option_id]
        given = [{"name": it.name, "value": it.value} for it in rows]
        alter_field(call.account, field, {"custom_field_options": given})
        return Response.empty()

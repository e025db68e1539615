"""People by the hundred, as jobs."""

from __future__ import annotations

from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk.call import Call
from sandbox.zendesk.jobs import answer, at_most, each
from sandbox.zendesk.records import Json
from sandbox.zendesk.state import as_id, ids_in
from sandbox.zendesk.users import create, delete, update, upsert


def routes(router: Router) -> None:
    """Serve the bulk calls of users."""

    def run(call: Call, kind: str, rows: list[Any], do: Any, label: str) -> Response:
        call.agents_only()

        return answer(call, call.services.jobs.queue(kind, len(rows), lambda: each(rows, do, label)))

    @router.route("POST", "/api/v2/users/create_many")
    def _create_many(call: Call) -> Response:
        rows = at_most(call.body().get("users"))
        return run(call, "Bulk Create User", rows,
                   lambda row: {"id": create(call.account, row).id}, "UserCreateError")  # fmt: skip

    @router.route("POST", "/api/v2/users/create_or_update_many")
    def _upsert_many(call: Call) -> Response:
        def do(row: Json) -> Json:
            user, made = upsert(call.account, row)
            word = "Created" if made else "Updated"
            return {"id": user.id, "action": "create" if made else "update", "status": word,
                    "success": True, "email": user.email, "external_id": user.external_id}  # fmt: skip

        rows = at_most(call.body().get("users"))
        return run(call, "Bulk Create Or Update User", rows, do, "UserUpdateError")

    @router.route("PUT", "/api/v2/users/update_many")
    def _update_many(call: Call) -> Response:
        def do(row: Json) -> Json:
            user = call.account.user(row.get("id"))
            update(call.account, user, {key: row[key] for key in row if key != "id"})
            return {"id": user.id, "action": "update", "status": "Updated", "success": True}

        body = call.body()
        rows = body.get("users")
        if not isinstance(rows, list):
            shared = body.get("user") or {}
            rows = [shared | {"id": key} for key in ids_in(call.request.arg("ids"))]
        return run(call, "UserBulkUpdateJobV2", at_most(rows), do, "UserUpdateError")

    @router.route("DELETE", "/api/v2/users/destroy_many")
    def _destroy_many(call: Call) -> Response:
        def do(key: Any) -> Json:
            delete(call.account, call.account.user(as_id(key)))
            return {"id": key, "action": "delete", "status": "Deleted", "success": True}

        rows = at_most(ids_in(call.request.arg("ids")))
        return run(call, "Bulk Delete User", rows, do, "UserDeleteError")

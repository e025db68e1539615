"""Webhooks over HTTP."""

from __future__ import annotations

import secrets

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.webhooks import TEST_SECRET, Webhook, public_auth


def _routes_hook(call: Call, key: str) -> Webhook:
    call.admins_only()
    known = call.services.webhooks.known.get(key)
    if known is None:
        raise errors.ApiError(404, {"errors": [{"code": "WebhookNotFound", "title": "Webhook not found"}]})
    return known


def routes(router: Router) -> None:
    """Serve webhooks."""

    @router.route("GET", "/api/v2/webhooks")
    def _list(call: Call) -> Response:
        call.admins_only()
        rows = [it.shape for it in call.services.webhooks.known.values()]
        # Here the last page says so at once: no links, no cursors.
        return ok({"webhooks": rows, "meta": {"has_more": False}})

    @router.route("POST", "/api/v2/webhooks")
    def _create(call: Call) -> Response:
        call.admins_only()
        made = call.services.webhooks.create(call.part("webhook"), call.user.id)
        return Response.json({"webhook": made.shape}, 201)

    @router.route("POST", "/api/v2/webhooks/test")
    def _test(call: Call) -> Response:
        known = call.request.arg("webhook_id")
        given = call.body().get("request") or {}
        url = _routes_hook(call, known).shape["endpoint"] if known else str(given.get("endpoint"))
        secret = _routes_hook(call, known).secret if known else TEST_SECRET
        shape = {"endpoint": url, "http_method": str(given.get("http_method") or "POST")}
        probe = Webhook(known or "test", shape, secret)
        body = str(given.get("payload") or "{}").encode()
        call.services.send_webhook(call.services.webhooks.delivery(probe, body))
        return ok({"response": {"status_code": 200, "headers": [], "payload": ""}})

    _one_webhook(router)


def _one_webhook(router: Router) -> None:
    @router.route("GET", "/api/v2/webhooks/{key}")
    def _show(call: Call, key: str) -> Response:
        return ok({"webhook": _routes_hook(call, key).shape})

    def change(call: Call, key: str) -> Response:
        known, body = _routes_hook(call, key), call.part("webhook")
        known.shape |= {name: value for name, value in body.items() if name in known.shape and name != "id"}
        if body.get("authentication"):
            known.credentials = body["authentication"]
            known.shape["authentication"] = public_auth(body["authentication"])
        return Response.empty()

    router.add("PUT", "/api/v2/webhooks/{key}", change)
    router.add("PATCH", "/api/v2/webhooks/{key}", change)

    @router.route("DELETE", "/api/v2/webhooks/{key}")
    def _delete(call: Call, key: str) -> Response:
        del call.services.webhooks.known[_routes_hook(call, key).id]
        return Response.empty()

    @router.route("GET", "/api/v2/webhooks/{key}/signing_secret")
    def _secret(call: Call, key: str) -> Response:
        return ok({"signing_secret": {"secret": _routes_hook(call, key).secret, "algorithm": "SHA256"}})

    @router.route("POST", "/api/v2/webhooks/{key}/signing_secret")
    def _reset_secret(call: Call, key: str) -> Response:
        known = _routes_hook(call, key)
        known.secret = secrets.token_urlsafe(32)
        return Response.json({"signing_secret": {"secret": known.secret, "algorithm": "SHA256"}}, 201)

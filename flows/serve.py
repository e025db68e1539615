"""
`hub serve`: take webhooks in. Verify, store a hint, acknowledge; the next run looks.

A webhook is never believed further than "look at this replica": it may be late, repeated, out of
order or lost, and polling finds everything anyway.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.errors import HubError
from hub.model import System
from hub.ports import Connector, Rejected, Store, Webhook

BODY_LIMIT = 2_000_000
_log = logging.getLogger("hub.serve")


def application(
    store: Store, connectors: Mapping[System, Connector], now: Callable[[], float] = time.time
) -> Starlette:
    """
    Return the web application: `POST /webhooks/<system>` and `GET /health`.

    A system that cannot sign what it sends (Salesforce's outbound messages) proves itself by the secret
    at the end of the address, `POST /webhooks/<system>/<secret>`, which is therefore never logged.

    200 means stored; 401 that the signature or its time does not hold; 404 no such system; 413 too
    large; 503 that the store cannot be written now, so that the vendor delivers it again.
    """

    async def take(request: Request) -> Response:
        system = System(request.path_params["system"])
        connector = connectors.get(system)
        if connector is None:
            known = ", ".join(sorted(connectors))
            return JSONResponse({"error": f"no system {system!r} here; there are {known}"}, 404)
        body = await _body(request)
        if body is None:
            return JSONResponse({"error": f"the body is longer than {BODY_LIMIT} bytes"}, 413)
        webhook = Webhook(
            request.method,
            request.url.path,
            {name.lower(): value for name, value in request.headers.items()},
            body,
            now(),
        )
        return await asyncio.to_thread(_accept, store, connector, webhook)

    async def health(_: Request) -> Response:
        try:
            waiting = await asyncio.to_thread(store.inbox_size)
        except HubError as error:
            return JSONResponse({"ok": False, "error": str(error)}, 503)
        return JSONResponse({"ok": True, "inbox": dict(waiting)})

    return Starlette(
        routes=[
            Route("/webhooks/{system}", take, methods=["POST"]),
            Route("/webhooks/{system}/{secret}", take, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
    return b"".join(parts)


def _accept(store: Store, connector: Connector, webhook: Webhook) -> Response:
    """Store before acknowledging: what was answered 200 survives any crash."""
    try:
        hints = connector.verify(webhook)
    except Rejected as rejected:
        _log.warning("webhook to %s rejected: %s", connector.system, rejected)
        return JSONResponse({"error": str(rejected)}, 401)
    try:
        new = store.stage_hints(hints, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except HubError as error:  # 503 with Retry-After: both vendors then deliver it again
        return JSONResponse({"error": str(error)}, 503, headers={"retry-after": "30"})
    wanted = connector.acknowledgement(webhook)
    return JSONResponse({"hints": new}) if wanted is None else Response(wanted, media_type="text/xml")

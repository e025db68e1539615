"""
`hub serve`: take webhooks in. Verify, store a hint, acknowledge; a run looks.

A webhook is never believed further than "look at this replica": it may be late, repeated, out of
order or lost, and polling finds everything anyway.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.intake import Intake
from flows.vitals_http import routes
from hub.errors import HubError
from hub.model import System
from hub.ports import Connector, Rejected, Store, Webhook
from hub.settings import Settings

BODY_LIMIT = 2_000_000
BODY_SECONDS = 30.0
"""In which a body must have come, whole: who sends it drop by drop would hold a place for ever."""
_AGAIN = "30"
"""Seconds. Zendesk delivers again only if it is to wait for less than a minute."""
_log = logging.getLogger("hub.serve")


def application(
    store: Store,
    connectors: Mapping[System, Connector],
    settings: Settings,
    now: Callable[[], float] = time.time,
    patience: float = BODY_SECONDS,
) -> Starlette:
    """
    Return the web application: `POST /webhooks/<system>`, and the routes of `flows.vitals_http`.

    A system that cannot sign what it sends (Salesforce's outbound messages) proves itself by the secret
    at the end of the address, `POST /webhooks/<system>/<secret>`, which is therefore never logged.

    200 means stored; 401 that the signature or its time does not hold; 404 no such system; 408 that the
    body did not come within `patience` (seconds); 413 too large; 503 that the store cannot be written
    now, so that the vendor delivers it again.
    """
    intake = Intake(store)

    async def take(request: Request) -> Response:
        system = System(request.path_params["system"])
        connector = connectors.get(system)
        if connector is None:
            known = ", ".join(sorted(connectors))
            return JSONResponse({"error": f"no system {system!r} here; there are {known}"}, 404)
        try:
            async with asyncio.timeout(patience):
                body = await _body(request)
        except TimeoutError:
            return JSONResponse({"error": f"the body did not come within {patience:g} seconds"}, 408)
        if body is None:
            return JSONResponse({"error": f"the body is longer than {BODY_LIMIT} bytes"}, 413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return await accept(
            intake, connector, Webhook(request.method, request.url.path, headers, body, now())
        )

    return Starlette(
        routes=[
            Route("/webhooks/{system}", take, methods=["POST"]),
            Route("/webhooks/{system}/{secret}", take, methods=["POST"]),
            *routes(store, settings),
        ]
    )


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > BODY_LIMIT:
                return None
            parts.append(part)
    except ClientDisconnect:  # nobody is there to be answered
        return b""
    return b"".join(parts)


async def accept(intake: Intake, connector: Connector, webhook: Webhook) -> Response:
    """Store before acknowledging: what was answered 200 survives any crash."""
    try:
        hints = connector.verify(webhook)
    except Rejected as rejected:
        _log.warning("webhook to %s rejected: %s", connector.system, rejected)
        return JSONResponse({"error": str(rejected)}, 401)
    try:
        new = await intake.put(hints)
    except HubError as error:  # 503 with Retry-After: all vendors then deliver it again
        return JSONResponse({"error": str(error)}, 503, headers={"retry-after": _AGAIN})
    wanted = connector.acknowledgement(webhook)
    return JSONResponse({"hints": new}) if wanted is None else Response(wanted, media_type="text/xml")

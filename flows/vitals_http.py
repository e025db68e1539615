"""`/health`, `/ready` and `/metrics`, for `hub serve` or any process that has the store."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.vitals import as_data, health_of
from hub.errors import HubError
from hub.ports import Store
from hub.settings import Settings
from hub.vitals import seconds_between

_STALE = 120.0
"""Seconds after which who holds the store must have renewed it."""
_WORKS, _BROKEN = 200, 503


def routes(store: Store, settings: Settings) -> list[Route]:
    """
    Return the routes by which others watch the hub.

    `/health`: 200 while the store can be read and no flow died silently, else 503 with what did.
    `/live`: 200 while this process answers; for who restarts processes, which mends no other one.
    `/ready`: 200 while the store can be written to and the last sync ended well, else 503 and why.
    `/metrics`: what Prometheus reads.
    """

    async def health(_: Request) -> Response:
        return await asyncio.to_thread(_answered, lambda: _health(store, settings))

    async def live(_: Request) -> Response:
        return JSONResponse({"ok": True})

    async def ready(_: Request) -> Response:
        return await asyncio.to_thread(_answered, lambda: _ready(store, settings))

    async def metrics(_: Request) -> Response:
        return await asyncio.to_thread(_answered, lambda: _metrics(store, settings))

    return [
        Route("/health", health, methods=["GET"]),
        Route("/live", live, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _answered(answer: Any) -> Response:
    try:
        return answer()
    except HubError as error:
        return JSONResponse({"ok": False, "error": str(error)}, _BROKEN)


def _health(store: Store, settings: Settings) -> Response:
    found = health_of(store, settings)
    inbox = dict(store.inbox_size())
    body = {"ok": not found.dead, "inbox": inbox, "dead": found.dead, "late": sorted(found.late)}
    return JSONResponse(body, _BROKEN if found.dead else _WORKS)


def _ready(store: Store, settings: Settings) -> Response:
    store.try_write()
    found = health_of(store, settings)
    sync = found.vitals.beats.get("sync")
    why: list[str] = []
    if sync is not None and sync.failures:
        why.append(f"the last sync {sync.outcome}: {sync.error}")
    renewed = found.vitals.renewed
    if renewed and seconds_between(renewed, found.vitals.at) > _STALE:
        why.append(f"{found.vitals.holder} holds the store and was not heard of since {renewed}")
    body = {"ok": not why, "why": why, **as_data(found, settings.watch)}
    return JSONResponse(body, _BROKEN if why else _WORKS)


def _metrics(store: Store, settings: Settings) -> Response:
    from flows.vitals_metrics import CONTENT_TYPE, exposition  # noqa: PLC0415  only who is asked for it

    return Response(exposition(health_of(store, settings)), media_type=CONTENT_TYPE)

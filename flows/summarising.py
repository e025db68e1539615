"""`hub brief --summary`: a brief worded by the endpoint that the user configured. Only when asked for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flows.wires import Wires
from hub.brief import Brief, Reader
from hub.endpoint_settings import EndpointSettings
from hub.errors import HubError, Misconfigured
from hub.model import System
from hub.registers import REGISTERS
from hub.settings import Settings

if TYPE_CHECKING:
    from connectors.endpoint.client import Endpoint

ENDPOINT = System("endpoint")
_THE_CUSTOMERS = frozenset({"subject", "description", "status", "product_area", "language", "channel"})
"""Beside the impact: what the customer said themselves, or may know."""


@contextmanager
def opened_endpoint(settings: EndpointSettings, wires: Wires) -> Generator[Endpoint]:
    """Return the client of the endpoint; closed at the end."""
    from connectors.endpoint.client import Endpoint  # noqa: PLC0415  only who configured one needs it

    transport = wires.transports.get(ENDPOINT)
    endpoint = Endpoint(settings, transport=transport, attempts=wires.attempts, sleep=wires.sleep)
    try:
        yield endpoint
    finally:
        endpoint.close()


def may_leave(settings: Settings, reader: Reader) -> tuple[EndpointSettings, Reader]:
    """
    Return the endpoint that words summaries, and what of a brief may go there.

    That is what the customer may read, unless `internal` allows more. Raises `Misconfigured` where no
    endpoint is to do it.
    """
    endpoint = settings.endpoint
    if endpoint is None or "summary" not in endpoint.what:
        raise Misconfigured(
            "No endpoint is to word summaries. Name one in [endpoint] of hub.toml, with "
            '`what = ["signals", "summary"]`; `hub brief` without --summary needs none.'
        )
    if endpoint.internal:
        return endpoint, reader
    known = {name for name in REGISTERS if name.startswith("impact.")} | _THE_CUSTOMERS
    told = frozenset(name for name in known if reader.shows(name))
    return endpoint, Reader(reader.part, reader.audiences & {"public"}, told)


def summed_up(settings: EndpointSettings, briefs: list[Brief], wires: Wires) -> list[dict[str, Any]]:
    """Return of each brief what the endpoint makes of it, how many lines went there, and what went wrong."""
    from connectors.endpoint.summary import summarise  # noqa: PLC0415

    found: list[dict[str, Any]] = []
    with opened_endpoint(settings, wires) as endpoint:
        for one in briefs:
            told: dict[str, Any] = {"summary": "", "trouble": "", "sent": len(one.pieces)}
            told["model"] = settings.model
            try:
                told["summary"] = summarise(endpoint, one) if one.pieces else ""
            except HubError as error:  # the extractive brief stands
                told["trouble"] = str(error)
            found.append(told)
    return found

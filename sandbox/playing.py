"""One request to an HTTP vendor, under the fault that was drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.faults import Fate, Fault
from sandbox.vendor import Vendor
from sandbox.web import Request, Response


def play(
    fault: Fault, vendor: Vendor, request: Request, later: Callable[[float], object]
) -> Response:
    """
    Let `vendor` answer `request` under `fault`, its callbacks around the whole.

    `later` is told in how many seconds it is to be carried out, where that is not now.
    """
    if fault.before:
        fault.before(request)
    if fault.fate is Fate.LATE:
        _ = later(fault.seconds)
    response = _answer(fault, vendor, request)
    if fault.after:
        fault.after(request, response)
    return response


def _answer(fault: Fault, vendor: Vendor, request: Request) -> Response:
    match fault.fate:
        case Fate.OK:
            return vendor.handle(request)
        case Fate.SLOW:
            response = vendor.handle(request)
            return replace(response, delay=response.delay + fault.seconds)
        case Fate.LOST:
            # The status stays, so that an `after` callback sees what was really done.
            return replace(vendor.handle(request), drop=True)
        case Fate.EXPIRE_TOKEN:
            vendor.expire_tokens()
            return vendor.handle(request)
        case Fate.THROTTLE:
            return vendor.throttled(request)
        case Fate.LATE | Fate.LOST_BEFORE | Fate.FAIL | Fate.FAIL_500 | Fate.HTML | Fate.FULL:
            return _refusal(fault)


def _refusal(fault: Fault) -> Response:
    """Return the answer of a request that never reached the vendor."""
    match fault.fate:
        case Fate.LATE | Fate.LOST_BEFORE:
            return Response.dropped()
        case Fate.FAIL:
            wait = [("Retry-After", f"{fault.seconds:g}")] if fault.seconds else []
            return Response.json({"error": "Service unavailable"}, 503, wait)
        case Fate.FAIL_500:
            return Response.json({"error": "Internal server error"}, 500)
        case Fate.FULL:
            return Response.json({"error": "Insufficient storage"}, 507)
        case _:
            return Response.html(_EDGE_PAGE, 502)


_EDGE_PAGE = """<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>edge</center></body></html>
"""

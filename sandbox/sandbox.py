"""The sandbox as one object: vendors, faults, clock and counts, behind one lock."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sandbox.clock import Clock, http_date
from sandbox.faults import Faults, play
from sandbox.vendor import Vendor
from sandbox.web import Request, Response

VENDORS: Mapping[str, str] = {
    "zendesk": "sandbox.zendesk:Zendesk",
    "jira": "sandbox.jira:Jira",
    "salesforce": "sandbox.salesforce:Salesforce",
}

_log = logging.getLogger("sandbox.requests")

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Calls:
    """How often each endpoint was asked, and with which status each request was answered."""

    endpoints: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    dropped: int = 0

    def note(self, endpoint: str, response: Response) -> None:
        """Count one request. A dropped answer counts as dropped, not by its status."""
        self.endpoints[endpoint] += 1
        if response.drop:
            self.dropped += 1
        else:
            self.statuses[response.status] += 1

    def reset(self) -> None:
        """Start counting anew."""
        self.endpoints.clear()
        self.statuses.clear()
        self.dropped = 0

    def describe(self) -> dict[str, Any]:
        """Return the counts as the control API shows them."""
        return {
            "total": self.endpoints.total(),
            "throttled": self.statuses[429],
            "dropped": self.dropped,
            "endpoints": dict(sorted(self.endpoints.items())),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
        }


class Sandbox:
    """
    Every stand-in with its faults and counts.

    Requests are answered one at a time, whatever thread they come from. To act on a vendor's
    `state` while servers run, hold `lock`.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        vendors: Iterable[str | Callable[[Clock], Vendor]] = tuple(VENDORS),
    ) -> None:
        """Build the named stand-ins; their modules are imported only now."""
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        made = [_class(given)(self.clock) for given in vendors]
        self.vendors: dict[str, Vendor] = {vendor.name: vendor for vendor in made}
        self.faults = {name: Faults() for name in self.vendors}
        self.calls = {name: Calls() for name in self.vendors}

    def handle(self, name: str, request: Request) -> Response:
        """Answer one request to the vendor `name`: its fate first, then the vendor itself."""
        vendor, faults, calls = self.vendors[name], self.faults[name], self.calls[name]
        with self.lock:
            endpoint = vendor.endpoint(request)
            writes = request.method not in _READS and endpoint not in vendor.reads
            fault = faults.draw(endpoint, writes=writes)
            try:
                response = play(fault, vendor, request) if fault else vendor.handle(request)
            except BaseException:
                # A crash in the caller: the request was made all the same.
                calls.note(endpoint, Response.dropped())
                raise
            calls.note(endpoint, response)
            # The sandbox's time, not the machine's: clients may measure their clock against it.
            response.headers.append(("Date", http_date(self.clock.now())))
        if _log.isEnabledFor(logging.INFO):
            came = "dropped" if response.drop else response.status
            _log.info("%s %s %s: %s", name, request.method, request.path, came)
        return response

    def owner(self, host: str) -> str | None:
        """Return the vendor whose host name this is."""
        host = host.lower()
        return next((name for name, it in self.vendors.items() if it.owns_host(host)), None)

    def seed(self, kind: str, vendor: str | None = None, **params: Any) -> dict[str, Any]:
        """Seed one vendor, or all; return what each made, by vendor."""
        chosen = self.chosen(vendor)
        with self.lock:
            return {name: dict(self.vendors[name].seed(kind, **params)) for name in chosen}

    def reset(self) -> None:
        """Return to a fresh, empty sandbox: no data, no faults, no counts, real time."""
        with self.lock:
            self.clock.reset()
            for name, vendor in self.vendors.items():
                vendor.reset()
                self.faults[name].clear()
                self.calls[name].reset()

    def chosen(self, vendor: str | None) -> list[str]:
        """Return the vendors that a caller means; None means all. Raises LookupError."""
        if vendor is None:
            return list(self.vendors)
        if vendor not in self.vendors:
            raise LookupError(f"no vendor {vendor!r}; there are {', '.join(self.vendors)}")
        return [vendor]


def _class(given: str | Callable[[Clock], Vendor]) -> Callable[[Clock], Vendor]:
    if not isinstance(given, str):
        return given
    if given not in VENDORS:
        raise LookupError(f"no stand-in {given!r}; there are {', '.join(VENDORS)}")
    module, _, name = VENDORS[given].partition(":")
    return getattr(import_module(module), name)

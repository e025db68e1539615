"""The sandbox as one object: vendors, faults, clock and counts, behind one lock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from sandbox.calls import Calls
from sandbox.clock import Clock, http_date
from sandbox.faults import Faults
from sandbox.playing import play
from sandbox.vendor import Listens, Party, Vendor
from sandbox.web import Request, Response

VENDORS: Mapping[str, str] = {
    "zendesk": "sandbox.zendesk:Zendesk",
    "jira": "sandbox.jira:Jira",
    "salesforce": "sandbox.salesforce:Salesforce",
}

OTHERS: Mapping[str, str] = {
    "email": "sandbox.email:Email",
}
"""Stand-ins that do not speak HTTP, and listen on ports of their own."""

_log = logging.getLogger("sandbox.requests")

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Sandbox:
    """
    Every stand-in with its faults and counts.

    `vendors` speak HTTP, `listening` another protocol; `parties` are both. Requests are answered one
    at a time, whatever thread they come from. To act on a stand-in's `state` while servers run, hold
    `lock`.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        vendors: Iterable[str | Callable[[Clock], Vendor | Listens]] = (*VENDORS, *OTHERS),
    ) -> None:
        """Build the named stand-ins; their modules are imported only now."""
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        made = [_class(given)(self.clock) for given in vendors]
        self.parties: dict[str, Party] = {party.name: party for party in made}
        self.vendors = {party.name: party for party in made if not isinstance(party, Listens)}
        self.listening = {party.name: party for party in made if isinstance(party, Listens)}
        self.faults = {name: Faults() for name in self.parties}
        self.calls = {name: Calls() for name in self.parties}
        self._late: list[tuple[float, str, Request]] = []
        for name, party in self.listening.items():
            party.join(self.lock, self.faults[name], self.calls[name])

    def handle(self, name: str, request: Request) -> Response:
        """Answer one request to the vendor `name`: its fate first, then the vendor itself."""
        vendor, faults, calls = self.vendors[name], self.faults[name], self.calls[name]
        with self.lock:
            if self._late:
                self.catch_up()
            endpoint = vendor.endpoint(request)
            writes = request.method not in _READS and endpoint not in vendor.reads
            fault = faults.draw(endpoint, writes=writes)
            try:
                if fault is None:
                    response = vendor.handle(request)
                else:
                    response = play(fault, vendor, request, partial(self._put_off, name, request))
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

    def _put_off(self, name: str, request: Request, seconds: float) -> None:
        self._late.append((self.clock.now() + seconds, name, request))

    def catch_up(self) -> None:
        """Carry out what is late and due by now; done with every request, too."""
        with self.lock:
            due = [one for one in self._late if one[0] <= self.clock.now()]
            self._late = [one for one in self._late if one[0] > self.clock.now()]
            for _, name, request in sorted(due, key=lambda one: one[0]):
                _ = self.vendors[name].handle(request)

    def owner(self, host: str) -> str | None:
        """Return the vendor whose host name this is."""
        host = host.lower()
        return next((name for name, it in self.vendors.items() if it.owns_host(host)), None)

    def seed(self, kind: str, vendor: str | None = None, **params: Any) -> dict[str, Any]:
        """Seed one vendor, or all; return what each made, by vendor."""
        chosen = self.chosen(vendor)
        with self.lock:
            return {name: dict(self.parties[name].seed(kind, **params)) for name in chosen}

    def reset(self) -> None:
        """Return to a fresh, empty sandbox: no data, no faults, no counts, real time."""
        with self.lock:
            self.clock.reset()
            self._late.clear()
            for name, party in self.parties.items():
                party.reset()
                self.faults[name].clear()
                self.calls[name].reset()

    def chosen(self, vendor: str | None) -> list[str]:
        """Return the vendors that a caller means; None means all. Raises LookupError."""
        if vendor is None:
            return list(self.parties)
        if vendor not in self.parties:
            raise LookupError(f"no vendor {vendor!r}; there are {', '.join(self.parties)}")
        return [vendor]


def _class(given: str | Callable[[Clock], Vendor | Listens]) -> Callable[[Clock], Vendor | Listens]:
    if not isinstance(given, str):
        return given
    known = {**VENDORS, **OTHERS}
    if given not in known:
        raise LookupError(f"no stand-in {given!r}; there are {', '.join(known)}")
    module, _, name = known[given].partition(":")
    return getattr(import_module(module), name)

"""
Webhooks on their way out: real requests to loopback, sent beside the answers, never before them.

A stand-in composes and signs; the outbox delivers, and misbehaves if its vendor's settings say so.
"""

from __future__ import annotations

import ipaddress
import queue
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import httpx

SETTINGS: Mapping[str, Any] = {"webhook_duplicates": False, "webhook_reorder": False, "webhook_lost": 0.0}
"""Switches that a vendor adds to its own: each comes twice; pairs come swapped; this share never comes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request; `done` is told, on the outbox's own thread, what became of it."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    done: Callable[[Outcome], object] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: the status answered, or why there was none."""

    delivery: Delivery
    status: int | None
    error: str = ""
    body: bytes = b""


class Leaving(Protocol):
    """What a vendor's own delivery must tell to be sent."""

    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


@runtime_checkable
class Delivers(Protocol):
    """
    A vendor that hands each webhook to `deliver`, if that is set.

    The servers set it, so that webhooks are real there; in process they stay with the vendor.
    """

    deliver: Callable[[Any], object] | None


class Outbox:
    """
    A vendor's webhook deliveries, in order, on a thread of their own.

    Only loopback is ever sent to: a sandbox does not reach out. `outcomes` keeps the last ones.
    `send` may be replaced by a test that wants the deliveries without sockets; they are then made
    within `post` itself.
    """

    def __init__(
        self, settings: Mapping[str, Any], send: Callable[[Delivery], object] | None = None
    ) -> None:
        """Deliver as `settings` say at the time of each delivery."""
        self.outcomes: deque[Outcome] = deque(maxlen=1000)
        self.misled: Counter[str] = Counter()
        """How many deliveries each of the settings has doubled, swapped or lost."""
        self._settings = settings
        self._send = send
        self._held: Delivery | None = None
        self._queue: queue.Queue[Delivery] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._random = random.Random(0)

    def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        done: Callable[[Outcome], object] | None = None,
    ) -> None:
        """Deliver soon. Never fails: see `outcomes`, or be told by `done`."""
        delivery = Delivery(url, headers, body, done)
        if (lost := self._settings.get("webhook_lost")) and self._random.random() < lost:
            self.misled["webhook_lost"] += 1
            return
        if self._settings.get("webhook_reorder") and self._held is None:
            self._held = delivery
            return
        held, self._held = self._held, None
        self._deliver(delivery)
        if held is not None:
            self.misled["webhook_reorder"] += 1
            self._deliver(held)

    def forward(self, leaving: Leaving) -> None:
        """Deliver what a vendor composed in its own type."""
        self.post(leaving.url, leaving.headers, leaving.body)

    def flush(self) -> None:
        """Let go of a delivery that waits to be swapped, and wait until all were made."""
        held, self._held = self._held, None
        if held is not None:
            self._deliver(held)
        self._queue.join()

    def _deliver(self, delivery: Delivery) -> None:
        twice = bool(self._settings.get("webhook_duplicates"))
        self.misled["webhook_duplicates"] += twice
        for _ in range(2 if twice else 1):
            if self._send is not None:
                self._send(delivery)
            else:
                self._queue.put(delivery)
        if self._thread is None and self._send is None:
            self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        with httpx.Client(trust_env=False, timeout=10.0) as client:
            while True:
                delivery = self._queue.get()
                try:
                    outcome = _made(client, delivery)
                    self.outcomes.append(outcome)
                    if delivery.done is not None:
                        delivery.done(outcome)
                finally:
                    self._queue.task_done()


def _made(client: httpx.Client, delivery: Delivery) -> Outcome:
    if not _loopback(delivery.url):
        return Outcome(delivery, None, "the sandbox delivers webhooks only to loopback")
    try:
        answer = client.post(delivery.url, headers=dict(delivery.headers), content=delivery.body)
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        return Outcome(delivery, None, f"{type(failed).__name__}: {failed}")
    return Outcome(delivery, answer.status_code, body=answer.content)


def _loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

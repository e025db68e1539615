"""
Rate limits on the sandbox's clock, with the vendor's headers and its two kinds of 429.

`rate_limits` in the settings: None (none are enforced, and the headers state the hard ceiling), a
plan's name, or a number a minute. `endpoint_limits` overrides single limits by their name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.web import Request, Response
from sandbox.zendesk.state import Account

CEILING = 100_000
PLANS = {
    "suite_team": 200,
    "suite_growth": 400,
    "suite_professional": 400,
    "suite_enterprise": 700,
    "suite_enterprise_plus": 2500,
    "support_essential": 10,
    "support_team": 200,
    "support_professional": 400,
    "support_enterprise": 700,
    "high_volume": 2500,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: so many requests in so many seconds, perhaps counted per record."""

    name: str
    total: int
    seconds: int
    high_volume: int | None = None
    each: bool = False
    header: bool = True


Covers = Callable[[str, str], bool]


def _is(*endpoints: str) -> Covers:
    wanted = set(endpoints)
    return lambda endpoint, _path: endpoint in wanted


def _under(prefix: str) -> Covers:
    return lambda endpoint, _path: endpoint.startswith(prefix)


LIMITS: list[tuple[Covers, Limit]] = [
    (_is("PUT /api/v2/tickets/{id}", "PUT /api/v2/tickets/{id}/tags"),
     Limit("per-ticket-updates", 30, 600, each=True)),
    (_is("PUT /api/v2/tickets/{id}", "PUT /api/v2/tickets/{id}/tags"),
     Limit("tickets-update", 100, 60, high_volume=300)),
    (_under("GET /api/v2/incremental/"), Limit("incremental-exports", 10, 60, high_volume=30)),
    (_is("GET /api/v2/tickets"), Limit("tickets-index", 100, 60, high_volume=300)),
    (_is("DELETE /api/v2/tickets/{id}"), Limit("tickets-destroy", 400, 60)),
    (_is("GET /api/v2/deleted_tickets"), Limit("deleted-tickets-index", 10, 60)),
    (_is("DELETE /api/v2/deleted_tickets/{id}"), Limit("deleted-tickets-destroy", 1000, 60)),
    (_is("DELETE /api/v2/deleted_tickets/destroy_many"),
     Limit("deleted-tickets-destroy-many", 300, 60)),
    (_is("GET /api/v2/tickets/{id}/audits"), Limit("ticket-audits-index", 500, 60)),
    (_is("GET /api/v2/search"), Limit("search-index", 2500, 60)),
    (_is("GET /api/v2/search/export"), Limit("search-export", 100, 60)),
    (_is("PUT /api/v2/users/{id}"), Limit("users-update", 5, 60, each=True)),
    (_is("PUT /api/v2/users/{id}", "POST /api/v2/users/create_or_update"),
     Limit("users-update-account", 60, 60)),
    (_is("PUT /api/v2/organizations/{id}"), Limit("organizations-update", 5, 60, each=True)),
    (_is("GET /api/v2/views/{id}/tickets", "GET /api/v2/views/{id}/execute"),
     Limit("views-tickets", 5, 60, each=True)),
    (_is("GET /api/v2/tags"), Limit("tags-index", 2000, 60)),
    (_is("GET /api/v2/ticket_fields"), Limit("ticket-fields-index", 300, 60, high_volume=450)),
]  # fmt: skip


class Limits:
    """Counts requests in windows that begin with the first request in them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def forget(self) -> None:
        """Start all windows anew."""
        self._windows.clear()

    def take(self, endpoint: str, path: str) -> tuple[list[tuple[str, str]], Response | None]:
        """
        Count one request.

        Return the headers that its answer carries, and the 429 if a limit is spent.
        """
        total = self._plan()
        if total is None:
            return _account_headers(CEILING, CEILING - 1, 60, endpoint), None
        now = self._account.clock.now()
        left, resets = self._left("account", "", total, 60, now)
        headers = _account_headers(total, max(0, left - 1), resets, endpoint)
        covering = [limit for covers, limit in LIMITS if covers(endpoint, path)]
        refused = None if left > 0 else _refused_account(resets)
        for limit in covering:
            spent = self._endpoint(limit, path, now, headers)
            refused = refused or spent
        if refused is not None:
            refused.headers.extend(headers)
            return headers, refused
        self._count("account", "", 60, now)
        for limit in covering:
            self._count(limit.name, path if limit.each else "", limit.seconds, now)
        return headers, None

    def _endpoint(
        self, limit: Limit, path: str, now: float, headers: list[tuple[str, str]]
    ) -> Response | None:
        total = self._total(limit)
        left, resets = self._left(limit.name, path if limit.each else "", total, limit.seconds, now)
        headers.append(
            (
                f"zendesk-ratelimit-{limit.name}",
                f"total={total}; remaining={max(0, left - 1)}; resets={resets}",
            )
        )
        return None if left > 0 else refusal(limit.name, resets)

    def _plan(self) -> int | None:
        given = self._account.settings["rate_limits"]
        if given is None or given is False:
            return None
        if isinstance(given, str):
            return PLANS.get(given, 700)
        return int(given)

    def _total(self, limit: Limit) -> int:
        chosen = self._account.settings["endpoint_limits"].get(limit.name)
        if chosen is not None:
            return int(chosen)
        high = self._account.settings["rate_limits"] == "high_volume"
        return limit.high_volume if high and limit.high_volume else limit.total

    def _left(self, name: str, target: str, total: int, seconds: int, now: float) -> tuple[int, int]:
        start, used = self._windows.get((name, target), (now, 0))
        if now >= start + seconds:
            start, used = now, 0
        return total - used, max(1, math.ceil(start + seconds - now))

    def _count(self, name: str, target: str, seconds: int, now: float) -> None:
        start, used = self._windows.get((name, target), (now, 0))
        if now >= start + seconds:
            start, used = now, 0
        self._windows[name, target] = (start, used + 1)


def _account_headers(total: int, left: int, resets: int, endpoint: str) -> list[tuple[str, str]]:
    headers = [("X-Rate-Limit", str(total)), ("X-Rate-Limit-Remaining", str(left))]
    if "/webhooks" not in endpoint:
        headers += [
            ("ratelimit-limit", str(total)),
            ("ratelimit-remaining", str(left)),
            ("ratelimit-reset", str(resets)),
        ]
    return headers


def _refused_account(after: int) -> Response:
    return Response.text(
        "Number of allowed API requests per minute exceeded", 429, [("Retry-After", str(after))]
    )


def refusal(name: str, after: int) -> Response:
    """Return the 429 of one endpoint's own limit."""
    if name == "organizations-update":
        body: object = {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}
    else:
        words = {"incremental-exports": "incremental export API"}.get(name, f"{name} API")
        body = {
            "error": "APIRateLimitExceeded",
            "description": f"Number of allowed {words} requests per minute exceeded",
        }
    return Response.json(body, 429, [("Retry-After", str(after))])


def throttled(request: Request, after: int = 1) -> Response:
    """Return the 429 that a request would meet if its limit were spent just now."""
    headers = _account_headers(700, 0, after, request.path)
    if "/incremental/" in request.path:
        refused = refusal("incremental-exports", after)
        headers[-1:] = [headers[-1], (
            "zendesk-ratelimit-incremental-exports", f"total=10; remaining=0; resets={after}"
        )]  # fmt: skip
    else:
        refused = _refused_account(after)
    refused.headers.extend(headers)
    return refused

"""
The vendor's three limits, on the sandbox's clock: points an hour, bursts, writes to one issue.

Each refusal is a 429 that says by which limit, when to come back, and how much is left.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.jira import times
from sandbox.web import Response

_DEFAULT = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
_OVERRIDES: Mapping[str, float] = {
    "GET /issue/{issueIdOrKey}": 150.0,
    "GET /user": 150.0,
    "GET /issue/{issueIdOrKey}/changelog": 200.0,
    "GET /attachment/content/{id}": 300.0,
    "POST /search/approximate-count": 150.0,
}
_ISSUE_WINDOWS = ((2.0, 20), (30.0, 100))
_BULK_POINTS = 50
_HOUR = 3600

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class Limits:
    """Counts calls and says which may not be."""

    settings: MutableMapping[str, Any]
    buckets: dict[str, _Bucket] = field(default_factory=dict)
    writes: dict[str, deque[float]] = field(default_factory=dict)
    hour: int = 0
    points: int = 0

    def check(
        self, endpoint: str, issue: str | None, points: int | None, now: float
    ) -> tuple[Response | None, Headers]:
        """
        Count a call of `endpoint` (`PUT /issue/{issueIdOrKey}`); return a refusal, or headers for the answer.

        `issue`: the one issue that it writes. `points`: what it costs an OAuth app, None for an
        API token.
        """
        if not self.settings["rate_limits"]:
            return None, []
        refused = self._quota(points, now) or self._burst(endpoint, now) or self._issue(issue, now)
        if refused is not None:
            return refused, []
        headers = self._headers(endpoint)
        if points is not None:
            headers += self._beta(now)
        return None, headers

    def _rate(self, endpoint: str) -> float:
        method = endpoint.partition(" ")[0]
        rate = _OVERRIDES.get(endpoint, _DEFAULT.get(method, 100.0))
        return max(1.0, rate * float(self.settings["burst_scale"]))

    def _burst(self, endpoint: str, now: float) -> Response | None:
        rate = self._rate(endpoint)
        bucket = self.buckets.setdefault(endpoint, _Bucket(rate, now))
        bucket.left = min(rate, bucket.left + max(0.0, now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            wait = (1 - bucket.left) / rate
            return refused("jira-burst-based", rate, wait, now)
        bucket.left -= 1
        return None

    def _issue(self, issue: str | None, now: float) -> Response | None:
        if issue is None:
            return None
        past = self.writes.setdefault(issue, deque())
        while past and past[0] <= now - _ISSUE_WINDOWS[-1][0]:
            past.popleft()
        for seconds, most in _ISSUE_WINDOWS:
            recent = [at for at in past if at > now - seconds]
            if len(recent) >= most:
                wait = recent[-most] + seconds - now
                return refused("jira-per-issue-on-write", most, wait, now)
        past.append(now)
        return None

    def _quota(self, points: int | None, now: float) -> Response | None:
        if points is None:
            return None
        hour = int(now // _HOUR)
        if hour != self.hour:
            self.hour, self.points = hour, 0
        most = int(self.settings["points_per_hour"])
        if self.points + points > most:
            return refused("jira-quota-global-based", most, (hour + 1) * _HOUR - now, now)
        self.points += points
        return None

    def _headers(self, endpoint: str) -> Headers:
        rate, bucket = self._rate(endpoint), self.buckets[endpoint]
        return [
            ("X-RateLimit-Limit", str(int(rate))),
            ("X-RateLimit-Remaining", str(int(bucket.left))),
        ]

    def _beta(self, now: float) -> Headers:
        most = int(self.settings["points_per_hour"])
        left, until = most - self.points, int((self.hour + 1) * _HOUR - now)
        headers = [
            ("Beta-RateLimit-Policy", f'"global-app-quota";q={most};w={_HOUR}'),
            ("Beta-RateLimit", f'"global-app-quota";r={left};t={until}'),
        ]
        if left < most * 0.2:
            headers.append(("X-RateLimit-NearLimit", "true"))
        return headers

    def clear(self) -> None:
        self.buckets.clear()
        self.writes.clear()
        self.hour = self.points = 0


def refused(reason: str, limit: float, wait: float, now: float) -> Response:
    """Return the vendor's 429."""
    seconds = max(1, math.ceil(wait))
    body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    return Response.json(
        body,
        429,
        (
            ("Retry-After", str(seconds)),
            ("X-RateLimit-Limit", str(int(limit))),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", times.utc_stamp(int((now + seconds) * 1000))),
            ("RateLimit-Reason", reason),
        ),
    )


def points_of(endpoint: str, answer_objects: int = 0) -> int:
    """Return what a call costs an OAuth app: one for the call, one for each object it reads."""
    if endpoint == "POST /issue/bulk":
        return _BULK_POINTS
    return 1 + answer_objects

"""
A budget of calls a day that the whole org shares, and of which we leave a part to everybody else.

The vendor counts; its answers say how far it is. Nothing waits for a day to pass: who would go over
is told so at once, and the flow pauses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from connectors.ratelimits import Usage, daily_usage
from hub.errors import Unavailable

LOOK_AGAIN = 15 * 60.0
"""Seconds after which a call may look whether some of the budget came free again."""


class DailyBudget:
    """
    One org's calls of the last 24 hours. Safe to share between threads.

    `reserve`: the share of the org's calls that is left to people and other integrations. A quota of
    our app alone is used up whole. Before anything was heard, calls go out and are told.
    """

    def __init__(
        self, system: str, *, reserve: float = 0.2, now: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 <= reserve < 1:
            raise ValueError(f"reserve is a share from 0 to below 1, not {reserve}")
        self._system = system
        self._reserve = reserve
        self._now = now
        self._lock = threading.Lock()
        self._usage = Usage()
        self._flying = 0
        self._looked = 0.0

    def take(self, endpoint: str, target: str = "") -> None:
        """Let a call go if it fits; else raise `Unavailable`, saying how much is used and left to whom."""
        del target
        with self._lock:
            spent = self._spent()
            if spent and self._now() - self._looked < LOOK_AGAIN:
                raise Unavailable(f"{self._system} {endpoint}: {spent}")
            if spent:
                self._looked = self._now()
            self._flying += 1

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says of the budget; status 0 says that none came."""
        del endpoint
        heard = daily_usage(headers)
        with self._lock:
            self._flying = max(0, self._flying - 1)
            if heard.limit or heard.app_limit:
                self._usage = heard
                self._looked = self._now()
            elif status == HTTPStatus.UNAUTHORIZED:
                self._looked = -LOOK_AGAIN  # the session ended during the pause: nothing was seen yet

    @property
    def usage(self) -> Usage:
        """What the last answer said."""
        return self._usage

    def _spent(self) -> str:
        used, limit, app_used, app_limit = self._usage
        if app_limit and app_used + self._flying >= app_limit:
            return (
                f"our app has used {app_used:,} of its {app_limit:,} calls of the last 24 hours. "
                f"{_BACK} Ask an administrator for a larger quota of the app if this lasts."
            )
        ours = int(limit * (1 - self._reserve))
        if limit and used + self._flying >= ours:
            return (
                f"the org has used {used:,} of its {limit:,} calls of the last 24 hours, and the hub leaves "
                f"{limit - ours:,} of them to others (`reserve` = {self._reserve:g} in hub.toml). {_BACK}"
            )
        return ""


_BACK = (
    "This side pauses and nothing is lost: calls come free again as the 24 hours roll on, "
    f"and the hub looks again every {LOOK_AGAIN / 60:.0f} minutes or at its next run."
)

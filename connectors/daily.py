"""
A budget of calls a day that the whole org shares, and of which we leave a part to everybody else.

The vendor counts; its answers say how far it is, to all workers what any of them heard. Nothing waits
for a day to pass: who would go over is told so at once, and the flow pauses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from connectors.allowance import Terms
from connectors.ratelimits import Usage, daily_usage
from connectors.sharing import Lot, Share
from hub.budget_store import Grant, Key, Standing
from hub.errors import Unavailable

LOOK_AGAIN = 15 * 60.0
"""Seconds after which a call may look whether some of the budget came free again."""
ORG: Key = ("daily-calls", "")
APP: Key = ("daily-calls-of-the-app", "")


class DailyBudget:
    """
    One org's calls of the last 24 hours. Safe to share between threads.

    `reserve`: the share of the org's calls that is left to people and other integrations. A quota of
    our app alone is used up whole. Before anything was heard, calls go out and are told. `share`: the
    part that this process has in what all workers may use; None: it is alone.
    """

    def __init__(
        self,
        system: str,
        *,
        reserve: float = 0.2,
        share: Share | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= reserve < 1:
            raise ValueError(f"reserve is a share from 0 to below 1, not {reserve}")
        self._system = system
        self._reserve = reserve
        self._share = share
        self._mine = threading.local()
        self._now = now
        self._lock = threading.Lock()
        self._usage = Usage()
        self._flying = 0
        self._looked = 0.0
        self._refusals: dict[Key, Grant] = {}

    @property
    def waited(self) -> Mapping[str, float]:
        """Nobody waits for another day: `take` raises."""
        return {}

    def take(self, endpoint: str, target: str = "") -> None:
        """Let a call go if it fits; else raise `Unavailable`, saying how much is used and left to whom."""
        del target
        if self._share is not None:
            self._mine.lots = self._granted(self._share, endpoint)
            return
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

        if self._share is not None:
            self._tell(self._share, status, heard)

    def _granted(self, share: Share, endpoint: str) -> tuple[Lot, ...]:
        """Spend one of the calls that the store granted to this worker."""
        while True:
            with self._lock:
                used = self._usage
                terms = {ORG: Terms("daily", float(self._ours(used.limit)), LOOK_AGAIN)}
                if used.app_limit:
                    terms[APP] = Terms("daily", float(used.app_limit), LOOK_AGAIN)
                now = self._now()
                wishes = share.lacking(terms, now)
                if not wishes:
                    self._flying += 1
                    return share.take(terms)
            closed, key = share.wait(terms, now)
            if closed <= 0:
                refused = [grant for grant in share.draw(wishes) if not grant.tokens]
                self._refusals |= {grant.key: grant for grant in refused}
                if not refused:
                    continue
                key = refused[0].key
            raise Unavailable(f"{self._system} {endpoint}: {self._why(key)}")

    def _why(self, key: Key) -> str:
        """What is spent, as the store knew it from all workers when it was asked last."""
        grant = self._refusals.get(key)
        if grant is None or not grant.most:
            return f"another worker was refused, and none asks for a while. {_BACK}"
        if key == APP:
            return _spent_by_app(int(grant.used), int(grant.most))
        return (
            f"the org has used {int(grant.used):,} calls of the last 24 hours, and all workers of the hub "
            f"stop at {int(grant.most):,}, leaving the rest to others (`reserve` = {self._reserve:g} in "
            f"hub.toml). {_BACK}"
        )

    def _tell(self, share: Share, status: int, heard: Usage) -> None:
        now, lots = self._now(), getattr(self._mine, "lots", ())
        self._mine.lots = ()
        if status == HTTPStatus.UNAUTHORIZED:  # it saw nothing, and goes once more with a new session
            share.spare(lots)
        _ = share.done(lots, now)
        if heard.limit:
            share.hear(ORG, heard.used, self._ours(heard.limit), now)
        if heard.app_limit:
            share.hear(APP, heard.app_used, heard.app_limit, now)

    def standing(self) -> list[Standing]:
        """Return how far the vendor has counted, by the last answer."""
        used, limit, app_used, app_limit = self._usage
        stands = [(ORG, self._ours(limit), used), (APP, app_limit, app_used)]
        return [Standing(k, most, max(0.0, most - count), 86_400.0) for k, most, count in stands if most]

    def _ours(self, limit: int) -> int:
        return int(limit * (1 - self._reserve))

    @property
    def usage(self) -> Usage:
        """What the last answer said."""
        return self._usage

    def _spent(self) -> str:
        used, limit, app_used, app_limit = self._usage
        if app_limit and app_used + self._flying >= app_limit:
            return _spent_by_app(app_used, app_limit)
        ours = self._ours(limit)
        if limit and used + self._flying >= ours:
            return (
                f"the org has used {used:,} of its {limit:,} calls of the last 24 hours, and the hub leaves "
                f"{limit - ours:,} of them to others (`reserve` = {self._reserve:g} in hub.toml). {_BACK}"
            )
        return ""


def _spent_by_app(used: int, limit: int) -> str:
    return (
        f"our app has used {used:,} of its {limit:,} calls of the last 24 hours. "
        f"{_BACK} Ask an administrator for a larger quota of the app if this lasts."
    )


_BACK = (
    "This side pauses and nothing is lost: calls come free again as the 24 hours roll on, "
    f"and the hub looks again with its first run after {LOOK_AGAIN / 60:.0f} minutes, if not before."
)

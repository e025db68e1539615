"""
Pacing: no request leaves that a limit would refuse, and hardly one later than the limits allow.

What a vendor documents is where we start; what its answers state is what we go by.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from connectors.allowance import Allowance, Bucket, Terms, Window
from connectors.quota import Gauge, Points, Slots
from connectors.ratelimits import ACCOUNT, Stated, reason, stated
from connectors.reply import NotDone
from connectors.retry import LONGEST_WAIT, is_refusal, seconds_to_wait
from connectors.sharing import Lot, Share
from hub.budget_store import Key, Standing, Wish

log = logging.getLogger(__name__)
_MOST_OBJECTS = 10_000
_STILL = 10_000
_CEILING = 100_000
"""Calls a minute. An account that states Zendesk's hard ceiling has no limits by endpoint."""
Scope = Literal["account", "endpoint", "target"]


class Limit(NamedTuple):
    """A documented limit: which calls it covers, what it counts apart, and how it counts."""

    name: str
    """The vendor's name for it, if its headers state it by one."""
    covers: re.Pattern[str]
    """Searched in the endpoint (`PUT /api/v2/tickets/{id}`)."""
    per: Scope
    make: Callable[[], Allowance]


class PacedBudget:
    """
    One system's limits, all at once. Safe to share between threads.

    `share`: the part that this process has in the budgets of all workers; None: it is alone. Limits per
    object are this process's own: a ticket and its replicas are one worker's at a time.
    `reserve`: share of each limit that is left to people and other integrations.
    `take` waits at most `longest` seconds at a time; if a limit frees later, it raises `NotDone`.
    """

    def __init__(
        self,
        system: str,
        limits: Sequence[Limit] = (),
        *,
        account: int | None = None,
        careful: bool = False,
        reserve: float = 0.05,
        share: Share | None = None,
        longest: float = LONGEST_WAIT,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """
        `account`: calls a minute that the plan allows, until the system states its own figure.
        `careful`: without such a figure, one call at a time until an answer states it.
        """
        if not 0 <= reserve < 1:
            raise ValueError(f"reserve is a share from 0 to below 1, not {reserve}")
        self._system = system
        self._limits = tuple(limits)
        self._account = account
        self._careful = careful
        self._reserve = reserve
        self._share = share
        self._longest = longest
        self._now = now
        self._sleep = sleep
        self._wall = wall
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._held: dict[Key, Allowance] = {}
        self._covering: dict[str, list[Limit]] = {}
        self._named_by: dict[str, dict[str, Scope]] = {}
        self._states_account: dict[str, int] = {}
        self._waited: defaultdict[str, float] = defaultdict(float)

    @property
    def waited(self) -> Mapping[str, float]:
        """Seconds that calls waited for each limit so far, but for waits of less than a second."""
        with self._lock:
            return dict(self._waited)

    def take(self, endpoint: str, target: str = "") -> None:
        """Wait until a call of `endpoint` fits into every limit that covers it."""
        still = 0
        while True:
            now = self._now()
            wait, slowest, wishes = self._attempt(endpoint, target)
            if wishes and self._share is not None:
                _ = self._share.draw(wishes)
                continue
            if wait <= 0:
                return
            if wait > self._longest:
                raise NotDone(
                    f"{self._system} {endpoint}: the limit {_spelt(slowest)} is used up for "
                    f"{wait:.0f} s more",
                    wait,
                )
            if wait > 1:
                log.info("%s: waiting %.1f s for %s", self._system, wait, _spelt(slowest))
                with self._lock:
                    self._waited[slowest[0]] += wait
            self._sleep(wait)
            still = still + 1 if self._now() == now else 0
            if still > _STILL:
                raise RuntimeError("the clock stands still: `sleep` must move what `now` reads")

    def _attempt(self, endpoint: str, target: str) -> tuple[float, Key, Sequence[Wish]]:
        """Take, and return 0; or for how long what is used up; or what must be asked of the store first."""
        with self._lock:
            now = self._now()
            keys = self._keys(endpoint, target)
            wait, slowest = max(((self._held[key].wait(now), key) for key in keys), default=(0.0, ("", "")))
            lots: tuple[Lot, ...] = ()
            if wait <= 0 and self._share is not None:
                wait, slowest = self._share.wait(keys, now)
                terms = self._terms(keys, endpoint) if wait <= 0 else {}
                if wishes := self._share.lacking(terms, now):
                    return 0.0, slowest, wishes
                lots = self._share.take(terms)
            if wait <= 0:
                for key in keys:
                    self._held[key].take(now)
                self._mine.taken = (keys, target, lots)
            return wait, slowest, ()

    def _terms(self, keys: Iterable[Key], endpoint: str) -> dict[Key, Terms]:
        """Return on what terms each of these is shared with other workers; without those that are not."""
        common = {key: self._held[key] for key in keys if key[0] == ACCOUNT or key[1] in ("", endpoint)}
        # A site that does not say yet what it allows is asked one call at a time by each worker.
        known = {k: held for k, held in common.items() if k != (ACCOUNT, "") or not isinstance(held, Slots)}
        return {key: terms for key, held in known.items() if (terms := held.terms()) is not None}

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of the limits that an answer states; status 0 says that none came."""
        keys, target, lots = getattr(self._mine, "taken", ((), "", ()))
        self._mine.taken = ((), "", ())
        refused: Sequence[Key] = ()
        with self._lock:
            now = self._now()
            for key in keys:
                self._held[key].done(now)
            if headers:
                found = stated(headers, self._wall())
                for what in found:
                    self._heed(what, endpoint, target, now)
                if is_refusal(status, headers):
                    refused = self._refused(endpoint, target, headers, found, now)
        if self._share is not None:
            if self._share.done(lots, now):
                self._share.settle()
            if refused:
                common = [key for key in refused if key[0] == ACCOUNT or key[1] in ("", endpoint)]
                self._share.pause(common, seconds_to_wait(headers) or 1.0)

    def standing(self) -> list[Standing]:
        """Return how each limit stands by this process's count, and the vendor's words; none per object."""
        with self._lock:
            now = self._now()
            common = {k: held for k, held in self._held.items() if k[0] == ACCOUNT or not k[1] or " " in k[1]}
            stands = {key: held.stands(now) for key, held in common.items()}
            return [Standing(key, *figures) for key, figures in sorted(stands.items()) if figures is not None]

    def _keys(self, endpoint: str, target: str) -> list[Key]:
        """Name every counter that this call goes into; make those that are new."""
        if len(self._held) > _MOST_OBJECTS:
            self._forget()
        account = self._account_key(endpoint)
        keys = [account] if account else []
        known = self._covering.get(endpoint)
        if known is None:
            lifted = self._states_account.get(endpoint, 0) >= _CEILING
            limits = () if lifted else self._limits
            known = [limit for limit in limits if limit.covers.search(endpoint)]
            self._covering[endpoint] = known
        for limit in known:
            if limit.per == "target" and not target:
                continue
            key = (limit.name, _which(limit.per, endpoint, target))
            if key not in self._held:
                self._held[key] = limit.make()
            keys.append(key)
        for name, per in self._named_by.get(endpoint, {}).items():
            key = (name, _which(per, endpoint, target))
            if key in self._held and key not in keys:
                keys.append(key)
        return keys

    def _account_key(self, endpoint: str) -> Key | None:
        # Some endpoints state a figure of their own in the account's header: a counter apart.
        limit = self._states_account.get(endpoint, self._account)
        if not limit and not self._careful:
            return None
        key = (ACCOUNT, str(limit or ""))
        if key not in self._held:
            self._held[key] = Window(limit, 60.0, self._reserve) if limit else Slots(1)
        return key

    def _heed(self, what: Stated, endpoint: str, target: str, now: float) -> None:
        key = self._key_of(what, endpoint, target)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = self._new(what)
        if isinstance(held, Bucket) and what.refill and what.limit:
            held.fit(what.refill, what.limit)
        held.state(now, what.limit, what.remaining, what.resets)

    def _key_of(self, what: Stated, endpoint: str, target: str) -> Key:
        if what.name == ACCOUNT and what.refill is None:
            if what.limit:
                if self._states_account.get(endpoint) != what.limit:
                    self._states_account[endpoint] = what.limit
                    _ = self._covering.pop(endpoint, None)
                self._account = Counter(self._states_account.values()).most_common(1)[0][0]
            account = self._account_key(endpoint)
            if account:
                return account
        per = self._scope_of(what.name)
        self._named_by.setdefault(endpoint, {})[what.name] = per
        return (what.name, _which(per, endpoint, target))

    def _scope_of(self, name: str) -> Scope:
        for limit in self._limits:
            if limit.name == name:
                return limit.per
        if name == "endpoint":
            return "endpoint"
        return "target" if name.startswith("per-") else "account"

    def _new(self, what: Stated) -> Allowance:
        if what.refill:
            return Bucket(what.refill, float(what.limit or what.refill), self._reserve)
        if "quota" in what.name:
            return Points(self._reserve)
        if what.name == "inflight-jobs":
            return Gauge()
        return Window(what.limit, what.period or max(60.0, what.resets or 0.0), self._reserve)

    def _refused(
        self,
        endpoint: str,
        target: str,
        headers: Mapping[str, str],
        found: Iterable[Stated],
        now: float,
    ) -> Sequence[Key]:
        """Hold back what the refusal is about, and nothing else; return that."""
        until = now + (seconds_to_wait(headers) or 1.0)
        why = reason(headers)
        keys = self._keys(endpoint, target)
        spent = [self._key_of(what, endpoint, target) for what in found if what.remaining == 0]
        if "per-issue" in why:
            spent = [key for key in keys if target and key[1] == target]
        elif "burst" in why:
            spent = [key for key in keys if key[1] == endpoint]
        elif not spent and any(what.name == ACCOUNT and what.remaining for what in found):
            # The account has calls left: it is a limit of this endpoint that it does not name.
            spent = [key for key in keys if key[0] != ACCOUNT]
        for key in spent or keys:
            self._held[key].pause(until)
        log.warning("%s refused %s: %s", self._system, endpoint, why or "too many requests")
        return spent or keys

    def _forget(self) -> None:
        now = self._now()
        idle = [key for key, held in self._held.items() if key[1] and held.idle(now)]
        for key in idle:
            del self._held[key]


def _which(per: Scope, endpoint: str, target: str) -> str:
    return {"account": "", "endpoint": endpoint, "target": target}[per]


def _spelt(key: Key) -> str:
    return f"{key[0]} ({key[1]})" if key[1] else key[0]

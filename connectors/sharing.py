"""
One process's share of the budgets that all workers keep to.

Calls are granted in lots by the store, and spent here one by one: as long as a lot lasts, a call costs
nothing. What is not spent in time goes back with the next asking.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from uuid import uuid4

from connectors.allowance import Terms
from connectors.call import Budget
from hub.budget_store import BudgetStore, Grant, Key, Kind, Said, Spent, Standing, Wish
from hub.errors import HubError

log = logging.getLogger(__name__)
_READS = ("GET ", "HEAD ")
_LEAST = 0.1
"""Seconds that a lot is good for, however long it took to get it."""
_PARTS: Mapping[Kind, int] = {"window": 8, "bucket": 4, "slots": 1, "daily": 1}
"""A lot is at most this part of its limit: what a worker that dies takes with it."""


@dataclass(eq=False)
class Lot:
    """Calls that were granted together."""

    wish: Wish
    grant: str
    left: int
    until: float
    used: int = 0
    flying: int = 0
    last: float = 0.0
    """When the last of its calls was answered."""

    def is_good(self, now: float) -> bool:
        return self.left > 0 and now < self.until


def _wish(key: Key, terms: Terms, tokens: int) -> Wish:
    return Wish(key, terms.kind, terms.most, terms.pace, tokens, terms.stated)


class _Said(NamedTuple):
    used: float
    most: float
    at: float


@dataclass(eq=False)
class Share:
    """One system's budgets, as one worker has a part in them. Safe to share between threads."""

    store: BudgetStore
    system: str
    worker: str
    now: Callable[[], float] = time.monotonic
    _lots: dict[Key, Lot] = field(default_factory=dict[Key, Lot], init=False)
    _ended: list[Lot] = field(default_factory=list[Lot], init=False)
    """Lots of which nothing more is sent, not settled yet: some of their calls may be under way."""
    _size: dict[Key, int] = field(default_factory=dict[Key, int], init=False)
    """How large a lot is used up in time, by what was used so far."""
    _closed: dict[Key, float] = field(default_factory=dict[Key, float], init=False)
    """Until when nothing is granted: used up, or the vendor refused one of the workers."""
    _said: dict[Key, _Said] = field(default_factory=dict[Key, _Said], init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _drawing: threading.Lock = field(default_factory=threading.Lock, init=False)

    def wait(self, keys: Iterable[Key], now: float) -> tuple[float, Key]:
        """Return for how long one of these limits is closed, and which."""
        with self._lock:
            closed = ((self._closed.get(key, 0.0) - now, key) for key in keys)
            return max(closed, default=(0.0, ("", "")))

    def lacking(self, terms: Mapping[Key, Terms], now: float) -> Sequence[Wish]:
        """Return what must be asked for before a call within these limits can go."""
        with self._lock:
            lacks = [key for key in terms if not self._has(key, now)]
            return [_wish(key, terms[key], self._size.get(key, 1)) for key in sorted(lacks)]

    def _has(self, key: Key, now: float) -> bool:
        lot = self._lots.get(key)
        if lot is None or lot.is_good(now):
            return lot is not None
        self._end(lot)
        return False

    def take(self, keys: Collection[Key]) -> tuple[Lot, ...]:
        """Spend one call of each, right after nothing was lacking."""
        with self._lock:
            lots = tuple(self._lots[key] for key in keys)
            for lot in lots:
                lot.left -= 1
                lot.used += 1
                lot.flying += 1
            return lots

    def done(self, lots: Iterable[Lot], now: float) -> bool:
        """A call was answered, or given up; True if something should go back at once (`settle`)."""
        slots = False
        with self._lock:
            for lot in lots:
                lot.flying -= 1
                lot.last = now
                if lot.wish.kind == "slots" and not lot.flying:
                    slots = True
                    self._end(lot)
        return slots

    def spare(self, lots: Iterable[Lot]) -> None:
        """A call did not count, and may go once more."""
        with self._lock:
            for lot in lots:
                lot.left += 1
                lot.used -= 1

    def _end(self, lot: Lot) -> None:
        key = lot.wish.key
        if self._lots.get(key) is lot:
            del self._lots[key]
            self._ended.append(lot)
            size = max(1, int(lot.wish.most / _PARTS[lot.wish.kind])) if lot.wish.most else 1
            self._size[key] = max(1, min(lot.used if lot.left else 2 * lot.used, size))

    def draw(self, wishes: Sequence[Wish]) -> Sequence[Grant]:
        """Ask the store for more, unless another thread got it meanwhile."""
        with self._drawing:
            begun = self.now()
            with self._lock:
                wanted = [wish for wish in wishes if not self._has(wish.key, begun)]
                wanted = [wish for wish in wanted if self._closed.get(wish.key, 0.0) <= begun]
                spent, said = self._settled(begun), self._heard(begun)
            if not (wanted or spent or said):
                return ()
            drawn = self.store.draw(self.system, self.worker, wanted, spent, said)
            with self._lock:
                now = self.now()
                for wish, grant in zip(wanted, drawn.grants, strict=True):
                    self._receive(wish, grant, begun, now)
                for key, seconds in drawn.pauses.items():
                    self._close(key, now + seconds)
            return drawn.grants

    def _settled(self, now: float) -> list[Spent]:
        for lot in list(self._lots.values()):
            if not lot.is_good(now):
                self._end(lot)
        over = [lot for lot in self._ended if not lot.flying]
        self._ended = [lot for lot in self._ended if lot.flying]
        return [
            Spent(lot.wish.key, lot.grant, lot.used, lot.left, max(0.0, now - lot.last) if lot.used else 0.0)
            for lot in over
            if lot.wish.kind != "bucket" or lot.left
        ]

    def _heard(self, now: float) -> list[Said]:
        heard, self._said = self._said, {}
        return [Said(key, used, most, max(0.0, now - at)) for key, (used, most, at) in heard.items()]

    def _receive(self, wish: Wish, grant: Grant, begun: float, now: float) -> None:
        if grant.tokens:
            until = max(begun + grant.seconds, now + _LEAST)
            self._lots[wish.key] = Lot(wish, grant.id, grant.tokens, until)
        else:  # a little apart from the other workers, who wait for the same moment
            jitter = random.uniform(0.0, min(0.1 * grant.seconds, 0.25))  # noqa: S311
            self._close(wish.key, now + grant.seconds + jitter)

    def _close(self, key: Key, until: float) -> None:
        self._closed[key] = max(self._closed.get(key, 0.0), until)

    def hear(self, key: Key, used: float, most: float, now: float) -> None:
        """The vendor itself says how far it has counted; told with the next asking."""
        with self._lock:
            self._said[key] = _Said(used, most, now)

    def pause(self, keys: Iterable[Key], seconds: float) -> None:
        """The vendor refused us: let no other worker ask, either. Raises nothing: a call was made already."""
        try:
            for key in keys:
                self.store.pause(self.system, key, seconds)
        except HubError as error:
            log.warning("%s: the other workers were not told of a refusal: %s", self.system, error)

    def settle(self, *, whole: bool = False) -> None:
        """Give back what is not under way; `whole`: the rest of every lot, too, as at the end of a run."""
        with self._lock:
            for lot in list(self._lots.values()) if whole else ():
                self._end(lot)
        try:
            _ = self.draw(())
        except HubError as error:  # it comes free by itself, a little later
            log.warning("%s: unused calls were not given back: %s", self.system, error)


class Counted(Budget, Protocol):
    """A budget that knows how its limits stand."""

    @property
    def waited(self) -> Mapping[str, float]: ...
    def standing(self) -> Sequence[Standing]: ...


class Rightful:
    """A budget of which nothing is spent on writes once another worker has taken over what we work on."""

    def __init__(self, budget: Budget, still: Callable[[], None]) -> None:
        self._budget = budget
        self._still = still

    def take(self, endpoint: str, target: str = "") -> None:
        """Raises what `still` raises: after the wait for the budget, which may have been long."""
        self._budget.take(endpoint, target)
        if endpoint.startswith(_READS):
            return
        try:
            self._still()
        except HubError:
            self._budget.learn(endpoint, 0, {})  # nothing was sent
            raise

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        self._budget.learn(endpoint, status, headers)


class Fleet:
    """
    One of several workers, which this process is: a share for each system.

    `still` raises what ends our writing: another worker took over what we work on.
    """

    def __init__(
        self,
        store: BudgetStore,
        now: Callable[[], float] = time.monotonic,
        still: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._now = now
        self._still = still
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self._shares: dict[str, Share] = {}
        self._budgets: dict[str, Counted] = {}

    def budget(self, system: str, make: Callable[[Share | None], Counted]) -> Budget:
        """Make a system's budget: with a share in what all workers may use, where there can be others."""
        share: Share | None = None
        if self._store.shares_budgets:
            share = self._shares[system] = Share(self._store, system, self._worker, self._now)
        made = make(share)
        self._budgets[system] = made
        return Rightful(made, self._still)

    def waited(self) -> dict[str, float]:
        """Return how many seconds calls waited for which limit so far, as `zendesk incremental-exports`."""
        return {
            f"{system} {limit}": seconds
            for system, budget in self._budgets.items()
            for limit, seconds in budget.waited.items()
        }

    def rest(self) -> None:
        """After a run: give back what was not used, and tell how the limits stand."""
        for share in self._shares.values():
            share.settle(whole=True)
        try:
            for system, budget in self._budgets.items():
                if lines := budget.standing():
                    self._store.tell_budgets(system, lines)
        except HubError as error:
            log.warning("how the limits stand could not be told: %s", error)

"""
One limit each: a counted window, a bucket that fills steadily, a number of requests at a time.

No clock and no threads in here: `now` (seconds, monotonic) is given, the caller holds the lock.
A request flies from `take` until `done`; nobody knows when in between the vendor counts it.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from hub.budget_store import Kind

POLL = 0.01
"""How soon to look again if only an answer on its way can tell."""
_OVERTAKING = 20
"""Answers that may overtake each other: as many as a client has connections."""
_ROUNDING = 1.0
"""Vendors state the time to a reset in whole seconds."""


class Terms(NamedTuple):
    """What all workers together may do within one limit; see `hub.budget_store.Wish`."""

    kind: Kind
    most: float
    pace: float
    stated: bool = False


class Allowance(Protocol):
    """What every kind of limit can be asked."""

    def wait(self, now: float, /) -> float:
        """Seconds until one more may be sent; 0 if it may now."""
        ...

    def take(self, now: float, /) -> None: ...
    def done(self, now: float, /) -> None:
        """The request was answered, or given up."""
        ...

    def state(self, now: float, limit: int | None, remaining: int | None, resets: float | None, /) -> None:
        """The vendor says how much is left. Not held to be newer than what it said before."""
        ...

    def pause(self, until: float, /) -> None:
        """The vendor refused: nothing before `until`."""
        ...

    def idle(self, now: float, /) -> bool:
        """It remembers nothing that matters any more."""
        ...

    def terms(self) -> Terms | None:
        """How it is shared between workers; None: the vendor's own figure says what all of them used."""
        ...

    def stands(self, now: float, /) -> tuple[float, float, float] | None:
        """Return what is allowed, what is left of it, and seconds until it is whole; None: not known."""
        ...


class Window:
    """
    At most `limit` requests in any `period` seconds, wherever the vendor's own window begins.

    A slot is free again one period after its request was *answered*: between any two requests
    that the vendor counts, `limit` apart, lies at least a period then, however long each travelled.
    What others use of the same limit is known from what the vendor says is left.
    """

    def __init__(self, limit: int | None, period: float, reserve: float = 0.0) -> None:
        self.limit = limit
        """None: not known yet. One request at a time then, until an answer states it."""
        self.period = period
        self._stated = False
        self._reserve = reserve
        self._answered: deque[float] = deque()
        self._flying = 0
        self._left = 0
        self._until = 0.0
        self._paused = 0.0

    def wait(self, now: float) -> float:
        if now < self._paused:
            return self._paused - now
        if self.limit is None:
            return POLL if self._flying else 0.0
        kept = int(self.limit * self._reserve)
        return max(self._wait_own(now, max(1, self.limit - kept)), self._wait_stated(now, kept))

    def _wait_own(self, now: float, most: int) -> float:
        answered, since = self._answered, now - self.period
        while answered and answered[0] <= since:
            _ = answered.popleft()
        over = len(answered) + self._flying - most
        if over < 0:
            return 0.0
        if over < len(answered):
            return max(answered[over] - since, 0.001)
        return POLL

    def _wait_stated(self, now: float, kept: int) -> float:
        if now >= self._until or self._left - self._flying > kept:
            return 0.0
        return POLL if self._left > kept else self._until - now

    def take(self, _now: float) -> None:
        self._flying += 1

    def done(self, now: float) -> None:
        self._flying -= 1
        self._answered.append(now)
        # Counted by the vendor, and its figure for this answer (see `state`) may not come.
        self._left -= 1

    def state(self, now: float, limit: int | None, remaining: int | None, resets: float | None) -> None:
        if limit:
            self.limit, self._stated = limit, True
        if remaining is None:
            return
        if resets is not None:
            self.period = max(self.period, resets)
        until = now + (self.period if resets is None else resets + _ROUNDING)
        tolerance = min(2.0, self.period / 2)
        # A new window of the vendor's shows by its later end, or by much more being left.
        later = resets is not None and until > self._until + tolerance
        more = resets is None and remaining > self._left + _OVERTAKING
        if now >= self._until or later or more:
            self._left, self._until = remaining, until
        elif resets is None or until >= self._until - tolerance:
            # Answers overtake each other: of those about one window, the least is the newest.
            self._left = min(self._left + 1, remaining)

    def pause(self, until: float) -> None:
        self._paused = max(self._paused, until)

    def idle(self, now: float) -> bool:
        _ = self._wait_own(now, 1)
        return not (self._answered or self._flying) and now >= max(self._paused, self._until)

    def terms(self) -> Terms | None:
        if self.limit is None:
            return None
        most = float(max(1, self.limit - int(self.limit * self._reserve)))
        return Terms("window", most, self.period, self._stated)

    def stands(self, now: float) -> tuple[float, float, float] | None:
        terms = self.terms()
        if terms is None or self.limit is None:
            return None
        _ = self._wait_own(now, 1)
        left = terms.most - len(self._answered) - self._flying
        if now < self._until:
            left = min(left, float(self._left - int(self.limit * self._reserve)))
        whole = self._answered[-1] + self.period - now if self._answered else 0.0
        return terms.most, max(0.0, left), max(0.0, whole, self._paused - now)


class Bucket:
    """
    `rate` requests a second, and `burst` at once after a rest.

    Requests may bunch on their way, so we ask for no more than half of the vendor's burst at once:
    that covers a travel time that varies by `burst / 2 / rate` seconds, and costs no throughput.
    """

    def __init__(self, rate: float, burst: float, reserve: float = 0.0) -> None:
        self._reserve = reserve
        self._set(rate, burst)
        self._tokens = self._burst
        self._at = 0.0
        self._flying = 0
        self._paused = 0.0

    def _set(self, rate: float, burst: float) -> None:
        self._nominal = self._rate = rate * (1 - self._reserve)
        self._burst = max(1.0, burst / 2)

    def fit(self, rate: float, burst: float) -> None:
        """The vendor states its bucket."""
        if self._nominal != rate * (1 - self._reserve) or self._burst != max(1.0, burst / 2):
            self._set(rate, burst)

    def wait(self, now: float) -> float:
        if now < self._paused:
            return self._paused - now
        self._fill(now)
        return 0.0 if self._tokens >= 1 else max((1 - self._tokens) / self._rate, 0.001)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now

    def take(self, now: float) -> None:
        self._fill(now)
        self._tokens -= 1
        self._flying += 1

    def done(self, _now: float) -> None:
        self._flying -= 1
        self._rate = min(self._nominal, self._rate + self._nominal / 1000)

    def state(self, now: float, _limit: int | None, remaining: int | None, resets: float | None) -> None:
        if remaining is None:
            return
        self._fill(now)
        self._tokens = min(self._tokens, float(remaining - self._flying))
        if remaining <= 0 and resets is not None:
            self._paused = max(self._paused, now + resets)

    def pause(self, until: float) -> None:
        self._paused = max(self._paused, until)
        # It fills more slowly than we were told: find its pace.
        self._rate = max(self._rate * 0.7, self._nominal / 20)
        self._tokens = min(self._tokens, 1.0)

    def idle(self, now: float) -> bool:
        self._fill(now)
        return not self._flying and self._tokens >= self._burst and now >= self._paused

    def terms(self) -> Terms | None:
        return Terms("bucket", self._burst, self._nominal)

    def stands(self, now: float) -> tuple[float, float, float] | None:
        self._fill(now)
        left = max(0.0, self._tokens)
        return self._burst, left, max((self._burst - left) / self._rate, self._paused - now)

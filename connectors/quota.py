"""Limits that only the vendor counts, or that count what is under way. See `allowance`."""

from __future__ import annotations

from connectors.allowance import POLL, Terms

_ROUNDING = 1.0


class _Held:
    """What these share: requests under way, and a pause after a refusal."""

    def __init__(self) -> None:
        self._flying = 0
        self._paused = 0.0

    def take(self, _now: float) -> None:
        self._flying += 1

    def done(self, _now: float) -> None:
        self._flying -= 1

    def pause(self, until: float) -> None:
        self._paused = max(self._paused, until)

    def idle(self, now: float) -> bool:
        return not self._flying and now >= self._paused

    def terms(self) -> Terms | None:
        return None

    def stands(self, _now: float) -> tuple[float, float, float] | None:
        return None


class Points(_Held):
    """
    A quota of points an hour, of which a request costs more than one.

    The cost of a request is what the last ones took from the vendor's figure, at worst. That figure
    counts what every worker took; what they have under way at one moment fits into the reserve.
    """

    def __init__(self, reserve: float = 0.0) -> None:
        super().__init__()
        self._reserve = reserve
        self._limit = 0
        self._left: int | None = None
        self._until = 0.0
        self._cost = 1.0

    def wait(self, now: float) -> float:
        if now < self._paused:
            return self._paused - now
        if self._left is None or now >= self._until:
            return 0.0
        kept = self._limit * self._reserve
        if self._left - (self._flying + 1) * self._cost >= kept:
            return 0.0
        return POLL if self._left - self._cost >= kept else self._until - now

    def state(self, now: float, limit: int | None, remaining: int | None, resets: float | None) -> None:
        self._limit = limit or self._limit
        if remaining is None:
            return
        if self._left is not None and now < self._until:
            taken = (self._left - remaining) / (self._flying + 1)
            self._cost = max(1.0, taken, self._cost * 0.95)
            remaining = min(self._left, remaining)
        self._left = remaining
        self._until = now + (3600.0 if resets is None else resets + _ROUNDING)

    def idle(self, now: float) -> bool:
        return super().idle(now) and now >= self._until

    def stands(self, now: float) -> tuple[float, float, float] | None:
        if self._left is None or now >= self._until:
            return None
        kept = self._limit * self._reserve
        return self._limit - kept, max(0.0, self._left - kept), self._until - now


class Slots(_Held):
    """At most `count` requests at a time."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def wait(self, now: float) -> float:
        if now < self._paused:
            return self._paused - now
        return POLL if self._flying >= self._count else 0.0

    def state(self, _now: float, _limit: int | None, _remaining: int | None, _resets: float | None) -> None:
        """Slots are ours to count: no vendor states them."""

    def terms(self) -> Terms | None:
        return Terms("slots", float(self._count), 0.0)

    def stands(self, _now: float) -> tuple[float, float, float] | None:
        return float(self._count), float(max(0, self._count - self._flying)), 0.0


class Gauge(_Held):
    """
    How many may be under way at the vendor (jobs), which only the vendor can count.

    When it says that none is free we wait a moment, by when some may have finished, and go on.
    """

    def __init__(self, moment: float = 2.0) -> None:
        super().__init__()
        self._moment = moment
        self._free: int | None = None

    def wait(self, now: float) -> float:
        if now < self._paused:
            return self._paused - now
        full = self._free is not None and self._flying >= max(1, self._free)
        return POLL if full else 0.0

    def state(self, now: float, _limit: int | None, remaining: int | None, _resets: float | None) -> None:
        if remaining is None:
            return
        self._free = remaining
        if remaining == 0:
            self.pause(now + self._moment)

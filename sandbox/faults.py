"""
What can go wrong between a client and a vendor, on demand.

A script is a list of fates, used up one per matching request; rules stand until they are spent or
cleared. A script goes before the rules, and of the rules the first that fits decides.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Crash(BaseException):
    """
    Raised by a fault's callback: the calling process dies here.

    Not an `Exception`, so that no handler of ordinary errors survives it by accident.
    """


class Fate(StrEnum):
    """What becomes of one request."""

    OK = "ok"
    FAIL = "fail"
    FAIL_500 = "fail_500"
    LOST = "lost"
    LOST_BEFORE = "lost_before"
    LATE = "late"
    THROTTLE = "throttle"
    HTML = "html"
    SLOW = "slow"
    EXPIRE_TOKEN = "expire_token"
    FULL = "full"


FATES: Mapping[Fate, str] = {
    Fate.OK: "answered as usual",
    Fate.FAIL: "503 before any effect; `seconds` becomes its Retry-After",
    Fate.FAIL_500: "500 before any effect",
    Fate.LOST: "the effect happens, then the connection dies without an answer",
    Fate.LOST_BEFORE: "the connection dies without an answer or an effect",
    Fate.LATE: "the connection dies without an answer, and the effect happens `seconds` later (HTTP alone)",
    Fate.THROTTLE: "429 as this vendor words it",
    Fate.HTML: "502 with an HTML page, as a vendor's edge answers",
    Fate.SLOW: "answered as usual, but held back for `seconds`",
    Fate.EXPIRE_TOKEN: "every access token lapses just before the request is looked at",
    Fate.FULL: "507 before any effect, and as mail servers word it: no room to store anything",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A fate with its details.

    `before` and `after` run in the sandbox's process, inside its lock, around whatever the fate
    does: to edit as a person in just that moment, or to raise `Crash`. They are given the request
    and its response; of mail, an `Event` and what came of it.
    """

    fate: Fate = Fate.OK
    seconds: float = 0.0
    before: Callable[[Any], object] | None = None
    after: Callable[[Any, Any], object] | None = None

    @classmethod
    def of(cls, given: Fault | Fate | str | Mapping[str, Any]) -> Fault:
        """Return a fault from `"lost"` or `{"fate": "slow", "seconds": 2}`. Raises ValueError."""
        if isinstance(given, Fault):
            return given
        if isinstance(given, str):
            given = {"fate": given}
        if unknown := set(given) - {"fate", "seconds"}:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; only fate and seconds")
        try:
            fate = Fate(given.get("fate", "ok"))
        except ValueError:
            known = ", ".join(Fate)
            raise ValueError(f"no such fate: {given['fate']!r}; there are {known}") from None
        return cls(fate, _number("seconds", given.get("seconds", 0.0)))


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} must be a number, not below 0; got {value!r}")
    return float(value)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which requests: a glob over the endpoint's path template, a method, and whether it writes."""

    endpoint: str = "*"
    method: str = "*"
    writes: bool = False

    def covers(self, endpoint: str, *, writes: bool) -> bool:
        """Tell whether a request of `endpoint` (`PUT /api/v2/tickets/{id}`) is meant."""
        if self.writes and not writes:
            return False
        method, _, path = endpoint.partition(" ")
        if self.method not in ("*", method):
            return False
        return self.endpoint == "*" or any(
            fnmatchcase(name, self.endpoint) for name in (path, endpoint)
        )


@dataclass(slots=True)
class Rule:
    """A fault that stands: for `times` requests (None: for ever), each with a `probability`."""

    fault: Fault
    scope: Scope = Scope()
    times: int | None = None
    probability: float = 1.0
    hits: int = 0
    """How many requests it decided so far."""


@dataclass(slots=True)
class Faults:
    """One vendor's script and rules. Draws come from a seeded generator, so a run repeats."""

    scope: Scope = Scope()
    script: deque[Fault] = field(default_factory=deque)
    rules: list[Rule] = field(default_factory=list)
    random: random.Random = field(default_factory=lambda: random.Random(0))

    def follow(
        self,
        fates: Iterable[Fault | Fate | str | Mapping[str, Any]],
        *,
        endpoint: str = "*",
        method: str = "*",
        writes: bool = False,
    ) -> None:
        """Replace the script: one fate per request that is meant, then all is well again."""
        script = deque(Fault.of(fate) for fate in fates)
        self.scope, self.script = Scope(endpoint, method, writes), script

    def always(
        self,
        fault: Fault | Fate | str | Mapping[str, Any],
        *,
        endpoint: str = "*",
        method: str = "*",
        writes: bool = False,
        times: int | None = None,
        probability: float = 1.0,
    ) -> Rule:
        """Add a standing rule."""
        if not 0 <= probability <= 1:
            raise ValueError(f"probability must lie between 0 and 1; got {probability!r}")
        rule = Rule(Fault.of(fault), Scope(endpoint, method, writes), times, probability)
        self.rules.append(rule)
        return rule

    def clear(self, seed: int = 0) -> None:
        """Drop script and rules, and start the generator anew."""
        self.script.clear()
        self.rules.clear()
        self.random = random.Random(seed)

    def draw(self, endpoint: str, *, writes: bool) -> Fault | None:
        """Return what becomes of the next request, using up what is used up; None: nothing."""
        if self.script and self.scope.covers(endpoint, writes=writes):
            return self.script.popleft()
        for rule in self.rules:
            if rule.times == 0 or not rule.scope.covers(endpoint, writes=writes):
                continue
            if rule.probability < 1 and self.random.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
            rule.hits += 1
            return rule.fault
        return None

    def describe(self) -> dict[str, Any]:
        """Return script and rules as the control API shows them."""
        return {
            "script": [_shown(fault) for fault in self.script],
            "script_scope": asdict(self.scope),
            "rules": [
                _shown(rule.fault)
                | asdict(rule.scope)
                | {"times": rule.times, "probability": rule.probability, "hits": rule.hits}
                for rule in self.rules
            ],
        }


def _shown(fault: Fault) -> dict[str, Any]:
    return {"fate": str(fault.fate), "seconds": fault.seconds}

"""What the systems' APIs answer, counted by class of status while a process works."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from hub.vitals import Label

NAME = "answers"
_TOO_MANY = 429
Listener = Callable[[str, str, int, float], None]
"""Told of each answer: system, endpoint (a template: no ids), status, seconds."""


class Answers:
    """The answers since they were last taken. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self.listeners: list[Listener] = []

    def of(self, system: str) -> Callable[[str, int, float], None]:
        """Return what the HTTP client of a system is to call after each answer."""

        def heard(endpoint: str, status: int, took: float) -> None:
            with self._lock:
                self._counts[system, class_of(status)] += 1
            for listener in self.listeners:
                listener(system, endpoint, status, took)

        return heard

    def taken(self) -> dict[tuple[str, Label], float]:
        """Return the counts as the store keeps them, and begin anew."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return {(NAME, key): float(count) for key, count in counts.items()}


def class_of(status: int) -> str:
    """Return `2xx`, `4xx`, `5xx`; 429 stands for itself: it is about the budget, not about a mistake."""
    return str(status) if status == _TOO_MANY else f"{status // 100}xx"

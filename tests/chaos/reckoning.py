"""What was found wrong, and what is worth knowing besides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ledger import Story


@dataclass(frozen=True)
class Broken:
    """A promise that did not hold, where, and the history of the ticket by which to repeat it."""

    promise: str
    where: str
    what: str
    history: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass
class Reckoning:
    violations: list[Broken] = field(default_factory=list[Broken])
    notes: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    """How many things each promise was held against."""
    figures: dict[str, Any] = field(default_factory=dict[str, Any])

    def broken(
        self, promise: str, where: str, what: str, story: Story | None = None, shown: tuple[str, ...] = ()
    ) -> None:
        history = tuple(story.history) if story else ()
        self.violations.append(Broken(promise, where, what, history, shown))

    def note(self, what: str) -> None:
        self.notes.append(what)

    def by_promise(self) -> dict[str, int]:
        found = Counter(one.promise for one in self.violations)
        return {name: found[name] for name in sorted({*self.counts, *found})}

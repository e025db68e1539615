"""Operations in the order in which they may be asked. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from hub.operations import CreateReplica, Operation, Outcome, Retryable, Stale, Unanswered

Numbered: TypeAlias = tuple[int, Operation]


class Queues:
    """What waits for each Case. A Case whose write was not made holds back what comes after."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._waiting: dict[str, deque[Numbered]] = {}
        self._of: dict[int, str] = {}
        self._held: list[tuple[int, Outcome]] = []
        for index, operation in enumerate(operations):
            name = f"+{index}" if isinstance(operation, CreateReplica) else str(operation.remote_id)
            self._of[index] = name
            self._waiting.setdefault(name, deque()).append((index, operation))

    def next(self) -> list[Numbered]:
        """Take the first operation of every Case."""
        first = [waiting.popleft() for waiting in self._waiting.values()]
        self._waiting = {name: waiting for name, waiting in self._waiting.items() if waiting}
        return first

    def answered(self, index: int, outcome: Outcome) -> None:
        """Note what came of an operation: what follows may have to wait."""
        if not isinstance(outcome, Stale | Retryable | Unanswered):
            return
        reason = f"waits for an earlier change of this Case: {outcome.reason}"
        behind = Stale(reason) if isinstance(outcome, Stale) else Retryable(reason)
        self._held += [(waiting, behind) for waiting, _ in self._waiting.pop(self._of[index], ())]

    def held_back(self) -> Iterator[tuple[int, Outcome]]:
        """Yield the operations that are not asked in this run."""
        held, self._held = self._held, []
        yield from held

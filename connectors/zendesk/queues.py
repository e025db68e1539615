"""Operations in the order in which they may be asked. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from connectors.zendesk.items import Asked, Part
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    EditComment,
    Operation,
    Outcome,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)

Alone: TypeAlias = EditComment | RemoveComment | SetReference | DeleteReplica


class Step:
    """Operations on one ticket that are asked as one write; or one that has a call of its own."""

    __slots__ = ("alone", "index", "parts")

    def __init__(self, index: int, operation: Operation) -> None:
        self.index = index
        self.parts: list[Part] = []
        self.alone: Alone | None = None
        if isinstance(operation, (EditComment, RemoveComment, SetReference, DeleteReplica)):
            self.alone = operation
        else:
            self.parts.append((index, operation))

    def takes(self, operation: Operation) -> bool:
        """Whether this operation can be part of the same write."""
        if self.alone is not None:
            return False
        kinds = [type(part) for _, part in self.parts]
        if isinstance(operation, AddAttachment):
            return kinds[-1] is AddAttachment
        if any(isinstance(part, UpdateReplica) and part.closed for _, part in self.parts):
            return False
        if isinstance(operation, UpdateReplica):
            return kinds == [AddComment] and not operation.closed
        return isinstance(operation, AddComment) and kinds == [UpdateReplica]

    def add(self, index: int, operation: Asked) -> None:
        self.parts.append((index, operation))

    def indices(self) -> list[int]:
        return [index for index, _ in self.parts] or [self.index]


class Queues:
    """What waits for each ticket. A ticket whose write was not made holds back what comes after."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._waiting: dict[str, deque[Step]] = {}
        self._of: dict[int, str] = {}
        self._held: list[tuple[int, Outcome]] = []
        for index, operation in enumerate(operations):
            name = f"+{index}" if isinstance(operation, CreateReplica) else str(operation.remote_id)
            self._of[index] = name
            steps = self._waiting.setdefault(name, deque())
            if (
                steps
                and isinstance(operation, (UpdateReplica, AddComment, AddAttachment))
                and steps[-1].takes(operation)
            ):
                steps[-1].add(index, operation)
            else:
                steps.append(Step(index, operation))

    def next(self) -> list[Step]:
        """Take the first step of every ticket."""
        steps = [waiting.popleft() for waiting in self._waiting.values()]
        self._waiting = {name: steps for name, steps in self._waiting.items() if steps}
        return steps

    def answered(self, index: int, outcome: Outcome) -> None:
        """Note what came of an operation: what follows may have to wait."""
        if not isinstance(outcome, (Stale, Retryable, Unanswered)):
            return
        reason = f"waits for an earlier change of this ticket: {outcome.reason}"
        behind = Stale(reason) if isinstance(outcome, Stale) else Retryable(reason)
        for step in self._waiting.pop(self._of[index], ()):
            self._held.extend((waiting, behind) for waiting in step.indices())

    def held_back(self) -> Iterator[tuple[int, Outcome]]:
        """Yield the operations that are not asked in this run."""
        held, self._held = self._held, []
        yield from held

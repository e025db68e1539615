"""What a run did, counted as it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.model import System, TicketId
from hub.note import Consequence
from hub.operations import (
    AddComment,
    CreateReplica,
    Done,
    Operation,
    Outcome,
    Refused,
    Retryable,
    Stale,
    Unanswered,
)
from hub.records import Loss


@dataclass
class Tally:
    """Counts of one run. `written` counts every operation that was done, creations included."""

    observed: Counter[str] = field(default_factory=Counter[str])
    written: Counter[str] = field(default_factory=Counter[str])
    created: Counter[str] = field(default_factory=Counter[str])
    comments: Counter[str] = field(default_factory=Counter[str])
    parked: int = 0
    conflicts: int = 0
    losses: int = 0
    waiting: int = 0
    """Operations that could not be asked or were not answered: the next run goes on with them."""
    unforeseen: dict[TicketId, str] = field(default_factory=dict[TicketId, str])
    """Tickets on which the hub itself broke, each with what became of it; the others went on."""
    accounts: int = 0
    """Accounts that the CRM showed as changed."""
    contacts: int = 0
    refreshed: int = 0
    """Open tickets that were marked because something about their account changed."""
    unshown: list[str] = field(default_factory=list[str])
    """What could not be shown on an account, and is asked again on every run."""
    down: dict[str, str] = field(default_factory=dict[str, str])
    """Systems that did not take part to the end, each with the reason."""
    misfits: set[System] = field(default_factory=set[System])
    """Systems in which some field did not take what it should show: is their schema another one now?"""

    def lose(self, losses: Iterable[Loss]) -> None:
        for loss in losses:
            self.losses += 1
            if loss.what == "unwritable":
                self.misfits.add(loss.system)

    def take(self, operation: Operation, outcome: Outcome, result: Consequence) -> None:
        self.parked += len(result.parked)
        self.lose(result.losses)
        if any(parked.slot.startswith("field:") for parked in result.parked):
            self.misfits.add(operation.system)
        match outcome:
            case Done():
                self.written[operation.system] += 1
                if isinstance(operation, CreateReplica):
                    self.created[operation.system] += 1
                elif isinstance(operation, AddComment):
                    self.comments[operation.system] += 1
            case Retryable() | Unanswered():
                self.waiting += 1
            case Stale() | Refused():
                pass

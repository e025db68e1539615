"""What conflicts and parked work ask of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from hub.records import Parked


class DeskStore(Protocol):
    """What waits for a person, and what they decide about it. Decisions are kept with who took them."""

    def standing(self) -> Mapping[str, int]:
        """How much waits for a person, whichever run left it: `parked`, `conflicts`."""
        ...

    def decide_parked(self, numbers: Iterable[int], state: Literal["retry", "dropped"], why: str) -> None:
        """`retry`: the next run asks again; `dropped`: never again. Marks the tickets dirty."""
        ...

    def reword_parked(self, parked: Parked, body: str) -> None:
        """Let a parked comment say something else on that side, and ask again at the next run."""
        ...

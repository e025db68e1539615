"""What a hand-off brief is made of. Values only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from hub.model import TicketId

Topic: TypeAlias = Literal[
    "broken",
    "whom",
    "since",
    "tried",
    "promised",
    "asked",
    "asked_us",
    "heard",
    "solved",
    "numbers",
    "stands",
    "others",
]
LABELS: dict[Topic, str] = {
    "broken": "Broken",
    "whom": "For whom",
    "since": "Since",
    "tried": "Tried",
    "promised": "Promised",
    "asked": "Asked of engineering",
    "asked_us": "Open question",
    "heard": "Heard",
    "solved": "Solved",
    "numbers": "Numbers",
    "stands": "Where it stands",
    "others": "Also",
}


class Piece(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: somebody's words, or what a register says; each with where it can be looked up."""

    topic: Topic
    text: str
    """Of a quote: literally as it stands in its source."""
    quoted: bool = False
    source: str = ""
    """`Ana, 3 Nov 14:05, comment 4`."""
    opens: bool = True
    """A quote begins where a sentence begins; else something before it is left out."""
    ends: bool = True


class Brief(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of one ticket in a screen, for one side's readers."""

    ticket: TicketId
    title: str
    """How people name it, and its subject."""
    pieces: tuple[Piece, ...] = ()

    def of(self, topic: Topic) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.topic == topic)

    def quotes(self) -> Iterator[Piece]:
        """Yield what somebody said, word for word."""
        return (piece for piece in self.pieces if piece.quoted)

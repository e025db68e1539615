"""What is wrong with a file of the user's, where exactly, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from hub.errors import Misconfigured


class Place(msgspec.Struct, frozen=True, order=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def right(self, columns: int) -> Place:
        return Place(self.file, self.line, self.column + columns)


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing to mend. A warning does not stop the hub; an error does."""

    place: Place
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {_short(self.message)}"


LONGEST = 800
"""Characters of a message that are shown: it may quote a value of any length."""
MOST = 100
"""Problems of one file that are told at once."""


def _short(message: str) -> str:
    half = LONGEST // 2
    return message if len(message) <= LONGEST else f"{message[:half]} … {message[-half:]}"


class FileRefused(Misconfigured):
    """A file cannot be used as it is. `problems` holds all that is wrong with it, in its order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        more = len(self.problems) - MOST
        told = [*map(str, self.problems[:MOST]), *([f"and {more} problems more"] if more > 0 else [])]
        super().__init__("\n".join(told))


def refuse_errors(problems: Sequence[Problem]) -> None:
    """Raise `FileRefused` with everything found, if there is an error among it."""
    if any(p.severity == "error" for p in problems):
        raise FileRefused(problems)

"""
What people's verdicts say of the weights of scoring.yaml: proposed as a diff, never applied. Pure.

A factor is spoken against when the tickets on which it counted were dismissed clearly more often than the
others, and spoken for when they were accepted clearly more often. Either way it moves by a bounded share.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from hub.marked import Marked, Path, parse

ENOUGH = 10
"""Verdicts on tickets with a factor, below which nothing is proposed."""
LESS, MORE = 0.75, 1.25
"""What a factor's points are multiplied by: nobody's clicks turn a score around in one step."""
_Z = 1.96


class Voted(NamedTuple):
    """One verdict: whether the warning was right, and the points of each factor that was shown."""

    right: bool
    factors: Mapping[str, float]


class Proposal(msgspec.Struct, frozen=True):
    """One factor, how people judged tickets on which it counted, and what would follow."""

    factor: str
    right: int
    wrong: int
    others: float
    """The share of warnings without this factor that were right."""
    times: float
    reason: str


def proposals(votes: Sequence[Voted]) -> tuple[Proposal, ...]:
    """Return the factors whose verdicts differ clearly from those of the other tickets."""
    names = sorted({name for vote in votes for name, points in vote.factors.items() if points > 0})
    found = (_judged(name, votes) for name in names)
    return tuple(p for p in found if p is not None)


def _judged(name: str, votes: Sequence[Voted]) -> Proposal | None:
    with_it = [v.right for v in votes if v.factors.get(name, 0) > 0]
    without = [v.right for v in votes if not v.factors.get(name, 0) > 0]
    if len(with_it) < ENOUGH or len(without) < ENOUGH:
        return None
    right, others = sum(with_it), sum(without) / len(without)
    low, high = _between(right / len(with_it), len(with_it))
    below, above = _between(others, len(without))
    wrong = len(with_it) - right
    many = f"{len(with_it)} warnings with the factor {name} were judged"
    if high < below:
        said = f"{many}: {wrong} dismissed, {right} accepted; of the others {others:.0%} were accepted"
        return Proposal(name, right, wrong, others, LESS, f"{said}. It should count for less.")
    if low > above:
        said = f"{many}: {right} accepted, {wrong} dismissed; of the others {others:.0%} were accepted"
        return Proposal(name, right, wrong, others, MORE, f"{said}. It may count for more.")
    return None


def _between(rate: float, n: int) -> tuple[float, float]:
    """Return the interval in which 95 of 100 such rates lie (Wilson)."""
    z = _Z * _Z / n
    middle = (rate + z / 2) / (1 + z)
    reach = _Z / (1 + z) * math.sqrt(rate * (1 - rate) / n + z / (4 * n))
    return middle - reach, middle + reach


# in the file ------------------------------------------------------------------------------------


def changed(text: str, filename: str, found: Iterable[Proposal]) -> str:
    """Return scoring.yaml with these proposals, its comments and layout as they were."""
    marked = parse(text, filename)
    lines = text.splitlines(keepends=True)
    edits: list[tuple[int, int, str, str]] = []
    for proposal in found:
        for path, value in _points(marked, proposal.factor):
            place = marked.inside(*path)
            old = _written(lines[place.line - 1], place.column - 1)
            edits.append((place.line - 1, place.column - 1, old, _number(value * proposal.times)))
    for line, column, old, new in sorted(edits, reverse=True):
        lines[line] = f"{lines[line][:column]}{new}{lines[line][column + len(old) :]}"
    return "".join(lines)


def as_diff(text: str, filename: str, found: Iterable[Proposal]) -> str:
    """Return the proposals as a unified diff that `patch` takes; "" where there are none."""
    after = changed(text, filename, found)
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{filename}", f"b/{filename}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _points(marked: Marked, factor: str) -> Iterable[tuple[Path, float]]:
    """Yield where the points of a factor stand, and what they are."""
    own: Any = marked.data.get("priority", {}).get(factor) or {}
    points = cast("Mapping[str, float]", own.get("points") or {})
    curve = cast("Sequence[tuple[float, float]]", own.get("curve") or ())
    yield from ((("priority", factor, "points", word), worth) for word, worth in points.items())
    yield from ((("priority", factor, "curve", i, 1), worth) for i, (_, worth) in enumerate(curve))


def _written(line: str, column: int) -> str:
    """Return the number as it stands there."""
    end = column
    while end < len(line) and line[end] in "+-.0123456789eE_":
        end += 1
    return line[column:end]


def _number(value: float) -> str:
    return f"{round(value, 1):g}"

"""What of a score's reasons a side may be told: nothing that its readers must not see. Sums hold. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from hub.records import Reason, Score

_CAP = "cap."
_OTHER = "Something that is not shown here"


def reasons_for(score: Score, may_see: Callable[[str], bool]) -> tuple[Reason, ...]:
    """
    Return the reasons of the priority as a reader may be told them. Their points sum to the score as before.

    `may_see` is asked for registers (`account.arr`), and for `comment.public`, `comment.internal` and
    `comment.engineering`. What rests on anything else than what it allows is told as a part of its
    group, and several such parts as one: neither a value nor what it is worth can be read off.
    """
    return _told(score.reasons, may_see, _points)


def risk_reasons_for(score: Score, may_see: Callable[[str], bool]) -> tuple[Reason, ...]:
    """Return the reasons of the risk as a reader may be told them; their log-odds sum as before."""
    return _told(score.risk_reasons, may_see, _odds)


def _told(
    reasons: Sequence[Reason], may_see: Callable[[str], bool], says: Callable[[str, float], str]
) -> tuple[Reason, ...]:
    hidden = [r for r in reasons if not all(map(may_see, r.reads))]
    if not hidden:
        return tuple(reasons)
    groups = {r.group for r in hidden}
    # a cap speaks of the group's whole sum: beside a hidden part it would tell what that part is worth
    capped = [r for r in reasons if r.factor.startswith(_CAP) and r.group in groups and not r.reads]
    hidden += capped
    kept = [r for r in reasons if r not in hidden]
    return tuple(sorted([*kept, *_merged(hidden, says)], key=lambda r: (-r.points, r.factor)))


def _merged(hidden: Sequence[Reason], says: Callable[[str, float], str]) -> Iterator[Reason]:
    for group in sorted({r.group for r in hidden}):
        points = math.fsum(r.points for r in hidden if r.group == group)
        exact = int(points) if points.is_integer() else round(points, 2)
        name = group or _OTHER
        if exact:
            yield Reason(f"hidden.{name}", exact, says(name, exact), group=group)


def _points(name: str, points: float) -> str:
    count = "1 point" if abs(points) == 1 else f"{abs(points):g} points"
    return f"{name} counts for {count}" if points > 0 else f"{name} takes {count} away"


def _odds(name: str, points: float) -> str:
    return f"{name} raises the risk" if points > 0 else f"{name} lowers the risk"

"""The pictures of the reliability page: inline SVG, coloured by the page's own sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from itertools import pairwise

import msgspec

from hub.risk.bootstrap import Figure
from hub.risk.drift import Week
from hub.risk.reliability import Bin, Point

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 10, 40
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_LINES = 6
_HALF = 0.5
"""On this side of a recall plot the lower corner is empty, on the other the upper one."""


class Field(msgspec.Struct, frozen=True):
    """Where a value stands in a picture. Values begin at nought."""

    width: float
    height: float
    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        return round(_LEFT + value / self.most_x * (self.width - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.height - _BOTTOM - value / self.most_y * (self.height - _TOP - _BOTTOM), 1)


def picture(field: Field, said: str, parts: Iterable[str]) -> str:
    """Return an SVG that says in words what it shows."""
    return (
        f'<svg viewBox="0 0 {field.width:g} {field.height:g}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )


def _ticks(most: float) -> list[float]:
    step = next((s for s in _STEPS if most / s <= _LINES), 0.25)
    return [round(step * i, 4) for i in range(int(most / step + 1e-9) + 1)]


def _frame(field: Field, under: str, *, beside: str, x_ticks: bool = True) -> Iterator[str]:
    """The lines and figures around a picture."""
    left, right = field.x(0), field.x(field.most_x)
    for tick in _ticks(field.most_y):
        at = field.y(tick)
        yield f'<line class="grid" x1="{left}" x2="{right}" y1="{at}" y2="{at}"/>'
        yield f'<text x="{left - 7}" y="{at + 4}" text-anchor="end">{tick * 100:g} %</text>'
    for tick in _ticks(field.most_x) if x_ticks else ():
        at = field.x(tick)
        yield f'<text x="{at}" y="{field.y(0) + 17}" text-anchor="middle">{tick * 100:g} %</text>'
    yield f'<line class="axis" x1="{left}" x2="{right}" y1="{field.y(0)}" y2="{field.y(0)}"/>'
    yield f'<text x="{(left + right) / 2}" y="{field.height - 6}" text-anchor="middle">{escape(under)}</text>'
    yield f'<text class="name" x="{left}" y="{_TOP + 2}">{escape(beside)}</text>' if beside else ""


def _line(points: Sequence[tuple[float, float]], ink: str) -> str:
    told = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="curve ink-{ink}" points="{told}"/>'


def calibration_plot(bins: Sequence[Bin], most: float, ink: str) -> str:
    """Draw what was said against what came; on the dashed line they are the same."""
    field = Field(420, 330, most, most)
    parts = [*_frame(field, "what was said", beside="")]
    parts.append(f'<path class="true" d="M{field.x(0)} {field.y(0)}L{field.x(most)} {field.y(most)}"/>')
    known = [(b, b.came.value) for b in bins if b.came.value is not None]
    for bin_, _ in known:
        low, high = bin_.came.low, bin_.came.high
        if low is not None and high is not None:
            at = field.x(bin_.said)
            parts.append(
                f'<line class="span ink-{ink}" x1="{at}" x2="{at}" y1="{field.y(low)}" '
                f'y2="{field.y(min(high, most))}"/>'
            )
    parts.append(_line([(field.x(b.said), field.y(came)) for b, came in known], ink))
    parts += [
        f'<circle class="dot ink-{ink}" cx="{field.x(b.said)}" cy="{field.y(came)}" r="4"/>'
        for b, came in known
    ]
    told = "; ".join(f"said {b.said:.0%}, came {came:.0%}" for b, came in known)
    return picture(field, f"Chances against what came of them: {told}", parts)


def reach(groups: Iterable[Sequence[Bin]]) -> float:
    """Return how far both axes of calibration plots must go, the same for all of them."""
    values = [v for bins in groups for b in bins for v in (b.said, b.came.high or b.came.value or 0.0)]
    top = max(values, default=0.1)
    return next((m for m in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8) if top <= m), 1.0)


def recall_plot(
    curves: Mapping[str, Sequence[Point]], inks: Mapping[str, str], marks: Mapping[str, float]
) -> str:
    """Draw how much is found on the way down each ranking; marks are shares that a team can look at."""
    field = Field(480, 330, 1.0, 1.0)
    parts = [*_frame(field, "share of all rows looked at, from the top", beside="")]
    for name, share in sorted(marks.items(), key=lambda it: it[1]):
        at = field.x(share)
        parts.append(f'<line class="mark" x1="{at}" x2="{at}" y1="{field.y(0)}" y2="{field.y(1)}"/>')
        parts.append(
            f'<text x="{at + 4}" y="{field.y(0.02 if share > _HALF else 0.95)}">{escape(name)}</text>'
        )
    for name, points in curves.items():
        parts.append(_line([(field.x(p.seen), field.y(p.found)) for p in points], inks[name]))
    said = "; ".join(
        f"{name}: {next((p.found for p in points if p.seen >= 0.2 - 1e-9), 0):.0%} found in the top fifth"
        for name, points in curves.items()
    )
    return picture(field, f"How much is found on the way down: {said}", parts)


def weeks_plot(weeks: Sequence[Week]) -> str:
    """Draw week by week what came and what was said."""
    top = max((max(w.base_rate, w.mean_chance or 0.0) for w in weeks), default=0.1)
    most = next((m for m in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8) if top <= m), 1.0)
    first = min((date.fromisoformat(w.begins) for w in weeks), default=date.min)
    places = [(date.fromisoformat(w.begins) - first).days / 7 for w in weeks]
    field = Field(760, 240, max(1.0, *places), most)
    parts = [*_frame(field, "week that begins on", beside="", x_ticks=False)]
    every = max(1, -(-len(weeks) // 9))
    for at, (i, week) in enumerate(zip(places, weeks, strict=True)):
        if at % every == 0:
            parts.append(
                f'<text x="{field.x(i)}" y="{field.y(0) + 16}" text-anchor="middle">'
                f"{escape(week.begins[5:])}</text>"
            )
    tested = [i for i, w in zip(places, weeks, strict=True) if w.mean_chance is not None]
    if tested:
        begin, end = field.x(tested[0]) - 8, field.x(tested[-1]) + 8
        parts.insert(
            0,
            f'<rect class="area ink-shown" x="{begin}" y="{field.y(most)}" width="{end - begin}" '
            f'height="{field.y(0) - field.y(most)}"/>',
        )
    parts += _runs([(field.x(i), field.y(w.base_rate)) for i, w in zip(places, weeks, strict=True)], "came")
    parts += _runs(
        [
            (field.x(i), field.y(w.mean_chance))
            for i, w in zip(places, weeks, strict=True)
            if w.mean_chance is not None
        ],
        "shown",
    )
    said = "; ".join(f"{w.begins}: came {w.base_rate:.0%}" for w in weeks)
    return picture(field, f"Base rate by week: {said}", parts)


def _runs(points: Sequence[tuple[float, float]], ink: str) -> list[str]:
    dots = [f'<circle class="dot ink-{ink}" cx="{x}" cy="{y}" r="3.4"/>' for x, y in points]
    return [*([_line(points, ink)] if any(pairwise(points)) else []), *dots]


def strip(it: Figure, least: float, most: float, ink: str, zero: float | None = None) -> str:
    """Draw a figure and its interval on a small scale."""
    width = 150.0

    def at(value: float) -> float:
        return round(6 + (min(max(value, least), most) - least) / (most - least) * (width - 12), 1)

    if it.value is None or most <= least:
        return ""
    parts = [f'<line class="grid" x1="6" x2="{width - 6:g}" y1="9" y2="9"/>']
    if zero is not None:
        parts.append(f'<line class="axis" x1="{at(zero)}" x2="{at(zero)}" y1="2" y2="16"/>')
    if it.low is not None and it.high is not None:
        parts.append(f'<line class="span ink-{ink}" x1="{at(it.low)}" x2="{at(it.high)}" y1="9" y2="9"/>')
    parts.append(f'<circle class="dot ink-{ink}" cx="{at(it.value)}" cy="9" r="4"/>')
    return f'<svg class="strip" viewBox="0 0 {width:g} 18" aria-hidden="true">{"".join(parts)}</svg>'

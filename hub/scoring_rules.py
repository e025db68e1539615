"""scoring.yaml: the factors of the score, each with its points and its sentence, checked when read."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec
from pydantic import Field

from hub.mapping.models import Strict
from hub.marked import Marked, Path, hold, parse
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, Kind, find, nearest

Measure: TypeAlias = Literal["days_open", "days_waiting_on_us", "customer_comments"]
MEASURES: Mapping[str, str] = {
    "days_open": "whole days since the ticket was first heard of",
    "days_waiting_on_us": "whole days since the customer spoke last, while nobody answered",
    "customer_comments": "public comments of the requester",
}
Point: TypeAlias = tuple[float, float]


class Factor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that counts: a register or a measure, what it is worth, and how to say it."""

    name: str
    source: str
    says: str
    """A sentence with `{value}`, or `{when}` for a date."""
    points: Mapping[str, float] = {}
    """Of each word of a choice, or of `true` and `false`."""
    curve: tuple[Point, ...] = ()
    """Straight lines between these points; level before the first and after the last."""
    group: str = ""

    def of_number(self, x: float) -> float:
        """Return what a number is worth."""
        if x <= self.curve[0][0]:
            return self.curve[0][1]
        for (x0, y0), (x1, y1) in zip(self.curve, self.curve[1:], strict=False):
            if x <= x1:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        return self.curve[-1][1]


class ScoringRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that `hub.score` goes by."""

    labels: tuple[tuple[str, int], ...]
    """Each label, and the score from which it holds, ascending from 0."""
    priority: tuple[Factor, ...]
    caps: Mapping[str, float] = {}
    """The most that the factors of a group are worth together."""
    risk_base: float = -3.0
    """Log-odds of escalation when nothing speaks for it: -3 is 5 in 100."""
    risk: tuple[Factor, ...] = ()
    """Factors in log-odds."""
    done: tuple[str, ...] = ("solved", "closed")
    """Statuses in which nothing is left to do: the score is 0."""


class _Factor(Strict):
    from_: str = Field(alias="from", description="A register, or days_open, days_waiting_on_us, …")
    says: str = Field(description="The reason in words; {value} or {when} stand for what was found")
    points: dict[str, float] = Field(default={})
    curve: list[list[float]] = Field(default=[], description="[[value, points], …], values ascending")
    group: str = ""


class _Risk(Strict):
    base: float
    factors: dict[str, _Factor]


class ScoringSpec(Strict):
    """The file's shape."""

    labels: dict[str, int]
    done: list[str] = Field(default=["solved", "closed"])
    caps: dict[str, float] = Field(default={})
    priority: dict[str, _Factor]
    risk: _Risk


def load_scoring(text: str, filename: str) -> ScoringRules:
    """Return the rules. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    spec = hold(marked, ScoringSpec)
    refuse_errors([*_problems(marked, spec)])
    return ScoringRules(
        tuple(spec.labels.items()),
        tuple(_factor(name, f) for name, f in spec.priority.items()),
        spec.caps,
        spec.risk.base,
        tuple(_factor(name, f) for name, f in spec.risk.factors.items()),
        tuple(spec.done),
    )


def _factor(name: str, spec: _Factor) -> Factor:
    curve = tuple((x, y) for x, y in spec.curve)
    return Factor(name, spec.from_, spec.says, spec.points, curve, spec.group)


def _problems(marked: Marked, spec: ScoringSpec) -> Iterator[Problem]:
    for path, message in _faults(spec):
        yield Problem(marked.at(*path), message)


def _faults(spec: ScoringSpec) -> Iterator[tuple[Path, str]]:
    yield from _label_faults(spec.labels)
    yield from _status_faults(spec.done)
    for name, factor in spec.priority.items():
        yield from ((("priority", name, *path), said) for path, said in _factor_faults(factor, spec.caps))
    for name, factor in spec.risk.factors.items():
        path: Path = ("risk", "factors", name)
        yield from (((*path, *below), said) for below, said in _factor_faults(factor, spec.caps))


def _label_faults(labels: Mapping[str, int]) -> Iterator[tuple[Path, str]]:
    known = REGISTERS["score.label"].options
    for label in labels:
        if label not in known:
            hint = nearest(label, known) or f"; it is one of {', '.join(known)}"
            yield ("labels", label), f"`{label}` is not a label of scores{hint}"
    starts = list(labels.values())
    if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > 100:  # noqa: PLR2004
        yield ("labels",), "labels must begin at 0 and rise, up to 100 at most"


def _status_faults(done: Sequence[str]) -> Iterator[tuple[Path, str]]:
    known = REGISTERS["status"].options
    for i, status in enumerate(done):
        if status not in known:
            yield ("done", i), f"`{status}` is not a status{nearest(status, known)}"


def _factor_faults(factor: _Factor, caps: Mapping[str, float]) -> Iterator[tuple[Path, str]]:
    register = find(factor.from_)
    if register is None and factor.from_ not in MEASURES:
        hint = nearest(factor.from_, [*REGISTERS, *MEASURES])
        yield ("from",), f"`{factor.from_}` is neither a register nor a measure{hint}"
        return
    kind = register.kind if register else "number"
    yield from _worth_faults(factor, kind, register.options if register else ())
    if factor.group and factor.group not in caps:
        yield ("group",), f"group `{factor.group}` has no cap; add `{factor.group}: <points>` under `caps`"
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(factor.says) if name is not None}
    except ValueError as error:
        yield ("says",), f"this sentence has a stray brace: {error}"
        return
    for name in sorted(names - {"value", "when"}):
        yield ("says",), f"a sentence knows `{{value}}` and `{{when}}`, not `{{{name}}}`"


def _worth_faults(factor: _Factor, kind: Kind, options: Sequence[str]) -> Iterator[tuple[Path, str]]:
    if kind in {"number", "date", "instant"}:
        yield from _curve_faults(factor, kind)
    elif kind in {"flag", "choice"}:
        known = ("true", "false") if kind == "flag" else options
        if not factor.points:
            yield ("from",), f"`{factor.from_}` is a {kind}; give it `points: {{<value>: <points>}}`"
        for word in factor.points:
            if known and word not in known:
                hint = nearest(word, known) or f"; it is one of {', '.join(known)}"
                yield ("points", word), f"`{factor.from_}` is never `{word}`{hint}"
    elif set(factor.points) != {"any"}:
        yield ("from",), f"`{factor.from_}` is a {kind}; give it `points: {{any: <points>}}`"


def _curve_faults(factor: _Factor, kind: Kind) -> Iterator[tuple[Path, str]]:
    unit = "number" if kind == "number" else "days until it"
    if not factor.curve:
        yield ("from",), f"`{factor.from_}` is a {kind}; give it `curve: [[<{unit}>, <points>], …]`"
    for i, pair in enumerate(factor.curve):
        if len(pair) != 2:  # noqa: PLR2004
            yield ("curve", i), f"each point of a curve is [<{unit}>, <points>]"
            return
    xs = [pair[0] for pair in factor.curve]
    if xs != sorted(set(xs)):
        yield ("curve",), "the values of a curve must rise from point to point"

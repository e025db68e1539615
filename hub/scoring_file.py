"""scoring.yaml: its shape, and every mistake in it with its place. Pure."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec.structs import replace
from pydantic import Field

from hub.fingerprint import digest
from hub.mapping.models import Strict
from hub.marked import Marked, Path, hold, parse
from hub.measure_names import MEASURES
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, Kind, find, nearest
from hub.scoring_rules import HEALTH, TOP, Ageing, Factor, Group, Override, ScoringRules, Steps

_WORDS = ("value", "when", "percent")
_NUMBERS = ("number", "date", "instant")


class _Factor(Strict):
    from_: str = Field(
        alias="from", description="A register, or a measure: sla_used, reopened, signal.churn, …"
    )
    says: str = Field(
        description="The reason in words; {value}, {when} or {percent} stand for what was found"
    )
    points: dict[str, float] = Field(
        default={}, description="Of each word of a choice, of true and false, or `any`"
    )
    curve: list[list[float]] = Field(default=[], description="[[value, points], …], values ascending")
    group: str = Field(default="", description="One of `groups`")


class _Group(Strict):
    most: float = Field(ge=0, le=TOP, description="What its factors are worth together, at most")
    label: str = Field(min_length=1, description="How it begins a sentence: The account")
    take: Literal["sum", "largest"] = Field(
        default="sum", description="largest: its factors say the same in two ways, and count once"
    )


class _Ageing(Strict):
    after: float = Field(default=8, ge=0, description="Business hours of waiting on us before it begins")
    per_hour: float = Field(default=1, gt=0, description="Points for each business hour after that")
    max_wait: float = Field(default=72, gt=0, description="Business hours after which the floor holds")
    floor: float = Field(default=95, ge=0, le=TOP, description="The score from then on, at least")


class _Override(Strict):
    from_: str = Field(alias="from", description="A register or a measure")
    says: str
    is_: list[str] = Field(default=[], alias="is", description="It holds when the source is one of these")
    above: float | None = Field(default=None, description="It holds from this number on")
    at_least: float | None = Field(default=None, ge=0, le=TOP)
    at_most: float | None = Field(default=None, ge=0, le=TOP)


class _Steps(Strict):
    priority: int = Field(default=5, ge=1, le=TOP)
    risk: float = Field(default=0.05, gt=0, le=1)
    attention: int = Field(default=10, ge=1, le=TOP)


class _Attention(Strict):
    priority: float = Field(default=0.6, ge=0, le=1)
    risk: float = Field(default=0.4, ge=0, le=1)


class _Risk(Strict):
    base: float
    factors: dict[str, _Factor]


class ScoringSpec(Strict):
    """The file's shape."""

    labels: dict[str, int]
    done: list[str] = Field(default=["solved", "closed"], description="Then the score is 0")
    paused: list[str] = Field(default=["pending"], description="It waits for the customer: it does not age")
    groups: dict[str, _Group] = Field(default={})
    priority: dict[str, _Factor]
    ageing: _Ageing = Field(default=_Ageing())
    overrides: dict[str, _Override] = Field(default={})
    steps: _Steps = Field(default=_Steps())
    attention: _Attention = Field(default=_Attention())
    health: dict[str, float] = Field(default={}, description="What each part takes from an account's health")
    risk: _Risk


def load_scoring(text: str, filename: str) -> ScoringRules:
    """Return the rules. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    spec = hold(marked, ScoringSpec)
    refuse_errors([*_problems(marked, spec)])
    rules = ScoringRules(
        labels=tuple(spec.labels.items()),
        priority=tuple(_factor(name, f) for name, f in spec.priority.items()),
        groups=tuple(Group(name, g.most, g.label, g.take) for name, g in spec.groups.items()),
        risk_base=spec.risk.base,
        risk=tuple(_factor(name, f) for name, f in spec.risk.factors.items()),
        done=tuple(spec.done),
        paused=tuple(spec.paused),
        ageing=Ageing(spec.ageing.after, spec.ageing.per_hour, spec.ageing.max_wait, spec.ageing.floor),
        overrides=tuple(_override(name, o) for name, o in spec.overrides.items()),
        steps=Steps(spec.steps.priority, spec.steps.risk, spec.steps.attention),
        attention=(spec.attention.priority, spec.attention.risk),
        health=spec.health or HEALTH,
    )
    return replace(rules, version=digest(rules)[:12])


def _factor(name: str, spec: _Factor) -> Factor:
    curve = tuple((pair[0], pair[1]) for pair in spec.curve)
    return Factor(name, spec.from_, spec.says, spec.points, curve, spec.group)


def _override(name: str, spec: _Override) -> Override:
    return Override(name, spec.from_, spec.says, tuple(spec.is_), spec.above, spec.at_least, spec.at_most)


# what can be wrong ------------------------------------------------------------------------------


def _problems(marked: Marked, spec: ScoringSpec) -> Iterator[Problem]:
    for path, message in _faults(spec):
        yield Problem(marked.at(*path), message)


def _faults(spec: ScoringSpec) -> Iterator[tuple[Path, str]]:
    yield from _label_faults(spec.labels)
    yield from _status_faults("done", spec.done)
    yield from _status_faults("paused", spec.paused)
    for name, factor in spec.priority.items():
        yield from _below(("priority", name), _factor_faults(factor, spec.groups))
    for name, factor in spec.risk.factors.items():
        yield from _below(("risk", "factors", name), _factor_faults(factor, spec.groups))
    for name, override in spec.overrides.items():
        yield from _below(("overrides", name), _override_faults(override))
    yield from _sum_faults(spec)
    yield from _health_faults(spec.health)


def _below(path: Path, faults: Iterator[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    yield from (((*path, *below), said) for below, said in faults)


def _label_faults(labels: Mapping[str, int]) -> Iterator[tuple[Path, str]]:
    known = REGISTERS["score.label"].options
    for label in labels:
        if label not in known:
            hint = nearest(label, known) or f"; it is one of {', '.join(known)}"
            yield ("labels", label), f"`{label}` is not a label of scores{hint}"
    starts = list(labels.values())
    if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > TOP:
        yield ("labels",), "labels must begin at 0 and rise, up to 100 at most"


def _status_faults(key: str, statuses: Sequence[str]) -> Iterator[tuple[Path, str]]:
    known = REGISTERS["status"].options
    for i, status in enumerate(statuses):
        if status not in known:
            yield (key, i), f"`{status}` is not a status{nearest(status, known)}"


def _sum_faults(spec: ScoringSpec) -> Iterator[tuple[Path, str]]:
    """A score of 100 is meant to be reached by all factors together, not cut off."""
    whole = {name: f for name, f in spec.priority.items() if all(len(pair) == 2 for pair in f.curve)}  # noqa: PLR2004
    factors = [_factor(name, f) for name, f in whole.items()]
    worths = {name: _most(spec.groups[name], name, factors) for name in spec.groups}
    alone = {f.name: f.most for f in factors if not f.group}
    total = math.fsum([*worths.values(), *alone.values()])
    if total > TOP:
        parts = ", ".join(f"{name} {worth:g}" for name, worth in {**worths, **alone}.items() if worth)
        said = f"the factors add up to {total:g} points, {total - TOP:g} over {TOP}: {parts}"
        yield ("priority",), f"{said}; lower some, or the `most` of a group"
    weights = spec.attention.priority + spec.attention.risk
    if abs(weights - 1) > 1e-9:  # noqa: PLR2004
        yield ("attention",), f"the parts of attention must add up to 1, not {weights:g}"


def _most(group: _Group, name: str, factors: Sequence[Factor]) -> float:
    worths = [f.most for f in factors if f.group == name]
    together = math.fsum(worths) if group.take == "sum" else max(worths, default=0.0)
    return min(together, group.most)


def _health_faults(health: Mapping[str, float]) -> Iterator[tuple[Path, str]]:
    for name, worth in health.items():
        if name not in HEALTH:
            hint = nearest(name, HEALTH) or f"; it is one of {', '.join(HEALTH)}"
            yield ("health", name), f"`{name}` is not a part of health{hint}"
        elif worth < 0:
            yield ("health", name), "a part of health takes 0 points or more"
    total = math.fsum(health.values())
    if health and abs(total - TOP) > 1e-9:  # noqa: PLR2004
        yield ("health",), f"the parts of health must add up to {TOP}, not {total:g}"


# one factor -------------------------------------------------------------------------------------


def _source(name: str) -> tuple[Kind, Sequence[str]] | None:
    """Return the kind and the words of a register or measure; None if there is none of that name."""
    found = find(name) or MEASURES.get(name)
    return (found.kind, found.options) if found else None


def _unknown(name: str) -> tuple[Path, str]:
    hint = nearest(name, [*REGISTERS, *MEASURES])
    return ("from",), f"`{name}` is neither a register nor a measure{hint}"


def _factor_faults(factor: _Factor, groups: Mapping[str, _Group]) -> Iterator[tuple[Path, str]]:
    source = _source(factor.from_)
    if source is None:
        yield _unknown(factor.from_)
        return
    yield from _worth_faults(factor, *source)
    if factor.group and factor.group not in groups:
        hint = nearest(factor.group, groups)
        add = f"add `{factor.group}: {{most: <points>, label: <The …>}}` under `groups`"
        yield ("group",), f"there is no group `{factor.group}`{hint or '; ' + add}"
    yield from _sentence_faults(factor.says)


def _sentence_faults(says: str) -> Iterator[tuple[Path, str]]:
    try:
        parts = [
            (name, how, turn) for _, name, how, turn in string.Formatter().parse(says) if name is not None
        ]
    except ValueError as error:
        yield ("says",), f"this sentence has a stray brace: {error}"
        return
    for name in sorted({name for name, _, _ in parts} - set(_WORDS)):
        yield ("says",), f"a sentence knows `{{value}}`, `{{when}}` and `{{percent}}`, not `{{{name}}}`"
    if any(how or turn for _, how, turn in parts):
        yield ("says",), "write `{value}` without `:` or `!`: it is shown as people read it"


def _worth_faults(factor: _Factor, kind: Kind, options: Sequence[str]) -> Iterator[tuple[Path, str]]:
    if factor.points and factor.curve:
        yield ("curve",), "a factor has `points` or a `curve`, not both"
    elif kind in _NUMBERS:
        yield from _curve_faults(factor, kind)
    elif factor.curve:
        yield ("curve",), f"`{factor.from_}` is a {kind}; it has `points`, not a curve"
    elif kind in {"flag", "choice"}:
        if not factor.points:
            yield ("from",), f"`{factor.from_}` is a {kind}; give it `points: {{<value>: <points>}}`"
        yield from _word_faults("points", factor.from_, list(factor.points), kind, options)
    elif set(factor.points) != {"any"}:
        yield ("from",), f"`{factor.from_}` is a {kind}; give it `points: {{any: <points>}}`"
    for word, worth in factor.points.items():
        if not math.isfinite(worth):
            yield ("points", word), "this must be a finite number"


def _word_faults(
    key: str, source: str, words: Sequence[str], kind: Kind, options: Sequence[str]
) -> Iterator[tuple[Path, str]]:
    known = ("true", "false") if kind == "flag" else options
    for i, word in enumerate(words):
        if known and word not in known:
            hint = nearest(word, known) or f"; it is one of {', '.join(known)}"
            yield (key, word if key == "points" else i), f"`{source}` is never `{word}`{hint}"


def _curve_faults(factor: _Factor, kind: Kind) -> Iterator[tuple[Path, str]]:
    unit = "number" if kind == "number" else "days until it"
    if not factor.curve:
        yield ("from",), f"`{factor.from_}` is a {kind}; give it `curve: [[<{unit}>, <points>], …]`"
    for i, pair in enumerate(factor.curve):
        if len(pair) != 2 or not all(map(math.isfinite, pair)):  # noqa: PLR2004
            yield ("curve", i), f"each point of a curve is [<{unit}>, <points>]"
            return
    xs = [pair[0] for pair in factor.curve]
    if xs != sorted(set(xs)):
        yield ("curve",), "the values of a curve must rise from point to point"


def _override_faults(override: _Override) -> Iterator[tuple[Path, str]]:
    source = _source(override.from_)
    if source is None:
        yield _unknown(override.from_)
        return
    kind, options = source
    if kind == "number":
        if override.above is None or override.is_:
            yield ("from",), f"`{override.from_}` is a number; say from which one on: `above: <number>`"
    elif kind in {"flag", "choice"}:
        if override.above is not None or not override.is_:
            yield ("from",), f"`{override.from_}` is a {kind}; say when it holds: `is: [<value>, …]`"
        yield from _word_faults("is", override.from_, override.is_, kind, options)
    else:
        yield ("from",), f"`{override.from_}` is a {kind}; an override goes by a choice, a flag or a number"
    low, high = override.at_least, override.at_most
    if low is None and high is None:
        yield ("from",), "say what follows: `at_least: <score>` or `at_most: <score>`"
    elif low is not None and high is not None and low > high:
        yield ("at_least",), f"a score cannot be at least {low:g} and at most {high:g}"
    yield from _sentence_faults(override.says)

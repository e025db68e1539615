"""risk.yaml: what counts as an escalation, and how the hub learns to foresee it; checked when read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec
from pydantic import Field

from hub.mapping.models import Strict
from hub.marked import Marked, Path, hold, parse
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, find, nearest
from hub.risk.labels import Cause, Label, Side

_UNITS = {"m": 60, "h": 3600, "d": 86400}


class RiskRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that `hub.risk` goes by. Times are seconds."""

    label: str
    labels: Mapping[str, Label]
    half_life: float = 14 * 86400.0
    done: tuple[str, ...] = ("solved", "closed")
    """Statuses, in lower case, in which nothing is left to foresee."""
    final: tuple[str, ...] = ("closed",)
    """Those of them after which a ticket's outcome does not change any more."""
    base: float = 0.05
    weight: float = 0.6
    least_known: int = 200
    least_positive: int = 30


class _Cause(Strict):
    by: Side
    becomes: dict[str, list[bool | str | int]] = Field(default={}, description="A register's new value")
    matches: dict[str, str] = Field(default={}, description="A register, and a pattern it comes to fit")
    rises: dict[str, float] = Field(default={}, description="A number, and by how much it must grow")
    tagged: list[str] = Field(default=[], description="One of these tags is added")
    raised: list[str] = Field(default=[], description="One of these goes up: priority, severity")
    involves: list[str] = Field(default=[], description="Patterns of people who come to act on it or see it")
    reopened: int = Field(default=0, ge=0, description="At least so many more times")
    reassigned: int = Field(default=0, ge=0, description="To another person, at least so many more times")
    moved: int = Field(default=0, ge=0, description="To another group, at least so many more times")
    handed_on: int = Field(default=0, ge=0, description="To another person or group, so many more times")
    breached: bool = Field(default=False, description="It misses a deadline")


class _Label(Strict):
    says: str = ""
    moment: Literal["in_flight", "intake"]
    horizon: str = Field(default="", description="7d, 12h; left out: the horizon of this file")
    within: Literal["horizon", "closing"] = "horizon"
    overdue_after: str = Field(default="", description="Open so long counts as happened, until known better")
    any_: dict[str, _Cause] = Field(alias="any")


class _ColdStart(Strict):
    base: float = Field(default=0.05, gt=0, lt=1)
    weight: float = Field(default=0.6, ge=0, le=2)
    outcomes: int = Field(default=200, ge=20)
    happened: int = Field(default=30, ge=5)


class RiskSpec(Strict):
    """The file's shape."""

    label: str
    horizon: str = "7d"
    half_life: str = "14d"
    done: list[str] = Field(default=["solved", "closed"], min_length=1)
    final: list[str] = Field(default=["closed"], min_length=1)
    cold_start: _ColdStart = _ColdStart()
    labels: dict[str, _Label]


def load_risk(text: str, filename: str) -> RiskRules:
    """Return the rules. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    spec = hold(marked, RiskSpec)
    refuse_errors(list(_problems(spec, marked)))
    horizon = _seconds(spec.horizon)
    cold = spec.cold_start
    return RiskRules(
        spec.label,
        {name: _label(name, label, horizon) for name, label in spec.labels.items()},
        _seconds(spec.half_life),
        tuple(word.casefold() for word in spec.done),
        tuple(word.casefold() for word in spec.final),
        cold.base,
        cold.weight,
        cold.outcomes,
        cold.happened,
    )


def _label(name: str, spec: _Label, horizon: float) -> Label:
    causes = tuple(cause for key, given in spec.any_.items() for cause in _causes(key, given))
    return Label(
        name,
        spec.moment,
        causes,
        spec.says,
        _seconds(spec.horizon) if spec.horizon else horizon,
        spec.within == "closing",
        _seconds(spec.overdue_after) if spec.overdue_after else 0.0,
    )


def _causes(name: str, given: _Cause) -> Iterator[Cause]:
    """One cause of the file may name several registers: each becomes one of its own."""
    for register, values in given.becomes.items():
        words = tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
        yield Cause(name, given.by, "becomes", register, words)
    for register, pattern in given.matches.items():
        yield Cause(name, given.by, "matches", register, (pattern,))
    for register, least in given.rises.items():
        yield Cause(name, given.by, "rises", register, least=least)
    if given.tagged:
        yield Cause(name, given.by, "tagged", "tags", tuple(given.tagged))
    for register in given.raised:
        yield Cause(name, given.by, "raised", register)
    if given.involves:
        yield Cause(name, given.by, "involves", words=tuple(given.involves))
    if given.breached:
        yield Cause(name, given.by, "breached")
    counts = {
        "reopened": given.reopened,
        "reassigned": given.reassigned,
        "moved": given.moved,
        "handed_on": given.handed_on,
    }
    for kind, least in counts.items():
        if least:
            yield Cause(name, given.by, kind, least=least)


# checks ---------------------------------------------------------------------------------------


def _problems(spec: RiskSpec, marked: Marked) -> Iterator[Problem]:
    if spec.label not in spec.labels:
        known = ", ".join(f"`{name}`" for name in spec.labels)
        message = f"no label `{spec.label}` stands under `labels`; there are {known or 'none'}"
        yield Problem(marked.inside("label"), message + nearest(spec.label, spec.labels))
    for key in ("horizon", "half_life"):
        yield from _no_time(getattr(spec, key), marked, (key,))
    done = {word.casefold() for word in spec.done}
    for i, word in enumerate(spec.final):
        if word.casefold() not in done:
            yield Problem(marked.inside("final", i), f"`{word}` is final but not `done`; add it there")
    for name, label in spec.labels.items():
        yield from _label_problems(label, marked, ("labels", name))


def _label_problems(label: _Label, marked: Marked, path: Path) -> Iterator[Problem]:
    yield from _no_time(label.horizon, marked, (*path, "horizon"))
    yield from _no_time(label.overdue_after, marked, (*path, "overdue_after"))
    if label.within == "closing" and label.moment == "in_flight":
        yield Problem(
            marked.inside(*path, "within"),
            "`closing` goes with `moment: intake`: in flight, a chance is of a horizon",
        )
    if label.overdue_after and label.within != "closing":
        yield Problem(marked.inside(*path, "overdue_after"), "this needs `within: closing`")
    if not label.any_:
        yield Problem(marked.at(*path, "any"), "name at least one cause here")
    for name, cause in label.any_.items():
        yield from _cause_problems(cause, marked, (*path, "any", name))


def _cause_problems(cause: _Cause, marked: Marked, path: Path) -> Iterator[Problem]:
    if not any(value for key, value in cause if key != "by"):
        yield Problem(marked.at(*path), "say what happens: becomes, matches, rises, tagged, raised, …")
    named = [*(("becomes", r) for r in cause.becomes), *(("rises", r) for r in cause.rises)]
    for key, register in [*named, *(("matches", r) for r in cause.matches)]:
        if not _known(register):
            close = nearest(register, REGISTERS)
            yield Problem(marked.at(*path, key, register), f"there is no register `{register}`{close}")
    for i, register in enumerate(cause.raised):
        if register not in {"priority", "severity"} and not _known(register):
            yield Problem(marked.inside(*path, "raised", i), f"there is no register `{register}`")
    patterns = [(("matches", register), p) for register, p in cause.matches.items()]
    for where, pattern in [*patterns, *((("involves", i), p) for i, p in enumerate(cause.involves))]:
        try:
            _ = re.compile(pattern)
        except re.error as error:
            yield Problem(marked.inside(*path, *where), f"`{pattern}` is not a pattern: {error}")


_HISTORY = ("escalated", "line", "urgency", "impact")
"""What histories of other tools hold beside the hub's own registers."""


def _known(register: str) -> bool:
    return register in _HISTORY or find(register) is not None


def _no_time(text: str, marked: Marked, path: Path) -> Iterator[Problem]:
    if text and _match(text) is None:
        yield Problem(marked.inside(*path), f"`{text}` is not a time; write `7d`, `12h` or `30m`")


def _match(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([mhd])", text)


def _seconds(text: str) -> float:
    found = _match(text)
    assert found is not None, text
    return float(found[1]) * _UNITS[found[2]]

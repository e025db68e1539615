"""routing.yaml: which words suggest what, how sure that must be, what an incident is. Checked when read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal, TypeAlias

import msgspec
from pydantic import Field

from hub.conditions import Condition, ConditionRefused, condition
from hub.mapping.models import Strict
from hub.marked import Marked, Path, hold, parse
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, nearest
from hub.suggest.words import forms, stems

SUGGESTIBLE = ("type", "product_area", "team", "tags")


class Rule(msgspec.Struct, frozen=True):
    """One line of thought: these words, under this condition, speak for that."""

    name: str
    suggest: Mapping[str, tuple[str, ...]]
    """By what is suggested; of all but tags exactly one word."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """Any of these, each as stems side by side; none: the condition alone decides."""
    never: tuple[tuple[str, ...], ...] = ()
    when: Condition | None = None
    weight: float = 1.0


class NeighbourRules(msgspec.Struct, frozen=True):
    """How solved tickets vote."""

    count: int = 15
    likeness: float = 0.25
    votes: int = 2
    share: float = 0.6
    weight: float = 1.0


class IncidentRules(msgspec.Struct, frozen=True):
    """What makes similar tickets an incident."""

    window: timedelta = timedelta(hours=4)
    accounts: int = 3
    likeness: float = 0.15
    usual: timedelta = timedelta(days=14)
    chance: float = 0.0001


class RoutingRules(msgspec.Struct, frozen=True):
    """All that suggestions and incidents go by."""

    rules: tuple[Rule, ...] = ()
    match: Literal["all", "first"] = "all"
    enough: float = 1.0
    margin: float = 0.5
    neighbours: NeighbourRules = NeighbourRules()
    incidents: IncidentRules = IncidentRules()


# the file's shape -------------------------------------------------------------------------------


class _Suggest(Strict):
    type: str = ""
    product_area: str = ""
    team: str = ""
    tags: list[str] = Field(default=[])


class _Rule(Strict):
    words: list[str] = Field(default=[], description="Any of these, in any form; several words: side by side")
    never: list[str] = Field(default=[], description="Where one of these stands, the rule is silent")
    when: str = Field(default="", description="A CEL condition over the ticket's registers")
    weight: float = Field(default=1.0, gt=0, le=10)
    suggest: _Suggest


class _Neighbours(Strict):
    count: int = Field(default=15, ge=1, le=200, description="Solved tickets that vote, the most alike ones")
    likeness: float = Field(default=0.25, ge=0, le=1, description="Less alike ones do not vote")
    votes: int = Field(default=2, ge=1, description="Tickets that must agree")
    share: float = Field(default=0.6, gt=0.5, le=1, description="Of all votes, weighted by likeness")
    weight: float = Field(default=1.0, ge=0, le=10, description="A unanimous vote, against one rule")


class _Incidents(Strict):
    window: str = Field(default="4h", description="Tickets this close together belong together")
    accounts: int = Field(default=3, ge=2, description="Customers who must report it")
    likeness: float = Field(default=0.15, gt=0, le=1)
    usual: str = Field(default="14d", description="How far back it is asked how often such tickets come")
    chance: float = Field(default=0.0001, gt=0, lt=0.5, description="That so many come by chance, at most")


class RoutingSpec(Strict):
    """The file's shape."""

    match: Literal["all", "first"] = "all"
    enough: float = Field(default=1.0, gt=0, description="Weight that a suggestion needs")
    margin: float = Field(default=0.5, ge=0, description="And by how much it must lead the next one")
    rules: dict[str, _Rule] = Field(default={})
    neighbours: _Neighbours = Field(default=_Neighbours())
    incidents: _Incidents = Field(default=_Incidents())


def load_routing(
    text: str, filename: str, known: Mapping[str, Collection[str]] | None = None, listed: str = ""
) -> RoutingRules:
    """
    Return the rules. Raises `FileRefused` with every problem found, each with its place.

    `known`: the product areas and teams that there are, where a mapping file lists them; `listed`: its name.
    """
    marked = parse(text, filename)
    spec = hold(marked, RoutingSpec)
    refuse_errors([*_problems(marked, spec, {k: (tuple(v), listed) for k, v in (known or {}).items() if v})])
    return RoutingRules(
        tuple(_rule(name, rule) for name, rule in spec.rules.items()),
        spec.match,
        spec.enough,
        spec.margin,
        NeighbourRules(**spec.neighbours.model_dump()),
        IncidentRules(
            _span(spec.incidents.window) or timedelta(hours=4),
            spec.incidents.accounts,
            spec.incidents.likeness,
            _span(spec.incidents.usual) or timedelta(days=14),
            spec.incidents.chance,
        ),
    )


def _rule(name: str, spec: _Rule) -> Rule:
    told = {
        "type": (spec.suggest.type,),
        "product_area": (spec.suggest.product_area,),
        "team": (spec.suggest.team,),
        "tags": tuple(sorted(set(spec.suggest.tags))),
    }
    return Rule(
        name,
        {what: words for what, words in told.items() if any(words)},
        tuple(map(_phrase, spec.words)),
        tuple(map(_phrase, spec.never)),
        condition(spec.when) if spec.when else None,
        spec.weight,
    )


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(form for form, _ in forms(text))


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _span(text: str) -> timedelta | None:
    """Return a time such as `90m`, `4h`, `14d`; None if it is none, or nothing."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*([mhd])\s*", text)
    span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    return span or None


# what can be wrong ------------------------------------------------------------------------------


Known: TypeAlias = Mapping[str, tuple[Sequence[str], str]]
"""The words that there are, and the file that lists them."""


def _problems(marked: Marked, spec: RoutingSpec, known: Known) -> Iterator[Problem]:
    for name, rule in spec.rules.items():
        path: Path = ("rules", name)
        if not rule.words and not rule.when:
            yield Problem(marked.at(*path), "this rule holds for every ticket: give it `words` or `when`")
        yield from _word_faults(marked, path, "words", rule.words)
        yield from _word_faults(marked, path, "never", rule.never)
        yield from _condition_faults(marked, (*path, "when"), rule.when)
        yield from _suggest_faults(marked, (*path, "suggest"), rule.suggest, known)
    for name in ("window", "usual"):
        given = str(getattr(spec.incidents, name))
        if _span(given) is None:
            said = f"`{given}` is no time; write minutes, hours or days: 90m, 4h, 14d"
            yield Problem(marked.inside("incidents", name), said)


def _word_faults(marked: Marked, path: Path, key: str, given: Sequence[str]) -> Iterator[Problem]:
    for i, phrase in enumerate(given):
        if not stems(phrase) and len(forms(phrase)) < 2:  # noqa: PLR2004
            said = f"`{phrase}` is too common to tell anything; write words that only such tickets have"
            yield Problem(marked.inside(*path, key, i), said)


def _condition_faults(marked: Marked, path: Path, source: str) -> Iterator[Problem]:
    if not source:
        return
    try:
        _ = condition(source)
    except ConditionRefused as refused:
        for offset, message in refused.faults:
            yield Problem(marked.inside(*path, offset=offset), message)


def _suggest_faults(marked: Marked, path: Path, spec: _Suggest, known: Known) -> Iterator[Problem]:
    given = {"type": spec.type, "product_area": spec.product_area, "team": spec.team}
    if not any(given.values()) and not spec.tags:
        yield Problem(marked.at(*path), f"this suggests nothing; it can be {', '.join(SUGGESTIBLE)}")
    words: Known = {"type": (REGISTERS["type"].options, ""), **known}
    names = {"type": "a type of tickets", "product_area": "a product area", "team": "a team"}
    for what, word in given.items():
        there, listed = words.get(what, ((), ""))
        if word and there and word not in there:
            hint = nearest(word, there) or f"; there are {', '.join(there)}"
            known_by = f" by {listed}" if listed else ""
            yield Problem(marked.inside(*path, what), f"`{word}` is not {names[what]}{known_by}{hint}")

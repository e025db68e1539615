"""policy.yaml: who wins a conflict, how much one run may do, and whether it may make a noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec
from pydantic import Field

from hub.desk.rules import ConflictRules, hours_in
from hub.mapping.models import Strict
from hub.marked import Marked, hold, parse
from hub.model import System
from hub.money import Money
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, find, nearest
from hub.safety import Limits, SideLimits


class PolicyFile(msgspec.Struct, frozen=True):
    """What the user decides beforehand, for every mapping together."""

    order: tuple[System, ...]
    by_register: Mapping[str, tuple[System, ...]] = {}
    limits: Limits = Limits()
    quiet: bool = False
    patience: float = 120.0
    create: Mapping[System, tuple[System, ...]] = {}
    """Where a ticket may get replicas, by the system in which it began; a system left out: everywhere."""
    money: Money | None = None
    """The one currency in which sums over accounts are shown; None: amounts are added as they are."""
    conflicts: ConflictRules = ConflictRules()
    follow_ups: bool = True
    """What comes for a closed ticket begins a follow-up; else it is parked."""

    def may_create(self, born: System, where: System) -> bool:
        """Return whether a ticket that began in one system may get a replica in another."""
        return where in self.create.get(born, (where,))

    def prefer(self, register: str) -> Sequence[System]:
        """Return whose value stands, first to last, where two people set this register unseen."""
        return self.by_register.get(register, self.order)


class _SideLimits(Strict):
    touch: int | None = Field(default=None, ge=0)
    create: int | None = Field(default=None, ge=0)
    close: int | None = Field(default=None, ge=0)
    delete: int | None = Field(default=None, ge=0)
    tell: int | None = Field(default=None, ge=0)
    notify: int | None = Field(default=None, ge=0)
    delete_share: float | None = Field(default=None, gt=0, le=1)


class _Limits(Strict):
    touch: int = Field(default=Limits().touch, ge=1, description="Tickets that one run may write to")
    create: int = Field(default=Limits().create, ge=0)
    close: int = Field(default=Limits().close, ge=0, description="Tickets that one run may solve or close")
    delete: int = Field(default=Limits().delete, ge=0)
    tell: int = Field(
        default=Limits().tell, ge=0, description="Tickets whose customers one run may write to by mail"
    )
    delete_share: float = Field(default=Limits().delete_share, gt=0, le=1)
    notify: int = Field(
        default=Limits().notify, ge=0, description="Tickets of which one run may notify the people on a side"
    )
    remap: int = Field(
        default=Limits().remap, ge=0, description="Tickets that changed rule files may change unasked"
    )
    sides: dict[str, _SideLimits] = Field(
        default={}, description="Limits of one side alone, beside those for all together"
    )


class _Money(Strict):
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of the currency of sums")
    rates: dict[str, float] = Field(
        default={}, description="What one unit of another currency is worth in it (EUR: 1.08)"
    )


class _Conflicts(Strict):
    tell: Literal["note", "none"] = Field(
        default="note", description="Whether people are told on the ticket and the issue, by an internal note"
    )
    overdue: str = Field(default="2d", description="After how long somebody is reminded: 36h, 2d, 1w")
    count: Literal["wall", "business"] = Field(
        default="wall", description="By which hours: all, or the business hours of sla.yaml"
    )
    owner: str = Field(default="", description="Who settles what nobody is assigned to")


class PolicySpec(Strict):
    """The file's shape."""

    prefer: dict[str, list[str]] = Field(description="`default`, and registers that differ from it")
    limits: _Limits = _Limits()
    quiet: bool = Field(default=False, description="Never notify anyone, where a system lets us")
    patience: float = Field(
        default=120.0, ge=0, description="Seconds until what was added without an answer is asked for again"
    )
    create: dict[str, list[str]] = Field(
        default={}, description="Where a ticket may be created, by the system in which it began"
    )
    money: _Money | None = Field(default=None, description="In which currency sums over accounts are shown")
    conflicts: _Conflicts = Field(default=_Conflicts(), description="Who is told of conflicts, and when")
    follow_ups: bool = Field(
        default=True, description="What comes for a closed ticket begins a follow-up; else it is parked"
    )


def load_policy(
    text: str,
    filename: str,
    systems: Iterable[str] = ("zendesk", "jira"),
    known: Iterable[str] = ("salesforce", "email"),
) -> PolicyFile:
    """
    Return the policy for these systems; it may name others that the hub knows of.

    Raises `FileRefused` with every problem found, each with its place.
    """
    marked = parse(text, filename)
    spec = hold(marked, PolicySpec)
    used = tuple(systems)
    words = tuple(dict.fromkeys((*used, *known)))
    problems = [*_order_problems(marked, spec, used, words), *_other_problems(marked, spec, words)]
    refuse_errors([*problems, *_conflict_problems(marked, spec)])
    orders = {name: tuple(map(System, order)) for name, order in spec.prefer.items()}
    default = orders.pop("default")
    return PolicyFile(
        default,
        orders,
        _limits(spec.limits),
        spec.quiet,
        spec.patience,
        {System(born): tuple(map(System, where)) for born, where in spec.create.items()},
        Money(spec.money.currency, dict(spec.money.rates)) if spec.money else None,
        ConflictRules(
            spec.conflicts.tell,
            hours_in(spec.conflicts.overdue) or ConflictRules().overdue,
            spec.conflicts.count,
            spec.conflicts.owner.strip(),
        ),
        spec.follow_ups,
    )


def _limits(spec: _Limits) -> Limits:
    sides = {System(s): SideLimits(**own.model_dump()) for s, own in spec.sides.items()}
    return msgspec.structs.replace(Limits(**spec.model_dump(exclude={"sides"})), sides=sides)


def _order_problems(
    marked: Marked, spec: PolicySpec, used: Sequence[str], known: Sequence[str]
) -> Iterator[Problem]:
    if "default" not in spec.prefer:
        yield Problem(marked.at("prefer"), f"`prefer` needs a `default: [{', '.join(used)}]`")
    for name, order in spec.prefer.items():
        at = ("prefer", name)
        if name != "default" and find(name) is None:
            hint = nearest(name, REGISTERS)
            yield Problem(marked.at(*at), f"`{name}` is not a register{hint}")
        for i, system in enumerate(order):
            if system not in known:
                yield Problem(marked.inside(*at, i), _no_system(system, known))
        missing = [s for s in used if s not in order]
        if missing:
            yield Problem(marked.at(*at), f"say where {', '.join(missing)} stands in this order too")


def _other_problems(marked: Marked, spec: PolicySpec, known: Sequence[str]) -> Iterator[Problem]:
    for born, places in spec.create.items():
        if born not in known:
            yield Problem(marked.at("create", born), _no_system(born, known))
        for i, place in enumerate(places):
            if place not in known:
                yield Problem(marked.inside("create", born, i), _no_system(place, known))
    for side in spec.limits.sides:
        if side not in known:
            yield Problem(marked.at("limits", "sides", side), _no_system(side, known))
    for code, rate in spec.money.rates.items() if spec.money else ():
        at = ("money", "rates", code)
        if len(code) != len("USD") or not code.isalpha() or not code.isupper():
            yield Problem(marked.at(*at), f"`{code}` is not a currency; write its three letters, as EUR")
        if not rate > 0:
            yield Problem(marked.inside(*at), f"a rate is more than 0, not {rate}")


def _conflict_problems(marked: Marked, spec: PolicySpec) -> Iterator[Problem]:
    if hours_in(spec.conflicts.overdue) is None:
        where = marked.inside("conflicts", "overdue")
        yield Problem(where, f"`{spec.conflicts.overdue}` is no span; write it like 36h, 2d or 1w")


def _no_system(word: str, known: Sequence[str]) -> str:
    listed = f"; it is one of {', '.join(known)}"
    return f"`{word}` is not a system here{nearest(word, known) or listed}"

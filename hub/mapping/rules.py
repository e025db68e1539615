"""A mapping file bound to a system's schema: which field shows what, and what may go where."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hub.conditions import Condition
from hub.lens import Lens, Unreadable, Unwritable
from hub.lenses.raw import words
from hub.mapping.models import Direction, Many
from hub.model import Audience, Json, Raw, System, Value
from hub.problems import Place, Problem
from hub.registers import Kind

Reads: TypeAlias = bool | Literal["only_if_marked"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One register and the field that shows it."""

    register: str
    kind: Kind
    lens: Lens
    as_: str
    """The lens kind's name in mapping files."""
    direction: Direction
    place: Place
    many: Many | None = None
    distinct_by: str | None = None
    order: tuple[str, ...] = ()
    """A choice's values from least to worst, for `max` and `min`."""

    @property
    def field(self) -> str:
        return self.lens.field

    @property
    def reads(self) -> bool:
        return self.direction != "write"

    @property
    def writes(self) -> bool:
        return self.direction in ("both", "write")

    @property
    def creates(self) -> bool:
        """Whether a replica that the hub creates is given this field."""
        return self.direction != "read"

    def lost(self, value: Value, onto: Json = None) -> str:
        """Return what a reader of this field would miss of `value`: "" (nothing), "cut", "retyped"."""
        try:
            shown = self.lens.read(self.lens.render(value, onto))
        except Unwritable:
            return "unwritable"
        except Unreadable:
            return "retyped"
        if shown == value or (not shown and not value):
            return ""
        text = isinstance(shown, str) and isinstance(value, str)
        return "cut" if text and str(shown).endswith("…") else "retyped"


@dataclass(frozen=True, slots=True)
class Flow:
    """What may happen to the comments or files of one audience. The default is nothing."""

    write: bool = False
    read: Reads = False


@dataclass(frozen=True, slots=True)
class Handoff:
    """What must be known before a replica is created, and what to tell who has not said it yet."""

    required: tuple[str, ...]
    note: str

    def missing(self, registers: abc.Mapping[str, Value]) -> tuple[str, ...]:
        """Return the required registers that say nothing. A flag that says no has said something."""
        return tuple(r for r in self.required if registers.get(r) in (None, "", ()))


@dataclass(frozen=True)
class Mapping:
    """One system's mapping file, bound to its schema."""

    system: System
    file: str
    rules: tuple[Rule, ...]
    scope: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Field id: the values that concern the hub."""
    adopt_when: Condition | None = None
    creates: bool = False
    create_when: Condition | None = None
    create: Raw = field(default_factory=dict[str, Json])
    """Raw fields to set when creating, beside the mapped ones."""
    comments: abc.Mapping[Audience, Flow] = field(default_factory=dict[Audience, Flow])
    attachments: abc.Mapping[Audience, Flow] = field(default_factory=dict[Audience, Flow])
    rest: Literal["block", "none", "withhold"] = "none"
    handoff: Handoff | None = None
    fill: abc.Mapping[str, str] = field(default_factory=dict[str, str])
    """Field id: the option to put into it where a workflow's screen requires one."""
    remote_link: bool = False
    warnings: tuple[Problem, ...] = ()
    registers: frozenset[str] = field(init=False, repr=False, compare=False)
    """Those that some field of that side shows, or sets."""
    _by_register: abc.Mapping[str, Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "registers", frozenset(r.register for r in self.rules))
        object.__setattr__(self, "_by_register", {r.register: r for r in self.rules})

    def rule(self, register: str) -> Rule | None:
        return self._by_register.get(register)

    def in_scope(self, raw: Raw) -> bool:
        """Return whether a replica that shows this concerns the hub. A field not shown is no objection."""
        return all(
            name not in raw or not allowed or bool({*words(raw[name])} & {*allowed})
            for name, allowed in self.scope.items()
        )

    def carries(self, audience: Audience) -> Flow:
        return self.comments.get(audience, Flow())

    def carries_files(self, audience: Audience) -> Flow:
        return self.attachments.get(audience, Flow())

"""Mapping files: text in, a checked `MappingFile` out. Needs no system; `bind` does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from hub.conditions import Condition, ConditionRefused, condition
from hub.mapping.models import (
    AnySpec,
    ChoiceSpec,
    Direction,
    FieldSpec,
    LabelsSpec,
    MappingSpec,
)
from hub.mapping.tables import agree, complete
from hub.marked import Marked, Path, hold, parse
from hub.model import Json
from hub.problems import FileRefused, Problem, refuse_errors
from hub.registers import CUSTOM, REGISTERS, Kind, Register, find, nearest

_LENS_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "long": "text",
    "markdown": "markdown",
    "choice": "choice",
    "labels": "labels",
    "number": "number",
    "flag": "flag",
    "instant": "instant",
    "date": "date",
    "person": "person",
    "reference": "reference",
}
"""The kind of register that each lens kind gives a custom field."""

# What a lens of this kind can read; whatever else a register holds can be *written* as text.
_READERS: Mapping[Kind, tuple[str, ...]] = {
    "text": ("text", "long", "markdown"),
    "markdown": ("markdown", "long", "text"),
    "choice": ("choice",),
    "labels": ("labels",),
    "number": ("number",),
    "flag": ("flag",),
    "instant": ("instant",),
    "date": ("date",),
    "person": ("person",),
    "reference": ("reference",),
}
_WRITERS: Mapping[Kind, tuple[str, ...]] = {
    "text": ("labels",),
    "choice": ("labels",),
    "instant": ("date",),
    "date": ("instant",),
    "reference": ("labels",),
}
_ANYTHING = ("text", "long")


@dataclass(frozen=True)
class MappingFile:
    """A mapping file whose shape and words are right, whatever the system says to it."""

    spec: MappingSpec
    marked: Marked
    registers: Mapping[str, Register]
    directions: Mapping[str, Direction]
    tables: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]
    adopt_when: Condition | None = None
    create_when: Condition | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def file(self) -> str:
        return self.marked.file

    @property
    def system(self) -> str:
        return self.spec.system


@dataclass
class _Checked:
    marked: Marked
    problems: list[Problem] = field(default_factory=list[Problem])
    registers: dict[str, Register] = field(default_factory=dict[str, Register])
    directions: dict[str, Direction] = field(default_factory=dict[str, Direction])
    tables: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = field(
        default_factory=dict[str, tuple[Mapping[str, str], Mapping[str, str]]]
    )

    def wrong(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.marked.at(*path), message))


def load(text: str, filename: str) -> MappingFile:
    """Return the mapping file. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    checked = _Checked(marked)
    spec: MappingSpec | None = None
    try:
        spec = hold(marked, MappingSpec)
    except FileRefused as refused:
        checked.problems += refused.problems
        _name_registers(checked)
        raise FileRefused(checked.problems) from None
    _name_registers(checked)
    for name, rule in spec.fields.items():
        if name in checked.registers:
            _check_rule(name, rule, checked)
    kinds: dict[str, Kind] = {n: r.kind for n, r in checked.registers.items() if n.startswith(CUSTOM)}
    adopt_when = _condition("adopt_when", spec.adopt_when, kinds, checked)
    create_when = _condition("create_when", spec.create_when, kinds, checked)
    _check_rest(spec, checked)
    refuse_errors(checked.problems)
    return MappingFile(
        spec,
        marked,
        checked.registers,
        checked.directions,
        checked.tables,
        adopt_when,
        create_when,
        tuple(checked.problems),
    )


def _name_registers(checked: _Checked) -> None:
    for name, as_ in _named(checked.marked.data.get("fields")):
        register = find(name, _LENS_KINDS[as_])
        if register is None:
            hint = nearest(name, REGISTERS) or f"; a field of your own is called `{CUSTOM}<name>`"
            checked.wrong(("fields", name), f"`{name}` is not a register{hint}")
        elif name.startswith("context."):
            checked.wrong(("fields", name), f"say where `{name}` goes under `context`, not here")
        else:
            checked.registers[name] = register


def _named(fields: Json) -> Iterator[tuple[str, str]]:
    """Yield each register that a file names, and its lens kind, even where the rest is wrong."""
    for name, rule in cast("dict[str, Json]", fields).items() if isinstance(fields, dict) else ():
        as_: Json = cast("dict[str, Json]", rule).get("as") if isinstance(rule, dict) else None
        yield name, as_ if isinstance(as_, str) and as_ in _LENS_KINDS else "text"


def _check_rule(name: str, rule: AnySpec, checked: _Checked) -> None:
    register = checked.registers[name]
    direction: Direction = rule.direction or ("both" if register.editable else "write")
    checked.directions[name] = direction
    path: Path = ("fields", name)
    if direction == "both" and not register.editable:
        checked.wrong(
            (*path, "direction"),
            f"people do not edit `{name}` in a field; write `direction: write` to show it here, "
            "or `direction: read` if this is where it comes from",
        )
    for where, fault in _kind_faults(register, rule, direction):
        checked.wrong((*path, where), fault)
    if isinstance(rule, (ChoiceSpec, LabelsSpec)):
        tables = complete(rule, direction, lambda below, text: checked.wrong((*path, *below), text))
        checked.tables[name] = tables
        for below, fault in agree(rule, tables, register, direction) if any(tables) else ():
            checked.wrong((*path, *below), fault)
    if rule.many == "count" and direction != "write":
        checked.wrong((*path, "many"), "a count of tickets cannot be edited; add `direction: write`")
    if rule.distinct_by is not None and find(rule.distinct_by) is None:
        checked.wrong(
            (*path, "distinct_by"),
            f"`{rule.distinct_by}` is not a register{nearest(rule.distinct_by, REGISTERS)}",
        )


def _kind_faults(register: Register, rule: FieldSpec, direction: Direction) -> Iterator[tuple[str, str]]:
    as_ = str(getattr(rule, "as_"))  # noqa: B009  every member of the union has it
    readers = _READERS[register.kind]
    if as_ in readers:
        pass
    elif direction != "write":
        yield "as", f"`{register.name}` is a {register.kind}; write `as: {readers[0]}`, not `as: {as_}`"
    elif as_ not in (*_WRITERS.get(register.kind, ()), *_ANYTHING):
        yield "as", f"`{register.name}` is a {register.kind} and cannot be shown `as: {as_}`"
    numeric = register.kind in {"number", "flag"}
    if rule.many == "sum" and not numeric:
        yield "many", f"`{register.name}` is a {register.kind}; only numbers have a sum"
    if rule.many in {"earliest", "latest"} and register.kind not in {"instant", "date"}:
        yield "many", f"`{register.name}` is a {register.kind}; only dates have an {rule.many} one"


def _condition(
    key: str, source: str | None, kinds: Mapping[str, Kind], checked: _Checked
) -> Condition | None:
    if source is None:
        return None
    try:
        return condition(source, kinds)
    except ConditionRefused as refused:
        for offset, fault in refused.faults:
            place = checked.marked.inside(key, offset=offset)
            checked.problems.append(Problem(place, fault))
        return None


def _check_rest(spec: MappingSpec, checked: _Checked) -> None:
    if spec.create_when and not spec.creates:
        checked.wrong(("create_when",), "nothing is created here; add `creates: true`, or drop this line")
    if spec.context.rest == "block" and spec.context.block is None:
        checked.wrong(("context", "rest"), "`rest: block` needs a field; add `block: <field>`")
    for i, name in enumerate(spec.handoff.required if spec.handoff else ()):
        if find(name) is None:
            checked.wrong(("handoff", "required", i), f"`{name}` is not a register{nearest(name, REGISTERS)}")
    note = spec.handoff.note if spec.handoff else "{missing}"
    if "{missing}" not in note:
        checked.wrong(("handoff", "note"), "the note must say what is missing; put `{missing}` into it")

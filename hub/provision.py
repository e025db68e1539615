"""
What a system lacks for a mapping file to work, as a plan that can be printed before anything is made.

The mapping file says what its fields are for; from that and from the system's own schema follows which
fields are missing, which hold something else, and which lack an option. How a field is made is the
connector's business: see `connectors/*/provisioning.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from hub.mapping.lenses import FIELD_TYPES
from hub.mapping.load import MappingFile
from hub.mapping.models import AnySpec, ChoiceSpec, Direction, FlagSpec, LabelsSpec, NumberSpec
from hub.problems import Place
from hub.registers import Register
from hub.schema import Field, Option, Schema

_CONTEXT_TYPES = {"block": ("rich", "long"), "copy": ("json", "long")}


class Wanted(msgspec.Struct, frozen=True):
    """A field that a mapping file names, and what it is to hold."""

    name: str
    as_: str
    """The lens kind; `block` and `copy` for the two places of the context."""
    direction: Direction
    place: Place
    label: str
    """What people call the register."""
    options: tuple[Option, ...] = ()
    """What the mapping says of them: the hub's value, and the side's name for it."""
    decimals: int | None = None

    @property
    def fitting(self) -> tuple[str, ...]:
        """The field types that it can live in."""
        return _CONTEXT_TYPES.get(self.as_) or FIELD_TYPES[self.as_]


class Step(msgspec.Struct, frozen=True):
    """One thing that is missing and that the system's API can make."""

    what: str
    asked: Mapping[str, Any] = {}
    """How to ask for it, in the connector's own words."""


class Provision(msgspec.Struct, frozen=True):
    """What a system lacks: what can be made, and what only a person can settle."""

    system: str
    steps: tuple[Step, ...] = ()
    by_hand: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    """Worth knowing; nothing is missing because of it."""
    present: int = 0
    """How many fields are there already, as they should be."""

    @property
    def complete(self) -> bool:
        return not self.steps and not self.by_hand


class Provisioner(Protocol):
    """What a connector offers to complete its system."""

    def plan(self) -> Provision:
        """
        Look at the system, change nothing.

        Raises `SignInFailed`, `Forbidden` and `Unavailable`.
        """
        ...

    def carry_out(self, step: Step) -> None:
        """
        Make what a step of a fresh plan says.

        Raises `Misconfigured` if the system refuses this one thing, `Forbidden` if our account may make
        nothing of the kind, `Unavailable` if nobody can say whether it was made: then a new plan tells.
        """
        ...


class Comparison(msgspec.Struct, frozen=True):
    """The fields of a mapping file beside those of a schema."""

    missing: tuple[Wanted, ...] = ()
    lacking: tuple[tuple[Wanted, Field, tuple[Option, ...]], ...] = ()
    """Fields without some of their options."""
    unfit: tuple[str, ...] = ()
    """What cannot be mended by adding something, each with what to do."""
    present: tuple[tuple[Wanted, Field], ...] = ()
    """Fields of the right type, whether or not they lack an option."""


def wanted_fields(file: MappingFile) -> tuple[Wanted, ...]:
    """Return each field that the file names, once; what several rules ask of one field is put together."""
    found: dict[str, Wanted] = {}
    for one in (*_of_rules(file), *_of_context(file)):
        held = found.get(one.name)
        found[one.name] = one if held is None else _together(held, one)
    return tuple(found.values())


def _of_rules(file: MappingFile) -> Iterator[Wanted]:
    for name, spec in file.spec.fields.items():
        register = file.registers[name]
        yield Wanted(
            name=spec.field,
            as_=spec.as_,
            direction=file.directions[name],
            place=file.marked.at("fields", name, "field"),
            label=register.label,
            options=_options(spec, register, file.tables.get(name, ({}, {}))),
            decimals=spec.decimals if isinstance(spec, NumberSpec) else None,
        )


def _of_context(file: MappingFile) -> Iterator[Wanted]:
    context = file.spec.context
    for as_, name, label in (
        ("block", context.block, "Context block"),
        ("copy", context.copy_, "Machine copy of the context"),
    ):
        if name is not None:
            yield Wanted(name, as_, "write", file.marked.at("context", as_), label)


def _together(held: Wanted, other: Wanted) -> Wanted:
    """A field that one rule writes and another reads is the writer's."""
    first, second = (other, held) if held.direction == "read" and other.direction != "read" else (held, other)
    known = {o.label.casefold() for o in first.options}
    more = tuple(o for o in second.options if o.label.casefold() not in known)
    return msgspec.structs.replace(first, options=(*first.options, *more) if first.options else ())


def _options(
    spec: AnySpec, register: Register, tables: tuple[Mapping[str, str], Mapping[str, str]]
) -> tuple[Option, ...]:
    if isinstance(spec, FlagSpec):
        names = {name: str(said).lower() for said, name in (spec.write or {}).items()}
        names |= {name: str(said).lower() for name, said in (spec.read or {}).items() if name not in names}
    elif isinstance(spec, ChoiceSpec | LabelsSpec):
        read, write = tables
        names = {**read, **{name: value for value, name in write.items() if name not in read}}
        if not names and isinstance(spec, ChoiceSpec):
            names = {word: word for word in register.options}
    else:
        names = {}
    return tuple(Option(value, name) for name, value in names.items())


def compare(file: MappingFile, schema: Schema) -> Comparison:
    """Return what the schema lacks of what the file names. Needs no field to be there."""
    missing: list[Wanted] = []
    lacking: list[tuple[Wanted, Field, tuple[Option, ...]]] = []
    unfit: list[str] = []
    present: list[tuple[Wanted, Field]] = []
    for wanted in wanted_fields(file):
        found = schema.present().named(wanted.name)
        if not found:
            missing.append(wanted)
            continue
        field = found[0]
        ids = " or ".join(f"`{f.id}`" for f in found)
        many = f"{schema.system} has {len(found)} fields called `{wanted.name}`; write {ids}"
        fault = many if len(found) > 1 else _misfit(wanted, field)
        if fault:
            unfit.append(f"{wanted.place}: {fault}")
            continue
        present.append((wanted, field))
        options = lost_options(wanted, field)
        if options:
            lacking.append((wanted, field, options))
    return Comparison(tuple(missing), tuple(lacking), tuple(unfit), tuple(present))


def lost_options(wanted: Wanted, field: Field) -> tuple[Option, ...]:
    """Return the options that the mapping names and the field does not have."""
    if field.type not in {"choice", "choices", "status"}:
        return ()
    held = {name.casefold() for o in field.options for name in (o.value, o.label)}
    return tuple(
        o for o in wanted.options if o.label.casefold() not in held and o.value.casefold() not in held
    )


def _misfit(wanted: Wanted, field: Field) -> str:
    """Return what is wrong with a field's type, and what to do; nothing if it will do."""
    if field.type == "other" or field.type in wanted.fitting:
        return ""
    if wanted.direction == "read" and (
        wanted.as_ == "text" or (wanted.as_, field.type) == ("person", "text")
    ):
        return ""  # what is only read may be any option's name as text, or an address as a person
    said = field.detail or field.type
    better = next((a for a, types in FIELD_TYPES.items() if field.type == types[0]), "")
    hint = f"write `as: {better}` there, or name another field" if better else "name another field there"
    return (
        f"`{field.name}` is a {said} field, which cannot hold `as: {wanted.as_}`; a field's type cannot be "
        f"changed: {hint}"
    )


def describe(wanted: Wanted, kind: str, schema: Schema) -> str:
    """Say which field is made, in a line for people; and ask, where it may be a slip of the pen."""
    options = f" with {', '.join(o.label for o in wanted.options)}" if wanted.options else ""
    return f"make the {kind} `{wanted.name}`{options}{_slip_of_the_pen(wanted, schema)}"


def _slip_of_the_pen(wanted: Wanted, schema: Schema) -> str:
    alike = [f.name for f in schema.present().fields.values() if f.type in wanted.fitting]
    by_fold = {name.casefold(): name for name in alike}
    close = difflib.get_close_matches(wanted.name.casefold(), by_fold, n=1, cutoff=0.85)
    return f"; or did you mean `{by_fold[close[0]]}`, which is there?" if close else ""


def purpose(wanted: Wanted) -> str:
    """Return a new field's description, for the system's administrators."""
    return f"{wanted.label}. Kept in step by Support Sync Hub, whose mapping file knows it by this name."

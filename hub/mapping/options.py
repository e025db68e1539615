"""A field's options, as the system lists them, against what a mapping file says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.mapping.models import ChoiceSpec, Direction, FlagSpec, LabelsSpec
from hub.registers import Register, nearest
from hub.schema import Field, Option

Fault: TypeAlias = tuple[tuple[str, ...], str, Literal["error", "warning"]]
Tables: TypeAlias = tuple[Mapping[str, str], Mapping[str, str]]


class Options(msgspec.Struct, frozen=True):
    """Tables in the words of the API: any name of an option to the hub's value, and back."""

    to_hub: Mapping[str, str] = {}
    to_side: Mapping[str, str] = {}


def resolve(
    spec: ChoiceSpec | LabelsSpec | FlagSpec,
    field: Field,
    tables: Tables,
    register: Register,
    direction: Direction,
) -> tuple[Options, list[Fault]]:
    """Return the tables with API values for names, and everything that the system would not accept."""
    faults: list[Fault] = []
    if isinstance(spec, FlagSpec):
        read = {k: str(v).lower() for k, v in (spec.read or {}).items()}
        write = {str(k): v for k, v in (spec.write or {}).items()}
        read = read or {name: flag for flag, name in write.items()}
        faults += _flag_faults(field, read, write, direction)
    else:
        read, write = tables
    if not read and not write:
        return _same_words(spec, field, register, direction, faults), faults
    to_hub: dict[str, str] = {}
    told = faults if spec.read else []
    for name, value in read.items():
        option = _option(name, field, ("read", name), told)
        to_hub |= dict.fromkeys((option.value, option.label, option.formerly or option.label), value)
    told = faults if spec.write else []  # a table turned round repeats what was told of the other
    to_side = {v: _option(name, field, ("write", v), told).value for v, name in write.items()}
    if direction != "write":
        faults += _unread(field, to_hub)
    return Options(to_hub, to_side), faults


def _option(name: str, field: Field, path: tuple[str, ...], faults: list[Fault]) -> Option:
    for option in field.options:
        if name in (option.value, option.label):
            return option
    for option in field.options:
        if name == option.formerly:
            return option
    for option in field.options:
        if name.casefold() in (option.value.casefold(), option.label.casefold()):
            return option
    if field.options:
        labels = [o.label for o in field.options]
        renamed = next((o.label for o in field.options if o.was == name), "")
        hint = f"; it is called `{renamed}` now" if renamed else nearest(name, labels)
        hint = hint or f"; it has {', '.join(labels)}"
        faults.append((path, f"`{field.name}` has no option `{name}`{hint}", "error"))
    return Option(name, name)


def _unread(field: Field, to_hub: Mapping[str, str]) -> Iterator[Fault]:
    missing = [o.label for o in field.options if o.value not in to_hub and not o.new]
    if missing:
        lines = ", ".join(f"`{label}: …`" for label in missing)
        # A status list holds those of every project's workflow, most of which never come here.
        severity = "warning" if field.type == "status" else "error"
        yield (
            ("read",),
            f"`{field.name}` has options that `read` does not know; add {lines}",
            severity,
        )


def _same_words(
    spec: ChoiceSpec | LabelsSpec | FlagSpec,
    field: Field,
    register: Register,
    direction: Direction,
    faults: list[Fault],
) -> Options:
    """No tables: the field's options are called what the hub calls them."""
    if isinstance(spec, FlagSpec) or (isinstance(spec, LabelsSpec) and field.type != "choices"):
        return Options()
    hub_word = {w.casefold(): w for w in register.options}
    to_hub: dict[str, str] = {}
    to_side: dict[str, str] = {}
    strangers: list[str] = []
    for option in field.options:
        names = (option.label, option.value, option.formerly)
        own = next((hub_word[n.casefold()] for n in names if n.casefold() in hub_word), None)
        if own is None and register.options:
            if not option.new:
                strangers.append(option.label)
            continue
        value = own or option.label
        to_hub |= dict.fromkeys((option.value, option.label), value)
        to_side.setdefault(value, option.value)
    if not field.options:
        return Options({w: w for w in register.options}, {w: w for w in register.options})
    missing = [w for w in register.options if w not in to_side]
    if strangers and direction != "write":
        said = f"the hub knows no {register.name} called {', '.join(strangers)}"
        faults.append((("field",), f"add a `read` table: {said}", "error"))
    if missing and direction != "read":
        said = f"`{field.name}` has no option called {', '.join(missing)}"
        faults.append((("field",), f"add a `write` table: {said}", "error"))
    return Options(to_hub, to_side)


def _flag_faults(
    field: Field, read: Mapping[str, str], write: Mapping[str, str], direction: Direction
) -> Iterator[Fault]:
    if field.type != "choice":
        return
    if direction != "read" and set(write) != {"true", "false"}:
        yield (
            ("field",),
            f"`{field.name}` is a select; add `write: {{true: <option>, false: <option>}}`",
            "error",
        )
    for flag, name in write.items():
        if direction == "both" and read.get(name, flag) != flag:
            yield ("write", flag), f"`{name}` is written for {flag} but read as {read[name]}", "error"

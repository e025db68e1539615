"""A choice's `read` and `write` tables: completed from each other, and held to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from hub.mapping.models import ChoiceSpec, Direction, LabelsSpec
from hub.registers import Register, nearest

Fault: TypeAlias = tuple[tuple[str, ...], str]
"""The path below the rule's line, and what is wrong there."""
Report: TypeAlias = Callable[[tuple[str, ...], str], None]


def complete(
    spec: ChoiceSpec | LabelsSpec, direction: Direction, wrong: Report
) -> tuple[dict[str, str], dict[str, str]]:
    """
    Return `read` and `write`; the one left out is the other turned round, where that is unambiguous.

    Both are empty if neither is given.
    """
    read, write = dict(spec.read or {}), dict(spec.write or {})
    if spec.read is None and spec.write is not None:
        # A field that is only written may show two values alike: nothing is ever read from it.
        silent = direction == "write"
        read = _turned(write, "write", "read", _nothing if silent else wrong)
    if spec.write is None and spec.read is not None and direction != "read":
        write = _turned(read, "read", "write", wrong)
    return read, write


def _nothing(path: tuple[str, ...], message: str) -> None:
    del path, message


def _turned(table: Mapping[str, str], given: str, needed: str, wrong: Report) -> dict[str, str]:
    turned: dict[str, str] = {}
    for key, value in table.items():
        if value in turned:
            wrong(
                (given, key),
                f"`{turned[value]}` and `{key}` both mean `{value}`; "
                f"add a `{needed}` table that says which one to use",
            )
        turned.setdefault(value, key)
    return turned


def agree(
    spec: ChoiceSpec | LabelsSpec,
    tables: tuple[Mapping[str, str], Mapping[str, str]],
    register: Register,
    direction: Direction,
) -> Iterator[Fault]:
    """Yield every way in which the tables break a lens law, or leave something unsaid."""
    read, write = tables
    lossy = spec.lossy if isinstance(spec, ChoiceSpec) else []
    if register.options:
        yield from _known(read, write, lossy, register)
        yield from _total(write, register, direction)
    if direction == "both":
        yield from _laws(read, write, lossy)


def _known(
    read: Mapping[str, str], write: Mapping[str, str], lossy: Sequence[str], register: Register
) -> Iterator[Fault]:
    options = register.options
    for key, value in read.items():
        if value not in options:
            yield ("read", key), f"`{value}` is not a {register.name} of the hub{_list(value, options)}"
    for value in write:
        if value not in options:
            yield ("write", value), f"`{value}` is not a {register.name} of the hub{_list(value, options)}"
    for value in lossy:
        if value not in options:
            yield ("lossy",), f"`{value}` is not a {register.name} of the hub{_list(value, options)}"


def _list(value: str, options: Sequence[str]) -> str:
    return nearest(value, options) or f"; it has {', '.join(options)}"


def _total(write: Mapping[str, str], register: Register, direction: Direction) -> Iterator[Fault]:
    missing = [o for o in register.options if o not in write]
    if write and direction != "read" and missing:
        lines = ", ".join(f"`{o}: …`" for o in missing)
        yield ("write",), f"`write` does not say what to show for every {register.name}; add {lines}"


def _laws(read: Mapping[str, str], write: Mapping[str, str], lossy: Sequence[str]) -> Iterator[Fault]:
    for raw, value in read.items():
        if value not in write:
            yield ("read", raw), f"`{value}` is read but never written; add `{value}: {raw}` to `write`"
    for value, raw in write.items():
        back = read.get(raw)
        if back is None:
            yield ("write", value), f"`{raw}` is written but not read; add `{raw}: {value}` to `read`"
        elif back != value and value not in lossy:
            said = f"`{value}` is written as `{raw}`, which reads back as `{back}`; write another option, "
            hint = f"or list `{value}` under `lossy` if looking like `{back}` there is what you want"
            yield ("write", value), said + hint
        elif value in lossy and back == value:
            yield ("lossy",), f"`{value}` is shown exactly; take it out of `lossy`"
        elif value in lossy and back in lossy:
            yield ("lossy",), f"`{value}` shows as `{back}`, which must then be shown exactly, not be lossy"

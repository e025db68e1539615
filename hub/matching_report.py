"""What two replicas say differently of the same problem, and which would stand if they were one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from hub.mapping import Mapping as FieldMapping
from hub.matching import Entry
from hub.merge import empty, same
from hub.model import System, Value
from hub.registers import find, is_text, label_of

BOTH = "both"
"""Texts stay on their side as they are, until somebody edits one; words of labels are joined."""


class Difference(msgspec.Struct, frozen=True):
    """One value of which the sides have another idea."""

    register: str
    label: str
    one: Value
    other: Value
    stands: str
    """The system whose value would stand (the other one is kept in a conflict), or `both`."""


def differences(
    one: Entry,
    other: Entry,
    mappings: Mapping[System, FieldMapping],
    prefer: Callable[[str], Sequence[System]],
) -> tuple[Difference, ...]:
    """Return where the two differ in what people type, in the order of the registers' names."""
    return tuple(_found(one, other, mappings, prefer))


def _found(
    one: Entry,
    other: Entry,
    mappings: Mapping[System, FieldMapping],
    prefer: Callable[[str], Sequence[System]],
) -> Iterator[Difference]:
    for register in sorted(one.registers.keys() | other.registers.keys()):
        if not (_carries(register, one, mappings) and _carries(register, other, mappings)):
            continue
        first, second = one.registers.get(register), other.registers.get(register)
        if same(first, second) or (empty(first) and empty(second)):
            continue
        yield Difference(
            register, label_of(register), first, second, _stands(register, first, second, one, other, prefer)
        )


def _carries(register: str, entry: Entry, mappings: Mapping[System, FieldMapping]) -> bool:
    known = find(register)
    rule = mappings[entry.system].rule(register)
    typed = known is not None and known.group in ("people", "context") and known.editable
    return typed and rule is not None and rule.reads and rule.writes


def _stands(
    register: str,
    first: Value,
    second: Value,
    one: Entry,
    other: Entry,
    prefer: Callable[[str], Sequence[System]],
) -> str:
    if empty(first) or empty(second):
        return other.system if empty(first) else one.system
    if is_text(register) or isinstance(first, tuple):
        return BOTH
    order = list(prefer(register))
    return min((one.system, other.system), key=order.index)

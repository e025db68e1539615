"""Who reads a brief: what of a ticket one side's mapping file lets its people see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.mapping.models import MappingSpec
from hub.mapping.rules import Mapping as FieldMapping
from hub.model import JIRA, Audience
from hub.registers import REGISTERS, is_context

Part: TypeAlias = Literal["engineering", "support"]

_ALL: tuple[Audience, ...] = ("public", "internal", "engineering")
_WITH_THE_BLOCK = frozenset({"type", "group", "requester", "assignee", "sla.due"})
"""What the context block tells beside the context itself."""


class Reader(msgspec.Struct, frozen=True):
    """What a reader may see. By default nothing."""

    part: Part = "support"
    """Who is asked for what: engineers, or those who deal with the customer."""
    audiences: frozenset[Audience] = frozenset()
    """Comments for these readers only."""
    registers: frozenset[str] = frozenset()
    context: bool = False
    """And all of the context, whether it has fields of its own there or not."""

    def shows(self, register: str) -> bool:
        if register in self.registers:
            return True
        return self.context and (is_context(register) or register in _WITH_THE_BLOCK)


EVERYTHING = Reader("support", frozenset(_ALL), frozenset(REGISTERS), context=True)
"""Whoever may run the hub itself."""


def reader_of(mapping: FieldMapping) -> Reader:
    """
    Return what the people of that side may see.

    Where customers read (`rest: withhold`) that is nothing: a brief is about them, not for them.
    """
    registers = (rule.register for rule in mapping.rules)
    return _reader(mapping.system, mapping.rest, [a for a in _ALL if mapping.carries(a).write], registers)


def reader_by_file(spec: MappingSpec) -> Reader:
    """Return the same from the file alone, where no system needs to be asked for its fields."""
    said = spec.comments
    flows: Mapping[Audience, bool] = {
        "public": said.public.write,
        "internal": said.internal.write,
        "engineering": said.engineering.write,
    }
    written: list[Audience] = [audience for audience, shown in flows.items() if shown]
    return _reader(spec.system, spec.context.rest, written, spec.fields)


def _reader(system: str, rest: str, written: Iterable[Audience], registers: Iterable[str]) -> Reader:
    part: Part = "engineering" if system == JIRA else "support"
    if rest == "withhold":
        return Reader(part)
    return Reader(part, frozenset(written), frozenset(registers), context=rest == "block")

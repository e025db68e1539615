"""Who reads a brief: what of a ticket one side's mapping file lets its people see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.mapping.models import MappingSpec
from hub.mapping.rules import Mapping as FieldMapping
from hub.model import JIRA, Audience, Ticket
from hub.registers import BESIDE, REGISTERS, is_context

Part: TypeAlias = Literal["engineering", "support"]

_ALL: tuple[Audience, ...] = ("public", "internal", "engineering")
_AT_A_GLANCE = frozenset(
    f"account.{name}"
    for name in (
        "name", "tier", "segment", "region", "parent", "arr", "currency", "renewal_date", "health", "csm",
        "opportunities",
    )
)  # fmt: skip
"""What `account.summary` tells of an account."""


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
        return self.context and (is_context(register) or register in BESIDE)


EVERYTHING = Reader("support", frozenset(_ALL), frozenset(REGISTERS), context=True)
"""Whoever may run the hub itself."""


def reader_of(mapping: FieldMapping, tickets: Iterable[Ticket] = ()) -> Reader:
    """
    Return what the people of that side may see of some tickets.

    Where customers read (`rest: withhold`) that is nothing: a brief is about them, not for them. A field
    that is only read there shows what that side says itself, and nothing of what another one does.
    """
    written: list[Audience] = [audience for audience in _ALL if mapping.carries(audience).write]
    said_elsewhere = {name for ticket in tickets for name in _elsewhere(ticket, mapping)}
    return _reader(mapping.system, mapping.rest, written, frozenset(mapping.registers) - said_elsewhere)


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
    shown = frozenset(registers)
    known = shown | _AT_A_GLANCE if "account.summary" in shown else shown
    return Reader(part, frozenset(written), known, context=rest == "block")


def _elsewhere(ticket: Ticket, mapping: FieldMapping) -> Iterator[str]:
    """Yield what another side said of the account (the CRM's word is the hub's), and no field shows here."""
    for name in _AT_A_GLANCE:
        rule, origin = mapping.rule(name), ticket.origins.get(name)
        if rule is None or rule.creates or origin is None:
            continue
        if origin.system != mapping.system:
            yield name

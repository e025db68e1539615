"""Which replicas become tickets of the hub, and what a replica shows as far as it can be read. Pure."""

from __future__ import annotations

from hub.lens import Unreadable
from hub.mapping import Mapping as FieldMapping
from hub.model import Raw, Value


def adopts(mapping: FieldMapping, raw: Raw) -> bool:
    """Return whether a replica that people made is to become a ticket of the hub."""
    if mapping.adopt_when is None or not mapping.in_scope(raw):
        return False
    return mapping.adopt_when.holds(shown(mapping, raw))


def shown(mapping: FieldMapping, raw: Raw) -> dict[str, Value]:
    """Return what a replica shows, as far as it can be read."""
    registers: dict[str, Value] = {}
    for rule in mapping.rules:
        if rule.reads and rule.field in raw:
            try:
                registers[rule.register] = rule.lens.read(raw[rule.field])
            except Unreadable:
                continue
    return registers

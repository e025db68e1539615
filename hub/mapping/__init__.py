"""Mapping files: `load` checks one by itself, `bind` holds it to a system's schema."""

from __future__ import annotations

from hub.mapping.bind import bind, try_bind, unfit_fields
from hub.mapping.load import MappingFile, load
from hub.mapping.rules import Flow, Handoff, Mapping, Rule

__all__ = ["Flow", "Handoff", "Mapping", "MappingFile", "Rule", "bind", "load", "try_bind", "unfit_fields"]

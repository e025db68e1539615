"""The closed vocabulary of lenses. A new kind is a class here and a review."""

from __future__ import annotations

from hub.lenses.scalars import Date, Flag, Instant, Number, Person
from hub.lenses.text import Block, Copy, Long, Markdown, Text
from hub.lenses.words import Choice, Labels, Reference

__all__ = [
    "Block",
    "Choice",
    "Copy",
    "Date",
    "Flag",
    "Instant",
    "Labels",
    "Long",
    "Markdown",
    "Number",
    "Person",
    "Reference",
    "Text",
]

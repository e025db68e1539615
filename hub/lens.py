"""
Lenses: two-way views between one raw field and one canonical register.

Every lens keeps two laws, and the tests hold each lens of each mapping file to them:

    stability   write(lens, read(raw), onto=raw) == raw      writing back what was read changes nothing
    fidelity    read(write(lens, value, onto=raw)) == value  what was written can be read, where it fits
"""

from __future__ import annotations

from typing import Protocol

from hub.model import Json, Value


class Unreadable(ValueError):
    """A raw value that the mapping does not know; says field, value and the line to add."""


class Unwritable(ValueError):
    """A canonical value that this field cannot show; says field, value and the line to add."""


class Dialect(Protocol):
    """A system's formatted text. Pure; kept by the connector that knows the format."""

    def to_markdown(self, raw: Json) -> str:
        """Translate the whole body, our own context block left out. Never drops text."""
        ...

    def from_markdown(self, markdown: str, onto: Json) -> Json:
        """Render Markdown as a new body; our context block, if `onto` holds one, stays as it is."""
        ...

    def block(self, raw: Json) -> str:
        """Return our context block as the Markdown that it was made from, or as it reads now; else ""."""
        ...

    def with_block(self, block: str, onto: Json, /) -> Json:
        """Put our context block (Markdown) into the body, touching nothing that people wrote."""
        ...


class Lens(Protocol):
    """A two-way view of one raw field."""

    @property
    def field(self) -> str:
        """The field's id, as in `Observation.raw`."""
        ...

    def focus(self, raw: Json) -> Json:
        """Return the part of the raw value that this lens looks at (most: all of it)."""
        ...

    def read(self, raw: Json) -> Value:
        """Return the canonical value. Raises `Unreadable`."""
        ...

    def render(self, value: Value, onto: Json) -> Json:
        """Return a raw value that shows `value`, keeping what lies outside the focus. Raises `Unwritable`."""
        ...


def write(lens: Lens, value: Value, onto: Json) -> Json:
    """Return the raw value that shows `value`, leaving `onto` alone if it already does."""
    try:
        if lens.read(onto) == value:
            return onto
    except Unreadable:
        pass  # whatever stands there, it does not show `value`
    return lens.render(value, onto)

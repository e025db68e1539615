"""One part of a mail: its header, and where its body lies."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from connectors.email.fields import Field
from connectors.email.parameters import Value, read_value

_ENCODINGS: Final = {
    "base64": "base64",
    "base-64": "base64",
    "quoted-printable": "quoted-printable",
    "quoted_printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "x-uuencode": "x-uuencode",
    "uuencode": "x-uuencode",
    "x-uue": "x-uuencode",
    "uue": "x-uuencode",
    "x-yenc": "x-yenc",
}


class Node:
    """A part; its bytes are those of the raw mail from `body` to `end`, its header begins at `start`."""

    def __init__(
        self,
        fields: tuple[Field, ...],
        defects: tuple[str, ...],
        start: int,
        body: int,
        end: int,
        default: str,
    ) -> None:
        self.fields = fields
        self.defects = defects
        self.start = start
        self.body = body
        self.end = end
        self.children: list[Node] = []
        self.is_mail = False
        """A mail within the mail, whose one child is that mail."""
        self.too_deep = False
        self._default = default

    @property
    def length(self) -> int:
        return self.end - self.body

    def first(self, name: str) -> bytes | None:
        """Return the bytes of the first field of this name."""
        return next((value for n, value in self.fields if n == name), None)

    @cached_property
    def _content_type(self) -> Value:
        for name, value in self.fields:
            if name == "content-type" and "/" in (read := read_value(value)).main:
                return read
        return Value(self._default, {})

    @property
    def is_typed(self) -> bool:
        """Whether it says what it is."""
        return any(name == "content-type" and b"/" in value for name, value in self.fields)

    @cached_property
    def _disposition(self) -> Value:
        return read_value(self.first("content-disposition") or b"")

    @cached_property
    def type(self) -> str:
        """In lower case; what stands for it where none is given."""
        return self._content_type.main or "application/octet-stream"

    @property
    def boundary(self) -> bytes:
        return self.parameter("boundary").rstrip().encode("latin-1", "ignore")

    @property
    def charset(self) -> str:
        return self.parameter("charset")

    @cached_property
    def encoding(self) -> str:
        """As in `FilePart.encoding`."""
        given = read_value(self.first("content-transfer-encoding") or b"").main
        return _ENCODINGS.get(given.strip("\"'<>. "), "")

    @property
    def disposition(self) -> str:
        return self._disposition.main

    def parameter(self, name: str) -> str:
        """Return a parameter of Content-Type as it stands there, one character a byte."""
        return self._content_type.parameters.get(name) or self._content_type.text(name)

    @cached_property
    def filename(self) -> str:
        """The name that its sender gave it, decoded; may be anything, even a path."""
        return self._disposition.text("filename") or self._content_type.text("name")

    @property
    def content_id(self) -> str:
        return (self.first("content-id") or b"").decode("latin-1").strip().strip("<>").strip()

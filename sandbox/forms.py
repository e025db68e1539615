"""Multipart forms, byte for byte: how files arrive at the vendors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote


class BadForm(ValueError):
    """A request's body is not the form that its content type promises."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form; `filename` is None for an ordinary field."""

    name: str
    filename: str | None
    content_type: str
    body: bytes


def multipart(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a `multipart/form-data` body, bytes untouched. Raises `BadForm`."""
    kind, options = _options(content_type)
    boundary = options.get("boundary")
    if kind != "multipart/form-data" or not boundary:
        raise BadForm("expected multipart/form-data with a boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if not pieces[1:] or not pieces[-1].startswith(b"--"):
        raise BadForm("the multipart body has no closing boundary")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, found, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        raise BadForm("a part of the multipart body has no blank line after its headers")
    # Clients send file names as raw UTF-8.
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name.lower(): value for name, _, value in lines}
    _, options = _options(headers.get("content-disposition", ""))
    kind, _ = _options(headers.get("content-type", "application/octet-stream"))
    return Part(options.get("name", ""), _filename(options), kind, body)


def _filename(options: dict[str, str]) -> str | None:
    if extended := options.get("filename*"):
        encoding, _, rest = extended.partition("'")
        return unquote(rest.partition("'")[2], encoding or "utf-8", "replace")
    name = options.get("filename")
    # Of all characters, form encoding escapes only these three.
    return name and name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


_OPTION = re.compile(r';\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')
_ESCAPED = re.compile(r'\\(["\\])')


def _options(header: str) -> tuple[str, dict[str, str]]:
    """Take `value; name=x; other="y"` apart."""
    value = header.partition(";")[0].strip().lower()
    found = _OPTION.finditer(header)
    return value, {
        option[1].lower(): option[3] or _ESCAPED.sub(r"\1", option[2] or "") for option in found
    }

"""Header values with parameters (Content-Type, Content-Disposition), by RFC 2231 or by no rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from connectors.email.charsets import decode
from connectors.email.headers import decode_header, unfold

_MOST: Final = 200
"""Parameters, and pieces of one, that are read of a value."""
_NAME: Final = re.compile(r"[\s;]*([^\s=;\"]+)[ \t]*=[ \t]*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ENDED: Final = re.compile(r"[ \t]*(?:\([^()]*\)[ \t]*)?(?:;|$)")
_SPLIT: Final = re.compile(r"(.*?)(?:\*(\d{1,4}))?(\*)?", re.DOTALL)
_EXTENDED: Final = re.compile(r"([^']*)'([^']*)'(.*)", re.DOTALL)
_COMMENT: Final = re.compile(r"\([^()]*\)")


class Value(NamedTuple):
    """What a header field says. The texts are as they stand there, one character a byte."""

    main: str
    """In lower case."""
    parameters: Mapping[str, str]
    """By name in lower case, `name*0*` as it is written."""

    def text(self, name: str) -> str:
        """Return a parameter as text: put together out of its pieces, and decoded. Empty: there is none."""
        pieces = sorted(
            ((int(found[2] or 0), bool(found[3]), value) for key, value in self.parameters.items()
             if (found := _SPLIT.fullmatch(key)) and found[1] == name and (found[2] or found[3]))
        )  # fmt: skip
        if not pieces:
            return decode_header(self.parameters.get(name, "").encode("latin-1", "replace"))
        return _extended(pieces)


def read_value(raw: bytes) -> Value:
    """Take a value apart, whatever is missing in it: quotes, a semicolon, an end."""
    text = unfold(raw).decode("latin-1")
    main, _, rest = text.partition(";")
    found: dict[str, str] = {}
    here = 0
    while len(found) < _MOST and (name := _NAME.match(rest, here)):
        value, here = _value(rest, name.end())
        found.setdefault(name[1].lower(), value)
    return Value("".join(_COMMENT.sub("", main).split()).lower().strip("\"'"), found)


def _value(text: str, here: int) -> tuple[str, int]:
    """Return the value at a place, and where the next parameter begins."""
    quoted = _QUOTED.match(text, here)
    if quoted and (ended := _ENDED.match(text, quoted.end())):
        return _unquoted(quoted[1]), ended.end()
    end = text.find(";", here)
    end = len(text) if end < 0 else end
    bare = text[here:end].strip()
    if quoted and quoted.end() <= end:
        # `name="a" size=1`: the semicolon is missing; `name="a"b`: so are some of the quotes.
        after = text[quoted.end() : end]
        return (_unquoted(quoted[1]), quoted.end()) if after[:1].isspace() else (bare.replace('"', ""), end)
    return bare.strip('"'), end


def _unquoted(text: str) -> str:
    # Only quotes and backslashes are escaped: `"C:\new"` is a path, by those who know no escapes.
    return re.sub(r'\\(["\\])', r"\1", text)


def _extended(pieces: list[tuple[int, bool, str]]) -> str:
    """Put the pieces of RFC 2231 together; the first may name the charset of all that are encoded."""
    charset, raw = "", b""
    plain = True
    for place, (_, encoded, value) in enumerate(pieces):
        text = value
        if place == 0 and encoded and (declared := _EXTENDED.fullmatch(value)):
            charset, text = declared[1], declared[3]
        plain = plain and not encoded
        raw += (
            unquote_to_bytes(text.encode("latin-1", "replace"))
            if encoded
            else text.encode("latin-1", "replace")
        )
    if plain or b"=?" in raw:
        return decode_header(raw)
    return " ".join(decode(raw, charset).text.split("\n"))

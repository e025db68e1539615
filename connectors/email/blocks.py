"""Files that lie in the open in a plain text, as of old: uuencoded or yEnc. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_BEGIN: Final = re.compile(
    rb"^(?:begin [0-7]{3,4} (?P<uu>[^\r\n]{1,255})|=ybegin [^\r\n]{0,200}name=(?P<y>[^\r\n]{1,255}))\r?\n",
    re.MULTILINE,
)
_END: Final = {
    "x-uuencode": re.compile(rb"^end[ \t]*\r?$", re.MULTILINE),
    "x-yenc": re.compile(rb"^=yend[^\n]*", re.MULTILINE),
}
_MOST: Final = 100


class Block(NamedTuple):
    """A file in a text: where it begins and ends, and how it is encoded."""

    name: bytes
    encoding: str
    begin: int
    end: int


def find_blocks(raw: bytes) -> list[Block]:
    """Return the files in a text that have a beginning and an end."""
    found: list[Block] = []
    here = 0
    while len(found) < _MOST and (begin := _BEGIN.search(raw, here)):
        encoding = "x-uuencode" if begin["uu"] is not None else "x-yenc"
        if encoding == "x-uuencode" and not _is_coded(raw[begin.end() : begin.end() + 100]):
            here = begin.end()
            continue
        end = _END[encoding].search(raw, begin.end())
        if end is None:
            break
        found.append(Block(begin["uu"] or begin["y"], encoding, begin.start(), end.end()))
        here = end.end()
    return found


def _is_coded(after: bytes) -> bool:
    """Return whether a line is as long as its first character says."""
    line = after.split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        return False
    length = (line[0] - 32) & 63
    return abs(len(line) - 1 - (length + 2) // 3 * 4) <= 2 or line in {b"`", b" "}  # noqa: PLR2004 (a checksum)


def without(raw: bytes, blocks: list[Block]) -> bytes:
    """Return the text that is around the files."""
    out: list[bytes] = []
    here = 0
    for block in blocks:
        out.append(raw[here : block.begin])
        here = block.end
    return b"".join((*out, raw[here:]))

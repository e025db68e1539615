"""A block of header fields, out of bytes that may have none, no end, or lines that are not of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from connectors.email.window import Window

_LINE: Final = 2 * 1024 * 1024
_BLOCK: Final = 4 * 1024 * 1024
"""Bytes that are kept of one header field, and of all of a block."""
_MOST: Final = 5000
"""Fields that are kept of a block."""
_FIELD: Final = re.compile(rb"([^\s:\x00-\x20\x7f]{1,200})[ \t]*:")
_KNOWN: Final = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|sender|reply-to|return-path|message-id|in-reply-to|"
    rb"references|mime-version|content-[a-z-]+|x-[a-z0-9-]+|dkim-signature|list-[a-z-]+|user-agent)[ \t]*:",
    re.IGNORECASE,
)
_MBOX: Final = re.compile(rb">?From [^\r\n:]*(?:\d\d:\d\d|@|MAILER)", re.IGNORECASE)
_AHEAD: Final = 3000


class Field(NamedTuple):
    """One field: its name in lower case, and its bytes, still folded and encoded."""

    name: str
    value: bytes


class Block(NamedTuple):
    """The fields of a block, in order, and what was wrong with it."""

    fields: tuple[Field, ...]
    defects: tuple[str, ...] = ()


def read_block(window: Window, is_delimiter: Callable[[bytes], bool], *, top: bool) -> Block:
    """Read a block, and leave the window where its body begins (or at the delimiter that ends it)."""
    if top:
        _skip_to_fields(window)
    fields: list[tuple[str, list[bytes]]] = []
    defects: list[str] = []
    kept = 0
    while not _at_delimiter(window, is_delimiter):
        line = window.line(_LINE)
        if not line.strip(b"\r\n"):
            break  # the blank line, or the end of the mail
        kept += len(line)
        if kept > _BLOCK or len(fields) >= _MOST:
            defects = ["the header is too large: only its beginning was read"]
            continue
        if not _take(line, fields) and not _goes_on(window, line, fields):
            window.skip(-len(line))
            if fields:
                defects.append("no blank line between the header and the text")
            break
    return Block(tuple(Field(name, b"".join(lines)) for name, lines in fields), tuple(defects))


def is_text(block: Block) -> bool:
    """Return whether none of a block's fields is one that mails have: words before a colon, in a text."""
    return bool(block.fields) and not any(_KNOWN.match(f"{one.name}:".encode()) for one in block.fields)


def _at_delimiter(window: Window, is_delimiter: Callable[[bytes], bool]) -> bool:
    if window.peek(2) != b"--":
        return False
    return is_delimiter(window.peek(_AHEAD).split(b"\n", 1)[0].rstrip(b"\r\n \t"))


def _take(line: bytes, fields: list[tuple[str, list[bytes]]]) -> bool:
    """Add a line to the block; return whether it is of one."""
    if line[:1] in b" \t" and fields:
        fields[-1][1].append(line)
        return True
    if found := _FIELD.match(line):
        fields.append((found[1].decode("latin-1").lower(), [line[found.end() :]]))
        return True
    # The first line of a mailbox file's entry, wherever some software put it.
    return bool(_MBOX.match(line))


def _goes_on(window: Window, line: bytes, fields: list[tuple[str, list[bytes]]]) -> bool:
    """Take a line that is no field as the rest of the one before, if fields that are known follow soon."""
    if not fields:
        return False
    for ahead in window.peek(_AHEAD).split(b"\n")[:5]:
        if not ahead.strip():
            return False
        if _KNOWN.match(ahead):
            fields[-1][1].append(b" " + line)
            return True
    return False


def _skip_to_fields(window: Window) -> None:
    """Skip what may stand before the first field: a byte order mark, blank lines."""
    if window.peek(3) == b"\xef\xbb\xbf":
        window.skip(3)
    while (ahead := window.peek(_AHEAD)) and (blank := len(ahead) - len(ahead.lstrip(b"\r\n"))):
        window.skip(blank)

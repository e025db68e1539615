"""
Header fields that hold just what they were given, and never a line more.

Written by hand, not by `email.policy.SMTP`: what that makes of a name with a comma, or of a long
Message-ID, differs from one Python to the next (python/cpython issues 121284 and 85725), and frozen
bytes should be what every mail program reads alike. Everything here is ASCII, but for the addresses
that cannot be; no line is longer than 998 octets, and few than 78. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from connectors.email.model import Address

_WIDTH = 76
_WORD = 45  # bytes in an encoded word of 75 characters (RFC 2047 section 2), less the frame
_LONGEST_TEXT = 2000  # characters of a subject or a name: more is nobody's words
_PLAIN_WORD = re.compile(r"[!-~]{1,70}\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9=][A-Za-z0-9 ._()+@=-]{0,58}\Z")
_LOCAL = re.compile(r"""[^\s\x00-\x20\x7f"(),:;<>@\[\\\]]+\Z|"[^"\\\x00-\x1f\x7f]*"\Z""")
_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\Z|\[[0-9A-Fa-f:.IPv]+\]\Z")
_ID = re.compile(r"[!-;=?-~]{1,900}\Z")


class NotAnAddress(ValueError):
    """No mail can be sent to it; `str()` says why."""


def cleaned(text: str) -> str:
    """Return a text as one line: whatever breaks a line or cannot be seen is a space, and one will do."""
    seen = (" " if unicodedata.category(it) in {"Cc", "Zl", "Zp"} else it for it in text[:_LONGEST_TEXT])
    return " ".join("".join(seen).encode("utf-8", "replace").decode().split())


def mailable(email: str) -> str:
    """
    Return an address as it stands in an envelope and a header: with its domain in ASCII (IDNA).

    Its local part may still be more than ASCII, for servers that take that (SMTPUTF8). Raises `NotAnAddress`.
    """
    local, at, domain = email.strip().rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise NotAnAddress("its domain cannot be written in ASCII") from None
    if not at or not _LOCAL.match(local) or not _DOMAIN.match(domain) or ".." in domain:
        raise NotAnAddress("it is not an e-mail address")
    try:
        octets = len(local.encode())
    except UnicodeEncodeError:
        raise NotAnAddress("it is not an e-mail address") from None
    if octets > 64 or len(domain) > 255:  # noqa: PLR2004 # RFC 5321 section 4.5.3.1
        raise NotAnAddress("it is longer than mail allows")
    return f"{local}@{domain}"


def unstructured(name: str, text: str) -> str:
    """Write a field of free text, such as a subject."""
    text = cleaned(text)
    words = text.split(" ")
    if "=?" not in text and all(_PLAIN_WORD.match(word) for word in words):
        return _folded(name, words)
    return _folded(name, [*_encoded_words(text)])


def addresses(name: str, people: Iterable[Address]) -> str:
    """Write a field of addresses, or nothing where there are none. Each address is `mailable`."""
    shown = [_mailbox(person) for person in people]
    words = [word for mailbox in shown[:-1] for word in (*mailbox[:-1], f"{mailbox[-1]},")]
    return _folded(name, [*words, *shown[-1]]) if shown else ""


def identifiers(name: str, ids: Sequence[str]) -> str:
    """Write a field of Message-IDs, or nothing where there are none."""
    return _folded(name, [f"<{it}>" for it in ids]) if ids else ""


def is_identifier(message_id: str) -> bool:
    """Return whether a Message-ID (without <>) can be repeated in a header."""
    return _ID.match(message_id) is not None


def instant(name: str, at: str) -> str:
    """Write a date: `at` is ISO 8601."""
    return f"{name}: {format_datetime(datetime.fromisoformat(at))}\r\n"


def parameters(name: str, value: str, **given: str) -> str:
    """Write a field with parameters (RFC 2231 where a value is more than plain), one a line."""
    lines = [value, *(line for key, it in given.items() for line in _parameter(key, cleaned(it)))]
    return f"{name}: " + ";\r\n ".join(lines) + "\r\n"


def _mailbox(person: Address) -> list[str]:
    """Return the words of an address, between which a line may be broken."""
    name = cleaned(person.name)
    if not name:
        return [f"<{person.email}>"] if person.email.startswith('"') else [person.email]
    if _ATOMS.match(name) and len(name) <= _WIDTH and "=?" not in name:
        return [*name.split(" "), f"<{person.email}>"]
    if name.isascii() and "=?" not in name and len(name) < _WIDTH:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"', f"<{person.email}>"]
    return [*_encoded_words(name), f"<{person.email}>"]


def _folded(name: str, words: Sequence[str]) -> str:
    """Put words, one space apart, on lines; a line is broken only between two of them."""
    lines, line = list[str](), f"{name}:"
    for word in words:
        # The first word stays beside the name: some readers take an empty first line for no value.
        if line != f"{name}:" and len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def _encoded_words(text: str) -> Iterator[str]:
    """Encode a text in words, none of which ends within a character."""
    for some in _cut(text, _WORD, lambda it: len(it.encode())):
        yield f"=?utf-8?b?{b64encode(some.encode()).decode()}?="


def _parameter(key: str, value: str) -> Iterator[str]:
    if _PLAIN_VALUE.match(value) and not value.endswith(" "):
        yield f'{key}="{value}"'
        return
    pieces = [quote(some, safe="") for some in _cut(value, _WIDTH - 24, lambda it: len(quote(it, safe="")))]
    if len(pieces) <= 1:
        yield f"{key}*=utf-8''{''.join(pieces)}"
        return
    yield f"{key}*0*=utf-8''{pieces[0]}"
    for n, piece in enumerate(pieces[1:], 1):
        yield f"{key}*{n}*={piece}"


def _cut(text: str, most: int, length: Callable[[str], int]) -> Iterator[str]:
    """Cut a text into pieces whose characters, written, are not longer than `most` together."""
    piece, used = list[str](), 0
    for char in text:
        size = length(char)
        if piece and used + size > most:
            yield "".join(piece)
            piece, used = [], 0
        piece.append(char)
        used += size
    if piece:
        yield "".join(piece)

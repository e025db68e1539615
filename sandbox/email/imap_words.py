"""The words of an IMAP command: atoms, strings, literals and lists of them (RFC 3501, section 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.email.content import Content

Word = Any
"""Text, `Content` (a literal that is a mail), or a list of words."""

_LITERAL = "\0"
_TOKEN = re.compile(
    r'(?P<open>\()|(?P<close>\))|(?P<literal>\x00)|"(?P<quoted>(?:[^"\\]|\\.)*)"'
    r'|(?P<atom>(?:\[[^\]]*\]|[^\s()"\x00\[])+)',
    re.DOTALL,
)


class Quoted(str):
    """A string, which is never a keyword."""

    __slots__ = ()


class BadWords(ValueError):
    """The command cannot be read."""


def words(text: str, literals: Sequence[Word]) -> list[Word]:
    """Take a command's text apart, each NUL in it standing for the next literal. Raises `BadWords`."""
    rest = iter(literals)
    stack: list[list[Word]] = [[]]
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(text, at)
        if token is None:
            raise BadWords("Unexpected character")
        at = token.end()
        _put(stack, token, rest)
    if len(stack) > 1:
        raise BadWords("Missing ')'")
    return stack[0]


def _put(stack: list[list[Word]], token: re.Match[str], literals: Iterator[Word]) -> None:
    match token.lastgroup:
        case "open":
            stack[-1].append([])
            stack.append(stack[-1][-1])
        case "close":
            if len(stack) == 1:
                raise BadWords("Unexpected ')'")
            stack.pop()
        case "literal":
            stack[-1].append(next(literals))
        case "quoted":
            stack[-1].append(Quoted(re.sub(r"\\(.)", r"\1", token["quoted"])))
        case _:
            stack[-1].append(token["atom"])


def quoted(text: str | None) -> str:
    """Return text as IMAP writes it: a quoted string, or a literal where that cannot be."""
    if text is None:
        return "NIL"
    if text.isascii() and "\r" not in text and "\n" not in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{{{len(text.encode('utf-8', 'surrogateescape'))}}}\r\n{text}"


def text_of(word: Word) -> str:
    """Return a word that must be text."""
    if isinstance(word, Content):
        return word.read().decode("utf-8", "surrogateescape")
    if not isinstance(word, str):
        raise BadWords("Invalid arguments.")
    return word


class NumberSet:
    """A set of numbers such as `1:3,7,*`, where `*` is the largest there is."""

    def __init__(self, text: str) -> None:
        if not re.fullmatch(r"(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*", text):
            raise BadWords("Invalid uidset" if ":" in text or "," in text else "Invalid arguments.")
        self._ranges = [part.partition(":")[::2] for part in text.split(",")]

    def ranges(self, largest: int) -> list[tuple[int, int]]:
        """
        Return the ranges meant, each from low to high, in order and without overlap.

        `n:*` holds the largest even if n is greater, since a range is the same both ways round.
        """
        found: list[tuple[int, int]] = []
        for first, last in self._ranges:
            low = largest if first == "*" else int(first)
            high = low if not last else largest if last == "*" else int(last)
            found.append((min(low, high), max(low, high)))
        merged: list[tuple[int, int]] = []
        for low, high in sorted(found):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return merged

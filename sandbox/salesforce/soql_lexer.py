"""SOQL: text to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.salesforce.soql_errors import Malformed, located

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![A-Za-z_]))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol><=|>=|!=|<>|[=<>(),.:\[\]\-+])
    | (?P<bad>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ALLOWED = "nNrRtTbBfF\"'\\_%"
MOST_CHARACTERS = 100_000
LONGEST_STRING = 4_000


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # string, datetime, date, number, word, symbol, end
    text: str
    at: int

    @property
    def key(self) -> str:
        """A word or symbol without regard to case; nothing for values."""
        return self.text.upper() if self.kind in {"word", "symbol"} else ""


def tokens(text: str) -> list[Token]:
    """Return the tokens of a query, with one of kind `end` at the end."""
    if len(text) > MOST_CHARACTERS:
        raise Malformed(f"SOQL statements can not be longer than {MOST_CHARACTERS} characters")
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "bad"
        if kind == "bad":
            raise _unreadable(text, match.start())
        if kind == "string":
            _check(text, match.group(), match.start())
        if kind != "space":
            found.append(Token(kind, match.group(), match.start()))
    found.append(Token("end", "", len(text)))
    return found


def plain(raw: str) -> str:
    """Return what a string literal means: its inside with the escapes resolved."""
    return _ESCAPE.sub(_resolve, raw) if "\\" in raw else raw


def pattern(raw: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Return the pattern of a LIKE: `%` is anything, `_` one character, unless escaped."""
    made, at = [], 0
    while at < len(raw):
        char = raw[at]
        if char == "\\":
            step = 6 if raw[at + 1] == "u" else 2
            made.append(re.escape(plain(raw[at : at + step])))
            at += step
            continue
        made.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        at += 1
    flags = re.DOTALL if case_sensitive else re.DOTALL | re.IGNORECASE
    return re.compile("".join(made), flags)


def _resolve(match: re.Match[str]) -> str:
    what = match.group(1)
    if len(what) == 5:
        return chr(int(what[1:], 16))
    return _MEANT.get(what.lower(), what)


def _check(text: str, literal: str, at: int) -> None:
    for match in _ESCAPE.finditer(literal):
        what = match.group(1)
        if len(what) == 1 and what not in _ALLOWED:
            message = (
                f"Invalid string literal {literal}. Illegal character sequence '\\{what}' in string literal."
            )
            raise Malformed(located(text, at, message))
    if len(literal) - 2 > LONGEST_STRING:
        # The vendor states the limit without the text of its refusal.
        message = f"String literal is too long: the maximum is {LONGEST_STRING} characters"
        raise Malformed(located(text, at, message))


def _unreadable(text: str, at: int) -> Malformed:
    open_quote = text[at] == "'"
    place = len(text) if open_quote else at
    row, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place) - 1
    if open_quote:
        return Malformed(f"line {row}:{column} mismatched character '<EOF>' expecting '''")
    return Malformed(f"line {row}:{column} no viable alternative at character '{text[at]}'")

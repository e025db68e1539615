"""
JQL: text to a tree.

Grammar: `or` of `and` of `not`/parentheses/clauses; a clause is field, operator, operand; then
`order by`. Keywords and names are without case; a name or a value may be quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<symbol><=|>=|!=|!~|[=<>~(),]|&&|\|\||&|\||!)
    | (?P<word>(?:[^\s"'=<>~!(),&|\[\]]|\[[^\]]*\])+)
    | (?P<bad>\S)
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_SAME = {"&&": "and", "&": "and", "||": "or", "|": "or"}
MOST_SORTS = 7


class JqlError(Exception):
    """A query that cannot be read. The text is the vendor's."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # quoted, symbol, word, end
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Value:
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    pass


Operand = Value | Function | Empty


@dataclass(frozen=True, slots=True)
class Clause:
    field: str
    operator: str  # = != ~ !~ < <= > >= in "not in" is "is not" was changed
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = Clause | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """`where` is None for a query without a restriction."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = field(default=())  # name, descending


def parse(text: str) -> Query:
    """Read a query. Raises `JqlError`."""
    return _Parser(_tokens(text)).query()


def words_only(text: str) -> bool:
    """Tell whether a text is no query but words to search for."""
    try:
        tokens = _tokens(text)[:-1]
    except JqlError:
        return False
    plain = [t for t in tokens if t.kind == "word"]
    return len(plain) > 1 and len(plain) == len(tokens)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text) and text[at:].strip():
        found = _TOKEN.match(text, at)
        assert found is not None
        kind = found.lastgroup or ""
        raw = found[kind]
        if kind == "bad":
            raise JqlError(_bad_character(raw, text, found.start(kind)))
        if kind == "quoted":
            raw = _ESCAPE.sub(lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), raw[1:-1])
        tokens.append(Token(kind, _SAME.get(raw, raw) if kind == "symbol" else raw, found.start(kind)))
        at = found.end()
    return [*tokens, Token("end", "", len(text))]


def _bad_character(raw: str, text: str, at: int) -> str:
    where = _where(at)
    if raw in "\"'":
        return (
            f"Error in the JQL Query: The quoted string '{text[at + 1:]}' has not been "
            f"completed. {where}"
        )
    return (
        f"Error in the JQL Query: The character '{raw}' is a reserved JQL character. You must "
        f"enclose it in a string or use the escape '\\u{ord(raw):04x}' instead. {where}"
    )


def _where(at: int) -> str:
    return f"(line 1, character {at + 1})"


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _is(self, *words: str) -> bool:
        """Tell whether the coming tokens are these keywords or symbols."""
        coming = self._tokens[self._at : self._at + len(words)]
        return len(coming) == len(words) and all(
            token.kind != "quoted" and token.text.lower() == word
            for token, word in zip(coming, words, strict=True)
        )

    def _accept(self, *words: str) -> bool:
        if not self._is(*words):
            return False
        self._at += len(words)
        return True

    def query(self) -> Query:
        where = None
        if self._next.kind != "end" and not self._is("order", "by"):
            where = self._either()
        order = self._order() if self._accept("order", "by") else ()
        if self._next.kind != "end":
            raise self._wrong("Expecting either 'OR' or 'AND' but got")
        return Query(where, order)

    def _either(self) -> Node:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self) -> Node:
        if self._accept("not") or self._accept("!"):
            return Not(self._one())
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise self._wrong("Expecting ')' before the end of the query but got")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        name = self._take()
        if name.kind not in {"word", "quoted"}:
            self._at -= 1
            raise self._wrong("Expecting a field name but got")
        operator = self._operator()
        if operator in {"in", "not in"}:
            return Clause(name.text, operator, self._list())
        return Clause(name.text, operator, (self._operand(),))

    def _operator(self) -> str:
        for words in (("not", "in"), ("is", "not"), ("in",), ("is",)):
            if self._accept(*words):
                return " ".join(words)
        token = self._next
        if token.kind == "symbol" and token.text in {"=", "!=", "~", "!~", "<", "<=", ">", ">="}:
            return self._take().text
        raise self._wrong(
            "Expecting operator but got",
            " The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', "
            "'IS' and 'IS NOT'.",
        )

    def _list(self) -> tuple[Operand, ...]:
        if not self._accept("("):
            operand = self._operand()
            if isinstance(operand, Function):
                return (operand,)
            self._at -= 1
            raise self._wrong("Expecting '(' but got")
        found = [self._operand()]
        while self._accept(","):
            found.append(self._operand())
        if not self._accept(")"):
            raise self._wrong("Expecting ')' but got")
        return tuple(found)

    def _operand(self) -> Operand:
        token = self._take()
        if token.kind == "quoted":
            return Value(token.text, quoted=True)
        if token.kind != "word":
            self._at -= 1
            raise self._wrong("Expecting either a value, list or function but got")
        if token.text.lower() in {"empty", "null"}:
            return Empty()
        if self._accept("("):
            return self._function(token.text)
        return Value(token.text, quoted=False)

    def _function(self, name: str) -> Function:
        args: list[str] = []
        while not self._accept(")"):
            token = self._take()
            if token.kind == "end":
                self._at -= 1
                raise self._wrong("Expecting ')' before the end of the query but got")
            if token.text != ",":
                args.append(token.text)
        return Function(name.lower(), tuple(args))

    def _order(self) -> tuple[tuple[str, bool], ...]:
        found: list[tuple[str, bool]] = []
        while True:
            name = self._take()
            if name.kind not in {"word", "quoted"}:
                self._at -= 1
                raise self._wrong("Expecting a field name but got")
            descending = self._accept("desc")
            if not descending:
                self._accept("asc")
            found.append((name.text, descending))
            if not self._accept(","):
                break
        if len(found) > MOST_SORTS:
            raise JqlError(f"The maximum number of fields to order by is {MOST_SORTS}.")
        return tuple(found)

    def _wrong(self, what: str, tail: str = "") -> JqlError:
        token = self._next
        got = "the end of the query." if token.kind == "end" else f"'{token.text}'."
        return JqlError(f"Error in the JQL Query: {what} {got}{tail} {_where(token.at)}")

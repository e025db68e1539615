"""SOQL: the part of the parser that reads operands, values and conditions."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sandbox.salesforce.soql_ast import (
    FUNCTIONS,
    All,
    Any_,
    Call,
    Compare,
    Condition,
    Literal,
    Not,
    Path,
    Query,
)
from sandbox.salesforce.soql_dates import RELATIVE, RELATIVE_N
from sandbox.salesforce.soql_errors import Malformed, located, unexpected
from sandbox.salesforce.soql_lexer import Token, plain, tokens

_COMPARISONS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_UNITS = frozenset({"mi", "km"})


class Conditions:
    """A cursor over the tokens, and the rules for what stands in WHERE and HAVING."""

    def __init__(self, text: str) -> None:
        """Begin at the first token."""
        self.text = text
        self._tokens = tokens(text)
        self._at = 0

    # -- the cursor ---------------------------------------------------------------------------------

    @property
    def peek(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    @property
    def ahead(self) -> Token:
        """The token after the next."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Take the next token, whatever it is."""
        token = self.peek
        if token.kind != "end":
            self._at += 1
        return token

    def take(self, *keys: str) -> bool:
        """Take these words or symbols if they come next, all or none."""
        for step, key in enumerate(keys):
            if self._tokens[min(self._at + step, len(self._tokens) - 1)].key != key:
                return False
        self._at += len(keys)
        return True

    def expect(self, key: str) -> None:
        """Take a word or symbol that must come."""
        if not self.take(key):
            raise self.unexpected()

    def unexpected(self) -> Malformed:
        """Return the refusal of the next token."""
        return unexpected(self.text, self.peek.at, self.peek.text)

    def word(self) -> str:
        """Take a name."""
        if self.peek.kind != "word":
            raise self.unexpected()
        return self.next().text

    def count(self) -> int:
        """Take a whole number that is not negative."""
        if self.peek.kind != "number" or not self.peek.text.isdigit():
            raise self.unexpected()
        return int(self.next().text)

    # -- operands -----------------------------------------------------------------------------------

    def path(self) -> Path:
        """Take a field or a relationship path."""
        at, parts = self.peek.at, [self.word()]
        while self.take("."):
            parts.append(self.word())
        return Path(tuple(parts), at)

    def operand(self) -> Path | Call:
        """Take a field or a function of fields."""
        if self.peek.key in FUNCTIONS and self.ahead.key == "(":
            return self._call()
        return self.path()

    def _call(self) -> Call:
        at, name = self.peek.at, self.word().upper()
        self.expect("(")
        args: list[Path | Call | Literal] = []
        while not self.take(")"):
            if args:
                self.expect(",")
            value = self.peek.kind in {"string", "number"}
            args.append(self.value() if value else self.operand())
        made = Call(name, tuple(args), at)
        self._check_call(made)
        return made

    def _check_call(self, call: Call) -> None:
        right = {
            "COUNT": True,
            "GROUPING": bool(call.args),
            "DISTANCE": _is_distance(call),
            "GEOLOCATION": len(call.args) == 2 and all(isinstance(it, Literal) for it in call.args),
            "FIELDS": len(call.args) == 1 and isinstance(call.args[0], Path),
        }.get(call.name, len(call.args) == 1 and not isinstance(call.args[0], Literal))
        if not right:
            raise unexpected(self.text, call.at, call.name)

    # -- values -------------------------------------------------------------------------------------

    def value(self) -> Literal:
        """Take a literal."""
        token = self.peek
        if token.key == ":":
            raise Malformed(located(self.text, token.at, "Bind variables only allowed in Apex code"))
        if token.kind == "word":
            return self._named_value()
        if token.kind == "string":
            raw = self.next().text[1:-1]
            return Literal("string", plain(raw), token.at, raw)
        if token.kind == "number":
            text = self.next().text
            return Literal("number", int(text) if text.lstrip("+-").isdigit() else float(text), token.at)
        if token.kind == "date":
            return Literal("date", self._date(self.next()), token.at)
        if token.kind == "datetime":
            return Literal("datetime", self._datetime(self.next()), token.at)
        raise self.unexpected()

    def _named_value(self) -> Literal:
        """Take a value that is a word: TRUE, NULL, TODAY, LAST_N_DAYS:7, USD500.01."""
        token, key = self.peek, self.peek.key
        if key in {"TRUE", "FALSE"}:
            self.next()
            return Literal("boolean", key == "TRUE", token.at)
        if key == "NULL":
            self.next()
            return Literal("null", None, token.at)
        if key in RELATIVE:
            self.next()
            return Literal("relative", key, token.at)
        if key in RELATIVE_N:
            self.next()
            self.expect(":")
            return Literal("relative", key, token.at, number=self.count())
        return self._currency(token)

    def _currency(self, token: Token) -> Literal:
        code, digits = token.text[:3], token.text[3:]
        if not code.isalpha() or not (digits.isdigit() or not digits):
            raise self.unexpected()
        self.next()
        if not digits and self.peek.kind == "number" and self.peek.at == token.at + 3:
            digits = self.next().text
        elif digits and self.peek.key == "." and self.ahead.kind == "number":
            self.next()
            digits += f".{self.next().text}"
        elif digits and self.peek.kind == "number" and self.peek.text.startswith("."):
            digits += self.next().text
        if not digits:
            raise unexpected(self.text, token.at, token.text)
        return Literal("currency", float(digits), token.at)

    def _date(self, token: Token) -> str:
        try:
            return date.fromisoformat(token.text).isoformat()
        except ValueError:
            raise unexpected(self.text, token.at, token.text) from None

    def _datetime(self, token: Token) -> float:
        """Return epoch seconds; any number of digits may follow the seconds."""
        head, zone = token.text[:19], token.text[19:]
        fraction, mark = 0.0, zone
        if zone.startswith("."):
            digits = zone[1:].rstrip("Zz").split("+")[0].split("-")[0]
            fraction, mark = float(f"0.{digits}"), zone[1 + len(digits) :]
        try:
            moment = datetime.fromisoformat(head).replace(tzinfo=UTC)
        except ValueError:
            raise unexpected(self.text, token.at, token.text) from None
        shift = 0
        if mark.upper() != "Z":
            hours, minutes = int(mark[1:3]), int(mark[-2:])
            shift = (hours * 60 + minutes) * 60 * (-1 if mark[0] == "-" else 1)
        whole = calendar.timegm(moment.timetuple()) - shift
        return whole + fraction if fraction else whole

    # -- conditions ---------------------------------------------------------------------------------

    def condition(self) -> Condition:
        """Take a condition: parts all joined by AND, or all by OR."""
        first = self._part(leading=True)
        joiner = self.peek.key
        if joiner not in {"AND", "OR"}:
            return first
        parts = [first]
        while self.take(joiner):
            parts.append(self._part(leading=False))
        if self.peek.key in {"AND", "OR"}:
            raise self.unexpected()
        return All(tuple(parts)) if joiner == "AND" else Any_(tuple(parts))

    def _part(self, *, leading: bool) -> Condition:
        if self.peek.key == "NOT":
            if not leading:
                raise self.unexpected()
            self.next()
            return Not(self._part(leading=True))
        if self.take("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self._compare()

    def _compare(self) -> Compare:
        at, left = self.peek.at, self.operand()
        if isinstance(left, Call) and left.name in {"GEOLOCATION", "FIELDS"}:
            raise unexpected(self.text, at, left.name)
        key = self.peek.key
        if key in _COMPARISONS:
            self.next()
            return Compare(left, "!=" if key == "<>" else key, self.value(), at)
        if key == "LIKE":
            self.next()
            return Compare(left, "LIKE", self.value(), at)
        if key in {"IN", "INCLUDES", "EXCLUDES"}:
            self.next()
            return Compare(left, key, self._list(), at)
        if self.take("NOT", "IN"):
            return Compare(left, "NOT IN", self._list(), at)
        raise self.unexpected()

    def _list(self) -> tuple[Literal, ...] | Query:
        if self.peek.key == ":":
            self.value()
        self.expect("(")
        if self.peek.key == "SELECT":
            inner = self.query(depth=1)
            self.expect(")")
            return inner
        found = [self.value()]
        while self.take(","):
            found.append(self.value())
        self.expect(")")
        return tuple(found)

    if TYPE_CHECKING:

        def query(self, depth: int = 0) -> Query:
            """Read a query: the whole parser knows how."""
            ...


def _is_distance(call: Call) -> bool:
    if len(call.args) != 3:
        return False
    field, place, unit = call.args
    return (
        isinstance(field, Path)
        and isinstance(place, Call)
        and place.name == "GEOLOCATION"
        and isinstance(unit, Literal)
        and str(unit.value).lower() in _UNITS
    )

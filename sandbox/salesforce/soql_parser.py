"""
SOQL: tokens to a tree, by recursive descent.

The grammar is that of the vendor's reference: clauses in their fixed order, AND and OR never mixed
without parentheses, NOT only where a condition begins.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.soql_ast import Call, Item, Path, Query, Sort, TypeOf
from sandbox.salesforce.soql_conditions import Conditions
from sandbox.salesforce.soql_errors import Malformed, located, unexpected

_AFTER_FROM = frozenset({
    "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "FOR", "UPDATE", "ALL", "USING",
})  # fmt: skip
_WITH_WORDS = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
_CATEGORY = frozenset({"AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW"})
_FOR = frozenset({"VIEW", "REFERENCE", "UPDATE"})
_UPDATE = frozenset({"TRACKING", "VIEWSTAT"})
DEEPEST = 5


def parse(text: str) -> Query:
    """Return the tree of a query. Raises Malformed with the vendor's text."""
    reader = Parser(text)
    query = reader.query()
    if reader.peek.kind != "end":
        raise reader.unexpected()
    return query


class Parser(Conditions):
    """Reads one query from its tokens."""

    def query(self, depth: int = 0) -> Query:
        """Read a whole query."""
        if depth > DEEPEST:
            raise Malformed(
                located(self.text, self.peek.at, "SOQL relationship nesting is limited to 5 levels")
            )
        self.expect("SELECT")
        items = self._items(depth)
        self.expect("FROM")
        source, alias, more = self._sources()
        parts: dict[str, Any] = {"scope": self._scope()}
        if self.take("WHERE"):
            parts["where"] = self.condition()
        parts["with_"] = self._with()
        parts |= self._grouping()
        parts["order"] = self._order()
        parts |= self._bounds()
        for_, update = self._endings()
        all_rows = bool(self.take("ALL", "ROWS"))
        return Query(
            self.text, items, source, alias, more, **parts, for_=for_, update=update, all_rows=all_rows
        )

    def _items(self, depth: int) -> tuple[Item, ...]:
        found = [self._item(depth)]
        while self.take(","):
            found.append(self._item(depth))
        return tuple(found)

    def _item(self, depth: int) -> Item:
        if self.take("("):
            inner = self.query(depth + 1)
            self.expect(")")
            return Item(inner)
        if self.peek.key == "TYPEOF" and self.ahead.kind == "word" and self.ahead.key != "FROM":
            return Item(self._type_of())
        if self.peek.key in {"FROM", ""}:
            raise self.unexpected()
        what = self.operand()
        if isinstance(what, Call) and what.name == "GEOLOCATION":
            raise unexpected(self.text, what.at, what.name)
        alias = None
        if self.peek.kind == "word" and self.peek.key != "FROM":
            alias = self.word()
        return Item(what, alias)

    def _type_of(self) -> TypeOf:
        self.expect("TYPEOF")
        path, whens, otherwise = self.path(), [], ()
        while self.take("WHEN"):
            name = self.word()
            self.expect("THEN")
            whens.append((name, self._paths()))
        if not whens:
            raise self.unexpected()
        if self.take("ELSE"):
            otherwise = self._paths()
        self.expect("END")
        return TypeOf(path, tuple(whens), otherwise)

    def _paths(self) -> tuple[Path, ...]:
        found = [self.path()]
        while self.take(","):
            found.append(self.path())
        return tuple(found)

    def _sources(self) -> tuple[Path, str | None, tuple[tuple[Path, str | None], ...]]:
        first = self._source()
        more = []
        while self.take(","):
            more.append(self._source())
        return first[0], first[1], tuple(more)

    def _source(self) -> tuple[Path, str | None]:
        path = self.path()
        self.take("AS")
        if self.peek.kind != "word" or self.peek.key in _AFTER_FROM:
            return path, None
        if self.peek.key == "OFFSET" and self.ahead.kind != "end":
            return path, None
        return path, self.word()

    def _scope(self) -> str | None:
        if not self.take("USING"):
            return None
        self.expect("SCOPE")
        return self.word()

    def _with(self) -> tuple[str, ...]:
        found: list[str] = []
        while self.take("WITH"):
            if self.peek.key in _WITH_WORDS:
                found.append(self.word().upper())
                continue
            self.expect("DATA")
            self.expect("CATEGORY")
            found.append(self._category())
            while self.take("AND"):
                found.append(self._category())
        return tuple(found)

    def _category(self) -> str:
        group, how = self.path().text, self.peek.key
        if how not in _CATEGORY:
            raise self.unexpected()
        self.word()
        if not self.take("("):
            return f"{group} {how} {self.path().text}"
        names = [path.text for path in self._paths()]
        self.expect(")")
        return f"{group} {how} ({', '.join(names)})"

    def _grouping(self) -> dict[str, Any]:
        if not self.take("GROUP"):
            if self.peek.key == "HAVING":
                raise self.unexpected()
            return {}
        self.expect("BY")
        kind = self.peek.key if self.peek.key in {"ROLLUP", "CUBE"} and self.ahead.key == "(" else None
        if kind:
            self.word()
            self.expect("(")
        terms = [self.operand()]
        while self.take(","):
            terms.append(self.operand())
        if kind:
            self.expect(")")
        having = self.condition() if self.take("HAVING") else None
        return {"group": tuple(terms), "group_kind": kind, "having": having}

    def _order(self) -> tuple[Sort, ...]:
        if not self.take("ORDER"):
            return ()
        self.expect("BY")
        found = [self._sort()]
        while self.take(","):
            found.append(self._sort())
        return tuple(found)

    def _sort(self) -> Sort:
        what = self.operand()
        descending = bool(self.take("DESC"))
        if not descending:
            self.take("ASC")
        nulls_first = True
        if self.take("NULLS"):
            nulls_first = not self.take("LAST")
            if nulls_first:
                self.expect("FIRST")
        return Sort(what, descending, nulls_first)

    def _bounds(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.take("LIMIT"):
            found["limit"] = self.count()
        if self.take("OFFSET"):
            found["offset"] = self.count()
        return found

    def _endings(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        for_, update = [], []
        while self.peek.key in {"FOR", "UPDATE"}:
            allowed, kept = (_FOR, for_) if self.take("FOR") else (_UPDATE, update)
            if allowed is _UPDATE:
                self.expect("UPDATE")
            if self.peek.key not in allowed:
                raise self.unexpected()
            kept.append(self.word().upper())
            while allowed is _UPDATE and self.take(","):
                kept.append(self.word().upper())
        return tuple(for_), tuple(update)

"""
SOQL: a query answered over the org's records.

`run` finds the ids of all matching records at once, in order; records are rendered page by page from
them, as a cursor does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.org import Org, Row
from sandbox.salesforce.soql_ast import All, Any_, Compare, Condition, Literal, Not, Path, Query, Sort
from sandbox.salesforce.soql_errors import Malformed, OutOfRange, located
from sandbox.salesforce.soql_group import Group, Grouping
from sandbox.salesforce.soql_parser import parse
from sandbox.salesforce.soql_plan import planned
from sandbox.salesforce.soql_scope import Operand, Scope, source_of
from sandbox.salesforce.soql_select import Emit, Selection
from sandbox.salesforce.soql_where import Test, compiled

__all__ = ["Result", "parse", "run"]

MOST_OFFSET = 2_000
MOST_CHILDREN = 20
MOST_SEMI_JOINS = 2
_IDS = frozenset({"id", "reference"})
_SCOPES = frozenset({"everything", "mine"})


class Result:
    """The answer: how many there are, their ids in order, and their records when asked for."""

    def __init__(self, search: Search, ids: list[str], groups: list[Group], total: int) -> None:
        """Keep what was found."""
        self.query = search.query
        self.ids = ids
        self.total = total
        self.long_text = search.selection.long_text if search.selection else False
        self._search, self._groups = search, groups

    @property
    def rows(self) -> int:
        """How many records there are to page through: none for `SELECT COUNT()`."""
        return len(self._groups) if self._search.grouping else len(self.ids)

    def records(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Return the records of a page as JSON. One that is gone for good since is left out."""
        grouping, selection = self._search.grouping, self._search.selection
        if grouping is not None:
            return [grouping.render(it) for it in self._groups[start:stop]]
        assert selection is not None or not self.ids
        rows = self._search.scope.table.rows
        return [selection.render(rows[key]) for key in self.ids[start:stop] if selection and key in rows]

    def child_rows(self, start: int, stop: int) -> int:
        """Return how many records the subqueries of a page hold: they count against its size."""
        return self._search.child_rows(self.ids[start:stop])


class Search:
    """One query over one object, bound and checked; a subquery is one with a parent field."""

    def __init__(
        self,
        org: Org,
        query: Query,
        user: str,
        definition: ObjectDef,
        *,
        include_deleted: bool,
        version: str,
        parent: FieldDef | None = None,
        depth: int = 0,
    ) -> None:
        """Check the whole query. Raises as the vendor refuses."""
        self.org, self.query, self.user, self.version = org, query, user, version
        self.include_deleted = include_deleted or query.all_rows
        self.depth = depth
        self.scope = Scope(org, user, query, definition)
        self._parent = parent
        self._answers: dict[int, set[Any]] = {}
        self._children: list[Search] = []
        self._check()
        self.grouping = Grouping(self.scope, query) if query.aggregated and not query.counts else None
        self.selection: Selection | None = None
        if self.grouping is None and not query.counts:
            self.selection = Selection(self.scope, query, version, self._child)
        self.test: Test | None = None
        if query.where is not None:
            self._check_semi_joins(query.where, top=True)
            self.test = compiled(self.scope, query.where, self._semi_join)
        if (query.scope or "").lower() == "mine" and definition.field("OwnerId"):
            self.test = _owned(user, self.test)
        self._order = self._sorting()

    def result(self) -> Result:
        """Find everything that the query asks for."""
        keys = self.found(planned(self.scope, self.query.where, self._semi_join))
        rows = self.scope.table.rows
        if self.grouping is not None:
            groups = self.grouping.groups(rows[key] for key in keys)
            ordered = self._bounded(self._sorted(groups, lambda it: it))
            return Result(self, [], ordered, len(ordered))
        kept = self._bounded(keys)
        if self.query.counts:
            return Result(self, [], [], len(kept))
        return Result(self, kept, [], len(kept))

    def found(self, candidates: Iterable[str] | None) -> list[str]:
        """Return the ids among the candidates that match, in the order asked for."""
        rows, test = self.scope.table.rows, self.test
        keys = rows.keys() if candidates is None else candidates
        if not self.include_deleted:
            keys = [key for key in keys if not rows[key].get("IsDeleted")]
        matching = [key for key in keys if test is None or test(rows[key])]
        return matching if self.grouping else self._sorted(matching, rows.__getitem__)

    def of_parent(self, key: str) -> list[str]:
        """Return the ids of a subquery's records under one parent."""
        assert self._parent is not None
        return self._bounded(self.found(self.scope.table.having(self._parent.name, key)))

    def child_rows(self, keys: list[str]) -> int:
        """Return how many records the subqueries hold under these parents."""
        return sum(len(child.of_parent(key)) for child in self._children for key in keys)

    # -- subqueries ---------------------------------------------------------------------------------

    def _child(self, definition: ObjectDef, query: Query) -> Emit:
        """Return how the children of a record are shown."""
        name = query.source.parts[-1].lower()
        owner = self.scope.definition.name
        field = next(
            it for it in definition.fields.values()
            if owner in it.reference_to and (it.children or "").lower() == name
        )  # fmt: skip
        if query.aggregated:
            raise Malformed("only root queries support aggregate expressions")
        child = Search(
            self.org, query, self.user, definition, include_deleted=self.include_deleted,
            version=self.version, parent=field, depth=self.depth + 1,
        )  # fmt: skip
        self._children.append(child)

        def emit(row: Row) -> dict[str, Any] | None:
            keys = child.of_parent(row["Id"])
            if not keys or child.selection is None:
                return None
            rows, render = child.scope.table.rows, child.selection.render
            return {"totalSize": len(keys), "done": True, "records": [render(rows[key]) for key in keys]}

        return emit

    def _semi_join(self, condition: Compare) -> set[Any]:
        """Return the ids that the inner query of an `IN (SELECT ...)` gives; nulls are none of them."""
        if id(condition) not in self._answers:
            inner = condition.right
            assert isinstance(inner, Query)
            search = Search(
                self.org, inner, self.user, source_of(self.org, inner), include_deleted=self.include_deleted,
                version=self.version, depth=self.depth + 1,
            )  # fmt: skip
            path = inner.items[0].what
            assert isinstance(path, Path)
            read = search.scope.column(path).read
            rows = search.scope.table.rows
            keys = search.found(planned(search.scope, inner.where, search._semi_join))
            self._answers[id(condition)] = {it for key in keys if (it := read(rows[key])) is not None}
        return self._answers[id(condition)]

    def _check_semi_joins(self, condition: Condition, *, top: bool) -> int:
        """Refuse semi-joins where they may not stand; return how many there are."""
        if isinstance(condition, Not):
            return self._check_semi_joins(condition.part, top=False)
        if isinstance(condition, All | Any_):
            inner = top and isinstance(condition, All)
            count = sum(self._check_semi_joins(it, top=inner) for it in condition.parts)
            if top and count > MOST_SEMI_JOINS:
                raise Malformed(f"Maximum {MOST_SEMI_JOINS} semi join sub-selects are allowed")
            return count
        if not isinstance(condition.right, Query):
            return 0
        if not top:
            raise Malformed("Semi join sub-selects are not allowed with the 'OR' operator")
        self._check_semi_join(condition, condition.right)
        return 1

    def _check_semi_join(self, condition: Compare, inner: Query) -> None:
        text, at = self.query.text, condition.at
        if self._parent is None and self.depth:
            raise Malformed(located(text, at, "Nesting of semi join sub-selects is not supported"))
        definition = source_of(self.org, inner)
        if definition.name == self.scope.definition.name:
            message = "The inner and outer selects should not be on the same object type"
            raise Malformed(located(text, at, message))
        left = self.scope.operand(condition.left)
        if left.type not in _IDS:
            message = (
                "The left operand field in the where expression for outer query should be an id field, "
                f"cannot use: '{left.text}'"
            )
            raise Malformed(located(text, at, message))
        path = inner.items[0].what
        inside = Scope(self.org, self.user, inner, definition)
        if len(inner.items) != 1 or not isinstance(path, Path) or inside.column(path).field.type not in _IDS:
            message = "The inner select of a semi join must select one field that is an id or a reference"
            raise Malformed(located(text, at, message))

    # -- rules --------------------------------------------------------------------------------------

    def _check(self) -> None:
        query = self.query
        if query.offset > MOST_OFFSET:
            raise OutOfRange(f"Maximum SOQL offset allowed is {MOST_OFFSET}")
        if sum(isinstance(it.what, Query) for it in query.items) > MOST_CHILDREN:
            raise Malformed(f"A query can have at most {MOST_CHILDREN} child subqueries")
        if query.scope and query.scope.lower() not in _SCOPES:
            raise Malformed(f"Invalid scope '{query.scope}' for entity {self.scope.definition.name}")
        if any(" " in it for it in query.with_):
            raise Malformed("WITH DATA CATEGORY is only supported for articles and questions")
        if self._parent is None and not self.depth:
            self._check_filter()

    def _check_filter(self) -> None:
        """Refuse a query of an object that must be asked by certain ids, and is not."""
        names = self.scope.definition.requires_filter
        if names and not _names_one(self.scope, self.query.where, names):
            name, which = self.scope.definition.name, " or ".join(names)
            raise Malformed(
                f"Implementation restriction: {name} requires a filter by a single Id on {which} using the "
                f"equals operator or multiple Id's using the IN operator."
            )

    # -- order --------------------------------------------------------------------------------------

    def _sorting(self) -> list[tuple[Sort, Operand]]:
        if self.query.counts:
            if self.query.order:
                sort = self.query.order[0].what
                name = sort.text if isinstance(sort, Path) else sort.name
                message = f"Ordered by field must be grouped or aggregated: {name}"
                raise Malformed(located(self.query.text, sort.at, message))
            return []
        if self.grouping is not None:
            return [(it, self.grouping.operand(it.what)) for it in self.query.order]
        return [(it, self.scope.operand(it.what, use="sorted")) for it in self.query.order]

    def _sorted(self, things: list[Any], row_of: Any) -> list[Any]:
        """Return the things in order: term by term from the last, each sort being stable."""
        for sort, operand in reversed(self._order):
            key = _sort_key(operand)
            keyed = [(key(operand.read(row_of(it))), it) for it in things]
            nulls = [it for value, it in keyed if value is None]
            rest = [pair for pair in keyed if pair[0] is not None]
            rest.sort(key=_first, reverse=sort.descending)
            ordered = [it for _, it in rest]
            things = nulls + ordered if sort.nulls_first else ordered + nulls
        return things

    def _bounded(self, things: list[Any]) -> list[Any]:
        start = self.query.offset
        stop = None if self.query.limit is None else start + self.query.limit
        return things[start:stop] if start or stop is not None else things


def run(org: Org, query: Query, user: str, *, include_deleted: bool = False, version: str = "66.0") -> Result:
    """Answer a query as a user sees the org. Raises SoqlError with the vendor's code and text."""
    return Search(
        org, query, user, source_of(org, query), include_deleted=include_deleted, version=version
    ).result()


def _owned(user: str, test: Test | None) -> Test:
    """Return a test that also asks for the owner."""
    return lambda row: row.get("OwnerId") == user and (test is None or test(row))


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _sort_key(operand: Operand) -> Any:
    """Return what a value is sorted by: text without case, a picklist in the order of its values."""
    field = operand.field
    if operand.type == "picklist" and field is not None and field.choices:
        order = {choice.value: at for at, choice in enumerate(field.choices)}
        last = len(order)
        return lambda value: None if not value else (order.get(value, last), value.lower())
    if operand.type in _IDS or operand.type in {"date", "datetime"}:
        return lambda value: value
    return lambda value: (value.lower() or None) if isinstance(value, str) else value


def _names_one(scope: Scope, condition: Condition | None, names: tuple[str, ...]) -> bool:
    """Whether a condition pins one of these fields to given ids."""
    if isinstance(condition, All):
        return any(_names_one(scope, it, names) for it in condition.parts)
    if not isinstance(condition, Compare) or not isinstance(condition.left, Path):
        return False
    column = scope.column(condition.left)
    given = not isinstance(condition.right, Literal) or condition.right.kind == "string"
    return not column.steps and column.field.name in names and condition.op in {"=", "IN"} and given

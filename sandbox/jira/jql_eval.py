"""JQL: a tree to a test of issues, with the vendor's checks of names and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.jira import jql_dates
from sandbox.jira.jql_fields import lens, property_lens
from sandbox.jira.jql_kinds import Lens
from sandbox.jira.jql_parser import (
    Both,
    Clause,
    Either,
    Empty,
    Function,
    JqlError,
    Node,
    Not,
    Operand,
    Query,
    Value,
)
from sandbox.jira.state import Issue, Site, User

Test = Callable[[Issue], bool]
Sort = Callable[[Issue], Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, when, of what site."""

    site: Site
    user: User | None
    now: int

    @property
    def zone(self) -> str:
        return self.user.zone if self.user else "Etc/UTC"


@dataclass(frozen=True, slots=True)
class Search:
    """A query made ready: the test, the order, and a bound that the index can use."""

    test: Test
    sorts: tuple[tuple[Sort, bool], ...]
    names: tuple[str, ...]
    since: int | None
    timed: bool


def prepare(query: Query, scope: Scope) -> Search:
    """Check a query against the site and make it ready. Raises `JqlError`."""
    assert query.where is not None
    test = _test(query.where, scope)
    sorts = tuple((_sort(name, scope), down) for name, down in query.order)
    names = tuple(
        f"-{name.lower()}" if down else name.lower() for name, down in query.order
    )
    return Search(test, sorts, names, _since(query.where, scope), _timed(query.where))


def _test(node: Node, scope: Scope) -> Test:
    if isinstance(node, Both):
        tests = [_test(part, scope) for part in node.parts]
        return lambda issue: all(test(issue) for test in tests)
    if isinstance(node, Either):
        tests = [_test(part, scope) for part in node.parts]
        return lambda issue: any(test(issue) for test in tests)
    if isinstance(node, Not):
        inner = _test(node.part, scope)
        return lambda issue: not inner(issue)
    return _clause(node, scope)


def _lens(name: str, scope: Scope) -> Lens:
    return property_lens(name, scope.site) if name.startswith("issue.property") else lens(
        name, scope.site
    )


def _sort(name: str, scope: Scope) -> Sort:
    found = _lens(name, scope)
    if found.sort is None:
        raise JqlError(
            f"Not able to sort using field '{name}'."
        )
    return found.sort


def _clause(clause: Clause, scope: Scope) -> Test:
    found = _lens(clause.field, scope)
    operator = clause.operator
    if operator in {"is", "is not"} or (
        operator in {"=", "!="} and isinstance(clause.operands[0], Empty)
    ):
        return _emptiness(clause, found)
    if operator in {"~", "!~"}:
        return _contains(clause, found)
    if operator in {"<", "<=", ">", ">="}:
        return _compared(clause, found, scope)
    return _equal(clause, found, scope)


def _unsupported(clause: Clause) -> JqlError:
    return JqlError(
        f"The operator '{clause.operator}' is not supported by the '{clause.field}' field."
    )


def _emptiness(clause: Clause, found: Lens) -> Test:
    if not isinstance(clause.operands[0], Empty):
        raise JqlError(
            f"The operator '{clause.operator}' in field '{clause.field}' only supports the "
            "values 'EMPTY' and 'NULL'."
        )
    held = found.held
    if clause.operator in {"is not", "!="}:
        return lambda issue: bool(held(issue))
    return lambda issue: not held(issue)


def _contains(clause: Clause, found: Lens) -> Test:
    operand = clause.operands[0]
    if found.texts is None or not isinstance(operand, Value):
        raise _unsupported(clause)
    texts = found.texts
    wanted = _needle(operand.text)
    if clause.operator == "!~":
        return lambda issue: bool(found.held(issue)) and not wanted(texts(issue))
    return lambda issue: wanted(texts(issue))


def _needle(text: str) -> Callable[[Iterable[str]], bool]:
    """Return a test of texts for words; a phrase in quotes must stand as it is."""
    text = text.lower().strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        phrase = tokens(text[1:-1])
        return lambda texts: any(_within(phrase, tokens(one)) for one in texts)
    wanted = [word.rstrip("*") for word in text.replace("*", "* ").split()]
    plain = set(tokens(" ".join(wanted)))
    prefixes = tuple(w.rstrip("*") for w in text.split() if w.endswith("*"))

    def test(texts: Iterable[str]) -> bool:
        held = {word for one in texts for word in tokens(one)}
        exact = plain - set(prefixes)
        return exact <= held and all(any(h.startswith(p) for h in held) for p in prefixes)

    return test


def tokens(text: str) -> list[str]:
    """Split a text into the words that the index keeps of it."""
    return "".join(c if c.isalnum() or c == "_" else " " for c in text.lower()).split()


def _within(phrase: list[str], held: list[str]) -> bool:
    n = len(phrase)
    return any(held[i : i + n] == phrase for i in range(len(held) - n + 1)) if n else False


def _compared(clause: Clause, found: Lens, scope: Scope) -> Test:
    if found.order is None:
        raise _unsupported(clause)
    order = found.order
    bound = _bound(clause, found, scope)
    test = _COMPARE[clause.operator]
    return lambda issue: (held := order(issue)) is not None and test(held, bound)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda held, bound: held < bound,
    "<=": lambda held, bound: held <= bound,
    ">": lambda held, bound: held > bound,
    ">=": lambda held, bound: held >= bound,
}


def _bound(clause: Clause, found: Lens, scope: Scope) -> Any:
    operand = clause.operands[0]
    if found.kind == "moment":
        at, exact = jql_dates.moment(operand, clause.field, scope.now, scope.zone)
        # Written to the minute, `<=` and `>` are about the whole of that minute.
        return at + jql_dates.MINUTE - 1 if not exact and clause.operator in {"<=", ">"} else at
    if found.kind == "day":
        return jql_dates.day_of(operand, clause.field, scope.now, scope.zone)
    if found.read is None or not isinstance(operand, Value):
        raise _unsupported(clause)
    return found.read(operand.text)


def _equal(clause: Clause, found: Lens, scope: Scope) -> Test:
    if found.kind == "moment":
        return _same_minute(clause, found, scope)
    if found.exact is None:
        raise _unsupported(clause)
    wanted = {value for o in clause.operands for value in _wanted(o, clause, found, scope)}
    held = found.exact
    empty = any(isinstance(operand, Empty) for operand in clause.operands)
    if clause.operator in {"!=", "not in"}:
        # As in the vendor's: what has no value is in neither half.
        return lambda issue: bool(values := held(issue)) and wanted.isdisjoint(values)
    return lambda issue: not wanted.isdisjoint(values := held(issue)) or (empty and not values)


def _wanted(operand: Operand, clause: Clause, found: Lens, scope: Scope) -> Iterable[Any]:
    if isinstance(operand, Empty):
        return ()
    if isinstance(operand, Function):
        return _listed(operand, found, scope)
    if found.kind == "day":
        return (jql_dates.day_of(operand, clause.field, scope.now, scope.zone),)
    if found.read is None:
        raise _unsupported(clause)
    return (found.read(operand.text),)


def _listed(call: Function, found: Lens, scope: Scope) -> Iterable[Any]:
    if call.name == "currentuser":
        return (scope.user.account_id,) if scope.user else ()
    if call.name == "membersof" and call.args:
        return next(
            (members for g, members in scope.site.groups.values() if g.name == call.args[0]), ()
        )
    if found.kind == "day":
        return (jql_dates.day_of(call, "", scope.now, scope.zone),)
    raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.args)})'.")


def _same_minute(clause: Clause, found: Lens, scope: Scope) -> Test:
    spans = []
    for operand in clause.operands:
        at, exact = jql_dates.moment(operand, clause.field, scope.now, scope.zone)
        spans.append((at, at + (0 if exact else jql_dates.MINUTE - 1)))
    order = found.order
    assert order is not None
    inside = clause.operator in {"=", "in"}

    def test(issue: Issue) -> bool:
        held = order(issue)
        return held is not None and inside == any(low <= held <= high for low, high in spans)

    return test


def _since(node: Node, scope: Scope) -> int | None:
    """Return a lower bound on the time of change that every match keeps, if the query has one."""
    parts = node.parts if isinstance(node, Both) else (node,)
    bounds = [
        _bound(part, _lens(part.field, scope), scope)
        for part in parts
        if isinstance(part, Clause)
        and part.operator in {">", ">="}
        and part.field.lower() in {"updated", "updateddate", "created", "createddate"}
    ]
    return max(bounds, default=None)


def _timed(node: Node) -> bool:
    if isinstance(node, Clause):
        return any(
            isinstance(o, Function) or (isinstance(o, Value) and o.text[:1] in "+-")
            for o in node.operands
        )
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return any(_timed(part) for part in parts)

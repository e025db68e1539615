"""Search: pages by token, counts, matches, and the search that was taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sandbox.jira import jql_parser, schema, shapes
from sandbox.jira.context import Call, Context
from sandbox.jira.errors import BAD_PAYLOAD, REMOVED, Refusal, refusal
from sandbox.jira.jql_eval import Scope, Search, prepare
from sandbox.jira.jql_parser import Clause, JqlError, Query, Value
from sandbox.jira.pieces import EMBEDDED
from sandbox.jira.render import View, chosen
from sandbox.jira.search_pages import after, read_token, same, spot_of, token_of
from sandbox.jira.state import Issue, User
from sandbox.web import Response

Json = Any

UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)
BAD_SIZE = "The max results parameter has to be between 1 and 5,000."
_BODY = frozenset(
    {"expand", "fields", "fieldsByKeys", "jql", "maxResults", "nextPageToken", "properties",
     "reconcileIssues"}
)
_NARROW = frozenset({"id", "key", "issuekey"})


def query_of(jql: str) -> Query:
    """Read a query that must have a restriction; a run of bare words searches all text."""
    try:
        query = jql_parser.parse(jql)
    except JqlError:
        if not jql_parser.words_only(jql):
            raise
        return _text_search(jql)
    if query.where is None:
        raise refusal(400, UNBOUNDED)
    return _text_search(jql) if _prose(query.where) else query


def _prose(where: jql_parser.Node) -> bool:
    """Tell whether a clause is a sentence: "this is not jql" is no test for emptiness."""
    return (
        isinstance(where, Clause)
        and where.operator in {"is", "is not"}
        and isinstance(where.operands[0], Value)
        and not where.operands[0].quoted
    )


def _text_search(words: str) -> Query:
    return Query(Clause("text", "~", (Value(words, quoted=True),)))


def ready(context: Context, user: User | None, jql: str) -> Search | None:
    """Return a checked query. None for a wrong one of an anonymous caller, who is told nothing."""
    scope = Scope(context.site, user, context.now())
    try:
        return prepare(query_of(jql), scope)
    except JqlError as bad:
        if user is None:
            return None
        raise refusal(400, str(bad)) from bad


class Finder:
    """Runs queries over the index. Keeps the last answer, for the pages that follow."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last: tuple[Any, list[Issue]] = (None, [])

    def found(self, user: User | None, jql: str, live: Iterable[int] = ()) -> list[Issue]:
        """Return what a query finds for a caller, in its order."""
        context = self._context
        search = ready(context, user, jql)
        if search is None:
            return []
        context.index.settle(context.clock.now())
        live = frozenset(live)
        account = user.account_id if user else ""
        minute = context.now() // 1000 if search.timed else 0
        key = (jql, account, minute, context.index.revision, live)
        if self._last[0] != key:
            self._last = (key, self._run(search, user, live))
        return self._flickered(self._last[1], live)

    def _run(self, search: Search, user: User | None, live: frozenset[int]) -> list[Issue]:
        site, test = self._context.site, search.test
        seen = {p: site.may(user, "BROWSE_PROJECTS", p) for p in site.projects}
        issues = [
            issue
            for issue in self._context.index.view(site.issues, search.since, live)
            if seen[issue.project] and not issue.archived and test(issue)
        ]
        return ordered(issues, search)

    def _flickered(self, issues: list[Issue], live: frozenset[int]) -> list[Issue]:
        """Leave out the share of issues that is lost for a moment, another one each second."""
        share = float(self._context.settings["search_flicker"])
        if share <= 0:
            return issues
        second = int(self._context.clock.now())
        return [i for i in issues if i.id in live or _chance(i.id, second) >= share]


def _chance(number: int, second: int) -> float:
    digest = hashlib.blake2b(f"{number}:{second}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def ordered(issues: list[Issue], search: Search) -> list[Issue]:
    """Sort as a query says; without a word, and between equals, the newest comes first."""
    issues.sort(key=lambda issue: -issue.id)
    if not search.sorts:
        return issues
    if search.names[-1] in {"id", "key", "issuekey"} or search.names == ("updated",):
        issues.reverse()
    for sort, descending in reversed(search.sorts):
        issues.sort(key=sort, reverse=descending)
    return issues


def _asked(call: Call) -> dict[str, Any]:
    """Return the parameters of a search, by whichever method they came."""
    if call.request.method == "POST":
        body = call.body(shapes.Search)
        if set(body) - _BODY:
            raise Refusal(400, {"errorMessages": [BAD_PAYLOAD]})
        return body
    request = call.request
    asked: dict[str, Any] = {
        "jql": request.arg("jql"),
        "fields": call.words("fields"),
        "expand": request.arg("expand"),
        "properties": call.words("properties"),
        "reconcileIssues": [int(n) for n in call.words("reconcileIssues") if n.isdigit()],
        "maxResults": call.number("maxResults", 50),
    }
    if token := request.arg("nextPageToken"):
        asked["nextPageToken"] = token
    return asked


def search_jql(call: Call, finder: Finder) -> Response:
    """One page, and the token of the next. No total: the vendor does not count."""
    asked = _asked(call)
    jql = asked.get("jql") or ""
    size = asked.get("maxResults", 50)
    if not isinstance(size, int) or not 1 <= size <= 5000:
        raise refusal(400, BAD_SIZE)
    live = asked.get("reconcileIssues") or []
    if len(live) > 50:
        raise refusal(400, "The number of issues to reconcile cannot exceed 50.")
    names = asked.get("fields") or []
    fields = chosen(call, names, "id")
    if fields is not None and not set(names) <= _NARROW:
        size = min(size, int(call.context.settings["wide_page"]))
    page, token = _page(call, finder, jql, asked.get("nextPageToken"), size, live)
    view = View(call, embedded=EMBEDDED)
    expand = _words(asked.get("expand"))
    properties = (asked.get("properties") or [])[:5]
    site = call.site
    shown: dict[str, Any] = {
        "issues": [
            view.issue(site.issues[i.id], fields, expand=set(expand) - {"names", "schema"},
                       properties=properties)
            for i in page
            if i.id in site.issues
        ],
        "isLast": token is None,
    }
    if token is not None:
        shown["nextPageToken"] = token
    _add_expansions(shown, fields, expand)
    return Response.json(shown)


def _add_expansions(shown: dict[str, Any], fields: Any, expand: list[str]) -> None:
    if "names" in expand:
        shown["names"] = {f.id: f.name for f in fields or ()}
    if "schema" in expand:
        pairs = ((f.id, schema.schema(f)) for f in fields or ())
        shown["schema"] = {name: found for name, found in pairs if found is not None}


def _words(raw: Json) -> list[str]:
    if isinstance(raw, list):
        return [str(one) for one in raw]
    return [word.strip() for word in str(raw or "").split(",") if word.strip()]


def _page(
    call: Call, finder: Finder, jql: str, token: str | None, size: int, live: list[int]
) -> tuple[list[Issue], str | None]:
    found = finder.found(call.user, jql, live)
    search = ready(call.context, call.user, jql)
    if search is None:
        return [], None
    place = 0
    if token:
        spot, place = read_token(token, jql, call.context.now())
        before = found[place - 1] if 0 < place <= len(found) else None
        if before is None or not same(spot_of(before, search), spot):
            found, place = after(found, search, spot), 0
    page = found[place : place + size]
    if place + size >= len(found) or not page:
        return page, None
    spot = spot_of(page[-1], search)
    return page, token_of(jql, spot, place + size, call.context.now())


def removed(_call: Call) -> Response:
    raise refusal(410, REMOVED)


def approximate_count(call: Call, finder: Finder) -> Response:
    jql = call.body(shapes.Count).get("jql") or ""
    return Response.json({"count": len(finder.found(call.user, jql))})


def match(call: Call, finder: Finder) -> Response:
    """Which of some issues each of some queries finds."""
    body = call.body(shapes.Match)
    wanted = {int(number) for number in body.get("issueIds", [])}
    matches: list[Json] = []
    for jql in body.get("jqls", []):
        try:
            ids = sorted(i.id for i in finder.found(call.person(), jql) if i.id in wanted)
            matches.append({"matchedIssues": ids, "errors": []})
        except Refusal as bad:
            matches.append({"matchedIssues": [], "errors": bad.obj["errorMessages"]})
    return Response.json({"matches": matches})


def parse(call: Call, _finder: Finder) -> Response:
    """Say of some queries whether they can be read."""
    shown: list[Json] = []
    for text in call.body(shapes.Queries).get("queries", []):
        entry: dict[str, Any] = {"query": text}
        try:
            ready(call.context, call.person(), text)
        except Refusal as bad:
            entry["errors"] = bad.obj["errorMessages"]
        shown.append(entry)
    return Response.json({"queries": shown})


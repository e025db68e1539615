"""Search: pages by token, counts, matches, and the search that was taken away."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from functools import cmp_to_key
from typing import Any

import msgspec

from sandbox.jira import jql_parser, schema
from sandbox.jira.context import Call, Context
from sandbox.jira.errors import BAD_PAYLOAD, REMOVED, Refusal, refusal
from sandbox.jira.jql_eval import Scope, Search, prepare
from sandbox.jira.jql_parser import JqlError, Query, Value
from sandbox.jira.pieces import EMBEDDED
from sandbox.jira.render import View, chosen
from sandbox.jira.state import Issue, User
from sandbox.web import Response

Json = Any

WEEK = 7 * 24 * 3600 * 1000
UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)
BAD_TOKEN = "The provided next page token is invalid or expired."
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
        query = Query(jql_parser.Clause("text", "~", (Value(jql, quoted=True),)))
    if query.where is None:
        raise refusal(400, UNBOUNDED)
    return query


def ready(context: Context, user: User | None, jql: str) -> Search | None:
    """Return a checked query. None for a wrong one of an anonymous caller, who is told nothing."""
    scope = Scope(context.site, user, context.now())
    try:
        query = query_of(jql)
        if jql_parser.words_only(jql) and isinstance(query.where, jql_parser.Clause):
            query = Query(jql_parser.Clause("text", "~", (Value(jql, quoted=True),)))
        return prepare(query, scope)
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
            if seen[issue.project] and test(issue)
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


def _spot(issue: Issue, search: Search) -> list[Any]:
    return [*(sort(issue) for sort, _ in search.sorts), issue.id]


def _after(issues: list[Issue], search: Search, spot: list[Any]) -> list[Issue]:
    """Return the issues that stand after a spot, which may itself be gone by now."""
    number = spot[-1]
    for place, issue in enumerate(issues):
        if issue.id == number and _same(_spot(issue, search), spot):
            return issues[place + 1 :]
    # The issue at the end of the last page has moved or gone: go on behind where it stood.
    downs = [down for _, down in search.sorts]

    def compare(a: list[Any], b: list[Any]) -> int:
        for one, other, down in zip(a, b, downs, strict=False):
            if one != other:
                return (1 if one > other else -1) * (-1 if down else 1)
        return 0

    key = cmp_to_key(compare)
    mark = key(spot[:-1])
    if not downs:
        return [issue for issue in issues if issue.id < number]
    return [issue for issue in issues if key(_spot(issue, search)[:-1]) >= mark
            and issue.id != number]


def _same(a: Json, b: Json) -> bool:
    return msgspec.json.encode(a) == msgspec.json.encode(b)


def _token(jql: str, spot: list[Any], place: int, now: int) -> str:
    body = msgspec.json.encode([_mark(jql), spot, place, now])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _mark(jql: str) -> str:
    return hashlib.blake2b(jql.encode(), digest_size=6).hexdigest()


def _untoken(token: str, jql: str, now: int) -> tuple[list[Any], int]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, spot, place, made = msgspec.json.decode(raw)
    except (ValueError, binascii.Error, msgspec.DecodeError) as bad:
        raise refusal(400, BAD_TOKEN) from bad
    if mark != _mark(jql) or now - made > WEEK:
        raise refusal(400, BAD_TOKEN)
    return spot, place


def _asked(call: Call) -> dict[str, Any]:
    """Return the parameters of a search, by whichever method they came."""
    if call.request.method == "POST":
        body = call.body()
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
    query_check(call, jql)
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


def query_check(call: Call, jql: str) -> None:
    """Refuse a query that is wrong or unbounded; an anonymous caller learns only the latter."""
    ready(call.context, call.user, jql)


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
        spot, place = _untoken(token, jql, call.context.now())
        before = found[place - 1] if 0 < place <= len(found) else None
        if before is None or not _same(_spot(before, search), spot):
            found, place = _after(found, search, spot), 0
    page = found[place : place + size]
    if place + size >= len(found) or not page:
        return page, None
    spot = _spot(page[-1], search)
    return page, _token(jql, spot, place + size, call.context.now())


def removed(_call: Call) -> Response:
    raise refusal(410, REMOVED)


def approximate_count(call: Call, finder: Finder) -> Response:
    return Response.json({"count": len(finder.found(call.user, str(call.body().get("jql", ""))))})


def match(call: Call, finder: Finder) -> Response:
    """Which of some issues each of some queries finds."""
    body = call.body()
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
    for text in call.body().get("queries", []):
        entry: dict[str, Any] = {"query": text}
        try:
            ready(call.context, call.person(), text)
        except Refusal as bad:
            entry["errors"] = bad.obj["errorMessages"]
        shown.append(entry)
    return Response.json({"queries": shown})


READS = ("/search/jql", "/search/approximate-count", "/jql/match", "/jql/parse")

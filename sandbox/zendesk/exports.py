"""
Incremental exports: everything that changed since a second or a cursor.

What happened in the last minute is withheld (`export_delay`), so that no late row can slip in
behind a cursor that was already given out. Without the delay later changes are dated behind it.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import quote

from sandbox.web import Response, Router
from sandbox.zendesk import errors, events, render, sideload
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.feed import Feed
from sandbox.zendesk.records import Audit, Json, Ticket
from sandbox.zendesk.state import Account

MOST = 1000


def routes(router: Router) -> None:
    """Serve the exports."""
    _cursor_routes(router)
    _timed_routes(router)

    @router.route("GET", "/api/v2/incremental/{what}/sample")
    def _sample(call: Call, what: str) -> Response:
        call.admins_only()
        if what == "tickets":
            return _timed(call, call.account.ticket_feed, _tickets, size=50)
        if what == "users":
            return _timed(call, call.account.user_feed, _users, size=50)
        raise errors.invalid_endpoint()


def _cursor_routes(router: Router) -> None:
    @router.route("GET", "/api/v2/incremental/tickets/cursor")
    def _tickets_cursor(call: Call) -> Response:
        return _by_cursor(call, call.account.ticket_feed, _tickets)

    @router.route("GET", "/api/v2/incremental/users/cursor")
    def _users_cursor(call: Call) -> Response:
        return _by_cursor(call, call.account.user_feed, _users)


def _timed_routes(router: Router) -> None:
    @router.route("GET", "/api/v2/incremental/tickets")
    def _tickets_timed(call: Call) -> Response:
        return _timed(call, call.account.ticket_feed, _tickets)

    @router.route("GET", "/api/v2/incremental/users")
    def _users_timed(call: Call) -> Response:
        return _timed(call, call.account.user_feed, _users)

    @router.route("GET", "/api/v2/incremental/organizations")
    def _organizations_timed(call: Call) -> Response:
        return _timed(call, call.account.organization_feed, _organizations)

    @router.route("GET", "/api/v2/incremental/ticket_events")
    def _ticket_events(call: Call) -> Response:
        with_comments = "comment_events" in call.includes()

        def show(audits: list[Audit]) -> Json:
            shown = [events.ticket_event(it, call.base, comments=with_comments) for it in audits]
            return {"ticket_events": shown}

        return _logged(call, "ticket_events", show)

    @router.route("GET", "/api/v2/incremental/ticket_metric_events")
    def _metric_events(call: Call) -> Response:
        def show(audits: list[Audit]) -> Json:
            shown = [one for it in audits for one in events.metric_events(call.account, it)]
            return {"ticket_metric_events": shown}

        return _logged(call, "ticket_metric_events", show)


Show = Callable[[Call, list[int]], Json]


def _tickets(call: Call, keys: list[int]) -> Json:
    names = call.includes()
    if "last_audits" in names:
        raise errors.titled(400, "Invalid attribute", "last_audits cannot be side-loaded here")
    rows: list[Ticket] = [call.account.tickets[key] for key in keys]
    return {"tickets": sideload.shown_tickets(call, rows)} | sideload.tickets(call, rows)


def _users(call: Call, keys: list[int]) -> Json:
    users = call.account.users
    return {"users": [render.user(users[key], call.base) for key in keys]}


def _organizations(call: Call, keys: list[int]) -> Json:
    known = call.account.organizations
    return {"organizations": [render.organization(known[key], call.base) for key in keys]}


def _limit(account: Account) -> float:
    """Return the last second that exports may show."""
    delay = float(account.settings["export_delay"])
    return account.now() - delay if delay > 0 else float("inf")


def _size(call: Call, most: int = MOST) -> int:
    text = call.request.arg("per_page") or call.request.arg("page[size]")
    return min(most, int(text)) if text.isdigit() and int(text) > 0 else most


def _start(call: Call) -> int:
    text = call.request.arg("start_time")
    if not text.removeprefix("-").isdigit():
        raise errors.titled(
            400, "Invalid attribute", "You passed an invalid value for the start_time attribute."
        )
    start = int(text)
    delay = float(call.account.settings["export_delay"])
    if delay > 0 and start > call.account.now() - delay:
        raise errors.ApiError(
            422,
            {
                "error": "InvalidValue",
                "description": f"Too recent start_time. Use a start_time older than {int(delay)} seconds",
            },
        )
    return start


def _entries(call: Call, feed: Feed, at: int, key: int = -1) -> Iterator[tuple[int, int]]:
    """Yield what an export shows after a place in its feed."""
    limit, account = _limit(call.account), call.account
    skip_deleted = call.request.arg("exclude_deleted") == "true"
    for entry in feed.after(at, key):
        if entry[0] > limit:
            return
        hidden = skip_deleted and feed is account.ticket_feed
        if not hidden or account.tickets[entry[1]].deleted is None:
            yield entry


def _by_cursor(call: Call, feed: Feed, show: Show) -> Response:
    call.admins_only()
    cursor = call.request.arg("cursor")
    at, key = _decode(cursor) if cursor else (_start(call), -1)
    size = _size(call)
    entries = list(islice(_entries(call, feed, at, key), size + 1))
    more, page = len(entries) > size, entries[:size]
    if page:
        at, key = page[-1]
    if not more and page and _limit(call.account) == float("inf"):
        call.account.served_until(at)
    after = _encode(at, key)
    kept = [pair for pair in call.request.query if pair[0] not in ("cursor", "start_time")]
    pairs = [*kept, ("cursor", after)]
    body = show(call, [entry[1] for entry in page])
    return ok(
        body
        | {
            "after_url": _url(call, pairs),
            "before_url": None,
            "after_cursor": after,
            "before_cursor": None,
            "end_of_stream": not more,
        }
    )


def _timed(call: Call, feed: Feed, show: Show, *, size: int = MOST) -> Response:
    call.admins_only()
    start = _start(call)
    entries = _whole_seconds(_entries(call, feed, start), _size(call, size))
    page, more, end = entries
    if not more and page and _limit(call.account) == float("inf"):
        call.account.served_until(page[-1][0])
    body = show(call, [entry[1] for entry in page])
    return ok(body | _ending(call, len(page), more, start if end is None else end))


def _logged(call: Call, name: str, show: Callable[[list[Audit]], Json]) -> Response:
    call.admins_only()
    start, account = _start(call), call.account
    limit, log = _limit(account), account.ordered_log()
    first = bisect_left(log, (start, 0))
    entries = (log[at] for at in range(first, len(log)) if log[at][0] <= limit)
    page, more, end = _whole_seconds(entries, _size(call))
    body = show([account.audits[key] for _, key in page])
    return ok(body | _ending(call, len(body[name]), more, start if end is None else end))


def _whole_seconds(
    entries: Iterator[tuple[int, int]], size: int
) -> tuple[list[tuple[int, int]], bool, int | None]:
    """
    Return (page, more, end_time) of a time-based export.

    A page never ends inside its first second: if that holds more rows than fit, all of them come
    and the next page begins a second later. Else the next page repeats the last second.
    """
    page = list(islice(entries, size))
    if not page:
        return page, False, None
    rest = next(entries, None)
    first, last = page[0][0], page[-1][0]
    if rest is None:
        return page, False, last
    if first != last:
        return page, True, last
    while rest is not None and rest[0] == last:
        page.append(rest)
        rest = next(entries, None)
    return page, rest is not None, last + 1


def _ending(call: Call, count: int, more: bool, end: int) -> Json:
    pairs = [pair for pair in call.request.query if pair[0] != "start_time"]
    return {
        "count": count,
        "end_of_stream": not more,
        "next_page": _url(call, [*pairs, ("start_time", str(end))]),
        "end_time": end,
    }


def _url(call: Call, pairs: list[tuple[str, str]]) -> str:
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"{call.base}{call.request.path}?{text}"


def _encode(at: int, key: int) -> str:
    return base64.b64encode(f"{at}.0||{max(key, 0)}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        at, _, rest = base64.b64decode(cursor, validate=True).decode().partition("||")
        return int(float(at)), int(rest.rstrip("|"))
    except ValueError:
        raise errors.ApiError(
            400,
            {"error": "InvalidCursor", "description": "The cursor is not valid"},
        ) from None

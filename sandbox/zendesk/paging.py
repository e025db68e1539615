"""
The two ways in which lists are paged, with their oddities.

With `page[size]` a list is paged by cursor: on its last page `has_more` is false, yet the links
and cursors are still there, and following them gives an empty page without any. Without, it is
paged by number, and no further than 10,000 records.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from sandbox.web import Response
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.records import Json

MOST = 100
DEEPEST = 10_000

Show = Callable[[Sequence[Any]], Json]


def listing(
    call: Call,
    rows: Sequence[Any],
    show: Show,
    *,
    order: str = "id",
    key: Callable[[Any], Any] = lambda row: row.id,
    most: int = MOST,
    count: bool = True,
) -> Response:
    """
    Return a page of `rows`, which are in the list's order, in the manner that was asked for.

    `show` makes the body's own part (list and side-loads) of a page's rows. `key` gives each
    row's place; it must tell any two rows apart.
    """
    names = {name for name, _ in call.request.query}
    if {"page[size]", "page[after]", "page[before]"} & names:
        return ok(_by_cursor(call, rows, show, order=order, key=key, most=most))
    return ok(_by_number(call, rows, show, most=most, count=count))


def _by_cursor(
    call: Call,
    rows: Sequence[Any],
    show: Show,
    *,
    order: str,
    key: Callable[[Any], Any],
    most: int,
) -> Json:
    size = _size(call.request.arg("page[size]"), most)
    after, before = call.request.arg("page[after]"), call.request.arg("page[before]")
    if after:
        start = _place(rows, key, _decode(after, order)) + 1
        page = rows[start : start + size]
        more = start + size < len(rows)
    elif before:
        end = _place(rows, key, _decode(before, order), before=True)
        page = rows[max(0, end - size) : end]
        more = end - size > 0
    else:
        page = rows[:size]
        more = len(rows) > size
    shown = show(page)
    if not page:
        shown["meta"] = {"has_more": False, "after_cursor": None, "before_cursor": None}
        shown.setdefault("links", {"prev": None, "next": None})
        return shown
    last, first = _encode(order, key(page[-1])), _encode(order, key(page[0]))
    shown["meta"] = {"has_more": more, "after_cursor": last, "before_cursor": first}
    ways = {
        "prev": _link(call, {"page[before]": first, "page[size]": str(size)}),
        "next": _link(call, {"page[after]": last, "page[size]": str(size)}),
    }
    shown.setdefault("links", ways)  # of a list whose records are called so, these stand there
    return shown


def _place(rows: Sequence[Any], key: Callable[[Any], Any], wanted: Any, *, before: bool = False) -> int:
    """Return where `wanted` is, or if it is gone, where the rows after it begin (less one)."""

    def place(row: Any) -> Any:
        return _jsonable(key(row))

    if len(rows) > 1 and place(rows[0]) > place(rows[-1]):
        rows = rows[::-1]
        at = bisect_left(rows, wanted, key=place)
        found = at < len(rows) and place(rows[at]) == wanted
        from_end = len(rows) - at
        return from_end - 1 if found or not before else from_end
    at = bisect_left(rows, wanted, key=place)
    found = at < len(rows) and place(rows[at]) == wanted
    return at if found or before else at - 1


def _by_number(call: Call, rows: Sequence[Any], show: Show, *, most: int, count: bool) -> Json:
    number, size = page_number(call, most)
    if number * size > DEEPEST:
        raise errors.ApiError(
            400,
            {
                "errors": [
                    {
                        "code": "InvalidPaginationDepth",
                        "title": "Requested page exceeds the depth limit. Use cursor based "
                        "pagination instead.",
                    }
                ]
            },
        )
    start = (number - 1) * size
    shown = show(rows[start : start + size])
    shown["next_page"] = number_link(call, number + 1) if start + size < len(rows) else None
    shown["previous_page"] = number_link(call, number - 1) if number > 1 else None
    if count:
        shown["count"] = len(rows)
    return shown


def page_number(call: Call, most: int = MOST) -> tuple[int, int]:
    """Return (page, size) of a list paged by number."""
    try:
        number = int(call.request.arg("page") or 1)
    except ValueError:
        raise errors.titled(400, "Invalid attribute", "page must be an integer") from None
    return max(1, number), _size(call.request.arg("per_page"), most)


def number_link(call: Call, number: int) -> str:
    """Return this request's own address with another page number."""
    return _link(call, {"page": str(number)})


def _size(text: str, most: int) -> int:
    try:
        size = int(text or most)
    except ValueError:
        raise errors.titled(400, "Invalid attribute", "page size must be an integer") from None
    return min(most, size) if size > 0 else most


def _link(call: Call, changed: dict[str, str]) -> str:
    """Return this request's own address with some parameters replaced."""
    replaced = set(changed) | ({"page[after]", "page[before]"} if "page[size]" in changed else set())
    pairs = [(name, value) for name, value in call.request.query if name not in replaced]
    pairs += changed.items()
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"{call.base}{call.request.path}?{text}"


def _jsonable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _encode(order: str, value: Any) -> str:
    if isinstance(value, int):
        packed = b"i" + value.to_bytes(8, "little", signed=True)
    else:
        packed = b"j" + json.dumps(_jsonable(value)).encode()
    inner = {"o": order, "v": base64.b64encode(packed).decode()}
    return base64.b64encode(json.dumps(inner, separators=(",", ":")).encode()).decode()


def _decode(cursor: str, order: str) -> Any:
    try:
        inner = json.loads(base64.b64decode(cursor, validate=True))
        packed = base64.b64decode(inner["v"], validate=True)
        if inner["o"] == order and packed[:1] == b"i":
            return int.from_bytes(packed[1:], "little", signed=True)
        # A cursor of a list in another order fits none here.
        return json.loads(packed[1:] if inner["o"] == order else b"")
    except (ValueError, KeyError, TypeError):
        raise errors.ApiError(
            400,
            {
                "errors": [
                    {
                        "code": "InvalidPaginationParameter",
                        "title": "page[after] is not valid",
                    }
                ]
            },
        ) from None


def counted(value: int, at: str | None) -> Response:
    """Return the answer of a `count` endpoint."""
    return ok({"count": {"value": value, "refreshed_at": at}})

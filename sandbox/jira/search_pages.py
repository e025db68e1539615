"""
The tokens of search pages: where a page ended, so that the next goes on behind it.

A token holds the sort values of the last issue shown, not a number of rows to skip, so issues that
come or go on earlier pages shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cmp_to_key
from typing import Any

import msgspec

from sandbox.jira.errors import refusal
from sandbox.jira.jql_eval import Search
from sandbox.jira.state import Issue

Json = Any

WEEK = 7 * 24 * 3600 * 1000
BAD_TOKEN = "The provided next page token is invalid or expired."


def spot_of(issue: Issue, search: Search) -> list[Any]:
    """Return where an issue stands in the order of a query."""
    return [*(sort(issue) for sort, _ in search.sorts), issue.id]


def after(issues: list[Issue], search: Search, spot: list[Any]) -> list[Issue]:
    """Return the issues that stand after a spot, which may itself be gone by now."""
    number = spot[-1]
    for place, issue in enumerate(issues):
        if issue.id == number and same(spot_of(issue, search), spot):
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
    return [issue for issue in issues if key(spot_of(issue, search)[:-1]) >= mark
            and issue.id != number]


def same(a: Json, b: Json) -> bool:
    """Compare spots, one of which went through a token: tuples and lists are one."""
    return msgspec.json.encode(a) == msgspec.json.encode(b)


def token_of(jql: str, spot: list[Any], place: int, now: int) -> str:
    """Return the token of the page after `spot`, the place of which is a guess for next time."""
    body = msgspec.json.encode([_mark(jql), spot, place, now])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _mark(jql: str) -> str:
    return hashlib.blake2b(jql.encode(), digest_size=6).hexdigest()


def read_token(token: str, jql: str, now: int) -> tuple[list[Any], int]:
    """Return spot and place of a token. Refuses one of another query, or older than a week."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, spot, place, made = msgspec.json.decode(raw)
    except (ValueError, binascii.Error, msgspec.DecodeError) as bad:
        raise refusal(400, BAD_TOKEN) from bad
    if mark != _mark(jql) or now - made > WEEK:
        raise refusal(400, BAD_TOKEN)
    return spot, place

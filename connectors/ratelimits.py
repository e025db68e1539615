"""What an answer's headers say about the vendors' limits. Pure: headers in, statements out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

ACCOUNT = "account"
_PAIR = re.compile(r"(\w+)\s*=\s*(\d+(?:\.\d+)?)")
_NAMED = re.compile(r"^zendesk-rate-?limit-(.+)$")
_ENTRY = re.compile(r'"?([\w-]+)"?((?:\s*;\s*\w+\s*=\s*\d+(?:\.\d+)?)+)')


class Stated(NamedTuple):
    """One limit, as an answer states it. Absent figures are None."""

    name: str
    """`account`, or the vendor's own name for it (`incremental-exports`, `global-app-quota`)."""
    limit: int | None
    remaining: int | None
    resets: float | None
    """Seconds from now."""
    period: float | None = None
    """Seconds the limit is counted over."""
    refill: float | None = None
    """Requests a second, if the limit is a bucket that fills steadily."""


def stated(headers: Mapping[str, str], now: float) -> list[Stated]:
    """Return every limit that these headers (names in lower case) state. `now`: Unix seconds."""
    about = {name: value for name, value in headers.items() if "rate" in name}
    found: list[Stated] = []
    if about:
        for reader in (_zendesk_account, _zendesk_named, _jira_data_center, _jira_cloud, _quotas):
            found.extend(reader(about, now))
    return found


def reason(headers: Mapping[str, str]) -> str:
    """Why a 429 was given, where the vendor says so (`jira-per-issue-on-write`)."""
    return headers.get("ratelimit-reason") or headers.get("x-beta-ratelimit-reason") or ""


def _zendesk_account(headers: Mapping[str, str], _: float) -> Iterator[Stated]:
    # `ratelimit-*` since 2024, `rate-limit-*` before; `x-rate-limit` has no reset of its own.
    new = [_number(headers, f"ratelimit-{part}") for part in ("limit", "remaining", "reset")]
    old = [_number(headers, f"rate-limit-{part}") for part in ("limit", "remaining", "reset")]
    limit, remaining, resets = (a if a is not None else b for a, b in zip(new, old, strict=True))
    ours = _number(headers, "x-rate-limit")
    left = _number(headers, "x-rate-limit-remaining")
    limit = ours if ours is not None else limit
    remaining = left if left is not None else remaining
    if limit is not None or remaining is not None:
        yield Stated(ACCOUNT, _whole(limit), _whole(remaining), resets, period=60.0)


def _zendesk_named(headers: Mapping[str, str], _: float) -> Iterator[Stated]:
    for header, value in headers.items():
        name = _NAMED.match(header) if header.startswith("zendesk-rate") else None
        if name:
            said = dict(_PAIR.findall(value))
            resets = said.get("resets")
            yield Stated(
                name[1],
                _whole(said.get("total")),
                _whole(said.get("remaining")),
                float(resets) if resets is not None else None,
            )


def _jira_data_center(headers: Mapping[str, str], _: float) -> Iterator[Stated]:
    fill = _number(headers, "x-ratelimit-fillrate")
    every = _number(headers, "x-ratelimit-interval-seconds")
    if fill and every:
        limit = _whole(_number(headers, "x-ratelimit-limit"))
        remaining = _whole(_number(headers, "x-ratelimit-remaining"))
        yield Stated(ACCOUNT, limit, remaining, None, refill=fill / every)


def _jira_cloud(headers: Mapping[str, str], now: float) -> Iterator[Stated]:
    if "x-ratelimit-fillrate" in headers:
        return
    remaining = _number(headers, "x-ratelimit-remaining")
    if remaining is None:
        return
    resets = _instant(headers.get("x-ratelimit-reset", ""), now)
    why = reason(headers)
    name = "quota" if "quota" in why else "endpoint"
    yield Stated(name, _whole(_number(headers, "x-ratelimit-limit")), _whole(remaining), resets)


def _quotas(headers: Mapping[str, str], _: float) -> Iterator[Stated]:
    """The draft fields: `"global-app-quota";r=64000;t=1200` beside a policy `…;q=65000;w=3600`."""
    policies = dict(_entries(headers, "ratelimit-policy"))
    for name, said in _entries(headers, "ratelimit"):
        policy = policies.get(name, {})
        yield Stated(
            "endpoint" if "burst" in name else name,
            _whole(policy.get("q")),
            _whole(said.get("r")),
            float(said["t"]) if "t" in said else None,
            period=float(policy["w"]) if "w" in policy else None,
        )


def _entries(headers: Mapping[str, str], field: str) -> Iterator[tuple[str, dict[str, str]]]:
    text = headers.get(f"beta-{field}") or headers.get(field) or ""
    for entry in _ENTRY.finditer(text):
        yield entry[1], dict(_PAIR.findall(entry[2]))


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _whole(figure: float | str | None) -> int | None:
    return None if figure is None else int(float(figure))


def _instant(text: str, now: float) -> float | None:
    try:
        return max(0.0, datetime.fromisoformat(text).timestamp() - now)
    except ValueError:
        return None


class Usage(NamedTuple):
    """How much of a day's calls is used: by the whole org, and by our app where it has a quota of its own."""

    used: int = 0
    limit: int = 0
    app_used: int = 0
    app_limit: int = 0


def daily_usage(headers: Mapping[str, str]) -> Usage:
    """Read `Sforce-Limit-Info: api-usage=25/5000; per-app-api-usage=17/250(appName=x)`; zeros if absent."""
    said = {name: (int(used), int(limit)) for name, used, limit in _OF.findall(headers.get(_LIMIT_INFO, ""))}
    return Usage(*said.get("api-usage", (0, 0)), *said.get("per-app-api-usage", (0, 0)))


_LIMIT_INFO = "sforce-limit-info"
_OF = re.compile(r"([\w-]+)\s*=\s*(\d+)/(\d+)")

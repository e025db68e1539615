"""How much of a limit may be granted at once, and for how long it then counts. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.budget_store import Grant, Kind, Wish

Live = Sequence[tuple[float, int, str]]
"""Until when, how many and whose: each grant that still counts, soonest over first."""

LONGEST_PAUSE = 86_400.0
SPAN = 5.0
"""Seconds: the longest that a grant may lie unused before its calls are sent."""
LATE = 10.0
"""Seconds for which a call of a worker that died may still be on its way."""
SLOT = 60.0
"""Seconds after which a slot is free again whose worker died; longer than any call takes."""
DAY_SPAN = 60.0
_SOON = 0.25
"""Seconds after which to ask again for a slot."""
_SHARES = 50
"""A limit is granted in parts no smaller than this one, unless less is wished: or grants would crumble."""
_MOST_DAILY = 50


def span(wish: Wish) -> float:
    """Return the seconds within which granted calls are to be sent."""
    match wish.kind:
        case "window":
            return min(SPAN, max(1.0, wish.pace / 20))
        case "bucket":
            # Half of what is free at once: with the other half it stays within what the vendor takes at once.
            return min(SPAN, max(0.05, wish.most / wish.pace / 2))
        case "slots":
            return SLOT / 2
        case "daily":
            return DAY_SPAN


def longest(wish: Wish) -> float:
    """Return the seconds for which a grant counts of which nothing more is heard."""
    match wish.kind:
        case "window":
            return span(wish) + LATE + wish.pace
        case "daily":
            return DAY_SPAN + LATE
        case _:
            return SLOT


def heard(row: dict[str, Any], wish: Wish) -> Wish:
    """Let a window hold what the vendor stated to any worker; what is documented, until one heard it."""
    if wish.kind != "window":
        return wish
    if wish.stated or row["kind"] != "window":
        row["level"] = wish.most if wish.stated else 0.0
    return wish._replace(most=row["level"] or wish.most)


def from_window(row: Mapping[str, Any], wish: Wish, live: Live, now: float, worker: str) -> Grant:
    """At most `most` in any `pace` seconds; what is free is shared evenly among who called lately."""
    del row
    used = sum(tokens for _, tokens, _ in live)
    free = int(wish.most) - used
    least = min(wish.tokens, max(1, int(wish.most) // _SHARES))
    if free < least:
        return Grant(wish.key, "", 0, _until(live, least - free, now))
    fair = -(-free // len({worker, *(whose for _, _, whose in live)}))
    return Grant(wish.key, "", max(least, min(wish.tokens, free, fair)), span(wish))


def _until(live: Live, wanted: int, now: float) -> float:
    for until, tokens, _ in live:
        wanted -= tokens
        if wanted <= 0:
            return max(0.01, until - now)
    return SPAN  # the limit itself is smaller than that now


def from_slots(row: Mapping[str, Any], wish: Wish, live: Live, now: float, worker: str) -> Grant:
    """One at a time: it is given back as soon as its call is answered."""
    del row, now, worker
    taken = sum(tokens for _, tokens, _ in live)
    return Grant(wish.key, "", 0, _SOON) if taken >= wish.most else Grant(wish.key, "", 1, span(wish))


def from_day(row: dict[str, Any], wish: Wish, live: Live, now: float, worker: str) -> Grant:
    """What the vendor counted last, and all that was granted since, stay below what we may."""
    del worker
    used, most = row["level"], row["most"]
    under_way = sum(tokens for _, tokens, _ in live)
    free = int(most - used) - under_way
    if not most:  # nobody heard yet: one call tells
        return Grant(wish.key, "", 1, span(wish))
    if free >= 1:
        tokens = min(wish.tokens, max(1, free // _SHARES), _MOST_DAILY)
        return Grant(wish.key, "", tokens, span(wish), used, most)
    again = row["at"] + wish.pace - now
    if under_way == 0 and not 0 < again <= wish.pace:
        row["at"] = now  # one call of all workers' looks whether there is more again
        return Grant(wish.key, "", 1, span(wish), used, most)
    return Grant(wish.key, "", 0, max(again, 1.0), used + under_way, most)


def level(held: float, at: float, most: float, pace: float, now: float) -> float:
    """Return what is in a bucket by now. One that was never used is full."""
    return min(most, held + max(0.0, now - at) * pace)


def from_bucket(row: dict[str, Any], wish: Wish, now: float) -> Grant:
    """What has come in since the last grant; no more than a part of it to one worker."""
    held = level(row["level"], min(row["at"], now), wish.most, wish.pace, now)
    within = span(wish)
    least = min(wish.tokens, max(1, int(wish.pace * within / 2)))
    row |= {"level": held, "at": now}
    if held < least:
        return Grant(wish.key, "", 0, max((least - held) / wish.pace, 0.001))
    tokens = max(least, min(wish.tokens, int(held), int(wish.most / 4)))
    row["level"] = held - tokens
    return Grant(wish.key, "", tokens, within)


RULES: Mapping[Kind, Callable[[dict[str, Any], Wish, Live, float, str], Grant]] = {
    "window": from_window,
    "slots": from_slots,
    "daily": from_day,
}

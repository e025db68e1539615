"""
When a request goes again, and after how long: the one place that repeats anything.

The first try costs nothing here; tenacity is set to work only once a try has failed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

import tenacity

from connectors.reply import InDoubt, NotDone

T = TypeVar("T")
LONGEST_WAIT = 120.0
"""Seconds. Who is asked to wait longer has better things to do: it gets `NotDone` instead."""
_FIRST_WAIT = 0.5
_LONGEST_BACKOFF = 30.0
_TOO_MANY, _SERVER_ERRORS, _OUT_OF_ORDER = 429, 500, 503
_ANSWERS_5XX = frozenset({501, 505, 511})
"""These say something about the request, not about the server's health."""

log = logging.getLogger("connectors.http")


class Again(Exception):
    """A try did nothing that a repetition would do twice. `after`: seconds the system asked for."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


def is_refusal(status: int, headers: Mapping[str, str]) -> bool:
    """The system did not look at the request: too many, or out of order until a stated time."""
    return status == _TOO_MANY or (status == _OUT_OF_ORDER and "retry-after" in headers)


def judge(what: str, status: int, headers: Mapping[str, str], *, safe: bool) -> None:
    """Return if this is an answer, else raise `Again` or `InDoubt`. `what` is for people."""
    if is_refusal(status, headers):
        why = headers.get("ratelimit-reason")
        raise Again(f"{what}: {status}{f' ({why})' if why else ''}", seconds_to_wait(headers))
    if status < _SERVER_ERRORS or status in _ANSWERS_5XX:
        return
    if safe:
        raise Again(f"{what}: {status}")
    raise InDoubt(f"{what}: {status} after the request was sent; it may have been done")


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for, in either of its forms; None if it cannot be read."""
    text = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(text).timestamp()
        # By the server's own clock where it shows it: ours may differ.
        shown = headers.get("date")
        now = parsedate_to_datetime(shown).timestamp() if shown else time.time()
    except (ValueError, TypeError):
        return None
    return max(0.0, then - now)


def persist(attempt: Callable[[], T], *, attempts: int, sleep: Callable[[float], None] = time.sleep) -> T:
    """
    Try until it is settled: at most `attempts` times, while `attempt` raises `Again`.

    Raises `NotDone` when that did not help, or when a wait would be longer than `LONGEST_WAIT`.
    """
    try:
        return attempt()
    except Again as first:
        failed = first
    unspent = [failed]

    def again() -> T:
        # The first try is already made: hand tenacity its failure to start from.
        if unspent:
            raise unspent.pop()
        return attempt()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Again),
        stop=lambda state: state.attempt_number >= attempts or _asks_too_much(state),
        wait=_wait,
        sleep=sleep,
        before_sleep=_tell,
        reraise=True,
    )
    try:
        return retrying(again)
    except Again as last:
        asked = f"; it asks to wait {last.after:.0f} s" if last.after else ""
        raise NotDone(f"{last}{asked}", last.after or 0.0) from last.__cause__


def _failure(state: tenacity.RetryCallState) -> Again:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Again)
    return error


def _asks_too_much(state: tenacity.RetryCallState) -> bool:
    return (_failure(state).after or 0.0) > LONGEST_WAIT


def _wait(state: tenacity.RetryCallState) -> float:
    after = _failure(state).after
    if after is not None:
        # Never earlier than asked; a little later, so that waiting threads do not come all at once.
        return after * random.uniform(1.0, 1.1) + random.uniform(0.0, 0.1)  # noqa: S311
    backoff = min(_LONGEST_BACKOFF, _FIRST_WAIT * 2 ** (state.attempt_number - 1))
    return backoff * random.uniform(0.7, 1.3)  # noqa: S311


def _tell(state: tenacity.RetryCallState) -> None:
    pause = state.next_action.sleep if state.next_action else 0.0
    log.warning("%s; again in %.1f s", _failure(state), pause)

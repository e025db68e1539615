"""The edge to a system: an error that nobody foresaw is that system's affair, and only while it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from hub.answering import answering, told
from hub.errors import Forbidden, Unavailable
from sandbox.faults import Crash


def pages(closed: list[bool]) -> Iterator[int]:
    try:
        yield 1
        yield 2
        raise KeyError("what a customer wrote")
    finally:
        closed.append(True)


def test_what_a_system_tells_is_passed_on_until_it_breaks() -> None:
    heard: list[int] = []
    with pytest.raises(Unavailable, match=r"jira answered in a way that nobody foresaw \(KeyError at hub/") as broken:
        heard.extend(told("jira", pages([])))
    assert heard == [1, 2]
    assert "customer" not in str(broken.value)


def test_an_error_of_the_listener_is_not_put_on_the_system() -> None:
    """Or a broken store would be told as a broken vendor. The feed is closed all the same."""
    closed: list[bool] = []
    with closing(told("jira", pages(closed))) as heard, pytest.raises(ZeroDivisionError):
        _ = [1 // (one - 1) for one in heard]
    assert closed == [True]


@pytest.mark.parametrize("error", [Forbidden("not for us"), Crash(), KeyboardInterrupt()])
def test_what_was_foreseen_stays_what_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)), answering("zendesk"):
        raise error

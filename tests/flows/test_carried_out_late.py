"""Requests that a side carries out after the connection died: what they add does not stand there twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.faults import Fate, Fault
from tests.properties.sides import Jira, Salesforce, Zendesk
from tests.world import World

WORDS, LATER = "the words in question", "and one thing more"
SECONDS = 45.0
"""Later than any answer is waited for (30 s), sooner than it is asked again (`sync.patience`, 60 s here)."""


def ticket_of(world: World) -> tuple[int, str]:
    """Return a ticket that is linked, and the key of its issue."""
    ticket = Zendesk(world).create("It broke")
    _ = world.settle()
    return ticket, Jira(world).keys()[0]


def agents_comment(world: World) -> Callable[[], list[str]]:
    ticket, key = ticket_of(world)
    assert Zendesk(world).say(ticket, WORDS, public=False)
    world.sandbox.faults["jira"].follow([Fault(Fate.LATE, SECONDS)], endpoint="*/comment")
    return lambda: Jira(world).texts(key)


def engineers_comment(world: World) -> Callable[[], list[str]]:
    ticket, key = ticket_of(world)
    _ = Jira(world).say(key, WORDS)
    world.sandbox.faults["zendesk"].follow([Fault(Fate.LATE, SECONDS)], writes=True)
    return lambda: Zendesk(world).texts(ticket)


def agents_comment_on_a_case(world: World) -> Callable[[], list[str]]:
    ticket, _ = ticket_of(world)
    sales = Salesforce(world)
    [case] = sales.cases()
    assert Zendesk(world).say(ticket, WORDS, public=True)
    world.sandbox.faults["salesforce"].follow([Fault(Fate.LATE, SECONDS)], endpoint="*/composite/sobjects")
    return lambda: sales.texts(case)


def agents_file(world: World) -> Callable[[], list[str]]:
    ticket, key = ticket_of(world)
    _ = world.zendesk.person("attach", ticket=ticket, name=WORDS, data=b"x" * 9, public=False, body="log")
    world.sandbox.faults["jira"].follow([Fault(Fate.LATE, SECONDS)], endpoint="*/attachments")
    return lambda: [file.filename for file in Jira(world).issue(key).attachments]


CASES = [agents_comment, engineers_comment, agents_comment_on_a_case, agents_file]


@pytest.mark.parametrize("case", CASES)
def test_what_is_carried_out_late_stands_there_once(
    tmp_path: Path, case: Callable[[World], Callable[[], list[str]]]
) -> None:
    world = World(tmp_path, crm=case is agents_comment_on_a_case)
    try:
        shown = case(world)
        world.pause = 20.0
        _ = world.sync()
        assert not [text for text in shown() if WORDS in text], "it is on its way, as far as anybody knows"
        for _ in range(6):
            _ = world.sync()
        assert len([text for text in shown() if WORDS in text]) == 1, shown()
        assert world.settle()[-1].state == "clean"
    finally:
        world.close()


def test_what_is_said_next_waits_for_it(tmp_path: Path) -> None:
    """Or it would stand before what it answers."""
    world = World(tmp_path)
    try:
        shown = agents_comment(world)
        world.pause = 20.0
        _ = world.sync()
        assert Zendesk(world).say(1, LATER, public=False)
        _ = world.sync()
        assert not shown()
        for _ in range(5):
            _ = world.sync()
        said = [next(word for word in (WORDS, LATER) if word in text) for text in shown()]
        assert said == [WORDS, LATER]
    finally:
        world.close()


def test_what_never_came_is_asked_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        shown = agents_comment(world)
        world.sandbox.faults["jira"].follow([Fault(Fate.LOST_BEFORE)], endpoint="*/comment")
        world.pause = 20.0
        for _ in range(3):
            _ = world.sync()
        assert not shown()
        for _ in range(3):
            _ = world.sync()
        assert len(shown()) == 1
    finally:
        world.close()

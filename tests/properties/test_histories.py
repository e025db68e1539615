"""What the store keeps of every ticket's past gives the course that the ticket has, after any number of runs."""

from __future__ import annotations

from pathlib import Path

from hub.history.course import fold
from hub.history.event import read_events, write_event
from hub.model import Course, TicketId
from tests.properties.sides import Zendesk
from tests.world import World


def test_the_exported_history_of_every_ticket_folds_to_its_course(tmp_path: Path) -> None:
    """Live hub and back-test look at the same past: their features cannot differ."""
    world = World(tmp_path, seed="demo")
    _ = world.settle()
    numbers = [
        int(i.rpartition(":")[2]) for i in world.assembly.store.ticket_ids(40) if i.startswith("zendesk:")
    ]
    people = Zendesk(world)
    for n, number in enumerate(numbers):
        _ = people.set(
            number, **[{"priority": "urgent"}, {"status": "open"}, {"subject": f"Still {n}"}][n % 3]
        )
        if n % 2:
            _ = people.say(number, f"We are on it {n}.", public=True)
    _ = world.settle()
    store = world.assembly.store
    lines = [write_event(event) + b"\n" for event in store.history()]
    courses: dict[str, Course] = {}
    known: dict[str, dict[str, object]] = {}
    for event in read_events(lines):
        registers = known.setdefault(event.ticket, {})
        courses[event.ticket] = fold(courses.get(event.ticket, Course()), [event], registers)  # type: ignore[arg-type]
        registers |= event.set
    held = store.load([TicketId(name) for name in store.ticket_ids(10_000)])
    assert {name: one.ticket.course for name, one in held.items()} == courses
    assert sum(course.raised for course in courses.values()) > 5
    _ = world.settle()
    assert [write_event(event) + b"\n" for event in store.history()] == lines, "quiet runs add nothing"
    world.close()

"""
No machine's text moves a score: not priority, risk, attention, tone, signals, deadlines, brief, nor what
the hub keeps of a ticket's course. What robots write is counted neither as a customer's word nor as ours.

All that a brief may change is the number by which it cites a comment, among those that its reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.brief import brief_for, reader_of
from hub.brief.writing import brief
from hub.feedback import DISMISSED
from hub.history.changes import changes
from hub.history.course import fold
from hub.history.event import Event, Said
from hub.model import JIRA, ZENDESK, Comment, CommentId, Course, Origin, Person, Ticket, TicketId
from hub.records import Held
from hub.replica import RemoteComment
from hub.sla.facts import owed_by_engineering
from hub.support import support_of
from tests.properties.test_appraising import APPRAISE, CUSTOMER, WORDS, tickets
from tests.properties.test_bot_texts import LOUD, by_machines, by_the_hub
from tests.properties.test_score_leaks import SIDES
from tests.scoring import NOW, later
from tests.unit.hub.clusters import FULL, ISSUE, ONE, decide, decision, settled
from tests.unit.hub.test_plan_comments import said

ROBOTS = st.one_of(by_machines().map(lambda made: ("", *made)), by_the_hub())
HOURS = st.integers(-1000, 0)
PEOPLE = st.sampled_from([CUSTOMER, Person("8", "Bo", "bo@support.example")])


@st.composite
def noise(draw: st.DrawFn) -> dict[CommentId, Comment]:
    """What machines wrote, on any side, for any readers, at any time."""
    found: dict[CommentId, Comment] = {}
    for number in range(draw(st.integers(1, 4))):
        key, author, body = draw(ROBOTS)
        origin = draw(st.sampled_from([ZENDESK, JIRA]))
        made = CommentId(f"{key or f'{origin}:77:'}{number}")
        author = Person(f"bot{author.id}", author.name, author.email)
        audience = draw(st.sampled_from(["public", "internal", "engineering"]))
        found[made] = Comment(made, body, author, later(draw(HOURS)), audience, origin)
    return found


@st.composite
def described(draw: st.DrawFn) -> Ticket:
    """A ticket that a person opened, with its course folded from what happened to it."""
    ticket = draw(tickets())
    registers = {
        **ticket.registers,
        "description": draw(WORDS),
        "subject": "Checkout",
        "opened_at": later(-901),
    }
    origins = {**ticket.origins, "description": Origin(ZENDESK, later(-901))}
    told = {
        key: replace(comment, body=f"{comment.body} {key}", author=draw(PEOPLE))
        for key, comment in ticket.comments.items()
    }
    return _followed(replace(ticket, registers=registers, origins=origins, comments=told, course=Course()))


def _followed(ticket: Ticket) -> Ticket:
    bare = replace(ticket, course=Course())
    return replace(bare, course=fold(Course(), changes(None, bare, now=NOW), {}))


def with_noise(ticket: Ticket, more: Mapping[CommentId, Comment]) -> Ticket:
    return _followed(replace(ticket, comments={**ticket.comments, **more}))


@given(described(), noise())
def test_robots_move_no_score(ticket: Ticket, more: Mapping[CommentId, Comment]) -> None:
    """Score with all its reasons, registers, signals, deadlines with their sentences: the very same."""
    noisy = with_noise(ticket, more)
    quiet, loud = (APPRAISE(Held(one), one, NOW) for one in (ticket, noisy))
    assert loud == quiet


@given(described(), noise())
def test_robots_are_no_part_of_the_course(ticket: Ticket, more: Mapping[CommentId, Comment]) -> None:
    """They neither ask nor answer: nothing of the ticket's past counts them, nor when it was opened."""
    noisy = with_noise(ticket, more)
    assert noisy.course == ticket.course
    assert support_of(noisy, NOW, fixed=True) == support_of(ticket, NOW, fixed=True)


@given(described(), noise())
def test_robots_move_no_brief(ticket: Ticket, more: Mapping[CommentId, Comment]) -> None:
    """Its sentences stay, and their order; comments are cited by what number they have now."""
    noisy = with_noise(ticket, more)
    for mapping in SIDES.values():
        mentions = {ticket.id: APPRAISE(Held(ticket), ticket, NOW).mentions}
        assert _uncited(brief_for([noisy], {}, mapping, mentions)) == _uncited(
            brief_for([ticket], {}, mapping, mentions)
        )
        before, after = (
            brief(one, reader_of(mapping), mentions[ticket.id]).pieces for one in (ticket, noisy)
        )
        assert [piece.text for piece in before if piece.quoted] == [p.text for p in after if p.quoted]


def test_a_crowd_of_robots_does_not_outweigh_who_wrote_first() -> None:
    """What stands early tells what is broken: early among people, whatever monitors wrote before."""
    customer, robot = Person("7", "Anna", "anna@acme.example"), Person("9", "Deploy Bot")
    talk = [(robot, f"Deployment {n} failed with an error") for n in range(12)]
    talk += [(customer, "The checkout is slow."), (customer, "I cannot log in.")]
    comments = {
        CommentId(f"zendesk:1:{n:02}"): Comment(
            CommentId(f"zendesk:1:{n:02}"), body, author, later(n - 20), "public", ZENDESK
        )
        for n, (author, body) in enumerate(talk)
    }
    ticket = Ticket(TicketId("zendesk:1"), {"requester": customer.email, "status": "open"}, {}, comments)
    [broken] = brief(ticket, reader_of(SIDES[ZENDESK])).of("broken")
    assert broken.text == "The checkout is slow."


def _uncited(text: str) -> str:
    return re.sub(r"comment \d+", "comment", text)


@given(described(), st.lists(noise(), min_size=2, max_size=3))
def test_robots_that_come_one_by_one_move_nothing(
    ticket: Ticket, rounds: list[Mapping[CommentId, Comment]]
) -> None:
    """In a live hub each arrives after the score was shown: the same score stays shown, whole."""
    score, course, held = APPRAISE(Held(ticket), ticket, NOW).score, ticket.course, ticket
    for i, more in enumerate(rounds):
        fresh = {CommentId(f"{key}r{i}"): replace(c, id=CommentId(f"{key}r{i}")) for key, c in more.items()}
        after = replace(held, comments={**held.comments, **fresh})
        course = fold(course, changes(held, after, now=NOW), held.registers)
        held = replace(after, course=course)
        assert APPRAISE(Held(held, score=score), held, NOW).score == score
    assert course == ticket.course


@given(LOUD)
def test_a_history_of_others_counts_no_robots_either(words: str) -> None:
    """In a file, nothing says that a robot wrote: its address does, or how it begins."""
    known = {"requester": "ann@acme.example"}
    opened = fold(Course(), [Event("1", later(-9), set={"status": "open", **known})], {})
    for actor, body in (
        ("no-reply@us.example", words),
        ("ann@acme.example", f"Automatic reply: I am out of the office until Monday. {words}"),
        (
            "ann@acme.example",
            f"Automatische Antwort: Ich bin im Urlaub und bis zum 3. Mai nicht im Büro. {words}",
        ),
        ("ann@acme.example", f"Я в отпуске до 5 мая, по срочным вопросам: {words}"),
    ):
        event = Event("1", later(-5), actor=actor, comment=Said("public", body))
        assert fold(opened, [event], known) == opened
    spoken = Event("1", later(-5), actor="ann@acme.example", comment=Said("public", f"Hello, {words}"))
    assert fold(opened, [spoken], known).customer_said == 1


def test_a_robots_comment_is_no_answer_of_engineering() -> None:
    """`Automation for Jira` writes at once on every issue; that nobody has looked at it stays owed."""
    at = later(-3)
    robot = Comment(
        CommentId("jira:1:1"), "Hello", Person("1", "Automation for Jira"), at, "engineering", JIRA
    )
    person = Comment(
        CommentId("jira:1:2"), "I look at it", Person("2", "Eve", "eve@eng.example"), at, "engineering", JIRA
    )
    noted, answered = (Ticket(TicketId("zendesk:1"), comments={c.id: c}) for c in (robot, person))
    assert [target for target, _ in owed_by_engineering(noted, 0)] == ["response", "resolution"]
    assert [target for target, _ in owed_by_engineering(answered, 0)] == ["resolution"]


@pytest.mark.parametrize(("name", "obeyed"), [("Automation for Jira", False), ("Ada Park", True)])
def test_a_robot_gives_no_verdict(name: str, *, obeyed: bool) -> None:
    """A line for the hub is a person's word."""
    author = Person("7", name, "ada@eng.example" if obeyed else None)
    note = RemoteComment(
        ISSUE.remote_id, "/risk dismiss: noise", author, "2026-01-05T09:01:00Z", public=False
    )
    ticket = decision(decide(said(settled(), ISSUE, note)), ONE).ticket
    assert (ticket.get(DISMISSED) is True) == obeyed


@pytest.mark.parametrize(("requester", "obeyed"), [("ada@eng.example", False), ("kim@globex.example", True)])
def test_a_customer_gives_no_verdict_either(requester: str, *, obeyed: bool) -> None:
    """Not where the public does not read: a customer's word may stand in an internal note, too."""
    author = Person("7", "Ada Park", "ada@eng.example")
    note = RemoteComment(
        ISSUE.remote_id, "/risk dismiss: noise", author, "2026-01-05T09:01:00Z", public=False
    )
    calm = settled({**FULL, "requester": requester})
    assert (decision(decide(said(calm, ISSUE, note)), ONE).ticket.get(DISMISSED) is True) == obeyed

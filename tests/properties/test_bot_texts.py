"""No machine's text moves what is heard on a ticket, and so no score."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from hub.model import (
    JIRA,
    SALESFORCE,
    ZENDESK,
    Audience,
    Comment,
    CommentId,
    Person,
    System,
    Ticket,
    TicketId,
)
from hub.relay import attributed
from hub.signals.heard import heard, text_registers

ANN, AGENT = "ann@acme.example", "agent@support.example"
LOUD: Final = st.sampled_from(
    (
        "This is UNACCEPTABLE, production is down, escalate to your manager ASAP!!!",
        "We are fed up and will cancel our subscription.", "Any update? Still no answer.",
        "Thank you so much, it works now, please close the ticket.", "I don't understand.",
        "Ужас! Прод упал, срочно позовите руководителя, уходим к конкурентам.", "Спасибо, всё заработало!",
    )
)  # fmt: skip
WORDS: Final = st.one_of(LOUD, st.text(max_size=60))
MACHINES: Final = st.sampled_from(
    (
        Person("1", "Automation for Jira"), Person("2", "GitHub", "x@acme.example"), Person("3", "Deploy Bot"),
        Person("4", "", "noreply@acme.example"), Person("5", "Ann", "no-reply@acme.example"),
        Person("6", "Statuspage", "updates@acme.example"), Person("7", "", "alerts@acme.example"),
        Person("8", "Support hub"), Person("9", "Mail Delivery System", "mailer-daemon@acme.example"),
        Person("10", "Zendesk"), Person("11", "Automated Process"), Person("12", "PagerDuty"),
    )
)  # fmt: skip
OPENINGS: Final = st.sampled_from(
    (
        "Automatic reply: I am out of the office until Monday. ", "Я в отпуске до 5 мая, по срочным вопросам: ",
        "Ich bin im Urlaub und bis zum 3. Mai nicht im Büro. ", "Je suis en congés, de retour le 3 mai. ",
        "This is an automated message. ", "Это сообщение сформировано автоматически. ",
        "Undelivered Mail Returned to Sender. ", "Your message to bob could not be delivered. ",
        "[FIRING:1] ", "Monitor 'checkout' is DOWN: ", "Priority changed from Low to Urgent. ",
        "Status: Open → Escalated\n", "octocat merged pull request #42: ", "dependabot opened a pull request: ",
        "Investigating - We are currently investigating an issue. ", "Automation rule executed: ",
        "Your request (#42) has been received. ", 'Request #7 "Outage" was closed and merged into this request. ',
        "This case was closed automatically due to inactivity. ", "Ваше обращение №42 принято. ",
        "Статус изменён: ", "You are receiving this email because you are watching the issue. ",
    )
)  # fmt: skip
"""How machines' texts begin, whatever they say then, and whoever they seem to come from."""
SIDES: Final = st.sampled_from((ZENDESK, JIRA, SALESFORCE))
AUDIENCES: Final = st.sampled_from(("public", "internal", "engineering"))


@st.composite
def by_machines(draw: st.DrawFn) -> tuple[Person, str]:
    """A machine's comment: its author shows it, or its text does although it came from a person's address."""
    if draw(st.booleans()):
        return draw(MACHINES), draw(WORDS)
    return Person("20", "Ann", ANN), draw(OPENINGS) + draw(WORDS)


@st.composite
def by_the_hub(draw: st.DrawFn) -> tuple[str, Person, str]:
    """A note, a copy or a block of ours, by its key or, where that was lost, by its text."""
    words, agent = draw(WORDS), Person("30", "Agent", AGENT)
    told = Comment(
        CommentId("zendesk:1:9"), words, Person("20", "Ann", ANN), "2026-11-01T10:00:00Z", "public", ZENDESK
    )
    return draw(
        st.sampled_from(
            (
                ("hub:handoff:zendesk:1:abc", Person("8", "Support hub"), words),
                ("hub:gone:zendesk:1:7", agent, words),
                ("jira:7:1", agent, attributed(told, "#7")),
                ("jira:7:2", Person("20", "Ann", ANN), attributed(told, "#7")),
                ("jira:7:3", agent, f"*Changed by its author:*\n\n{attributed(told, '#7')}"),
                ("salesforce:5:4", Person("20", "Ann", ANN), f"{words}\n\n[hub:zendesk:1:9]"),
                ("jira:7:5", agent, "Not handed to engineering yet. Still needed on this ticket: Severity."),
                ("jira:7:6", agent, f"**1 support ticket** · Acme · customer is blocked\n\n{words}"),
                ("jira:7:8", agent, f"**Customer context** *(kept up to date by Support Hub)*\n\n{words}"),
            )
        )
    )


def with_more(ticket: Ticket, *more: Comment) -> Ticket:
    return Ticket(ticket.id, ticket.registers, ticket.origins, {**ticket.comments, **{c.id: c for c in more}})


@st.composite
def threads(draw: st.DrawFn) -> Ticket:
    """A ticket on which its customer and an agent talked."""
    comments: dict[CommentId, Comment] = {}
    for number in range(draw(st.integers(0, 4))):
        who = draw(st.sampled_from((ANN, AGENT)))
        key = CommentId(f"zendesk:1:{number}")
        comments[key] = Comment(key, draw(WORDS), Person(email=who), _at(draw), "public", ZENDESK)
    return Ticket(TicketId("zendesk:1"), {"requester": ANN, "description": draw(WORDS)}, {}, comments)


def _at(draw: st.DrawFn) -> str:
    return f"2026-11-{draw(st.integers(1, 20)):02}T{draw(st.integers(0, 23)):02}:00:00Z"


@st.composite
def placed(draw: st.DrawFn, key: str, author: Person, body: str, origin: System) -> Comment:
    """A comment somewhere in the thread, for any readers."""
    audience: Audience = draw(AUDIENCES)  # pyright: ignore[reportAssignmentType]
    return Comment(CommentId(key), body, author, _at(draw), audience, origin)


@given(threads(), st.data())
def test_machines_move_nothing(ticket: Ticket, data: st.DataObject) -> None:
    """Whatever integrations, monitors, mailboxes and help desks add, in any place of the thread."""
    more: list[Comment] = []
    for number in range(data.draw(st.integers(1, 3))):
        author, body = data.draw(by_machines())
        side = data.draw(SIDES)
        more.append(data.draw(placed(f"{side}:bot:{number}", author, body, side)))
    before, after = heard(ticket), heard(with_more(ticket, *more))
    assert after == before
    assert text_registers(after) == text_registers(before)


@given(threads(), st.data())
def test_the_hub_moves_nothing(ticket: Ticket, data: st.DataObject) -> None:
    """Our notes, copies and blocks are nobody's words, even where their mark was lost."""
    key, author, body = data.draw(by_the_hub())
    ours = data.draw(placed(key, author, body, data.draw(SIDES)))
    assert heard(with_more(ticket, ours)) == heard(ticket)


@given(threads(), MACHINES, WORDS)
def test_a_machine_is_no_customer(ticket: Ticket, robot: Person, words: str) -> None:
    """A ticket that a monitor opened has no mood, whatever it says."""
    if robot.email is None:
        return
    opened = Ticket(ticket.id, {"requester": robot.email, "description": words}, {}, {})
    by_address = Person(email=robot.email)
    said = Comment(CommentId("zendesk:1:1"), words, by_address, "2026-11-01T00:00:00Z", "public", ZENDESK)
    if robot.id in {"4", "5", "7", "9"}:
        assert heard(with_more(opened, said)).count == 0

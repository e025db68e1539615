"""What is heard on a ticket: the customer's mood and its course, and the signals that still hold."""

from __future__ import annotations

import pytest

from hub.model import JIRA, ZENDESK, Audience, Comment, CommentId, Origin, Person, Ticket, TicketId, Value
from hub.signals.heard import Heard, heard, text_registers
from hub.signals.reading import Reading, Span, digest

ANN, AGENT = "ann@acme.example", "agent@support.example"
BAD, GOOD, PLAIN = "This is terrible, I am fed up.", "Great, thank you so much!", "The file is attached."


def said(number: int, who: str, body: str, audience: Audience = "public", at: str = "") -> Comment:
    at = at or f"2026-11-{number:02}T09:00:00Z"
    return Comment(CommentId(f"zendesk:1:{number}"), body, Person(email=who), at, audience, ZENDESK)


def ticket(*comments: Comment, **registers: Value) -> Ticket:
    given: dict[str, Value] = {"requester": ANN, "subject": "Export fails", **registers}
    return Ticket(TicketId("zendesk:1"), given, {}, {c.id: c for c in comments})


def test_nothing_said_is_nothing_heard() -> None:
    """Without a customer, or without words of theirs, there is no mood; then the registers are empty."""
    assert heard(ticket()) == Heard()
    assert heard(ticket(said(1, AGENT, BAD))) == Heard()
    assert heard(ticket(said(1, ANN, BAD), requester=None)) == Heard()
    assert set(text_registers(Heard()).values()) == {None}


def test_the_tone_is_of_the_customers_latest_words() -> None:
    """Not of ours; before they answer, of what they asked."""
    one = heard(ticket(said(1, ANN, BAD), said(2, ANN, GOOD), said(3, AGENT, BAD)))
    assert (one.sentiment, one.count, one.negatives) == ("positive", 2, 1)
    assert one.lowest < 0 < one.mood
    assert text_registers(one)["support.tone"] == "good"
    assert text_registers(heard(ticket(description=BAD)))["support.tone"] == "bad"


def test_a_description_is_the_first_comment_and_counted_once() -> None:
    """A helpdesk shows it as a comment, too; its moment is that of the ticket."""
    origin = {"description": Origin(ZENDESK, "2026-11-01T08:00:00Z")}
    whole = ticket(said(5, ANN, GOOD), description=BAD)
    one = heard(Ticket(whole.id, whole.registers, origin, whole.comments))
    assert [at for at, _ in one.course] == ["2026-11-01T08:00:00Z", "2026-11-05T09:00:00Z"]
    assert one.course[0][1] < 0 < one.course[1][1]
    assert heard(ticket(said(1, ANN, BAD), description=f"{BAD}\n-- \nAnn")).count == 1


@pytest.mark.parametrize(
    ("bodies", "trend"),
    [
        ((BAD, GOOD), ""),
        ((BAD, PLAIN, GOOD), "better"),
        ((GOOD, PLAIN, BAD), "worse"),
        ((PLAIN, PLAIN, PLAIN), "steady"),
        ((BAD, GOOD, BAD), "steady"),
    ],
)
def test_the_trend_takes_three_comments(bodies: tuple[str, ...], trend: str) -> None:
    """A line through the moods of the thread; two points are no trend."""
    one = heard(ticket(*(said(n, ANN, body) for n, body in enumerate(bodies, 1))))
    assert one.trend == trend
    assert text_registers(one)["support.tone_trend"] == (trend or None)


def test_a_mention_knows_where_it_stands() -> None:
    """The newest words, how often, and since when."""
    asked = (said(1, ANN, "Please escalate this."), said(3, ANN, "I want to speak to your manager!"))
    mention = heard(ticket(*asked)).mentions["escalation_request"]
    assert mention.quote == "I want to speak to your manager"
    assert (mention.comment, mention.times, mention.by) == ("zendesk:1:3", 2, "customer")
    assert (mention.first, mention.at) == ("2026-11-01T09:00:00Z", "2026-11-03T09:00:00Z")


def test_a_colleague_may_ask_for_an_escalation() -> None:
    """In an internal note, and told apart; nothing else of ours is a signal, nor what we write in public."""
    note = said(1, AGENT, "Please escalate, production is down, I am fed up.", "internal")
    one = heard(ticket(note))
    assert set(one.mentions) == {"escalation_request"}
    assert one.mentions["escalation_request"].by == "us"
    assert (one.sentiment, one.count) == ("", 0)
    assert heard(ticket(said(1, AGENT, "We will escalate this case."))).mentions == {}
    both = heard(
        ticket(said(1, ANN, "Please escalate this."), said(2, AGENT, "Escalate this please", "internal"))
    )
    assert (both.mentions["escalation_request"].by, both.mentions["escalation_request"].times) == (
        "customer",
        2,
    )


@pytest.mark.parametrize(
    "end", ["It works now, thank you so much!", "You can close this ticket.", "Всё заработало."]
)
def test_all_is_well_ends_trouble(end: str) -> None:
    """Who says that it is solved is not angry any more; who wanted to leave may still."""
    before = said(1, ANN, "This is urgent, I am fed up! Production is down. We will switch to a competitor.")
    assert {"frustration", "urgency", "production_down", "churn"} <= set(heard(ticket(before)).mentions)
    after = set(heard(ticket(before, said(2, ANN, end))).mentions)
    assert "churn" in after
    assert not after & {"frustration", "urgency", "production_down"}
    again = set(heard(ticket(before, said(2, ANN, end), said(3, ANN, "Production is down again."))).mentions)
    assert "production_down" in again
    assert "closure" not in again


def test_an_answer_ends_the_question() -> None:
    """A follow-up waits for a public word of a person of ours, not for a note or a machine's."""
    asked = said(1, ANN, "Any update?")
    note, answer = said(2, AGENT, "Looking into it", "internal"), said(3, AGENT, "It will be out on Monday.")
    robot = said(4, "noreply@support.example", "We received your request.")
    assert "follow_up" in heard(ticket(asked, note, robot)).mentions
    assert "follow_up" not in heard(ticket(asked, answer)).mentions


def test_old_signals_fade() -> None:
    """What was not said again for so many days holds no more; the newest words are now if nobody says when."""
    one = ticket(said(1, ANN, BAD))
    assert "frustration" in heard(one).mentions
    assert "frustration" in heard(one, now="2026-11-21T00:00:00Z").mentions
    assert heard(one, now="2026-11-30T00:00:00Z").mentions == {}
    assert "frustration" in heard(one, now="2026-11-30T00:00:00Z", fades=60).mentions


def test_signals_that_people_called_wrong_are_ignored() -> None:
    """Up to the moment in which they said so; what is said later is heard again."""
    whole = ticket(said(1, ANN, BAD), said(9, ANN, PLAIN))
    assert "frustration" not in heard(whole, denied=("frustration",)).mentions
    origins = {"feedback.not_signals": Origin(ZENDESK, "2026-11-05T00:00:00Z")}
    later = said(10, ANN, BAD)
    more = Ticket(whole.id, whole.registers, origins, {**whole.comments, later.id: later})
    assert "frustration" in heard(more, denied=("frustration",)).mentions
    assert heard(more, denied=("frustration",)).mentions["frustration"].times == 1


def test_a_better_reader_knows_moods_better() -> None:
    """A stored reading tells the mood and may add signals that it can quote; the lexicon's quotes stay."""
    known = {
        digest(PLAIN): Reading(
            "en", "negative", -0.7, (Span("churn", "The file", 0.7), Span("churn", "not there", 1.0))
        ),
        digest(BAD): Reading("en", "neutral", 0.0),
    }
    one = heard(ticket(said(1, ANN, BAD), said(2, ANN, PLAIN)), known)
    assert (one.sentiment, one.mood, one.negatives) == ("negative", -0.7, 1)
    assert one.mentions["churn"].quote == "The file"
    assert "frustration" in one.mentions


def test_the_registers() -> None:
    """What the sides show: tone, trend, and the signals by name."""
    assert text_registers(heard(ticket(said(1, ANN, f"{BAD} Please escalate this.")))) == {
        "support.tone": "bad",
        "support.tone_trend": None,
        "support.signals": ("escalation_request", "frustration"),
    }


def test_a_description_that_engineers_rewrote_is_not_the_customers_word() -> None:
    """Nor a bot's summary in it; what the customer wrote still stands as their first comment."""
    words = "PRODUCTION IS DOWN, the customer is furious and will cancel the contract."
    own = ticket(said(1, ANN, PLAIN), description=PLAIN)
    rewritten = Ticket(
        own.id,
        {**own.registers, "description": words},
        {"description": Origin(JIRA, "2026-11-20T09:00:00Z")},
        own.comments,
    )
    assert heard(rewritten) == heard(own)
    assert not heard(rewritten).mentions
    opened = Ticket(own.id, rewritten.registers, {"description": Origin(ZENDESK, "2026-11-01T09:00:00Z")})
    assert "frustration" in heard(opened).mentions

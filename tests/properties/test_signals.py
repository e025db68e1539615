"""What holds for every text and every thread, whatever people write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from hub.model import ZENDESK, Audience, Comment, CommentId, Person, Ticket, TicketId
from hub.signals.heard import heard, text_registers
from hub.signals.human import own_words
from hub.signals.lexicon import read
from hub.signals.reading import SIGNALS

ANN, AGENT = "ann@acme.example", "agent@support.example"
PIECES: Final = (
    "This is unacceptable!", "Please escalate this ASAP", "production is down", "not", "thank you so much",
    "it works now", "any update?", "we will switch to a competitor", "Ужас, ничего не работает", "срочно",
    "спасибо", "эскалируйте", "ё", "İSTANBUL", "ﬁne", "ß", "😡", "👍", ":(", "))", "\n", "\n\n", ".", ",", "!!", "?!",
    "don’t", "can't", "> quoted", "-- ", "On Monday Ann wrote:", "2026", "#", "I", "don't understand", "but", "если",
)  # fmt: skip
TEXTS: Final = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))


@given(TEXTS)
def test_every_quote_is_in_the_text(text: str) -> None:
    """Evidence is word for word, for signals as for moods."""
    for span in read(text).spans:
        assert span.quote
        assert span.quote in text


@given(TEXTS)
def test_a_reading_is_what_it_says(text: str) -> None:
    """A mood between -1 and 1 with its sentiment's sign, known signals, sure by no more than 1; always the same."""
    one = read(text)
    assert -1 <= one.mood <= 1
    assert (
        one.mood < 0 if one.sentiment == "negative" else one.mood > 0 if one.sentiment == "positive" else True
    )
    for span in one.spans:
        assert span.signal in {*SIGNALS, "negative", "positive"}
        assert 0 < span.weight <= 1 if span.signal in SIGNALS else span.weight
        assert span.signal in SIGNALS or (span.weight > 0) == (span.signal == "positive")
    read.cache_clear()
    assert read(text) == one


@given(TEXTS)
def test_own_words_are_the_authors(text: str) -> None:
    """Taking out what is not theirs adds nothing, and takes no more the second time but at its edges."""
    own = own_words(text)
    assert set(own) <= {*text, " ", "\n"}
    assert len(own) <= len(text) + text.count("](")


@st.composite
def threads(draw: st.DrawFn) -> Ticket:
    """A ticket with some comments of its customer and of an agent."""
    comments: dict[CommentId, Comment] = {}
    for number in range(draw(st.integers(0, 6))):
        moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 900)))
        who, audience = draw(
            st.sampled_from([(ANN, "public"), (AGENT, "public"), (AGENT, "internal"), (AGENT, "engineering")])
        )
        key, said = CommentId(f"zendesk:1:{number}"), draw(TEXTS)
        seen: Audience = audience  # pyright: ignore[reportAssignmentType]
        comments[key] = Comment(
            key, said, Person(email=who), moment.strftime("%Y-%m-%dT%H:%M:%SZ"), seen, ZENDESK
        )
    return Ticket(TicketId("zendesk:1"), {"requester": ANN, "description": draw(TEXTS)}, {}, comments)


@given(threads(), st.data())
def test_a_thread_is_heard_the_same_in_any_order(ticket: Ticket, data: st.DataObject) -> None:
    """The order in which comments came to the hub says nothing; only when they were said does."""
    keys = data.draw(st.permutations([*ticket.comments]))
    turned = Ticket(ticket.id, ticket.registers, {}, {key: ticket.comments[key] for key in keys})
    assert heard(turned) == heard(ticket)


@given(threads())
def test_what_is_heard_adds_up(ticket: Ticket) -> None:
    """The course has a mood for each comment that was read, and the last one is the mood."""
    one = heard(ticket)
    assert len(one.course) == one.count >= one.negatives
    assert one.mood == (one.course[-1][1] if one.course else 0)
    assert one.lowest == min((mood for _, mood in one.course), default=0)
    assert [at for at, _ in one.course] == sorted(at for at, _ in one.course) or not one.course[0][0]
    for mention in one.mentions.values():
        assert mention.times >= 1
        assert mention.first <= mention.at
        body = (
            ticket.comments[CommentId(mention.comment)].body if mention.comment else ticket.get("description")
        )
        assert mention.quote in own_words(str(body))
    assert (text_registers(one)["support.tone"] is None) == (one.count == 0)


@given(threads())
def test_denied_signals_are_not_heard(ticket: Ticket) -> None:
    """All of them denied, with nothing said of when: none holds, and the moods are as they were."""
    one = heard(ticket, denied=SIGNALS)
    assert one.mentions == {}
    assert one.course == heard(ticket).course

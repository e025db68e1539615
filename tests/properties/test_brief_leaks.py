"""
What a brief may hold: words that the readers of that side see anyway, letter for letter, and nothing else.

Over random threads of customers, agents, engineers and machines, with registers of every kind: each
comment and each register holds a word that stands nowhere else, so that any leak can be traced.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.brief import EVERYTHING, Reader, as_markdown, as_plain, brief, brief_for, brief_of, reader_of
from hub.brief.showing import LINES
from hub.model import (
    JIRA,
    ZENDESK,
    Audience,
    Comment,
    CommentId,
    Origin,
    Person,
    Ticket,
    TicketId,
    Value,
)
from hub.records import Score
from hub.registers import REGISTERS
from hub.signals.heard import Mention
from tests.worlds import demo_mapping

SIDES = {side: demo_mapping(side) for side in ("zendesk", "jira", "salesforce", "email")}
READERS: dict[str, Reader] = {
    **{side: reader_of(mapping) for side, mapping in SIDES.items()},
    "hub": EVERYTHING,
    "narrow": Reader("engineering", frozenset({"public"}), frozenset({"status"})),
}
ALL_AUDIENCES: tuple[Audience, ...] = ("public", "internal", "engineering")

CUES = st.sampled_from(
    [
        "It fails with error 502 since yesterday, {}.", "We tried {} and it did not help.", "I promise {} by Friday.",
        "Can engineering check {}?", "What about {}?", "Root cause was {}.", "It works again, {}.", "{}", "> quoted {}",
        "```\nlog of {}\n```", "Order {}-77123 is stuck.", "- **{}** is _broken_", "Не работает {}, ошибка 403.",
        "Мы перезапустили {}, не помогло.", "Исправим {} до конца дня.", "[{}](https://x.example) is down", "--\n{}",
        "On Monday, Kim wrote:\n> {}", "version {} of 4.2.1", "{} 1. 2. e.g. Then it crashed\\_{}",
    ]
)  # fmt: skip
TEXTS = st.lists(
    st.tuples(CUES, st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=15)), max_size=4
)
PEOPLE = st.sampled_from(
    [Person("1", "Ana", "ana@globex.example"), Person("2", "Bo", "bo@us.example"), Person("3", "Kim", "kim@us.example"),
     Person("4", "Support Bot", "no-reply@us.example"), Person("5")]
)  # fmt: skip
KINDS = {name: register.kind for name, register in REGISTERS.items() if register.kind in {"text", "markdown"}}


@st.composite
def tickets(draw: st.DrawFn, number: int = 1) -> tuple[Ticket, dict[str, tuple[str, Any]]]:
    """A ticket, and of each word of its own whose it is: an audience's, or a register's."""
    words: dict[str, tuple[str, Any]] = {}

    def word(kind: str, of: Any) -> str:
        made = f"Zq{number}x{len(words)}qZ"
        words[made] = (kind, of)
        return made

    def text(kind: str, of: Any) -> str:
        own = word(kind, of)
        return "\n".join(cue.replace("{}", own) + spice for cue, spice in draw(TEXTS)) or own

    comments: dict[CommentId, Comment] = {}
    for i in range(draw(st.integers(0, 7))):
        audience, origin = draw(st.sampled_from(ALL_AUDIENCES)), draw(st.sampled_from([ZENDESK, JIRA]))
        removed = draw(st.booleans()) and draw(st.booleans())
        who = draw(PEOPLE)
        author = Person(who.id, word("removed" if removed else "audience", audience), who.email)
        body = text("removed" if removed else "audience", audience)
        key = CommentId(f"{origin}:{number}:{i}")
        comments[key] = Comment(key, body, author, f"2026-11-{i + 1:02}T10:00:00Z", audience, origin, removed)
    held: dict[str, Value] = {
        name: text("register", name)
        for name in draw(st.lists(st.sampled_from(sorted(KINDS)), unique=True, max_size=14))
    }
    held |= {
        "status": draw(st.sampled_from(["open", "pending", "solved"])),
        "requester": "ana@globex.example",
    }
    held |= {"account.arr": 77_310_001, "impact.revenue_at_risk": 88_310_001, "impact.affected_users": 9_931}
    origins = {"impact.workaround": Origin(ZENDESK, "2026-11-02T10:00:00Z")}
    return Ticket(TicketId(f"zendesk:{number}"), held, origins, comments), words


def may_see(reader: Reader, kind: str, of: Any) -> bool:
    return kind == "audience" and of in reader.audiences if kind != "register" else reader.shows(of)


def assert_nothing_leaks(text: str, reader: Reader, words: dict[str, tuple[str, Any]]) -> None:
    for secret in re.findall(r"Zq\d+x\d+qZ", text):
        kind, of = words[secret]
        assert may_see(reader, kind, of), (secret, kind, of)
    for figure, register in (("77,310,001", "account.arr"), ("88,310,001", "impact.revenue_at_risk")):
        assert figure not in text or reader.shows(register)


@given(tickets(), st.sampled_from(sorted(READERS)))
def test_a_brief_holds_nothing_that_its_reader_may_not_see(
    given: tuple[Ticket, dict[str, tuple[str, Any]]], side: str
) -> None:
    """No word, no name, no figure of a comment or a register that the side's mapping does not show."""
    ticket, words = given
    reader = READERS[side]
    mentions = {
        signal: Mention(c.body, c.created_at, c.id, c.audience)
        for signal, c in zip(("churn", "production_down"), ticket.comments.values(), strict=False)
    }
    told = brief(ticket, reader, mentions)
    for text in (as_markdown(told), as_plain(told)):
        assert_nothing_leaks(text, reader, words)
        assert text == "" or side != "email"


@given(tickets(), st.sampled_from(sorted(READERS)))
def test_every_quote_stands_in_what_its_reader_sees(
    given: tuple[Ticket, dict[str, tuple[str, Any]]], side: str
) -> None:
    """Letter for letter a part of a visible comment, or of a text register that the side shows."""
    ticket, _ = given
    reader = READERS[side]
    sources = [c.body for c in ticket.comments.values() if c.audience in reader.audiences and not c.removed]
    sources += [str(v) for name, v in ticket.registers.items() if name in KINDS and reader.shows(name)]
    for piece in brief(ticket, reader).quotes():
        assert any(piece.text in source for source in sources), piece


@given(tickets(1), tickets(2), st.sampled_from(sorted(SIDES)))
def test_a_shared_brief_leaks_as_little(
    first: tuple[Ticket, dict[str, tuple[str, Any]]],
    second: tuple[Ticket, dict[str, tuple[str, Any]]],
    side: str,
) -> None:
    """Behind a shared issue the same holds for every ticket of it."""
    held = [first[0], second[0]]
    text = brief_for(held, {held[1].id: Score(50, "high", 0.1)}, SIDES[side])
    assert_nothing_leaks(text, READERS[side], first[1] | second[1])
    assert (brief_of(held, {}, READERS[side]) is None) == (side == "email")


@given(tickets())
def test_a_brief_is_the_same_for_the_same_ticket(given: tuple[Ticket, dict[str, tuple[str, Any]]]) -> None:
    """It hangs on no clock and on no order; of one screen at most."""
    ticket, _ = given
    turned = Ticket(
        ticket.id,
        dict(reversed(ticket.registers.items())),
        ticket.origins,
        dict(reversed(ticket.comments.items())),
    )
    for reader in READERS.values():
        assert brief(turned, reader) == brief(ticket, reader)
        assert len(as_markdown(brief(ticket, reader)).splitlines()) <= LINES

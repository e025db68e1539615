"""Sentences are parts of what was said, letter for letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.brief.cue import Cues
from hub.brief.cues import BROKEN, CONFIRMED, PROMISED, SINCE, SOLVED, TRIED
from hub.brief.figures import of_texts
from hub.brief.reader import EVERYTHING
from hub.brief.reading import Said, around, day_and_time, said, sentences
from tests.unit.hub.brief.threads import ANA, ticket
from tests.unit.hub.brief.threads import said as comment


def heard(text: str) -> list[str]:
    """The sentences of a customer's comment."""
    return [
        s.text for one in said(ticket(comment(1, ANA, "3 14:05", text)), EVERYTHING) for s in sentences(one)
    ]


def test_sentences_end_where_people_end_them() -> None:
    """Not after an abbreviation, not within a version; marks of lists and of bold type are no part of them."""
    assert heard("It fails, e.g. Version 4.2.1 does. Why?\n- **First item** here\n2) Second item there") == [
        "It fails, e.g. Version 4.2.1 does.",
        "Why?",
        "First item** here",
        "Second item there",
    ]


def test_code_and_quoted_mails_are_no_sentences() -> None:
    assert heard(
        "The log says this:\n```\nFATAL it broke\n```\n> earlier words of yours\nThat is all we know."
    ) == [
        "The log says this:",
        "That is all we know.",
    ]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)


@given(WORDS)
def test_each_sentence_is_a_part_of_its_text(text: str) -> None:
    """Whatever people type: what is quoted stands there, on one line."""
    for sentence in heard(text):
        assert sentence in text
        assert len(sentence.splitlines()) <= 1


@given(st.text(alphabet="ab c.", min_size=1, max_size=600), st.data())
def test_a_part_of_a_long_sentence_holds_its_cue(text: str, data: st.DataObject) -> None:
    """It is a part of the sentence, not longer than asked for, and says whether something is left out."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = min(len(text), start + 10)
    part, opens, ends = around(text, start, end, 190)
    assert part in text
    assert len(part) <= 190
    assert not opens or text.startswith(part)
    assert not ends or text.rstrip(" ,;:").endswith(part.rstrip(" ,;:"))


def test_moments_are_told_as_dates() -> None:
    """In another year with the year; what is no instant stays as it is."""
    assert day_and_time("2026-11-03T14:05:09Z", "2026") == "3 Nov 14:05"
    assert day_and_time("2025-01-31T04:05:09Z", "2026") == "31 Jan 2025 04:05"
    assert day_and_time("soon") == "soon"


CUES: tuple[tuple[Cues, str, bool], ...] = (
    (BROKEN, "The export hangs at 90 %.", True),
    (BROKEN, "Приложение вылетает при запуске.", True),
    (BROKEN, "We have 450 users in Berlin.", False),
    (SINCE, "It has been like that since yesterday.", True),
    (SINCE, "We have been customers since forever.", False),
    (SINCE, "Началось после обновления.", True),
    (TRIED, "I've already tried another browser.", True),
    (TRIED, "Have you tried another browser?", False),
    (TRIED, "Please restart the server.", False),
    (TRIED, "Переустановил приложение, не помогло.", True),
    (TRIED, "Попробуйте переустановить приложение.", False),
    (PROMISED, "We'll ship a fix by Friday.", True),
    (PROMISED, "Will you ship a fix by Friday?", False),
    (PROMISED, "I will know more once you send the logs.", False),
    (PROMISED, "Исправим до конца недели.", True),
    (SOLVED, "Root cause was an expired certificate.", True),
    (SOLVED, "It is not fixed yet.", False),
    (SOLVED, "We restarted the server, no change.", False),
    (SOLVED, "Мы перезапустили сервер, не помогло.", False),
    (SOLVED, "Проблема ещё не решена.", False),
    (CONFIRMED, "It works again, thank you!", True),
    (CONFIRMED, "It works now, but only in Chrome.", False),
    (CONFIRMED, "Спасибо, заработало.", True),
    (CONFIRMED, "Пока не работает.", False),
)


@pytest.mark.parametrize(("cues", "sentence", "expected"), CUES, ids=[s for _, s, _ in CUES])
def test_cues(cues: Cues, sentence: str, expected: bool) -> None:
    """By these words a sentence is known for what it tells; by those it is not."""
    assert (cues.in_(sentence).weight > 0) is expected


def figures(text: str) -> str:
    """The figures of one comment."""
    return "".join(
        of_texts(
            [Said(text, text, "customer", "Ana", "2026-11-03T14:05:00Z", "comment 1", public=True, order=1)]
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It says ERR_CONN_RESET and java.lang.NullPointerException.",
            "ERR_CONN_RESET, java.lang.NullPointerException",
        ),
        ("Since v4.2.1 invoice No. 2026-114 is off by 12.50 EUR", "v4.2.1, invoice No. 2026-114, 12.50 EUR"),
        ("Ошибка 502, заказ №88231, 30 пользователей", "502, заказ №88231, 30 пользователей"),
        ("HTTP 503 for 12 % of 3,000 requests", "503, 12 %, 3,000 requests"),
    ],
)
def test_figures(text: str, expected: str) -> None:
    """Errors, versions, orders, sums and counts, in the order in which they stand, with their source."""
    assert figures(text) == f"{expected} (comment 1)"


def test_a_card_number_is_never_pointed_at() -> None:
    assert "4111" not in figures("My card 4111 1111 1111 1111 was charged, order #A-7731.")
    assert figures("My card 4111 1111 1111 1111 was charged, order #A-7731.") == "order #A-7731 (comment 1)"

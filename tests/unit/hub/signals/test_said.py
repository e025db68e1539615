"""The signals of sentences as customers write them: what must be heard, and what must not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from hub.signals.human import own_words
from hub.signals.lexicon import read
from hub.signals.reading import SIGNALS

HERE = Path(__file__).parent
MOODS = {"neg": "negative", "neu": "neutral", "pos": "positive"}


class Said(NamedTuple):
    """A sentence with the mood and the signals that a person hears in it."""

    text: str
    mood: str
    signals: frozenset[str]


def said(language: str) -> list[Said]:
    """Return the labelled sentences of a language."""
    lines = (HERE / f"said_{language}.txt").read_text("utf-8").splitlines()
    split = (line.split("; ", 2) for line in lines if line and not line.startswith("#"))
    return [Said(text, mood, frozenset(signals.split()) - {"-"}) for mood, signals, text in split]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_sentences_are_enough_and_well_labelled(language: str) -> None:
    """At least 150 a language, a quarter of them without a signal, and every signal among the others."""
    rows = said(language)
    assert len({row.text for row in rows}) == len(rows) >= 150
    assert sum(not row.signals for row in rows) >= len(rows) / 4
    assert frozenset().union(*(row.signals for row in rows)) == frozenset(SIGNALS)
    assert {row.mood for row in rows} == {*MOODS, "?"}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_signals_are_heard(language: str) -> None:
    """
    Precision first, because a signal raises a score.

    The hand that wrote the patterns wrote these sentences, before it saw the patterns at work on them. At
    that first sight, of plain wordings .96 of the signals were heard, .94 of what was heard rightly; of 125
    unusual wordings (the last ones in each file) .46, and .89 rightly. What was missed was mended since:
    this test holds what is reached, and tells less of words that nobody thought of than those figures do.
    """
    heard = [(row, frozenset(read(own_words(row.text)).signals)) for row in said(language)]
    right = sum(len(got & row.signals) for row, got in heard)
    wrong = {row.text: sorted(got - row.signals) for row, got in heard if got - row.signals}
    missed = {row.text: sorted(row.signals - got) for row, got in heard if row.signals - got}
    precision = right / (right + sum(map(len, wrong.values())))
    recall = right / (right + sum(map(len, missed.values())))
    assert precision >= 0.98, wrong
    assert recall >= 0.95, missed


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_sentence_without_a_signal_has_none(language: str) -> None:
    """What only looks like one (`urgent care`, `not urgent`, «не срочно») must not raise a score."""
    plain = [row.text for row in said(language) if not row.signals]
    assert {text: read(text).signals for text in plain if read(text).signals} == {}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_moods_are_heard(language: str) -> None:
    """A report of a fault is neutral; anger and praise are heard."""
    rows = [row for row in said(language) if row.mood != "?"]
    wrong = [row.text for row in rows if read(own_words(row.text)).sentiment != MOODS[row.mood]]
    assert len(wrong) <= len(rows) * 0.03, wrong

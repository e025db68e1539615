"""What the heads see of a text beside its embedding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.signals import lexicon
from hub.signals.features import FEATURES, cleaned, features, pieces, sentences


@given(st.text(max_size=300))
def test_every_feature_has_a_name_and_a_bound(text: str) -> None:
    """As many values as names, all between -1 and 1, whatever a text holds."""
    seen = features(text, lexicon.read(text))
    assert len(seen) == len(FEATURES)
    assert all(-1 <= value <= 1 for value in seen)


@given(st.text(max_size=300))
def test_sentences_are_parts_of_their_text(text: str) -> None:
    """So that one of them can be quoted."""
    assert all(one in text for one in sentences(text))


@given(st.text(max_size=300))
def test_there_is_always_something_to_encode(text: str) -> None:
    assert cleaned(text)
    assert pieces(text)


def test_handles_and_links_are_not_encoded() -> None:
    """Who is spoken to and where a link leads says nothing of a mood."""
    assert cleaned("RT @acme: @bob see https://t.co/x #fail_again") == "see fail again"
    assert cleaned("@acme") == "."


def test_a_long_text_is_read_by_its_first_and_last_sentences() -> None:
    """Who is angry says so early, or in the end."""
    text = " ".join(f"This is sentence number {n} of a long letter." for n in range(30))
    kept = pieces(text)
    assert len(kept) == 5
    assert kept[0].startswith("This is sentence number 0")
    assert kept[-1].startswith("This is sentence number 29")
    assert pieces("Short. Very short.") == ["Short. Very short."]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Can I bring a dog?", "asks"),
        ("RT @acme: we are open", "repeated"),
        ("как включить?", "asking word"),
        ("всё супер))", "glad face"),
        ("ну вот((", "sad face"),
        ("WHERE IS IT", "shouted"),
        ("see www.acme.example", "link"),
    ],
)
def test_how_a_text_is_written(text: str, name: str) -> None:
    assert features(text, lexicon.read(text))[FEATURES.index(name)] > 0

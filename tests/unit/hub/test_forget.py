"""Texts without a person: however their name is spelled, escaped or broken; and nobody else's."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fingerprint import fingerprint, stand_in
from hub.forget import Someone, alias_of, as_text, marks, named, own_pieces, own_words, recognised
from hub.merge import same

SALT = "00" * 16
ANN = Someone(("ann.o'neil@acme.example",), ("Ánn O'Neil",), ("zendesk:7",))
WITHOUT = named(ANN, alias_of(SALT, ANN))
KNOWN = {mark: alias_of(SALT, ANN) for mark in marks(SALT, [*ANN.words, *own_pieces(["my account number is 4471"])])}
AGAIN = recognised(SALT, KNOWN)


@pytest.mark.parametrize("without", [WITHOUT, AGAIN], ids=["by words", "by digests"])
@pytest.mark.parametrize(
    "text",
    [
        "ann.o'neil@acme.example", "Mail ANN.O'NEIL@ACME.EXAMPLE.", "<ann.o'neil@acme.example>,", "Dear Ánn O'Neil!",
        "A\u0301nn O'Neil", "x\nÁnn O'Neil", json.dumps("line\nann.o'neil@acme.example"), json.dumps("a\nÁnn O'Neil", ensure_ascii=False),
    ],
)  # fmt: skip
def test_who_is_named_is_gone(without: object, text: str) -> None:
    """In any case and composition, at the beginning of a line of JSON, too."""
    assert callable(without)
    found = str(without(text)).lower()
    assert "neil" not in found


@pytest.mark.parametrize("text", [html.escape("Ánn O'Neil"), json.dumps("Ánn O'Neil"), json.dumps(json.dumps("Ánn O'Neil")), "Ánn \n O'Neil", "Ánn&nbsp;O'Neil", "/find?who=" + quote("ann.o'neil@acme.example")])
def test_escapes_hide_nobody(text: str) -> None:
    """HTML, JSON, JSON within JSON, and addresses of pages."""
    assert "Neil" not in WITHOUT(text) and "forgotten" in WITHOUT(text)


@pytest.mark.parametrize("text", ["joann.o'neil@acme.example", "ann.o'neil@acme.example.org", "Joánn O'Neil", "Ánn O'Neilson", "zendesk:77", "Ann", ""])
def test_others_stay(text: str) -> None:
    """Who is only called alike is somebody else."""
    assert WITHOUT(text) == text == AGAIN(text)


@given(st.text(max_size=80))
def test_a_text_without_them_stays_as_it_is(text: str) -> None:
    assert WITHOUT(text) == text or "neil" in text.lower() or "zendesk:7" in text.lower()
    assert AGAIN(text) == text or "neil" in text.lower()


def test_own_lines_are_recognised_in_any_markup() -> None:
    """As text of a document, as HTML, as JSON: by the words, and by their digests alone."""
    said = own_words(["Hi\nmy account number is 4471\nbye"])
    for form in ('{"text":"my account number is 4471"}', "<p>my account number is 4471</p>", "**my account number is 4471**\\nbye"):
        assert "4471" not in said(form)
        assert "4471" not in AGAIN(form)
    assert said("bye") == "bye", "what anybody says is nobody's own"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=400), lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=5), x, max_size=3), max_leaves=8))
def test_a_digest_stands_for_its_value(value: object) -> None:
    """A side that still shows what only a digest is left of shows nothing new."""
    assert same(stand_in(value), fingerprint(value))  # type: ignore[arg-type]
    assert stand_in(stand_in(value)) == stand_in(value)


@given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
def test_a_digest_stands_for_no_other(one: str, other: str) -> None:
    if one != other and not one.startswith("#sha:") and not other.startswith("#sha:"):
        assert not same(stand_in(one), other)


def test_half_a_pair_breaks_nothing() -> None:
    assert as_text({"a": "\ud83d"}) == '{"a": "?"}'
    assert marks(SALT, ["\ud83d"])

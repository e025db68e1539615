"""All forms of a word have one stem; common words have none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.suggest.words import form, forms, stem, stems

FAMILIES = (
    "invoice invoices invoiced Invoices", "charge charges charged charging", "crash crashes crashed crashing",
    "payment payments", "dashboard dashboards", "stop stopped stopping", "country countries", "reply replies replied",
    "счёт счета счетов счетом", "оплата оплаты оплатить оплату", "заказ заказы заказов заказам", "ошибка ошибки ошибкой",
    "недоступен недоступна недоступны", "приложение приложения приложении", "упал упала упали", "отчёт отчёты отчета",
    "работает работают", "перезапустил перезапустили",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_a_word_in_all_its_forms(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


def test_words_that_are_not_the_same_stay_apart() -> None:
    pairs = ("bill ball", "pass pay", "error errand", "заказ закат", "оплата оплот", "502 503", "4.2.1 4.2.2")
    assert not [pair for pair in pairs if len({stem(word) for word in pair.split()}) == 1]


def test_what_names_one_thing_or_nothing_has_no_stem() -> None:
    """Common words, and numbers of orders and phones; codes and versions tell something."""
    assert stems(
        "Hello, please help us: the order 88231077 fails with ERR_502 since v4.2.1 и не работает"
    ) == ["help", "order", "fail", "err_502", "v4.2.1", "работ"]


def test_phrases_keep_their_common_words() -> None:
    """`how to` is a phrase though each of its words is common."""
    assert forms("How to pay") == [("how", "How"), ("to", "to"), ("pay", "pay")]


@given(st.text(max_size=40))
def test_any_text_has_stems(text: str) -> None:
    """Never an error, never an empty stem, the same each time and in any case of letters."""
    found = stems(text)
    assert all(found)
    assert found == stems(text)
    assert all(form(token) for token in text.split() if token.isalpha())

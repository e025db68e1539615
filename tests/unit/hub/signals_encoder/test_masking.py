"""What must not leave the hub is masked before it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.endpoint.masking import mask


@pytest.mark.parametrize(
    "secret",
    [
        "ana.lima+x@mail.acme.example",
        "+49 170 1234567",
        "8 (916) 123-45-67",
        "+7 916 123 45 67",
        "(020) 7946 0958",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "DE89 3704 0044 0532 0130 00",
        "192.168.10.7",
        "ghp_abcdefghij0123456789ABCDEFGHIJ",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123",
        "sk-proj-abcdefghijklmnop1234",
        "password: hunter2!",
        "пароль: qwerty77",
        "token=9f8e7d6c5b",
        "Bearer abcdefgh",
    ],
)
def test_personal_data_and_secrets_are_masked(secret: str) -> None:
    masked = mask(f"Please look at {secret} today, thanks.")
    assert secret.rsplit(" ", maxsplit=1)[-1].rpartition("=")[2] not in masked.text
    assert masked.text.endswith("today, thanks.")


@pytest.mark.parametrize(
    "words",
    [
        "error 502 since 14:05 on 2026-11-03",
        "ticket 1234567, order 55120-77",
        "version 10.2.1 of the client",
        "we have 1 200 000 rows",
        "see /usr/share/some/quite/long/path/to/a/file",
        "https://acme.example/settings/team?page=2",
    ],
)
def test_what_is_no_secret_is_sent(words: str) -> None:
    assert mask(words).text == words


@given(st.text(max_size=200))
def test_what_was_masked_can_be_put_back(text: str) -> None:
    """All but brackets that looked like a mask already."""
    masked = mask(text)
    assert masked.unmask(masked.text) == text or "[" in text


def test_equal_values_share_a_mask() -> None:
    masked = mask("a@x.example wrote to b@x.example, then a@x.example again")
    assert masked.text == "[e-mail 1] wrote to [e-mail 2], then [e-mail 1] again"


def test_a_text_cannot_forge_a_mask() -> None:
    """Else what it forged would be filled with another's data."""
    masked = mask("[e-mail 1] is not a@x.example")
    assert masked.text == "(e-mail 1) is not [e-mail 1]"

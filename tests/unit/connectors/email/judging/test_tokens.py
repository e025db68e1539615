"""Tokens say what we signed, in whatever case they come back, and nothing else is believed."""

from __future__ import annotations

import contextlib
import string
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.email import tokens
from connectors.email.house import House
from hub.errors import Misconfigured
from tests.unit.connectors.email.judging.recalled import HOUSE

_NUMBERS = st.integers(0, 2**63 - 1)
_KEYS = st.binary(min_size=16, max_size=40)
_LOCALS = st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=64).filter(
    lambda it: not it.startswith(".") and not it.endswith(".")
)
_EMAILS = st.emails()


def _house(**changes: object) -> House:
    return msgspec.structs.replace(HOUSE, **changes)


@given(_NUMBERS, _EMAILS, _KEYS)
def test_a_reply_address_is_read_back(conversation: int, recipient: str, key: bytes) -> None:
    """The conversation and the recipient are those that were signed, in upper case too."""
    house = _house(keys=(key,))
    address = tokens.reply_address(house, conversation, recipient)
    for spelt in (address, address.upper(), f"<{address}>", f" {address.title()} "):
        token = tokens.read_reply(house, spelt)
        assert token is not None
        assert token.conversation == conversation
        assert tokens.is_recipient(house, token, recipient.upper())
        assert token.recipient == tokens.recipient_hash(house, recipient)


@given(_NUMBERS, _KEYS)
def test_a_bounce_address_is_read_back(outbox: int, key: bytes) -> None:
    house = _house(keys=(key,))
    address = tokens.bounce_address(house, outbox)
    assert tokens.read_bounce(house, address) == tokens.read_bounce(house, address.upper()) == outbox


@given(_NUMBERS, _LOCALS)
def test_a_local_part_is_never_too_long(conversation: int, local: str) -> None:
    """At most 64 octets; where a token does not fit beside our own name, the plain address is given out."""
    house = _house(address=f"{local}@acme.example")
    for address in (
        tokens.reply_address(house, conversation, "a@b.example"),
        tokens.bounce_address(house, conversation),
    ):
        own, _, _ = address.rpartition("@")
        assert own.partition("+")[0] == local
        assert len(own) <= 64
        assert house.is_ours(address)


def test_a_usual_name_leaves_room_for_a_token() -> None:
    house = _house(address="customer-support-europe-24x7@acme.example")
    assert "+t." in tokens.reply_address(house, 31_000_000, "ann@client.example")


def test_a_host_without_plus_gets_no_tokens() -> None:
    house = _house(plus=False)
    assert tokens.reply_address(house, 1, "a@b.example") == tokens.bounce_address(house, 1) == house.address


@given(_NUMBERS, st.data())
def test_an_edited_token_is_forged(conversation: int, data: st.DataObject) -> None:
    """Any other character anywhere in the token is noticed."""
    address = tokens.reply_address(HOUSE, conversation, "ann@client.example")
    first, last = address.index("+t.") + 3, address.index("@")
    at = data.draw(st.integers(first, last - 1))
    other = data.draw(
        st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567.189" if c != address[at]])
    )
    with pytest.raises(tokens.Forged):
        _ = tokens.read_reply(HOUSE, address[:at] + other + address[at + 1 :])


@given(_NUMBERS, st.integers(1, 30))
def test_a_cut_token_is_forged(conversation: int, cut: int) -> None:
    address = tokens.reply_address(HOUSE, conversation, "ann@client.example")
    local, at, domain = address.rpartition("@")
    end = max(len(local) - cut, local.index("+t.") + 3)
    with pytest.raises(tokens.Forged):
        _ = tokens.read_reply(HOUSE, f"{local[:end]}{at}{domain}")


@pytest.mark.parametrize(
    "other",
    [_house(keys=(b"another key, as long",)), _house(instance="hub-2")],
    ids=["another key", "another hub with the same key"],
)
def test_a_token_of_another_house_is_forged(other: House) -> None:
    with pytest.raises(tokens.Forged):
        _ = tokens.read_reply(HOUSE, tokens.reply_address(other, 1, "ann@client.example"))
    with pytest.raises(tokens.Forged):
        _ = tokens.read_bounce(HOUSE, tokens.bounce_address(other, 1))
    assert not tokens.is_our_id(HOUSE, tokens.message_id(other, "1"))
    assert tokens.read_loop_header(HOUSE, tokens.loop_header(other, 1)) is None


def test_one_use_of_a_token_is_not_another() -> None:
    """A bounce address cannot be turned into a reply address by its letter."""
    bounce = tokens.bounce_address(HOUSE, 2**40)
    with pytest.raises(tokens.Forged):
        _ = tokens.read_reply(HOUSE, bounce.replace("+b.", "+t."))
    assert tokens.read_reply(HOUSE, bounce) is None
    assert tokens.read_bounce(HOUSE, tokens.reply_address(HOUSE, 1, "a@b.example")) is None


@pytest.mark.parametrize(
    "address",
    ["support@acme.example", "support+sales@acme.example", "support+t@acme.example", "t.x.y@acme.example",
     "support+t.aaaa.bbbb@other.example", "", "@", "ann@client.example"],
)  # fmt: skip
def test_other_addresses_carry_no_token(address: str) -> None:
    assert tokens.read_reply(HOUSE, address) is None
    assert tokens.read_bounce(HOUSE, address) is None


@given(st.text(max_size=100))
@example("support+t.@acme.example")
def test_any_text_is_read_or_forged(text: str) -> None:
    """Whatever stands in a header, there is an answer or `Forged`."""
    for read in (tokens.read_reply, tokens.read_bounce):
        for address in (text, f"support+t.{text}@acme.example", f"support+b.{text}@acme.example"):
            with contextlib.suppress(tokens.Forged):
                assert read(HOUSE, address) is None
    assert not tokens.is_our_id(HOUSE, text)
    assert tokens.read_loop_header(HOUSE, text) is None


def test_keys_rotate() -> None:
    """What an old key signed holds while the key is listed, and no longer."""
    old, both, new = (
        _house(keys=(b"old" * 8,)),
        _house(keys=(b"new" * 8, b"old" * 8)),
        _house(keys=(b"new" * 8,)),
    )
    address, id_, loop = (
        tokens.reply_address(old, 7, "ann@client.example"),
        tokens.message_id(old, "7"),
        tokens.loop_header(old, 7),
    )
    token = tokens.read_reply(both, address)
    assert token is not None and tokens.is_recipient(both, token, "ann@client.example")
    assert tokens.is_our_id(both, id_) and tokens.read_loop_header(both, loop) == 7
    assert tokens.reply_address(both, 7, "ann@client.example") == tokens.reply_address(
        new, 7, "ann@client.example"
    )
    with pytest.raises(tokens.Forged):
        _ = tokens.read_reply(new, address)
    assert not tokens.is_our_id(new, id_)


def test_without_a_key_it_is_said() -> None:
    with pytest.raises(Misconfigured, match="key"):
        _ = tokens.reply_address(_house(keys=()), 1, "a@b.example")


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_message_id_follows_from_its_key(one: str, other: str) -> None:
    """The same key always gives the same id, another key another one; all are known as ours in any case."""
    made = tokens.message_id(HOUSE, one)
    assert made == tokens.message_id(HOUSE, one)
    assert (made == tokens.message_id(HOUSE, other)) == (one == other)
    assert tokens.is_our_id(HOUSE, made) and tokens.is_our_id(HOUSE, f"<{made.upper()}>")
    assert not tokens.is_our_id(HOUSE, made.replace("o.", "o.a", 1))


def test_a_loop_header_has_no_line_end() -> None:
    value = tokens.loop_header(_house(instance="a\r\nBcc: x@y.example"), 3)
    assert "\r" not in value and "\n" not in value
    assert tokens.read_loop_header(_house(instance="a\r\nBcc: x@y.example"), value) == 3


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "<{}>",
        "[{}](mailto:{})",
        "mailto:{}?subject=x",
        "Ann wrote to {}:",
        "\\<{}\\>",
        "{}, {}.",
        "x{}",
    ],
)
@pytest.mark.parametrize(
    "form", [str, str.upper, quote, lambda it: it.replace("+", r"\+").replace(".", r"\.")]
)
def test_no_token_is_left_in_a_text(written: str, form: object) -> None:
    """Of ours, whole or cut, in any spelling; what stands around it stays."""
    assert callable(form)
    reply, bounce = tokens.reply_address(HOUSE, 5, "ann@client.example"), tokens.bounce_address(HOUSE, 9)
    alias = reply.replace("support", "help")
    for address in (
        reply,
        bounce,
        alias,
        reply.replace("@", "x@"),
        reply[: reply.index("@") - 4] + "@acme.example",
    ):
        text = tokens.scrub(HOUSE, written.replace("{}", form(address)))
        secret = address[address.index("+") + 3 : address.index("@")].split(".")
        assert not any(part in text.lower() for part in secret if part)
        plain = form(address[: address.index("+")] + "@acme.example").lower()
        assert plain.replace("\\", "") in text.lower().replace("\\", "")


def test_a_torn_token_is_scrubbed() -> None:
    """A mail program broke the address in two lines: the token alone is known by its signature."""
    address = tokens.reply_address(HOUSE, 5, "ann@client.example")
    token = address[address.index("+") : address.index("@")]
    assert tokens.scrub(HOUSE, f"To: support{token}\n@acme.example") == "To: support\n@acme.example"
    assert tokens.scrub(HOUSE, token[1:]) == ""


@given(st.text(max_size=300))
@example("support@acme.example and support+sales@acme.example, t.abc.abcdefghijklmnop")
def test_a_text_without_tokens_stays(text: str) -> None:
    assert tokens.scrub(HOUSE, text) == text

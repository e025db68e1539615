"""
Names that we sign into our own mails, so that we know them when they come back.

A *reply address* names a conversation and whom it was given to; a *bounce address* names a row of the
outbox; so does the *loop header*; a *Message-ID* of ours says no more than that it is ours. Each is
signed with HMAC-SHA256, cut to 80 bits; the key is named by two characters derived from it, so that
keys can be rotated: the first of `House.keys` signs, all of them are believed. All is written in lower
case base32 and read in any case, because mail hosts and people change the case of addresses.

A token says which conversation is meant, never who writes: it travels with every forwarded mail.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from functools import lru_cache
from typing import NamedTuple

from connectors.email.house import House
from hub.errors import Misconfigured

LOOP_HEADER = "X-Sync-Hub-Loop"
"""Of every mail of ours; its value is `loop_header`."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LONGEST_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1
_KEY_ID = 2  # characters of five bits
_RECIPIENT = 8
_MAC = 16
_LOCAL = re.compile(rf"([tb])\.([a-z2-7]+)\.([a-z2-7]{{{_MAC}}})\Z")
_MESSAGE_ID = re.compile(rf"<?o\.([a-z2-7]{{{_KEY_ID + _MAC}}})\.([a-z2-7]{{{_MAC}}})@[^\s<>@]+>?\Z")
_LIKE_A_MAC = re.compile(rf"[.e][a-z2-7]{{{_MAC}}}")  # after a dot, which a URL writes as %2E
_LOOP = re.compile(rf"[^;\s]*;([a-z2-7]+)\.([a-z2-7]{{{_MAC}}})\Z")


class Forged(Exception):
    """A token of ours that we did not sign: cut, edited, of another hub, or of a key that was taken away."""


class Token(NamedTuple):
    """What a reply address says."""

    conversation: int
    recipient: str
    """A hash of whom the address was given to: compare with `is_recipient`."""


def reply_address(house: House, conversation: int, recipient: str) -> str:
    """
    Return the address at which an answer of this recipient is known to belong to this conversation.

    It is the plain address where the host does not deliver `+details`, or where the local part would be
    longer than mail hosts need to take; an answer is then placed by its Message-IDs alone.
    """
    return _plus(house, "t", recipient_hash(house, recipient) + _digits(conversation))


def read_reply(house: House, address: str) -> Token | None:
    """
    Return what a reply address says, or None for an address without a token of ours.

    Raises `Forged` for one whose signature does not hold.
    """
    payload = _unplus(house, "t", address)
    if payload is None:
        return None
    return Token(_number(payload[_RECIPIENT:]), payload[:_RECIPIENT])


def bounce_address(house: House, outbox: int) -> str:
    """Return the envelope sender by which a bounce of this row of the outbox is known (VERP)."""
    return _plus(house, "b", _digits(outbox))


def read_bounce(house: House, address: str) -> int | None:
    """Return the row of the outbox that an envelope sender of ours names; raises `Forged`."""
    payload = _unplus(house, "b", address)
    return None if payload is None else _number(payload)


def recipient_hash(house: House, email: str) -> str:
    """Return the hash under which reply addresses name a recipient today."""
    return _recipient(house, _signing(house), email)


def is_recipient(house: House, token: Token, email: str) -> bool:
    """Return whether a token was given to this address, by whichever key of ours."""
    hashes = [_recipient(house, key, email) for key in house.keys]
    return any([hmac.compare_digest(token.recipient, it) for it in hashes])  # noqa: C419 # no early exit


def message_id(house: House, outbox_key: str) -> str:
    """Return the Message-ID, without <>, of the mail with this key: always the same one."""
    key = _signing(house)
    payload = _key_id(key) + _mac(house, key, "row", outbox_key)
    return f"o.{payload}.{_mac(house, key, 'id', payload)}@{house.domain}"


def is_our_id(house: House, message_id: str) -> bool:
    """Return whether we made this Message-ID."""
    found = _MESSAGE_ID.match(message_id.strip().lower())
    return found is not None and _holds(house, "id", found[1], found[2])


def loop_header(house: House, outbox: int) -> str:
    """Return the value of `LOOP_HEADER` in the mail of this row of the outbox."""
    key = _signing(house)
    payload = _key_id(key) + _digits(outbox)
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", house.instance)
    return f"{readable};{payload}.{_mac(house, key, 'loop', payload)}"


def read_loop_header(house: House, value: str) -> int | None:
    """Return the row of the outbox that a loop header of ours names; None: it is not ours."""
    found = _LOOP.match(value.strip().lower())
    if found is None or not _holds(house, "loop", found[1], found[2]):
        return None
    return _number(found[1][_KEY_ID:])


def scrub(house: House, text: str) -> str:
    """
    Return the text with each of our addresses plain: no reply or bounce token of ours is left in it.

    Cut and edited tokens go too, and those written for a URL, for HTML or with Markdown's backslashes.
    """
    addresses, bare = _patterns(tuple(dict.fromkeys([house.address, *house.aliases])))
    text = addresses.sub(r"\g<own>\g<at>", text)
    if _LIKE_A_MAC.search(text.lower()) is None:  # nearly every text: told at a third of the price
        return text
    return bare.sub(lambda found: "" if _is_token(house, found) else found[0], text)


def _is_token(house: House, found: re.Match[str]) -> bool:
    return _holds(house, found["kind"].lower(), found["payload"].lower(), found["mac"].lower())


@lru_cache(maxsize=8)
def _patterns(addresses: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    plus, dot, at = r"(?:\\?\+|%2B|&#43;|&plus;|=2B)", r"(?:\\?\.|%2E|=2E)", r"(?:\\?@|%40|&#64;|=40)"
    spelt = [[_spelt(part, dot) for part in it.rpartition("@")[::2]] for it in addresses]
    owns, domains = ("|".join(dict.fromkeys(part)) for part in zip(*spelt, strict=True))
    return (
        re.compile(
            rf"(?P<own>(?:{owns})){plus}[tb]{dot}(?:[a-z0-9]|{dot})*(?P<at>{at}(?:{domains}))", re.IGNORECASE
        ),
        # An address that was torn: the token alone, if it is one.
        re.compile(
            rf"(?:{plus}|(?<![a-z0-9]))(?P<kind>[tb]){dot}(?P<payload>[a-z2-7]{{3,40}}){dot}(?P<mac>[a-z2-7]{{{_MAC}}})(?![a-z2-7])",
            re.IGNORECASE,
        ),
    )


def _spelt(part: str, dot: str) -> str:
    """Return a pattern of a name as Markdown or a URL may spell it."""
    return "".join(
        dot if it == "." else it if it.isalnum() else rf"(?:\\?{re.escape(it)}|%{ord(it):02X})" for it in part
    )


def _plus(house: House, kind: str, what: str) -> str:
    key = _signing(house)
    payload = _key_id(key) + what
    own, at, domain = house.address.rpartition("@")
    local = f"{own}+{kind}.{payload}.{_mac(house, key, kind, payload)}"
    if not house.plus or len(local.encode()) > _LONGEST_LOCAL_PART:
        return house.address
    return f"{local}{at}{domain}"


def _unplus(house: House, kind: str, address: str) -> str | None:
    """Return what a token of this kind says, without the name of its key."""
    address = address.strip().strip("<>").lower()
    local, _, _ = address.rpartition("@")
    _, plus, detail = local.partition("+")
    if not plus or not detail.startswith(f"{kind}.") or not house.is_ours(address):
        return None
    found = _LOCAL.match(detail)
    if found is None or not _holds(house, kind, found[2], found[3]):
        raise Forged(
            "an address of ours carries a token whose signature does not hold: "
            "it was cut or edited, or it was signed with a key that is no longer ours"
        )
    return found[2][_KEY_ID:]


def _signing(house: House) -> bytes:
    if not house.keys:
        raise Misconfigured("no key signs the reply addresses: give the mail side at least one key")
    return house.keys[0]


def _key_id(key: bytes) -> str:
    return _base32(hmac.digest(key, b"key id", "sha256"))[:_KEY_ID]


def _mac(house: House, key: bytes, kind: str, payload: str) -> str:
    # The kind keeps a token of one use from being taken for one of another; the instance keeps two hubs
    # that were given the same key (a copy for tests) from reading each other's.
    signed = f"{kind}:{len(payload)}:{payload}:{house.instance}"
    return _base32(hmac.digest(key, signed.encode("utf-8", "surrogatepass"), "sha256"))[:_MAC]


def _holds(house: House, kind: str, payload: str, mac: str) -> bool:
    keys = [key for key in house.keys if _key_id(key) == payload[:_KEY_ID]]
    return any(hmac.compare_digest(_mac(house, key, kind, payload), mac) for key in keys)


def _recipient(house: House, key: bytes, email: str) -> str:
    return _mac(house, key, "recipient", email.strip().lower())[:_RECIPIENT]


def _base32(data: bytes) -> str:
    return b32encode(data).decode("ascii").lower()


def _digits(number: int) -> str:
    if number < 0:
        raise ValueError(f"no conversation and no row of the outbox has the number {number}")
    digits = _ALPHABET[number % 32]
    while number := number // 32:
        digits = _ALPHABET[number % 32] + digits
    return digits


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 32 + _ALPHABET.index(digit)
    return number

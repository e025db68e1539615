"""Real mails, thousands of ways to be wrong: none raises, none loses or garbles text, all are measured right."""

from __future__ import annotations

import email
import email.policy
import hashlib
import random
import re
from collections.abc import Sequence
from email.utils import getaddresses
from pathlib import Path

import pytest

from bench import mail_parsing
from connectors.email.message import read
from connectors.email.model import Message
from connectors.email.parts import open_part
from connectors.email.source import BytesSource, Unreadable

_WORD = re.compile(r"\w+")
Mails = Sequence[tuple[str, bytes]]


@pytest.fixture(scope="module")
def mails(shared_data: Path) -> Mails:
    found = list(mail_parsing.corpus())
    if not found:
        pytest.skip(
            f"no recorded mails at {shared_data / 'email'}: set SHARED_DATA to the folder that holds `email`"
        )
    return found


@pytest.fixture(scope="module")
def messages(mails: Mails) -> list[tuple[str, bytes, Message]]:
    return [(name, raw, read(BytesSource(raw))) for name, raw in mails]


def test_no_text_is_lost(messages: list[tuple[str, bytes, Message]]) -> None:
    """Every word of every text part that can be decoded without doubt is in the text."""
    lost = {name: words for name, raw, message in messages if (words := mail_parsing.lost(raw, message.text))}
    assert not lost


def test_no_text_and_no_header_is_garbled(messages: list[tuple[str, bytes, Message]]) -> None:
    """No replacement character that the sender did not send; no encoded word left as it came."""
    for name, raw, message in messages:
        shown = (message.subject, message.sender.name, *(a.name for a in (*message.to, *message.cc)))
        if b"\xef\xbf\xbd" not in raw:
            assert "\ufffd" not in message.text, name
            assert not any(map(mail_parsing.is_garbled, shown)), name
        assert not any(set(value) & set("\r\n\0") for _, value in message.headers), name


def test_the_pieces_hold_the_whole(messages: list[tuple[str, bytes, Message]]) -> None:
    """What is split off as a quote or a signature is kept: every word of the text is in one of the pieces."""
    for name, _, message in messages:
        pieces = set(_WORD.findall(f"{message.reply}\n{message.quoted}\n{message.signature}"))
        missing = [word for word in _WORD.findall(message.text) if word not in pieces]
        assert not missing, (name, missing[:10])


def test_every_file_opens_as_measured(messages: list[tuple[str, bytes, Message]]) -> None:
    """Size and fingerprint, in other pieces than it was measured in."""
    for name, raw, message in messages:
        for file in message.files:
            data = b"".join(open_part(BytesSource(raw, 1000), file))
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256), (
                name,
                file.name,
            )


def test_where_the_standard_library_sees_no_defect_it_is_agreed_with(
    messages: list[tuple[str, bytes, Message]],
) -> None:
    """Addresses, and the bytes of files, of mails that nothing is wrong with."""
    agreed = 0
    for name, raw, message in messages:
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = list(mail.walk())
        if any(part.defects for part in parts) or not raw.isascii():
            continue
        files = {
            hashlib.sha256(data).hexdigest()
            for part in parts
            if part.get_content_disposition() == "attachment" and not part.is_multipart()
            if part.get_content_type() not in {"application/ms-tnef", "message/delivery-status"}
            if isinstance(data := part.get_payload(decode=True), bytes)
        }
        inline = {hashlib.sha256(message.text.encode()).hexdigest()}
        missing = files - {file.sha256 for file in message.files} - inline
        assert not missing or not any(file.size for file in message.files) or message.report, name
        theirs = [address.lower() for _, address in getaddresses(mail.get_all("cc", [])) if "@" in address]
        assert set(theirs) <= {a.email for a in message.cc}, name
        agreed += 1
    assert agreed > len(messages) // 2


def test_damaged_mails_are_still_mails(mails: Mails) -> None:
    """Cut off anywhere, with bytes changed, doubled, left out: never an error but Unreadable."""
    chance = random.Random(4)  # the same damage each time
    for _, raw in chance.sample(list(mails), min(len(mails), 300)):
        damaged = bytearray(raw[: chance.randrange(1, len(raw) + 1)])
        for _ in range(chance.randrange(8)):
            place = chance.randrange(len(damaged) + 1)
            damaged[place : place + chance.randrange(30)] = chance.randbytes(chance.randrange(6))
        try:
            _ = read(BytesSource(bytes(damaged), 777))
        except Unreadable:
            assert not bytes(damaged).strip()

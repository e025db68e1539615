"""Mails made to take long: the time to judge one grows with its size and no faster."""

from __future__ import annotations

import msgspec
import pytest

from connectors.email import tokens
from connectors.email.filters import bounces
from connectors.email.judging import judge
from connectors.email.model import Address
from tests.unit.connectors.email.judging.recalled import CHECKED, NOW, Recalled, mail

_NAMES = (
    "list-id",
    "list-post",
    "authentication-results",
    "x-mailer",
    "received",
    "x-failed-recipients",
    "arc-seal",
)


@pytest.mark.parametrize(
    "piece",
    ["a", "\n", " ", "*>-", "a@b.c ", "a@", "a.", "550 5.1.1 ", "following recipients ", "original message\n", '"\\',
     "to <", "\\", "&#", "(", "support+t.", "t.aaaa.", "no such ", "mailbox full "],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_no_mail_takes_long(piece: str) -> None:
    """Every expression over 400,000 characters of its worst food: seconds would be minutes if one were quadratic."""
    text = piece * (400_000 // len(piece))
    hostile = mail(
        text=text, reply=text, subject=text[:20_000], sender=Address("mailer-daemon@x.example", text[:20_000]),
        return_path="", message_id=text[:20_000], headers=tuple((name, text[:20_000]) for name in _NAMES),
    )  # fmt: skip
    _ = judge(hostile, CHECKED, Recalled(), NOW)
    _ = bounces.report_of(msgspec.structs.replace(hostile, report=None))
    _ = judge(
        msgspec.structs.replace(hostile, sender=Address("ann@client.example")), CHECKED, Recalled(), NOW
    )
    _ = tokens.scrub(CHECKED, text)

"""Replies of real mails, as the authors of other strippers agreed on them; and no text lost in any."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import mail_quotes
from connectors.email.html_reading import read_html


@pytest.fixture(scope="module")
def mails(shared_data: Path) -> Path:
    folder = shared_data / "email"
    if not (folder / "email_reply_trimmer").is_dir():
        pytest.skip(f"no recorded mails at {folder}: set SHARED_DATA to the folder that holds email/talon")
    return folder


_BY_CHOICE = {"forwarded_apple", "forwarded_gmail", "forwarded_message", "spam_1"}
"""Forwarded mails are content here, and a mail that is nothing but quotes is shown."""


def test_discourse(mails: Path) -> None:
    """Sixty of sixty-four exactly; the other four differ by choice, and no word of a customer is lost."""
    score = mail_quotes.score(mail_quotes.discourse(mails), mail_quotes.reply)
    assert score.of == 64
    assert set(score.missed) <= _BY_CHOICE
    assert score.lost == 0


def test_talon(mails: Path) -> None:
    """All of them, plain and HTML."""
    score = mail_quotes.score(mail_quotes.talon(mails), mail_quotes.reply_and_signature)
    assert (score.of, score.missed) == (12, ())
    score = mail_quotes.score(
        mail_quotes.talon_html(mails), lambda it: read_html(it).split.reply, mail_quotes.letters
    )
    assert (score.of, score.missed) == (9, ())


def test_crisp(mails: Path) -> None:
    """Other languages and programs; one has quotes that lost their marks on the way."""
    score = mail_quotes.score(mail_quotes.crisp(mails), mail_quotes.reply)
    assert score.of > 40
    assert set(score.missed) <= {"email_7"}


def test_no_text_loses_anything(mails: Path) -> None:
    """Every character of every text is in one of the three parts."""
    texts = mail_quotes.texts(mails)
    assert len(texts) > 400
    assert [case.name for case in texts if mail_quotes.loses(case)] == []


def test_no_html_loses_a_word(mails: Path) -> None:
    """Every word that a reader could see is in the Markdown."""
    parts = list(mail_quotes.html_parts(mails))
    assert len(parts) > 100
    assert {case.name: dict(lost) for case in parts if (lost := mail_quotes.html_lost(case))} == {}

"""Real bounces, complaints and vacation notices; and ordinary mails, which are none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.mail_bounces import Score, ordinary, score

_TRUE_BOUNCES = frozenset({
    "bounce", "multi_address_bounce1", "multi_address_bounce2", "multipart_report_multiple_status", "report_422",
    "report_530", "raw_email_with_mimepart_without_content_type",
})  # fmt: skip
"""Among the ordinary collections: looked at one by one."""


@pytest.fixture(scope="module")
def mails(shared_data: Path) -> Path:
    folder = shared_data / "email"
    if not (folder / "sisimai" / "expected.json").is_file():
        pytest.skip(f"no recorded mails at {folder}: set SHARED_DATA to the folder that holds email/sisimai")
    return folder


@pytest.fixture(scope="module")
def scored(mails: Path) -> Score:
    return score(mails / "sisimai")


def test_bounces_are_known(scored: Score) -> None:
    """At least 99 in a hundred; what is missing is a person's forward, a complaint, and two of a list server."""
    assert scored.of["bounce"] == 565
    assert scored.share("bounce") >= 0.99, scored.missed
    assert "lhost-sendmail-14" in scored.missed  # a person forwards a bounce, and is heard


def test_bounces_are_read(scored: Score) -> None:
    """Who was not reached and why, where the mail itself says it."""
    assert scored.share("as many recipients") >= 0.98
    assert scored.share("recipients have addresses") >= 0.96
    assert scored.share("status code") >= 0.92


@pytest.mark.parametrize("kind", ["complaint", "vacation", "not a bounce"])
def test_other_mails_are_told_apart(scored: Score, kind: str) -> None:
    """Complaints and vacation notices are machines' notes; two mails that look like bounces are heard."""
    assert scored.of[kind] > 1
    assert scored.share(kind) == 1.0


def test_ordinary_mails_are_no_bounces(mails: Path) -> None:
    found = {path.stem for path, what in ordinary(mails) if what == "bounce"}
    assert found <= _TRUE_BOUNCES

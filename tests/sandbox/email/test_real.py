"""The sandbox on real servers: the same line, the same people."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.email.real import RealMail
from sandbox.sandbox import Sandbox
from sandbox.server import serve
from tests.mailservers import real_servers, wait_until


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with real_servers():
        yield Sandbox(vendors=[RealMail])


def _inbox(sandbox: Sandbox, address: str = "support@helpdesk.example") -> list[dict[str, Any]]:
    return list(sandbox.parties["email"].person("inbox", address=address)["mails"])


def test_people_act_on_real_servers(sandbox: Sandbox) -> None:
    """A conversation through Dovecot and Exim: written, answered, answered again in the thread, bounced."""
    person = sandbox.parties["email"].person
    with serve(sandbox) as running:
        smtp = running.line["email"]["smtp"]
        person("write", **{"from": "Nora <nora@x.example>", "subject": "Help", "body": "Hi", "html": "<p>Hi</p>"})
        [first] = _inbox(sandbox)
        assert (first["from"], first["subject"], first["text"].strip()) == ("nora@x.example", "Help", "Hi")
        assert "dmarc=pass" in first["headers"]["authentication-results"][0]
        raw = (
            "From: support@helpdesk.example\r\nReply-To: support+t.q@helpdesk.example\r\nSubject: Re: Help\r\n"
            "Message-ID: <o.1@helpdesk.example>\r\n\r\nWe look at it.\r\n"
        )
        with smtplib.SMTP(smtp["host"], smtp["port"]) as session:
            session.login(smtp["user"], smtp["password"])
            session.sendmail("bounces+o.1@helpdesk.example", ["nora@x.example"], raw)
        wait_until(lambda: len(_inbox(sandbox, "nora@x.example")) == 1, "the answer")
        person("write", **{"from": "nora@x.example", "reply_to_mail": "<o.1@helpdesk.example>", "body": "Thanks"})
        person("bounce", address="nora@x.example")
        answer, bounce = _inbox(sandbox)[1:]
        assert answer["headers"]["in-reply-to"] == ["<o.1@helpdesk.example>"]
        assert answer["delivered_to"] == "support+t.q@helpdesk.example"
        assert bounce["headers"]["envelope-to"] == ["bounces+o.1@helpdesk.example"]
        person("read", mail=first["uid"])
        person("move", mail=answer["uid"], to="Done")
        assert [mail["flags"] for mail in _inbox(sandbox)] == [["\\Seen"], []]
    sandbox.reset()
    assert _inbox(sandbox) == []

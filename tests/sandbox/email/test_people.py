"""Customers, agents and operators: what they do with mail, and what others see of it."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.email import Email
from tests.sandbox.email.mails import PLAIN, mail


@pytest.fixture
def email() -> Iterator[Email]:
    with Email(Clock(1_772_000_000)) as email:
        yield email


def _inbox(email: Email, address: str = "") -> list[dict[str, Any]]:
    return email.person("inbox", address=address or email.office.address)["mails"]


def _answer(email: Email, **headers: str) -> None:
    """Send Nora something from the support mailbox, as the hub would."""
    lines = {"From": email.office.address, "To": "nora@x.example", "Subject": "Re: Help", "Message-ID": "<o.1@helpdesk.example>"}
    raw = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in {**lines, **headers}.items()) + "\r\nWe look at it.\r\n"
    where = email.where["smtp"]
    with smtplib.SMTP(where["host"], where["port"]) as session:
        session.login(where["user"], where["password"])
        session.sendmail("bounces+o.1@helpdesk.example", ["nora@x.example"], raw)


class TestCustomers:
    """They write, get answers, answer those, or are away."""

    def test_writing(self, email: Email) -> None:
        email.person("write", **{
            "from": "Nora Ö <nora@x.example>", "subject": "Größe", "body": "Hallo", "html": "<p>Hallo</p>",
            "cc": ["Ops <ops@x.example>"], "files": [{"name": "ü.txt", "type": "text/plain", "content": "ä"}],
            "headers": {"X-Priority": "1"},
        })  # fmt: skip
        [got] = _inbox(email)
        assert (got["subject"], got["from"], got["from_name"]) == ("Größe", "nora@x.example", "Nora Ö")
        assert got["text"].strip() == "Hallo" and got["html"].strip() == "<p>Hallo</p>"
        assert got["cc"] == ["ops@x.example"] and got["headers"]["x-priority"] == ["1"]
        assert [(file["name"], file["type"], file["size"]) for file in got["attachments"]] == [("ü.txt", "text/plain", 2)]
        assert "dmarc=pass" in got["headers"]["authentication-results"][0]
        assert len(_inbox(email, "ops@x.example")) == 1

    def test_answering_in_the_thread(self, email: Email) -> None:
        """An answer goes to the Reply-To, and names what it answers and all before."""
        _answer(email, Reply_To="support+t.abc@helpdesk.example", References="<first@x.example>")
        email.person("write", **{"from": "nora@x.example", "reply_to_mail": "<o.1@helpdesk.example>", "body": "Thanks!"})
        [got] = _inbox(email)
        assert got["to"] == ["support+t.abc@helpdesk.example"]
        assert got["delivered_to"] == "support+t.abc@helpdesk.example"
        assert got["subject"] == "Re: Help"
        assert got["headers"]["in-reply-to"] == ["<o.1@helpdesk.example>"]
        assert got["headers"]["references"] == ["<first@x.example> <o.1@helpdesk.example>"]
        assert got["text"].startswith("Thanks!") and "> We look at it." in got["text"]

    def test_away(self, email: Email) -> None:
        _answer(email)
        email.person("vacation", address="nora@x.example")
        [got] = _inbox(email)
        assert got["headers"]["auto-submitted"] == ["auto-replied"]
        assert (got["return_path"], got["subject"]) == ("", "Automatic reply: Re: Help")

    @pytest.mark.parametrize("outcome", ["failed", "delayed"])
    def test_bouncing(self, email: Email, outcome: str) -> None:
        _answer(email)
        told = email.person("bounce", address="nora@x.example", outcome=outcome, status="4.2.2")
        assert told["to"] == "bounces+o.1@helpdesk.example"
        [got] = _inbox(email)
        assert got["delivered_to"] == "bounces+o.1@helpdesk.example"
        report = email.office.anybody(email.office.address).inbox.mails[0].content.read()
        assert f"Action: {outcome}\r\nStatus: 4.2.2".encode() in report
        assert b"Message-ID: <o.1@helpdesk.example>" in report

    def test_unknown_users_of_the_house(self, email: Email) -> None:
        """Refused at once, or taken and sent back: hosts do either."""
        email.settings["unknown_bounces"] = True
        email.person("write", **{"from": "nora@x.example", "to": "sales@helpdesk.example", "body": "?"})
        [got] = _inbox(email, "nora@x.example")
        assert got["headers"]["content-type"][0].startswith("multipart/report")

    @pytest.mark.parametrize(("verdict", "says"), [("fail", "dmarc=fail"), ("none", "dmarc=none"), ("spf=pass (only)", "only")])
    def test_who_is_not_who_they_say(self, email: Email, verdict: str, says: str) -> None:
        email.settings["authentication"] = {"x.example": verdict}
        email.person("write", **{"from": "nora@x.example", "body": "?", "headers": {"Authentication-Results": "mx.helpdesk.example; dmarc=pass"}})
        [got] = _inbox(email)
        assert says in got["headers"]["authentication-results"][0]

    def test_a_provider_that_renames_and_files(self, email: Email) -> None:
        """Some hosts put a copy into Sent; some send mail on under a Message-ID of their own."""
        email.settings.update(file_sent=True, rewrite_message_id=True)
        _answer(email)
        [out] = _inbox(email, "nora@x.example")
        assert out["message_id"].endswith("amazonses.example")
        [copy] = email.person("inbox", address=email.office.address, mailbox="Sent")["mails"]
        assert copy["subject"] == "Re: Help"


class TestTheSupportMailbox:
    """People and servers that touch it meanwhile."""

    def test_reading_moving_deleting(self, email: Email) -> None:
        for number in range(3):
            email.person("deliver", raw=mail(number))
        email.person("read", mail=1)
        email.person("move", mail=2, to="Done")
        email.person("delete", mail=3)
        assert [(got["uid"], got["flags"]) for got in _inbox(email)] == [(1, ["\\Seen"])]
        assert len(email.person("inbox", address=email.office.address, mailbox="Done")["mails"]) == 1

    def test_the_same_mail_again(self, email: Email) -> None:
        email.person("deliver", raw=PLAIN, sender="ann@x.example")
        email.person("redeliver")
        email.person("redeliver", travelled=True)
        raws = [one.content.read() for one in email.office.anybody(email.office.address).inbox.mails]
        assert raws[0] == raws[1] != raws[2]
        assert raws[2].endswith(raws[0])

    def test_words_that_are_not_known(self, email: Email) -> None:
        with pytest.raises(ValueError, match="cannot sing; there are write, inbox"):
            email.person("sing")
        with pytest.raises(ValueError, match="unexpected keyword argument 'loud'"):
            email.person("read", loud=True)
        with pytest.raises(LookupError, match="there is no mail 9 in INBOX of"):
            email.person("read", mail=9)
        with pytest.raises(LookupError, match="the house has no user bob@"):
            email.person("inbox", address="bob@helpdesk.example")


class TestLife:
    """It starts at once and leaves nothing behind; large mails are not held in memory."""

    def test_nothing_is_left(self) -> None:
        threads = threading.active_count()
        for _ in range(20):
            with Email() as email, smtplib.SMTP(email.where["smtp"]["host"], email.where["smtp"]["port"]) as session:
                session.noop()
                assert threading.active_count() >= threads + 2
        assert threading.active_count() == threads

    def test_seeds(self, email: Email) -> None:
        assert email.seed("demo")["mails"] == 5
        assert email.seed("bulk", count=500)["mails"] == 505
        email.reset()
        assert email.seed("empty")["mails"] == 0
        with pytest.raises(ValueError, match="there are empty, demo, bulk"):
            email.seed("huge")

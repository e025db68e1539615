"""
What no mail may ever hold: whatever is internal, of the account, of the machinery, or of another reader.

Over random words of customers, agents and engineers, every byte that the mail server accepted is looked
through: raw, and decoded part by part with the standard library's parser.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.correspondents import Mail, MailWorld
from tests.properties.sides import HANDED_OVER, Jira, Salesforce, Zendesk

_TOKEN = re.compile(r"\+t\.[a-z0-9]+\.[a-z0-9]+@")
_MACHINERY = re.compile(
    r"\bmail-\d+\b|(?:zendesk|jira|salesforce|email):\d+|\bSUP-\d+|· (?:public|internal|engineering)"
    r"|/agent/tickets/|25600000\d+|internal note|hub context|[\u2060\u2063\u200b]",
    re.IGNORECASE,
)
"""Attribution lines, ids, links to the agents' own tools, and marks that nobody sees."""

_SPICE = st.sampled_from(
    [
        "", "*bold* _and_ <b>tags</b>", "\r\nX-Leak: 1", "\nBcc: dana@else.example\n\n", "> quoted\n> lines", ".\n.",
        "From here on", "=?utf-8?q?=41?=", "ünïcödé 漢字 🙂", "`code`\n\n    indented", "![x](cid:1)", "--\nsignature",
        "On Monday, Kim wrote:", "[a](https://else.example/?a=1&b=2)", "\u202eright to left", "a" * 1200,
    ]
)  # fmt: skip
_WORDS = st.tuples(_SPICE, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20), _SPICE)


class _Case:
    """One customer's ticket of an account, and all that must stay in the house."""

    def __init__(self, world: MailWorld, number: int) -> None:
        self.world, self.number = world, number
        self.mail, self.zendesk, self.jira = Mail(world), Zendesk(world), Jira(world)
        self.salesforce = Salesforce(world)
        self.kim, self.bo = f"kim{number}@globex{number}.example", f"bo{number}@globex{number}.example"
        self.dana = f"dana{number}@else.example"
        self.secrets: list[str] = [self.dana]
        self.count = 0

    def secret(self, what: str) -> str:
        self.count += 1
        value = f"Zq{what}{self.number}x{self.count}qZ"
        self.secrets.append(value)
        return value

    def has_an_account(self) -> None:
        account = self.salesforce.create(
            "Account", Name=self.secret("name"), Domains__c=f"globex{self.number}.example", Tier__c="enterprise",
            ARR__c=self.figure(), Health__c="red", Segment__c=self.secret("segment"), Region__c=self.secret("region"),
        )  # fmt: skip
        _ = self.salesforce.create("Contact", LastName="Kim", Email=self.kim, AccountId=account)

    def figure(self) -> int:
        figure = 7_310_000 + self.number
        self.secrets += [f"{figure}", f"{figure:,}", f"{figure:_}".replace("_", " ")]
        return figure

    def play(self, words: list[tuple[str, str, str]], name: str) -> None:
        """A mail, a hand-over, words on every side, an answer to all; each in random words."""
        first, public, internal, engineer, answer, private = (_joined(one) for one in words)
        self.has_an_account()
        subject = f"Ticket {self.number}: {name}"
        self.world.mail.person(
            "write",
            **{"from": f"Kim <{self.kim}>", "subject": subject, "body": f"It broke. {first}", "cc": [self.bo],
               "headers": {"Bcc": self.dana}},
        )  # fmt: skip
        self.settle()
        ticket = next(t.id for t in self.world.zendesk.state.tickets.values() if f"Ticket {self.number}:" in t.subject)
        fields = {**HANDED_OVER, "Workaround": self.secret("workaround"), "Business impact": self.secret("impact")}
        assert self.zendesk.set(ticket, assignee_email="hub@support.example", **fields)
        self.settle()
        key = self.jira.keys()[-1]
        assert self.zendesk.say(ticket, f"public {self.number} {public}", public=True)
        self.world.clock.advance(1)
        assert self.zendesk.say(ticket, f"{self.secret('internal')} {internal} {self.secret('after')}", public=False)
        _ = self.jira.say(key, f"{self.secret('engineer')} {engineer}")
        self.attach(ticket)
        self.settle()
        others = self.mail.got(self.bo)
        assert others and self.mail.got(self.kim)
        quoted = others[-1]["reply_to"][0]
        _ = self.mail.answer(self.kim, f"answer {answer} {quoted}", quotes=True)
        assert self.zendesk.say(ticket, f"{quoted} <{quoted}> is where Bo writes to", public=True)
        assert self.zendesk.say(ticket, f"{self.secret('late')} {private}", public=False)
        self.settle()

    def attach(self, ticket: int) -> None:
        do = self.world.zendesk.person
        hidden, shown = f"{self.secret('file')}.txt", f"shown{self.number}.txt"
        _ = do("attach", ticket=ticket, name=hidden, data=self.secret("content").encode(), public=False, body="log")
        _ = do("attach", ticket=ticket, name=shown, data=b"for everybody", public=True, body="see the file")

    def settle(self) -> None:
        for _ in range(2):
            _ = self.world.sync()
        assert not self.world.unsettled()


def _joined(words: tuple[str, str, str]) -> str:
    return " ".join(words)


def _looked_through(raw: bytes) -> Iterator[str]:
    """Yield a mail as whoever got it could read it: its bytes, its headers, each part and file name."""
    yield raw.decode("utf-8", "replace")
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    for part in mail.walk():
        yield from (f"{name}: {value}" for name, value in part.items() if name.lower() not in _HOPS)
        if not part.is_multipart():
            data = part.get_payload(decode=True)
            yield data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data)


_HOPS = {"return-path", "delivered-to", "received"}
"""Added by the servers on the way."""


class Worlds:
    """One world for all examples: each is another customer in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.world = MailWorld(self.folder, crm=True)
        self.number = 0

    def next(self) -> _Case:
        self.number += 1
        return _Case(self.world, self.number)

    def close(self) -> None:
        self.world.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


def test_no_mail_holds_what_is_not_for_its_reader() -> None:
    """Nothing internal, nothing of the account, no id, no Bcc, no file, no other reader's reply address."""
    worlds = Worlds()

    @settings(max_examples=3)
    @given(words=st.lists(_WORDS, min_size=6, max_size=6), name=_NAMES)
    def plays(words: list[tuple[str, str, str]], name: str) -> None:
        case = worlds.next()
        case.play(words, name)
        _check(case)

    try:
        plays()
    finally:
        worlds.close()


def _check(case: _Case) -> None:
    sent = {address: raws for address, raws in case.mail.sent().items() if raws}
    assert not [address for address in sent if "globex" not in address]
    sent = {address: raws for address, raws in sent.items() if address.endswith(f"@globex{case.number}.example")}
    assert set(sent) == {case.kim, case.bo}
    for address, raws in sent.items():
        for raw in raws:
            _check_one(case, address, raw)
    files = [file["name"] for mail in case.mail.got(case.kim) for file in mail["attachments"]]
    assert files == [f"shown{case.number}.txt"]


def _check_one(case: _Case, address: str, raw: bytes) -> None:
    mail: Any = BytesParser(policy=policy.default).parsebytes(raw)
    own = _TOKEN.findall(str(mail["reply-to"]))
    assert len(own) == 1
    assert mail["bcc"] is None and mail["x-leak"] is None
    for text in _looked_through(raw):
        assert set(_TOKEN.findall(text)) <= set(own), (address, text)
        assert not [secret for secret in case.secrets if secret.lower() in text.lower()], (address, text)
        assert not _MACHINERY.search(text), (address, _MACHINERY.search(text), text)

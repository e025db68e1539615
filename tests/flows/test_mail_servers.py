"""The whole product with a mailbox, on the stand-in and on real Dovecot and Exim: one story, the same on both."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.mailservers import MailServer, mail_server, wait_until
from tests.world import World, summary, writes

__all__ = ["mail_server"]
KIM = "kim@customer.example"
GONE = "gone@nowhere.fail"


@pytest.fixture
def world(mail_server: MailServer, tmp_path: Path) -> Iterator[World]:
    def server(name: str) -> dict[str, Any]:
        it = getattr(mail_server, name)
        return {"host": it.host, "port": it.port, "security": "none", "user": it.user, "password": it.password}

    mailbox = {
        "address": mail_server.address, "name": "Acme Support", "keys": ["a key for tests alone"],
        "groups": {mail_server.address: "Support"}, "imap": server("imap"), "smtp": server("smtp"),
    }  # fmt: skip
    made = World(tmp_path, email=mailbox)
    yield made
    made.close()


def letter(to: str, message_id: str, body: str, *more: str) -> bytes:
    head = [f"From: Kim Doe <{KIM}>", f"To: {to}", f"Message-ID: <{message_id}>", "Subject: Printer on fire", *more]
    return "\r\n".join([*head, "", *body.split("\n"), ""]).encode()


def got(server: MailServer, address: str, at_least: int) -> list[EmailMessage]:
    found = [message_from_bytes(raw, policy=policy.default) for raw in server.mails_of(address, at_least)]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def comments(world: World) -> list[tuple[bool, str]]:
    [ticket] = world.zendesk.state.tickets
    return [(c["public"], c["body"]) for c in world.zendesk.person("show", ticket=ticket)["comments"][1:]]


def test_a_customer_is_answered_and_answers(world: World, mail_server: MailServer) -> None:
    """Mail, ticket, reply in the thread, answer under it; a human reads meanwhile, and the mailbox is rebuilt."""
    mail_server.send(letter(mail_server.address, "first@customer.example", "It burns.", f"Cc: {GONE}"), KIM)
    _ = world.sync()
    [ticket] = world.zendesk.state.tickets
    _ = world.zendesk.person("comment", ticket=ticket, body="Pull the plug.", public=True)
    _ = world.zendesk.person("comment", ticket=ticket, body="He is on tier 1.", public=False)
    _ = world.sync()
    [reply] = got(mail_server, KIM, 1)
    body = reply.get_body(("plain",))
    assert body is not None and body.get_content().strip() == "Pull the plug."
    assert (reply["In-Reply-To"], reply["Subject"]) == ("<first@customer.example>", "Re: Printer on fire")
    assert "tier 1" not in reply.as_string()

    mail_server.read_all()
    answer = letter(
        str(reply["Reply-To"]), "second@customer.example", "It is out.\n\n> Pull the plug.",
        f"In-Reply-To: {reply['Message-ID']}",
    )  # fmt: skip
    mail_server.send(answer, KIM, str(reply["Reply-To"]))
    # our own two copies, the bounce of the other one, the first mail and the answer
    wait_until(lambda: len(mail_server.mails_in()) >= 5, "the bounce")
    _ = world.settle()
    said = comments(world)
    assert [public for public, text in said if "It is out." in text] == [True]
    assert not any("> Pull" in text or "&gt; Pull" in text for _, text in said)
    [(public, note)] = [(public, text) for public, text in said if GONE in text]
    assert not public and "could not be delivered" in note and "5.1.1" in note

    before = comments(world)
    mail_server.new_uidvalidity()
    world.reborn()
    run = world.settle()[-1]
    assert (writes(run), summary(run, "observed")["email"], comments(world)) == (0, 0, before)
    assert len(world.zendesk.state.tickets) == 1
    assert len(mail_server.mails_of(KIM)) == 1

"""The outbox with whole mail servers behind it: the stand-in, and real ones where there are some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.email import tokens
from connectors.email.house import House
from connectors.email.model import Address
from hub.errors import SignInFailed
from hub.store import open_store
from tests.contract.cutting_proxy import Cut, wire_to
from tests.contract.outbox_world import ANN, BEN, World
from tests.mailservers import MailServer, mail_server

__all__ = ["mail_server"]


@pytest.fixture
def world(mail_server: MailServer, tmp_path: Path) -> Iterator[World]:
    store = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    house = House(mail_server.address, "Acme Support", (b"k" * 32,), "hub-1")
    made = World(store, mail_server.smtp, house)
    yield made
    made.close()
    store.close()


def test_what_was_frozen_arrives(world: World, mail_server: MailServer) -> None:
    """Byte for byte behind the trace header, at each reader and as our own copy."""
    box = world.box()
    data = bytes(range(256)) * 40 + b"\r\n.\r\n\n.\n\r"
    world.post(
        box,
        ".\n..\nПривет, *Ann*\n.",
        followers=(BEN,),
        subject='Принтер, "горит"',
        files=[world.file("a ä.pdf", [data])],
    )
    assert box.deliver() == 2
    for reader in (ANN, BEN):
        [got] = mail_server.mails_of(reader.email, at_least=1)
        assert (
            got.replace(b"\r\n", b"\n")
            .rstrip()
            .endswith(world.raw(box, reader.email).replace(b"\r\n", b"\n").rstrip())
        )
        mail = message_from_bytes(got, policy=policy.default)
        assert mail["Subject"] == 'Re: Принтер, "горит"'
        [file] = mail.iter_attachments()  # type: ignore[union-attr]
        assert (file.get_filename(), file.get_content()) == ("a ä.pdf", data)
    copies = mail_server.mails_in(at_least=2)
    ids = {message_from_bytes(it)["Message-ID"].strip("<> \r\n") for it in copies}
    assert ids == {it.message_id for it in box.rows()}


@pytest.mark.parametrize("cut", ["after the dot", "before the dot"])
def test_a_cut_at_the_final_dot(world: World, mail_server: MailServer, cut: Cut) -> None:
    """Whether the server had it or not, it arrives exactly once: our copy tells which it was."""

    def holds(wanted: object) -> set[str]:
        del wanted
        copies = mail_server.mails_in(at_least=cut == "after the dot")
        return {message_from_bytes(it)["Message-ID"].strip("<> \r\n") for it in copies}

    with wire_to(mail_server.smtp, cut) as wire:
        world.server = wire.server
        box = world.box(holds=holds)
        world.post(box)
        assert box.deliver() == 0
        assert world.state(box) == "unknown"
        box.deliver()
        world.clock.forward(16)
        box.deliver()
        assert world.state(box) == "sent"
        world.close()
    assert len(mail_server.mails_of(ANN.email, at_least=1)) == 1


def test_an_address_that_bounces(world: World, mail_server: MailServer) -> None:
    """The status comes to the address that names the row."""
    box = world.box(evidence="none")
    world.post(box, requester=Address("nobody@nowhere.fail"))
    assert box.deliver() == 1
    [bounce] = mail_server.mails_in(at_least=1)
    row = world.row(box, "nobody@nowhere.fail")
    assert row.sending.envelope_from.encode() in bounce.lower()
    assert tokens.read_bounce(world.house, row.sending.envelope_from) == row.id


def test_a_wrong_password(world: World, mail_server: MailServer) -> None:
    """Nothing is lost by it, and the message holds no secret."""
    if mail_server.kind == "real":
        pytest.skip("the real server takes mails from this machine unsigned")
    world.server = replace(mail_server.smtp, password="wr0ng-s3cret")
    box = world.box()
    world.post(box)
    with pytest.raises(SignInFailed) as caught:
        box.deliver()
    assert "wr0ng" not in str(caught.value)
    assert world.state(box) == "pending"
    world.server = replace(mail_server.smtp, password=None, token=lambda: mail_server.token)
    assert world.box().deliver() == 1


def test_a_large_file(world: World, mail_server: MailServer) -> None:
    """Of a size just within what servers take (24 MB once it is encoded), it arrives whole."""
    box = world.box(evidence="none")
    pieces = [bytes([n]) * 262_144 for n in range(68)]
    world.post(box, files=[world.file("big.bin", pieces)])
    assert box.deliver() == 1
    [got] = mail_server.mails_of(ANN.email, at_least=1)
    [file] = message_from_bytes(got, policy=policy.default).iter_attachments()  # type: ignore[union-attr]
    assert sha256(file.get_content()).digest() == sha256(b"".join(pieces)).digest()

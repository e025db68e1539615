"""The outbox: what a mail is, before its first byte leaves."""

from __future__ import annotations

import re

import msgspec
import pytest
from sqlalchemy import select

from connectors.email import chunks, tokens
from connectors.email.model import Address, Conversation
from connectors.email.outbox import Outbox, copy_address
from hub.store.mail_tables import mail_ids
from tests.contract.outbox_boxes import box, server, url, world
from tests.contract.outbox_world import ANN, BEN, KIM, World
from tests.contract.smtp_world import FaultyServer

__all__ = ["box", "server", "url", "world"]


class TestFreezing:
    """What is written before the first byte leaves."""

    def test_everything_is_there_before_anything_is_sent(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """Rows, bytes and Message-IDs are committed with the comment; no connection was made."""
        world.post(box, followers=(BEN,))
        assert server.connections == 0
        assert box.counts() == {"pending": 2}
        assert world.raw(box).startswith(b"Date: Wed, 04 Mar 2026 05:06:07 +0000\r\n")
        with world.store.reading() as connection:
            known = {row.message_id: row.how for row in connection.execute(select(mail_ids))}
        assert {world.row(box, it.email).message_id for it in (ANN, BEN)} < known.keys()
        assert set(known.values()) == {"out"}

    def test_a_transaction_that_fails_leaves_nothing(self, world: World, box: Outbox) -> None:
        """A comment that did not come to be is not mailed."""

        def freeze_and_fail() -> None:
            with world.store.fenced() as connection:
                box.freeze(
                    connection,
                    1,
                    Conversation(requester=ANN),
                    7,
                    "Hello",
                    KIM,
                    world.clock(),
                    (),
                    references=(),
                )
                raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011
            freeze_and_fail()
        assert box.counts() == {}
        assert box.deliver() == 0

    def test_the_mail_says_who_and_about_what(self, world: World, box: Outbox) -> None:
        """From, To, Cc, Reply-To, Subject and the place in the thread."""
        world.post(box, followers=(BEN,), subject="AW: Re: Printer", references=("first@customer.example",))
        mail = world.mail(box)
        assert str(mail["From"]) == '"Kim Agent (Acme Support)" <support@acme.example>'
        assert str(mail["To"]) == "Ann Customer <ann@customer.example>"
        assert str(mail["Cc"]) == "Ben <ben@customer.example>"
        assert mail["Subject"] == "Re: Printer"
        assert mail["In-Reply-To"] == "<first@customer.example>"
        assert str(mail["References"]).endswith(" <first@customer.example>")
        assert mail["Auto-Submitted"] is None and mail["Feedback-ID"] is None and mail["Bcc"] is None
        token = tokens.read_reply(world.house, str(mail["Reply-To"]))
        assert token is not None and token.conversation == 1
        assert tokens.is_recipient(world.house, token, ANN.email)
        row = world.row(box)
        assert tokens.read_loop_header(world.house, mail[tokens.LOOP_HEADER]) == row.id
        assert tokens.read_bounce(world.house, row.sending.envelope_from) == row.id
        assert row.sending.envelope_to == (ANN.email, copy_address(world.house))

    def test_every_reader_has_a_reply_address_of_their_own(self, world: World, box: Outbox) -> None:
        """And no mail holds that of another reader, anywhere."""
        world.post(box, followers=(BEN,))
        given = {it.email: str(world.mail(box, it.email)["Reply-To"]) for it in (ANN, BEN)}
        for reader, other in ((ANN, BEN), (BEN, ANN)):
            token = tokens.read_reply(world.house, given[reader.email])
            assert token is not None and tokens.is_recipient(world.house, token, reader.email)
            assert given[other.email].encode() not in world.raw(box, reader.email)

    def test_the_customer_hears_from_the_address_that_they_wrote_to(self, world: World) -> None:
        """An alias of ours, and no other address that a conversation may name."""
        world.house = msgspec.structs.replace(world.house, aliases=("billing@acme.example",))
        box = world.box()
        for written, shown in (("billing@acme.example", "billing"), ("ceo@acme.example", "support"), ("", "support")):
            world.post(box, mailbox=written)
            assert str(world.mail(box)["From"]) == f'"Kim Agent (Acme Support)" <{shown}@acme.example>'

    def test_who_gets_it(self, world: World, box: Outbox) -> None:
        """Each reader once; never an address of ours, nor the author of the words."""
        readers = (ANN, BEN, Address("BEN@customer.example"), Address(""), Address("support@acme.example"),
                   Address("support+x@acme.example"), KIM)  # fmt: skip
        world.post(box, followers=readers)
        assert {it.recipient for it in box.rows()} == {ANN.email, BEN.email}
        assert world.mail(box)["Cc"] == "Ben <ben@customer.example>, Kim Agent <kim@acme.example>"
        world.post(box, requester=KIM)
        assert len(box.rows()) == 2

    def test_no_mail_holds_what_was_made_for_another(self, world: World, box: Outbox) -> None:
        """Not another's reply address, envelope sender or Message-ID; nor a token quoted in the text."""
        world.post(box, followers=(BEN,))
        first = world.row(box)
        leaked = tokens.reply_address(world.house, 1, BEN.email)
        words = f"You wrote to {leaked} and <{leaked.upper()}>"
        world.post(
            box, words, subject=f"Re: {leaked}", followers=(Address(BEN.email, leaked),),
            author=Address("x@y.example", leaked), references=[it.message_id for it in box.rows()],
            files=[world.file(f"{leaked}.pdf", [b"x"])],
        )  # fmt: skip
        raw = world.raw(box).decode()
        bodies = [str(p.get_content()) for p in world.mail(box).walk() if p.get_content_maintype() == "text"]
        secret = leaked.partition("@")[0].partition("+")[2]
        everything = "\n".join([raw, *bodies, *(f"{k}: {v}" for k, v in world.mail(box).items())]).lower()
        assert secret not in everything
        for row in box.rows():
            if row.recipient == BEN.email:
                assert row.message_id not in everything
        assert first.message_id in raw

    def test_a_file_that_is_not_public_does_not_leave(self, world: World, box: Outbox) -> None:
        """Whoever hands it over."""
        world.post(box, files=[world.file("secret.pdf", [b"x"], public=False)])
        assert b"secret" not in world.raw(box)
        assert list(world.mail(box).iter_attachments()) == []

    def test_files_and_pictures(self, world: World, box: Outbox) -> None:
        """A picture that the text shows stays in it; any other file is attached."""
        shown = world.file("shown.png", [b"\x89PNG\r"], cid="p1@x")
        other = world.file("other.png", [b"\x89PNG\r\n.\r\n"], cid="p2@x")
        world.post(box, "Look:\n\n![here](cid:p1@x)", files=[shown, other])
        mail = world.mail(box)
        related = next(it for it in mail.walk() if it.get_content_type() == "multipart/related")
        assert [it.get_content_type() for it in related.iter_parts()] == ["text/html", "image/png"]
        [attached] = mail.iter_attachments()
        assert attached.get_filename() == "other.png"
        assert attached.get_content() == b"\x89PNG\r\n.\r\n"

    def test_quiet_comments_have_rows_and_no_bytes(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """They can be seen, and are never sent, whoever asks."""
        comment = world.post(box, withheld="quiet", followers=(BEN,))
        assert box.deliver() == 0
        assert box.counts() == {"withheld": 2}
        assert world.row(box).sending.reason == "quiet"
        assert box.resend([it.id for it in box.rows()]) == 0
        with world.store.reading() as connection:
            assert chunks.size(connection, chunks.of_comment(comment)) == 0
        assert server.connections == 0

    def test_who_cannot_get_mail_is_told_of(self, world: World, box: Outbox) -> None:
        """An address that is none fails visibly; the others get theirs."""
        world.post(box, followers=(Address("not an address"), Address("a@b\r\nRCPT TO:<evil@x.y>")))
        assert box.deliver() == 1
        assert box.counts() == {"sent": 1, "failed": 2}
        assert "no mail can be sent" in world.row(box, "not an address").sending.reason

    def test_ten_thousand_followers(self, world: World, box: Outbox) -> None:
        """No more than the house allows get it; the others are shown as held back."""
        world.post(box, followers=tuple(Address(f"f{n}@x.example") for n in range(10_000)))
        assert box.counts() == {"pending": 49, "withheld": 9_952}
        assert len(world.raw(box)) < 5_000

    def test_threads_hold_together_for_each_reader(self, world: World, box: Outbox) -> None:
        """Each sees the Message-IDs that their own mailbox knows, the root first and the newest last."""
        world.post(box, followers=(BEN,))
        ours = [world.row(box, it.email).message_id for it in (ANN, BEN)]
        world.post(box, followers=(BEN,), references=[ours[0], "answer@customer.example"])
        for reader, own, other in ((ANN, ours[0], ours[1]), (BEN, ours[1], ours[0])):
            ids = re.findall(r"<([^>]+)>", str(world.mail(box, reader.email)["References"]))
            assert ids[1:] == [own, "answer@customer.example"]
            assert other not in ids
            assert tokens.is_our_id(world.house, ids[0])
            assert ids[0] in str(world.mail(box, reader.email, comment=1)["References"])

    def test_an_id_of_ours_that_is_not_the_reader_s_is_left_out(self, world: World, box: Outbox) -> None:
        """Even one of which nothing is known any more: the root of another reader's thread."""
        world.post(box, followers=(BEN,))
        roots = [str(world.mail(box, it.email)["References"]).strip("<>") for it in (ANN, BEN)]
        world.post(box, followers=(BEN,), references=[*roots, "x@y.example"])
        assert roots[1] not in str(world.mail(box)["References"])
        assert str(world.mail(box)["References"]).startswith(f"<{roots[0]}>")

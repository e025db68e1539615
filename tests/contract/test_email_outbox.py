"""The outbox: a comment is mailed once to each reader, and what is not known is said to be not known."""

from __future__ import annotations

import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.email import chunks, deliveries, tokens
from connectors.email.house import Caps
from connectors.email.model import Address, Conversation, Recipient
from connectors.email.outbox import Outbox, copy_address
from connectors.email.server import Server
from hub.errors import SignInFailed, Unavailable
from hub.store import open_store
from hub.store.mail_tables import mail_ids
from tests.contract.outbox_world import ANN, BEN, KIM, World
from tests.contract.smtp_world import CUT, CUT_IN_DATA, TAKE_AND_CUT, FaultyServer, faulty_server
from tests.unit.store.conftest import url

__all__ = ["url"]

DOUBT = [CUT, TAKE_AND_CUT, CUT_IN_DATA]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as made:
        yield made


@pytest.fixture
def world(server: FaultyServer, url: str) -> Iterator[World]:
    store = open_store(url)
    made = World(store, Server("127.0.0.1", server.port, security="none", timeout=5))
    yield made
    made.close()
    store.close()


@pytest.fixture
def box(world: World) -> Outbox:
    return world.box()


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


def test_a_row_moves_only_from_where_it_was_seen(world: World, box: Outbox) -> None:
    """Of two that saw it, one moves it."""
    world.post(box)
    seen = world.row(box)
    with world.store.fenced() as connection:
        claimed = deliveries.move(connection, seen, "sending", world.clock(), attempts=1)
        assert claimed is not None
        assert deliveries.move(connection, seen, "sending", world.clock(), attempts=1) is None
        again = deliveries.move(connection, claimed, "pending", world.clock())
        assert again is not None
        assert deliveries.move(connection, again, "sending", world.clock(), attempts=2) is not None
        assert deliveries.move(connection, claimed, "sent", world.clock()) is None
    assert world.row(box).attempts == 2


class TestSending:
    """What becomes of it."""

    def test_each_reader_gets_one(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """One transaction each, over one connection, with our copy in it."""
        world.post(box, followers=(BEN,))
        assert box.deliver() == 2
        assert [it.recipients for it in server.taken] == [
            (ANN.email, copy_address(world.house)),
            (BEN.email, copy_address(world.house)),
        ]
        assert [it.raw for it in server.taken] == [world.raw(box, it.email) for it in (ANN, BEN)]
        assert box.deliver() == 0
        assert world.calls == {"SMTP connect": 1, "SMTP MAIL": 2}

    def test_without_evidence_there_is_no_copy(self, world: World, server: FaultyServer) -> None:
        box = world.box(evidence="none")
        world.post(box)
        assert box.deliver() == 1
        assert server.taken[0].recipients == (ANN.email,)

    def test_a_cut_after_the_dot_delivers_once(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """The server has it, we do not know: the copy settles it, and nothing is sent again."""
        server.say(".", TAKE_AND_CUT)
        world.post(box)
        assert box.deliver() == 0
        assert world.state(box) == "unknown"
        world.clock.forward(5)
        with world.store.fenced() as connection:
            box.turned_up(connection, world.row(box).id)
        assert world.state(box) == "sent"
        world.clock.forward(24 * 60)
        assert box.deliver() == 0
        assert len(server.taken) == 1

    @pytest.mark.parametrize("fault", DOUBT)
    def test_evidence_may_be_looked_for(self, world: World, server: FaultyServer, fault: str) -> None:
        """The mailbox is asked before anything is sent again; it is sent in the end, once."""
        box = world.box(
            holds=lambda ids: {it for it in ids if any(f"<{it}>".encode() in m.raw for m in server.taken)}
        )
        server.say(".", fault)
        world.post(box, "x" * 2_000_000)
        assert box.deliver() == 0
        assert box.deliver() == 0
        world.clock.forward(16)
        box.deliver()
        assert world.state(box) == "sent"
        assert len(server.taken) == 1

    def test_no_evidence_in_time_sends_the_same_bytes(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """Not before the grace time is over; and nothing about the mail has changed."""
        server.say(".", TAKE_AND_CUT)
        world.post(box)
        box.deliver()
        world.clock.forward(14)
        assert box.deliver() == 0
        world.clock.forward(2)
        assert box.deliver() == 1
        assert len(server.taken) == 2
        assert server.taken[0] == server.taken[1]

    def test_doubt_does_not_last_for_ever(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """Four mails in doubt: then it fails, says that nobody knows, and a late copy still settles it."""
        server.say(".", *[CUT] * 9)
        world.post(box)
        for _ in range(10):
            box.deliver()
            world.clock.forward(16)
        assert world.state(box) == "failed"
        assert "not known" in world.row(box).sending.reason
        assert sum(it == "DATA" for it in server.lines) == 4
        assert len(world.notes) == 1
        with world.store.fenced() as connection:
            box.turned_up(connection, world.row(box).id)
        assert world.state(box) == "sent"

    def test_evidence_that_cannot_be_had_stops_only_the_doubtful(
        self, world: World, server: FaultyServer
    ) -> None:
        """Without an answer about it, a mail in doubt is not sent again; others are; the trouble is told."""

        def closed(_ids: object) -> set[str]:
            raise Unavailable("no IMAP today")

        box = world.box(holds=closed)
        server.say(".", TAKE_AND_CUT)
        world.post(box)
        box.deliver()
        world.clock.forward(60)
        world.post(box, "another", requester=BEN)
        with pytest.raises(Unavailable, match="IMAP"):
            box.deliver()
        assert box.counts() == {"unknown": 1, "sent": 1}

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
    def test_later_is_later(self, world: World, box: Outbox, server: FaultyServer, verb: str) -> None:
        """A greylisted mail waits a minute, then five, and so on; then it is sent as it was."""
        server.say(verb, "451 4.7.1 greylisted", "451 4.7.1 greylisted")
        world.post(box)
        before = world.raw(box)
        for minutes in (0, 0.9, 0.2, 4.5):
            world.clock.forward(minutes)
            assert box.deliver() == 0
            assert world.state(box) == "pending"
        world.clock.forward(0.6)
        assert box.deliver() == 1
        assert server.taken[0].raw == before
        assert sum("later" in it for it in world.row(box).sending.history) == 2

    def test_later_ends_after_five_days(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """A server that always says later says no."""
        server.say("RCPT", *["451 4.7.1 busy"] * 200)
        world.post(box)
        tries = 0
        while world.state(box) == "pending" and tries < 1000:
            box.deliver()
            world.clock.forward(60)
            tries += 1
        assert 5 * 24 <= tries < 6 * 24
        assert "five days" in world.row(box).sending.reason
        assert world.notes == [
            "The mail to ann@customer.example could not be delivered: given up after five days: 451 4.7.1 busy"
        ]

    def test_our_server_being_away_is_no_answer(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """However long it was: the first "later" after that begins the five days."""
        world.post(box)
        world.clock.forward(7 * 24 * 60)
        server.say("RCPT", "451 4.7.1 greylisted")
        assert box.deliver() == 0
        assert world.state(box) == "pending"
        world.clock.forward(2)
        assert box.deliver() == 1

    def test_never_is_never(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """The reason is kept, agents are told, and nobody else is held up."""
        server.say("RCPT", "550 5.1.1 no such user")
        world.post(box, followers=(BEN,))
        assert box.deliver() == 1
        row = world.row(box)
        assert (row.state, row.sending.status) == ("failed", "5.1.1")
        assert world.notes == [
            "The mail to ann@customer.example could not be delivered: 550 5.1.1 no such user"
        ]
        world.clock.forward(24 * 60)
        assert box.deliver() == 0

    def test_a_refused_copy_does_not_matter(self, world: World, box: Outbox, server: FaultyServer) -> None:
        server.say("RCPT", "250 OK", "550 5.7.1 no copies here")
        world.post(box)
        assert box.deliver() == 1
        assert server.taken[0].recipients == (ANN.email,)
        assert "without a copy" in world.row(box).sending.history[-1]

    @pytest.mark.parametrize(
        ("said", "error"), [("535 5.7.8 no", SignInFailed), ("454 4.7.0 x", Unavailable)]
    )
    def test_a_server_out_of_order_holds_mails_back(
        self, world: World, server: FaultyServer, said: str, error: type[Exception]
    ) -> None:
        """They stay pending, as if nothing had been tried, and go when it is mended."""
        world.server = replace(world.server, user="u", password="p")
        box = world.box()
        server.say("AUTH", said)
        world.post(box)
        with pytest.raises(error):
            box.deliver()
        assert (world.state(box), world.row(box).attempts) == ("pending", 0)
        assert box.deliver() == 1

    def test_a_server_that_hangs_up_on_all(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """After some mails in a row it is the server: the others are not tried."""
        server.say("MAIL", *[CUT] * 50)
        for n in range(6):
            world.post(box, requester=Address(f"c{n}@x.example"))
        with pytest.raises(Unavailable):
            box.deliver()
        assert sum(it.startswith("MAIL") for it in server.lines) <= 4
        assert box.counts() == {"pending": 6}

    def test_a_mail_that_is_too_large(self, world: World, server: FaultyServer, box: Outbox) -> None:
        """It fails with both sizes in the reason."""
        server.extensions = ("SIZE 5000",)
        world.post(box, files=[world.file("big.bin", [b"x" * 10_000])])
        assert box.deliver() == 0
        assert world.state(box) == "failed"
        assert "5,000" in world.row(box).sending.reason

    def test_an_address_beyond_ascii_fails_alone(self, world: World, box: Outbox) -> None:
        """Others do not see it, for it would make the server refuse theirs."""
        world.post(box, followers=(Address("änn@example.com"), Address("ben@bücher.example")))
        assert box.deliver() == 2
        assert "SMTPUTF8" in world.row(box, "änn@example.com").sending.reason
        assert world.mail(box)["Cc"] == "ben@xn--bcher-kva.example"

    def test_providers_that_give_other_ids(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """The id that the answer names is known from then on, and part of the thread."""
        server.say(".", "250 2.6.0 <new@prod.example> [InternalId=1] Queued mail")
        world.post(box)
        box.deliver()
        assert world.row(box).sending.given_ids == ("new@prod.example",)
        with world.store.reading() as connection:
            known = {row.message_id: row.how for row in connection.execute(select(mail_ids))}
        assert known["new@prod.example"] == "rewritten"
        world.post(box)
        assert "<new@prod.example>" in str(world.mail(box)["References"])


class TestDying:
    """A run may end anywhere."""

    def test_in_the_middle_of_a_mail(
        self, world: World, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was being sent is in doubt once it cannot be under way any more; not before."""
        box = world.box()
        world.post(box)
        smtp = world.opened[-1]

        class Died(BaseException):
            """The process ends."""

        def die(*_args: object, **_named: object) -> None:
            raise Died

        monkeypatch.setattr(smtp, "send", die)
        with pytest.raises(Died):
            box.deliver()
        assert world.state(box) == "sending"
        other = world.box()
        assert other.deliver() == 0
        assert world.state(other) == "sending"
        world.clock.forward(15)
        assert other.deliver() == 1
        assert "the run that sent it ended" in world.row(other).sending.history[1]
        assert len(server.taken) == 1

    def test_between_the_answer_and_its_row(
        self, world: World, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server took it and the run died before it was written down: the copy settles it."""
        box = world.box()
        world.post(box)

        def die(*_args: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(box._delivering, "_took", die)
        with pytest.raises(KeyboardInterrupt):
            box.deliver()
        assert (world.state(box), len(server.taken)) == ("sending", 1)
        with world.store.fenced() as connection:
            box.turned_up(connection, world.row(box).id)
        world.clock.forward(60)
        assert world.box().deliver() == 0
        assert len(server.taken) == 1

    def test_a_mail_that_takes_too_long_is_not_finished(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """Before another run takes this one for dead, the connection ends without the final dot."""
        world.post(box)

        def slow(_line: str) -> str:
            world.clock.forward(16)
            return "354 go ahead"

        server.say("DATA", slow)
        assert box.deliver() == 0
        assert server.taken == []
        assert world.state(box) == "pending"
        world.clock.forward(2)
        assert box.deliver() == 1

    def test_two_at_once(self, world: World, server: FaultyServer, url: str) -> None:
        """However many processes deliver, each mail is sent once."""
        box = world.box()
        for n in range(20):
            world.post(box, requester=Address(f"c{n}@x.example"), conversation=n)
        stores = [open_store(url) for _ in range(3)]
        others = [replace(world, store=it).box() for it in stores]
        with ThreadPoolExecutor(3) as pool:
            counts = list(pool.map(lambda it: it.deliver(), others))
        for it in stores:
            it.close()
        assert sum(counts) == 20
        assert len({it.recipients for it in server.taken}) == len(server.taken) == 20


class TestComingBack:
    """Delivery statuses."""

    def sent(self, world: World, box: Outbox) -> int:
        world.post(box)
        box.deliver()
        return world.row(box).id

    def came_back(self, world: World, box: Outbox, row: int, *said: Recipient, text: str = "") -> str:
        with world.store.fenced() as connection:
            return box.came_back(connection, row, said, text)

    def test_a_failure_is_told_once(self, world: World, box: Outbox) -> None:
        """The mail is failed, agents read why; a second status on it is nothing new."""
        row = self.sent(world, box)
        gone = Recipient(ANN.email, "failed", "5.1.1", "smtp; 550 5.1.1 no such user")
        assert self.came_back(world, box, row, gone) == (
            "The mail to ann@customer.example could not be delivered: 550 5.1.1 no such user; "
            "sent 2026-03-04T05:06:07Z"
        )
        assert (world.state(box), world.row(box).sending.status) == ("failed", "5.1.1")
        assert self.came_back(world, box, row, gone) == ""

    def test_a_delay_is_no_failure(self, world: World, box: Outbox) -> None:
        """It stands in the history; a failure that follows counts."""
        row = self.sent(world, box)
        late = Recipient(ANN.email, "delayed", "4.4.1", "451 4.4.1 no answer")
        assert self.came_back(world, box, row, late) == ""
        assert world.state(box) == "sent"
        assert "delayed 451" in world.row(box).sending.history[-1]
        gave_up = Recipient(ANN.email, "failed", "4.4.7", "delivery time expired")
        assert "delivery time expired" in self.came_back(world, box, row, gave_up)

    def test_free_text(self, world: World, box: Outbox) -> None:
        """A bounce that no machine can read is a bounce; a temporary code without an action is none."""
        row = self.sent(world, box)
        assert self.came_back(world, box, row, Recipient(ANN.email, "", "4.2.2", "full")) == ""
        assert "mailbox unknown" in self.came_back(world, box, row, text="mailbox\r\nunknown")
        assert world.state(box) == "failed"

    def test_the_copy_may_fail(self, world: World, box: Outbox) -> None:
        """Our own mailbox being full says nothing about the customer's."""
        row = self.sent(world, box)
        full = Recipient("support+copy@acme.example", "failed", "5.2.2", "full")
        assert self.came_back(world, box, row, full) == ""
        assert world.state(box) == "sent"

    def test_a_status_on_a_mail_in_doubt_proves_it(
        self, world: World, box: Outbox, server: FaultyServer
    ) -> None:
        """Who says that it is late has it."""
        server.say(".", TAKE_AND_CUT)
        world.post(box)
        box.deliver()
        self.came_back(world, box, world.row(box).id, Recipient(ANN.email, "delayed", "4.4.1", "x"))
        assert world.state(box) == "sent"

    def test_a_status_stops_a_mail_from_going_again(self, world: World, server: FaultyServer) -> None:
        """Between the decision to send it again and the sending, too."""
        box = world.box(holds=lambda _ids: set())
        server.say(".", TAKE_AND_CUT)
        world.post(box)
        box.deliver()
        world.clock.forward(16)
        box._delivering._settle(world.clock())
        assert world.state(box) == "pending"
        self.came_back(world, box, world.row(box).id, Recipient(ANN.email, "delivered", "2.0.0", ""))
        assert box.deliver() == 0
        assert world.state(box) == "sent"

    def test_a_copy_does_not_mend_a_failure(self, world: World, box: Outbox) -> None:
        """That it left is no news; that it came back stays."""
        row = self.sent(world, box)
        self.came_back(world, box, row, Recipient(ANN.email, "failed", "5.1.1", "no"))
        with world.store.fenced() as connection:
            box.turned_up(connection, row, rewritten="other@provider.example")
        assert world.state(box) == "failed"
        assert world.row(box).sending.given_ids == ("other@provider.example",)

    def test_a_row_that_is_not_there(self, world: World, box: Outbox) -> None:
        assert self.came_back(world, box, 99, Recipient("x@y.z", "failed")) == ""
        with world.store.fenced() as connection:
            box.turned_up(connection, 99)


class TestPeople:
    """What a person may do about it."""

    def test_taking_back_what_has_not_left(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """Its rows are cancelled and its bytes gone."""
        comment = world.post(box, followers=(BEN,))
        with world.store.fenced() as connection:
            assert box.cancel(connection, comment)
            assert chunks.size(connection, chunks.of_comment(comment)) == 0
        assert box.deliver() == 0
        assert server.taken == []

    @pytest.mark.parametrize("said", ["250 OK", TAKE_AND_CUT])
    def test_taking_back_too_late(self, world: World, box: Outbox, server: FaultyServer, said: str) -> None:
        """What may have left has left; what has not is stopped all the same."""
        server.say("RCPT", "250 OK", "250 OK", "451 later")
        server.say(".", said)
        comment = world.post(box, followers=(BEN,))
        box.deliver()
        with world.store.fenced() as connection:
            assert not box.cancel(connection, comment)
            assert chunks.size(connection, chunks.of_comment(comment)) > 0
        assert world.state(box, BEN.email) == "cancelled"
        assert world.state(box) == ("cancelled" if said == TAKE_AND_CUT else "sent")
        world.clock.forward(60)
        assert box.deliver() == 0
        assert len(server.taken) == 1

    def test_sending_again(self, world: World, box: Outbox, server: FaultyServer) -> None:
        """What failed goes out again with the same bytes; what was sent or cancelled does not."""
        server.say("RCPT", "550 5.7.1 you are on a list")
        world.post(box, followers=(BEN,))
        box.deliver()
        before = world.raw(box)
        assert box.resend([it.id for it in box.rows()] + [99]) == 1
        assert box.deliver() == 1
        assert server.taken[-1].raw == before
        assert any("queued by a person" in it for it in world.row(box).sending.history)

    def test_caps(self, world: World, server: FaultyServer) -> None:
        """More than allowed in the time is held back, shown, and let go by a person."""
        world.house = msgspec.structs.replace(world.house, caps=Caps(((2, 600),), ((3, 600),)))
        box = world.box()
        for _ in range(3):
            world.post(box)
        assert box.deliver() == 2
        assert world.state(box) == "withheld"
        assert world.row(box).sending.reason.startswith(
            "cap: ann@customer.example got 2 mails within 10 minutes"
        )
        world.post(box, conversation=2)
        world.post(box, conversation=3)
        assert box.deliver() == 1
        assert box.counts() == {"sent": 3, "withheld": 2}
        assert box.resend([it.id for it in box.rows(["withheld"])]) == 2
        assert box.deliver() == 2
        world.clock.forward(11)
        world.post(box, conversation=3)
        assert box.deliver() == 1
        assert len(server.taken) == 6


def test_two_hubs_with_the_same_comment_freeze_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in a mail is drawn: not its ids, its boundaries or its date."""
    frozen: list[bytes] = []
    for name in ("a", "b"):
        store = open_store(f"sqlite:///{tmp_path / name}")
        world = World(store, Server("127.0.0.1", 1, security="none"))
        box = world.box()
        world.post(box, "Hello", followers=(BEN,), files=[world.file("a.pdf", [b"1"])])
        frozen.append(world.raw(box))
        store.close()
    assert frozen[0] == frozen[1]


class Fate(NamedTuple):
    """What becomes of one try."""

    verb: str
    said: str


fates = st.sampled_from(
    [
        Fate(".", "250 OK"),
        Fate(".", TAKE_AND_CUT),
        Fate(".", CUT),
        Fate(".", "451 later"),
        Fate(".", "554 never"),
        Fate("RCPT", "451 later"),
        Fate("RCPT", "550 never"),
        Fate("MAIL", CUT),
        Fate("DATA", CUT),
    ]
)


@given(
    plan=st.lists(fates, max_size=12),
    readers=st.integers(1, 3),
    waits=st.lists(st.integers(0, 30), max_size=8),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_nobody_gets_it_twice(
    world: World, server: FaultyServer, plan: list[Fate], readers: int, waits: list[int]
) -> None:
    """Under any faults, with evidence that tells the truth, a mail arrives once or its row says why not."""
    server.taken.clear()
    server.answers.clear()
    begun = len(world.notes)
    box = world.box(
        holds=lambda ids: {it for it in ids if any(f"<{it}>".encode() in m.raw for m in server.taken)}
    )
    people = [Address(f"r{n}@x.example") for n in range(readers)]
    comment = world.post(
        box, requester=people[0], followers=people[1:], conversation=1000 + world._comments,
        machine=True,
    )  # fmt: skip
    for fate in plan:
        server.say(fate.verb, fate.said)
    for minutes in (*waits, *[200] * 12):
        with suppress(Unavailable):
            box.deliver()
        world.clock.forward(minutes)
    arrived = Counter(it.recipients[0] for it in server.taken)
    states = {it.recipient: it.state for it in box.rows() if it.comment == comment}
    assert set(states.values()) <= {"sent", "failed"}
    assert arrived == {email: 1 for email, state in states.items() if state == "sent"}
    assert len(world.notes) - begun == sum(state == "failed" for state in states.values())


names = st.text(max_size=60) | st.sampled_from(
    ["x\r\nBcc: evil@example.com", "שלום \u202e", "😀" * 30, '"a", <b@c>', "=?utf-8?q?x?="]
)


@given(author=names, name=names, subject=names, text=st.text(max_size=300) | names, filename=names)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_no_header_is_added(
    world: World, author: str, name: str, subject: str, text: str, filename: str
) -> None:
    """What arrives at the server is what was frozen; its header holds the fields that we write."""
    box = world.box()
    file = msgspec.structs.replace(world.file("plain", [b"data"]), name=filename)
    world.post(
        box, text, subject=subject, author=Address("kim@acme.example", author),
        requester=Address(ANN.email, name), followers=(BEN,), files=[file], conversation=world._comments + 100,
    )  # fmt: skip
    raw = world.raw(box)
    mail = world.mail(box)
    assert set(mail.keys()) == {
        "Date", "From", "Reply-To", "To", "Cc", "Subject", "Message-ID", "References", "In-Reply-To",
        tokens.LOOP_HEADER, "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert b"\n" not in raw.replace(b"\r\n", b"") and max(map(len, raw.split(b"\r\n"))) <= 998
    [attached] = mail.iter_attachments()
    assert attached.get_content() == b"data"


def test_a_large_file_is_never_held(world: World, box: Outbox, server: FaultyServer) -> None:
    """25 MB go from the store into the mail, and from there to the server, in little memory."""
    file = world.file("big.bin", (bytes([n % 251]) * 262_144 for n in range(100)))  # type: ignore[arg-type]
    server.extensions = ()
    server.say("DATA", "554 no")  # this test's own server would hold it
    tracemalloc.start()
    world.post(box, files=[file])
    row = world.row(box)
    total = sum(len(piece) for piece in box.frozen(row))
    box.deliver()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 34_000_000
    assert peak < 8_000_000

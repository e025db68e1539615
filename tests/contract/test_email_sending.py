"""The outbox: a comment is mailed once to each reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.email.model import Address
from connectors.email.outbox import Outbox, copy_address
from hub.errors import SignInFailed, Unavailable
from hub.store.mail_tables import mail_ids
from tests.contract.outbox_boxes import box, server, url, world
from tests.contract.outbox_world import ANN, BEN, World
from tests.contract.smtp_world import CUT, CUT_IN_DATA, TAKE_AND_CUT, FaultyServer

__all__ = ["box", "server", "url", "world"]

DOUBT = [CUT, TAKE_AND_CUT, CUT_IN_DATA]


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

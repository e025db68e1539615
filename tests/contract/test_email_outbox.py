"""The outbox: what is not known is said to be not known, and nobody gets anything twice."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.email import chunks, deliveries, tokens
from connectors.email.house import Caps
from connectors.email.model import Address, Recipient
from connectors.email.outbox import Outbox
from connectors.email.server import Server
from hub.errors import Unavailable
from hub.store import open_store
from tests.contract.outbox_boxes import box, server, url, world
from tests.contract.outbox_world import ANN, BEN, World
from tests.contract.smtp_world import CUT, TAKE_AND_CUT, FaultyServer

__all__ = ["box", "server", "url", "world"]


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

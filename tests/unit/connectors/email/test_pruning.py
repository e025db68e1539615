"""What nothing needs any more is let go in time; what a person or another system may need stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from connectors.email import chunks, conversations, deliveries, pruning, shelf
from connectors.email.door import open_mailbox
from connectors.email.model import MailState
from connectors.email.pruning import Pruning
from connectors.email.server import Server
from flows.connecting_mail import house_of
from hub.model import EMAIL, Attachment, AttachmentId, RemoteId
from hub.store import open_store
from hub.store.mail_tables import mail_chunks, mails
from tests.flows.mail_room import AT, MailRoom, mail, open_room
from tests.world import World

ON_THE_DAY = "2026-07-30T10:00:00Z"
"""Ninety days after `AT`."""
LATER = "2026-08-30T10:00:00Z"
FILE = (
    b"Message-ID: <file@shop.example>\r\nFrom: ann@shop.example\r\nTo: support@acme.example\r\n"
    b"Subject: A file\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nSee it.\r\n--b\r\nContent-Disposition: attachment; filename=a.bin\r\n"
    b"Content-Type: application/octet-stream\r\n\r\nbytes\r\n--b--\r\n"
)


@pytest.fixture
def room(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailRoom]:
    opened = open_room(tmp_path, capfdbinary, monkeypatch)
    yield opened
    opened.store.close()


def prune(room: MailRoom, at: str = ON_THE_DAY, keep_days: int = 90) -> int:
    with room.store.lease("test"):
        return Pruning(room.store, lambda: at, keep_days).run()


def held(room: MailRoom, owner: str) -> int:
    with room.store.reading() as connection:
        return chunks.size(connection, owner)


def sent(room: MailRoom) -> tuple[int, int, str]:
    """Let a mail come and be answered; return the row of the outbox, the comment, and where its bytes lie."""
    _ = room.arrive(mail())
    room.hear()
    row = room.answer(1)
    with room.store.reading() as connection:
        found = deliveries.get(connection, row)
    assert found is not None
    return row, found.comment, chunks.of_comment(found.comment)


def close(room: MailRoom, number: int) -> None:
    with room.store.lease("test"), room.store.fenced() as connection:
        one = conversations.one(connection, number)
        assert one is not None
        conversations.change(connection, number, replace(one.value, status="closed"))


class TestMailsThatCame:
    def test_are_let_go_after_their_days_and_not_before(self, room: MailRoom) -> None:
        """What was made of a mail stays; only its bytes go, on the ninetieth day after it was heard."""
        [number] = room.arrive(mail())
        room.hear()
        assert prune(room, "2026-07-30T09:59:59Z") == 0
        assert held(room, chunks.of_mail(number)) > 0
        assert prune(room) == 1
        assert held(room, chunks.of_mail(number)) == 0
        assert room.conversation(1).value.description == "Please help."
        assert prune(room, LATER) == 0, "once"

    def test_stay_for_ever_where_that_is_wished(self, room: MailRoom) -> None:
        [number] = room.arrive(mail())
        room.hear()
        assert prune(room, "2036-01-01T00:00:00Z", keep_days=0) == 0
        assert held(room, chunks.of_mail(number)) > 0

    def test_count_from_when_they_were_heard(self, room: MailRoom) -> None:
        """A mailbox that is read for the first time may hold mails of years: these are new to us."""
        [number] = room.arrive(mail())
        with room.store.lease("test"), room.store.fenced() as connection:
            connection.execute(update(mails).values(received_at="2020-01-01T00:00:00Z"))
        room.hear()
        assert prune(room, "2026-05-02T00:00:00Z") == 0
        assert held(room, chunks.of_mail(number)) > 0

    @pytest.mark.parametrize("state", ["new", "suspended", "quarantined"])
    def test_stay_while_they_wait(self, room: MailRoom, state: MailState) -> None:
        """Whatever was not decided yet is never let go."""
        precedence = {"List_Id": "<news.shop.example>"} if state == "suspended" else {}
        numbers = room.arrive(mail(**precedence), quarantine="broken" if state == "quarantined" else "")
        if state != "new":
            room.hear()
        with room.store.reading() as connection:
            assert shelf.get(connection, numbers)[numbers[0]].state == state
        assert prune(room, "2036-01-01T00:00:00Z") == 0
        assert held(room, chunks.of_mail(numbers[0])) > 0

    def test_that_were_given_up_count_from_then_on(self, room: MailRoom) -> None:
        """A person who gave up a mail of last year may take it back for as long as any other."""
        [number] = room.arrive(mail(List_Id="<news.shop.example>"))
        room.hear()
        with room.store.beside() as connection:
            assert shelf.drop(connection, [number], "2026-07-29T00:00:00Z") == 1
        assert prune(room) == 0
        with room.store.beside() as connection:
            assert shelf.recover(connection, [number], "anyway") == 1
        assert prune(room, "2027-07-30T00:00:00Z") == 0, "it waits to be heard"
        assert held(room, chunks.of_mail(number)) > 0

    def test_that_were_given_up_cannot_be_taken_back_in_the_end(self, room: MailRoom) -> None:
        """Who wants one back that is gone reads why it cannot be; nothing is changed."""
        [number] = room.arrive(mail(List_Id="<news.shop.example>"))
        room.hear()
        with room.store.beside() as connection:
            assert shelf.drop(connection, [number], AT) == 1
        assert prune(room) == 1
        code, _, err = room.hub("mail", "recover", str(number))
        assert code != 0
        assert "let go on 2026-07-30" in " ".join(err.split())
        with room.store.reading() as connection:
            assert shelf.get(connection, [number])[number].state == "dropped"

    def test_that_have_files_stay_until_their_conversation_is_closed(self, room: MailRoom) -> None:
        """Till then somebody may have to copy them. Whether they may is asked once a week."""
        [number] = room.arrive(FILE)
        room.hear()
        assert prune(room) == 0
        close(room, 1)
        assert prune(room, "2026-08-05T00:00:00Z") == 0
        assert held(room, chunks.of_mail(number)) > 0
        assert prune(room, "2026-08-06T12:00:00Z") == 1
        assert held(room, chunks.of_mail(number)) == 0

    def test_that_must_stay_do_not_hold_up_the_others(
        self, room: MailRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many have files that are needed, those behind them are let go in later runs."""
        monkeypatch.setattr(pruning, "MOST", pruning.BATCH)
        files = [FILE.replace(b"<file", b"<%d" % n) for n in range(pruning.BATCH)]
        _ = room.arrive(*files)
        room.hear()
        _ = room.arrive(*(mail(f"Subject {n}", sender=f"ann{n}@shop.example") for n in range(70)))
        room.hear()
        gone = [prune(room) for _ in range(5)]
        assert sum(gone) >= 70
        assert max(gone) <= pruning.BATCH, "one run does no more than that"

    def test_met_again_are_known_all_the_same(self, room: MailRoom) -> None:
        """A mailbox that gives its mails new numbers does not bring back what was let go."""
        [number] = room.arrive(mail())
        room.hear()
        assert prune(room) == 1
        _ = room.arrive(mail())
        room.hear()
        with room.store.reading() as connection:
            assert connection.execute(select(func.count()).select_from(mails)).scalar_one() == 1
            assert len(shelf.places(connection, number)) == 2

    def test_say_so_to_people(self, room: MailRoom) -> None:
        """Who asks for such a mail reads on which day its bytes went, and what setting says so."""
        [number] = room.arrive(mail())
        room.hear()
        assert prune(room) == 1
        code, out, _ = room.hub("mail", "show", str(number))
        assert code == 0
        assert "its bytes were let go on 2026-07-30 (`keep_days` in [email])" in " ".join(out.split())
        code, _, err = room.hub("mail", "show", str(number), "--raw")
        assert code != 0
        assert "let go on 2026-07-30" in " ".join(err.split())


class TestMailsThatWereSent:
    @pytest.mark.parametrize("state", ["sent", "failed", "withheld", "cancelled"])
    def test_are_let_go_once_they_are_settled(self, room: MailRoom, state: deliveries.SendState) -> None:
        """Bytes and header go; the row, its state and its history stay."""
        row, _, owner = sent(room)
        room.move(row, state)
        assert prune(room) == 2, "the mail that came, and its answer"
        assert held(room, owner) == 0
        with room.store.reading() as connection:
            found = deliveries.get(connection, row)
            assert connection.execute(select(func.count()).select_from(mail_chunks)).scalar_one() == 0
        assert found is not None
        assert (found.state, found.head, found.let_go) == (state, "", "2026-07-30")

    @pytest.mark.parametrize("state", ["pending", "sending", "unknown"])
    def test_stay_while_they_are_under_way(self, room: MailRoom, state: deliveries.SendState) -> None:
        row, _, owner = sent(room)
        if state != "pending":
            room.move(row, state)
        _ = prune(room)
        _ = prune(room, "2036-01-01T00:00:00Z")
        assert held(room, owner) > 0

    def test_count_from_when_the_last_was_settled(self, room: MailRoom) -> None:
        row, _, owner = sent(room)
        with room.store.lease("test"), room.store.fenced() as connection:
            seen = deliveries.get(connection, row)
            assert seen is not None
            _ = deliveries.move(connection, seen, "sent", "2026-07-01T00:00:00Z")
        _ = prune(room)
        assert held(room, owner) > 0
        _ = prune(room, "2026-10-01T00:00:00Z")
        assert held(room, owner) == 0

    def test_cannot_go_again(self, room: MailRoom) -> None:
        """Nobody can send what is not there any more; who asks is told why, and what to do instead."""
        row, _, _ = sent(room)
        room.move(row, "failed")
        _ = prune(room)
        assert room.outbox.resend([row]) == 0
        code, _, err = room.hub("mail", "resend", str(row))
        assert code != 0
        assert "let go on 2026-07-30" in " ".join(err.split())
        assert "say it anew on the ticket" in " ".join(err.split())


class TestRuns:
    def test_end_by_letting_go(self, tmp_path: Path) -> None:
        """By the default setting a run lets go what is ninety days old, of what came and of what was sent."""
        world = World(tmp_path, mail=True)
        sender = {"from": "kim@customer.example", "subject": "Printer", "body": "It burns."}
        _ = world.mail.person("write", **sender, files=[{"name": "a.bin", "size": 1000}])
        assert world.sync().state == "clean"
        _ = world.zendesk.person("comment", ticket=1, body="We look.", public=True)
        world.tick()
        assert world.sync().state == "clean"
        assert len(world.mail.person("inbox", address="kim@customer.example")["mails"]) == 1
        world.tick()
        assert world.sync().state == "clean", "now the copy to ourselves was read, too"
        assert owners(world) == {"in:1", "in:2", "out:1"}
        world.tick(91 * 86400)
        _ = world.sync()
        assert owners(world) == {"in:1"}, "its file may still be needed"
        assert world.sync().state == "clean"
        world.close()

    def test_say_that_a_file_is_gone_that_is_asked_for_too_late(self, room: MailRoom) -> None:
        """Nobody is given an empty file instead of the one that was there."""
        [number] = room.arrive(FILE)
        room.hear()
        close(room, 1)
        assert prune(room) == 1
        server = Server("127.0.0.1", 1)
        connector = open_mailbox(room.store, house_of(room.settings), server, server, now=lambda: LATER)
        [file] = connector.fetch(["1"])["1"].attachments
        asked = Attachment(
            AttachmentId("a"),
            file.name,
            file.content_type,
            file.size,
            "public",
            EMAIL,
            file.id,
            RemoteId("1"),
        )
        with pytest.raises(FileNotFoundError, match=r"'a\.bin' were let go"), connector.open(asked):
            pass
        assert held(room, chunks.of_mail(number)) == 0


def owners(world: World) -> set[str]:
    store = open_store(f"sqlite:///{world.folder / 'hub.sqlite3'}")
    with store.reading() as connection:
        found = set(connection.execute(select(mail_chunks.c.owner)).scalars())
    store.close()
    return found


def test_the_day_is_the_one_meant() -> None:
    """The dates above are what their names say."""
    assert pruning._moved(AT, 90) == ON_THE_DAY  # pyright: ignore[reportPrivateUsage]

"""The inbox: mails are taken in once, met again, and survive a death at any moment."""

from __future__ import annotations

import imaplib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from connectors.email import arrivals
from hub.errors import Misconfigured, StoreBroken, Unavailable
from hub.store import SqlStore, open_store
from hub.store.mail_tables import mail_places, mailboxes
from sandbox.email import Email
from sandbox.faults import Fate, Fault
from tests.contract.inbox_boxes import NOW, count_of, heard, inboxes, mail, raw_of, rows, store
from tests.mailservers import NO_REAL, MailServer, StandIn, mail_server  # noqa: F401

__all__ = ["inboxes", "store"]


class TestTaking:
    def test_each_mail_once_byte_for_byte(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """What the server has is what we hold: 8-bit bytes, an empty text, a mail without anything."""
        odd = [
            mail(1), mail(2, b"\xf0\xe8\xea \xff\xfe raw 8-bit"), mail(3, b""), b"no header at all\r\n",
            b"\r\n", b"Subject: no end", mail(4, b".\r\n..\r\n.\r\nFrom the dots"),
        ]  # fmt: skip
        for raw in odd:
            mail_server.deliver(raw)
        box = inboxes(mail_server.imap)
        assert sum(box.read()) == len(odd)
        assert list(box.read()) == [0]
        assert heard(store) == mail_server.mails_in(at_least=len(odd))
        assert [row.message_id for row in rows(store)][:2] == ["m1@shop.example", "m2@shop.example"]
        assert {row.mailbox for row in rows(store)} == {"INBOX"}
        assert all(row.received_at.endswith("Z") and row.size == len(raw_of(store, row.id)) for row in rows(store))

    def test_nul_bytes(self, mail_server: MailServer, inboxes: Any, store: SqlStore) -> None:  # noqa: F811
        """Kept as the server gives them: some servers change them, we do not."""
        mail_server.deliver(mail(1, b"a\0b"))
        assert sum(inboxes(mail_server.imap).read()) == 1
        assert heard(store) == mail_server.mails_in()

    def test_a_human_reads_the_mailbox(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """What others have read is read by us too, and what we read stays unread for them."""
        mail_server.deliver(mail(1))
        box = inboxes(mail_server.imap)
        assert sum(box.read()) == 1
        with _human(mail_server) as human:
            human.select("INBOX")
            assert human.search(None, "UNSEEN")[1] != [b""]
        mail_server.deliver(mail(2))
        mail_server.read_all()
        assert sum(box.read()) == 1
        assert heard(store) == [mail(1), mail(2)]

    def test_mails_that_go_before_they_are_seen(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """A mail moved to another mailbox is found there, if we read that one."""
        mail_server.create("Done")
        mail_server.deliver(mail(1))
        box = inboxes(mail_server.imap, "INBOX", "Done")
        assert sum(box.read()) == 1
        mail_server.deliver(mail(2))
        mail_server.move_all("INBOX", "Done")
        assert sum(box.read()) == 2
        assert heard(store) == [mail(1), mail(2)]
        assert sorted(row.state for row in rows(store)) == ["new", "new", "twin"]

    def test_only_what_came_since(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """Older mails are passed over without being fetched, for good."""
        with _human(mail_server) as human:
            for n, day in enumerate(("01-Jan-2026", "19-Jan-2026", "20-Jan-2026", "25-Jan-2026"), 1):
                human.append("INBOX", "", f'"{day} 12:00:00 +0000"', mail(n))
        calls: Counter[str] = Counter()
        box = inboxes(mail_server.imap, since="2026-01-20", calls=calls)
        assert sum(box.read()) == 2
        assert heard(store) == [mail(3), mail(4)]
        assert calls["FETCH"] == 2
        assert sum(inboxes(mail_server.imap).read()) <= 2  # only what is near may be looked at again
        box.close()

    def test_several_mailboxes_and_one_that_is_missing(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """The missing one is told at the end, with those that there are; the others were read."""
        mail_server.create("Billing")
        mail_server.deliver(mail(1))
        mail_server.deliver(mail(2), "Billing")
        taken: list[int] = []
        with pytest.raises(Misconfigured, match=r"'Suport'.*Billing.*INBOX"):
            taken.extend(inboxes(mail_server.imap, "Suport", "INBOX", "Billing").read())
        assert heard(store) == [mail(1), mail(2)]
        assert [row.mailbox for row in rows(store)] == ["INBOX", "Billing"]


class TestMetAgain:
    def test_a_new_uidvalidity(self, mail_server: MailServer, inboxes: Any, store: SqlStore) -> None:  # noqa: F811
        """All mails get new numbers, and nothing happens twice; large ones are not fetched again."""
        large = mail(3, b"x" * 1_500_000)
        for raw in (mail(1), mail(2), large):
            mail_server.deliver(raw)
        calls: Counter[str] = Counter()
        box = inboxes(mail_server.imap, calls=calls)
        assert sum(box.read()) == 3
        mail_server.new_uidvalidity()
        mail_server.deliver(mail(4))
        calls.clear()
        assert sum(box.read()) == 1
        assert calls["FETCH"] == 5  # sizes, two small ones together, both ends of the large one, the new one
        assert heard(store) == [mail(1), mail(2), large, mail(4)]
        assert count_of(store, mail_places) == 7
        assert list(box.read()) == [0]
        with store.reading() as connection:
            cursor = connection.execute(select(mailboxes)).one()
        assert cursor.next_uid == 5 and '"renumbered"' not in cursor.body

    def test_a_new_mail_like_an_old_one_is_not_taken_for_it(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """Same Message-ID, length and time, after the numbers changed: its bytes are looked at."""
        first, second = mail(1, b"It is red."), mail(1, b"It is tea.")
        mail_server.deliver(first)
        box = inboxes(mail_server.imap)
        assert sum(box.read()) == 1
        mail_server.create("Old")
        mail_server.move_all("INBOX", "Old")
        mail_server.deliver(second)
        mail_server.new_uidvalidity()
        assert sum(box.read()) == 1
        assert heard(store) == [first, second]

    def test_a_mailbox_made_anew(self, mail_server: MailServer, inboxes: Any, store: SqlStore) -> None:  # noqa: F811
        """Deleted: told. Made again with some of the old mails: only the new ones count."""
        mail_server.create("Desk")
        mail_server.deliver(mail(1), "Desk")
        box = inboxes(mail_server.imap, "Desk")
        assert sum(box.read()) == 1
        mail_server.remove("Desk")
        with pytest.raises(Misconfigured, match="'Desk'"):
            list(box.read())
        mail_server.create("Desk")
        mail_server.deliver(mail(1), "Desk")
        mail_server.deliver(mail(2), "Desk")
        assert sum(box.read()) == 1
        assert heard(store) == [mail(1), mail(2)]

    def test_repeated_deliveries(self, mail_server: MailServer, inboxes: Any, store: SqlStore) -> None:  # noqa: F811
        """A mail that comes twice, by two ways: the second is a twin, without bytes."""
        ways = [b"Received: from %s by mx.example; Mon, 5 Jan 2026\r\n" % way for way in (b"a", b"b")]
        for way in ways:
            mail_server.deliver(mail(1, trace=way))
        mail_server.deliver(mail(1, trace=ways[0]))
        assert sum(inboxes(mail_server.imap).read()) == 2
        first, twin = rows(store)
        assert (first.state, twin.state, twin.reason) == ("new", "twin", f"the same as mail {first.id}")
        assert raw_of(store, first.id) and not raw_of(store, twin.id)
        assert count_of(store, mail_places) == 3

    def test_one_message_id_on_two_mails(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """Both are new: nothing is lost because somebody's mailer repeats itself."""
        mail_server.deliver(mail(1, b"The first."))
        mail_server.deliver(mail(1, b"Another."))
        assert sum(inboxes(mail_server.imap).read()) == 2
        assert heard(store) == [mail(1, b"The first."), mail(1, b"Another.")]

    def test_two_mailboxes_get_one_mail(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """Bcc to both, or a list that both are on: heard once."""
        mail_server.create("Sales")
        mail_server.deliver(mail(1, trace=b"Delivered-To: help@a.example\r\n"))
        mail_server.deliver(mail(1, trace=b"Delivered-To: sales@a.example\r\n"), "Sales")
        assert sum(inboxes(mail_server.imap, "INBOX", "Sales").read()) == 2
        assert [row.state for row in rows(store)] == ["new", "twin"]


class TestMetAgainOnPostgreSQL(TestMetAgain):
    """The same with the other database, where there is one."""

    @pytest.fixture
    def store(self) -> Iterator[SqlStore]:
        server = os.environ.get("TEST_POSTGRES_URL")
        if server is None:
            pytest.skip("no PostgreSQL: set TEST_POSTGRES_URL to the address of one for tests")
        schema = f"hub_test_{uuid4().hex[:12]}"
        engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        sign = "&" if "?" in server else "?"
        opened = open_store(f"{server}{sign}options={quote(f'-csearch_path={schema}', safe='')}", now=lambda: NOW)
        yield opened
        opened.close()
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


class TestDying:
    def test_between_fetch_and_commit(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """We die with mails in hand: the next process takes them again, once."""
        for n in range(1, 4):
            mail_server.deliver(mail(n))
        box = inboxes(mail_server.imap)

        def die(*_: object, **__: object) -> int:
            raise KeyboardInterrupt

        with patch.object(arrivals, "take", die), suppress(KeyboardInterrupt):
            list(box.read())
        assert rows(store) == [] and count_of(store, mailboxes) == 0
        assert sum(inboxes(mail_server.imap).read()) == 3
        assert heard(store) == [mail(1), mail(2), mail(3)]

    def test_within_the_commit(self, mail_server: MailServer, inboxes: Any, store: SqlStore) -> None:  # noqa: F811
        """The disk is full after some rows: none of them stays, and the cursor stands where it stood."""
        mail_server.deliver(mail(1))
        box = inboxes(mail_server.imap)
        assert sum(box.read()) == 1
        for n in (2, 3):
            mail_server.deliver(mail(n, b"x" * 900_000))
        with store.reading() as connection:
            before = connection.execute(select(mailboxes)).all()
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 130}")
        with pytest.raises(StoreBroken, match="full"):
            list(box.read())
        with store.reading() as connection:
            assert connection.execute(select(mailboxes)).all() == before
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert len(rows(store)) == 1
        assert sum(box.read()) == 2
        assert [len(raw) for raw in heard(store)][1:] == [len(mail(n, b"x" * 900_000)) for n in (2, 3)]

    @pytest.mark.parametrize("nth", range(8))
    @pytest.mark.parametrize("fate", [Fate.LOST, Fate.LOST_BEFORE, Fate.FAIL, Fate.THROTTLE])
    def test_the_connection_breaks_anywhere(self, inboxes: Any, store: SqlStore, nth: int, fate: Fate) -> None:
        """At any command, before or after its answer: what was taken stays, the next reading goes on."""
        with Email() as email:
            server = StandIn(email)
            sent = [mail(1), mail(2, b"x" * 1_200_000), mail(3)]
            for raw in sent:
                server.deliver(raw)
            box = inboxes(server.imap)
            email.faults.follow(["ok"] * nth + [fate], endpoint="IMAP *")
            with suppress(Unavailable):
                list(box.read())
            email.faults.clear()
            _ = sum(box.read())
            assert heard(store) == sent
            assert {row.state for row in rows(store)} == {"new"}
            box.close()

    def test_new_numbers_in_the_middle_of_a_reading(self, inboxes: Any, store: SqlStore) -> None:
        """The mailbox is numbered anew between our search and our fetch."""
        with Email() as email:
            server = StandIn(email)
            for n in range(1, 4):
                server.deliver(mail(n))

            def renumber(_: object) -> None:
                email.person("delete", mail=1)
                email.person("new_uidvalidity")

            box = inboxes(server.imap)
            email.faults.follow([Fault(Fate.OK, before=renumber)], endpoint="IMAP FETCH")
            with suppress(Unavailable):
                list(box.read())
            server.deliver(mail(4))
            _ = sum(box.read()), sum(box.read())
            assert sorted(heard(store)) in ([mail(2), mail(3), mail(4)], [mail(1), mail(2), mail(3), mail(4)])
            box.close()


def _human(server: MailServer) -> imaplib.IMAP4:
    session = imaplib.IMAP4(server.imap.host, server.imap.port, timeout=20)
    session.login(server.address, server.imap.password or "")
    return session

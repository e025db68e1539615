"""Reading a support mailbox: each mail once, whatever happens to the mailbox, the connection or us."""

from __future__ import annotations

import imaplib
import os
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

from connectors.email import arrivals, chunks
from connectors.email.inbox import Inbox
from connectors.email.inbox_bodies import TEXT
from connectors.email.server import Server
from hub.errors import HubError, Misconfigured, SignInFailed, StoreBroken, Unavailable
from hub.store import SqlStore, open_store
from hub.store.mail_tables import mail_chunks, mail_places, mailboxes, mails
from sandbox.email import Email
from sandbox.faults import Fate, Fault
from tests.mailservers import NO_REAL, MailServer, StandIn, mail_server  # noqa: F401

NOW = "2026-02-01T00:00:00Z"


def mail(n: int, said: bytes = b"Where is my order?", trace: bytes = b"") -> bytes:
    return (
        trace + b"Message-ID: <m%d@shop.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
        b"From: ann@shop.example\r\nSubject: Order %d\r\n\r\n%b\r\n" % (n, n, said)
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}", now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def inboxes(store: SqlStore) -> Iterator[Callable[..., Inbox]]:
    """Opens inboxes and closes them."""
    opened: list[Inbox] = []

    def make(server: Server, *names: str, **options: Any) -> Inbox:
        options.setdefault("max_size", 40_000_000)
        box = Inbox(store, server, names or ("INBOX",), lambda: NOW, **options)
        opened.append(box)
        return box

    yield make
    for box in opened:
        box.close()


def rows(store: SqlStore) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(mails).order_by(mails.c.id)).all())


def raw_of(store: SqlStore, number: int) -> bytes:
    with store.reading() as connection:
        return b"".join(chunks.read(connection, chunks.of_mail(number)))


def heard(store: SqlStore) -> list[bytes]:
    """The mails that are to be looked at, as bytes, in order of arrival."""
    return [raw_of(store, row.id) for row in rows(store) if row.state == "new"]


def count_of(store: SqlStore, table: Any) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


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


class TestSigningIn:
    def test_wrong_password(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """It says which server and user; the password is not shown."""
        box = inboxes(replace(mail_server.imap, password="wr0ng-one"))
        with pytest.raises(SignInFailed, match=mail_server.address) as caught:
            list(box.read())
        assert "wr0ng" not in str(caught.value)

    def test_tokens(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """A good one signs in; an expired one is told as such, and not shown."""
        mail_server.deliver(mail(1))
        good = replace(mail_server.imap, password=None, token=lambda: mail_server.token)
        assert sum(inboxes(good).read()) == 1
        bad = replace(mail_server.imap, password=None, token=lambda: mail_server.expired_token)
        with pytest.raises(SignInFailed, match="OAuth token") as caught:
            list(inboxes(bad).read())
        assert mail_server.expired_token not in str(caught.value)

    def test_nobody_there(self, inboxes: Any) -> None:
        """A port that nobody listens at."""
        with pytest.raises(Unavailable, match="broke off while we were connecting"):
            list(inboxes(Server("127.0.0.1", 9, "help", "none", password="p")).read())

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_tls(self, inboxes: Any, security: Any) -> None:
        """Both ways, with the house's own authority; without it nothing is said to the server."""
        if "TEST_MAIL_IMAPS" not in os.environ:
            pytest.skip(NO_REAL)
        env = os.environ
        host, _, port = env["TEST_MAIL_IMAPS" if security == "tls" else "TEST_MAIL_IMAP"].partition(":")
        server = Server(
            host, int(port), env["TEST_MAIL_ADDRESS"], security,
            password=env["TEST_MAIL_PASSWORD"], ca=env["TEST_MAIL_CA"],
        )  # fmt: skip
        box = inboxes(server)
        list(box.read())
        assert not box.watch(0.05)
        with pytest.raises(Unavailable, match="certificate"):
            list(inboxes(replace(server, ca=None)).read())


class TestSize:
    def test_a_large_mail_passes_through(self, inboxes: Any, store: SqlStore) -> None:
        """25 MB, byte for byte, with a few of them in memory."""
        with Email() as email:
            server = StandIn(email)
            _huge(email, 25_000_000)
            box = inboxes(server.imap)
            tracemalloc.start()
            try:
                assert sum(box.read()) == 1
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            box.close()
            assert peak < 8_000_000
            [row] = rows(store)
            assert not row.cut
            with email.office.lock:
                content = email.office.accounts[server.address].inbox.mails[0].content
                theirs = b"".join(content.pieces())
            assert raw_of(store, row.id) == theirs and row.size == len(theirs)

    def test_of_a_huge_mail_only_the_head_is_taken(
        self, mail_server: MailServer, inboxes: Any, store: SqlStore  # noqa: F811
    ) -> None:
        """Header block and the beginning of the text; its size is known, its end was never fetched."""
        raw = mail(1, b"y" * 300_000)
        for one in (raw, mail(2)):
            mail_server.deliver(one)
        calls: Counter[str] = Counter()
        assert sum(inboxes(mail_server.imap, max_size=200_000, calls=calls).read()) == 2
        head, small = rows(store)
        assert (head.cut, head.size, head.state) == (True, len(raw), "new")
        assert raw_of(store, head.id) == raw[: raw.index(b"\r\n\r\n") + 4 + TEXT]
        assert (small.cut, raw_of(store, small.id)) == (False, mail(2))

    def test_two_hundred_megabytes(self, inboxes: Any, store: SqlStore) -> None:
        """Two calls for the head of it, whatever lies behind."""
        with Email() as email:
            server = StandIn(email)
            _huge(email, 200_000_000)
            calls: Counter[str] = Counter()
            box = inboxes(server.imap, calls=calls)
            assert sum(box.read()) == 1
            box.close()
        assert rows(store)[0].cut
        assert calls["FETCH"] <= 3
        assert count_of(store, mail_chunks) == 1

    def test_many_mails(self, inboxes: Any) -> None:
        """Calls grow with batches, not with mails; a day later only what is new is asked for."""
        with Email() as email:
            server = StandIn(email)
            for n in range(3_000):
                server.deliver(mail(n))
            calls: Counter[str] = Counter()
            box = inboxes(server.imap, calls=calls)
            assert sum(box.read()) == 3_000
            assert sum(calls.values()) <= 2 * 3_000 / 500 + 4
            calls.clear()
            assert list(box.read()) == [0]
            assert calls == {"EXAMINE": 1}
            calls.clear()
            server.deliver(mail(3_001))
            assert sum(box.read()) == 1
            assert calls == {"EXAMINE": 1, "SEARCH": 1, "FETCH": 2}
            box.close()

    def test_batches_are_bounded_by_bytes(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """No transaction holds more than was agreed."""
        for n in range(6):
            mail_server.deliver(mail(n, b"z" * 100_000))
        assert list(inboxes(mail_server.imap, batch_bytes=250_000).read()) == [2, 2, 2]


class TestEvidence:
    def test_which_mails_lie_in_a_mailbox(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """By their whole Message-ID, in its case; the mailbox is looked at as it is now."""
        box = inboxes(mail_server.imap)
        assert box.holds(["m1@shop.example"], "Sent") == set()
        for n in range(1, 45):
            mail_server.deliver(mail(n), "Sent")
        wanted = [f"m{n}@shop.example" for n in range(40, 60)] + ["1@shop.example", "M2@shop.example", "ü@x"]
        assert box.holds(wanted * 2, "Sent") == {f"m{n}@shop.example" for n in range(40, 45)}
        with pytest.raises(Misconfigured, match="Nowhere"):
            box.holds(["m1@shop.example"], "Nowhere")

    def test_where_sent_mails_are(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """The server names it."""
        assert inboxes(mail_server.imap).sent_mailbox() == "Sent"

    def test_watching(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """What is there already, or nothing until the time is over; then it is read as ever."""
        box = inboxes(mail_server.imap)
        list(box.read())
        assert not box.watch(0.05)
        mail_server.deliver(mail(1))
        assert box.watch(20)
        assert sum(box.read()) == 1
        assert not box.watch(0.05)

    def test_mail_ends_the_wait(self, mail_server: MailServer, inboxes: Any) -> None:  # noqa: F811
        """Whatever moment it comes at."""
        box = inboxes(mail_server.imap)
        list(box.read())
        timer = threading.Timer(0.2, mail_server.deliver, [mail(1)])
        timer.start()
        assert box.watch(20)
        timer.join()
        assert sum(box.read()) == 1


class TestRandom:
    @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("deliver"), st.integers(1, 6), st.integers(0, 2)),
                st.tuples(st.sampled_from(["delete", "renumber", "remake", "read", "cut", "human"])),
            ),
            max_size=25,
        )
    )
    def test_every_mail_is_held_exactly_once(self, steps: list[tuple[Any, ...]]) -> None:
        """Whatever people and servers do between, and during, readings."""
        store = open_store("sqlite://", now=lambda: NOW)
        with Email() as email:
            server = StandIn(email)
            box = Inbox(store, server.imap, ["INBOX"], lambda: NOW, max_size=40_000_000)
            seen: set[bytes] = set()
            try:
                for step, *what in steps:
                    if step == "deliver":
                        raw = mail(what[0], b"text %d" % what[1])
                        seen.add(raw)
                        server.deliver(raw)
                        continue
                    if step in {"delete", "remake"}:
                        list(box.read())  # what nobody read before it went, nobody can hold
                    self._do(step, email, box)
                list(box.read())
                held = heard(store)
            finally:
                box.close()
                store.close()
        assert sorted(held) == sorted(seen)

    def _do(self, step: str, email: Email, box: Inbox) -> None:
        match step:
            case "delete":
                with email.office.lock:
                    inbox = email.office.accounts[email.office.address].inbox
                    inbox.expunge(inbox.mails[:1])
            case "renumber":
                email.person("new_uidvalidity")
            case "remake":
                email.person("recreate", mailbox="INBOX")
            case "human":
                email.person("read", all=True)
            case "cut":
                email.faults.follow([Fault(Fate.LOST)], endpoint="IMAP FETCH")
                with suppress(HubError):
                    list(box.read())
                email.faults.clear()
            case _:
                list(box.read())


def _huge(email: Email, size: int) -> None:
    """A mail of so many bytes, made without holding it."""
    line = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/" * 16 + b"\r\n"
    head = b"Message-ID: <huge@shop.example>\r\nSubject: huge\r\n\r\n"

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(size // len(line)):
            yield line

    with email.office.lock:
        content = email.office.spool.of(pieces())
        email.office.put(email.office.accounts[email.office.address], "INBOX", content)


def _human(server: MailServer) -> imaplib.IMAP4:
    session = imaplib.IMAP4(server.imap.host, server.imap.port, timeout=20)
    session.login(server.address, server.imap.password or "")
    return session

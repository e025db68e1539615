"""The inbox: signing in, large mailboxes, evidence of what was sent, and whatever happens."""

from __future__ import annotations

import os
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.email.inbox import Inbox
from connectors.email.inbox_bodies import TEXT
from connectors.email.server import Server
from hub.errors import HubError, Misconfigured, SignInFailed, Unavailable
from hub.store import SqlStore, open_store
from hub.store.mail_tables import mail_chunks
from sandbox.email import Email
from sandbox.faults import Fate, Fault
from tests.contract.inbox_boxes import NOW, count_of, heard, inboxes, mail, raw_of, rows, store
from tests.mailservers import NO_REAL, MailServer, StandIn, mail_server  # noqa: F401

__all__ = ["inboxes", "store"]


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

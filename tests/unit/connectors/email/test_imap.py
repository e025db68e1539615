"""One mailbox at a server that misbehaves: what is taken, what is said, and what is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.email import chunks
from connectors.email.inbox import Inbox
from connectors.email.server import Server
from hub.errors import HubError, Misconfigured, SignInFailed, Unavailable
from hub.store import SqlStore, open_store
from hub.store.mail_tables import mailboxes, mails
from tests.unit.connectors.email.imap_script import Script

NOW = "2026-02-01T00:00:00Z"


def mail(n: int, size: int = 0) -> bytes:
    return b"Message-ID: <m%d@shop.example>\r\nSubject: %d\r\n\r\n" % (n, n) + b"x" * size


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}", now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def inboxes(script: Script, store: SqlStore) -> Iterator[Any]:
    """Opens inboxes on the script's server, and closes them."""
    opened: list[Inbox] = []

    def make(*names: str, **options: Any) -> Inbox:
        signs = {name: options.pop(name) for name in ("password", "token") if name in options}
        where = {"host": "127.0.0.1", "port": script.port, "user": "help", "security": "none", "timeout": 5.0}
        server = Server(**{**where, **(signs or {"password": "right"})})
        box = Inbox(store, server, names or ("INBOX",), lambda: NOW, **{"max_size": 10_000_000, **options})
        opened.append(box)
        return box

    yield make
    for box in opened:
        box.close()


def held(store: SqlStore) -> dict[bytes, str]:
    """Every mail held, as bytes, with its state."""
    with store.reading() as connection:
        rows = connection.execute(select(mails.c.id, mails.c.state)).all()
        return {b"".join(chunks.read(connection, chunks.of_mail(n))): state for n, state in rows}


def read_all(box: Inbox) -> int:
    """Read until nothing more is to be had, whatever breaks on the way."""
    taken = 0
    for _ in range(8):
        with suppress(Unavailable):
            for some in box.read():
                taken += some
            return taken
    raise AssertionError("it never got through")


class TestSignIn:
    def test_a_wrong_password(self, inboxes: Any) -> None:
        """It says which server, which user and what to do, and never the password."""
        with pytest.raises(SignInFailed) as caught:
            list(inboxes(password="s3cret-one").read())
        assert "127.0.0.1" in str(caught.value) and "help" in str(caught.value) and "hub.toml" in str(caught.value)
        assert "s3cret" not in str(caught.value)

    def test_a_password_that_is_not_ascii(self, script: Script, inboxes: Any) -> None:
        """It is sent as UTF-8, and refused as any other."""
        with pytest.raises(SignInFailed):
            list(inboxes(password="пароль").read())
        assert script.heard["AUTHENTICATE"] == 1

    def test_a_server_that_knows_only_login(self, script: Script, inboxes: Any) -> None:
        """Old servers have no SASL."""
        script.capabilities = "IMAP4rev1"
        assert list(inboxes().read()) == [0]
        assert script.heard["LOGIN"] == 1

    def test_a_good_token(self, inboxes: Any) -> None:
        """XOAUTH2."""
        assert list(inboxes(token=lambda: "good").read()) == [0]

    def test_an_expired_token(self, inboxes: Any) -> None:
        """The server's challenge is answered with an empty line, as it wants; the token is not shown."""
        with pytest.raises(SignInFailed, match="401") as caught:
            list(inboxes(token=lambda: "bad-t0ken").read())
        assert "t0ken" not in str(caught.value) and "hub init" in str(caught.value)

    def test_a_token_that_was_revoked_is_renewed_once(self, script: Script, inboxes: Any) -> None:
        """Whoever gives tokens is told that this one was refused."""

        class Tokens:
            current = "old"

            def __call__(self) -> str:
                return self.current

            def refused(self) -> bool:
                self.current = "good"
                return True

        assert list(inboxes(token=Tokens()).read()) == [0]
        assert script.heard["AUTHENTICATE"] == 2

    def test_a_server_that_cannot_just_now(self, script: Script, inboxes: Any) -> None:
        """A passing refusal is no reason to call a person."""
        for said in ("[UNAVAILABLE] Temporary authentication failure", "[ALERT] Too many simultaneous connections"):
            script.answers["AUTHENTICATE"] = f"TAG NO {said}\r\n".encode()
            with pytest.raises(Unavailable):
                list(inboxes().read())

    def test_no_password_in_the_clear(self, store: SqlStore) -> None:
        """Not to another machine without TLS."""
        server = Server("mail.shop.example", 143, "help", "none", password="p")
        with pytest.raises(Misconfigured, match="encryption"):
            list(Inbox(store, server, ["INBOX"], lambda: NOW).read())

    def test_nothing_to_sign_in_with(self, inboxes: Any) -> None:
        """A person forgot it."""
        with pytest.raises(Misconfigured, match="password or an OAuth"):
            list(inboxes(password=None).read())


class TestGarbage:
    @pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"220 smtp ready\r\n", b"\0\xff\n", b""])
    def test_something_else_answers(self, script: Script, inboxes: Any, greeting: bytes) -> None:
        """A web server, an SMTP server, noise, silence."""
        script.greeting = greeting
        if not greeting:
            script.close()
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
            list(inboxes().read())

    @pytest.mark.parametrize("command", ["CAPABILITY", "EXAMINE", "SEARCH", "FETCH"])
    @pytest.mark.parametrize(
        "answer",
        [
            b"* 1 FETCH (UID x RFC822.SIZE\r\nTAG OK done\r\n",
            b"* SEARCH one two\r\n* 5 FETCH 5\r\nTAG OK done\r\n",
            b"* OK [UIDNEXT many]\r\n* OK [UIDVALIDITY 0x7]\r\n* x EXISTS\r\nTAG OK done\r\n",
            b"TAG BAD what?\r\n",
            b"* BYE go away\r\n",
            b"* 1 FETCH (UID 1 BODY[]<0> {99999999999999999999}\r\n",
            b"* 1 FETCH (UID 1 RFC822.SIZE (((((\r\nTAG OK done\r\n",
            b"\xff\xfe\r\n",
            b"* " + b"9" * 1_100_000 + b"\r\n",
        ],
        ids=range(9),
    )
    def test_an_answer_that_is_none(
        self, script: Script, inboxes: Any, store: SqlStore, command: str, answer: bytes
    ) -> None:
        """Whatever it is, it is Unavailable or harmless; afterwards everything is read."""
        script.mails = {1: mail(1), 2: mail(2)}
        script.answers[command] = answer
        box = inboxes()
        with suppress(Unavailable, Misconfigured):
            list(box.read())
        script.answers.clear()
        script.hang_up()
        read_all(inboxes())
        assert {mail(1), mail(2)} <= set(held(store))

    def test_no_lasting_numbers(self, script: Script, inboxes: Any) -> None:
        """A mailbox without UIDVALIDITY cannot be followed."""
        script.uidvalidity = None
        with pytest.raises(Unavailable, match="UIDVALIDITY"):
            list(inboxes().read())


class TestMails:
    def test_numbers_that_are_not_told(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """Without UIDNEXT, without INTERNALDATE: read all the same, once."""
        script.tells_uidnext = script.dated = False
        script.mails = {3: mail(3), 9: mail(9)}
        box = inboxes()
        assert sum(box.read()) == 2
        script.mails[12] = mail(12)
        assert [sum(box.read()), sum(box.read())] == [1, 0]
        assert set(held(store).values()) == {"new"}

    @pytest.mark.parametrize("said", [10, 900_000, 3_000_000])
    def test_sizes_that_are_not_so(self, script: Script, inboxes: Any, store: SqlStore, said: int) -> None:
        """Some servers only estimate: a mail is fetched until it ends."""
        script.mails = {1: mail(1, 2_300_000), 2: mail(2, 100), 3: mail(3, 1_048_576)}
        script.sizes = dict.fromkeys(script.mails, said)
        assert sum(inboxes().read()) == 3
        assert set(held(store)) == set(script.mails.values())

    def test_a_server_that_gives_all_instead_of_a_part(
        self, script: Script, inboxes: Any, store: SqlStore
    ) -> None:
        """Then all of it is taken."""
        script.whole = True
        script.mails = {1: mail(1, 1_500_000), 2: mail(2, 10)}
        assert sum(inboxes().read()) == 2
        assert set(held(store)) == set(script.mails.values())

    def test_late_mails(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """A mail that shows up below the cursor is taken."""
        script.mails = {1: mail(1), 5: mail(5)}
        box = inboxes()
        assert sum(box.read()) == 2
        script.mails[4] = mail(4)
        assert sum(box.read()) == 1
        assert set(held(store)) == {mail(1), mail(4), mail(5)}

    def test_a_mail_that_is_never_given_out(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """It keeps nobody waiting; after three times a person sees that there is one, and why."""
        script.mails = {n: mail(n) for n in range(1, 6)}
        script.declines[3] = "The requested message could not be converted"
        box = inboxes()
        assert sum(box.read()) == 4
        assert [sum(box.read()), sum(box.read()), sum(box.read())] == [0, 1, 0]
        with store.reading() as connection:
            row = connection.execute(select(mails).where(mails.c.state == "quarantined")).one()
        assert "could not be converted" in row.reason and "number 3" in row.reason

    def test_a_mail_that_is_given_out_later(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """Asked for again, it comes."""
        script.mails = {n: mail(n) for n in range(1, 4)}
        script.declines[2] = "not now"
        box = inboxes()
        assert sum(box.read()) == 2
        script.declines.clear()
        assert [sum(box.read()), sum(box.read())] == [1, 0]
        assert set(held(store).values()) == {"new"}

    def test_a_server_in_trouble_quarantines_nothing(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """A refusal that passes is no fault of a mail."""
        script.mails = {1: mail(1), 2: mail(2)}
        script.declines = dict.fromkeys(script.mails, "[UNAVAILABLE] storage is being moved")
        box = inboxes()
        for _ in range(5):
            with pytest.raises(Unavailable, match="storage is being moved"):
                list(box.read())
        script.declines.clear()
        assert sum(box.read()) == 2
        assert set(held(store).values()) == {"new"}

    def test_a_mail_that_is_listed_but_not_there(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """No answer for one of many: it is asked for, and shown in the end."""
        script.mails = {1: mail(1), 2: mail(2)}
        script.omits = {2}
        box = inboxes()
        assert [sum(box.read()) for _ in range(4)] == [1, 0, 1, 0]
        assert sorted(held(store).values()) == ["new", "quarantined"]

    def test_a_server_with_a_limit(self, script: Script, inboxes: Any) -> None:
        """MESSAGELIMIT (RFC 9738): no command touches more."""
        script.capabilities += " MESSAGELIMIT=10"
        script.mails = {n: mail(n) for n in range(1, 48)}
        assert sum(inboxes().read()) == 47
        assert script.longest <= 10

    @pytest.mark.parametrize("after", [0, 10, 60, 200, 900, 600_000, 2_000_000])
    def test_a_connection_that_is_cut(
        self, script: Script, inboxes: Any, store: SqlStore, after: int
    ) -> None:
        """Between two answers, in a line, in the middle of a mail: nothing is lost, nothing comes twice."""
        script.mails = {1: mail(1), 2: mail(2, 700_000), 3: mail(3, 3_000_000), 4: mail(4)}
        box = inboxes()
        script.cut_after = after
        taken = read_all(box)
        script.cut_after = after
        read_all(box)
        assert taken <= 4
        assert held(store) == dict.fromkeys(script.mails.values(), "new")


class TestWatching:
    def test_the_server_says_that_something_came(self, script: Script, inboxes: Any) -> None:
        """IDLE ends at once."""
        script.pushes = b"* 1 EXISTS\r\n"
        assert inboxes().watch(30)

    def test_other_news_is_none(self, script: Script, inboxes: Any) -> None:
        """Flags and signs of life: it goes on waiting, here until the time is over."""
        script.pushes = b"* OK still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"
        assert not inboxes().watch(0.05)

    def test_what_came_before_is_not_missed(self, script: Script, inboxes: Any) -> None:
        """Between the last reading and the watch."""
        box = inboxes()
        assert list(box.read()) == [0]
        script.mails = {1: mail(1)}
        assert box.watch(30)
        assert script.heard["IDLE"] == 0

    def test_a_connection_that_dies_meanwhile(self, script: Script, inboxes: Any) -> None:
        """It is noticed, not waited out, and nothing hangs."""
        script.silent = True
        with pytest.raises(Unavailable):
            inboxes().watch(30)

    def test_a_server_without_idle(self, script: Script, inboxes: Any) -> None:
        """It is looked at when the time is over, at the latest."""
        script.capabilities = "IMAP4rev1 AUTH=PLAIN"
        box = inboxes()
        assert list(box.read()) == [0]
        assert not box.watch(0.05)
        assert script.heard["EXAMINE"] == 3


class TestMailboxes:
    def test_one_that_is_not_there(self, script: Script, inboxes: Any) -> None:
        """It says which there are, and what to do; those that cannot be opened are not named."""
        script.answers["EXAMINE"] = b"TAG NO [NONEXISTENT] no such mailbox\r\n"
        with pytest.raises(Misconfigured, match="'Suport'") as caught:
            list(inboxes("Suport").read())
        assert "INBOX, Sent things" in str(caught.value) and "Shared" not in str(caught.value)

    def test_where_sent_mails_lie(self, inboxes: Any) -> None:
        """By its special use, whatever it is called."""
        assert inboxes().sent_mailbox() == "Sent things"

    def test_a_connection_that_was_closed_meanwhile(self, script: Script, inboxes: Any) -> None:
        """Servers close what is not used: nobody hears of it."""
        box = inboxes()
        assert list(box.read()) == [0]
        script.mails = {1: mail(1)}
        script.hang_up()
        assert sum(box.read()) == 1

    def test_calls_are_counted(self, script: Script, inboxes: Any) -> None:
        """By command; a mailbox where nothing happened costs one."""
        script.mails = {1: mail(1)}
        calls: Counter[str] = Counter()
        box = inboxes(calls=calls)
        assert [sum(box.read()), sum(box.read())] == [1, 0]
        assert calls == {"SIGN-IN": 1, "EXAMINE": 2, "SEARCH": 1, "FETCH": 2}

    def test_the_cursor_is_kept(self, script: Script, inboxes: Any, store: SqlStore) -> None:
        """Per account and mailbox."""
        script.mails = {4: mail(4)}
        list(inboxes().read())
        with store.reading() as connection:
            row = connection.execute(select(mailboxes)).one()
        assert (row.account, row.name, row.uidvalidity, row.next_uid) == ("help@127.0.0.1", "INBOX", 7, 5)


def test_every_error_is_one_of_ours() -> None:
    """The hub shows what it raises on purpose."""
    assert issubclass(SignInFailed, HubError)

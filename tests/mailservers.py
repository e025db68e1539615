"""
Mail servers for tests: the stand-in, and real Dovecot and Exim where `.ci/mail-servers start` runs them.

Both behind one interface, so that a test that takes the fixture `mail_server` (have it in the folder's
conftest: `from tests.mailservers import mail_server`) holds on both. The real ones are skipped, loudly,
without the variables that `.ci/mail-servers env` prints; and they are one test's at a time, also when
tests run in parallel.
"""

from __future__ import annotations

import fcntl
import imaplib
import os
import smtplib
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from connectors.email.server import Server
from sandbox.email import Email

_PATIENCE = 15.0
NO_REAL = "no real mail servers: .ci/mail-servers start, and export what it prints (TEST_MAIL_IMAP …)"


class MailServer(Protocol):
    """A support mailbox, its SMTP server, and the world's mailboxes."""

    kind: str
    address: str
    imap: Server
    smtp: Server
    token: str
    expired_token: str
    mx: str
    """The host whose Authentication-Results are the house's own."""

    def deliver(self, raw: bytes, mailbox: str = "INBOX") -> None:
        """Put bytes into a mailbox as they are."""
        ...

    def send(self, raw: bytes, sender: str, to: str | None = None) -> None:
        """Let a mail from outside come by SMTP (unsigned), and wait until it has arrived."""
        ...

    def mails_of(self, address: str, at_least: int = 0) -> list[bytes]:
        """Return what an address outside has got; wait until it is so many."""
        ...

    def mails_in(self, mailbox: str = "INBOX", at_least: int = 0) -> list[bytes]:
        """Return what lies in a mailbox of the house; wait until it is so many. Sets no flag."""
        ...

    def new_uidvalidity(self, mailbox: str = "INBOX") -> None:
        """Have a mailbox numbered anew under another UIDVALIDITY."""
        ...

    def read_all(self, mailbox: str = "INBOX") -> None:
        """Have somebody read all mails of a mailbox."""
        ...

    def create(self, mailbox: str) -> None: ...

    def remove(self, mailbox: str) -> None: ...

    def move_all(self, mailbox: str, to: str) -> None:
        """Have somebody move all mails of a mailbox into another."""
        ...


class StandIn:
    """The sandbox's mail side, in this process. `email` is the whole of it: faults, people, settings."""

    kind = "stand-in"
    expired_token = "lapsed-token"

    def __init__(self, email: Email) -> None:
        self.email = email
        where = email.where
        self.address: str = where["address"]
        self.token: str = where["imap"]["token"]
        self.mx: str = where["trusted"][0]
        self.imap = _plain(where["imap"]["host"], where["imap"]["port"], self.address, where["imap"]["password"])
        self.smtp = _plain(where["smtp"]["host"], where["smtp"]["port"], self.address, where["smtp"]["password"])

    def deliver(self, raw: bytes, mailbox: str = "INBOX") -> None:
        self.email.person("deliver", raw=raw, mailbox=mailbox)

    def send(self, raw: bytes, sender: str, to: str | None = None) -> None:
        _send(self.smtp, raw, sender, to or self.address)

    def mails_of(self, address: str, at_least: int = 0) -> list[bytes]:
        return self._bytes(address, "INBOX", at_least)

    def mails_in(self, mailbox: str = "INBOX", at_least: int = 0) -> list[bytes]:
        return self._bytes(self.address, mailbox, at_least)

    def _bytes(self, address: str, mailbox: str, at_least: int) -> list[bytes]:
        with self.email.office.lock:
            found = [mail.content.read() for mail in self.email.office.anybody(address).mailbox(mailbox).mails]
        assert len(found) >= at_least
        return found

    def new_uidvalidity(self, mailbox: str = "INBOX") -> None:
        self.email.person("new_uidvalidity", mailbox=mailbox)

    def read_all(self, mailbox: str = "INBOX") -> None:
        self.email.person("read", mailbox=mailbox, all=True)

    def create(self, mailbox: str) -> None:
        self.email.person("create", mailbox=mailbox)

    def remove(self, mailbox: str) -> None:
        self.email.person("remove", mailbox=mailbox)

    def move_all(self, mailbox: str, to: str) -> None:
        for _ in self.mails_in(mailbox):
            self.email.person("move", mailbox=mailbox, to=to)


class Real:
    """Dovecot and Exim, where the environment says. Begins with empty mailboxes."""

    kind = "real"

    def __init__(self) -> None:
        env = os.environ
        self.address = env["TEST_MAIL_ADDRESS"]
        self.token, self.expired_token = env["TEST_MAIL_TOKEN"], env["TEST_MAIL_EXPIRED_TOKEN"]
        self.mx = f"mx.{self.address.rpartition('@')[2]}"
        self._folder = Path(env["TEST_MAIL_FOLDER"])
        self._world = env["TEST_MAIL_WORLD"]
        password = env["TEST_MAIL_PASSWORD"]
        self.imap = _plain(*_place(env["TEST_MAIL_IMAP"]), self.address, password)
        self.smtp = _plain(*_place(env["TEST_MAIL_SMTP"]), self.address, password)
        self._empty(self.address)
        self._empty(self._world)

    def _session(self, user: str = "") -> imaplib.IMAP4:
        session = imaplib.IMAP4(self.imap.host, self.imap.port, timeout=30)
        session.login(user or self.address, self.imap.password or "")
        return session

    def _empty(self, user: str) -> None:
        with self._session(user) as session:
            for name in ("INBOX", "Sent", "Junk"):
                session.select(name)
                session.store("1:*", "+FLAGS.SILENT", "\\Deleted") if session.uid("SEARCH", "ALL")[1] != [b""] else None
                session.expunge()
            session.unselect()
            for row in session.list()[1]:
                name = row.decode().rpartition(' "." ')[2] if isinstance(row, bytes) else "INBOX"
                if name not in {"INBOX", "Sent", "Junk"}:
                    session.delete(name)

    def deliver(self, raw: bytes, mailbox: str = "INBOX") -> None:
        with self._session() as session:
            assert session.append(mailbox, "", "", raw)[0] == "OK"

    def send(self, raw: bytes, sender: str, to: str | None = None) -> None:
        before = len(self.mails_in())
        _send(self.smtp, raw, sender, to or self.address)
        self.mails_in(at_least=before + 1)

    def mails_of(self, address: str, at_least: int = 0) -> list[bytes]:
        return self._search(self._world, "INBOX", at_least, "HEADER", "Envelope-to", address)

    def mails_in(self, mailbox: str = "INBOX", at_least: int = 0) -> list[bytes]:
        return self._search(self.address, mailbox, at_least, "ALL")

    def _search(self, user: str, mailbox: str, at_least: int, *criteria: str) -> list[bytes]:
        found: list[bytes] = []

        def look() -> bool:
            with self._session(user) as session:
                session.select(mailbox, readonly=True)
                numbers = session.search(None, *criteria)[1][0].split()
                fetched = [session.fetch(number.decode(), "(BODY.PEEK[])")[1][0] for number in numbers]
            found[:] = [part[1] for part in fetched if isinstance(part, tuple)]
            return len(found) >= at_least

        wait_until(look, f"{at_least} mails in {mailbox} of {user}")
        return found

    def new_uidvalidity(self, mailbox: str = "INBOX") -> None:
        user, _, domain = self.address.partition("@")
        folder = self._folder / domain / user
        if mailbox != "INBOX":
            folder /= f".{mailbox}"
        for pattern in ("dovecot-uidlist*", "dovecot-uidvalidity*", "dovecot-keywords*", "dovecot.index*"):
            for file in folder.glob(pattern):
                file.unlink()
        # Dovecot takes the second for a UIDVALIDITY: within the same one it would be the old one again.
        time.sleep(1.1)

    def read_all(self, mailbox: str = "INBOX") -> None:
        with self._session() as session:
            session.select(mailbox)
            session.store("1:*", "+FLAGS.SILENT", "\\Seen")

    def create(self, mailbox: str) -> None:
        with self._session() as session:
            assert session.create(mailbox)[0] == "OK"

    def remove(self, mailbox: str) -> None:
        with self._session() as session:
            assert session.delete(mailbox)[0] == "OK"

    def move_all(self, mailbox: str, to: str) -> None:
        with self._session() as session:
            session.select(mailbox)
            session._simple_command("MOVE", "1:*", to)  # type: ignore[attr-defined]


def wait_until(so: Callable[[], bool], what: str) -> None:
    """Wait for what a server does in its own time; fail with `what` if it does not."""
    end = time.monotonic() + _PATIENCE
    while not so():
        assert time.monotonic() < end, f"this did not come to be: {what}"
        time.sleep(0.02)


def _plain(host: str, port: int, user: str, password: str) -> Server:
    return Server(host, port, user, security="none", password=password, timeout=30)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port)


def _send(server: Server, raw: bytes, sender: str, to: str) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=30) as session:
        session.sendmail(sender, [to], raw)


@contextmanager
def real_servers() -> Generator[Real]:
    """Yield the real servers, with empty mailboxes, to one test at a time; skip where there are none."""
    if "TEST_MAIL_IMAP" not in os.environ:
        pytest.skip(NO_REAL)
    with (Path(os.environ["TEST_MAIL_FOLDER"]).parent / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Real()


@pytest.fixture(params=["stand-in", "real"])
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """Each test runs on the stand-in and on the real servers."""
    if request.param == "real":
        with real_servers() as real:
            yield real
        return
    with Email() as email:
        yield StandIn(email)

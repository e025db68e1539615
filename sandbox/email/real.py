"""
The mail side on real servers (Dovecot and Exim) instead of the stand-in.

People act there as in the stand-in, through IMAP and SMTP. What only a stand-in can do (faults, switches,
the sandbox's clock) has no effect here.
"""

from __future__ import annotations

import imaplib
import os
import re
import smtplib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.calls import Calls
from sandbox.clock import Clock
from sandbox.email import people, seeds
from sandbox.email.content import Content
from sandbox.email.mailbox import Account, Mail, Mailbox, NoMailbox
from sandbox.email.office import Office
from sandbox.faults import Faults

SCRIPT = Path(__file__).parents[2] / ".ci" / "mail-servers"
_PATIENCE = 10.0
_LARGEST = 10_000_000


class NoServers(RuntimeError):
    """There are no real mail servers, and they cannot be started; the text says what to do."""


class RealMail:
    """
    A support mailbox on real servers.

    They are those of the environment (as `.ci/mail-servers env` prints it), or else started, and stopped
    in the end.
    """

    name = "email"
    places: tuple[str, ...] = ()

    def __init__(self, clock: Clock) -> None:
        """Find the servers, or start them. Raises `NoServers`."""
        self._started = "TEST_MAIL_IMAP" not in os.environ
        env = _start() if self._started else dict(os.environ)
        self.settings: dict[str, Any] = {}
        self.office = RealOffice(clock, env)

    @property
    def state(self) -> Office:
        """Everybody's mailboxes, read anew each time."""
        return self.office

    def join(self, lock: threading.RLock, faults: Faults, calls: Calls) -> None:
        """Do nothing: real servers have neither a lock of ours nor faults."""

    def listen(self, sockets: Mapping[str, socket.socket], context: ssl.SSLContext) -> None:
        """Do nothing: they listen already."""

    def hang_up(self) -> None:
        """Stop the servers, if it was we who started them."""
        self.office.spool.close()
        if self._started:
            self._started = False
            _script("stop")

    def line(self, host: str, ports: Mapping[str, int]) -> dict[str, Any]:
        """Return where the servers are, and the credentials that are good there."""
        del host, ports
        return self.office.where

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """Fill the mailbox: `empty` or `demo`."""
        return seeds.plant(self.office, kind, params)

    def reset(self) -> None:
        """Take every mail out of the mailboxes."""
        for address in (self.office.address, "anybody@world.invalid"):
            account = self.office.anybody(address)
            for name in account.mailboxes:
                box = account.mailbox(name)
                box.expunge(box.mails)

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Do what a customer does in a mail program, or an agent or operator in the support mailbox."""
        return people.act(self.office, action, params)


def _start() -> dict[str, str]:
    if not SCRIPT.exists():
        raise NoServers("there are no real mail servers: set TEST_MAIL_IMAP and the others of its kind")
    told = _script("start")
    if told.returncode:
        why = told.stderr.strip() or "no reason was given"
        raise NoServers(f"real mail servers cannot be started: {why}")
    return dict(row.split("=", 1) for row in told.stdout.splitlines() if "=" in row)


def _script(word: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, word], check=False, capture_output=True, text=True)  # noqa: S603


class RealOffice(Office):
    """The world of mail as the real servers hold it; what went to the outside lies in one mailbox."""

    def __init__(self, clock: Clock, env: Mapping[str, str]) -> None:
        address, self.password = env["TEST_MAIL_ADDRESS"], env["TEST_MAIL_PASSWORD"]
        self.imap, self.smtp = _place(env["TEST_MAIL_IMAP"]), _place(env["TEST_MAIL_SMTP"])
        self.common = env["TEST_MAIL_WORLD"]
        user, _, domain = address.partition("@")
        super().__init__(clock, domain, (user,))
        account = {"user": address, "password": self.password, "token": env.get("TEST_MAIL_TOKEN", "")}
        places = {"imap": self.imap, "smtp": self.smtp}
        self.where: dict[str, Any] = {"address": address, "trusted": [self.host]} | {
            way: {"host": host, "port": port, **account} for way, (host, port) in places.items()
        }

    def session(self, user: str) -> imaplib.IMAP4:
        """Return a signed-in session, to be used as a context."""
        session = imaplib.IMAP4(*self.imap, timeout=_PATIENCE)
        session.login(user, self.password)
        return session

    def anybody(self, address: str) -> Account:
        """Return whoever has an address, with the mailboxes as they are now."""
        if not self.ours(address):
            return RemoteAccount(self, self.common, address.lower())
        if self.user(address) is None:
            raise LookupError(f"the house has no user {address}; there is {self.address}")
        return RemoteAccount(self, self.address)

    def post(
        self, sender: str, recipients: Sequence[str], content: Content, client: str, by: Account | None = None
    ) -> list[Mail]:
        """Hand a mail to the MTA, and wait until what goes to the house has arrived there."""
        del by
        before = self._held()
        with smtplib.SMTP(*self.smtp, local_hostname=client, timeout=_PATIENCE) as session:
            if not all(self.ours(recipient) for recipient in recipients):
                session.login(self.address, self.password)
            session.sendmail(sender, list(recipients), content.read())
        expected = before + sum(self.ours(recipient) for recipient in recipients)
        end = time.monotonic() + _PATIENCE
        while self._held() < expected and time.monotonic() < end:
            time.sleep(0.05)
        return []

    def put(self, account: Account, mailbox: str, content: Content, flags: Iterable[str] = ()) -> Mail:
        """Put a mail into a mailbox as it is."""
        return account.mailbox(mailbox).add(content, self.clock.now(), flags)

    def _held(self) -> int:
        with self.session(self.address) as session:
            told = session.status("INBOX", "(MESSAGES)")[1][0]
        return int(re.findall(rb"MESSAGES (\d+)", told if isinstance(told, bytes) else b"")[0])


class RemoteAccount(Account):
    """One user's mailboxes on the server; `only` picks the mail that went to one address."""

    def __init__(self, office: RealOffice, user: str, only: str = "") -> None:
        self.office, self.user, self.only = office, user, only
        self.address, self.password = only or user, None
        with office.session(user) as session:
            rows = [row.decode() for row in session.list()[1] if isinstance(row, bytes)]
        names = [row.rpartition(' "." ')[2].strip('"') for row in rows]
        self.mailboxes = {name: Mailbox(name, 0) for name in names}

    @property
    def inbox(self) -> Mailbox:
        return self.mailbox("INBOX")

    def mailbox(self, name: str) -> Mailbox:
        """Return a mailbox with all its mails. Raises `NoMailbox`."""
        if name not in self.mailboxes:
            raise NoMailbox(f"Mailbox doesn't exist: {name}")
        return RemoteMailbox(self, name)

    def create(self, name: str, now: float) -> Mailbox:
        del now
        with self.office.session(self.user) as session:
            session.create(f'"{name}"')
        self.mailboxes[name] = Mailbox(name, 0)
        return self.mailbox(name)

    def remove(self, name: str) -> None:
        with self.office.session(self.user) as session:
            session.delete(f'"{name}"')
        self.mailboxes.pop(name, None)

    def rename(self, old: str, new: str) -> None:
        with self.office.session(self.user) as session:
            session.rename(f'"{old}"', f'"{new}"')

    def rebuild(self, name: str, now: float) -> Mailbox:
        """Refuse: only the server's operator can do it."""
        del now
        raise ValueError(f"a real server keeps the UIDVALIDITY of {name}; the stand-in can change it")


class RemoteMailbox(Mailbox):
    """A mailbox as it was when it was looked at; what is done to it, is done on the server."""

    def __init__(self, account: RemoteAccount, name: str) -> None:
        super().__init__(name, 0)
        self.account = account
        criteria = ("HEADER", "Envelope-to", f'"{account.only}"') if account.only else ("ALL",)
        with account.office.session(account.user) as session:
            session.select(f'"{name}"', readonly=True)
            code = session.untagged_responses.get("UIDVALIDITY", [b"0"])[0]
            self.uidvalidity = int(code or 0)
            for uid in session.uid("SEARCH", *criteria)[1][0].split():
                self.mails.append(self._fetched(session, uid.decode()))

    def _fetched(self, session: imaplib.IMAP4, uid: str) -> Mail:
        [(facts, raw), *_] = session.uid("FETCH", uid, f"(FLAGS INTERNALDATE BODY.PEEK[]<0.{_LARGEST}>)")[1]
        moment = imaplib.Internaldate2tuple(facts)
        flags = {flag.decode() for flag in imaplib.ParseFlags(facts)} - {"\\Recent"}
        content = self.account.office.spool.of(raw)
        return Mail(int(uid), content, time.mktime(moment) if moment else 0.0, flags, 0)

    def add(self, content: Content, date: float, flags: Iterable[str] = ()) -> Mail:
        office, shown = self.account.office, " ".join(flags)
        with office.session(self.account.user) as session:
            told = session.append(f'"{self.name}"', f"({shown})", "", content.read())[1][0]
        uid = re.findall(rb"APPENDUID \d+ (\d+)", told if isinstance(told, bytes) else b"")
        return Mail(int(uid[0]) if uid else 0, content, date, set(flags), 0)

    def touch(self, mail: Mail) -> None:
        self._store([mail], "FLAGS.SILENT", " ".join(mail.flags))

    def expunge(self, mails: Collection[Mail]) -> None:
        if mails:
            self._store(mails, "+FLAGS.SILENT", "\\Deleted", expunge=True)

    def _store(self, mails: Collection[Mail], how: str, flags: str, *, expunge: bool = False) -> None:
        uids = ",".join(str(mail.uid) for mail in mails)
        with self.account.office.session(self.account.user) as session:
            session.select(f'"{self.name}"')
            session.uid("STORE", uids, how, f"({flags})")
            if expunge:
                session.uid("EXPUNGE", uids)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port)

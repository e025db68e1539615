"""Accounts, their mailboxes, and the mails in them, numbered as IMAP has it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sandbox.email.content import Content

SPECIAL = {"Sent": "\\Sent", "Junk": "\\Junk"}


class NoMailbox(LookupError):
    """There is no such mailbox, or it cannot be made; the text is how Dovecot says so."""


@dataclass(eq=False, slots=True)
class Mail:
    """One mail in one mailbox. `modseq` grows with every change; `gone`: it was expunged."""

    uid: int
    content: Content
    date: float
    flags: set[str]
    modseq: int
    gone: bool = False


@dataclass(eq=False, slots=True)
class Mailbox:
    """
    A mailbox. UIDs only grow, and stay with their mails as long as `uidvalidity` does.

    `gone`: this is no longer the mailbox of its name; sessions that have it selected must sign in anew.
    """

    name: str
    uidvalidity: int
    special: str = ""
    uidnext: int = 1
    modseq: int = 1
    mails: list[Mail] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    gone: bool = False

    def add(self, content: Content, date: float, flags: Iterable[str] = ()) -> Mail:
        """Put a mail in."""
        self.modseq += 1
        mail = Mail(self.uidnext, content, date, set(flags), self.modseq)
        self.uidnext += 1
        self.mails.append(mail)
        return mail

    def touch(self, mail: Mail) -> None:
        """Note that a mail's flags have changed."""
        self.modseq += 1
        mail.modseq = self.modseq

    def expunge(self, mails: Collection[Mail]) -> None:
        """Take mails out for good."""
        if not mails:
            return
        for mail in mails:
            mail.gone = True
        self.modseq += 1
        self.mails = [mail for mail in self.mails if not mail.gone]

    def by_uid(self, uid: int) -> Mail | None:
        at = bisect_left(self.mails, uid, key=lambda mail: mail.uid)
        return self.mails[at] if at < len(self.mails) and self.mails[at].uid == uid else None


class Account:
    """Whoever has mailboxes: the house's own users, who may sign in, and everybody else in the world."""

    def __init__(self, address: str, password: str | None, now: float) -> None:
        self.address = address
        self.password = password
        self._last_validity = 0
        self.mailboxes: dict[str, Mailbox] = {}
        for name in ("INBOX", *SPECIAL):
            self.create(name, now)

    @property
    def inbox(self) -> Mailbox:
        return self.mailboxes["INBOX"]

    def mailbox(self, name: str) -> Mailbox:
        """Return a mailbox by its name. Raises `NoMailbox`."""
        found = self.mailboxes.get(canonical(name))
        if found is None:
            raise NoMailbox(f"Mailbox doesn't exist: {name}")
        return found

    def create(self, name: str, now: float) -> Mailbox:
        """Make a mailbox, with a UIDVALIDITY that none had before."""
        name = canonical(name)
        if name in self.mailboxes:
            raise NoMailbox("[ALREADYEXISTS] Mailbox already exists")
        # Dovecot takes the moment: two mailboxes of one name never have the same, whatever lies between.
        self._last_validity = max(int(now), self._last_validity + 1)
        made = Mailbox(name, self._last_validity, SPECIAL.get(name, ""))
        self.mailboxes[name] = made
        return made

    def remove(self, name: str) -> None:
        """Delete a mailbox with all that is in it."""
        self.mailbox(name).gone = True
        del self.mailboxes[canonical(name)]

    def rename(self, old: str, new: str) -> None:
        """Give a mailbox another name; its UIDs stay."""
        found = self.mailbox(old)
        if canonical(new) in self.mailboxes:
            raise NoMailbox("[ALREADYEXISTS] Target mailbox already exists")
        del self.mailboxes[found.name]
        found.name = canonical(new)
        self.mailboxes[found.name] = found

    def rebuild(self, name: str, now: float) -> Mailbox:
        """Number a mailbox's mails anew under a new UIDVALIDITY, as after a repair or a move of servers."""
        old = self.mailbox(name)
        old.gone = True
        del self.mailboxes[old.name]
        made = self.create(old.name, now)
        for mail in old.mails:
            made.add(mail.content, mail.date, mail.flags)
        return made


def canonical(name: str) -> str:
    """Return a mailbox's name as it is kept: INBOX is INBOX in any case."""
    return "INBOX" if name.upper() == "INBOX" else name

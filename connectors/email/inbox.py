"""
The mailboxes of one account, read so that no mail is lost and none is taken twice.

What was read is known by the store alone: never by flags of the server, which other programs and people
change. Mails are taken as bytes, together with the cursor, before anything looks into them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from connectors.email import arrivals, watching
from connectors.email.arrivals import Box, Writing
from connectors.email.imap import Declined, Imap, View, declined
from connectors.email.inbox_round import Limits, Round
from connectors.email.server import Server
from hub.errors import Forbidden, HubError, Misconfigured, Unavailable

T = TypeVar("T")


class Inbox:
    """
    One account at an IMAP server. Not for use by two threads at once.

    `since` (YYYY-MM-DD): mails that came earlier are passed over for good. Of a mail above `max_size`
    bytes only the head is taken. `calls` counts the commands sent, by name.
    """

    def __init__(
        self,
        core: Writing,
        server: Server,
        mailboxes: Sequence[str],
        now: Callable[[], str],
        *,
        since: str = "",
        max_size: int = 40_000_000,
        batch_bytes: int = 8 * 1024 * 1024,
        calls: Counter[str] | None = None,
    ) -> None:
        self._core = core
        self._server = server
        self._mailboxes = tuple(dict.fromkeys(_canonical(name) for name in mailboxes))
        self._now = now
        self._limits = Limits(since, max_size, batch_bytes)
        self._calls: Counter[str] = Counter() if calls is None else calls
        self._account = f"{server.user}@{server.host}"
        self._imap: Imap | None = None
        self._read: set[str] = set()

    def read(self) -> Iterator[int]:
        """
        Take whatever is new; after each committed transaction yield how many mails it took.

        What one mailbox has against it does not keep the others waiting: after all of them, the first
        error is raised. Without a connection nothing is tried further.
        """
        first: HubError | None = None
        said = False
        for name in self._mailboxes:
            _ = self._session()
            try:
                for taken in self._round(name).run():
                    said = True
                    yield taken
                self._read.add(name)
            except Declined as error:
                first = first or declined(self._server, name, error)
            except (Unavailable, Misconfigured, Forbidden) as error:
                first = first or error
                if isinstance(error, Unavailable):
                    self._drop()
        if not said:
            yield 0
        if first is not None:
            raise first

    def holds(self, message_ids: Sequence[str], mailbox: str) -> set[str]:
        """Return which of these Message-IDs (without <>) lie in a mailbox now."""
        if not message_ids:
            return set()
        _ = self._examine(mailbox)
        return self._asked(lambda imap: imap.known(message_ids), mailbox)

    def look(self) -> None:
        """Sign in and open every mailbox; nothing is taken. Raises what is wrong with the first bad one."""
        for name in self._mailboxes:
            _ = self._examine(name)

    def sent_mailbox(self) -> str | None:
        """Return the mailbox where the provider files what was sent."""
        return self._asked(lambda imap: imap.sent_mailbox(), "the list of mailboxes")

    def watch(self, seconds: float) -> bool:
        """Wait until something new seems to be there; False: the time is over."""
        until = time.monotonic() + seconds
        try:
            return self._asked(
                lambda imap: watching.watch(imap, self._mailboxes, self._next_uids(), until),
                ", ".join(self._mailboxes),
            )
        except BaseException:
            self._drop()  # it may have been interrupted within IDLE, where nothing else can be said
            raise

    def close(self) -> None:
        imap, self._imap = self._imap, None
        if imap is not None:
            imap.close()

    def _round(self, name: str) -> Round:
        view = self._examine(name)
        if not view.uidvalidity:
            raise Unavailable(
                f"the mail server {self._server.name} gives the mails of {name} no lasting numbers "
                "(UIDVALIDITY), so we cannot tell which of them we have: use another mailbox"
            )
        first = name not in self._read
        box = Box(self._account, name)
        return Round(self._session(), self._core, box, view, self._limits, self._now, first=first)

    def _examine(self, name: str) -> View:
        """Open a mailbox. Raises `Misconfigured` where there is none of this name."""
        if self._imap is not None:
            try:
                return self._again(lambda imap: imap.examine(name))
            except Declined:
                self.close()  # what a session knows of a mailbox may be out of date: ask a new one
        try:
            return self._again(lambda imap: imap.examine(name))
        except Declined as error:
            there = self._again(lambda imap: imap.mailboxes())
            if name in there or name == "INBOX" or error.passing:
                raise declined(self._server, name, error) from None
            raise Misconfigured(
                f"there is no mailbox {name!r} in the account of {self._server.user} at {self._server.name}; "
                f"it has {', '.join(there) or 'none'}. Correct `mailboxes` in hub.toml, or make that "
                "mailbox; the others are read on"
            ) from None

    def _next_uids(self) -> dict[str, tuple[int, int]]:
        with self._core.reading() as connection:
            cursors = {
                name: arrivals.cursor_of(connection, Box(self._account, name)) for name in self._mailboxes
            }
        return {name: (c.uidvalidity, c.next_uid) for name, c in cursors.items() if c is not None}

    def _asked(self, ask: Callable[[Imap], T], what: str) -> T:
        try:
            return self._again(ask)
        except Declined as error:
            raise declined(self._server, what, error) from None

    def _again(self, ask: Callable[[Imap], T]) -> T:
        """Ask on the connection at hand; servers close it when they were not spoken to: then on a new one."""
        old = self._imap is not None
        try:
            return ask(self._session())
        except Unavailable:
            self._drop()
            if not old:
                raise
        try:
            return ask(self._session())
        except Unavailable:
            self._drop()
            raise

    def _session(self) -> Imap:
        if self._imap is None:
            self._imap = Imap(self._server, self._calls)
        return self._imap

    def _drop(self) -> None:
        imap, self._imap = self._imap, None
        if imap is not None:
            imap.drop()


def _canonical(name: str) -> str:
    """INBOX is one mailbox in any case; other names are what they are."""
    return "INBOX" if name.upper() == "INBOX" else name

"""
One signed-in IMAP session: the few commands that reading a mailbox needs, each counted.

Mailboxes are only ever examined, bodies only peeked at: nothing here changes a mailbox, not even what
its owner has read.
"""

from __future__ import annotations

import select
import ssl
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from connectors.email.imap_session import Declined, closed, cut, explained, opened
from connectors.email.server import Server
from hub.errors import Unavailable

__all__ = ["Declined", "Imap", "Meta", "View"]

_SOME = 20
"""Message-IDs in one search: what servers take as the length of a line is not endless."""


class View(NamedTuple):
    """A mailbox at one moment. 0: the server did not tell."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int = 0


class Meta(NamedTuple):
    """What is known of a mail before it is fetched."""

    uid: int
    size: int
    """By the server's word, which some servers only estimate."""
    received_at: str
    """ISO 8601 UTC; empty: the server cannot tell."""


class Imap:
    """
    Every method raises `Unavailable` when the connection breaks or an answer is garbage (close it then),
    and `Declined` when the server says NO.
    """

    def __init__(self, server: Server, calls: Counter[str]) -> None:
        """Raises `SignInFailed`, `Unavailable` or `Misconfigured`."""
        self._server = server
        self._calls = calls
        calls["SIGN-IN"] += 1
        self._client = opened(server)
        try:
            found = self._capabilities()
        except BaseException:
            closed(self._client)
            raise
        self.can_idle = "IDLE" in found
        self.message_limit = _message_limit(found)

    def _capabilities(self) -> set[str]:
        with explained(self._server, "asking what it can do"):
            found = {bytes(c).decode("ascii", "replace").upper() for c in self._client.capabilities()}
        if {"ENABLE", "CONDSTORE"} <= found:  # else no HIGHESTMODSEQ is told; we can do without
            with suppress(Declined), self._asking("ENABLE", "switching on CONDSTORE"):
                self._client.enable("CONDSTORE")
        return found

    @contextmanager
    def _asking(self, command: str, doing: str) -> Generator[None]:
        self._calls[command] += 1
        with explained(self._server, doing):
            yield

    def examine(self, mailbox: str) -> View:
        """Open a mailbox, read-only, and see it as it is now."""
        with self._asking("EXAMINE", f"opening {mailbox}"):
            found = self._client.select_folder(mailbox, readonly=True)
            return _view(found, b"EXISTS")

    def status(self, mailbox: str) -> View:
        """See a mailbox from outside, while another one is open."""
        with self._asking("STATUS", f"looking at {mailbox}"):
            found = self._client.folder_status(mailbox, ("MESSAGES", "UIDNEXT", "UIDVALIDITY"))
            return _view(found, b"MESSAGES")

    def uids(self, first: int, last: int | None, since: str = "", *, some: bool = False) -> list[int]:
        """
        Return the UIDs of the open mailbox from `first` to `last`, ascending.

        `since` (YYYY-MM-DD) leaves out mails that are older by more than a day: servers compare dates
        of any zone. `some`: the mailbox is not empty, so an answer without any UID is not believed.
        """
        criteria: list[Any] = ["UID", f"{first}:{last or '*'}"]
        if since:
            criteria += ["SINCE", date.fromisoformat(since[:10]) - timedelta(days=1)]
        with self._asking("SEARCH", "looking for new mails"):
            found = {int(uid) for uid in self._client.search(criteria)}
        # `n:*` always finds the last mail, also when its UID is below n.
        if some and last is None and not found:
            raise Unavailable(
                f"the mail server {self._server.name} finds no mail where it says that there are some; "
                "the next run asks again"
            )
        return sorted(uid for uid in found if uid >= first and (last is None or uid <= last))

    def metas(self, uids: Sequence[int]) -> list[Meta]:
        """Return what is known of mails, ascending; those that are gone are left out."""
        with self._asking("FETCH", "asking for the sizes of mails"):
            rows = self._client.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE"])
            return [
                Meta(int(uid), int(row[b"RFC822.SIZE"]), _utc(row.get(b"INTERNALDATE")))
                for uid, row in sorted(rows.items())
                if b"RFC822.SIZE" in row  # else it is news of another mail that came in between
            ]

    def pieces(self, uids: Sequence[int], offset: int, length: int) -> dict[int, bytes]:
        """Return up to `length` bytes of each mail from `offset`; those that are gone are left out."""
        with self._asking("FETCH", "fetching mails"):
            rows = self._client.fetch(list(uids), [f"BODY.PEEK[]<{offset}.{length}>"])
            return {int(uid): piece for uid, row in rows.items() if (piece := _body(row, offset)) is not None}

    def known(self, message_ids: Sequence[str]) -> set[str]:
        """Return which of these Message-IDs (without <>) the open mailbox holds."""
        found: set[str] = set()
        askable = [one for one in message_ids if one.isascii()]
        for start in range(0, len(askable), _SOME):
            wanted = askable[start : start + _SOME]
            with self._asking("SEARCH", "looking for sent mails"):
                uids = self._client.search(_any_of(wanted))
            if not uids:
                continue
            with self._asking("FETCH", "looking for sent mails"):
                rows = self._client.fetch(list(uids), ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
            heads = (value for row in rows.values() for value in row.values() if isinstance(value, bytes))
            text = b"\n".join(heads).decode("utf-8", "replace")
            # The search is for a part of the header, in any case: look again.
            found |= {one for one in wanted if f"<{one}>" in text}
        return found

    def mailboxes(self) -> list[str]:
        """Return the names of the mailboxes that can be opened."""
        with self._asking("LIST", "listing mailboxes"):
            rows = self._client.list_folders()
            return sorted(str(name) for flags, _, name in rows if not _shut(flags))

    def sent_mailbox(self) -> str | None:
        """Return where the provider files what was sent, if it says or names it so."""
        with self._asking("LIST", "listing mailboxes"):
            found = self._client.find_special_folder(b"\\Sent")
        return None if found is None else str(found)

    def idle(self, seconds: float) -> bool:
        """Wait until the server speaks of the open mailbox; return whether it is about mails."""
        with self._asking("IDLE", "waiting for news"):
            self._client.idle()
            _listen(self._client._imap, seconds, self._server.timeout)  # noqa: SLF001
            # Never the library's `idle_check`: it takes a broken connection for silence.
            _, told = self._client.idle_done()
        return any(len(line) > 1 and line[1] == b"EXISTS" for line in told)

    def close(self) -> None:
        """Leave, politely where the server still listens."""
        with suppress(Unavailable, Declined), explained(self._server, "leaving"):
            self._client.logout()
        closed(self._client)

    def drop(self) -> None:
        """Leave a connection that broke."""
        closed(self._client)


def _view(found: Mapping[bytes, Any], count: bytes) -> View:
    return View(
        uidvalidity=int(found.get(b"UIDVALIDITY") or 0),
        uidnext=int(found.get(b"UIDNEXT") or 0),
        exists=int(found.get(count) or 0),
        modseq=int(found.get(b"HIGHESTMODSEQ") or 0),
    )


def _utc(value: datetime | None) -> str:
    if value is None or value.tzinfo is None:
        return ""
    try:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


def _body(row: Mapping[bytes, Any], offset: int) -> bytes | None:
    for name in (b"BODY[]<%d>" % offset, b"BODY[]"):
        if name in row:
            value = row[name]
            whole = value if isinstance(value, bytes) else b""  # NIL: nothing there
            return whole if name != b"BODY[]" else whole[offset:]
    return None


def _any_of(message_ids: Sequence[str]) -> list[Any]:
    criteria: list[Any] = []
    for one in message_ids[:-1]:
        criteria += ["OR", "HEADER", "Message-ID", one]
    return [*criteria, "HEADER", "Message-ID", message_ids[-1]]


def _shut(flags: Iterable[Any]) -> bool:
    return any(bytes(flag).lower() in {b"\\noselect", b"\\nonexistent"} for flag in flags)


def _message_limit(capabilities: set[str]) -> int:
    """How many mails a command may touch (RFC 9738); 0: any number."""
    for one in capabilities:
        name, _, number = one.partition("=")
        if name == "MESSAGELIMIT" and number.isdigit():
            return int(number)
    return 0


def _listen(connection: Any, seconds: float, timeout: float) -> None:
    """Wait until something can be read; what came along with the last answer lies in a buffer already."""
    sock = connection.socket()
    if _buffered(connection, sock, timeout):
        return
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN)
    _ = poller.poll(seconds * 1000)


def _buffered(connection: Any, sock: Any, timeout: float) -> bool:
    held = getattr(connection, "_readbuf", None)
    if held is not None:  # Python 3.14 and later
        return bool(held) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)
    sock.setblocking(False)
    try:
        return bool(connection.file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.settimeout(timeout)


def declined(server: Server, mailbox: str, error: Declined) -> Unavailable:
    """What a NO means that nothing more is known of."""
    return Unavailable(f"the mail server {server.name} would not let us read {mailbox}: {cut(str(error))}")

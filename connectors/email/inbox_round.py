"""Reading one mailbox once, from where its cursor stands to what the server has now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from sqlalchemy import Connection

from connectors.email import arrivals, chunks
from connectors.email.arrivals import Arrival, Box, Cursor, Writing
from connectors.email.arrivals_sameness import Marks
from connectors.email.imap import Declined, Imap, Meta, View
from connectors.email.inbox_bodies import END, Bodies
from connectors.email.source import BytesSource

BATCH = 500
"""Mails in one transaction, and in one FETCH."""
WINDOW = 20_000
"""UIDs in one SEARCH: its answer is one line, and lines have an end."""
LATE = 1_000
"""UIDs below the cursor that are looked at again: some servers show a mail after the one behind it."""
PATIENCE = 3
"""Times that a mail is asked for which the server will not give out."""


@dataclass(frozen=True)
class Limits:
    """What is taken, and how much at once."""

    since: str
    max_size: int
    batch_bytes: int


class Round:
    """
    One reading of one mailbox, which is open in `imap` and looked like `view`.

    `first`: the first reading of this mailbox in this process.
    """

    def __init__(
        self,
        imap: Imap,
        core: Writing,
        box: Box,
        view: View,
        limits: Limits,
        now: Callable[[], str],
        *,
        first: bool,
    ) -> None:
        self._imap = imap
        self._core = core
        self._box = box
        self._view = view
        self._limits = limits
        self._now = now
        self._first = first
        self._declined: dict[str, int] = {}
        self._given_up: list[int] = []
        self._why: dict[int, str] = {}
        with core.reading() as connection:
            before = arrivals.cursor_of(connection, box)
        self._before = before
        self._cursor = _begin(before, view)
        self._bodies = Bodies(
            imap,
            max_size=limits.max_size,
            known=self._known,
            declined=self._on_declined,
            alive=self._hold_on,
        )

    def run(self) -> Iterator[int]:
        """After each transaction, yield how many mails it brought."""
        if self._unchanged():
            return
        for first, last in self._windows():
            yield from self._window(first, last)
        for uid in sorted(self._given_up):
            yield self._commit([self._quarantined(uid)], self._cursor.next_uid)
        self._cursor = msgspec.structs.replace(
            self._cursor,
            uidnext=self._view.uidnext,
            exists=self._view.exists,
            modseq=self._view.modseq,
            renumbered=False,
            declined=self._declined,
        )
        if self._cursor != self._before:
            _ = self._commit([], max(self._cursor.next_uid, self._view.uidnext))

    def _unchanged(self) -> bool:
        """Nothing came since the last reading, and nothing is left of it."""
        cursor, view = self._cursor, self._view
        if cursor is not self._before or cursor.declined or not view.uidnext:
            return False
        if (cursor.uidnext, cursor.exists) != (view.uidnext, view.exists):
            return False
        return cursor.modseq == view.modseq if view.modseq else not self._first

    def _windows(self) -> Iterator[tuple[int, int | None]]:
        """The ranges of UIDs to ask for, the late ones and those that were declined included."""
        start = max(1, self._cursor.next_uid - LATE)
        start = min([start, *(int(uid) for uid in self._cursor.declined)])
        width = min(WINDOW, self._imap.message_limit or WINDOW)
        if not self._view.uidnext:
            yield start, None
            return
        last = self._view.uidnext - 1
        if self._view.exists <= width and not self._imap.message_limit:
            width = last  # it cannot be more than there are
        for first in range(start, last + 1, max(1, width)):
            yield first, min(last, first + width - 1)

    def _window(self, first: int, last: int | None) -> Iterator[int]:
        uids = self._found(first, last)
        behind = self._cursor.next_uid - 1
        if uids and uids[0] <= behind:
            with self._core.reading() as connection:
                held = arrivals.places(connection, self._box, self._cursor.uidvalidity, first, behind)
            uids = [uid for uid in uids if uid not in held]
        batch = min(BATCH, self._imap.message_limit or BATCH)
        for start in range(0, len(uids), batch):
            yield from self._batch(uids[start : start + batch])
        past = last if last is not None else max(uids, default=0)
        self._cursor = msgspec.structs.replace(self._cursor, next_uid=max(self._cursor.next_uid, past + 1))

    def _found(self, first: int, last: int | None) -> list[int]:
        since, view = self._limits.since, self._view
        if since or (last is not None and last + 1 < view.uidnext):
            return self._imap.uids(first, last, since)
        found = self._imap.uids(first, None, some=view.exists > 0)
        return [uid for uid in found if last is None or uid <= last]

    def _batch(self, uids: Sequence[int]) -> Iterator[int]:
        metas = [meta for meta in self._imap.metas(uids) if not self._too_old(meta)]
        for group in self._bodies.groups(metas, self._limits.batch_bytes):
            with self._bodies.fetched(group) as got:
                yield self._commit(got, group[-1].uid + 1)

    def _too_old(self, meta: Meta) -> bool:
        return bool(self._limits.since and meta.received_at) and meta.received_at[:10] < self._limits.since

    def _commit(self, got: Sequence[Arrival], past: int) -> int:
        now = self._now()
        for one in got:
            one.received_at = one.received_at or now
        cursor = msgspec.structs.replace(
            self._cursor,
            next_uid=max(self._cursor.next_uid, past),
            declined=self._cursor.declined | self._declined,
        )
        taken = arrivals.take(self._core, self._box, got, cursor, now)
        self._cursor = cursor
        return taken

    def _known(self, meta: Meta) -> list[tuple[int, bytes, bytes]]:
        """Find what a large mail may be that is met again after its mailbox was renumbered."""
        if not self._cursor.renumbered or not meta.received_at:
            return []
        with self._core.reading() as connection:
            return [
                (mail, _part(connection, mail, 0), _part(connection, mail, meta.size - END))
                for mail in arrivals.alike(connection, self._box, meta.size, meta.received_at)
            ]

    def _hold_on(self) -> None:
        """Renew our hold on the store: a mail may take longer to come than a run may be silent."""
        with self._core.fenced():
            pass

    def _on_declined(self, uid: int, error: Declined) -> None:
        """Ask again another time; a mail that is never given out is shown to a person instead."""
        times = self._cursor.declined.get(str(uid), 0) + 1
        if times < PATIENCE:
            self._declined[str(uid)] = times
        else:
            self._why[uid] = str(error)
            self._given_up.append(uid)

    def _quarantined(self, uid: int) -> Arrival:
        name = f"{self._box}{self._cursor.uidvalidity}/{uid}"
        mark = sha256(name.encode()).hexdigest()
        return Arrival(
            uid=uid,
            received_at="",
            source=BytesSource(b""),
            marks=Marks(mark, mark, "", 0),
            size=0,
            cut=True,
            quarantine=f"the mail server will not give it out ({self._why[uid]}); it is still in the mailbox "
            f"{self._box.name}, as number {uid}",
        )


def _part(connection: Connection, mail: int, offset: int) -> bytes:
    return b"".join(chunks.read(connection, chunks.of_mail(mail), offset, END))


def _begin(before: Cursor | None, view: View) -> Cursor:
    """Where to begin: where the last reading ended, or at the first mail where the numbers are new."""
    if before is None:
        return Cursor(view.uidvalidity)
    again = before.uidvalidity != view.uidvalidity or 0 < view.uidnext < before.next_uid
    if not again:
        return before
    return Cursor(view.uidvalidity, renumbered=True)

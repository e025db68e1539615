"""
Getting mails off a server: many small ones in one call, large ones in pieces, of huge ones the head.

Nothing larger than a batch is ever held in memory: a large mail waits for its transaction in a temporary
file, so that no transaction waits for the network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from connectors.email.arrivals import Arrival
from connectors.email.arrivals_sameness import HEAD, Marking, Marks, marks_of
from connectors.email.imap import Declined, Imap, Meta
from connectors.email.source import BytesSource
from hub.errors import StoreBroken

SMALL = 1024 * 1024
"""A mail up to this size is fetched with others, in one call."""
PIECE = 512 * 1024
BEAT = 4 * 1024 * 1024
TEXT = 64 * 1024
"""What is taken of the text of a mail that is too large."""
END = 64 * 1024
"""What is compared of each end of a large mail that may be known."""


class FileSource:
    """A mail in a temporary file, which goes with it."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        end = self._size if length is None else min(self._size, offset + length)
        while offset < end:
            self._file.seek(offset)
            piece = self._file.read(min(TEXT, end - offset))
            if not piece:
                return
            yield piece
            offset += len(piece)

    def close(self) -> None:
        self._file.close()


class Gone(Exception):
    """A mail was removed by someone before we had it."""


class Bodies:
    """
    Fetches the mails of the open mailbox. Raises `Unavailable` where the connection breaks.

    `known` gives the mails that a large one may be, each as its number and both its `END`s. `declined` is
    told what the server will not give out. `alive` is called now and then while a large mail comes.
    """

    def __init__(
        self,
        imap: Imap,
        *,
        max_size: int,
        known: Callable[[Meta], Sequence[tuple[int, bytes, bytes]]],
        declined: Callable[[int, Declined], None],
        alive: Callable[[], None],
    ) -> None:
        self._imap = imap
        self._max_size = max_size
        self._known = known
        self._declined = declined
        self._alive = alive
        self._refused: list[tuple[int, Declined]] = []

    def groups(self, metas: Sequence[Meta], batch_bytes: int) -> Iterator[list[Meta]]:
        """Cut mails into what is fetched and committed together."""
        group: list[Meta] = []
        total = 0
        for meta in metas:
            large = self._is_large(meta)
            if group and (large or total + meta.size > batch_bytes):
                yield group
                group, total = [], 0
            group.append(meta)
            total += meta.size
            if large:
                yield group
                group, total = [], 0
        if group:
            yield group

    def _is_large(self, meta: Meta) -> bool:
        return meta.size > min(SMALL, self._max_size)

    @contextmanager
    def fetched(self, group: Sequence[Meta]) -> Generator[list[Arrival]]:
        """Give the mails of a group; those that are gone or were declined are left out."""
        got: list[Arrival] = []
        self._refused.clear()
        try:
            got += self._single(group[0]) if self._is_large(group[0]) else self._together(group)
            if len(self._refused) > 1 and not got:
                raise self._refused[0][1]  # no mail is at fault where none is to be had
            for uid, error in self._refused:
                self._declined(uid, error)
            yield got
        finally:
            for one in got:
                if isinstance(one.source, FileSource):
                    one.source.close()

    def _together(self, group: Sequence[Meta]) -> Iterator[Arrival]:
        try:
            bodies = self._imap.pieces([meta.uid for meta in group], 0, SMALL + 1)
        except Declined as error:
            if error.passing:
                raise
            bodies = {}  # one of them is at fault: ask for each
        for meta in group:
            body = bodies.pop(meta.uid, None)
            if body is None or len(body) > SMALL:
                yield from self._single(meta)
            else:
                yield _whole(meta, body)

    def _single(self, meta: Meta) -> Iterator[Arrival]:
        try:
            if meta.size > self._max_size:
                yield self._head(meta)
            elif meta.size > SMALL and (mail := self._met_again(meta)):
                empty = BytesSource(b"")
                yield Arrival(meta.uid, meta.received_at, empty, Marks("", "", "", 0), meta.size, mail=mail)
            else:
                yield self._streamed(meta)
        except Gone:
            return
        except Declined as error:
            if error.passing:
                raise
            self._refused.append((meta.uid, error))

    def _piece(self, uid: int, offset: int, length: int) -> bytes:
        piece = self._imap.pieces([uid], offset, length).get(uid)
        if piece is None:
            if self._imap.metas([uid]):
                raise Declined("it gives nothing for it")
            raise Gone
        return piece

    def _streamed(self, meta: Meta) -> Arrival:
        """Fetch until a piece comes short: what servers say of sizes is not always so."""
        first = self._piece(meta.uid, 0, PIECE)
        if len(first) < PIECE:
            return _whole(meta, first)
        with _room():
            file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives until its mail is stored
        try:
            marking = Marking()
            size, piece = 0, first
            while True:
                marking.feed(piece)
                with _room():
                    file.write(piece)
                size += len(piece)
                if len(piece) < PIECE or size > self._max_size:
                    break
                if size % BEAT == 0:
                    self._alive()
                piece = self._piece(meta.uid, size, PIECE)
        except BaseException:
            file.close()
            raise
        source = FileSource(file, size)
        return Arrival(meta.uid, meta.received_at, source, marking.marks(), size, cut=size > self._max_size)

    def _head(self, meta: Meta) -> Arrival:
        """Fetch the header block and the beginning of the text."""
        held = bytearray()
        marking = Marking()
        wanted = 0
        while not wanted or len(held) < wanted:
            length = TEXT if not wanted else wanted - len(held)
            piece = self._piece(meta.uid, len(held), length)
            held += piece
            if len(piece) < length:
                break
            if not wanted:
                wanted = _end_of_head(held)
        if wanted:
            del held[wanted:]
        marking.feed(bytes(held))
        marks = marking.marks(max(0, meta.size - len(held)))
        return Arrival(meta.uid, meta.received_at, BytesSource(bytes(held)), marks, meta.size, cut=True)

    def _met_again(self, meta: Meta) -> int:
        """Compare both ends of a mail with those that it may be: its header block, and how it ends."""
        may_be = self._known(meta)
        if not may_be:
            return 0
        ends = tuple(self._piece(meta.uid, offset, END) for offset in (0, meta.size - END))
        return next((mail for mail, *theirs in may_be if tuple(theirs) == ends), 0)


def _whole(meta: Meta, body: bytes) -> Arrival:
    return Arrival(meta.uid, meta.received_at, BytesSource(body), marks_of([body]), len(body))


def _end_of_head(held: bytearray) -> int:
    """Return where to stop; 0: the header block has not ended yet."""
    found = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := held.find(mark)) >= 0]
    if found:
        return min(found) + TEXT
    return HEAD if len(held) >= HEAD else 0


@contextmanager
def _room() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreBroken(
            f"a large mail cannot be set down in {tempfile.gettempdir()} ({error.strerror}): "
            "make room there, or name another directory in the environment as TMPDIR"
        ) from None

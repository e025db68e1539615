"""Bytes in the store, in pieces: written as they come, read from anywhere, never held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, select

from hub.store.mail_tables import mail_chunks

CHUNK = 256 * 1024
"""Bytes of every piece but the last: so a place in the whole is a place in a piece."""

_PIECE = select(mail_chunks.c.data).where(
    mail_chunks.c.owner == bindparam("owner"), mail_chunks.c.n == bindparam("n")
)
_owners: BindParameter[Any] = bindparam("owners", expanding=True)
_FIRST = select(mail_chunks.c.owner, mail_chunks.c.data).where(
    mail_chunks.c.owner.in_(_owners), mail_chunks.c.n == 0
)
_WRITE = mail_chunks.insert()


def of_mail(mail: int) -> str:
    """Name the bytes of a mail that came in."""
    return f"in:{mail}"


def of_comment(comment: int) -> str:
    """Name the bytes that every recipient of a comment gets, behind a header block of their own."""
    return f"out:{comment}"


def write(connection: Connection, owner: str, stream: Iterable[bytes], start: int = 0) -> int:
    """Write a stream of bytes from piece `start`; return how many there were."""
    total = n = 0
    for n, piece in enumerate(_even(stream), start):
        connection.execute(_WRITE, {"owner": owner, "n": n, "data": piece})
        total += len(piece)
    return total


def _even(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream into pieces of just `CHUNK` bytes."""
    held = bytearray()
    for some in stream:
        held += some
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def read(connection: Connection, owner: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield the bytes from `offset`, up to `length` of them, a piece at a time."""
    n, skip = divmod(offset, CHUNK)
    left = length
    while left is None or left > 0:
        row = connection.execute(_PIECE, {"owner": owner, "n": n}).scalar_one_or_none()
        if row is None:
            return
        piece = bytes(row)[skip:]
        ends = len(row) < CHUNK
        if left is not None:
            piece, left = piece[:left], left - len(piece)
        yield piece
        if ends:
            return
        n, skip = n + 1, 0


def first(connection: Connection, owners: Sequence[str]) -> dict[str, bytes]:
    """Return the first piece of each: all there is of what is smaller than `CHUNK`."""
    rows = connection.execute(_FIRST, {"owners": owners}) if owners else ()
    return {owner: bytes(data) for owner, data in rows}


def size(connection: Connection, owner: str) -> int:
    """Return how many bytes there are."""
    query = select(func.coalesce(func.sum(func.length(mail_chunks.c.data)), 0)).where(
        mail_chunks.c.owner == owner
    )
    return int(connection.execute(query).scalar_one())


def remove(connection: Connection, owner: str) -> None:
    connection.execute(delete(mail_chunks).where(mail_chunks.c.owner == owner))

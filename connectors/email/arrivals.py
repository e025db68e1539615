"""
Taking mails into the store: bytes, rows, places and the mailbox's cursor in one transaction.

A mail is held once. Met again in the same mailbox with the same bytes (its UIDs were renumbered, the
mailbox was made anew, a copy lies beside it), only its new place is noted; delivered another time
(another mailbox, another account, a repeated delivery), it becomes a `twin` that points at the first
and has no bytes. Whatever is not surely the same is new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection, select

from connectors.email import chunks
from connectors.email.arrivals_sameness import Marks
from connectors.email.source import Source
from hub.store.mail_tables import mail_places, mailboxes, mails

_SOME = 500


class Writing(Protocol):
    """The part of the store that is needed here: `hub.store.core.Core` has it."""

    @property
    def insert(self) -> Any: ...
    def fenced(self) -> Any: ...
    def reading(self) -> Any: ...


class Box(NamedTuple):
    """A mailbox of an account."""

    account: str
    name: str


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a mailbox was read. `uidvalidity` and `next_uid` have columns, the rest is kept as JSON."""

    uidvalidity: int
    next_uid: int = 1
    """Every mail below it was taken, or never will be."""
    uidnext: int = 0
    exists: int = 0
    """With `uidnext` and `modseq` as the server told them when everything had been read; 0: not yet."""
    modseq: int = 0
    renumbered: bool = False
    """The mails get new places now: large ones are compared before they are fetched."""
    declined: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """UIDs of mails that the server would not give out, and how often."""


@dataclass
class Arrival:
    """One mail on its way in. `mail`: it is known to be this one, and its bytes were not fetched."""

    uid: int
    received_at: str
    source: Source
    marks: Marks
    size: int
    cut: bool = False
    mail: int = 0
    quarantine: str = ""
    """Why it cannot be had; empty: it can."""


def cursor_of(connection: Connection, box: Box) -> Cursor | None:
    row = connection.execute(
        select(mailboxes).where(mailboxes.c.account == box.account, mailboxes.c.name == box.name)
    ).one_or_none()
    if row is None:
        return None
    kept = msgspec.json.decode(row.body or "{}", type=dict[str, Any])
    return msgspec.convert(kept | {"uidvalidity": row.uidvalidity, "next_uid": row.next_uid}, Cursor)


def places(connection: Connection, box: Box, uidvalidity: int, first: int, last: int) -> set[int]:
    """Return the UIDs between these whose mails are held."""
    columns = mail_places.c
    found = connection.execute(
        select(columns.uid).where(
            columns.account == box.account,
            columns.mailbox == box.name,
            columns.uidvalidity == uidvalidity,
            columns.uid.between(first, last),
        )
    )
    return set(found.scalars())


def alike(connection: Connection, box: Box, size: int, received_at: str) -> list[int]:
    """Return the whole mails of this mailbox that have this size and came at this time."""
    query = (
        select(mails.c.id)
        .join(mail_places, mail_places.c.mail_id == mails.c.id)
        .where(
            mail_places.c.account == box.account,
            mail_places.c.mailbox == box.name,
            mails.c.size == size,
            mails.c.received_at == received_at,
            mails.c.cut.is_(False),
            mails.c.state != "twin",
        )
        .distinct()
    )
    return list(connection.execute(query).scalars())


def take(core: Writing, box: Box, arrivals: Sequence[Arrival], cursor: Cursor, at: str) -> int:
    """Commit mails and the cursor behind them, both or neither; return how many were not held before."""
    with core.fenced() as connection:
        intake = _Intake(connection, box, arrivals)
        taken = intake.run()
        _place(connection, core.insert, box, cursor.uidvalidity, arrivals)
        _keep(connection, core.insert, box, cursor, at)
    return taken


class _Intake:
    """Tells what each mail of a batch is, and writes those that are not held yet."""

    def __init__(self, connection: Connection, box: Box, arrivals: Sequence[Arrival]) -> None:
        self._connection = connection
        self._box = box
        self._arrivals = [one for one in arrivals if not one.mail]
        self._here: dict[str, int] = {}
        """The mails of this mailbox, by `sha256`."""
        self._first: dict[str, int] = {}
        """The mails that others are twins of, by `sameness`."""
        self._recognise()

    def run(self) -> int:
        """Settle `mail` of every arrival; return how many rows were made."""
        fresh: list[Arrival] = []
        begun: set[str] = set()
        later: list[Arrival] = []
        for one in self._arrivals:
            held = self._here.get(one.marks.sha256)
            if held is not None and not one.quarantine:
                one.mail = held
            elif one.quarantine or not (one.marks.sameness in self._first or one.marks.sameness in begun):
                fresh.append(one)
                begun.add(one.marks.sameness)
            else:
                later.append(one)
        self._insert(fresh, "new")
        for one in fresh:
            self._first.setdefault(one.marks.sameness, one.mail)
            self._here.setdefault(one.marks.sha256, one.mail)
            _ = chunks.write(self._connection, chunks.of_mail(one.mail), one.source.read())
        return len(fresh) + self._settle(later)

    def _recognise(self) -> None:
        """Find what is held: the same bytes have the same `sameness` too, so that one index tells both."""
        rows = _alike(self._connection, [one.marks.sameness for one in self._arrivals])
        here = _held_in(self._connection, self._box, [row.id for row in rows])
        for row in rows:
            if row.state != "twin":
                self._first.setdefault(row.sameness, row.id)
            if row.id in here:
                self._here.setdefault(row.sha256, row.id)

    def _settle(self, later: Sequence[Arrival]) -> int:
        twins: list[Arrival] = []
        met: set[str] = set()
        for one in later:
            if one.marks.sha256 not in self._here and one.marks.sha256 not in met:
                twins.append(one)
                met.add(one.marks.sha256)
        self._insert(twins, "twin")
        self._here.update((one.marks.sha256, one.mail) for one in twins)
        for one in later:
            one.mail = self._here[one.marks.sha256]
        return len(twins)

    def _insert(self, arrivals: Sequence[Arrival], state: str) -> None:
        rows = [self._row(one, state) for one in arrivals]
        if not rows:
            return
        query = mails.insert().returning(mails.c.id, sort_by_parameter_order=True)
        ids = self._connection.execute(query, rows).scalars()
        for one, number in zip(arrivals, ids, strict=True):
            one.mail = number

    def _row(self, one: Arrival, state: str) -> dict[str, object]:
        reason = f"the same as mail {self._first[one.marks.sameness]}" if state == "twin" else one.quarantine
        return {
            "mailbox": self._box.name,
            "received_at": one.received_at,
            "sha256": one.marks.sha256,
            "sameness": one.marks.sameness,
            "size": one.size,
            "cut": one.cut,
            "state": "quarantined" if one.quarantine else state,
            "reason": reason,
            "message_id": one.marks.message_id,
            "conversation": "",
            "body": "",
        }


def _alike(connection: Connection, samenesses: Sequence[str]) -> list[Any]:
    columns = (mails.c.id, mails.c.sha256, mails.c.sameness, mails.c.state)
    found: list[Any] = []
    for start in range(0, len(samenesses), _SOME):
        some = mails.c.sameness.in_(samenesses[start : start + _SOME])
        found += connection.execute(select(*columns).where(some)).all()
    return sorted(found, key=lambda row: row.id)


def _held_in(connection: Connection, box: Box, numbers: Sequence[int]) -> set[int]:
    # Not joined with the query above: databases would walk over every place of the mailbox.
    found: set[int] = set()
    for start in range(0, len(numbers), _SOME):
        some = mail_places.c.mail_id.in_(numbers[start : start + _SOME])
        rows = connection.execute(select(mail_places).where(some))
        found.update(row.mail_id for row in rows if (row.account, row.mailbox) == box)
    return found


def _place(
    connection: Connection, insert: Any, box: Box, uidvalidity: int, arrivals: Sequence[Arrival]
) -> None:
    rows = [
        {
            "account": box.account,
            "mailbox": box.name,
            "uidvalidity": uidvalidity,
            "uid": one.uid,
            "mail_id": one.mail,
        }
        for one in arrivals
    ]
    if rows:
        query = insert(mail_places)
        key = ["account", "mailbox", "uidvalidity", "uid"]
        query = query.on_conflict_do_update(index_elements=key, set_={"mail_id": query.excluded.mail_id})
        connection.execute(query, rows)


def _keep(connection: Connection, insert: Any, box: Box, cursor: Cursor, at: str) -> None:
    kept: Mapping[str, object] = {
        name: value
        for name, value in msgspec.to_builtins(cursor).items()
        if name not in {"uidvalidity", "next_uid"}
    }
    row = {
        "uidvalidity": cursor.uidvalidity,
        "next_uid": cursor.next_uid,
        "at": at,
        "body": msgspec.json.encode(kept).decode(),
    }
    query = insert(mailboxes).values(account=box.account, name=box.name, **row)
    connection.execute(query.on_conflict_do_update(index_elements=["account", "name"], set_=row))

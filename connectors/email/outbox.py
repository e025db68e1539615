"""
Mails on their way out: frozen with their comment, sent when they are due, settled by evidence.

The promise. A mail is composed once; its row, its Message-ID and all its bytes are committed before its
first byte leaves, and whenever it is sent, it has those bytes. It is sent again only if it is certain
that the server has not taken it; or, where that cannot be known (the connection ended between the first
byte and the answer, or the run died), if after `GRACE` no trace of it was found.

Its limit. SMTP has no exactly-once: in that last case the server may have taken the mail and left no
trace. How rare that is depends on the evidence:

* `copy`: the same transaction delivers a copy to our own mailbox. One acceptance is both, so a copy that
  turns up proves the mail, and only a copy lost or late by more than the grace time leads to a double.
* `sent`: the provider files what it accepts (Gmail); a mail that is not in that mailbox did not go.
* `none`: nothing can be looked up; every cut after the final dot may end in a double.

A double has the same Message-ID and the same bytes; most mail programs show such two as one. After
`TRIES` mails in doubt none is sent any more: the row fails, and says that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal

from sqlalchemy import Connection

from connectors.email import chunks, deliveries, freezing
from connectors.email import evidence as known
from connectors.email.deliveries import QUEUED, Delivery
from connectors.email.delivering import Delivering, Failed, Holds, frozen
from connectors.email.house import House
from connectors.email.model import Address, Conversation, FileOf, Recipient, SendState
from connectors.email.smtp import Smtp
from hub.store.core import Core


class Outbox:
    """
    The mails of one house. Any number of processes may deliver: each row is one's at a time.

    `holds` says which Message-IDs are in the mailbox that holds the evidence; without it, only
    `turned_up` settles a mail in doubt. `failed` is told, within the transaction, of each mail that
    will not arrive, with the note to write on the ticket.
    """

    def __init__(
        self,
        core: Core,
        house: House,
        smtp: Smtp,
        now: Callable[[], str],
        *,
        evidence: Literal["copy", "sent", "none"] = "copy",
        holds: Holds | None = None,
        failed: Failed | None = None,
    ) -> None:
        self._core = core
        self._house = house
        self._smtp = smtp
        self._now = now
        self._failed = failed
        self._copy = (copy_address(house),) if evidence == "copy" else ()
        self._delivering = Delivering(core, house.caps, smtp, now, holds, failed)

    def freeze(
        self,
        connection: Connection,
        conversation: int,
        held: Conversation,
        comment: int,
        text: str,
        author: Address,
        created_at: str,
        files: Sequence[FileOf],
        *,
        references: Sequence[str],
        machine: bool = False,
        withheld: str = "",
    ) -> None:
        """
        Write what every reader of a public comment is to get; it leaves when the transaction holds.

        `withheld` is why none of it will ever be sent: then there are rows to see, and no bytes.
        """
        post = freezing.Post(
            conversation, held, comment, text, author, created_at, files, references, machine, withheld
        )
        now = self._now()
        for number in freezing.freeze(connection, self._house, post, self._copy, now):
            row = deliveries.get(connection, number)
            if row is not None and self._failed is not None:
                self._failed(connection, number, known.note(row, row.sending.reason))

    def deliver(self) -> int:
        """
        Send what is due; return how many mails the server took.

        What is wrong with one mail is in its row. What is wrong with the server (`SignInFailed`,
        `Unavailable`), or with the look for evidence, is raised after all that could be done was done.
        """
        return self._delivering.run()

    def came_back(
        self, connection: Connection, outbox: int, recipients: Sequence[Recipient], diagnostic: str
    ) -> str:
        """Take a delivery status on a mail; return the private note to write, or nothing."""
        row = deliveries.get(connection, outbox)
        if row is None:
            return ""
        return known.came_back(connection, self._house, row, recipients, diagnostic, self._now())

    def turned_up(self, connection: Connection, outbox: int, rewritten: str = "") -> None:
        """Take it that a mail was seen where only a sent mail can be."""
        row = deliveries.get(connection, outbox)
        if row is not None:
            known.turned_up(connection, row, rewritten, self._now())

    def cancel(self, connection: Connection, comment: int) -> bool:
        """
        Take back what has not left; return whether nothing of it left.

        What is in doubt may have left, but it is not sent again.
        """
        rows = deliveries.of_comment(connection, comment)
        for row in rows:
            waits = row.state in {"pending", "withheld", "unknown"}
            if waits or (row.state == "failed" and not row.has_left):
                _ = deliveries.move(connection, row, "cancelled", self._now())
        left = any(row.has_left for row in rows)
        if not left:
            chunks.remove(connection, chunks.of_comment(comment))
        return not left

    def spoke(self, connection: Connection, conversation: int) -> bool:
        """Return whether any mail of a conversation may have reached anybody."""
        return any(row.has_left for row in deliveries.of_conversation(connection, conversation))

    def counts(self) -> Mapping[SendState, int]:
        with self._core.reading() as connection:
            return deliveries.count(connection)

    def rows(self, states: Collection[SendState] = (), limit: int = 100) -> list[Delivery]:
        """Return the newest rows in these states (all, if none is named), for people."""
        with self._core.reading() as connection:
            return deliveries.in_states(connection, states, limit)

    def greet(self) -> None:
        """Sign in at the mail server; nothing is sent."""
        self._smtp.greet()

    def close(self) -> None:
        """End the connection to the mail server, if there is one."""
        self._smtp.close()

    def frozen(self, row: Delivery) -> Iterator[bytes]:
        """Yield a mail, byte for byte as it is sent."""
        return frozen(self._core, row)

    def resend(self, ids: Collection[int]) -> int:
        """
        Send mails again because a person says so; return how many will be.

        Those that failed, are in doubt, or were held back by a cap: the same bytes, past the cap. One
        that never had bytes (withheld for another reason) stays.
        """
        released = 0
        with self._core.beside() as connection:
            for number in ids:
                row = deliveries.get(connection, number)
                if row is None or not row.head or row.state not in {"failed", "unknown", "withheld"}:
                    continue
                moved = deliveries.move(
                    connection, row, "pending", self._now(), word=QUEUED, said="by a person", reason=""
                )
                released += moved is not None
        return released


def copy_address(house: House) -> str:
    """Return where our own copy of a mail goes: a `+copy`, so that people can file such mails by a rule."""
    local, at, domain = house.address.rpartition("@")
    return f"{local}+copy{at}{domain}" if house.plus else house.address

"""
One round of delivery: what is in doubt is settled, then what is due is sent.

Every change of state is a transaction of its own, and nothing is sent within one: whenever a run dies,
the row says how far its mail may have come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from connectors.email import chunks, deliveries, evidence
from connectors.email.answers import Accepted, Answer, InDoubt, Later, Refused, Unreached, status_in
from connectors.email.conversations import know
from connectors.email.deliveries import LATER, Delivery
from connectors.email.house import Caps
from connectors.email.smtp import Smtp
from hub.errors import Forbidden, HubError, Misconfigured, SignInFailed, Unavailable
from hub.model import EMAIL, RemoteId
from hub.store.core import Core

GRACE = 15 * 60
"""Seconds in which a mail must be sent, and in which evidence of one in doubt may turn up."""
TRIES = 4
"""How often one mail may end in doubt: once, and three times more."""
_PAGE = 500
_DOUBTFUL = 2000
_UNREACHED = 3
"""So many mails in a row to which the connection did not hold: it is the server, not the mails."""

NOT_THE_MAILS = (SignInFailed, Unavailable, Misconfigured, Forbidden)
"""Trouble with a server: no mail is at fault, none has left, and each can go another time."""

Holds: TypeAlias = Callable[[Sequence[str]], set[str]]
"""Which of these Message-IDs are in the mailbox that holds the evidence."""
Failed: TypeAlias = Callable[[Connection, int, str], None]
"""What is to be done, in the same transaction, about a mail that failed: its row, and a note for agents."""


class _Overdue(Exception):
    """It takes so long that another run may take this one for dead."""


class Delivering:
    """See `connectors.email.outbox`."""

    def __init__(
        self,
        core: Core,
        caps: Caps,
        smtp: Smtp,
        now: Callable[[], str],
        holds: Holds | None,
        failed: Failed | None,
    ) -> None:
        self._core = core
        self._caps = caps
        self._smtp = smtp
        self._now = now
        self._holds = holds
        self._failed = failed

    def run(self) -> int:
        """Do one round; return how many mails the server took. Trouble with the server is raised last."""
        now = self._now()
        troubles: list[HubError] = []
        self._give_up_the_dead(now)
        try:
            self._settle(now)
        except NOT_THE_MAILS as error:
            troubles.append(error)  # a mail in doubt waits; the others need not
        sent = unreached = 0
        try:
            for row in self._pending(now):
                answer = self._send(row)
                sent += isinstance(answer, Accepted)
                unreached = unreached + 1 if isinstance(answer, Unreached) else 0
                if unreached == _UNREACHED:
                    troubles.append(Unavailable("The mail server ends every connection. Mails wait."))
                    break
        except NOT_THE_MAILS as error:
            troubles.append(error)
        if troubles:
            raise troubles[0]
        return sent

    def _give_up_the_dead(self, now: str) -> None:
        """A row that is in sending for longer than a mail may take was left there by a run that died."""
        with self._core.reading() as connection:
            dead = deliveries.due(connection, "sending", now, _DOUBTFUL)
        for number in dead:
            with self._core.fenced() as connection:
                row = deliveries.get(connection, number)
                if row is not None and row.state == "sending" and row.due_at <= now:
                    why = "the run that sent it ended"
                    _ = deliveries.move(connection, row, "unknown", now, said=why, reason=why)

    def _settle(self, now: str) -> None:
        """Look for what is in doubt; what was not found in time is sent again, or given up."""
        with self._core.reading() as connection:
            doubtful = deliveries.doubtful(connection, _DOUBTFUL)
        if not doubtful:
            return
        found = set[str]()
        if self._holds is not None:
            found = self._holds([it for row in doubtful for it in row.ids])
        for row in doubtful:
            if not found.isdisjoint(row.ids):
                with self._core.fenced() as connection:
                    evidence.turned_up(connection, row, "", now)
            elif row.due_at <= now:
                with self._core.fenced() as connection:
                    self._try_again(connection, row, now)

    def _try_again(self, connection: Connection, row: Delivery, now: str) -> None:
        nothing = "no trace of it was found"
        if row.times("unknown") < TRIES:
            _ = deliveries.move(connection, row, "pending", now, word="again", said=nothing)
            return
        reason = f"{evidence.UNKNOWN}: {TRIES} times {row.sending.reason}, and {nothing}"
        self._fail(connection, row, reason, now)

    def _pending(self, now: str) -> Iterator[Delivery]:
        """Yield rows that are due, each made ours before; none twice."""
        left = set[int]()
        while True:
            with self._core.reading() as connection:
                due = deliveries.due(connection, "pending", now, _PAGE + len(left))
            ids = [number for number in due if number not in left]
            if not ids:
                return
            for number in ids:
                with self._core.fenced() as connection:
                    row = self._claim(connection, number)
                if row is not None:
                    yield row
                else:
                    left.add(number)

    def _claim(self, connection: Connection, number: int) -> Delivery | None:
        """Make a row ours: from here on, its first byte may have left."""
        now = self._now()
        row = deliveries.get(connection, number)
        if row is None or row.state != "pending":
            return None
        if self._core.is_unsettled(connection, EMAIL, RemoteId(str(row.conversation))):
            return None  # it may be taken back just now: whoever is at it sends it, or the next run
        if cap := deliveries.over_cap(connection, row, self._caps, now):
            _ = deliveries.move(connection, row, "withheld", now, said=cap, reason=cap)
            return None
        until = deliveries.later(now, GRACE)
        return deliveries.move(connection, row, "sending", now, due_at=until, attempts=row.attempts + 1)

    def _send(self, row: Delivery) -> Answer:
        """Send a mail that is ours, and write down what became of it."""
        with self._core.reading() as connection:
            size = len(row.head.encode()) + chunks.size(connection, chunks.of_comment(row.comment))
        it = row.sending
        try:
            answer = self._smtp.send(it.envelope_from, it.envelope_to, self._in_time(row), size=size)
        except _Overdue:
            # Without its end, the server had to forget it.
            answer = Later(f"it could not be handed over within {GRACE // 60} minutes")
        except NOT_THE_MAILS:
            with self._core.fenced() as connection:
                # Nothing was sent, and it is not the mail's fault: as if it had not been tried.
                _ = deliveries.move(connection, row, "pending", self._now(), attempts=row.attempts - 1)
            raise
        with self._core.fenced() as connection:
            self._took(connection, row, answer)
        return answer

    def _in_time(self, row: Delivery) -> Iterator[bytes]:
        for piece in frozen(self._core, row):
            if self._now() >= row.due_at:
                raise _Overdue
            yield piece

    def _took(self, connection: Connection, row: Delivery, answer: Answer) -> None:
        now = self._now()
        match answer:
            case Accepted():
                self._accepted(connection, row, answer, now)
            case Refused(text):
                self._fail(connection, row, text, now)
            case InDoubt(text):
                due = deliveries.later(now, GRACE)
                _ = deliveries.move(connection, row, "unknown", now, said=text, reason=text, due_at=due)
            case Later(text) | Unreached(text):
                due = deliveries.put_off(row, now)
                if due is None:
                    self._fail(connection, row, f"given up after five days: {text}", now)
                    return
                _ = deliveries.move(
                    connection, row, "pending", now, word=LATER, said=text, reason=text, due_at=due
                )

    def _accepted(self, connection: Connection, row: Delivery, answer: Accepted, now: str) -> None:
        without = "".join(f"; without a copy to {to}: {why}" for to, why in answer.refused.items())
        ids = tuple(dict.fromkeys([*row.sending.given_ids, *answer.given_ids]))
        ids = tuple(it for it in ids if it != row.message_id)
        know(connection, ids, row.conversation, "rewritten")
        seen: Delivery | None = row
        # Another run may have taken this one for dead, or a copy have turned up: it was sent all the same.
        while seen is not None and seen.state in {"sending", "unknown", "pending"}:
            if deliveries.move(
                connection, seen, "sent", now, said=answer.text + without, reason="", given_ids=ids
            ):
                return
            seen = deliveries.get(connection, row.id)

    def _fail(self, connection: Connection, row: Delivery, reason: str, now: str) -> None:
        moved = deliveries.move(
            connection, row, "failed", now, said=reason, reason=reason, status=status_in(reason)
        )
        if moved is not None and self._failed is not None:
            self._failed(connection, row.id, evidence.note(row, reason))


def frozen(core: Core, row: Delivery) -> Iterator[bytes]:
    """Yield a mail as it is sent. The store is not held between two pieces."""
    yield row.head.encode()
    owner, place = chunks.of_comment(row.comment), 0
    while True:
        with core.reading() as connection:
            piece = b"".join(chunks.read(connection, owner, place, chunks.CHUNK))
        if not piece:
            return
        yield piece
        place += len(piece)

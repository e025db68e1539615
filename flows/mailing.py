"""
The mailbox, as people ask of it: what is held back and what is to be sent, and what they decide.

Plain data out; the CLI prints it, programs read it. Every decision is written beside a run that may be
at work; the next run acts on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Connection

from connectors.email import chunks, conversations, deliveries, shelf
from connectors.email.arrived import Raw
from connectors.email.conversations import LABEL, Held, label
from connectors.email.deliveries import Delivery
from connectors.email.message import read
from connectors.email.model import Address, MailState, SendState
from connectors.email.remembering import Remembered
from connectors.email.shelf import Shelved
from connectors.email.source import Unreadable
from hub.errors import Misconfigured
from hub.model import EMAIL, RemoteId
from hub.ports import Store
from hub.replica import Link
from hub.store.core import Core

NO_MAILBOX = (
    "hub.toml has no [email], so there is no mailbox and nothing of it to see. "
    "docs/email.md says how to set one up; `hub init` asks for one"
)
STATES: Mapping[MailState, str] = {
    "new": "waits for the next run",
    "heard": "was heard",
    "noted": "was noted",
    "echo": "is our own",
    "peer": "is a notification by a system that the hub reads itself",
    "twin": "is another delivery of a mail that is here",
    "suspended": "is held back",
    "quarantined": "cannot be read",
    "dropped": "was given up",
}
"""What became of a mail, in words."""
NEEDING: tuple[SendState, ...] = ("pending", "sending", "unknown", "failed")
"""Mails that have not reached anybody yet, as far as is known, and are not meant to stay."""
_LET_GO = "its bytes were let go on {} (`keep_days` in [email])"
_SHOWN = 100
"""Mails of one conversation, the newest ones, that are shown with their ticket."""
RESENT: tuple[SendState, ...] = ("failed", "unknown", "withheld")


class Resends(Protocol):
    """The outbox, as far as people need it."""

    def resend(self, ids: Collection[int]) -> int: ...


# what came in ---------------------------------------------------------------------------------


def held_back(store: Store, states: Collection[MailState] = shelf.WAITING) -> list[dict[str, Any]]:
    """Return the mails in these states, newest first."""
    with _core(store).reading() as connection:
        return [_line(one) for one in shelf.listed(connection, states)]


def _line(one: Shelved) -> dict[str, Any]:
    return {
        "number": one.id,
        "received_at": one.received_at,
        "from": one.glance.sender.email,
        "name": one.glance.sender.name,
        "to": list(one.glance.to),
        "subject": one.glance.subject,
        "mailbox": one.mailbox,
        "size": one.size,
        "cut": one.cut,
        "state": one.state,
        "reason": one.reason,
        "message_id": one.message_id,
        "conversation": label(one.conversation) if one.conversation else "",
        "let_go": one.glance.let_go,
    }


def shown(store: Store, number: int) -> dict[str, Any]:
    """Return a mail as it is read, whatever became of it. Raises `Misconfigured` if there is none."""
    with _core(store).reading() as connection:
        line = _line(_mail(connection, number))
        line["places"] = [place._asdict() for place in shelf.places(connection, number)]
        line |= _read(connection, number, line["let_go"])
    return line


def _read(connection: Connection, number: int, let_go: str) -> dict[str, Any]:
    found: dict[str, Any] = {"text": "", "quoted": "", "signature": "", "files": [], "defects": []}
    if not chunks.size(connection, chunks.of_mail(number)):
        twin = "its bytes are kept with the mail that it is the same as"
        return {**found, "unreadable": _LET_GO.format(let_go) if let_go else twin}
    try:
        message = read(Raw(connection, chunks.of_mail(number)))
    except Unreadable as unreadable:
        return {**found, "unreadable": str(unreadable)}
    except (ArithmeticError, LookupError, ValueError, TypeError, RecursionError, AttributeError) as error:
        return {**found, "unreadable": f"reading it failed ({type(error).__name__}); see it with --raw"}
    return {
        "from": message.sender.email,
        "name": message.sender.name,
        "to": [one.email for one in (*message.to, *message.cc)],
        "subject": message.subject,
        "text": message.reply,
        "quoted": message.quoted,
        "signature": message.signature,
        "files": [{"name": f.name, "type": f.content_type, "size": f.size} for f in message.files],
        "defects": list(message.defects),
        "unreadable": "",
    }


def head(store: Store, number: int) -> bytes:
    """Return the header block of a mail as it came."""
    with _core(store).reading() as connection:
        _ = _with_bytes(connection, number)
        return shelf.head(connection, number)


def raw(store: Store, number: int) -> Iterator[bytes]:
    """Yield a mail as it came, a piece at a time."""
    with _core(store).reading() as connection:
        _ = _with_bytes(connection, number)
        yield from shelf.raw(connection, number)


def _with_bytes(connection: Connection, number: int) -> Shelved:
    one = _mail(connection, number)
    if not chunks.size(connection, chunks.of_mail(number)):
        why = _LET_GO.format(one.glance.let_go) if one.glance.let_go else one.reason or STATES[one.state]
        raise Misconfigured(f"of mail {number} no bytes are kept: {why}")
    return one


def _mail(connection: Connection, number: int) -> Shelved:
    found = shelf.get(connection, [number]).get(number)
    if found is None:
        raise Misconfigured(f"there is no mail {number}; `hub mail list` lists what is held back")
    return found


# decisions ------------------------------------------------------------------------------------


def recover(store: Store, numbers: Collection[int], to: str = "") -> str:
    """
    Let the next run hear these mails; `to` names the conversation, or its ticket, that they belong to.

    All of them or, if one is not held back, none. Returns where they go, in words.
    """
    core = _core(store)
    held = _named(store, to) if to else None
    reason = f"to:{label(held.id)}" if held is not None else "anyway"
    with core.beside() as connection:
        _check(connection, numbers, shelf.RECOVERABLE)
        _ = shelf.recover(connection, numbers, reason)
    if held is None:
        return ""
    if held.value.status == "closed":
        return f"{label(held.id)} is closed: what is heard begins a conversation that follows it."
    return f"It will stand in {label(held.id)} ({held.value.subject or 'no subject'})."


def drop(store: Store, numbers: Collection[int]) -> None:
    """Give these mails up. They stay in the store and on the server; `recover` still takes them back."""
    core = _core(store)
    with core.beside() as connection:
        _check(connection, numbers, shelf.WAITING)
        _ = shelf.drop(connection, numbers, core.now())


def _check(connection: Connection, numbers: Collection[int], states: Collection[MailState]) -> None:
    found = shelf.get(connection, numbers)
    wrong = [f"there is no mail {n}" for n in sorted(numbers) if n not in found]
    for n, one in sorted(found.items()):
        if one.state not in states:
            where = f" ({label(one.conversation)})" if one.conversation else ""
            wrong.append(f"mail {n} is not held back: it {STATES[one.state]}{where}")
        elif one.glance.let_go:
            wrong.append(f"mail {n} cannot be heard any more: {_LET_GO.format(one.glance.let_go)}")
    if wrong:
        raise Misconfigured(f"{'; '.join(wrong)}. Nothing was changed; `hub mail list` lists what can be")


def _named(store: Store, name: str) -> Held:
    """Return the conversation of that name, or that of the ticket of that name; merges are followed."""
    if name.lower().startswith(LABEL):
        found = [conversations.number(name.lower()) or 0]
    else:
        tickets = store.load(store.named(name))
        if not tickets:
            raise Misconfigured(f"no conversation or ticket is called {name!r}; mail-7, #7 and SUP-7 work")
        found = sorted({n for held in tickets.values() for n in _numbers(held.links)})
        if not found:
            said = "has no conversation by mail. Without --to, the mail begins a ticket of its own"
            raise Misconfigured(f"{name} {said}")
        if len(found) > 1:
            raise Misconfigured(f"{name} has several conversations; name one: {', '.join(map(label, found))}")
    with _core(store).reading() as connection:
        held = conversations.one(connection, Remembered(connection).survivor(found[0]))
    if held is None or held.value.deleted:
        raise Misconfigured(f"there is no conversation {name}; `hub explain TICKET` says which a ticket has")
    return held


def _numbers(links: Sequence[Link]) -> Iterator[int]:
    for link in links:
        number = conversations.number(link.remote_id) if link.system == EMAIL else None
        if number is not None and link.state == "live":
            yield number


# what goes out --------------------------------------------------------------------------------


def outgoing(store: Store, states: Collection[SendState] = (), limit: int = 10_000) -> list[dict[str, Any]]:
    """
    Return the newest mails of the outbox in these states.

    None named: those that are still to reach somebody, and those that a cap holds back.
    """
    with _core(store).reading() as connection:
        rows = deliveries.in_states(connection, states or NEEDING, limit)
        if not states:
            held_up = (deliveries.get(connection, n) for n in shelf.capped(connection)[:limit])
            rows = sorted([*rows, *filter(None, held_up)], key=lambda row: -row.id)
    names = {(EMAIL, RemoteId(str(row.conversation))) for row in rows}
    tickets = store.tickets_of(names)
    return [
        {
            **_delivery(row),
            "conversation": label(row.conversation),
            "tickets": list(tickets.get((EMAIL, RemoteId(str(row.conversation))), ())),
        }
        for row in rows
    ]


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "to": row.recipient,
        "state": row.state,
        "tries": row.attempts,
        "reason": row.sending.reason,
        "at": row.at,
        "next_try": row.due_at if row.state == "pending" else "",
        "message_id": row.message_id,
        "history": list(row.sending.history),
    }


def resend(store: Store, outbox: Resends, ids: Collection[int]) -> int:
    """Send these mails again at the next run: all of them or, if one cannot be, none. Return how many."""
    with _core(store).reading() as connection:
        rows = {n: deliveries.get(connection, n) for n in ids}
    wrong = [said for n, row in sorted(rows.items()) if (said := _never(n, row))]
    if wrong:
        raise Misconfigured(f"{'; '.join(wrong)}. Nothing was changed")
    return outbox.resend(sorted(rows))


def _never(number: int, row: Delivery | None) -> str:
    """Say why a mail cannot be sent again, if it cannot."""
    if row is None:
        return f"there is no mail {number} in the outbox; `hub mail outbox` lists them"
    if row.state not in RESENT:
        can = "only what failed, is in doubt or withheld can go again"
        return f"mail {number} to {row.recipient} is {row.state}: {can}"
    if row.let_go:
        said = f"{_LET_GO.format(row.let_go)}; say it anew on the ticket"
        return f"mail {number} to {row.recipient} cannot go again: {said}"
    if not row.head:
        why = row.sending.reason or row.state
        return f"mail {number} to {row.recipient} was never written ({why}); say it anew on the ticket"
    return ""


# beside the rest ------------------------------------------------------------------------------


def mail_status(store: Store) -> dict[str, Any]:
    """Return what waits in the outbox and what is held back, and when each mailbox last had news."""
    with _core(store).reading() as connection:
        sending, shelved = deliveries.count(connection), shelf.counts(connection)
        return {
            "to_send": sending.get("pending", 0) + sending.get("sending", 0),
            "in_doubt": sending.get("unknown", 0),
            "failed": sending.get("failed", 0),
            "capped": len(shelf.capped(connection)),
            "suspended": shelved.get("suspended", 0),
            "quarantined": shelved.get("quarantined", 0),
            "mailboxes": [one._asdict() for one in shelf.news_at(connection)],
        }


def conversations_of(store: Store, links: Sequence[Link]) -> list[dict[str, Any]]:
    """Return a ticket's conversations: who takes part, and what became of each mail that was sent."""
    numbers = list(_numbers(links))
    if not numbers:
        return []
    with _core(store).reading() as connection:
        found = conversations.load(connection, numbers)
        sent = {n: deliveries.of_conversation(connection, n, _SHOWN) for n in found}
    return [
        {
            "label": label(n),
            "status": held.value.status,
            "requester": _person(held.value.requester),
            "followers": [_person(one) for one in held.value.followers],
            "mailbox": held.value.mailbox,
            "merged_into": held.value.merged_into,
            "sent": [_delivery(row) for row in sent[n]],
        }
        for n, held in sorted(found.items())
    ]


def _person(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def _core(store: Store) -> Core:
    return cast("Core", store)  # mails lie in the hub's own database

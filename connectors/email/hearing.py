"""
Mails that came in, heard: each becomes a comment, a conversation or a private note, or is held back.

A mail that nothing can be made of is quarantined with its reason; it never stops the ones behind it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from msgspec.structs import replace
from sqlalchemy import Connection

from connectors.email import arrived, chunks, conversations, tokens
from connectors.email.arrived import Arrived
from connectors.email.conversations import Held, label, say
from connectors.email.filters.bounces import report_of
from connectors.email.house import House
from connectors.email.judging import Judgement, judge
from connectors.email.message import read
from connectors.email.model import Address, Conversation, FileOf, MailState, Message, Recipient, Said
from connectors.email.noting import note
from connectors.email.placing import Placement, place
from connectors.email.remembering import FOLLOWS, MESSAGE_IDS, THREAD, Remembered
from connectors.email.source import Source, Unreadable
from connectors.email.trust import Trust, trust
from hub.store.core import Core

BATCH = 100
"""Mails heard in one transaction, at most."""
BATCH_BYTES = 8 * 1024 * 1024

_PICTURE = re.compile(r"!\[([^\]]*)\]\(cid:([^)\s]+)\)")
_OPENED = ("pending", "hold", "solved")
_log = logging.getLogger("hub.email")


class Returned(Protocol):
    """What of the outbox mails that come in can move."""

    def came_back(
        self, connection: Connection, outbox: int, recipients: Sequence[Recipient], diagnostic: str
    ) -> str: ...
    def turned_up(self, connection: Connection, outbox: int, rewritten: str = "") -> None: ...


class _Mail(NamedTuple):
    """A mail while it is heard."""

    row: Arrived
    message: Message
    placement: Placement
    trust: Trust


class Hearing:
    """See the module. `house` says which addresses are ours; `returned` is told what became of our mails."""

    def __init__(self, core: Core, house: House, now: Callable[[], str], returned: Returned) -> None:
        self._core = core
        self._house = house
        self._now = now
        self._returned = returned

    def work(self) -> int:
        """Hear every mail that waits, some in each transaction; return how many there were."""
        total = 0
        while heard := self._some():
            total += heard
        return total

    def _some(self) -> int:
        with self._core.fenced() as connection:
            known = Remembered(connection)
            rows = arrived.waiting(connection, self._now(), BATCH, BATCH_BYTES)
            now = self._now()
            for row, source in arrived.whole(connection, rows):
                # a server whose clock is ahead must not make what is answered older than the question
                self._one(connection, row._replace(received_at=min(row.received_at, now)), source, known)
        return len(rows)

    def _one(self, connection: Connection, row: Arrived, source: Source, known: Remembered) -> None:
        try:
            message = _whole_or_head(read(source), row)
            judgement = self._judged(message, row, known)
            placement = self._placed(message, row, known)
            mail = _Mail(row, message, placement, trust(message, placement, self._house, known))
        except Unreadable as unreadable:
            arrived.settle(connection, row, "quarantined", str(unreadable))
            return
        except (ArithmeticError, LookupError, ValueError, TypeError, RecursionError, AttributeError) as error:
            # not foreseen: the mail is kept and shown, and the others go on
            _log.exception("mail %s cannot be read", row.id)
            said = f"it cannot be read ({type(error).__name__}); this is a fault of the hub's"
            arrived.settle(connection, row, "quarantined", said)
            return
        self._act(connection, mail, judgement)

    def _judged(self, message: Message, row: Arrived, known: Remembered) -> Judgement:
        if row.reason.startswith(("anyway", "to:")):
            return Judgement("hear")  # a person looked at it
        return judge(message, self._house, known, self._now())

    def _placed(self, message: Message, row: Arrived, known: Remembered) -> Placement:
        if row.reason.startswith("to:"):
            chosen = conversations.number(row.reason.removeprefix("to:"))
            return Placement(known.survivor(chosen or 0), "token")
        placement = place(message, self._house, known)
        if row.reason == "anyway" and placement.question:
            return Placement(forged=placement.forged)
        return placement

    def _act(self, connection: Connection, mail: _Mail, judgement: Judgement) -> None:
        match judgement.what:
            case "echo":
                if judgement.outbox:
                    self._returned.turned_up(connection, judgement.outbox, judgement.rewritten)
                self._settle(connection, mail, "echo", judgement.reason)
            case "peer":
                self._settle(connection, mail, "peer", judgement.reason)
            case "suspend":
                self._settle(connection, mail, "suspended", judgement.reason)
            case "bounce":
                self._bounce(connection, mail, judgement)
            case "note":
                self._note(connection, mail, judgement)
            case "hear":
                self._hear(connection, mail)

    def _settle(self, connection: Connection, mail: _Mail, state: MailState, reason: str = "") -> None:
        arrived.settle(connection, mail.row, state, reason, message=mail.message)

    # machines -----------------------------------------------------------------------------------

    def _bounce(self, connection: Connection, mail: _Mail, judgement: Judgement) -> None:
        if not judgement.outbox:
            said = judgement.reason or "a mail was returned, but not one that was sent from here"
            self._settle(connection, mail, "suspended", said)
            return
        report = report_of(mail.message)
        recipients = report.recipients if report else ()
        diagnostic = next((r.diagnostic for r in recipients if r.diagnostic), "")
        told = self._returned.came_back(connection, judgement.outbox, recipients, diagnostic)
        here = Remembered(connection).whose(judgement.outbox)
        if told and here:
            note(connection, here, told, mail.row.received_at, mail.row.id)
        arrived.settle(
            connection, mail.row, "noted", judgement.reason, message=mail.message, conversation=here
        )

    def _note(self, connection: Connection, mail: _Mail, judgement: Judgement) -> None:
        """What a machine answers belongs to its conversation, for agents to read; it moves nothing."""
        known = Remembered(connection)
        here = mail.placement.conversation or known.survivor(known.whose(judgement.outbox))
        held = conversations.one(connection, here)
        reason = judgement.reason
        if held is None or held.value.status == "closed":
            self._settle(connection, mail, "suspended", reason)
            return
        text = f"*{reason}*\n\n{_text(mail.message, mail.message.reply)}"
        said = Said(text, mail.message.sender, public=False, kind="note", mail=mail.row.id)
        _ = say(connection, held.id, said, mail.row.received_at)
        conversations.touch(connection, held.id)
        arrived.settle(connection, mail.row, "noted", reason, message=mail.message, conversation=held.id)

    # people -------------------------------------------------------------------------------------

    def _hear(self, connection: Connection, mail: _Mail) -> None:
        if mail.placement.question:
            self._settle(connection, mail, "suspended", mail.placement.question)
            return
        held = conversations.one(connection, mail.placement.conversation)
        if held is not None and held.value.status == "closed" and not mail.row.reason:
            mail, held = self._gone_on(connection, mail, held)
        begins = held is None or held.value.status == "closed"
        if begins and not mail.row.reason and (reason := _nobody_known(mail)):
            self._settle(connection, mail, "suspended", reason)
            return
        if held is None or begins:
            here = self._begin(connection, mail, follows=held)
        else:
            here = self._answer(connection, mail, held)
        ids = [mail.message.message_id]
        # who takes another mail's name takes no answers to it
        if not conversations.known_by(connection, ids, *MESSAGE_IDS):
            conversations.know(connection, ids, here, "in")
        if mail.message.thread_index:
            thread = [f"{THREAD}{mail.message.thread_index}"]
            conversations.know(connection, thread, here, "thread")
        arrived.settle(connection, mail.row, "heard", message=mail.message, conversation=here)

    def _gone_on(self, connection: Connection, mail: _Mail, closed: Held) -> tuple[_Mail, Held]:
        """
        Return where another answer to a closed conversation went on, if its writer takes part there.

        Only with the same requester: a stranger's, who put the writer into Cc, is theirs to read.
        """
        known = Remembered(connection)
        name = f"{FOLLOWS}{closed.id}"
        for number in reversed(conversations.known_by(connection, [name], "follows").get(name, ())):
            held = conversations.one(connection, number)
            if held is None or held.value.deleted or held.value.status == "closed":
                continue
            if held.value.requester.email != closed.value.requester.email:
                continue
            believed = trust(mail.message, Placement(number, "message-id"), self._house, known)
            if believed.public:
                return mail._replace(trust=believed), held
        return mail, closed

    def _begin(self, connection: Connection, mail: _Mail, follows: Held | None) -> int:
        message = mail.message
        description = _text(message, message.text)
        if follows is not None:
            description = f"*This follows {label(follows.id)}, which is closed.*\n\n{description}"
        value = Conversation(
            subject=message.subject,
            description=tokens.scrub(self._house, description),
            requester=message.sender,
            followers=self._others(message, message.sender, ()),
            mailbox=self._written_to(message),
            recipients=tuple(sorted({a.email for a in (*message.to, *message.cc) if a.email})[:100]),
            language=message.language,
            follows=str(follows.id) if follows else "",
            changed_at=mail.row.received_at,
            verified=mail.trust.verified != "fail",
        )
        here = conversations.begin(connection, value, mail.row.received_at)
        if follows is not None:
            conversations.know(connection, [f"{FOLLOWS}{follows.id}"], here, "follows")
        self._files(connection, mail, here, None, public=True)
        return here

    def _answer(self, connection: Connection, mail: _Mail, held: Held) -> int:
        message, believed = mail.message, mail.trust
        text = _text(message, message.reply)
        if not believed.public:
            text = f"**{believed.flag}**\n\n{text}"
        said = Said(
            tokens.scrub(self._house, text), message.sender, public=believed.public, kind="mail",
            mail=mail.row.id,
        )  # fmt: skip
        comment = say(connection, held.id, said, mail.row.received_at)
        self._files(connection, mail, held.id, comment, public=believed.public)
        value = replace(held.value, changed_at=mail.row.received_at)
        if value.status in _OPENED and believed.verified != "fail":
            value = replace(value, status="open")
        if believed.public:
            others = self._others(message, value.requester, value.followers)
            value = replace(value, followers=others)
        conversations.change(connection, held.id, value)
        return held.id

    def _others(
        self, message: Message, requester: Address, before: tuple[Address, ...]
    ) -> tuple[Address, ...]:
        """Return who follows: as before, and whoever else its writer wrote to. Never ourselves."""
        found = {one.email: one for one in before}
        for one in (message.sender, *message.to, *message.cc):
            if one.email and one.email != requester.email and not self._house.is_ours(one.email):
                _ = found.setdefault(one.email, one)
        return tuple(found.values())[: self._house.max_followers]

    def _written_to(self, message: Message) -> str:
        """Return which of our addresses it was written to, without a token."""
        named = (*(a.email for a in (*message.to, *message.cc)), *message.delivered_to)
        for address in named:
            local, at, domain = address.rpartition("@")
            plain = f"{local.partition('+')[0]}{at}{domain}"
            if self._house.is_ours(address):
                return plain if self._house.plus else address
        return self._house.address

    def _files(
        self, connection: Connection, mail: _Mail, conversation: int, comment: int | None, *, public: bool
    ) -> None:
        owner = chunks.of_mail(mail.row.id)
        for part in () if mail.row.cut else mail.message.files:
            file = FileOf(part.name, part.content_type, part.size, public, owner, part, part.sha256)
            _ = conversations.attach(connection, conversation, file, comment)


def _whole_or_head(message: Message, row: Arrived) -> Message:
    """Say in the text that the rest is missing, where a mail was too large to be taken whole."""
    if not row.cut:
        return message
    size = f"{row.size / 1_000_000:.0f} MB"
    said = (
        f"*This mail has {size}, more than are taken in: only its beginning is here, without its files. "
        f"All of it is still in the mailbox {row.mailbox}.*"
    )
    return replace(message, text=f"{said}\n\n{message.text}", reply=f"{said}\n\n{message.reply}", files=())


def _nobody_known(mail: _Mail) -> str:
    """Return why a mail cannot begin a conversation, though nobody doubts its words; or nothing."""
    if mail.trust.verified == "fail" or mail.placement.forged:
        return mail.trust.flag
    return "" if mail.message.sender.email else "it does not say who sent it"


def _text(message: Message, words: str) -> str:
    """Return the words of a mail; a picture within them is named, since it goes along as a file."""
    names = {part.content_id: part.name for part in message.files if part.content_id}
    shown = _PICTURE.sub(lambda m: f"*[{names.get(m[2]) or m[1] or 'picture'}]*", words)
    return shown.strip() or "*(This mail has no text.)*"

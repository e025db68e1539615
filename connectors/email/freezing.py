"""
Turning a public comment into mails: all bytes and rows are written before the first one is sent.

Every recipient gets a mail of their own, with their own Message-ID, reply address and envelope sender,
so that no mail holds what was made for another reader. The body is the same for all and kept once. What
is frozen is never composed again: however often a mail is sent, it has the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from sqlalchemy import Connection, insert, update

from connectors.email import chunks, composing, deliveries, tokens
from connectors.email.arrived import Raw
from connectors.email.composing import Enclosure, Head, Shape
from connectors.email.conversations import know
from connectors.email.deliveries import QUEUED, Delivery, entry
from connectors.email.header_writing import NotAnAddress, cleaned, mailable
from connectors.email.house import House
from connectors.email.markdown_html import to_html, to_text
from connectors.email.model import Address, Conversation, FileOf, Sending, SendState
from connectors.email.parts import open_part
from hub.store.mail_tables import outbox

_PICTURE = re.compile(r'src="cid:([^"]+)"')
_OF_MAILS = chunks.of_mail(0).rstrip("0")
"""How the names begin under which mails that came in are stored."""
NOBODY = "nobody"
"""Stands for the recipient of what cannot be sent to anyone."""
_REMEMBERED = 1000
"""Mails of a conversation that may be named in References."""


class Post(NamedTuple):
    """One comment that is to be sent."""

    conversation: int
    held: Conversation
    comment: int
    text: str
    """Markdown."""
    author: Address
    created_at: str
    files: Sequence[FileOf]
    references: Sequence[str]
    """Message-IDs of the mails before it, oldest first, without <>."""
    machine: bool = False
    withheld: str = ""

    def names(self, recipient: str, digest: str) -> str:
        """Name its mail to one recipient: by what it says too, so that no other mail has this name ever."""
        return f"{self.conversation}/{self.comment}/{recipient}/{digest}"


class _Recipient(NamedTuple):
    email: str
    """As the conversation has it."""
    address: str
    """As mail has it; empty: none can be sent there."""
    reason: str


def freeze(
    connection: Connection,
    house: House,
    post: Post,
    copy: Sequence[str],
    now: str,
) -> list[int]:
    """
    Write the body once, and a row and a header block for every recipient.

    Return the rows of those to whom no mail can be sent; one for nobody, if there is no one to write to.
    """
    recipients = _recipients(house, post)
    if not recipients and not post.withheld and not _is_one_of_them(post):
        reason = "nobody who takes part in the conversation has an address"
        return [_row(connection, post, NOBODY, "failed", now, reason)]
    if post.withheld:
        for it in recipients:
            _ = _row(connection, post, it.email, "withheld", now, post.withheld)
        return []
    lost = [it for it in recipients if not it.address]
    failed = [_row(connection, post, it.email, "failed", now, it.reason) for it in lost]
    reached = [it for it in recipients if it.address]
    if not reached:
        return failed
    shape, digest = _write_body(connection, house, post)
    before = deliveries.of_conversation(connection, post.conversation, _REMEMBERED)
    for it in reached[: house.max_followers + 1]:
        _freeze_one(connection, house, post, it, copy, shape, digest, before, now)
    for it in reached[house.max_followers + 1 :]:
        reason = f"more than {house.max_followers} followers get no mail"
        _ = _row(connection, post, it.email, "withheld", now, reason)
    return failed


def _recipients(house: House, post: Post) -> list[_Recipient]:
    """
    Return who gets it: requester and followers, each once, never an address of ours.

    Nor does its author: who answered in another system's portal needs no mail of their own words.
    """
    emails = (cleaned(it.email).lower() for it in (post.held.requester, *post.held.followers))
    wanted = dict.fromkeys(e for e in emails if e and not house.is_ours(e) and e != post.author.email.lower())
    return [_recipient(email) for email in wanted]


def _is_one_of_them(post: Post) -> bool:
    """Return whether the author is who would be written to."""
    people = (post.held.requester, *post.held.followers)
    return bool(post.author.email) and post.author.email.lower() in {it.email.lower() for it in people}


def _recipient(email: str) -> _Recipient:
    try:
        return _Recipient(email, mailable(email), "")
    except NotAnAddress as error:
        return _Recipient(email, "", f"no mail can be sent to this address: {error}")


def _row(connection: Connection, post: Post, email: str, state: SendState, now: str, reason: str = "") -> int:
    sending = Sending(reason=reason, history=(entry(now, QUEUED if state == "pending" else state, reason),))
    made = connection.execute(
        insert(outbox).values(
            conversation=post.conversation,
            comment=post.comment,
            recipient=email,
            message_id="",
            state=state,
            due_at=now,
            at=now,
            attempts=0,
            head="",
            body=msgspec.json.encode(sending).decode(),
        )
    )
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def _freeze_one(
    connection: Connection,
    house: House,
    post: Post,
    to: _Recipient,
    copy: Sequence[str],
    shape: Shape,
    digest: str,
    before: Iterable[Delivery],
    now: str,
) -> None:
    number = _row(connection, post, to.email, "pending", now)
    message_id = tokens.message_id(house, post.names(to.email, digest))
    shown = _shown(house, post.held.requester, *post.held.followers, to=to)
    root = tokens.message_id(house, f"thread/{post.conversation}/{to.email}")
    head = Head(
        message_id=message_id,
        sender=Address(_written_to(house, post.held), _scrubbed(house, _signed(house, post.author))),
        to=shown[:1],
        cc=shown[1:],
        reply_to=tokens.reply_address(house, post.conversation, to.email),
        subject=composing.subject_of_answer(_scrubbed(house, post.held.subject)),
        date=post.created_at or now,
        references=composing.lineage(root, _ids_for(house, to.email, post.references, before)),
        loop=(tokens.LOOP_HEADER, tokens.loop_header(house, number)),
        language=post.held.language,
        machine=post.machine,
    )
    sending = Sending(
        envelope_from=tokens.bounce_address(house, number),
        envelope_to=(to.address, *copy),
        history=(entry(now, QUEUED),),
    )
    connection.execute(
        update(outbox)
        .where(outbox.c.id == number)
        .values(
            message_id=message_id,
            head=composing.head(head, shape),
            body=msgspec.json.encode(sending).decode(),
        )
    )
    know(connection, [message_id, root], post.conversation, "out")


def _written_to(house: House, held: Conversation) -> str:
    """Return the address of ours that the customer knows: the one that they wrote to."""
    return held.mailbox if held.mailbox in house.aliases else house.address


def _signed(house: House, author: Address) -> str:
    return f"{author.name} ({house.name})" if author.name and author.name != house.name else house.name


def _shown(house: House, *people: Address, to: _Recipient) -> list[Address]:
    """
    Return whom everybody sees as readers, the requester first; their addresses have no tokens.

    An address that is more than ASCII stands only in the mail to itself: it would make servers refuse
    the others.
    """
    shown: dict[str, Address] = {}
    for person in people[: house.max_followers]:
        found = _recipient(cleaned(person.email).lower())
        mine = found.email == to.email
        if found.address and not house.is_ours(found.email) and (mine or found.address.isascii()):
            shown.setdefault(found.address, Address(found.address, _scrubbed(house, person.name)))
    return list(shown.values())


def _ids_for(house: House, recipient: str, given: Sequence[str], before: Iterable[Delivery]) -> Iterator[str]:
    """Yield the Message-IDs of the thread as this recipient's mailbox has it: others got other ones."""
    own: dict[int, tuple[str, ...]] = {}
    comments: dict[str, int] = {}
    for row in before:
        comments.update(dict.fromkeys(row.ids, row.comment))
        if row.recipient == recipient:
            own[row.comment] = row.ids
    told = {comments[it] for it in given if it in comments}
    for comment, ids in own.items():
        if comment not in told:
            yield from ids
    for it in given:
        if it in comments:
            yield from own.get(comments[it], ())
        elif not tokens.is_our_id(house, it):
            yield it


def _write_body(connection: Connection, house: House, post: Post) -> tuple[Shape, str]:
    """Write the body; return how it is nested, and its digest."""
    text = _scrubbed(house, post.text)
    html, plain = to_html(text), to_text(text)
    pictures = {unquote(unescape(it)) for it in _PICTURE.findall(html)}
    enclosures = [_enclosure(connection, house, file, pictures) for file in post.files if file.public]
    shape = Shape(
        seed=f"{house.instance}/{post.conversation}/{post.comment}/{post.created_at}",
        inline=any(it.content_id for it in enclosures),
        attached=any(not it.content_id for it in enclosures),
    )
    digest = sha256()

    def hashed() -> Iterator[bytes]:
        for piece in composing.body(plain, html, enclosures, shape):
            digest.update(piece)
            yield piece

    _ = chunks.write(connection, chunks.of_comment(post.comment), hashed())
    return shape, digest.hexdigest()


def _enclosure(connection: Connection, house: House, file: FileOf, pictures: AbstractSet[str]) -> Enclosure:
    cid = composing.content_id(file.part.content_id)
    return Enclosure(
        name=_scrubbed(house, file.name),
        content_type=file.content_type,
        pieces=lambda: _bytes(connection, file),
        content_id=cid if cid in pictures else "",
    )


def _bytes(connection: Connection, file: FileOf) -> Iterator[bytes]:
    if file.owner.startswith(_OF_MAILS):
        return open_part(Raw(connection, file.owner), file.part)
    # A file that lies there as it is: what mends the lines of mails must not touch it.
    return chunks.read(connection, file.owner, file.part.offset, file.part.length)


def _scrubbed(house: House, text: str) -> str:
    return tokens.scrub(house, text)

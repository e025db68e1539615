"""
What the mail side knows of mails, conversations and what it sends. Values only; nothing here acts.

A *mail* is what a mailbox brought, or what is to be sent. A *conversation* is the mail side's replica of
a ticket: the mails of one problem with one customer, whatever subjects and Message-IDs they have.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

MailState: TypeAlias = Literal[
    "new",  # taken from the mailbox, not looked at yet
    "heard",  # it is a comment, or began a conversation
    "noted",  # it left a private note on its conversation, or nothing (a delay notice)
    "echo",  # our own
    "peer",  # a notification by a system that the hub reads itself
    "twin",  # another delivery of a mail that was heard
    "suspended",  # held back by a filter; a person may recover it
    "quarantined",  # it cannot be read
    "dropped",  # a person gave it up
]

SendState: TypeAlias = Literal[
    "pending",  # to be sent, at `due_at`
    "sending",  # the first byte may have left
    "sent",  # accepted by the server, or found where only a sent mail can be
    "unknown",  # it may have been accepted: evidence is looked for
    "failed",  # refused for good, or returned
    "withheld",  # never to be sent: quiet mode, older than the conversation, a cap
    "cancelled",  # taken back before it left
]


class Address(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address of a header. `email` is normalised: domain and local part in lower case, no comments."""

    email: str
    name: str = ""


class FilePart(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    One file in a mail, left where it is: `length` bytes of the raw mail from `offset`, still encoded.

    A file within another encoding (TNEF, a mail in a mail kept whole) is found by `inner`.
    """

    name: str
    content_type: str
    offset: int
    length: int
    encoding: str = ""
    """Content-Transfer-Encoding in lower case: `base64`, `quoted-printable`, `x-uuencode`, else as it is."""
    size: int = 0
    """Of the decoded bytes; exact."""
    sha256: str = ""
    """Of the decoded bytes, hex."""
    content_id: str = ""
    """Without <>."""
    inline: bool = False
    """The text shows it in its place (`cid:` in the Markdown, by `content_id`)."""
    inner: str = ""
    """Of a file within what this part decodes to (TNEF, an encoded mail): its range there; see `parts`."""


class Recipient(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a delivery status says of one recipient (RFC 3464), or what could be made out of a text."""

    email: str
    action: Literal["failed", "delayed", "delivered", "relayed", "expanded", ""] = ""
    status: str = ""
    """RFC 3463 (`5.1.1`); the enhanced code in the diagnostic, where `Status` only says `5.0.0`."""
    diagnostic: str = ""


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """A machine's word on another mail."""

    kind: Literal["delivery", "disposition", "feedback"]
    """DSN (RFC 3464) or a bounce in free text; read receipt (RFC 8098); spam complaint (RFC 5965)."""
    recipients: tuple[Recipient, ...] = ()
    original_message_id: str = ""
    original_envelope_id: str = ""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail, read. Every text is Unicode without NUL; whatever could not be decoded is in `defects`."""

    message_id: str = ""
    """Without <>; empty where the mail has none."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """As in the header, oldest first; without <>."""
    thread_index: str = ""
    """The first 22 bytes of Outlook's Thread-Index, hex."""
    subject: str = ""
    sender: Address = Address("")
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    """Addresses in Delivered-To, X-Original-To, Envelope-To, X-Envelope-To, Resent-To, lower case."""
    return_path: str | None = None
    """None: no such header; empty: `<>`."""
    date: str = ""
    """ISO 8601 UTC; empty where the header cannot be read."""
    headers: tuple[tuple[str, str], ...] = ()
    """The top header block in order, names in lower case, values unfolded and decoded; capped in size."""
    text: str = ""
    """The whole text as Markdown, quoted reply and signature included. Nothing readable is left out."""
    reply: str = ""
    """Of `text`, what its author wrote now; all of it where nothing can be told apart."""
    quoted: str = ""
    signature: str = ""
    language: str = ""
    """ISO 639-1, by Content-Language or by the words; empty: cannot be told."""
    files: tuple[FilePart, ...] = ()
    report: Report | None = None
    calendar: str = ""
    """`REQUEST`, `REPLY`, `CANCEL`: the mail is an invitation or an answer to one."""
    encrypted: bool = False
    """Its content is in a file that only its readers can open; `text` says so."""
    signed: bool = False
    defects: tuple[str, ...] = ()
    """What was wrong with it, and how it was read all the same."""

    def header(self, name: str) -> str:
        """Return the first header of this name (lower case), or nothing."""
        return next((value for n, value in self.headers if n == name), "")

    def all_headers(self, name: str) -> tuple[str, ...]:
        return tuple(value for n, value in self.headers if n == name)


class Glance(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people see of a mail in a list; all of it is read again from its bytes."""

    subject: str = ""
    sender: Address = Address("")
    to: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    let_go: str = ""
    """The day on which its bytes were let go; empty: they are kept."""


Status: TypeAlias = Literal["open", "pending", "hold", "solved", "closed"]


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The mail side's replica of a ticket. Its id and place in the feed stand in the table's columns."""

    subject: str = ""
    description: str = ""
    """Markdown of its first mail; empty where the hub began it."""
    status: Status = "open"
    """As the hub last wrote it; a customer's mail to one that is solved opens it again."""
    requester: Address = Address("")
    followers: tuple[Address, ...] = ()
    """Who else gets what is said in public."""
    mailbox: str = ""
    """The address of ours that it was written to."""
    recipients: tuple[str, ...] = ()
    """Every address in To and Cc of its first mail."""
    language: str = ""
    follows: str = ""
    """The conversation that was closed when this one began as an answer to it."""
    merged_into: str = ""
    changed_at: str = ""
    """ISO 8601 UTC: when a person last did something here."""
    deleted: bool = False
    """The hub began it and took it back."""
    verified: bool = True
    """Its first mail was not forged, as far as could be told."""


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A comment of a conversation: a mail that came, one that the hub sends, or the mail side's own note."""

    text: str
    """Markdown."""
    author: Address
    public: bool
    kind: Literal["mail", "sent", "note"]
    mail: int = 0
    """Of `mails`, where it came as one."""
    removed: bool = False


class FileOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a conversation, and where its bytes lie."""

    name: str
    content_type: str
    size: int
    public: bool
    owner: str
    """Of `mail_chunks`."""
    part: FilePart
    sha256: str = ""


class Sending(msgspec.Struct, frozen=True, omit_defaults=True):
    """One mail to one recipient, as far as no column holds it."""

    envelope_from: str = ""
    """Names the outbox row, so that a bounce finds it (VERP)."""
    envelope_to: tuple[str, ...] = ()
    """The recipient; and, as evidence, a copy to ourselves in the same transaction."""
    reason: str = ""
    """Why it failed, is withheld or is not known; fit to show to a person."""
    status: str = ""
    """RFC 3463, where the server gave one."""
    given_ids: tuple[str, ...] = ()
    """Message-IDs that the provider gave it instead of ours."""
    history: tuple[str, ...] = ()
    """What happened, oldest first: `2026-01-01T00:00:00Z sent 250 2.0.0 OK`."""

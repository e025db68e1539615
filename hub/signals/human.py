"""
What people themselves said: without what machines wrote, what they only quote, and how they sign. Pure.

Nothing that a machine wrote may move a score, so in doubt a text that shows a machine's words at its
beginning is not read at all.
"""

from __future__ import annotations

from functools import lru_cache

from hub.model import HUB_NOTE, Comment, Person, System, Ticket
from hub.signals.patterns_machine import (
    ADDRESS,
    AWAY,
    BEGINS,
    BOUNCE,
    DISCLAIMER,
    FORM,
    FORM_MARKS,
    HINTS,
    NAME,
    NOTICE,
    OURS,
    PRINTED,
    RETURNS,
)
from hub.signals.patterns_mail import ADDRESS_IN, CODE, LOG, NOISE, QUOTED, REPLIES, REPLY, SIGNATURE

_LONGEST = 6_000
"""Characters that are read: who is angry says so early."""
_KEPT = 4_000
"""Texts no longer than this are remembered with what is left of them: most are, and memory stays small."""
_BOUNCED = 160
"""A mail host says at once that it could not deliver; people tell their story first."""
_HEAD = 600
"""Within so many characters a machine says that it is one."""


def human_text(comment: Comment, ticket: Ticket) -> str:
    """Return what a person says in a comment; "" if it was taken back, or a machine wrote it."""
    if comment.removed or is_by_machine(comment, ticket):
        return ""
    return own_words(comment.body)


def is_by_machine(comment: Comment, ticket: Ticket) -> bool:
    """Whether a machine said it: nobody wrote, and nobody was answered."""
    if comment.id.startswith(HUB_NOTE) or is_machine(comment.author) or _known_machine(comment, ticket):
        return True
    return is_printed(comment.body)


def is_printed(text: str) -> bool:
    """Whether a text reads as only machines write, whoever seems to have sent it."""
    return _is_printed(text) if len(text) <= _KEPT else _reads_printed(text)


@lru_cache(maxsize=1 << 13)
def _is_printed(text: str) -> bool:
    return _reads_printed(text)


def _reads_printed(text: str) -> bool:
    text = _unified(text)
    if OURS.search(text):
        return True
    return _by_machine(_without_quotes(text, text.lower())[:_HEAD])


def _unified(text: str) -> str:
    return text[: 4 * _LONGEST].replace("\r\n", "\n").replace("\u00a0", " ").strip()


def described(ticket: Ticket) -> str:
    """Return what the customer says in a ticket's description; "" where others rewrote it."""
    text, requester = ticket.get("description"), ticket.get("requester")
    if not isinstance(text, str) or (isinstance(requester, str) and is_machine(Person(email=requester))):
        return ""
    return "" if rewritten_in(ticket) else own_words(text)


def rewritten_in(ticket: Ticket) -> System | None:
    """Return where else than at its birth the description was written last: not by the customer, then."""
    origin = ticket.origins.get("description")
    if origin is None or ticket.id.startswith(f"{origin.system}:"):
        return None
    return origin.system


def _known_machine(comment: Comment, ticket: Ticket) -> bool:
    """Whether an author of whom only the id is shown here is named as a machine elsewhere on the ticket."""
    author = comment.author
    if author.email or author.name or not author.id:
        return False
    others = (c.author for c in ticket.comments.values() if c.origin == comment.origin)
    return any(other.id == author.id and is_machine(other) for other in others)


@lru_cache(maxsize=1 << 13)
def is_machine(author: Person) -> bool:
    """Whether a comment's author is an integration, a monitor, or a mailbox that nobody reads."""
    if author.email and ADDRESS.fullmatch(author.email.strip()):
        return True
    return bool(author.name) and NAME.fullmatch(author.name.strip()) is not None


def own_words(text: str) -> str:
    """Return a text without code, links, forms, what it quotes, and its signature; "" for a machine's."""
    return _kept(text) if len(text) <= _KEPT else _own_words(text)


@lru_cache(maxsize=1 << 13)
def _kept(text: str) -> str:
    return _own_words(text)


def _own_words(text: str) -> str:
    text = _unified(text)
    if OURS.search(text):
        return ""
    lowered = text.lower()
    text = _without_quotes(text, lowered)
    if _by_machine(text[:_HEAD]):
        return ""
    text = CODE.sub(" ", text) if any(mark in text for mark in ("`", "~~~", "{")) else text
    text = LOG.sub("", text)
    text = NOISE.sub(r" \1 ", text) if any(mark in text for mark in ("](", "<", "://", "www.")) else text
    text = ADDRESS_IN.sub(" ", text) if "@" in text else text
    text = FORM.sub("", text) if any(mark in text for mark in FORM_MARKS) else text
    if any(hint in lowered for hint in PRINTED):
        text = DISCLAIMER.sub("", text).strip()
    return _unsigned(text)[:_LONGEST].strip()


def _by_machine(head: str) -> bool:
    """Whether a text begins as only machines write."""
    if BEGINS.match(head):
        return True
    lowered = head.lower()
    if not any(hint in lowered for hint in HINTS):
        return False
    if BOUNCE.search(head[:_BOUNCED]) or NOTICE.search(head):
        return True
    return AWAY.search(head) is not None and RETURNS.search(head) is not None


def _without_quotes(text: str, lowered: str) -> str:
    reply = REPLY.search(text) if any(hint in lowered for hint in REPLIES) else None
    text = text[: reply.start()] if reply else text
    return QUOTED.sub("", text) if ">" in text or "|" in text else text


def _unsigned(text: str) -> str:
    """A text that begins with what could close it (`Thanks`, then more) is no signature alone."""
    end = SIGNATURE.search(text)
    return text[: end.start()] if end and text[: end.start()].strip() else text

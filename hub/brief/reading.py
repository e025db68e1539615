"""
The sentences of a ticket that a reader may see, each with who said it, when, and where it stands. Pure.

A sentence is taken from the source as it is, letter for letter. What a machine wrote, what is quoted
from an earlier mail, and signatures give none.
"""

# ruff: noqa: RUF001  Russian words are meant

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from hub.brief.reader import Reader
from hub.model import JIRA, Comment, Ticket
from hub.signals.human import described, human_text, is_by_machine, own_words, rewritten_in
from hub.support import by_customer

Voice: TypeAlias = Literal["customer", "support", "engineer"]

LONGEST = 190
"""Characters of a quote, at most."""
_LEAST = 3
"""Letters and digits that a sentence needs."""
_READ = 20_000
"""Characters of one text that are looked through: a log pasted below it is no sentence."""
_KEPT = 4_000
"""Texts no longer than this are remembered with their sentences: most are, and memory stays small."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Said(msgspec.Struct, frozen=True):
    """One comment, or the description, that the reader may see and that a human wrote."""

    text: str
    human: str
    voice: Voice
    who: str
    at: str
    where: str
    """`comment 4`, of those that this reader may see; `description`."""
    public: bool
    order: int
    """Among those that people said."""


class Sentence(msgspec.Struct, frozen=True):
    """A part of what was said, without a line break."""

    text: str
    said: Said


def said(ticket: Ticket, reader: Reader) -> list[Said]:
    """Return what the reader may see, oldest first."""
    shown = [
        comment
        for comment in sorted(ticket.comments.values(), key=lambda c: c.place)
        if comment.audience in reader.audiences and not comment.removed
    ]
    found = [_said(ticket, comment, i) for i, comment in enumerate(shown, 1)]
    description = ticket.get("description")
    if isinstance(description, str) and description.strip() and reader.shows("description"):
        same = (c for c in shown if c.body.strip() == description.strip())
        if all(is_by_machine(comment, ticket) for comment in same):
            found.insert(0, _description(ticket, description))
    return [msgspec.structs.replace(o, order=i) for i, o in enumerate(o for o in found if o.human.strip())]


def _said(ticket: Ticket, comment: Comment, number: int) -> Said:
    voice = voice_of(comment, ticket)
    return Said(
        comment.body,
        human_text(comment, ticket),
        voice,
        comment.author.name.strip() or _ROLES[voice],
        comment.created_at,
        f"comment {number}",
        comment.audience == "public",
        number,
    )


_ROLES: dict[Voice, str] = {"customer": "customer", "support": "support", "engineer": "engineer"}


def voice_of(comment: Comment, ticket: Ticket) -> Voice:
    """Return in which part somebody spoke."""
    if by_customer(comment, ticket):
        return "customer"
    return "engineer" if comment.origin == JIRA else "support"


def _description(ticket: Ticket, text: str) -> Said:
    """The description as if it were the first comment; whose words it is, only its requester tells."""
    origin = ticket.origins.get("description")
    voice: Voice = "customer" if ticket.get("requester") else "support"
    at = ticket.course.opened or (origin.at if origin else "")
    human = described(ticket)
    if origin is not None and (where := rewritten_in(ticket)) is not None:
        voice, at, human = "engineer" if where == JIRA else "support", origin.at, own_words(text)
    return Said(text, human, voice, _ROLES[voice], at, "description", True, 0)


def reported(ticket: Ticket) -> str | None:
    """Return how it was told first; "" if it was a machine that did, None if nobody said anything."""
    description = ticket.get("description")
    shown = (c for c in ticket.comments.values() if c.audience == "public" and not c.removed)
    first = min(shown, key=lambda c: c.place, default=None)
    if isinstance(description, str) and description.strip() and rewritten_in(ticket) is None:
        same = first is not None and first.body.strip() == description.strip()
        return human_text(first, ticket) if first is not None and same else described(ticket)
    return human_text(first, ticket) if first is not None else None


# sentences --------------------------------------------------------------------------------------

_END = re.compile(r"(?<=[.!?…])[\"”»)]?\s+(?=[^\W_a-zа-яё]|[\"“«(`*@\[])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|incl|mr|mrs|ms|dr|vs|no|etc|т\.\s?е|т\.\s?к|им|стр|ул|д|г|руб|тыс)\.)$",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^(?:\s|>|[-*+•–—]\s|#{1,6}\s|\d{1,2}[.)]\s|\*\*|__|\\)+")
_TAIL = re.compile(r"(?:\s|\*\*|__|\\)+$")
_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\s]{0,500}\)|<?https?://\S+")
_LETTERS = re.compile(r"[^\W_]+")
_FENCE = re.compile(r"^\s*(?:```|~~~)")


def sentences(one: Said) -> Iterator[Sentence]:
    """Yield the sentences that its author wrote, in order."""
    for text in _own(one.text[:_READ], one.human):
        yield Sentence(text, one)


def _own(text: str, human: str) -> tuple[str, ...]:
    """Return the sentences of a text that are its author's own words; of each side's reader the same."""
    return _kept(text, human) if len(text) <= _KEPT else tuple(_owned(text, human))


@lru_cache(maxsize=1 << 12)
def _kept(text: str, human: str) -> tuple[str, ...]:
    return tuple(_owned(text, human))


def _owned(text: str, human: str) -> Iterator[str]:
    own = _letters(human)
    for line in _lines(text):
        for piece in _pieces(line):
            heard = _letters(piece)
            if len(heard) >= _LEAST and heard in own:
                yield piece


def _lines(text: str) -> Iterator[str]:
    """Lines outside of code blocks and quoted mails."""
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and not line.lstrip().startswith(">"):
            yield line


def _pieces(line: str) -> Iterator[str]:
    begin = 0
    for match in _END.finditer(line):
        if _SHORT.search(line[begin : match.start()]):
            continue
        yield _bare(line[begin : match.start()])
        begin = match.end()
    yield _bare(line[begin:])


def _bare(text: str) -> str:
    """Without the marks of a list, a heading or bold type at its ends."""
    return _TAIL.sub("", _LEAD.sub("", text))


def _letters(text: str) -> str:
    """Return what is left of a text when only its letters and digits count."""
    text = _LINK.sub(r"\1", text) if "://" in text or "](" in text else text
    return "".join(_LETTERS.findall(text.casefold()))


# in words ---------------------------------------------------------------------------------------


def day_and_time(at: str, year: str = "") -> str:
    """Return an instant as `3 Nov 14:05`, in UTC; with the year where it is another one."""
    if len(at) < len("2026-11-03T14:05") or not (at[5:7].isdecimal() and at[8:10].isdecimal()):
        return at
    month = _MONTHS[(int(at[5:7]) - 1) % 12]
    shown = "" if at[:4] == year else f" {at[:4]}"
    return f"{int(at[8:10])} {month}{shown} {at[11:16]}"


def cited(one: Said, year: str = "") -> str:
    """Return who said it, when and where."""
    return ", ".join(part for part in (one.who, day_and_time(one.at, year), one.where) if part)


def around(text: str, start: int, end: int, room: int = LONGEST) -> tuple[str, bool, bool]:
    """Return a part of a long sentence with the cue in it; whether its beginning and its end are there."""
    if len(text) <= room:
        return text, True, True
    begin = 0 if end <= room else _word_after(text, max(0, min(start - room // 3, len(text) - room)))
    stop = len(text) if begin + room >= len(text) else _word_before(text, begin + room, max(end, begin + 1))
    return text[begin:stop].rstrip(" ,;:"), begin == 0, stop == len(text)


def _word_after(text: str, at: int) -> int:
    space = text.find(" ", at)
    return space + 1 if 0 <= space < at + 40 else at


def _word_before(text: str, at: int, least: int) -> int:
    space = text.rfind(" ", least, at)
    return space if space > 0 else at

"""The brief of everything behind one replica: the worst ticket in full, a line for each other one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from hub.brief.choosing import thread_of
from hub.brief.model import Brief, Piece
from hub.brief.reader import Reader, reader_of
from hub.brief.reading import around, cited, said
from hub.brief.showing import as_markdown, as_plain
from hub.brief.writing import Mentioned, brief
from hub.impact import natural
from hub.mapping.rules import Mapping as FieldMapping
from hub.model import Ticket, TicketId
from hub.records import Score
from hub.registers import DONE
from hub.wording import as_called, count, ref

_OTHERS = 4
"""Tickets beside the worst that get a line of their own."""


def brief_for(
    tickets: Sequence[Ticket],
    scores: Mapping[TicketId, Score],
    mapping: FieldMapping,
    mentions: Mapping[TicketId, Mapping[str, Mentioned]] | None = None,
    *,
    markdown: bool = True,
) -> str:
    """
    Return the brief that a replica of these tickets shows on its side; "" where there is nothing to show.

    The ticket told in full is the worst by score, of equals the primary one; done ones come last.
    """
    whole = brief_of(tickets, scores, reader_of(mapping, tickets), mentions)
    if whole is None:
        return ""
    titled = len(tickets) > 1  # what is one ticket's alone shows its name and subject already
    return as_markdown(whole, titled=titled) if markdown else as_plain(whole, titled=titled)


def brief_of(
    tickets: Sequence[Ticket],
    scores: Mapping[TicketId, Score],
    reader: Reader,
    mentions: Mapping[TicketId, Mapping[str, Mentioned]] | None = None,
) -> Brief | None:
    """Return the brief of tickets that share a replica, for one reader; None if they may see nothing."""
    if not tickets or not reader.audiences:
        return None

    def rank(ticket: Ticket) -> tuple[bool, int]:
        score = scores.get(ticket.id)
        return ticket.get("status") in DONE, -(score.priority if score else 0)

    worst, *others = sorted(tickets, key=rank)  # a stable sort: of equals the first stays first
    told = brief(worst, reader, (mentions or {}).get(worst.id))
    lines = [_line(other, reader) for other in sorted(others, key=lambda t: (rank(t), natural(t.id)))]
    shown = lines[:_OTHERS] if len(lines) > _OTHERS + 1 else lines
    if len(shown) < len(lines):
        shown.append(Piece("others", f"and {count(len(lines) - len(shown), 'more ticket')}"))
    return replace(told, pieces=(*told.pieces, *shown)) if told.pieces or shown else None


def _line(ticket: Ticket, reader: Reader) -> Piece:
    """Another ticket: who it is, and what is broken in its own words."""
    heard = said(ticket, reader)
    name = str(ticket.get("account.name") or "") if reader.shows("account.name") else ""
    status = str(ticket.get("status") or "") if reader.shows("status") else ""
    who = f"{ref(as_called(ticket).id)} {' · '.join(p for p in (name, status) if p)}".strip()
    found = thread_of(heard).broken
    if not found:
        return Piece("others", who)
    text, opens, ends = around(found[0].sentence.text, found[0].cue.start, found[0].cue.end, 100)
    year = heard[0].at[:4]
    return Piece("others", text, True, f"{who}: {cited(found[0].sentence.said, year)}", opens, ends)

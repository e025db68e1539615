"""The part of the check's page about what was in fact lost: the store's loss ledger, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

import msgspec

from hub.check_style import marked_up, slug
from hub.model import TicketId
from hub.records import Loss
from hub.registers import label_of

EXAMPLES = 3
_WHAT: Mapping[str, tuple[str, str]] = {
    "cut": ("cut", "the text was too long there, and ends in …"),
    "retyped": ("retyped", "it is shown as something near it"),
    "dropped": ("dropped", "it is not shown there"),
    "unwritable": ("dropped", "the field there cannot hold this value"),
    "edit_unseen": ("retyped", "what somebody typed there could not be read"),
}
"""How each kind of loss looks, and what it means."""


class Tally(msgspec.Struct, frozen=True):
    """All entries of the ledger about one value on one way, counted."""

    born: str
    """The system in which the tickets began."""
    side: str
    """The system that could not show the value in full."""
    register: str
    what: str
    count: int
    tickets: int
    newest: tuple[Loss, ...]


def tallies(losses: Iterable[Loss]) -> list[Tally]:
    """Count the ledger by way, value and kind; the most frequent first."""
    groups: dict[tuple[str, str, str, str], list[Loss]] = {}
    for loss in losses:
        key = (_born(loss.ticket_id), str(loss.system), loss.register, loss.what)
        groups.setdefault(key, []).append(loss)
    counted = [
        Tally(*key, len(group), len({x.ticket_id for x in group}), _newest(group))
        for key, group in groups.items()
    ]
    return sorted(counted, key=lambda t: (-t.count, t.born, t.side, t.register, t.what))


def _born(ticket: TicketId) -> str:
    return str(ticket).partition(":")[0]


def _newest(group: Sequence[Loss]) -> tuple[Loss, ...]:
    """Return the newest entries, of different tickets as far as there are."""
    latest = sorted(group, key=lambda x: (x.at, x.id), reverse=True)
    first = {x.ticket_id: x for x in reversed(latest)}
    return tuple(sorted(first.values(), key=lambda x: (x.at, x.id), reverse=True)[:EXAMPLES])


def loss_section(losses: Sequence[Loss]) -> Iterator[str]:
    """Yield the section as HTML; nothing if nothing was lost."""
    if not losses:
        return
    tickets = len({x.ticket_id for x in losses})
    yield '<section id="losses"><h2>What was lost so far</h2>'
    yield (
        "<p>The tables above say what may happen; this is what did. The hub itself holds every value whole. "
        f"There are {len(losses):,} entries on {tickets:,} {'ticket' if tickets == 1 else 'tickets'}. "
        "<code>hub losses</code> lists them all, <code>hub explain TICKET</code> tells a ticket's story.</p>"
    )
    yield (
        '<div class="card"><table class="stack"><thead><tr><th scope="col">Value</th>'
        '<th scope="col">What</th><th scope="col">On the way</th><th scope="col" class="count">Times</th>'
        '<th scope="col">Newest</th></tr></thead><tbody>'
    )
    for tally in tallies(losses):
        yield _row(tally)
    yield "</tbody></table></div></section>"


def _row(tally: Tally) -> str:
    look, meaning = _WHAT.get(tally.what, ("dropped", ""))
    word = tally.what.replace("_", " ")
    way = f"{tally.born.capitalize()} → {tally.side.capitalize()}"
    if tally.born == tally.side:
        way = f"back to {tally.side.capitalize()}"
    examples = "".join(
        f"<li><code>{escape(x.ticket_id)}</code> {marked_up(x.detail)} "
        f'<span class="soft nowrap">{escape(x.at[:16].replace("T", " "))}</span></li>'
        for x in tally.newest
    )
    return (
        f'<tr><th scope="row" class="lead">{escape(label_of(tally.register))}</th>'
        f'<td class="tag"><span class="how {slug(look)}" title="{escape(meaning)}">{escape(word)}</span></td>'
        f'<td class="nowrap" data-label="Way">{escape(way)}</td>'
        f'<td class="count" data-label="Times">{tally.count:,}</td>'
        f'<td><ul class="examples">{examples}</ul></td></tr>'
    )

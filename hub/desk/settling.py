"""
End conflicts: by what people choose on any side, or because somebody set the field anew. Pure.

A choice counts for what was open when its plan was made. What people typed since stands: the conflict is
then overtaken. Of several choices the earliest counts, as it would if a run had come between them; who
chose otherwise is told so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from hub.cluster import Work
from hub.desk.words import KEEP, Choice, choice_of, chosen_in, tags_of
from hub.fingerprint import digest
from hub.merge import empty, same
from hub.model import HUB, CommentId, Origin, System, Ticket, TicketId, Value
from hub.records import Conflict
from hub.registers import find, label_of

OVERTAKEN = "overtaken"
_HERE = {"it", "this", "all", "everything"}


def settle_conflicts(work: Work) -> None:
    """Settle what was decided, take the tags away that decided it, and remember whom to tell."""
    vain: set[tuple[CommentId, TicketId]] = set()
    useful: set[CommentId] = set()
    for ticket in sorted(work.tickets):
        held = work.cluster.held[ticket]
        before = held.before or held.ticket
        choices = sorted([*_said(before, work.tickets[ticket]), *_tagged(work.tickets[ticket], work)])
        _untag(work, ticket, [c.tag for c in choices if c.tag])
        heard: set[Choice] = set()
        for conflict in sorted((c for c in held.conflicts if not c.resolved), key=lambda c: -c.id):
            heard.update(_settle(work, ticket, before, conflict, choices))
        vain.update((c.comment, ticket) for c in choices if c.comment and c not in heard)
        useful.update(c.comment for c in heard if c.comment)
    work.vain = {ticket: key for key, ticket in sorted(vain, reverse=True) if key not in useful}
    _name_answers(work)


def is_computed(conflict: Conflict, own: Value) -> bool:
    """Whether what stands is made by the hub, from one ticket or from all that share an issue."""
    register = find(conflict.register)
    if register is not None and register.group == "derived":
        return True
    return conflict.kept_from == HUB and not same(conflict.kept, own)


def side_of(conflict: Conflict, use: str) -> System | None:
    """Return the voice among those that gave way that a word names: a side, or its one replica."""
    voices = sorted(s for s in conflict.dropped if use in (s.casefold(), s.partition(":")[0]))
    return voices[0] if voices else None


def open_conflicts(work: Work, ticket: TicketId) -> Iterator[Conflict]:
    """Yield what is open of a ticket as the plan leaves it: what it held, and what it found."""
    ended = {c.id for c in work.settled[ticket]}
    yield from (c for c in work.cluster.held[ticket].conflicts if not c.resolved and c.id not in ended)
    yield from work.conflicts[ticket]


# what people said -------------------------------------------------------------------------------


def _said(before: Ticket, ticket: Ticket) -> Iterator[Choice]:
    for key, comment in ticket.comments.items():
        if key not in before.comments:
            yield from chosen_in(comment, ticket)


def _tagged(ticket: Ticket, work: Work) -> Iterator[Choice]:
    origin = ticket.origins.get("tags", Origin(HUB, work.now))
    for tag in tags_of(ticket.get("tags")):
        choice = choice_of(tag, origin.system, origin.at)
        if choice is not None:
            yield choice


def _untag(work: Work, ticket: TicketId, spent: Sequence[str]) -> None:
    """A tag that chose has done its work, on every side."""
    held = work.tickets[ticket]
    tags = held.get("tags")
    if not spent or not isinstance(tags, tuple):
        return
    left = tuple(t for t in tags if t not in spent)
    origin = replace(held.origins.get("tags", Origin(HUB, work.now)), run=work.run)
    work.tickets[ticket] = _with(held, "tags", left or None, origin)


def _with(ticket: Ticket, register: str, value: Value, origin: Origin) -> Ticket:
    registers = {**ticket.registers, register: value}
    if empty(value):
        del registers[register]
    return replace(ticket, registers=registers, origins={**ticket.origins, register: origin})


# what comes of it -------------------------------------------------------------------------------


def _settle(
    work: Work, ticket: TicketId, before: Ticket, conflict: Conflict, choices: Sequence[Choice]
) -> list[Choice]:
    """End a conflict if something ends it; return the choices that were about it."""
    register, now = conflict.register, work.tickets[ticket]
    mine = [c for c in _wished(conflict, work.now) or choices if _is_about(c, conflict, work)]
    mine = [c for c in mine if _can(c, conflict, now)]
    settled = next((c for c in work.settled[ticket] if c.register == register), None)
    if settled is not None:  # one word settles a field, however often it was disputed
        _end(work, conflict, OVERTAKEN, settled.by)
    elif not same(before.get(register), now.get(register)):
        disputed = any(c.register == register for c in work.conflicts[ticket])
        if mine or not disputed:  # who typed it had been shown both; or nobody had, and somebody chose late
            origin = now.origins.get(register, Origin(HUB, work.now))
            _end(work, conflict, OVERTAKEN, _side(origin.system), [c.by for c in mine])
    elif mine:
        _choose(work, now, conflict, mine)
    return mine


def _choose(work: Work, ticket: Ticket, conflict: Conflict, choices: Sequence[Choice]) -> None:
    first, *others = choices
    otherwise = [c.by for c in others if c.use != first.use]
    side = side_of(conflict, first.use) if first.change else None
    if side is None:
        _end(work, conflict, KEEP, first.by, otherwise)
        return
    origin = Origin(HUB, work.now, work.run)
    work.tickets[ticket.id] = _with(ticket, conflict.register, conflict.dropped[side], origin)
    _end(work, conflict, side, first.by, otherwise)


def _wished(conflict: Conflict, now: str) -> list[Choice]:
    """What a command asks for, alone."""
    if not conflict.wish:
        return []
    wish, _, who = conflict.wish.partition(" ")
    return [Choice(now, wish != KEEP, wish, f"{who or 'somebody'} by `hub conflicts`", HUB)]


def _is_about(choice: Choice, conflict: Conflict, work: Work) -> bool:
    """Whether a choice can be meant for a conflict: it came after it, and names nothing else."""
    if choice.side != HUB and choice.at < max(conflict.times.values(), default=""):
        return False
    if not choice.about or choice.about in _HERE:
        return True
    ticket = conflict.ticket_id
    names = {conflict.register, label_of(conflict.register), ticket, f"#{ticket.partition(':')[2]}"}
    names |= {link.label for _, link in work.live(ticket)}
    return choice.about in {name.casefold() for name in names}


def _can(choice: Choice, conflict: Conflict, ticket: Ticket) -> bool:
    """Whether a choice can be done in this conflict: there is such a value, and it is people's to choose."""
    if choice.use in (KEEP, conflict.kept_from.casefold(), conflict.kept_from.partition(":")[0]):
        return True
    if side_of(conflict, choice.use) is None:
        return False
    return not is_computed(conflict, ticket.get(conflict.register))


def _end(work: Work, conflict: Conflict, how: str, by: str, unheard: Iterable[str] = ()) -> None:
    ended = replace(
        conflict,
        resolved=how,
        by=by,
        ended=work.now,
        unheard=tuple(unheard),
        due=bool(conflict.note),
        wish="",
    )
    work.settled[conflict.ticket_id].append(ended)


def _side(system: System) -> str:
    return "the hub" if system == HUB else f"somebody in {system.capitalize()}"


def _name_answers(work: Work) -> None:
    """What this plan ends is answered together, however many notes told of it: the answer has one name."""
    ended = [c for conflicts in work.settled.values() for c in conflicts if c.due and not c.answer]
    if not ended:
        return
    said = sorted((c.ticket_id, c.register, c.resolved, c.id) for c in ended)
    answer = f"{min(c.note for c in ended)}#{digest(said)[:8]}"
    for ticket, conflicts in work.settled.items():
        work.settled[ticket] = [
            replace(c, answer=answer) if c.due and not c.answer else c for c in conflicts
        ]

"""Take into the hub what people changed in the fields of each side. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from hub.belonging import SHOWN
from hub.cluster import Replica, Work
from hub.fingerprint import fingerprint
from hub.lens import Unreadable, Unwritable, write
from hub.mapping import Rule
from hub.merge import Edit, Merged, empty, merge, same
from hub.model import HUB, Json, Origin, System, Ticket, TicketId, Value
from hub.records import Conflict, Loss
from hub.registers import DONE, PER_SIDE, is_context, is_text
from hub.replica import Agreed, Link, Observation

SPLITTABLE = (None, "max", "min", "first", "list", "union")
"""Aggregates of which an edit on the shared replica can be meant for each ticket behind it."""


class _Reading(NamedTuple):
    replica: Replica
    link: Link
    rule: Rule
    raw: Json
    value: Value
    at: str


def absorb(work: Work) -> None:
    """Merge every side's edits into the tickets, and move the shadows over what was seen."""
    _recognise_own_writes(work)
    born = {(t, r) for t in work.cluster.new for r, _ in work.live(t) if (t, r) not in work.joined}
    # a ticket is first what it is where it was born; only then does it meet what it is linked to
    _absorb(work, born)
    _absorb(work, {(t, r) for t in work.tickets for r, _ in work.live(t)} - born)


def _absorb(work: Work, places: set[tuple[TicketId, Replica]]) -> None:
    found = {
        ticket: [
            reading
            for replica, link in work.live(ticket)
            if (ticket, replica) in places
            for reading in _read(work, replica, link)
        ]
        for ticket in sorted(work.tickets)
    }
    # every meaning is settled before any shadow moves: tickets that share an issue read it alike
    meant = {t: [_meaning(work, t, r) for r in readings] for t, readings in found.items()}
    for ticket, readings in found.items():
        _merge(work, ticket, readings, meant[ticket])
        for reading, meaning in zip(readings, meant[ticket], strict=True):
            if meaning.taken:
                _take(work, ticket, reading, meaning.stands_for)


def _recognise_own_writes(work: Work) -> None:
    """What we asked for and were not told about: if it stands there now, it is nobody's edit."""
    for ticket in sorted(work.tickets):
        for replica, link in list(work.live(ticket)):
            seen = work.seen(replica)
            if not link.shadow.asked or seen is None or seen.raw is None:
                continue
            registers = dict(link.shadow.registers)
            for rule in work.policy.mappings[replica.system].rules:
                asked = link.shadow.asked.get(rule.register)
                if asked is None or rule.lens.field not in seen.raw:
                    continue
                shown = fingerprint(rule.lens.focus(seen.raw[rule.lens.field]))
                agreed = registers.get(rule.register)
                if same(shown, asked.raw) and (agreed is None or not same(shown, agreed.raw)):
                    registers[rule.register] = Agreed(shown, asked.value)
            work.set_link(replace(link, shadow=replace(link.shadow, registers=registers, asked={})))


def _read(work: Work, replica: Replica, link: Link) -> list[_Reading]:
    seen = work.seen(replica)
    if seen is None or seen.raw is None:
        return []
    found: list[_Reading] = []
    for rule in work.policy.mappings[replica.system].rules:
        if not rule.reads or rule.kind == "reference" or rule.register in PER_SIDE:
            continue
        if rule.lens.field not in seen.raw:
            continue
        raw = rule.lens.focus(seen.raw[rule.lens.field])
        agreed = link.shadow.registers.get(rule.register)
        if agreed is not None and same(raw, agreed.raw):
            continue
        try:
            value = rule.lens.read(seen.raw[rule.lens.field])
        except Unreadable as unreadable:
            loss = Loss(link.ticket_id, replica.system, rule.register, "dropped", str(unreadable))
            work.losses[link.ticket_id].append(loss)
            continue
        found.append(_Reading(replica, link, rule, raw, value, _at(seen, work)))
    return found


def _at(seen: Observation, work: Work) -> str:
    return seen.at or work.now


class _Meaning(NamedTuple):
    """What a changed raw value means for one ticket."""

    edit: Edit | None
    stands_for: Value
    """The value that the raw one shall be remembered to stand for."""
    taken: bool = True
    """Whether the shadow moves; if not, `project` deals with what is shown."""


def _meaning(work: Work, ticket: TicketId, reading: _Reading) -> _Meaning:
    agreed = reading.link.shadow.registers.get(reading.rule.register)
    held = work.tickets[ticket].get(reading.rule.register)
    shared = len(work.sharers(reading.replica)) > 1
    if agreed is None:
        return _first_sight(work, ticket, reading, held, shared)
    if same(reading.value, agreed.value):
        return _Meaning(None, reading.value)
    if reading.rule.register == "requester" and _shown_by_contact(work, reading):
        return _Meaning(None, held)
    base = agreed.value
    if shared:
        if reading.rule.many not in SPLITTABLE:
            return _Meaning(None, None, taken=False)  # nobody can say whose part of a sum is meant
        if isinstance(reading.value, tuple):
            base = _shown_together(work, reading)
    if reading.rule.register == "status" and _not_meant(work, ticket, reading, held, shared):
        return _Meaning(None, held)
    return _Meaning(Edit(base, reading.value), reading.value)


def _shown_by_contact(work: Work, reading: _Reading) -> bool:
    """
    Return whether a Case of ours shows another requester only because of the contact that it names.

    That is a word of a person's where a person chose the contact; not where we named it, or where it
    was taken away.
    """
    rule = work.policy.mappings[reading.replica.system].rule("account.contact")
    seen = work.seen(reading.replica)
    if rule is None or not reading.link.created_by_hub or seen is None or seen.raw is None:
        return False
    agreed = reading.link.shadow.registers.get(rule.register)
    contact = seen.raw.get(rule.lens.field)
    return empty(reading.value) or (agreed is not None and not empty(contact) and same(contact, agreed.raw))


def _first_sight(  # noqa: PLR0911  one case, one answer
    work: Work, ticket: TicketId, reading: _Reading, held: Value, shared: bool
) -> _Meaning:
    """A side's value, seen for the first time, is an edit only where it can be somebody's word."""
    value = reading.value
    if ticket in work.cluster.new and (ticket, reading.replica) not in work.joined:
        return _Meaning(Edit(None, value), value)
    if reading.rule.register == "opened_at" and not empty(held):
        return _Meaning(None, held)  # a ticket begins once, whatever copy of it comes later
    if not reading.rule.creates:  # only that side knows: whatever it shows is so
        return _Meaning(None if empty(value) else Edit(None, value), value)
    if shared:
        return _Meaning(None, None, taken=False)  # it shows what the other tickets agreed on
    if reading.link.created_by_hub and not _typed_since(work, reading, held):
        return _Meaning(None, held if empty(held) else value)
    if empty(held) or empty(value):
        return _Meaning(None if empty(value) else Edit(held, value), value)
    if is_text(reading.rule.register):
        return _Meaning(None, held)  # two texts that lived apart stay until somebody edits one
    return _Meaning(None, held) if _shows(work, reading, held) else _Meaning(Edit(None, value), value)


def _shows(work: Work, reading: _Reading, held: Value) -> bool:
    """Return whether a side has no other word for what the hub holds than the one that it shows."""
    seen = work.seen(reading.replica)
    if seen is None or seen.raw is None or not reading.rule.writes:
        return False
    raw = seen.raw.get(reading.rule.lens.field)
    try:
        return write(reading.rule.lens, held, raw) == raw
    except Unwritable:
        return False


def _typed_since(work: Work, reading: _Reading, held: Value) -> bool:
    """
    Return whether a replica of ours shows what somebody typed into it before the hub looked again.

    Status, priority and the like some systems fill in by themselves, and a box that nobody ticked says
    no; what the customer suffers, only people know.
    """
    told = not empty(reading.value) and reading.value is not False
    left_empty = work.policy.traits[reading.replica.system].born_empty
    known = is_context(reading.rule.register) or reading.rule.register in left_empty
    return told and empty(held) and known


def _shown_together(work: Work, reading: _Reading) -> Value:
    """The words that a shared replica last showed: those of all its tickets as then agreed."""
    words: set[str] = set()
    for other in work.sharers(reading.replica):
        shadow = work.links[other][reading.replica].shadow.registers
        agreed = shadow.get(reading.rule.register)
        if agreed is not None and isinstance(agreed.value, tuple):
            words |= set(agreed.value)
    return tuple(sorted(words))


def _not_meant(work: Work, ticket: TicketId, reading: _Reading, held: Value, shared: bool) -> bool:
    """
    Return whether a status seen on an issue is not a word on this ticket.

    A ticket that is done stays done while engineers move an unfinished shared issue about: only
    taking a finished issue up again reopens it. A ticket with several issues is done when all are.
    """
    done_now = reading.value in DONE
    if shared and held in DONE and not done_now and not showed_done(reading.rule, reading.link):
        return True
    if not done_now:
        return False
    return any(
        not showed_done(reading.rule, link)
        for other, link in work.live(ticket)
        if other.system == reading.replica.system and other != reading.replica
    )


def showed_done(rule: Rule, link: Link) -> bool:
    """Return whether the replica last showed a finished state, whatever it was taken to stand for."""
    agreed = link.shadow.registers.get(rule.register)
    if agreed is None:
        return False
    try:
        return rule.lens.read(agreed.raw) in DONE
    except Unreadable:
        return False


def _voices(readings: list[_Reading], meanings: list[_Meaning]) -> dict[str, dict[System, Edit]]:
    voices: dict[str, dict[System, Edit]] = {}
    for reading, meaning in zip(readings, meanings, strict=True):
        if meaning.edit is None:
            continue
        sides = voices.setdefault(reading.rule.register, {})
        side = reading.replica.system
        if (
            side in sides and reading.rule.writes
        ):  # a second replica in the same system: its own voice, behind the first
            side = System(f"{side}:{reading.link.label or reading.replica.remote_id}")
        sides[side] = meaning.edit
    return voices


def _merge(work: Work, ticket: TicketId, readings: list[_Reading], meanings: list[_Meaning]) -> None:
    edits = _voices(readings, meanings)
    held = work.tickets[ticket]
    registers, origins = dict(held.registers), dict(held.origins)
    when = {(r.rule.register, r.replica.system): r.at for r in readings}
    for register, sides in sorted(edits.items()):
        merged = _merged(work, ticket, register, registers.get(register), sides)
        if merged.winner is None:
            continue
        if empty(merged.value):
            _ = registers.pop(register, None)
        else:
            registers[register] = merged.value
        system = System(merged.winner.partition(":")[0])
        origins[register] = Origin(system, when.get((register, system), work.now), work.run)
        _note_unseen(work, ticket, register, system)
        if merged.dropped and register not in SHOWN:  # of an account, `belong` says what stands
            work.conflicts[ticket].append(
                Conflict(
                    ticket,
                    register,
                    merged.value,
                    merged.dropped,
                    kept_from=merged.winner,
                    times=_times(held, register, sides, when),
                )
            )
    work.tickets[ticket] = replace(held, registers=registers, origins=origins)


def _times(
    held: Ticket, register: str, sides: Mapping[System, Edit], when: Mapping[tuple[str, System], str]
) -> dict[System, str]:
    """Return when each voice in a merge spoke; of what the hub held, when that came to it."""
    told = {side: when.get((register, System(side.partition(":")[0])), "") for side in sides}
    before = held.origins.get(register)
    return {s: at for s, at in {HUB: before.at if before else "", **told}.items() if at}


def _note_unseen(work: Work, ticket: TicketId, register: str, winner: System) -> None:
    """A change that another side has a field for, and cannot be shown, goes into the loss ledger."""
    if ticket in work.cluster.new:
        return
    for replica, _ in work.live(ticket):
        rule = work.policy.mappings[replica.system].rule(register)
        if work.policy.traits[replica.system].customers:
            continue  # what we call their problem among ourselves is no news for customers
        if replica.system != winner and rule is not None and not rule.writes and is_text(register):
            detail = f"changed in {winner}; {replica.system} does not let this field be changed"
            loss = Loss(ticket, replica.system, register, "edit_unseen", detail)
            work.losses[ticket].append(loss)


def _merged(work: Work, ticket: TicketId, register: str, held: Value, sides: dict[System, Edit]) -> Merged:
    prefer = work.policy.prefer(register)
    if not isinstance(held, tuple):
        joined = any(edit.base is None for edit in sides.values()) and not empty(held)
        if joined and _solo_join(work, ticket, sides):
            origin = work.tickets[ticket].origins.get(register)
            voices = {**sides, (origin.system if origin else HUB): Edit(None, held)}
            return _as_change(merge(None, voices, prefer), held)
    return merge(held, sides, prefer)


def _solo_join(work: Work, ticket: TicketId, sides: dict[System, Edit]) -> bool:
    systems = {side.partition(":")[0] for side in sides}
    return any(t == ticket and r.system in systems for t, r in work.solo_joined)


def _as_change(merged: Merged, held: Value) -> Merged:
    """Of two values that lived apart until a link was made, the preferred one stands."""
    return merged if merged.dropped or not same(merged.value, held) else Merged(held)


def _take(work: Work, ticket: TicketId, reading: _Reading, stands_for: Value) -> None:
    """Move the shadow: this raw value is known now, and stands for this value."""
    link = work.links[ticket][reading.replica]
    kept = fingerprint(stands_for) if isinstance(stands_for, str) else stands_for
    registers = {
        **link.shadow.registers,
        reading.rule.register: Agreed(fingerprint(reading.raw), kept),
    }
    work.set_link(replace(link, shadow=replace(link.shadow, registers=registers)))

"""Conflicts as people settle them: listed with age and owner, one or many settled, on every side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from flows.inline import directed
from flows.wiring import Assembly
from hub.desk.rules import hours_in
from hub.desk.settling import OVERTAKEN, is_computed, side_of
from hub.desk.standing import Waiting
from hub.desk.words import KEEP, named
from hub.errors import Misconfigured
from hub.model import System, TicketId, Value
from hub.ports import Store
from hub.records import Conflict
from hub.registers import REGISTERS, label_of, nearest
from hub.store.audit_acts import whoami
from hub.sync import Run


def chosen(found: Iterable[Waiting], *, mine: str = "", older: str = "") -> list[Waiting]:
    """Return those of one person's, and those that are older than a span. Raises `Misconfigured`."""
    least = hours_in(older) if older else 0.0
    if least is None:
        raise Misconfigured(f"--older {older!r} is no span; write it like 36h, 2d or 1w")
    who = mine.strip().casefold()
    return [w for w in found if w.hours >= least and (not who or _is(who, w.owner.casefold()))]


def _is(who: str, owner: str) -> bool:
    return bool(owner) and who in (owner, owner.partition("@")[0])


def as_data(one: Waiting) -> dict[str, Any]:
    """Return a conflict for programs: every value in full, with age and owner."""
    plain: dict[str, Any] = msgspec.to_builtins(one.conflict)
    return {"resolved": "", **plain, "owner": one.owner, "hours": round(one.hours, 1), "overdue": one.overdue}


def one_conflict(store: Store, number: int) -> Conflict:
    """Return a conflict, open or not. Raises `Misconfigured` if there is none of this number."""
    found = next((c for c in store.conflicts(only_open=False) if c.id == number), None)
    if found is None:
        raise Misconfigured(f"there is no conflict {number}; `hub conflicts` lists the open ones")
    return found


# settling -----------------------------------------------------------------------------------------


class Step(msgspec.Struct, frozen=True):
    """What settling a conflict would do; `why_not` says why it cannot be done."""

    id: int
    ticket: TicketId
    register: str
    now: Value
    then: Value
    why_not: str = ""


def resolve_conflict(assembly: Assembly, number: int, use: str) -> str:
    """Settle a conflict, and bring every side up to date; return what was done, in words."""
    conflict = next((c for c in assembly.store.conflicts() if c.id == number), None)
    if conflict is None:
        raise Misconfigured(f"there is no open conflict {number}; `hub conflicts` lists them")
    step = _step(assembly.store, conflict, use)
    if step.why_not:
        raise Misconfigured(step.why_not)
    left = _settle(assembly, [conflict], use)
    return _told(one_conflict(assembly.store, number), use, left)


def steps(store: Store, register: str, use: str) -> list[Step]:
    """Return what settling every open conflict of a register ("": of any) would do."""
    if register and register not in REGISTERS and not register.startswith("custom."):
        raise Misconfigured(f"`{register}` is not a register{nearest(register, REGISTERS)}")
    return [_step(store, c, use) for c in store.conflicts() if register in ("", c.register)]


def resolve_all(assembly: Assembly, found: Sequence[Step], use: str) -> str:
    """Settle these, as far as they can be; return what was done, in words."""
    wanted = {step.id for step in found if not step.why_not}
    left = _settle(assembly, [c for c in assembly.store.conflicts() if c.id in wanted], use)
    still = {c.id for c in assembly.store.conflicts()} & wanted
    told = f"{len(wanted) - len(still)} conflicts settled."
    if len(found) > len(wanted):
        left_open = len(found) - len(wanted)
        told += f" {left_open} left open: that side has no value in them, or the hub computes it."
    if still:
        told += f" {len(still)} could not be settled now and stay open."
    return told + left


def _step(store: Store, conflict: Conflict, use: str) -> Step:
    held = store.load([conflict.ticket_id]).get(conflict.ticket_id)
    now = held.ticket.get(conflict.register) if held else conflict.kept
    step = Step(conflict.id, conflict.ticket_id, conflict.register, now, now)
    word = named(use)
    if word in (KEEP, "keep", conflict.kept_from.casefold()):
        return step
    side = side_of(conflict, word)
    if side is None:
        sides = ", ".join([*conflict.dropped, KEEP])
        why = f"conflict {conflict.id} has no value of {use!r}; use one of {sides}"
        return replace(step, why_not=why)
    if is_computed(conflict, now):
        why = (
            f"{conflict.register} is what the hub makes of its tickets, so what {use} had cannot stand; "
            f"change the tickets, and settle conflict {conflict.id} with `kept`"
        )
        return replace(step, why_not=why)
    return replace(step, then=conflict.dropped[side])


def _settle(assembly: Assembly, conflicts: Sequence[Conflict], use: str) -> str:
    """Let the plan settle these as if somebody had chosen on a side; return what is not done yet."""
    word = KEEP if named(use) in (KEEP, "keep") else named(use)
    wishes = {c.id: f"{word} {whoami()}" for c in conflicts}
    if word == KEEP and not any(c.note for c in conflicts):  # nobody was told, nothing changes
        for conflict in conflicts:
            assembly.store.resolve_conflict(conflict.id, KEEP)
        return ""

    def act(run: Run) -> None:
        batch = run.gatherer.batch((), sorted({c.ticket_id for c in conflicts}))
        for ticket in {c.ticket_id for c in conflicts} & batch.held.keys():
            held = batch.held[ticket]
            marked = tuple(replace(c, wish=wishes.get(c.id, "")) for c in held.conflicts)
            batch.held[ticket] = replace(held, conflicts=marked, dirty=True)
        run.carry_out(batch, run.decide(batch))

    first = conflicts[0].id if conflicts else ""
    return directed(assembly, "resolve", f"hub conflicts resolve {first}", act) if conflicts else ""


def _told(conflict: Conflict, use: str, left: str) -> str:
    what = f"Conflict {conflict.id}: {conflict.register}"
    if not conflict.resolved:
        return f"{what} could not be settled now.{left}"
    if conflict.resolved == KEEP:
        return f"{what} stays as it is.{left}"
    if conflict.resolved == OVERTAKEN:
        return f"{what} was set anew meanwhile, and stays so.{left}"
    if left:
        return f"{what} is what {use} had set.{left}"
    return f"{what} is what {use} had set, on every side."


def lines_of(conflict: Conflict) -> list[tuple[str, str]]:
    """Return all of a conflict, as name and words."""

    def said(side: System, value: Value) -> str:
        parts = (value, side, conflict.times.get(side))
        return ", ".join(str(part) for part in parts if part not in (None, ""))

    when = f", {conflict.ended}" if conflict.ended else ""
    by = f"{conflict.resolved} by {conflict.by or 'somebody'}{when}"
    return [
        ("ticket", conflict.ticket_id),
        ("field", f"{label_of(conflict.register)} ({conflict.register})"),
        ("stands", said(conflict.kept_from, conflict.kept)),
        *(("gave way", said(side, value)) for side, value in sorted(conflict.dropped.items())),
        ("found", f"{conflict.at} in run {conflict.run}"),
        ("told", "by a note on every side that may see the field" if conflict.note else "here alone"),
        ("settled", by if conflict.resolved else "not yet"),
    ]

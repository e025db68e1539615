"""What a conflict is called, in the words of one side: nothing that its people may not see. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.brief.reader import reader_of
from hub.cluster import Replica, Work
from hub.desk.settling import OVERTAKEN
from hub.desk.words import KEEP
from hub.lens import Unreadable, Unwritable
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty
from hub.model import HUB, System, Ticket, Value
from hub.records import Conflict
from hub.registers import label_of
from hub.telling import sees
from hub.wording import as_called, inline, plain, ref

_LONGEST = 200
"""Characters of a value; the field itself shows all of the one that stands, `hub conflicts show` of both."""
_MOST = 10
"""So many are told one by one; the others are counted."""
_NO_WORD = "a value that has no word here"


class Seen(NamedTuple):
    """A conflict as one side may know of it."""

    field: str
    kept: str
    dropped: dict[System, str]


def seen_on(work: Work, replica: Replica, conflict: Conflict) -> Seen | None:
    """Return it in the words of that side; None if its people may not see the field, or see no difference."""
    mapping = work.policy.mappings[replica.system]
    ticket = work.tickets[conflict.ticket_id]
    kept = told(mapping, ticket, conflict.register, conflict.kept)
    if kept is None:
        return None
    register = conflict.register
    dropped = {s: told(mapping, ticket, register, value) or "" for s, value in conflict.dropped.items()}
    if all(text == kept for text in dropped.values()):
        return None
    return Seen(_field(work, replica, conflict), kept, dropped)


def told(mapping: FieldMapping, ticket: Ticket, register: str, value: Value) -> str | None:
    """Return a value as the people of a side would read it in their field; None where they may not."""
    rule = mapping.rule(register)
    if mapping.rest == "withhold" or (rule is not None and not rule.writes):
        return None
    if rule is None and not sees(reader_of(mapping, [ticket]))(register):
        return None
    if rule is not None and not empty(value):
        try:
            value = rule.lens.read(rule.lens.render(value, None))
        except (Unwritable, Unreadable):
            return _NO_WORD
    if empty(value):
        return "nothing"
    text = " ".join(plain(register, value).split())
    return inline(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def noted(work: Work, replica: Replica, conflicts: Sequence[Conflict]) -> str:
    """Return the note that tells of these conflicts and how to settle them; "" if that side sees none."""
    seen = [(c, s) for c in conflicts if (s := seen_on(work, replica, c)) is not None]
    if not seen:
        return ""
    lines = [_line(conflict, shown) for conflict, shown in seen[:_MOST]]
    lines += [f"- and {len(seen) - _MOST} more: `hub conflicts` lists them"] if len(seen) > _MOST else []
    one = len(seen) == 1
    head = "Conflict to settle." if one else f"Conflict to settle, in {len(seen)} fields."
    what = "Two people set different values, and neither had seen the other's."
    choices = sorted({_name(side) for conflict, _ in seen for side in conflict.dropped})
    mapping = work.policy.mappings[replica.system]
    return "\n".join([f"**{head}** {what}", "", *lines, "", *_how(mapping, choices, seen[0][1], one=one)])


def _how(mapping: FieldMapping, choices: Sequence[str], first: Seen, *, one: bool) -> list[str]:
    words = ["keep", *(f"use {side}" for side in choices)]
    says = " or ".join(f"`/conflict {word}`" for word in words)
    lines = ["To settle it, on any side:", "", f"- write {says} on a line of its own in an internal comment"]
    rule = mapping.rule("tags")
    if rule is not None and rule.reads:
        kind = "label" if "label" in rule.lens.field else "tag"
        tags = " or ".join(f"`conflict_{word.replace(' ', '_')}`" for word in words)
        lines.append(f"- or add the {kind} {tags}")
    lines.append("- or set the field anew: whoever reads this has seen both values")
    if not one:
        field = first.field.replace("*", "").partition(" of ")[0].casefold()
        lines.append(f"- for one of them alone: `/conflict {words[-1]} for {field}`")
    return lines


def answered(work: Work, replica: Replica, conflicts: Sequence[Conflict]) -> str:
    """Return the note that says how these ended; "" if that side was told of none."""
    seen = [c for c in conflicts if seen_on(work, replica, c) is not None]
    if not seen:
        return ""
    # A field that was disputed twice is told once, if both ended alike.
    lines = list(dict.fromkeys(_ending(work, replica, conflict) for conflict in seen))
    more = [f"- and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join(["**Conflict settled.**", "", *lines[:_MOST], *more])


def vainly() -> str:
    """Return what whoever chose is told where there is nothing to settle."""
    return (
        "**No conflict to settle.** None is open here that this could be about: it was settled before, the "
        "field was set anew, or that side had set nothing. To change a value, set the field."
    )


def _line(conflict: Conflict, seen: Seen) -> str:
    lost = "; ".join(
        f"{text} gave way ({_set(conflict, side)})" for side, text in sorted(seen.dropped.items())
    )
    return f"- {seen.field}: **{seen.kept}** stands ({_set(conflict, conflict.kept_from)}); {lost}"


def _ending(work: Work, replica: Replica, conflict: Conflict) -> str:
    ticket, field = work.tickets[conflict.ticket_id], _field(work, replica, conflict)
    mapping = work.policy.mappings[replica.system]
    now = told(mapping, ticket, conflict.register, ticket.get(conflict.register)) or "as it was"
    by = inline(" ".join(conflict.by.split()))
    match conflict.resolved:
        case str() if conflict.resolved == OVERTAKEN:
            line = f"- {field} is **{now}**: overtaken, {by} set it anew"
        case str() if conflict.resolved == KEEP:
            line = f"- {field} stays **{now}**, chosen by {by}"
        case side:
            line = f"- {field} is **{now}** now: {_whose(side)}, chosen by {by}"
    if conflict.unheard:
        late = ", ".join(inline(" ".join(who.split())) for who in conflict.unheard)
        line += f". Too late for {late}: to change it again, set the field"
    return line


def _field(work: Work, replica: Replica, conflict: Conflict) -> str:
    name = f"**{label_of(conflict.register)}**"
    if len(work.sharers(replica)) == 1:
        return name
    return f"{name} of {ref(as_called(work.tickets[conflict.ticket_id]).id)}"


def _set(conflict: Conflict, side: str) -> str:
    at = conflict.times.get(System(side), "")
    when = f", {at[:16].replace('T', ' ')} UTC" if at else ""
    return f"{'before' if side == HUB else _called(side)}{when}"


def _whose(side: str) -> str:
    return "what stood before" if side == HUB else f"the value of {_called(side)}"


def _called(side: str) -> str:
    system, _, label = side.partition(":")
    return f"{system.capitalize()} {inline(label)}".strip()


def _name(side: str) -> str:
    return "before" if side == HUB else side.partition(":")[0]

"""
What engineers must know about the customers behind an issue: readable for people, complete for machines.

Pure, and the same for the same tickets in any order but the first one's: no clock, no dice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from hub.aggregate import combine
from hub.lenses.text import compact
from hub.mapping.rules import Mapping as FieldMapping
from hub.model import Ticket, TicketId, Value
from hub.records import Score
from hub.registers import CONTEXT, CUSTOM, find, is_context, label_of

VERSION = 1
COPY_BYTES = 30_000
"""What the smallest place for a copy (a Jira issue property) surely takes."""

_PEOPLE = ("type", "group", "requester", "assignee")
_TECHNICAL = {"account.id", "needs_engineering"}
_SHORT = 40
# What would turn into markup within a line. No more: systems show the rest without a backslash, too.
_SPECIAL = re.compile(r"([\\`*\[<]|~(?=~)|(?<=~)~|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")


# for people -----------------------------------------------------------------------------------


def block(tickets: Sequence[Ticket], scores: Sequence[Score], mapping: FieldMapping) -> str:
    """
    Return the context block as Markdown: a headline, then all that has no field of its own there.

    Empty if the mapping wants no block, or there is nothing to tell.
    """
    if mapping.rest != "block" or not tickets:
        return ""
    worst = max(scores, key=lambda s: s.priority, default=None)
    parts = [
        _headline(tickets, worst),
        "\n".join(_facts(tickets, mapping)),
        *_passages(tickets, mapping),
        _reasons(worst),
        _behind(tickets),
    ]
    return "\n\n".join(part for part in parts if part)


def _headline(tickets: Sequence[Ticket], worst: Score | None) -> str:
    count = f"**{len(tickets)} support tickets**" if len(tickets) > 1 else "**1 support ticket**"
    users = _over(tickets, "impact.affected_users", "sum")
    said = [
        count,
        _accounts(tickets),
        f"{_plain('impact.affected_users', users)} users affected" if users else "",
        "customer is blocked" if _over(tickets, "impact.blocked", "max") else "",
        _due(tickets),
    ]
    if worst is not None:
        said.append(f"score {worst.priority} ({worst.label}), escalation risk {worst.escalation_risk:.0%}")
    return " · ".join(s for s in said if s)


def _due(tickets: Sequence[Ticket]) -> str:
    due = _over(tickets, "sla.due", "earliest")
    return f"SLA due {_plain('sla.due', due)}" if due else ""


def _accounts(tickets: Sequence[Ticket]) -> str:
    told: dict[str, str] = {}
    for ticket in tickets:
        name = ticket.get("account.name")
        if not isinstance(name, str):
            continue
        arr, tier, renewal = (ticket.get(f"account.{what}") for what in ("arr", "tier", "renewal_date"))
        about = [
            str(tier) if tier else "",
            f"{_money(arr, ticket)} a year" if arr else "",
            f"renews {renewal}" if renewal else "",
        ]
        known = ", ".join(a for a in about if a)
        told.setdefault(name, f"{_inline(name)} ({_inline(known)})" if known else _inline(name))
    return "; ".join(told[name] for name in sorted(told))


def _money(value: Value, ticket: Ticket) -> str:
    return f"{_plain('account.arr', value)} {ticket.get('account.currency') or ''}".strip()


def rest(tickets: Iterable[Ticket], mapping: FieldMapping) -> tuple[str, ...]:
    """Return the registers that some ticket holds, and that no field of that side shows."""
    native = {rule.register for rule in mapping.rules if rule.writes}
    held = {name for t in tickets for name, value in t.registers.items() if value not in (None, "", ())}
    own = sorted(name for name in held if name.startswith(CUSTOM))
    return tuple(
        name
        for name in (*CONTEXT, *own, *_PEOPLE, "sla.due")
        if name in held and name not in native and name not in _TECHNICAL
    )


def _facts(tickets: Sequence[Ticket], mapping: FieldMapping) -> Iterator[str]:
    for name in rest(tickets, mapping):
        values = _distinct(tickets, name)
        if not any("\n" in value for value in values):
            yield f"- **{label_of(name)}:** {'; '.join(map(_inline, values))}"


def _passages(tickets: Sequence[Ticket], mapping: FieldMapping) -> Iterator[str]:
    """Texts of several lines stand word for word: a log or a list must not turn into markup."""
    for name in rest(tickets, mapping):
        values = _distinct(tickets, name)
        if any("\n" in value for value in values):
            yield "\n\n".join([f"**{label_of(name)}:**", *map(_verbatim, values)])


def _distinct(tickets: Sequence[Ticket], name: str) -> list[str]:
    values = [_plain(name, t.get(name)) for t in tickets]
    return [v for v in dict.fromkeys(values) if v]


def _over(tickets: Sequence[Ticket], name: str, many: str) -> Value:
    register = find(name)
    return combine(many, [t.get(name) for t in tickets], register.options if register else ())


def _plain(name: str, value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}" if name != "score.escalation_risk" else f"{value:.0%}"
        case tuple():
            return ", ".join(value)
        case str() if name == "sla.due":
            return value[:16].replace("T", " ") + " UTC"
        case str():
            return value.strip()


def _inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _verbatim(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _reasons(worst: Score | None) -> str:
    if worst is None or not worst.reasons:
        return ""
    lines = [f"- {reason.points:+.0f} {_inline(reason.sentence)}" for reason in worst.reasons]
    return "\n".join([f"**Why the score is {worst.priority}:**", "", *lines])


def _behind(tickets: Sequence[Ticket]) -> str:
    if len(tickets) < 2:  # noqa: PLR2004
        return ""
    lines = [f"- {_ticket_line(ticket)}" for ticket in sorted(tickets, key=lambda t: t.id)]
    return "\n".join(["**Tickets behind this issue:**", "", *lines])


def _ticket_line(ticket: Ticket) -> str:
    users = ticket.get("impact.affected_users")
    said = [
        str(ticket.get("subject") or ticket.id),
        str(ticket.get("account.name") or ""),
        f"{_plain('impact.affected_users', users)} users" if users else "",
        str(ticket.get("status") or ""),
    ]
    return _inline(" · ".join(s for s in said if s))


# for machines ---------------------------------------------------------------------------------


def machine_copy(tickets: Sequence[Ticket], limit: int = COPY_BYTES) -> str:
    """
    Return the registers of these tickets as one JSON text that `read_copy` understands.

    Complete unless it would be longer than `limit` bytes; then the longest texts are shortened, and
    `cut` names them; then tickets are left out from the end, and `more` counts them.
    """
    held = {t.id: _kept(t) for t in sorted(tickets, key=lambda t: t.id)}
    cut: set[str] = set()
    text = _written(held, cut, 0)
    while len(text.encode()) > limit and held:
        if not _shorten_longest(held, cut):
            for ticket in list(held)[-max(len(held) // 4, 1) :]:
                del held[ticket]
        text = _written(held, cut, len(tickets) - len(held))
    return text


def _shorten_longest(held: Mapping[TicketId, dict[str, Value]], cut: set[str]) -> bool:
    """Halve the longest text; False if none is worth it any more."""
    texts = ((len(v), t, n) for t, r in held.items() for n, v in r.items() if isinstance(v, str))
    length, ticket, name = max(texts, default=(0, TicketId(""), ""))
    if length <= _SHORT:
        return False
    held[ticket][name] = str(held[ticket][name])[: length // 2] + "…"
    cut.add(f"{ticket} {name}")
    return True


def _kept(ticket: Ticket) -> dict[str, Value]:
    """
    The context, and who asked for what. Not what moves with every reply: it has fields everywhere,
    and a copy that moves with it would be a write for every edit.
    """
    return {
        name: value
        for name, value in sorted(ticket.registers.items())
        if value is not None and (is_context(name) or name in {"type", "group", "requester", "sla.due"})
    }


def _written(held: Mapping[TicketId, Mapping[str, Value]], cut: set[str], more: int) -> str:
    body: dict[str, Any] = {"version": VERSION, "tickets": held}
    left_out = {"cut": sorted(c for c in cut if c.partition(" ")[0] in held), "more": more}
    return compact(body | {name: said for name, said in left_out.items() if said})


def read_copy(text: str | Mapping[str, Any]) -> dict[TicketId, dict[str, Value]]:
    """Return what a machine copy says of each ticket. Raises `ValueError` if it is not one of ours."""
    body: Any = json.loads(text) if isinstance(text, str) else text
    if not isinstance(body, dict) or cast("dict[str, Any]", body).get("version") != VERSION:
        raise ValueError(f"this is not a copy of version {VERSION} made by the hub")
    tickets = cast("dict[str, dict[str, Any]]", body["tickets"])
    return {
        TicketId(ticket): {
            name: tuple(cast("list[str]", value)) if isinstance(value, list) else value
            for name, value in registers.items()
        }
        for ticket, registers in tickets.items()
    }

"""
What engineers must know about the customers behind an issue: readable for people, complete for machines.

Pure, and the same for the same tickets in any order but the first one's: no clock, no dice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from hub.aggregate import combine
from hub.impact import Customer, Figure, Impact, customers_of, impact_of, natural
from hub.lenses.text import compact
from hub.mapping.rules import Mapping as FieldMapping
from hub.model import Ticket, TicketId, Value
from hub.records import Score
from hub.registers import BESIDE, CONTEXT, CUSTOM, find, is_context, label_of
from hub.wording import as_called, count, inline, listed, money, plain, ref, refs, verbatim

VERSION = 1
COPY_BYTES = 30_000
"""What the smallest place for a copy (a Jira issue property) surely takes."""

_TECHNICAL = {"account.id", "account.contact", "account.key", "account.arr_reported", "needs_engineering"}
"""What means nothing to a reader, or is told in other words."""
_TOLD_WITH_NAME = {"account.arr", "account.currency"}
"""What stands behind an account's name, if there is one, and something that it pays."""
_SHORT = 40


# for people -----------------------------------------------------------------------------------


def block(
    tickets: Sequence[Ticket],
    scores: Sequence[Score],
    mapping: FieldMapping,
    currency: str = "",
    brief: str = "",
) -> str:
    """
    Return the context block as Markdown: a headline, then all that has no field of its own there.

    Of an issue that many tickets share, the impact over all of them, each number with the tickets
    behind it; `currency` is the one in which sums are reported. `brief` says where things stand
    (`hub.brief`), if no field of that side does. Empty if the mapping wants no block,
    or there is nothing to tell.
    """
    if mapping.rest != "block" or not tickets:
        return ""
    tickets = [as_called(ticket) for ticket in tickets]
    worst = max(scores, key=lambda s: s.priority, default=None)
    said = {name: _distinct(tickets, name) for name in rest(tickets, mapping)}
    parts = [
        _headline(tickets, worst),
        brief,
        _impact(tickets, mapping, currency),
        "\n".join(_facts(tickets, said)),
        *_passages(said),
        _reasons(worst),
        _behind(tickets),
    ]
    return "\n\n".join(part for part in parts if part)


def _headline(tickets: Sequence[Ticket], worst: Score | None) -> str:
    users = _over(tickets, "impact.affected_users", "sum")
    said = [
        f"**{count(len(tickets), 'support ticket')}**",
        _customers(customers_of(tickets), alone=len(tickets) == 1),
        f"{plain('impact.affected_users', users)} users affected" if users else "",
        "customer is blocked" if _over(tickets, "impact.blocked", "max") else "",
        _due(tickets),
    ]
    if worst is not None:
        said.append(f"score {worst.priority} ({worst.label}), escalation risk {worst.escalation_risk:.0%}")
    return " · ".join(s for s in said if s)


def _customers(customers: Sequence[Customer], *, alone: bool) -> str:
    if alone:
        return "".join(_customer(c) for c in customers if c.name)
    return count(len(customers), "account") if customers else ""


def _customer(customer: Customer, who: str = "") -> str:
    about = [
        customer.tier,
        f"{money(customer.arr, customer.currency)} a year" if customer.arr is not None else "",
        f"renews {customer.renewal}" if customer.renewal else "",
    ]
    known = "; ".join(k for k in (", ".join(inline(a) for a in about if a), who) if k)
    return f"{_name(customer)} ({known})" if known else _name(customer)


def _name(customer: Customer) -> str:
    return inline(customer.name or f"account {customer.key}")


def _due(tickets: Sequence[Ticket]) -> str:
    """The hub's own clock where it runs, which is never looser than the contract; else the contract's."""
    due = _over(tickets, "sla.customer_due", "earliest") or _over(tickets, "sla.due", "earliest")
    return f"SLA due {plain('sla.due', due)}" if due else ""


# over many tickets ----------------------------------------------------------------------------


def _impact(tickets: Sequence[Ticket], mapping: FieldMapping, currency: str) -> str:
    """Say what a shared issue costs whom; "" for one ticket, whose headline says it all."""
    if len(tickets) < 2:  # noqa: PLR2004
        return ""
    tier = mapping.rule("account.tier")
    impact = impact_of(tickets, tier.order if tier else ())
    lines = [
        ("Accounts", _who(impact)),
        ("ARR at risk", _at_risk(impact, currency)),
        ("Nearest renewal", _behind_figure("account.renewal_date", impact.renewal)),
        ("Worst tier", _behind_figure("account.tier", impact.tier)),
        ("Nearest SLA", _behind_figure("sla.due", impact.sla)),
        ("Affected users", _users(impact.users, tickets)),
        ("Trend", _trend(impact)),
    ]
    told = [f"- **{label}:** {text}" for label, text in lines if text]
    return "\n".join(["**Impact:**", "", *told]) if told else ""


def _who(impact: Impact) -> str:
    named = [_customer(c, refs(c.tickets)) for c in impact.customers]
    if impact.nameless and named:
        named.append(f"account unknown ({refs(impact.nameless)})")
    return listed(named)


def _at_risk(impact: Impact, currency: str) -> str:
    """The sum, what it is made of, and what is left out of it."""
    uncounted = ", ".join(
        f"{_name(c)} {money(c.arr or 0, c.currency)} ({refs(c.tickets)})" for c in impact.uncounted
    )
    left_out = f"not counted, for want of a rate or a currency: {uncounted}" if uncounted else ""
    if impact.arr is None:
        return left_out
    counted = [c for c in impact.customers if c.arr is not None and c not in impact.uncounted]
    parts = [f"{_name(c)} ({refs(c.tickets)})" for c in counted]
    total = f"{money(impact.arr, impact.currency or currency)} a year: {listed(parts)}"
    return "; ".join(part for part in (total, left_out) if part)


def _behind_figure(register: str, figure: Figure | None) -> str:
    return f"{inline(plain(register, figure.value))} ({refs(figure.tickets)})" if figure else ""


def _users(figure: Figure | None, tickets: Sequence[Ticket]) -> str:
    if figure is None:
        return ""
    by_id = {t.id: t for t in tickets}
    parts = [
        f"{ref(i)}: {plain('impact.affected_users', by_id[i].get('impact.affected_users'))}"
        for i in figure.tickets
    ]
    return f"{plain('impact.affected_users', figure.value)} ({listed(parts)})"


def _trend(impact: Impact) -> str:
    if impact.trend is None:
        return ""
    return (
        f"{impact.trend.recent} of {impact.trend.of} tickets came within the 7 days up to {impact.trend.day}"
    )


# what has no field there ----------------------------------------------------------------------


def rest(tickets: Iterable[Ticket], mapping: FieldMapping) -> tuple[str, ...]:
    """Return the registers that some ticket holds, and that no field of that side shows."""
    native = {rule.register for rule in mapping.rules if rule.creates}
    if "account.id" in native and all(t.get("account.id") for t in tickets):
        # it names the account itself, where all about it can be seen
        native |= {name for name in CONTEXT if name.startswith("account.")}
    if "sla.customer_due" in native and all(t.get("sla.customer_due") for t in tickets):
        native.add("sla.due")  # the same deadline, or a nearer one
    held = {name for t in tickets for name, value in t.registers.items() if value not in (None, "", ())}
    own = sorted(name for name in held if name.startswith(CUSTOM))
    return tuple(
        name
        for name in (*CONTEXT, *own, *BESIDE)
        if name in held and name not in native and name not in _TECHNICAL
    )


def _facts(tickets: Sequence[Ticket], held: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    told = {name for name in _TOLD_WITH_NAME if all(_told_with_name(t, name) for t in tickets)}
    for name, values in held.items():
        if name in told or any("\n" in value for value in values):
            continue
        said = [f"{inline(value)}{f' ({who})' if who else ''}" for value, who in values.items()]
        yield f"- **{label_of(name)}:** {'; '.join(said)}"


def _told_with_name(ticket: Ticket, name: str) -> bool:
    named = ticket.get("account.name") and ticket.get("account.arr") is not None
    return ticket.get(name) is None or bool(named)


def _passages(held: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Texts of several lines stand word for word: a log or a list must not turn into markup."""
    for name, values in held.items():
        if any("\n" in value for value in values):
            for value, who in values.items():
                yield f"**{label_of(name)}{f' ({who})' if who else ''}:**\n\n{verbatim(value)}"


def _distinct(tickets: Sequence[Ticket], name: str) -> dict[str, str]:
    """Return the unlike values of a register, and who says so where not all tickets agree."""
    if len(tickets) == 1:  # nearly always
        value = plain(name, tickets[0].get(name))
        return {value: ""} if value else {}
    said: dict[str, list[TicketId]] = {}
    for ticket in tickets:
        value = plain(name, ticket.get(name))
        if value:
            said.setdefault(value, []).append(ticket.id)
    agreed = all(len(ids) == len(tickets) for ids in said.values())
    return {value: "" if agreed else refs(ids) for value, ids in said.items()}


def _over(tickets: Sequence[Ticket], name: str, many: str) -> Value:
    register = find(name)
    return combine(many, [t.get(name) for t in tickets], register.options if register else ())


def _reasons(worst: Score | None) -> str:
    if worst is None or not worst.reasons:
        return ""
    lines = [f"- {reason.points:+.0f} {inline(reason.sentence)}" for reason in worst.reasons]
    return "\n".join([f"**Why the score is {worst.priority}:**", "", *lines])


def _behind(tickets: Sequence[Ticket]) -> str:
    if len(tickets) < 2:  # noqa: PLR2004
        return ""
    lines = [f"- {_ticket_line(ticket)}" for ticket in sorted(tickets, key=lambda t: natural(t.id))]
    return "\n".join(["**Tickets behind this issue:**", "", *lines])


def _ticket_line(ticket: Ticket) -> str:
    users = ticket.get("impact.affected_users")
    said = [
        str(ticket.get("subject") or ""),
        str(ticket.get("account.name") or ""),
        f"{plain('impact.affected_users', users)} users" if users else "",
        str(ticket.get("status") or ""),
    ]
    return f"{ref(ticket.id)} {inline(' · '.join(s for s in said if s))}".strip()


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


def shortened(copy: str) -> str:
    """Return, in words, what a machine copy leaves out for want of room; "" if it is complete."""
    if not copy.startswith(('{"cut":', '{"more":')):  # keys are sorted, and only what is left out has these
        return ""
    body: dict[str, Any] = json.loads(copy)
    cut = ", ".join(body.get("cut", ()))
    said = [f"shortened in the copy for machines: {cut}"] if cut else []
    if body.get("more"):
        said.append(f"left out of it: {count(body['more'], 'ticket')}")
    return "; ".join(said)


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

"""What the readers of one side are told of tickets: never more than its mapping lets them see. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from hub import context
from hub.brief import brief_for
from hub.brief.reader import Reader, reader_of
from hub.lenses import Block
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.model import Ticket, TicketId, Value
from hub.plain import plain
from hub.reasons import reasons_for, risk_reasons_for
from hub.records import Score
from hub.signals.mention import Mention
from hub.sla.clocks import Clocks, why_for

_SAME = {"account.arr_reported": "account.arr"}
"""The same fact in another currency."""
_WORDS = ("comment.public", "subject", "description")
"""From these come the words that suggestions and incidents quote."""
_LEAST = 0.05
"""Log-odds that would be shown as none are not worth a line."""


class Made(Protocol):
    """What was made of each ticket."""

    @property
    def scores(self) -> Mapping[TicketId, Score]: ...
    @property
    def mentions(self) -> Mapping[TicketId, Mapping[str, Mention]]: ...
    @property
    def clocks(self) -> Mapping[TicketId, Clocks]: ...


def told(
    rule: Rule, tickets: Sequence[Ticket], made: Made, mapping: FieldMapping, currency: str = ""
) -> Value:
    """
    Return what a field that is worded for its readers should show of these tickets, the primary first.

    Where customers read, that is nothing, whatever field its mapping names.
    """
    if mapping.rest == "withhold":
        return None
    if rule.register == "context.copy":
        return context.machine_copy(tickets)
    if rule.register == "context.block":
        return _block(rule, tickets, made, mapping, currency)
    if rule.register == "support.brief":
        as_markdown = rule.as_ == "markdown"
        return brief_for(tickets, made.scores, mapping, made.mentions, markdown=as_markdown) or None
    return _of_scores(rule, tickets, made, mapping)


def _of_scores(rule: Rule, tickets: Sequence[Ticket], made: Made, mapping: FieldMapping) -> Value:
    """Return what tells a score, a deadline or a tone."""
    may_see = sees(reader_of(mapping, tickets))
    match rule.register:
        case "score.reasons" | "score.risk_reasons":
            return _lines(_worst(tickets, made, mapping, rule.register), may_see, rule.register)
        case "sla.why":
            nearest = min(tickets, key=lambda t: str(t.get("sla.customer_due") or "9"))
            return why_for(made.clocks.get(nearest.id, Clocks()), may_see) or None
        case "support.signals":
            return _signals(rule, tickets, made, may_see)
        case _:
            return tickets[0].get(rule.register) if all(map(may_see, _WORDS)) else None


def _signals(rule: Rule, tickets: Sequence[Ticket], made: Made, may_see: Callable[[str], bool]) -> Value:
    """Return the signals that the reader may know of: each was told where they may read."""
    found = {
        signal
        for ticket in tickets
        for signal, mention in made.mentions.get(ticket.id, {}).items()
        if may_see(f"comment.{mention.audience}")
    }
    value = tuple(sorted(found)) or None
    return rule.lens.read(rule.lens.render(value, None))  # a field of text shows, and keeps, a text


def _block(
    rule: Rule,
    tickets: Sequence[Ticket],
    made: Made,
    mapping: FieldMapping,
    currency: str,
) -> Value:
    may_see = sees(reader_of(mapping, tickets))
    shown = {ticket: seen_by(score, may_see) for ticket, score in made.scores.items()}
    own = any(other.register == "support.brief" for other in mapping.rules)
    brief = "" if own else brief_for(tickets, made.scores, mapping, made.mentions)
    text = context.block(tickets, [shown[t.id] for t in tickets if t.id in shown], mapping, currency, brief)
    if text and isinstance(rule.lens, Block) and rule.lens.plain:
        return plain(text)
    return text or None


_NUMBERS = {"score.reasons": "score.priority", "score.risk_reasons": "score.escalation_risk"}
"""What the reasons add up to."""


def _worst(tickets: Sequence[Ticket], made: Made, mapping: FieldMapping, reasons: str) -> Score | None:
    """Return the score whose number that side shows: the reasons of another ticket would not add up to it."""
    number = mapping.rule(_NUMBERS[reasons])
    if len(tickets) == 1 or (number is not None and number.many in {None, "first"}):
        return made.scores.get(tickets[0].id)
    found = [made.scores[ticket.id] for ticket in tickets if ticket.id in made.scores]
    risk = reasons == "score.risk_reasons"
    return max(found, key=lambda s: s.escalation_risk if risk else s.priority, default=None)


def _lines(score: Score | None, may_see: Callable[[str], bool], reasons: str) -> Value:
    if score is None:
        return None
    shown = seen_by(score, may_see)
    if reasons == "score.risk_reasons":
        telling = (r for r in shown.risk_reasons if abs(r.points) >= _LEAST)
        return "\n".join(f"{r.points:+.1f} {r.sentence}" for r in telling) or None
    return "\n".join(f"{r.points:+.0f} {r.sentence}" for r in shown.reasons) or None


def seen_by(score: Score, may_see: Callable[[str], bool]) -> Score:
    """Return the score with what a reader may know of its reasons."""
    return Score(
        score.priority,
        score.label,
        score.escalation_risk,
        reasons_for(score, may_see),
        risk_reasons_for(score, may_see),
        score.attention,
        score.risk_range,
        score.model,
        score.facts,
        score.at,
    )


def sees(reader: Reader) -> Callable[[str], bool]:
    """Return whether a reader may be told what rests on a register, or on a comment (`comment.internal`)."""

    def may_see(name: str) -> bool:
        kind, _, audience = name.partition(".")
        if kind == "comment":
            return audience in reader.audiences
        return reader.shows(name) or (name in _SAME and reader.shows(_SAME[name]))

    return may_see

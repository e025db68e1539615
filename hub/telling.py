"""What the readers of one side are told of tickets: never more than its mapping lets them see. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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

_SAME = {"account.arr_reported": "account.arr"}
"""The same fact in another currency."""
Mentions = Mapping[TicketId, Mapping[str, Mention]]


def told(
    rule: Rule,
    tickets: Sequence[Ticket],
    scores: Mapping[TicketId, Score],
    mentions: Mentions,
    mapping: FieldMapping,
    currency: str = "",
) -> Value:
    """Return what a field that is worded for its readers should show of these tickets, the primary first."""
    match rule.register:
        case "context.copy":
            return context.machine_copy(tickets)
        case "context.block":
            return _block(rule, tickets, scores, mentions, mapping, currency)
        case "support.brief":
            return brief_for(tickets, scores, mapping, mentions, markdown=rule.as_ == "markdown") or None
        case "score.reasons":
            return _lines(scores.get(tickets[0].id), mapping, risk=False)
        case _:
            return _lines(scores.get(tickets[0].id), mapping, risk=True)


def _block(
    rule: Rule,
    tickets: Sequence[Ticket],
    scores: Mapping[TicketId, Score],
    mentions: Mentions,
    mapping: FieldMapping,
    currency: str,
) -> Value:
    shown = {ticket: seen_by(score, mapping) for ticket, score in scores.items()}
    own = any(other.register == "support.brief" for other in mapping.rules)
    brief = "" if own else brief_for(tickets, scores, mapping, mentions)
    text = context.block(tickets, [shown[t.id] for t in tickets if t.id in shown], mapping, currency, brief)
    if text and isinstance(rule.lens, Block) and rule.lens.plain:
        return plain(text)
    return text or None


def _lines(score: Score | None, mapping: FieldMapping, *, risk: bool) -> Value:
    if score is None:
        return None
    shown = seen_by(score, mapping)
    if risk:
        return "\n".join(f"{r.points:+.1f} {r.sentence}" for r in shown.risk_reasons) or None
    return "\n".join(f"{r.points:+.0f} {r.sentence}" for r in shown.reasons) or None


def seen_by(score: Score, mapping: FieldMapping) -> Score:
    """Return the score with what the readers of that side may know of its reasons."""
    may_see = sees(reader_of(mapping))
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

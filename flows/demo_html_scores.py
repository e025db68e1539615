"""The part of the demo's page about scores: factors as bars, reasons, clocks, signals with quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from connectors.zendesk.html import Html
from flows.demo_ledger import LEAST, quoted
from flows.demo_scores import Appraised
from hub.records import Reason


def scores(found: Appraised) -> Iterator[str]:
    """Yield what the hub made of the ticket when its customer had lost patience."""
    fields = found.seen.ticket["fields"]
    yield "<h2>What the hub makes of it</h2>"
    yield (
        "<p class=soft>Two hours without an answer, and a mail that is not kind. Every number says what it "
        "is made of, and shows nobody more of that than their side may see.</p>"
    )
    risk, before = (round(score.escalation_risk * 100) for score in (found.now, found.before))
    reasons = [reason for reason in found.now.risk_reasons if abs(reason.points) >= LEAST]
    was = f"was {found.before.priority}, {found.before.label}"
    first = f"<p class=soft>Attention {fields['Attention']}: where to look first, of all open tickets.</p>"
    told = f"<p class=soft>{escape(str(fields['Risk in words']))}.</p>"
    yield '<div class="panels"><div>'
    yield _card(
        "Priority",
        _figure(found.now.priority, found.now.label, was) + first,
        _bars(found.now.reasons, "{:+.0f}"),
    )
    yield _card("Heard", "", _heard(found))
    yield "</div><div>"
    yield _card(
        "Escalation risk",
        _figure(risk, "in 100", f"was {before} in 100") + told,
        _bars(reasons, "{:+.1f}"),
    )
    yield _card("Two clocks", "", "".join(_clock(*clock) for clock in found.clocks))
    yield "</div></div>"


def brief(found: Appraised) -> str:
    """Return the hand-off brief as the engineer reads it."""
    return str(Html().from_markdown(found.seen.issue["Hand-off brief"], None) or "")


def _card(title: str, figure: str, body: str) -> str:
    return f'<section class="card prose"><header><h2>{title}</h2></header>{figure}{body}</section>'


def _figure(value: int, unit: str, was: str) -> str:
    """Draw a number up to 100, with what it was."""
    return (
        f"<p class=figure><b>{value}</b> {escape(unit)} <span>{escape(was)}</span></p>"
        f'<div class=gauge><i style="width:{value}%"></i></div>'
    )


def _bars(reasons: Sequence[Reason], shape: str) -> str:
    """Draw each reason to its size: what raises to the right, what lowers to the left."""
    largest = max((abs(reason.points) for reason in reasons), default=1) or 1
    return f"<ul class=bars>{''.join(_bar(reason, shape, largest) for reason in reasons)}</ul>"


def _bar(reason: Reason, shape: str, largest: float) -> str:
    width = 100 * abs(reason.points) / largest
    way = "less" if reason.points < 0 else "more"
    said = f"<q>{escape(quoted(reason).strip('“”'))}</q>" if quoted(reason) else ""
    return (
        f'<li><b>{shape.format(reason.points)}</b><span class={way}><i style="width:{width:.0f}%"></i></span>'
        f"<div>{escape(reason.sentence)}{said}</div></li>"
    )


def _clock(whose: str, due: str, state: str, why: str) -> str:
    reasons = "".join(f"<li>{escape(one)}</li>" for one in why.split("; "))
    head = f"<b>{escape(whose)}</b> until {escape(due)} UTC <em class={escape(state)}>{escape(state)}</em>"
    return f"<div class=clock><p>{head}</p><ul>{reasons}</ul></div>"


def _heard(found: Appraised) -> str:
    rows = "".join(
        f"<li><em>{escape(name.replace('_', ' '))}</em><q>{escape(mention.quote)}</q>"
        f"<time>{escape(mention.at[11:16])}</time></li>"
        for name, mention in sorted(found.mentions.items(), key=lambda item: (item[1].at, item[0]))
    )
    return (
        f"<ul class=heard>{rows}</ul><p class=soft>Read in what people wrote: not in quotes, signatures, "
        "automatic answers, or the hub's own words.</p>"
    )

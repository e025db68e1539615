"""What the hub makes of a ticket stands still while nothing happens, and adds up whatever people type."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.appraisal import Appraisal
from hub.appraise import Appraiser
from hub.model import JIRA, ZENDESK, Comment, CommentId, Origin, Person, Ticket, TicketId
from hub.records import Held, Score
from hub.risk.outlook import COLD
from hub.risk.rules import load_risk
from hub.sla.load import load_sla
from hub.suggest.rules import load_routing
from tests.scoring import COURSES, NOW, REGISTER_VALUES, RULES, later
from tests.worlds import MAPPINGS

APPRAISE = Appraiser(
    RULES,
    load_sla((MAPPINGS / "sla.yaml").read_text("utf-8"), "sla.yaml"),
    load_risk((MAPPINGS / "risk.yaml").read_text("utf-8"), "risk.yaml"),
    load_routing((MAPPINGS / "routing.yaml").read_text("utf-8"), "routing.yaml"),
    COLD,
)
CUSTOMER, AGENT = Person("7", "Anna", "anna@acme.example"), Person("8", "Bo", "bo@support.example")
WORDS = st.sampled_from(
    [
        "Our production is down and nobody can log in!",
        "This is unacceptable, I am really angry.",
        "We will cancel our contract if this goes on.",
        "Any update on this?",
        "Please escalate this to your manager.",
        "It works now, thanks a lot!",
        "Here are the logs.",
    ]
)
SAID = st.lists(
    st.tuples(WORDS, st.integers(-900, 0), st.sampled_from([CUSTOMER, AGENT]), st.booleans()), max_size=6
)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """A ticket with all that the rules look at, and a conversation."""
    comments: dict[CommentId, Comment] = {}
    for number, (text, hours, who, public) in enumerate(draw(SAID)):
        key = CommentId(f"zendesk:1:{number}")
        audience = "public" if public or who is CUSTOMER else "internal"
        comments[key] = Comment(key, text, who, later(hours), audience, ZENDESK)
    registers: dict[str, Any] = {"requester": CUSTOMER.email, **draw(REGISTER_VALUES)}
    if draw(st.booleans()):
        registers["needs_engineering"] = True
    if draw(st.booleans()):
        registers["sla.due"] = later(draw(st.integers(-90, 90)))
    origins = {name: Origin(ZENDESK, later(draw(st.integers(-900, 0)))) for name in registers}
    return Ticket(TicketId("zendesk:1"), registers, origins, comments, {}, draw(COURSES))


def shown_after(ticket: Ticket, made: Appraisal) -> Ticket:
    """The ticket as it is held once it was appraised."""
    told = {name: value for name, value in made.registers.items() if value not in (None, "", ())}
    kept = {name: value for name, value in ticket.registers.items() if name not in made.registers}
    return replace(ticket, registers={**kept, **told})


BEFORE = st.builds(
    Score, st.integers(0, 100), st.sampled_from(["low", "normal", "high", "urgent"]), st.floats(0, 1)
)


@given(tickets(), st.one_of(st.none(), BEFORE), st.sampled_from([0, 0, 1, 60, 3600, 86_400]))
def test_appraising_again_changes_nothing(ticket: Ticket, before: Score | None, passed: int) -> None:
    """
    Whatever was shown before: what is made of a ticket is made of it again.

    Also when it was shown at another moment, and then appraised twice in one minute.
    """
    score = before
    if passed:
        first = APPRAISE(Held(ticket, score=before), ticket, NOW)
        ticket, score = shown_after(ticket, first), first.score
    now = (datetime.fromisoformat(NOW) + timedelta(seconds=passed)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = APPRAISE(Held(ticket, score=score), ticket, now)
    settled = shown_after(ticket, made)
    again = APPRAISE(Held(settled, score=made.score), settled, now)
    assert again.score == made.score
    assert again.registers == made.registers


ABSURD = st.one_of(
    st.sampled_from([1.5e308, -1e308, int(1e308), -1, 0, 5e-324, True, False]),
    st.sampled_from(["", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]),
    st.sampled_from(["2026-11-21T10:00:00", "2026-11-21", "soon", "١٢", "{value}"]),
    st.tuples(st.text(max_size=3)),
    st.text(max_size=5),
)
ANYWHERE = st.sampled_from(
    sorted(
        {f.source for f in (*RULES.priority, *RULES.risk)}
        | {"sla.due", "sla.pinned", "feedback.not_signals", "feedback.dismissed", "account.id", "status"}
        | {"opened_at", "engineering.status", "needs_engineering", "assignee", "requester", "description"}
    )
)


@given(tickets(), st.dictionaries(ANYWHERE, ABSURD, min_size=1, max_size=4), st.data())
def test_whatever_stands_in_a_register_is_scored(
    ticket: Ticket, absurd: dict[str, Any], data: st.DataObject
) -> None:
    """Nothing crashes, nothing leaves its scale, and the points still add up."""
    origins = {name: Origin(JIRA, data.draw(st.sampled_from(["", "0001-01-01", NOW]))) for name in absurd}
    ticket = replace(ticket, registers={**ticket.registers, **absurd}, origins={**ticket.origins, **origins})
    made = APPRAISE(Held(ticket), ticket, NOW)
    score = made.score
    assert 0 <= score.priority <= 100 and 0 <= score.attention <= 100
    assert 0 <= score.escalation_risk <= 1 and not math.isnan(score.escalation_risk)
    assert math.fsum(r.points for r in score.reasons) == score.priority
    settled = shown_after(ticket, made)
    assert APPRAISE(Held(settled, score=score), settled, NOW).score == score

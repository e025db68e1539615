"""What people say of a warning, by field, tag or note, ends in one verdict that is kept once: pure."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from hub.cluster import Cluster
from hub.feedback import ACCEPTED, DISMISSED, REASON, SNOOZED, WRONG, denied_signals, is_dismissed
from hub.model import JIRA, ZENDESK, Course, Origin, Ticket, Value
from hub.records import Score
from hub.score_records import Feedback
from tests.unit.hub.clusters import (
    FULL,
    ISSUE,
    MAPPINGS,
    ONE,
    POLICY,
    TICKET,
    decide,
    decision,
    settled,
    shown,
)
from tests.unit.hub.test_plan_comments import remark, said

SHOWN = Score(71, "high", 0.42, model="m1", facts="f1")


@pytest.fixture(scope="module")
def calm() -> Cluster:
    cluster = settled()
    return replace(cluster, held={ONE: replace(cluster.held[ONE], score=SHOWN)})


def heard(cluster: Cluster) -> tuple[Ticket, list[Feedback]]:
    made = decision(decide(cluster))
    return made.ticket, list(made.feedback)


def typed(cluster: Cluster, **registers: Value) -> Cluster:
    """The ticket as before, but for what somebody typed into these fields."""
    seen = cluster.seen[TICKET]
    raw = dict(seen.raw or {})
    for name, value in registers.items():
        rule = MAPPINGS[ZENDESK].rule(name.replace("__", "."))
        assert rule is not None
        raw[rule.lens.field] = rule.lens.render(value, raw.get(rule.lens.field))
    return replace(cluster, seen={**cluster.seen, TICKET: replace(seen, raw=raw, version="v2")})


def test_a_field_of_any_side_is_a_verdict(calm: Cluster) -> None:
    """It is kept once, with what the hub had shown; the next plan keeps nothing more."""
    ticket, kept = heard(typed(calm, feedback__dismissed=True, feedback__reason="they always write so"))
    assert ticket.get(DISMISSED) is True
    [one] = kept
    assert (one.verdict, one.side, one.reason) == ("dismissed", ZENDESK, "they always write so")
    assert (one.model, one.score, one.risk, one.features) == ("m1", 71, 0.42, {"facts": "f1", "factors": {}})
    assert not heard(calm)[1]


def test_a_line_in_an_internal_note_is_a_verdict(calm: Cluster) -> None:
    """Engineers have no field for it: they write `/risk dismiss: why` on the issue."""
    note = "Looked at it.\n/risk dismiss: known noise\nBye"
    ticket, [one] = heard(said(calm, ISSUE, remark(1, note)))
    assert ticket.get(DISMISSED) is True and ticket.get(REASON) == "known noise"
    assert (one.verdict, one.side, one.actor) == ("dismissed", JIRA, "ada@eng.example")


@pytest.mark.parametrize(
    ("line", "register", "value"),
    [
        ("/risk accept", ACCEPTED, True),
        ("/risk accepted, calling them today", ACCEPTED, True),
        ("/RISK Dismiss - vendor's fault", DISMISSED, True),
        ("/risk snooze", SNOOZED, "2026-01-08"),
        ("/risk snooze 5d", SNOOZED, "2026-01-10"),
        ("/risk snooze 2 weeks: waiting for the release", SNOOZED, "2026-01-19"),
        ("/signal wrong churn, production down", WRONG, ("churn", "production_down")),
    ],
)
def test_the_commands(calm: Cluster, line: str, register: str, value: Value) -> None:
    ticket, kept = heard(said(calm, TICKET, remark(1, line)))
    assert ticket.get(register) == value
    assert kept


@pytest.mark.parametrize(
    "line", ["please /risk dismiss", "/risk dismissive", "/risks dismiss", "/risk", "/signal wrong weather"]
)
def test_what_only_looks_like_a_command_is_text(calm: Cluster, line: str) -> None:
    assert heard(said(calm, TICKET, remark(1, line)))[1] == []


def test_a_customer_cannot_speak_to_the_hub(calm: Cluster) -> None:
    """A public comment is text, whoever wrote it."""
    assert heard(said(calm, TICKET, remark(1, "/risk dismiss", public=True)))[1] == []


def test_a_label_is_a_verdict_and_goes_with_it(calm: Cluster) -> None:
    """Jira's label comes: dismissed. It goes: taken back. The verdict is taken back: the label goes."""
    labelled = replace(
        calm, seen={**calm.seen, ISSUE: replace(shown(ISSUE, {**FULL, "tags": ("risk_dismissed",)}))}
    )
    ticket, [one] = heard(labelled)
    assert ticket.get(DISMISSED) is True and one.side == JIRA
    origin = Origin(JIRA, "2026-01-05T08:00:00Z")
    tagged = replace(
        ticket,
        registers={**FULL, "tags": ("risk_dismissed",), DISMISSED: True},
        origins={"tags": origin, DISMISSED: origin},
    )
    held = {ONE: replace(calm.held[ONE], ticket=tagged)}
    cleared, kept = heard(said(replace(calm, held=held), ISSUE, remark(1, "/risk clear")))
    assert not cleared.get(DISMISSED) and cleared.get("tags") is None
    assert [f.verdict for f in kept] == ["cleared"]


def test_the_later_verdict_stands(calm: Cluster) -> None:
    """Accepted after dismissed is accepted; both at once is accepted, the careful one."""
    dismissed = typed(calm, feedback__dismissed=True)
    ticket, _ = heard(said(dismissed, ISSUE, remark(2, "/risk accept")))
    assert ticket.get(ACCEPTED) is True and not ticket.get(DISMISSED)
    both, _ = heard(typed(calm, feedback__dismissed=True, feedback__accepted=True))
    assert both.get(ACCEPTED) is True and not both.get(DISMISSED)


def test_a_dismissal_holds_until_the_customer_says_more() -> None:
    """What was said of the past is no verdict on what comes."""
    ticket = Ticket(ONE, {DISMISSED: True}, {DISMISSED: Origin(ZENDESK, "2026-01-05T08:00:00Z")})
    assert is_dismissed(ticket)
    earlier = replace(ticket, course=Course(last_customer="2026-01-05T07:00:00Z"))
    later = replace(ticket, course=Course(last_customer="2026-01-05T09:00:00Z"))
    assert is_dismissed(earlier) and not is_dismissed(later)


def test_denied_signals_add_up(calm: Cluster) -> None:
    """Two notes deny two signals; each is kept as a correction of its own."""
    ticket, kept = heard(
        said(calm, TICKET, remark(1, "/signal wrong churn"), remark(2, "/signal wrong urgency"))
    )
    assert denied_signals(ticket) == ("churn", "urgency")
    assert [(f.verdict, f.subject) for f in kept] == [
        ("corrected", "signal.churn"), ("corrected", "signal.urgency"),
    ]  # fmt: skip


def test_two_lines_of_one_note_add_up(calm: Cluster) -> None:
    ticket, _ = heard(said(calm, TICKET, remark(1, "/signal wrong churn\n/signal wrong urgency")))
    assert denied_signals(ticket) == ("churn", "urgency")


def test_a_verdict_that_gives_way_unseen_is_a_conflict(calm: Cluster) -> None:
    """Support ticks dismissed, an engineer notes that it is accepted: neither saw the other's word."""
    dismissed = typed(calm, feedback__dismissed=True)
    made = decision(decide(said(dismissed, ISSUE, remark(2, "/risk accept"))))
    [lost] = made.conflicts
    assert (lost.register, lost.kept, lost.dropped, lost.kept_from) == (
        DISMISSED, False, {ZENDESK: True}, JIRA,
    )  # fmt: skip
    tagged = replace(
        dismissed,
        seen={**dismissed.seen, ISSUE: shown(ISSUE, {**FULL, "tags": ("risk_accepted",)})},
    )
    [lost] = decision(decide(tagged)).conflicts
    assert (lost.register, lost.dropped) == (DISMISSED, {ZENDESK: True})


def test_one_persons_later_word_is_no_conflict(calm: Cluster) -> None:
    """They see what they type over."""
    dismissed = typed(calm, feedback__dismissed=True)
    assert not decision(decide(said(dismissed, TICKET, remark(2, "/risk accept")))).conflicts
    assert not decision(decide(typed(calm, feedback__dismissed=True, feedback__accepted=True))).conflicts


def test_a_note_that_is_seen_late_replaces_nothing_newer(calm: Cluster) -> None:
    """Jira was down when its engineer snoozed it; support has set another day since."""
    origin = Origin(ZENDESK, "2027-01-01T00:00:00Z")
    ticket = replace(
        calm.held[ONE].ticket,
        registers={**calm.held[ONE].ticket.registers, SNOOZED: "2027-02-01"},
        origins={**calm.held[ONE].ticket.origins, SNOOZED: origin},
    )
    held = {ONE: replace(calm.held[ONE], ticket=ticket)}
    made = decision(decide(said(replace(calm, held=held), ISSUE, remark(1, "/risk snooze 5d"))))
    assert made.ticket.get(SNOOZED) == "2027-02-01"
    assert [(c.register, c.dropped) for c in made.conflicts] == [(SNOOZED, {JIRA: "2026-01-10"})]


def test_a_verdict_that_is_seen_late_replaces_no_newer_one(calm: Cluster) -> None:
    """Neither by its own register nor by taking the other one back."""
    origin = Origin(ZENDESK, "2027-01-01T00:00:00Z")
    ticket = calm.held[ONE].ticket
    dismissed = replace(
        ticket,
        registers={**ticket.registers, DISMISSED: True},
        origins={**ticket.origins, DISMISSED: origin},
    )
    late = replace(calm, held={ONE: replace(calm.held[ONE], ticket=dismissed)})
    made = decision(decide(said(late, ISSUE, remark(1, "/risk accept: they called"))))
    assert made.ticket.get(DISMISSED) is True and not made.ticket.get(ACCEPTED)
    assert made.ticket.get(REASON) is None
    assert [(c.register, c.dropped) for c in made.conflicts] == [(DISMISSED, {JIRA: False})]


def test_the_reason_goes_with_its_note(calm: Cluster) -> None:
    """It was a secret: the note is deleted, and the field that quotes it is emptied. The verdict stands."""
    note = remark(1, "/risk dismiss: her number is 555-0199")
    made = decision(decide(said(calm, TICKET, note)))
    assert made.ticket.get(REASON) == "her number is 555-0199"
    links = {TICKET: made.links[1], ISSUE: made.links[0]}
    held = {ONE: replace(calm.held[ONE], ticket=made.ticket, links=tuple(links.values()))}
    deleted, _ = heard(said(replace(calm, held=held), TICKET))
    assert deleted.get(REASON) is None and deleted.get(DISMISSED) is True
    corrected, _ = heard(said(replace(calm, held=held), TICKET, remark(1, "/risk dismiss")))
    assert corrected.get(REASON) is None and corrected.get(DISMISSED) is True


def test_what_engineers_say_among_themselves_is_no_reason_elsewhere(calm: Cluster) -> None:
    """Their verdict counts; their words stay in their tracker."""
    private = dataclasses.replace(MAPPINGS[JIRA], comments={})
    policy = replace(POLICY, mappings={**MAPPINGS, JIRA: private})
    made = decision(decide(said(calm, ISSUE, remark(1, "/risk dismiss: they lie")), policy))
    assert made.ticket.get(DISMISSED) is True and made.ticket.get(REASON) is None

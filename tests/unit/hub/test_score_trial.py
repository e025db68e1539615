"""What other weights would do, before they do it: exactly what they then do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import TicketId
from hub.score import settle
from hub.score_trial import Case as Trying
from hub.score_trial import scored, tried
from hub.scoring_file import load_scoring
from hub.scoring_rules import ScoringRules
from tests.scoring import CASES, NOW, RULES, TEXT, Case, case, later, rule_files


def trying(cases: list[Case]) -> list[Trying]:
    """Return the tickets as a trial takes them, each with a name of its own and shown on two sides."""
    return [
        Trying(replace(one.ticket, id=TicketId(f"zendesk:{n}")), one.heard, one.clocks, None, 2)
        for n, one in enumerate(cases)
    ]


LISTS = st.lists(CASES, max_size=6)


@given(LISTS, rule_files(), st.integers(0, 100))
def test_the_same_rules_move_nothing(cases: list[Case], rules: ScoringRules, hours: int) -> None:
    """Whatever they are."""
    found = tried(trying(cases), rules, rules, later(hours))
    assert (found.moved, found.relabelled, found.risks_moved, found.writes) == ((), 0, 0, 0)
    assert found.labels_before == found.labels_after


@given(LISTS, rule_files(), rule_files())
def test_a_trial_tells_what_would_be_shown(
    cases: list[Case], before: ScoringRules, after: ScoringRules
) -> None:
    """Each ticket that would show another score or label is named, and no other; what moves is written."""
    after = replace(after, version="after")
    some = trying(cases)
    found = tried(some, before, after, NOW)
    expected = {
        one.ticket.id: (was.priority, then.priority, was.label, then.label)
        for one in some
        if (was := scored(one, before, NOW))
        and (then := settle(was, scored(one, after, NOW), after))
        and (was.priority, was.label) != (then.priority, then.label)
    }
    told = {m.ticket: (m.before, m.after, m.label_before, m.label_after) for m in found.moved}
    assert told == expected
    assert len(found.moved) <= found.tickets_written
    assert found.writes == 2 * found.tickets_written
    assert sum(found.labels_after.values()) == found.tickets == len(cases)


def test_a_move_is_explained_by_its_factors() -> None:
    """The farthest first, each with the factors that moved it, before and after."""
    rules = load_scoring(TEXT.replace("s2: 13", "s2: 19").replace("red: 4", "red: 6"), "s.yaml")
    some = trying([case(severity="s2"), case(severity="s2", account__health="red"), case(severity="s3")])
    found = tried(some, RULES, rules, NOW)
    assert [(m.ticket, m.before, m.after, m.factors) for m in found.moved] == [
        ("zendesk:1", 17, 25, (("severity", 13, 19), ("health", 4, 6))),
        ("zendesk:0", 13, 19, (("severity", 13, 19),)),
    ]


def test_a_tier_s_place_in_the_queue() -> None:
    """Where the middle ticket of each tier stands, before and after; who does not wait stands nowhere."""
    rich = load_scoring(TEXT.replace("enterprise: 4, business: 2", "starter: 12"), "s.yaml")
    some = trying(
        [
            case(2, account__tier="enterprise"),
            case(3, account__tier="starter"),
            case(account__tier="starter"),
        ]
    )
    found = tried(some, RULES, rich, NOW, ("enterprise", "starter"))
    assert [tuple(p) for p in found.places] == [("enterprise", 1, 1, 2), ("starter", 1, 2, 1)]
    assert [(w.tier, w.longest) for w in found.waits] == [("enterprise", 2), ("starter", 3)]

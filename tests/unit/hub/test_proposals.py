"""What verdicts say of weights: a bounded diff with reasons, and only where they are clear."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hub.proposals import ENOUGH, LESS, Voted, as_diff, changed, proposals
from hub.scoring_file import load_scoring
from tests.worlds import MAPPINGS

FILE = MAPPINGS / "scoring.yaml"
TEXT = Path(FILE).read_text("utf-8")
VOTES = [
    *[Voted(False, {"churn": 5, "severity": 13})] * 18,
    *[Voted(True, {"churn": 5, "severity": 13})] * 2,
    *[Voted(True, {"severity": 13, "sla": 11})] * 25,
    *[Voted(False, {"severity": 13, "sla": 11})] * 3,
    *[Voted(True, {"severity": 13, "blocked": 10})] * 10,
]


def test_a_factor_whose_warnings_people_dismiss_is_proposed_to_count_for_less() -> None:
    found = {p.factor: p for p in proposals(VOTES)}
    assert found["churn"].times == LESS
    assert (found["churn"].right, found["churn"].wrong) == (2, 18)
    assert "20 warnings with the factor churn" in found["churn"].reason
    assert "should count for less" in found["churn"].reason
    assert "severity" not in found, "it counted nearly everywhere: nothing can be told of it"


def test_the_diff_changes_numbers_and_nothing_else() -> None:
    """Comments and layout stay; the file is one that the hub takes; other factors are as they were."""
    [churn] = [p for p in proposals(VOTES) if p.factor == "churn"]
    after = changed(TEXT, "scoring.yaml", [churn])
    before, now = load_scoring(TEXT, "a"), load_scoring(after, "b")
    assert [f for f in now.priority if f.name != "churn"] == [f for f in before.priority if f.name != "churn"]
    assert next(f for f in now.priority if f.name == "churn").points == {"true": 3.8}
    assert sum(a != b for a, b in zip(TEXT.splitlines(), after.splitlines(), strict=True)) == 1
    diff = as_diff(TEXT, "mappings/scoring.yaml", [churn])
    assert diff.startswith("--- a/mappings/scoring.yaml\n+++ b/mappings/scoring.yaml\n@@")
    assert "-    points: {true: 5}\n+    points: {true: 3.8}\n" in diff


def test_a_curve_keeps_its_places() -> None:
    """Only the heights of a curve are weights."""
    votes = [*[Voted(False, {"affected_users": 4})] * 20, *[Voted(True, {})] * 20]
    after = changed(TEXT, "scoring.yaml", proposals(votes))
    curve = next(f for f in load_scoring(after, "b").priority if f.name == "affected_users").curve
    assert curve == ((0, 0), (1, 0.8), (10, 3), (100, 6), (1000, 9))


def test_few_verdicts_propose_nothing() -> None:
    few = [*[Voted(False, {"churn": 5})] * (ENOUGH - 1), *[Voted(True, {})] * 30]
    assert proposals(few) == ()
    assert as_diff(TEXT, "scoring.yaml", ()) == ""


@given(
    st.lists(
        st.tuples(st.booleans(), st.sets(st.sampled_from(["churn", "sla", "tier", "gone"]))), max_size=80
    )
)
def test_whatever_people_say_the_file_stays_one_that_the_hub_takes(
    votes: list[tuple[bool, set[str]]],
) -> None:
    """Also where a factor is not in the file any more; and nothing moves by more than a quarter."""
    found = proposals([Voted(right, dict.fromkeys(names, 1.0)) for right, names in votes])
    rules = load_scoring(changed(TEXT, "scoring.yaml", found), "scoring.yaml")
    for old, new in zip(load_scoring(TEXT, "a").priority, rules.priority, strict=True):
        assert abs(new.most - old.most) <= old.most / 4 + 0.05

"""What is wrong with a scoring.yaml is told where it stands, with what to write instead."""

from __future__ import annotations

import pytest

from hub.measure_names import MEASURES
from hub.problems import FileRefused
from hub.scoring_file import load_scoring
from tests.scoring import RULES, TEXT

HEAD = "labels: {low: 0}\nrisk: {base: -3, factors: {}}\npriority:\n"
FACTORS = [
    (
        "  a: {from: severty, points: {s1: 1}, says: x}\n",
        "4:7: error: `severty` is neither a register nor a measure; did you mean `severity`?",
    ),
    (
        "  a: {from: hours_waiting_for_us, curve: [[0, 1]], says: x}\n",
        "4:7: error: `hours_waiting_for_us` is neither a register nor a measure; "
        "did you mean `hours_waiting_on_us`?",
    ),
    (
        "  a: {from: signal.chrun, points: {true: 1}, says: x}\n",
        "4:7: error: `signal.chrun` is neither a register nor a measure; did you mean `signal.churn`?",
    ),
    (
        "  a: {from: severity, points: {s9: 1}, says: x}\n",
        "4:32: error: `severity` is never `s9`; it is one of s4, s3, s2, s1",
    ),
    (
        "  a: {from: trend, points: {worst: 1}, says: x}\n",
        "4:29: error: `trend` is never `worst`; did you mean `worse`?",
    ),
    (
        "  a: {from: account.arr, points: {any: 1}, says: x}\n",
        "4:7: error: `account.arr` is a number; give it `curve: [[<number>, <points>], …]`",
    ),
    (
        "  a: {from: account.arr, curve: [[5, 1], [1, 2]], says: x}\n",
        "4:26: error: the values of a curve must rise from point to point",
    ),
    (
        "  a: {from: account.arr, curve: [[5, 1], [6]], says: x}\n",
        "4:42: error: each point of a curve is [<number>, <points>]",
    ),
    (
        "  a: {from: severity, curve: [[5, 1]], says: x}\n",
        "4:23: error: `severity` is a choice; it has `points`, not a curve",
    ),
    (
        "  a: {from: reopened, points: {any: 1}, curve: [[5, 1]], says: x}\n",
        "4:41: error: a factor has `points` or a `curve`, not both",
    ),
    (
        '  a: {from: account.arr, curve: [[5, 1]], says: "{amount}"}\n',
        "4:43: error: a sentence knows `{value}`, `{when}` and `{percent}`, not `{amount}`",
    ),
    (
        '  a: {from: account.arr, curve: [[5, 1]], says: "{value.__class__}"}\n',
        "4:43: error: a sentence knows `{value}`, `{when}` and `{percent}`, not `{value.__class__}`",
    ),
    (
        '  a: {from: account.arr, curve: [[5, 1]], says: "{value:>9999999}"}\n',
        "4:43: error: write `{value}` without `:` or `!`: it is shown as people read it",
    ),
    (
        '  a: {from: account.arr, curve: [[5, 1]], says: "so {"}\n',
        "4:43: error: this sentence has a stray brace: Single '{' encountered in format string",
    ),
    (
        "  a: {from: account.arr, curve: [[5, 1]], says: x, group: money}\n",
        "4:52: error: there is no group `money`; add `money: {most: <points>, label: <The …>}` under `groups`",
    ),
    (
        "  a: {from: impact.blocked, points: {true: lots}, says: x}\n",
        "4:44: error: this must be a number, not `lots`",
    ),
    (
        "  a: {from: severity, points: {s1: 70}, says: x}\n  b: {from: priority, points: {high: 40}, says: x}\n",
        "3:1: error: the factors add up to 110 points, 10 over 100: a 70, b 40; "
        "lower some, or the `most` of a group",
    ),
]


@pytest.mark.parametrize(("text", "said"), FACTORS)
def test_a_factor_that_cannot_be_used(text: str, said: str) -> None:
    """Each mistake of a factor, with line, column, and the nearest name."""
    assert f"s.yaml:{said}" in problems(HEAD + text)


def problems(text: str) -> list[str]:
    """Return what is wrong with a file."""
    with pytest.raises(FileRefused) as refused:
        _ = load_scoring(text, "s.yaml")
    return str(refused.value).splitlines()


CHANGES = [
    ("{low: 0, normal: 40,", "{low: 0, norml: 40,", "5:18: error: `norml` is not a label of scores; did you mean `normal`?"),
    ("{low: 0, normal: 40,", "{low: 0, normal: 70,", "5:1: error: labels must begin at 0 and rise, up to 100 at most"),
    ("done: [solved,", "done: [solvd,", "6:8: error: `solvd` is not a status; did you mean `solved`?"),
    ("paused: [pending]", "paused: [waiting]", "7:10: error: `waiting` is not a status"),
    ("take: largest, label: The urg", "take: most, label: The urg", "error: `most` is not one of sum, largest"),
    ("account: {most: 12,", "account: {most: 42,", "19:1: error: the factors add up to 106 points, 6 over 100"),
    ("    group: urgency\n  priority", "    group: urgncy\n  priority", "error: there is no group `urgncy`; did you mean `urgency`?"),
    ("per_hour: 1,", "per_hour: 0,", "error: Input should be greater than 0"),
    ("floor: 95}", "floor: 105}", "error: Input should be less than or equal to 100"),
    ("max_wait: 72", "max_wit: 72", "error: unknown key `max_wit`; did you mean `max_wait`?"),
    ("is: [s1]", "is: [s7]", "error: `severity` is never `s7`"),
    ("    is: [s1]\n", "", "error: `severity` is a choice; say when it holds: `is: [<value>, …]`"),
    ("above: 1\n", "is: [many]\n", "error: `sla_used` is a number; say from which one on: `above: <number>`"),
    ("at_least: 60\n", "at_most: 60\n    at_least: 70\n", "error: a score cannot be at least 70 and at most 60"),
    ("    at_least: 60\n", "", "error: say what follows: `at_least: <score>` or `at_most: <score>`"),
    ("{priority: 5, risk", "{priority: 0, risk", "error: Input should be greater than or equal to 1"),
    ("{priority: 0.6, risk: 0.4}", "{priority: 0.6, risk: 0.6}", "error: the parts of attention must add up to 1, not 1.2"),
    ("worst: 25", "worst: 35", "error: the parts of health must add up to 100, not 110"),
    ("worst: 25", "wurst: 25", "error: `wurst` is not a part of health; did you mean `worst`?"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "then", "said"), CHANGES)
def test_a_file_that_was_changed_for_the_worse(was: str, then: str, said: str) -> None:
    """The shipped file with one mistake put into it."""
    assert was in TEXT
    found = problems(TEXT.replace(was, then, 1))
    assert any(said in line for line in found), found


def test_every_mistake_is_told_at_once() -> None:
    """Nobody mends a file line by line to learn of the next line."""
    text = TEXT.replace("done: [solved", "done: [solvd").replace("worst: 25", "worst: 24")
    assert len(problems(text)) == 2


def test_the_shipped_file_is_worth_a_hundred() -> None:
    """All groups together can reach 100, and none alone decides."""
    assert sum(group.most for group in RULES.groups) == 100
    assert {f.group for f in RULES.priority} == {group.name for group in RULES.groups}


def test_every_measure_says_what_it_is() -> None:
    """Each measure has one line of meaning, for messages and pages."""
    assert all(measure.meaning and "\n" not in measure.meaning for measure in MEASURES.values())


def test_other_weights_are_another_version() -> None:
    """A score knows by which rules it was made."""
    other = load_scoring(TEXT.replace("s2: 13", "s2: 12"), "s.yaml")
    assert other.version != RULES.version == load_scoring(TEXT, "other.yaml").version

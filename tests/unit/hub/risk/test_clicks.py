"""What people's verdicts teach: a little, from many, bounded; and the level of chances is not theirs to set."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.feedback import replay
from hub.risk.calibration import DAY, intercept_now
from hub.risk.clicks import BOUND, ENOUGH, MOST_OF_ONE, WEIGHT, clicks_of, leaned
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import fold, frame_of
from hub.risk.model import Model
from hub.risk.moments import seconds
from hub.risk.rules import RiskRules, load_risk
from hub.score_records import Feedback
from hub.scoring_file import load_scoring
from tests.unit.hub.risk.made_up import BEGIN, a_history
from tests.worlds import MAPPINGS

UNTIL = BEGIN.timestamp() + 45 * DAY
RULES: RiskRules = msgspec.structs.replace(
    load_risk(Path(MAPPINGS / "risk.yaml").read_text("utf-8"), "risk.yaml"), label="escalation_like"
)
SCORING = load_scoring(Path(MAPPINGS / "scoring.yaml").read_text("utf-8"), "scoring.yaml")


@lru_cache(maxsize=1)
def lived() -> tuple[Frame, Model]:
    """Rows of a made-up history, and what was learned from its first weeks."""
    frame = frame_of(fold(a_history(), RULES.labels[RULES.label], RULES, SCORING))
    return frame, fit(frame, RULES, until=UNTIL, challenger=False)


def said(row: int, verdict: str, *, actor: str = "ann@x.example", later: float = 0.0) -> Feedback:
    frame, _ = lived()
    at = datetime.fromtimestamp(float(frame.at[row]) + later, UTC)
    return Feedback(str(frame.ticket[row]), f"{at:%Y-%m-%dT%H:%M:%SZ}", actor, "zendesk", verdict)  # type: ignore[arg-type]


def numbers() -> dict[str, int]:
    return {str(n): n for n in np.unique(lived()[0].ticket).tolist()}


def of(feedback: list[Feedback], now: float = UNTIL) -> object:
    return clicks_of(feedback, numbers(), lived()[0], now)


def recent(many: int) -> list[int]:
    frame, _ = lived()
    return np.flatnonzero((frame.at < UNTIL) & (frame.at > UNTIL - 20 * DAY))[:many].tolist()


def test_the_last_word_of_each_person_counts_and_snoozes_teach_nothing() -> None:
    a, b, c, d = recent(4)
    found = of(
        [
            said(a, "accepted"),
            said(a, "dismissed", later=60),
            said(b, "accepted"),
            said(b, "cleared", later=60),
            said(c, "snoozed"),
            said(d, "accepted", actor="bob@x.example"),
            said(d, "corrected"),
            Feedback("no such ticket", "2026-01-10T00:00:00Z", "x", "jira", "accepted"),
        ]
    )
    assert dict(zip(found.rows.tolist(), found.y.tolist(), strict=True)) == {a: 0.0, d: 1.0}  # type: ignore[attr-defined]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60))
def test_nobodys_verdicts_are_more_than_a_fifth(people: list[int]) -> None:
    """Of the weight of all that were given, however eager one person is; and each counts less than an outcome."""
    frame, _ = lived()
    tickets = {int(frame.ticket[r]): r for r in recent(300)}  # one row of each
    rows = [*tickets.values()][: len(people)]
    feedback = [said(r, "accepted", actor=f"p{p}") for r, p in zip(rows, people, strict=True)]
    found = clicks_of(feedback, numbers(), frame, UNTIL)
    given_all = sum(WEIGHT * 0.5 ** ((UNTIL - seconds(f.at)) / (30 * DAY)) for f in feedback)
    own: dict[str, float] = {}
    for f, weight in zip(feedback, found.weight.tolist(), strict=True):
        own[f.actor] = own.get(f.actor, 0.0) + weight
    assert all(weight <= WEIGHT + 1e-9 for weight in found.weight.tolist())
    assert all(total <= MOST_OF_ONE * given_all + 1e-9 for total in own.values())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.5, 1.0]))
def test_whatever_people_click_a_ticket_moves_by_a_bounded_amount(seed: int, share: float) -> None:
    """Also if all of them press the same button on everything, or at random; and the level stays."""
    frame, model = lived()
    draw = np.random.default_rng(seed)
    rows = draw.choice(recent(150), 60, replace=False).tolist()
    feedback = [
        said(r, "accepted" if draw.random() < share else "dismissed", actor=f"p{r % 7}") for r in rows
    ]
    now = leaned(model, frame, clicks_of(feedback, numbers(), frame, UNTIL), UNTIL)
    past = np.flatnonzero((frame.at < UNTIL) & (frame.at > UNTIL - 30 * DAY))
    before, after = model.logits(frame.x[past]), now.logits(frame.x[past])
    level = intercept_now(before, frame.rows(past), UNTIL) - intercept_now(after, frame.rows(past), UNTIL)
    assert np.quantile(np.abs(after - before), 0.98) <= BOUND + 0.3
    assert abs(level) < 0.2, "how often tickets escalate is for outcomes to say"


def test_too_few_verdicts_or_of_one_kind_teach_nothing() -> None:
    frame, model = lived()
    few = [said(r, "accepted") for r in recent(ENOUGH - 1)]
    same = [said(r, "dismissed", actor=f"p{r}") for r in recent(60)]
    for feedback in (few, same):
        assert leaned(model, frame, clicks_of(feedback, numbers(), frame, UNTIL), UNTIL) is model


def test_what_verdicts_add_is_among_the_reasons() -> None:
    """The reasons of a ticket still add up to its log-odds; and it is another version of the model."""
    frame, model = lived()
    rows = recent(150)
    feedback = [said(r, "accepted" if frame.y[r] == 1 else "dismissed", actor=f"p{r % 7}") for r in rows]
    now = leaned(model, frame, clicks_of(feedback, numbers(), frame, UNTIL), UNTIL)
    assert now.version.startswith("logistic+verdicts-")
    assert "verdicts of 7 people" in now.note
    one, two = frame.x[rows[0]], frame.x[rows[1]]
    apart = float(now.logits(one[None, :])[0] - now.logits(two[None, :])[0])
    told = sum(p for *_, p in now.reasons(one)) - sum(p for *_, p in now.reasons(two))
    assert told == pytest.approx(apart, abs=1e-6)


def test_with_wrong_clicks_among_them_the_list_gets_better_and_the_chances_no_worse() -> None:
    """A replay, day by day, 15 in 100 clicks wrong, against one in which nobody says anything."""
    frame, _ = lived()
    models: dict[float, Model] = {}
    begin = BEGIN.timestamp() + 40 * DAY

    def mean(*, listen: bool) -> tuple[float, float, float]:
        runs = [
            replay(
                frame,
                RULES,
                begin=begin,
                days=21,
                capacity=4,
                seed=s,
                listen=listen,
                models=models,
                step_back=listen,
            )
            for s in (range(1, 6) if listen else range(1, 2))
        ]
        return tuple(float(np.mean([r[i] for r in runs])) for i in range(3))  # type: ignore[return-value]

    quiet, told = mean(listen=False), mean(listen=True)
    assert told[0] > quiet[0]
    assert told[1] <= quiet[1]
    assert told[2] <= quiet[2]

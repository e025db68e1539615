"""What is learned is calibrated, explained to the last bit, kept as JSON, and blind to what came later."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest

from hub.attention import quantiles_of
from hub.model import Course, Ticket, TicketId
from hub.records import Reason
from hub.risk import boosted, logistic
from hub.risk.calibration import DAY, chance, followed, intercept, logit, slope_and_intercept
from hub.risk.estimate import estimate
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import frame
from hub.risk.groups import GROUPS
from hub.risk.learning import learn
from hub.risk.living import chances, features_of, foreseen
from hub.risk.metrics import average_precision, curve, ranking
from hub.risk.model import Model, wilson
from hub.risk.outlook import COLD, Outlook, from_json, to_json
from hub.risk.trees import parsed
from hub.signals.heard import Heard
from tests.unit.hub.risk.histories import RULES, SCORING, grown, instant, named

END = np.datetime64(instant(60 * 1440)[:-1], "s").astype(np.int64)
RISK = named("escalation_like")


@functools.cache
def rows() -> Frame:
    return frame(grown(1500), RISK.labels["escalation_like"], RISK, SCORING)


@functools.cache
def learned(*, challenger: bool = True) -> Model:
    return fit(rows(), RISK, until=float(END) - 20 * DAY, challenger=challenger)


@functools.cache
def outlook() -> Outlook:
    return learn(grown(1500), RISK, SCORING)[1]


def area(score: np.ndarray, y: np.ndarray) -> float:
    return float(average_precision(curve(ranking(score, y), np.ones((1, len(y)))))[0])


def test_learning_finds_what_drives_escalations() -> None:
    """On later rows it ranks far better than the rule, and its chances add up to what happened."""
    whole = rows()
    y = whole.as_of(float(END) + 30 * DAY)
    later = np.flatnonzero((whole.at > END - 20 * DAY) & np.isfinite(y))
    p = learned().chances(whole.x)[later]
    assert area(p, y[later]) > area(whole.rule[later], y[later]) + 0.1
    assert abs(p.mean() - y[later].mean()) < 0.06


def test_what_came_later_is_not_learned_from() -> None:
    """Other outcomes after `until` give the same model, to the same version."""
    whole, until = rows(), float(END) - 20 * DAY
    flipped = np.where(whole.matured > until, 1 - whole.y, whole.y)
    other = Frame(**{**{name: getattr(whole, name) for name in Frame.__slots__}, "y": flipped})
    assert fit(other, RISK, until=until).version == learned().version
    assert learned().rows == int((whole.at + whole.ripens <= until).sum())


def test_a_model_survives_json() -> None:
    """Kept as plain data and read again, it says the same."""
    model = learned()
    again = Model.from_json(msgspec.json.decode(msgspec.json.encode(model.to_json())))
    assert again == model
    np.testing.assert_array_equal(again.chances(rows().x[:50]), model.chances(rows().x[:50]))


@pytest.mark.parametrize("kind", ["logistic", "boosted", "both"])
def test_reasons_add_up_to_the_log_odds(kind: str) -> None:
    """The sum of a row's reasons differs from its log-odds by the same number for every row."""
    whole, until = rows(), float(END)
    base = np.full(len(whole), -1.0)
    known = np.flatnonzero(np.isfinite(whole.as_of(until)))
    text = boosted.learn(whole.x[known], whole.as_of(until)[known], np.ones(len(known)), base[known])
    model = msgspec.structs.replace(learned(), kind=kind, trees=text)
    odds = model.logits(whole.x[:30])
    sums = np.array([sum(part for _, _, part in model.reasons(row)) for row in whole.x[:30]])
    np.testing.assert_allclose(odds - sums, (odds - sums)[0], atol=1e-9)
    assert all(group in GROUPS for group, _, _ in model.reasons(whole.x[0]))


def test_trees_say_what_lightgbm_says() -> None:
    """Read from their text, with missing values too, they give LightGBM's own numbers."""
    lightgbm = pytest.importorskip("lightgbm")
    draw = np.random.default_rng(3)
    x = draw.normal(size=(3000, 6))
    x[draw.random(x.shape) < 0.2] = np.nan
    x[:, 5] = np.nan_to_num(x[:, 5])
    y = (np.nan_to_num(x[:, 0]) * np.nan_to_num(x[:, 1]) + x[:, 5] > 0.3).astype(float)
    text = boosted.learn(x, y, np.ones(len(x)), np.zeros(len(x)))
    again = lightgbm.Booster(model_str=text)
    tried = np.concatenate([x, np.full((1, 6), np.nan)])
    np.testing.assert_allclose(parsed(text).margins(tried), again.predict(tried, raw_score=True), atol=1e-9)
    assert text == boosted.learn(x, y, np.ones(len(x)), np.zeros(len(x)))


def test_without_lightgbm_the_logistic_model_stays_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional: without it nothing fails, and the model tells why it had no challenger."""
    monkeypatch.setattr(boosted, "installed", lambda: False)
    model = fit(rows(), RISK, until=float(END) - 20 * DAY)
    assert model.kind == "logistic"
    assert "LightGBM is not installed" in model.note


def test_with_few_outcomes_the_rule_speaks() -> None:
    """Below the thresholds of risk.yaml nothing is learned: the rule, mapped to a prior."""
    few = frame(grown(40), RISK.labels["escalation_like"], RISK, SCORING)
    model = fit(few, RISK, until=float(END))
    assert model.kind == "rule"
    assert "known outcomes" in model.note
    order = np.argsort(few.rule, kind="stable")
    assert (np.diff(model.chances(few.x)[order]) >= 0).all()


def test_an_empty_history_teaches_nothing() -> None:
    """No rows, no error."""
    model, nothing = learn([], RISK, SCORING)
    assert model.kind == "rule"
    assert not nothing.version


def test_the_rule_is_believed_until_outcomes_speak() -> None:
    """With hardly any outcomes the rule's coefficient stays near its prior, and others near nought."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(40, 3))
    y = (draw.random(40) < 0.5).astype(float)
    found = logistic.learn(x, y, np.full(40, 0.01), 0, 0.6, np.zeros(40))
    assert abs(found.weights[0] / found.scales[0] - 0.6) < 0.05
    assert max(map(abs, found.weights[1:])) < 0.02


def test_the_intercept_follows_the_outcomes() -> None:
    """Chances far too low are lifted by the matured outcomes of the days before, never by later ones."""
    whole = rows()
    odds = np.full(len(whole), -3.0)
    moved = followed(odds, whole)
    first = np.floor(whole.at / DAY) == np.floor(whole.at[0] / DAY)
    assert (moved[first] == -3.0).all()
    y = whole.as_of(float(END))
    late = (whole.at > whole.at[0] + 30 * DAY) & np.isfinite(y)
    assert abs(chance(moved[late]).mean() - y[late].mean()) < 0.04


def test_calibration_is_gentle() -> None:
    """Without outcomes nothing moves; with many, slope and intercept are found again."""
    assert intercept(np.zeros(0), np.zeros(0), np.zeros(0)) == 0.0
    draw = np.random.default_rng(2)
    odds = draw.normal(size=20_000) * 2
    y = (draw.random(20_000) < chance(0.7 * odds - 0.5)).astype(float)
    slope, level = slope_and_intercept(odds, y, np.ones(len(y)))
    assert abs(slope - 0.7) < 0.05
    assert abs(level + 0.5) < 0.05
    np.testing.assert_allclose(logit(chance(odds)), odds, atol=1e-6)


def test_an_interval_holds_its_rate() -> None:
    """More outcomes, a smaller interval."""
    wide, narrow = wilson(0.2, 20), wilson(0.2, 2000)
    assert wide[0] < narrow[0] < 0.2 < narrow[1] < wide[1]
    assert wilson(0.0, 5)[0] == 0.0


# living tickets -------------------------------------------------------------------------------

TICKET = Ticket(
    TicketId("t"), {"status": "open", "group": "bad", "priority": "normal"}, course=Course(events=1)
)
NOW = instant(60 * 1440)


def test_a_cold_hub_maps_the_rule_to_a_prior() -> None:
    """Where nothing speaks, the base rate of the file; reasons are the rule's, drawn; no model is named."""
    calm = estimate(TICKET, Heard(), (0.03, ()), RULES, COLD, NOW)
    assert calm.chance == RULES.base
    reason = Reason("severity", 1.2, "Severity is s1")
    told = estimate(TICKET, Heard(), (0.09, (reason,)), RULES, COLD, NOW)
    assert told.chance > calm.chance
    assert told.reasons[0].points == round(RULES.weight * 1.2, 2)
    assert told.model == ""


def test_nothing_is_foreseen_of_a_ticket_that_is_done() -> None:
    """The rule says 0 of it, and so does the model."""
    assert estimate(TICKET, Heard(), (0.0, ()), RISK, outlook(), NOW).chance == 0.0


def test_a_learned_hub_tells_chance_range_and_named_factors() -> None:
    """One line for each named factor, with a sign; the chance lies within its range."""
    found = estimate(TICKET, Heard(), (0.03, ()), RISK, outlook(), NOW)
    calm = msgspec.structs.replace(TICKET, registers={**TICKET.registers, "group": "good"})
    assert found.low <= found.chance <= found.high
    assert found.model == outlook().version
    assert foreseen(calm, None, outlook(), NOW).chance < found.chance
    factors = [r.factor for r in found.reasons]
    assert len(factors) == len(set(factors))
    assert "people and teams" in factors
    assert all(r.sentence.startswith(GROUPS[r.factor]) for r in found.reasons)
    team = next(r for r in found.reasons if r.factor == "people and teams")
    assert team.points > 0
    assert "group" in team.reads


def test_an_outlook_is_frozen_plain_data() -> None:
    """It survives JSON; estimating does not change it; many at once are as each alone."""
    kept = to_json(outlook())
    again = from_json(msgspec.json.decode(msgspec.json.encode(kept)))
    assert again == outlook()
    row = features_of(TICKET, None, again, NOW)
    both = chances(np.stack([row, row]), again)
    assert both[0] == both[1]
    assert round(float(both[0]), 4) == foreseen(TICKET, None, again, NOW).chance
    assert to_json(again) == kept


def test_quantiles_go_from_the_lowest_to_the_highest() -> None:
    """101 points, ascending; none of nothing."""
    points = quantiles_of([0.3, 0.1, 0.2])
    assert (points[0], points[50], points[100], len(points)) == (0.1, 0.2, 0.3, 101)
    assert quantiles_of([]) == ()

"""
What learning from verdicts buys: a history replayed day by day, with people who click right, and wrong.

Every morning the hub shows as many of the day's tickets as a team can look at; people accept or dismiss
each one, 15 in 100 of them wrongly; every night it learns: from outcomes alone, or from both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from bench.histories import convert
from hub.risk.calibration import DAY, chance, intercept_now
from hub.risk.clicks import clicks_of, leaned
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import fold, frame_of
from hub.risk.metrics import calibration_error
from hub.risk.model import Model
from hub.risk.rules import RiskRules, load_risk
from hub.score_records import Feedback
from hub.scoring_file import load_scoring

MAPPINGS = Path(__file__).parent.parent / "mappings"
DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "scoring"
PEOPLE = 8
WRONG = 0.15


class Outcome(NamedTuple):
    """How the days went: of the shown tickets, the share that escalated; how true chances were."""

    precision: float
    ece: float
    brier: float
    shown: int
    verdicts: int


def replay(
    frame: Frame,
    rules: RiskRules,
    *,
    begin: float,
    days: int,
    capacity: int = 20,
    seed: int = 1,
    listen: bool = True,
    every: int = 7,
    models: dict[float, Model] | None = None,
    step_back: bool = False,
) -> Outcome:
    """
    Live through the days. `every` so many of them it learns from outcomes anew; from verdicts, each night.

    `step_back`: a dismissed ticket is not shown again, as the hub does until its customer writes again.
    """
    draw = random.Random(seed)
    said: list[Feedback] = []
    known = {} if models is None else models
    numbers = {str(n): n for n in np.unique(frame.ticket).tolist()}
    hits: list[float] = []
    told: list[tuple[float, float]] = []
    base: Model | None = None
    for day in range(days):
        now = begin + day * DAY
        before = frame.rows(np.flatnonzero(frame.at < now))
        if day % every == 0 or base is None:
            base = known.get(now) or fit(before, rules, until=now, challenger=False)
            known[now] = base
        model = base
        if listen and said:
            model = leaned(base, before, clicks_of(said, numbers, before, now), now)
        shift = intercept_now(model.logits(before.x), before, now)
        today = np.flatnonzero((frame.at >= now) & (frame.at < now + DAY) & np.isfinite(frame.y))
        if not len(today):
            continue
        odds = model.logits(frame.x[today]) + shift
        told += zip(chance(odds).tolist(), frame.y[today].tolist(), strict=True)
        out = {f.ticket_id for f in said if f.verdict == "dismissed"} if step_back else set[str]()
        there = np.array([str(n) not in out for n in frame.ticket[today].tolist()], dtype=bool)
        for row in _cards(frame, today[there], odds[there], capacity):
            right = bool(frame.y[row] == 1)
            hits.append(float(right))
            said.append(_verdict(frame, row, right != (draw.random() < WRONG), draw.randrange(PEOPLE)))
    p, y = (np.array(column) for column in zip(*told, strict=True))
    ece = float(calibration_error(p, y, np.ones((1, len(y))))[0])
    return Outcome(float(np.mean(hits)), ece, float(((p - y) ** 2).mean()), len(hits), len(said))


def _cards(frame: Frame, today: np.ndarray, odds: np.ndarray, capacity: int) -> list[int]:
    """Return the rows of the tickets that stand highest, each ticket once."""
    shown: dict[int, int] = {}
    for place in np.argsort(-odds, kind="stable").tolist():
        _ = shown.setdefault(int(frame.ticket[today[place]]), int(today[place]))
        if len(shown) == capacity:
            break
    return list(shown.values())


def _verdict(frame: Frame, row: int, accepted: bool, person: int) -> Feedback:
    at = f"{datetime.fromtimestamp(float(frame.at[row]), UTC):%Y-%m-%dT%H:%M:%SZ}"
    verdict = "accepted" if accepted else "dismissed"
    return Feedback(str(frame.ticket[row]), at, f"agent{person}@example.com", "zendesk", verdict)


def uci() -> tuple[Frame, RiskRules] | None:
    """Return the rows of the public log of incidents; None where it is not there."""
    file = DATA / "uci_incident_until_2016-04-30.csv.gz"
    if not file.exists():
        return None
    rules = load_risk((MAPPINGS / "risk.yaml").read_text("utf-8"), "risk.yaml")
    rules = msgspec.structs.replace(rules, label="escalation_like")
    scoring = load_scoring((MAPPINGS / "scoring.yaml").read_text("utf-8"), "scoring.yaml")
    return frame_of(fold(convert("uci", file), rules.labels[rules.label], rules, scoring)), rules


def run(seeds: int = 3) -> Iterator[str]:
    """Replay three weeks of the public log: 30 days of history first, then 20 tickets a day."""
    found = uci()
    if found is None:
        yield f"- {DATA}: the public log is not there; nothing was measured"
        return
    frame, rules = found
    begin = datetime(2016, 3, 31, tzinfo=UTC).timestamp()
    yield "### Verdicts: 30 days of history, 23 days replayed, 20 tickets a day, 15 in 100 clicks wrong"
    yield "| learns from | precision at capacity | ECE | Brier |"
    yield "|---|---|---|---|"
    models: dict[float, Model] = {}
    for name, listen, back in (
        ("outcomes", False, False),
        ("outcomes and verdicts", True, False),
        ("both, and what was dismissed steps back", True, True),
    ):
        lived = [
            replay(
                frame, rules, begin=begin, days=23, seed=seed, listen=listen, models=models, step_back=back
            )
            for seed in range(1, seeds + 1 if listen else 2)
        ]
        precision, ece, brier = (float(np.mean([one[i] for one in lived])) for i in range(3))
        yield f"| {name} | {precision:.3f} | {ece:.3f} | {brier:.4f} |"

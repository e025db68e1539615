"""
`hub learn`: every night, learn from what came of tickets and from what people said of warnings.

A model becomes champion only if it holds on the latest outcomes that it had not seen; where the present
one does not hold any more, the hub goes back to the rule and says so. `hub rescore` follows the outcomes
in between, once a day.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from flows.folding import folded
from flows.forgetting import kept_in_bounds
from flows.histories import history_of
from flows.inline import new_run_id
from flows.outlooks import keep_outlook, outlook_of, read_risk
from flows.vitals_round import begun as begun_with
from flows.vitals_round import tended
from flows.wiring import Assembly
from hub.appraise import Appraiser
from hub.errors import HubError, unforeseen
from hub.model import Json
from hub.ports import Store
from hub.records import RunRecord
from hub.risk.clicks import clicks_of, leaned
from hub.risk.drift import Verdict
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import Fold, frame_of
from hub.risk.holding import Held, held_up, looked_back
from hub.risk.learning import outlook_of as outlook_with
from hub.risk.living import model_of
from hub.risk.model import Model as Learned
from hub.risk.outlook import Outlook
from hub.risk.rules import RiskRules
from hub.score_records import Model, ModelState

KIND = "learn"
_DAY = 86_400.0
_STALE = 14 * _DAY
"""A model that is older than the two weeks by so much says nothing of what is learned today."""


def followed(assembly: Assembly, appraiser: Appraiser, now: str) -> Outlook:
    """
    Return the outlook of today: the crowd as it stands, the intercept as the latest outcomes have it.

    The history is gone through once a day, and only if something was learned.
    """
    outlook = appraiser.outlook
    today = datetime.fromisoformat(now).date()
    if not outlook.version or datetime.fromtimestamp(outlook.at, UTC).date() >= today:
        return outlook
    rules = appraiser.risk
    events = history_of(assembly.store, since=_since(assembly, now))
    state = folded(events, rules.labels[rules.label], rules, appraiser.scoring)
    if not state.now:
        return outlook
    fresh = outlook_with(state, frame_of(state), model_of(outlook.model))
    # A day without an event is followed, too; else the history would be gone through at every rescore.
    moment = datetime.fromisoformat(now).timestamp()
    return replace(fresh, quantiles=outlook.quantiles, at=max(fresh.at, moment))


def _since(assembly: Assembly, now: str) -> str:
    days = timedelta(days=assembly.settings.scoring.history_days)
    return f"{datetime.fromisoformat(now) - days:%Y-%m-%dT%H:%M:%SZ}"


# a night ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lesson:
    """What a night taught."""

    learned: Learned
    outlook: Outlook
    held: Held | None
    """How a model that had not seen them did on the latest outcomes; None where there are too few."""
    verdicts: int
    rows: int

    @property
    def verdict(self) -> Verdict:
        return self.held.verdict if self.held is not None else Verdict(False, False, ())

    @property
    def speaks(self) -> bool:
        """Whether it may: there was enough to learn from, and it holds on what it had not seen."""
        return self.learned.kind != "rule" and not self.verdict.fall_back


def lesson_of(assembly: Assembly, rules: RiskRules, now: str) -> Lesson:
    """Learn from the kept history, and from what people said. Writes nothing."""
    store, scoring = assembly.store, assembly.rules.scoring
    label = rules.labels[rules.label]
    state = folded(history_of(store, since=_since(assembly, now)), label, rules, scoring)
    frame = frame_of(state)
    numbers, latest = {ticket: case.number for ticket, case in state.cases.items()}, state.open_rows()
    state.cases.clear()  # a long history has many, and learning needs the room
    state.rows.clear()
    held = _held(store, frame, state, rules)
    shifted = held is not None and held.verdict.blocks_promotion
    plain = fit(frame, rules, until=state.now, challenger=not shifted)
    if plain.kind == "rule":
        return Lesson(plain, outlook_with(state, frame, plain, latest), None, 0, len(frame))
    clicks = clicks_of(store.feedback(), numbers, frame, state.now)
    learned = leaned(plain, frame, clicks, state.now)
    return Lesson(learned, outlook_with(state, frame, learned, latest), held, len(clicks), len(frame))


def _held(store: Store, frame: Frame, state: Fold, rules: RiskRules) -> Held | None:
    """
    Say whether what was learned holds: on the last two weeks whose outcomes are all known.

    That is asked of the model that was learned then; where none is kept, of one that is learned now from
    what was known then.
    """
    begin, _ = looked_back(frame, state.now)
    model = _of_then(store, rules.label, begin) or fit(frame, rules, until=begin, challenger=False)
    return None if model.kind == "rule" else held_up(model, frame, state.now)


def _of_then(store: Store, label: str, begin: float) -> Learned | None:
    """Return the model that was learned last before a moment, if it is kept and can be read."""
    moment = f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%dT%H:%M:%SZ}"
    earliest = f"{datetime.fromtimestamp(begin - _STALE, UTC):%Y-%m-%dT%H:%M:%SZ}"
    for known in store.models(label):
        if earliest <= known.at <= moment:
            whole = store.model(label, known.version)
            try:
                return Learned.from_json(whole.body) if whole is not None and whole.body is not None else None
            except msgspec.ValidationError:
                return None
    return None


def run_learn(assembly: Assembly, *, dry_run: bool = False) -> RunRecord:
    """
    Learn, keep what was learned, record it as a run, and return the record.

    A dry run writes nothing at all. Raises `StoreInUse` where another run is at work.
    """
    begun = time.perf_counter()
    record = RunRecord(new_run_id(), KIND, assembly.wires.now())
    if dry_run:
        lesson = lesson_of(assembly, read_risk(assembly.settings), record.started)
        return _ended(record, assembly, _summary(lesson, read_risk(assembly.settings)), begun)
    store = assembly.store
    with store.lease(f"hub {KIND} {record.id}"):
        store.begin_run(record)
        begun_with(assembly, record)
        summary: dict[str, object] = {"error": "it broke off"}
        try:
            rules = read_risk(assembly.settings)
            lesson = lesson_of(assembly, rules, record.started)
            store.stage_observations((), assembly.wires.now())  # is the store still ours?
            _keep(store, lesson, rules, record.started)
            summary = _summary(lesson, rules)
            summary |= _removed(assembly)
        except HubError as failed:
            summary = {"error": str(failed)}
        except (Exception, KeyboardInterrupt) as bug:
            summary = {"error": unforeseen(bug)}
            raise
        finally:
            ended = _ended(record, assembly, summary, begun)
            store.end_run(ended)
    tended(assembly, ended)
    return ended


def _removed(assembly: Assembly) -> dict[str, object]:
    """Let go what is kept no longer; return how much, where it was anything."""
    removed = kept_in_bounds(assembly.store, assembly.settings.retention)
    return {"removed": dict(removed)} if removed else {}


def _ended(record: RunRecord, assembly: Assembly, summary: dict[str, object], begun: float) -> RunRecord:
    summary["seconds"] = round(time.perf_counter() - begun, 3)
    wanting = bool(summary.get("fallen_back") or summary.get("warnings"))
    state = "failed" if "error" in summary else "attention" if wanting else "clean"
    return RunRecord(record.id, record.kind, record.started, assembly.wires.now(), state, summary)


def _keep(store: Store, lesson: Lesson, rules: RiskRules, now: str) -> None:
    """Keep the model with how good it is; it speaks from now on, or it does not."""
    before = outlook_of(store, rules.label)
    learned = lesson.learned
    if learned.kind == "rule":
        return  # nothing was learned; what speaks goes on
    champion = store.champion(rules.label)
    state: ModelState = "champion" if lesson.speaks else "rejected"
    store.save_model(Model(rules.label, learned.version, state, now, _metrics(lesson), learned.to_json()))
    if lesson.speaks:
        quantiles = before.quantiles or lesson.outlook.quantiles
        keep_outlook(store, replace(lesson.outlook, quantiles=quantiles), now)
        return
    if champion is not None:
        store.save_model(replace(champion, state="retired"))
    keep_outlook(store, Outlook(label=rules.label, at=lesson.outlook.at, quantiles=before.quantiles), now)


def _metrics(lesson: Lesson) -> Mapping[str, Json]:
    learned, held = lesson.learned, lesson.held
    found: dict[str, Json] = {
        "kind": learned.kind,
        "rows": learned.rows,
        "positives": learned.positives,
        "verdicts": lesson.verdicts,
        "trials": msgspec.to_builtins(learned.trials),
        "note": learned.note,
    }
    if held is None:
        return found
    return found | {
        "tested": msgspec.to_builtins(held.figures),
        "verdict": msgspec.to_builtins(held.verdict),
        "weeks": msgspec.to_builtins(held.weeks),
    }


def _summary(lesson: Lesson, rules: RiskRules) -> dict[str, object]:
    learned, verdict = lesson.learned, lesson.verdict
    found: dict[str, object] = {
        "rows": lesson.rows,
        "outcomes": learned.rows,
        "happened": learned.positives,
        "verdicts": lesson.verdicts,
        "model": learned.version if lesson.speaks else "",
    }
    told = list(_missing(learned, rules))
    if told:
        found["missing"] = told
    if learned.kind != "rule" and verdict.fall_back:
        found["fallen_back"] = "what was learned does not hold any more: the rule alone speaks, uncalibrated"
    if verdict.blocks_promotion and lesson.speaks:
        found["kept"] = "inputs moved far: no challenger may take over until they are steady again"
    if verdict.warnings:
        found["warnings"] = list(verdict.warnings)
    if learned.note:
        found["note"] = learned.note
    if lesson.held is not None:
        found["tested"] = {name: dict(own) for name, own in lesson.held.figures.items()}
    return found


def _missing(learned: Learned, rules: RiskRules) -> Iterator[str]:
    """Say what is lacking before anything can be learned."""
    if learned.kind != "rule":
        return
    lacks = {
        "known outcomes": rules.least_known - learned.rows,
        "escalations among them": rules.least_positive - learned.positives,
    }
    for what, many in lacks.items():
        if many > 0:
            yield f"{many} more {what} until the hub learns; until then the rule of scoring.yaml speaks"

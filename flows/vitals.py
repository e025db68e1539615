"""How the hub is, for `hub status`, for the web and for those who are told: one look, judged once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from hub.budget_store import BudgetLine
from hub.canary_records import Walk
from hub.desk.standing import Waiting
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK
from hub.ports import Store
from hub.settings import Settings
from hub.vitals import PROCESSES, RUNS, Alarm, Beat, Vitals, seconds_between
from hub.vitals_alarms import alarms, late_flows
from hub.vitals_settings import WatchSettings

CANARY = "canary"
"""Under which the last walk is kept in the store."""
_SIGNS = frozenset({"read", "changed", "quiet", "heard", "unheard"})
"""Numbers that tell how a side is now, not what was done in all."""
SLOW = timedelta(minutes=10)
"""An allowance that needs so long to be whole again is worth an alarm when it is nearly spent."""


@dataclass(frozen=True)
class Health:
    """One look at the store, and what is wrong by it."""

    vitals: Vitals
    walk: Walk | None
    alarms: tuple[Alarm, ...]
    late: Mapping[str, float]
    """Flows that gave no good sign for too long, with the seconds."""
    budgets: tuple[BudgetLine, ...] = ()
    overdue: tuple[Waiting, ...] = ()
    """Conflicts of which somebody must be reminded, the oldest first; whose they are is not looked up."""

    @property
    def dead(self) -> list[str]:
        """What died silently, in words: nothing that only waits for a person."""
        return [a.says for a in self.alarms if a.key.startswith(("late:", "unread:")) or a.key == CANARY]


def health_of(store: Store, settings: Settings) -> Health:
    """Look at the store, and judge. Raises `StoreBroken`."""
    budgets = tuple(store.budgets())
    vitals = _wanted(msgspec.structs.replace(store.vitals(), budgets=_spent(budgets)), settings)
    walk = last_walk(store)
    judged = walk if settings.canary.on else None
    late = _overdue(store, settings, vitals)
    return Health(
        vitals,
        walk,
        tuple(alarms(vitals, settings.watch, judged, late)),
        late_flows(vitals, settings.watch),
        budgets,
        late,
    )


def _overdue(store: Store, settings: Settings, vitals: Vitals) -> tuple[Waiting, ...]:
    if not vitals.conflicts.count:
        return ()
    from flows.reminding import overdue_conflicts  # noqa: PLC0415  it knows every side; `hub status` is quick

    return overdue_conflicts(store, settings, vitals.at)


def _wanted(vitals: Vitals, settings: Settings) -> Vitals:
    """Leave out what was switched off since: a side that hub.toml names no more, a canary that is off."""
    more = {SALESFORCE: settings.salesforce, EMAIL: settings.email}
    known = {ZENDESK, JIRA, *(side for side, own in more.items() if own is not None)}
    return msgspec.structs.replace(
        vitals,
        beats={n: beat for n, beat in vitals.beats.items() if n != CANARY or settings.canary.on},
        counted={k: v for k, v in vitals.counted.items() if k[0] not in _SIGNS or k[1][0] in known},
    )


def _spent(budgets: Iterable[BudgetLine]) -> dict[str, float]:
    """Return by side how much is spent of what comes back slowly: a day's calls, not a second's burst."""
    now = datetime.now(UTC)
    found: dict[str, float] = {}
    for line in budgets:
        slow = line.until is not None and datetime.fromisoformat(line.until) - now > SLOW
        if slow and line.limit > 0 and not line.which:
            found[line.system] = max(found.get(line.system, 0.0), line.used / line.limit)
    return found


def last_walk(store: Store) -> Walk | None:
    """Return what the canary saw last; None if it never flew."""
    kept = store.outlook(CANARY)
    try:
        return None if kept is None else msgspec.convert(kept.body, Walk)
    except msgspec.ValidationError:  # another version of the hub kept it; the next walk is soon
        return None


# as data ----------------------------------------------------------------------------------------


def as_data(health: Health, watch: WatchSettings) -> dict[str, Any]:
    """Return what `hub status --json` and `/ready` tell of the hub itself."""
    vitals = health.vitals
    return {
        "at": vitals.at,
        "alarms": [msgspec.to_builtins(a) for a in health.alarms],
        "flows": {name: _flow(beat, health, watch) for name, beat in _shown(vitals).items()},
        "sides": {side: _side(vitals, side) for side in sides(vitals)},
        "canary": _canary(health.walk),
        "approvals": vitals.approvals.count,
        "working": {"holder": vitals.holder, "since": vitals.held_since, "renewed": vitals.renewed},
    }


def _shown(vitals: Vitals) -> dict[str, Beat]:
    return {name: vitals.beats[name] for name in (*RUNS, *PROCESSES) if name in vitals.beats}


def _flow(beat: Beat, health: Health, watch: WatchSettings) -> dict[str, Any]:
    return {
        "state": beat.state,
        "begun": beat.begun,
        "good": beat.good,
        "seconds": beat.seconds,
        "failures": beat.failures,
        "late": beat.name in health.late,
        "late_after_minutes": watch.minutes(beat.name),
    }


def sides(vitals: Vitals) -> list[str]:
    """Return the sides of which anything is known."""
    known = {label[0] for name, label in vitals.counted if name in ("read", "calls") and label}
    return sorted({*known, *vitals.inbox} - {""})


def _side(vitals: Vitals, side: str) -> dict[str, Any]:
    waiting, parked = vitals.inbox.get(side), vitals.parked.get(side)
    return {
        "read_at": vitals.when("read", side),
        "changed_at": vitals.when("changed", side),
        "webhook_at": vitals.when("heard", side),
        "unheard": int(vitals.number("unheard", side)),
        "inbox": waiting.count if waiting else 0,
        "lag_seconds": lag(vitals, side),
        "parked": parked.count if parked else 0,
        "budget_spent": vitals.budgets.get(side),
    }


def lag(vitals: Vitals, side: str) -> float:
    """Return by how many seconds what the hub knows of a side may be old: unread, or read and waiting."""
    waiting = vitals.inbox.get(side)
    dates = [vitals.when("read", side), waiting.oldest if waiting else ""]
    return max((seconds_between(at, vitals.at) for at in dates if at), default=0.0)


def _canary(walk: Walk | None) -> dict[str, Any] | None:
    if walk is None:
        return None
    slowest = max((hop.seconds for hop in walk.hops if hop.ok), default=0.0)
    return {"ok": walk.ok, "at": walk.at, "good": walk.good, "slowest": slowest, "told": walk.told}

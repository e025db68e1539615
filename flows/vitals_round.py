"""
After every run: whoever is alive looks whether the others are, tells people, and the dead man's switch.

So a flow that died silently is noticed by the next run of another one, or by `hub serve`; that all
are dead is noticed by the switch (`[watch] ping_url`), which is told after each sync. What goes wrong here
never fails a run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec
from msgspec.structs import replace
from pydantic import SecretStr

from flows.alerting import Sender, by_apprise, is_open, safe
from flows.logs import in_run
from flows.reminding import reminders
from flows.vitals import Health, health_of
from flows.wiring import Assembly
from hub.errors import HubError
from hub.ports import Store
from hub.records import RunRecord
from hub.score_records import Alert
from hub.settings import Settings
from hub.vitals_telling import Memory, decide, may_send, text_of, title_of

MEMORY = "watch"
TURN = 30.0
"""Seconds for which one process alone tells: two runs that end together must not both."""
_PING_SECONDS = 5.0
_REMINDED = 10
"""Conflicts that the day's summary names one by one, the oldest."""
_TEAM = "the hub itself"
_log = logging.getLogger("hub.watch")


def begun(assembly: Assembly, record: RunRecord) -> None:
    """From here on, what is logged and traced is of this run."""
    in_run(record.id, record.kind)
    assembly.wires.spans.begin(record.kind, record.id)


def tended(assembly: Assembly, record: RunRecord, send: Sender = by_apprise) -> None:
    """Count what was answered, tell people what is wrong with the hub, and the switch that we live."""
    error = str(record.summary.get("error") or "")
    bad = record.state in ("failed", "stopped")
    _log.log(logging.WARNING if bad else logging.INFO, "%s %s %s", record.kind, record.id, record.state)
    assembly.wires.spans.end(record.state, error)
    looked_after(assembly, send)
    if record.kind == "sync":
        ping(assembly.settings, ok=not bad)
    in_run("", "")


def looked_after(assembly: Assembly, send: Sender = by_apprise) -> None:
    """Count what was answered, and tell people what is wrong with the hub; that it fails is only logged."""
    try:
        assembly.store.count(assembly.wires.answers.taken())
        go_round(assembly, send)
    except (HubError, OSError, ValueError) as error:
        _log.warning("nobody could be told how the hub is: %s", error)


def go_round(assembly: Assembly, send: Sender = by_apprise) -> None:
    """Tell what began, what lasts and what is over, in one message; and the day's summary when it is time."""
    settings, store, now = assembly.settings, assembly.store, assembly.wires.now()
    urls = settings.watch.urls
    if not urls:
        return
    health, memory = health_of(store, settings), _memory(store)
    calendar = assembly.rules.sla.uses.default
    awake = settings.watch.hours == "always" or is_open(calendar, now)
    found = decide(health.alarms, memory, now, awake=awake, remind_hours=settings.watch.remind_hours)
    day = _day_to_tell(settings, memory, datetime.fromisoformat(now).astimezone(calendar.zone))
    if found.empty and not day:
        if found.memory != memory:
            _keep(store, found.memory, now)
        return
    if (not found.empty and not may_send(memory, now)) or store.take_turn("telling", TURN):
        return
    memory = found.memory
    if not found.empty and _told(store, urls, title_of(found), text_of(found, now), now, send):
        _keep(store, memory := replace(memory, sent=now), now)
    elif not found.empty:
        return  # nobody took it: the next run tries again
    if day:
        totals = _totals(health)
        told = summary(health, memory, reminders(store, settings, health.overdue, _REMINDED))
        if _told(store, urls, f"Support hub: the day to {day}", told, now, send):
            _keep(store, replace(memory, day=day, totals=totals), now)


def _told(store: Store, urls: Sequence[SecretStr], title: str, text: str, now: str, send: Sender) -> bool:
    """Keep a message, send it to every address, and return whether one of them took it."""
    title, text = safe(title), safe(text)
    body: dict[str, Any] = {"team": _TEAM, "title": title, "text": text, "why": text.partition("\n")[0]}
    row = store.add_alert(Alert("operation", now, state="held", body=body))
    took = [send(url, title, text) for url in urls]
    store.set_alert(row, "sent" if any(took) else "closed")
    if not all(took):
        _log.warning("%d of %d addresses did not take a message about the hub", took.count(False), len(took))
    return any(took)


# the day's summary ------------------------------------------------------------------------------


def _day_to_tell(settings: Settings, memory: Memory, local: datetime) -> str:
    """Return the day whose summary is due; "" if there is none."""
    at = settings.watch.summary
    today = f"{local:%Y-%m-%d}"
    return today if at and f"{local:%H:%M}" >= at and memory.day != today else ""


def _totals(health: Health) -> dict[str, float]:
    found: dict[str, float] = {}
    for (name, label), one in health.vitals.counted.items():
        if name in ("runs", "written", "observed", "calls", "conflicts", "parked"):
            key = f"{name} {label[-1]}" if name == "runs" else name
            found[key] = found.get(key, 0.0) + one.value
    return found


def summary(health: Health, memory: Memory, overdue: Sequence[str] = ()) -> str:
    """Return what happened since the last summary, and what waits for people now; `overdue`: for whom."""
    vitals, totals = health.vitals, _totals(health)
    since = {name: value - memory.totals.get(name, 0.0) for name, value in totals.items()}
    runs = ", ".join(
        f"{n:.0f} {k.removeprefix('runs ')}" for k, n in sorted(since.items()) if k.startswith("runs ") and n
    )
    done = ", ".join(f"{since.get(n, 0.0):.0f} {n}" for n in ("observed", "written", "calls"))
    parked = sum(one.count for one in vitals.parked.values())
    lines = [
        f"Runs: {runs or 'none'}",
        f"Changes: {done}",
        f"New: {since.get('conflicts', 0.0):.0f} conflicts, {since.get('parked', 0.0):.0f} parked",
        f"Waiting for people: {vitals.conflicts.count} conflicts, {parked} parked",
        *(f"- {line}" for line in overdue),
        f"Held: {vitals.tickets} tickets",
    ]
    if health.walk is not None:
        lines.append(f"Canary: {'came through' if health.walk.ok else health.walk.told}")
    lines += [f"{alarm.grade.upper()}: {alarm.says}" for alarm in health.alarms] or ["All is well."]
    return "\n".join(lines)


# the switch -------------------------------------------------------------------------------------


def ping(settings: Settings, *, ok: bool) -> None:
    """Tell the dead man's switch that a sync ended, and how. Its address is a secret: it is never shown."""
    if settings.watch.ping_url is None:
        return
    url = settings.watch.ping_url.get_secret_value().rstrip("/")
    try:
        answer = httpx.post(url if ok else f"{url}/fail", timeout=_PING_SECONDS)
        if answer.is_error:
            _log.warning("the dead man's switch of [watch] answered %d", answer.status_code)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        _log.warning("the dead man's switch of [watch] does not answer (%s)", type(error).__name__)


# memory -----------------------------------------------------------------------------------------


def _memory(store: Store) -> Memory:
    kept = store.outlook(MEMORY)
    try:
        return Memory() if kept is None else msgspec.convert(kept.body, Memory)
    except msgspec.ValidationError:
        return Memory()


def _keep(store: Store, memory: Memory, now: str) -> None:
    store.save_outlook(MEMORY, msgspec.to_builtins(memory), now)

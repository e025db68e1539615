"""What is wrong with the hub itself, judged by what the store shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.canary_records import Walk
from hub.desk.standing import Waiting as Overdue
from hub.vitals import PROCESSES, RUNS, Alarm, Beat, Vitals, seconds_between, span
from hub.vitals_settings import WatchSettings

_ALIVE = 300.0
"""Seconds in which whoever works on the store renews its right to, with room."""
_FIRST_RUN, _LONGEST_RUN = 24 * 3_600.0, 4 * 3_600.0
_DAY = 86_400.0
_SOON_OVER, _VERY_SOON = 14 * _DAY, 3 * _DAY


def alarms(
    vitals: Vitals, watch: WatchSettings, canary: Walk | None = None, overdue: Sequence[Overdue] = ()
) -> list[Alarm]:
    """Return everything that somebody must look at, the urgent first; `overdue`: conflicts."""
    found: Iterable[Alarm] = (
        *_late(vitals, watch),
        *_failing(vitals, watch),
        *_red(canary),
        *_silent(vitals, watch),
        *_standing(vitals, watch),
        *_waiting(vitals, watch),
        *_overdue(vitals, overdue),
        *_spent(vitals, watch),
        *_expiring(vitals, watch),
        *_unsealed(vitals),
    )
    return sorted(found, key=lambda a: (a.grade != "urgent", a.key))


# flows ------------------------------------------------------------------------------------------


def late_flows(vitals: Vitals, watch: WatchSettings) -> dict[str, float]:
    """Return the flows without a good sign for too long, with the seconds. Never begun is not late."""
    found: dict[str, float] = {}
    for name in (*RUNS, *PROCESSES):
        beat, allowed = vitals.beats.get(name), watch.minutes(name) * 60
        if beat is None or not allowed or (beat.state == "stopped" and name in PROCESSES):
            continue
        since = seconds_between(beat.good or beat.begun, vitals.at)
        if since > allowed and not _at_work(beat, vitals):
            found[name] = since
    return found


def _at_work(beat: Beat, vitals: Vitals) -> bool:
    """Whether a run of this flow is under way, as far as the store shows: a first one may take a day."""
    most = _LONGEST_RUN if beat.good else _FIRST_RUN
    return _is_held(beat, vitals) and seconds_between(beat.begun, vitals.at) <= most


def _is_held(beat: Beat, vitals: Vitals) -> bool:
    """Whether its process is there: it may hang, and still renew its hold on the store."""
    if beat.state != "running":
        return False
    return bool(vitals.renewed) and seconds_between(vitals.renewed, vitals.at) < _ALIVE


def _late(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    for name, since in late_flows(vitals, watch).items():
        beat = vitals.beats[name]
        last = f"since {beat.good}" if beat.good else "ever"
        if name in PROCESSES:
            says = f"`hub {name}` gave no sign of life for {span(since)}"
            todo = (
                f"start `hub {name}` again, and look why it ended; if it is not wanted any more, write "
                f"`late = {{{name} = 0}}` under [watch]"
            )
        elif _is_held(beat, vitals):
            age = span(seconds_between(beat.begun, vitals.at))
            says = f"the {name} that began {beat.begun} is at work for {age} and does not end"
            todo = f"look what {vitals.holder or 'its process'} waits for, or kill it: the next run goes on"
        elif beat.outcome in ("failed", "stopped"):
            how = f"the last one {beat.outcome}: {beat.error}"
            says = f"no {name} ended well {last} ({span(since)} ago); {how}"
            todo = "`hub status` shows the runs; docs/operations.md says what to do about the reason"
        else:
            says = f"no {name} ended well {last} ({span(since)} ago), and none is at work"
            todo = "look at the scheduler: cron's mail, or Prefect's work pool, worker and deployment"
        yield Alarm(f"late:{name}", says, todo, "urgent" if name in ("sync", "serve", "canary") else "soon")


def _failing(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    for name, beat in sorted(vitals.beats.items()):
        if beat.failures < watch.failures or name not in RUNS:
            continue
        signing = "sign in" in beat.error.lower() or "credentials" in beat.error.lower()
        todo = (
            "renew the credentials in hub.toml, then `hub doctor`"
            if signing
            else "`hub approvals` shows what it would do: `hub apply` it, reject it, or mend the cause"
            if beat.outcome == "stopped"
            else "`hub doctor` says which part does not answer"
        )
        says = f"{name} {beat.outcome} {beat.failures} times in a row: {beat.error or 'no reason was kept'}"
        yield Alarm(f"failing:{name}", says, todo, "urgent" if name == "sync" else "soon")


def _red(canary: Walk | None) -> Iterator[Alarm]:
    if canary is not None and not canary.ok:
        yield Alarm("canary", f"the canary did not arrive: {canary.told}", canary.todo, "urgent")


# sides ------------------------------------------------------------------------------------------


def _silent(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    """Sides whose webhooks stopped, or which show nothing for unusually long."""
    for system in sorted({label[0] for name, label in vitals.counted if name == "heard"}):
        missed, last = vitals.number("unheard", system), vitals.when("heard", system)
        since = seconds_between(last, vitals.at)
        if missed >= watch.unheard and since >= watch.unheard_minutes * 60:
            yield Alarm(
                f"unheard:{system}",
                f"polling found {missed:.0f} changes in {system} since its last webhook, {span(since)} ago",
                "`hub doctor` says whether the webhook is there, is active and points here; nothing is lost",
            )
    for system, since, usual in quiet_sides(vitals, watch):
        yield Alarm(
            f"quiet:{system}",
            f"{system} shows no change for {span(since)}; its longest silence in weeks was {span(usual)}",
            f"look whether people work in {system} now, and whether the hub's user still sees what they do",
        )


def quiet_sides(vitals: Vitals, watch: WatchSettings) -> Iterator[tuple[str, float, float]]:
    """Yield sides that are quiet for unusually long: which, for how long, and what is usual."""
    if not watch.quiet:
        return
    weeks: dict[str, list[float]] = {}
    for (name, label), one in vitals.counted.items():
        if name == "quiet":
            weeks.setdefault(label[0], []).append(one.value)
    for system, longest in sorted(weeks.items()):
        since = seconds_between(vitals.when("changed", system), vitals.at)
        if len(longest) > 1 and since > max(watch.quiet * max(longest), watch.quiet_hours * 3600):
            yield system, since, max(longest)


def _standing(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    """Sides that runs do not get through any more, while other sides go on."""
    sync, allowed = vitals.beats.get("sync"), watch.minutes("sync") * 60
    if sync is None or not allowed:
        return
    for (name, label), one in sorted(vitals.counted.items()):
        since = seconds_between(one.at, sync.good or sync.at)
        if name == "read" and since > allowed and seconds_between(one.at, vitals.at) < 30 * _DAY:
            yield Alarm(
                f"unread:{label[0]}",
                f"{label[0]} was last read {span(seconds_between(one.at, vitals.at))} ago; other sides go on",
                f"`hub status` shows why with the last runs; `hub doctor --only {label[0]}` looks at it now",
                "urgent",
            )


# what waits for people --------------------------------------------------------------------------


def _waiting(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    parked = sum(one.count for one in vitals.parked.values())
    oldest = min((one.oldest for one in vitals.parked.values() if one.oldest), default="")
    yield from _pile("parked", parked, oldest, watch.parked, "`hub parked` says what and why", vitals, watch)
    held = vitals.conflicts
    yield from _pile("conflicts", held.count, held.oldest, watch.conflicts, "`hub conflicts`", vitals, watch)
    if vitals.approvals.count:
        yield Alarm(
            "approvals",
            f"{vitals.approvals.count} stopped runs wait for a yes or no since {vitals.approvals.oldest}",
            "`hub approvals` shows what each would do: `hub apply` it, reject it, or mend what was changed",
            "urgent",
        )


def _overdue(vitals: Vitals, overdue: Sequence[Overdue]) -> Iterator[Alarm]:
    """Beside how many wait in all: policy.yaml says after how long somebody is reminded of each."""
    if overdue:
        age = span(seconds_between(overdue[0].conflict.at, vitals.at))
        many = "1 conflict is" if len(overdue) == 1 else f"{len(overdue)} conflicts are"
        yield Alarm(
            "overdue",
            f"{many} overdue by policy.yaml, the oldest open for {age}",
            "`hub conflicts` says which, and whose; a tag, a label or a line in a comment settles each",
        )


def _pile(
    name: str, count: int, oldest: str, most: int, todo: str, vitals: Vitals, watch: WatchSettings
) -> Iterator[Alarm]:
    age = seconds_between(oldest, vitals.at) if oldest else 0.0
    if count >= most:
        yield Alarm(name, f"{count} {name}, and {most} is the limit of [watch]", todo)
    elif age > watch.age_days * _DAY:
        yield Alarm(name, f"{count} {name}, the oldest for {span(age)}", todo)


def _spent(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    for system, share in sorted(vitals.budgets.items()):
        if share >= watch.budget:
            yield Alarm(
                f"budget:{system}",
                f"{share:.0%} of what {system} allows is spent",
                "the hub waits by itself; who else calls so much is shown by the vendor's own usage page",
            )


def _unsealed(vitals: Vitals) -> Iterator[Alarm]:
    if vitals.unsealed:
        yield Alarm(
            "audit",
            f"the audit trail is sealed no more: {vitals.unsealed}",
            "`hub audit verify` says what was touched; docs/audit.md says how to go on",
        )


def _expiring(vitals: Vitals, watch: WatchSettings) -> Iterator[Alarm]:
    for name, day in sorted(watch.expires.items()):
        left = seconds_between(vitals.at, f"{day}T00:00:00Z")
        if left > _SOON_OVER:
            continue
        says = (
            f"the credential of {name} ends on {day}"
            if left > 0
            else f"the credential of {name} ended on {day}"
        )
        todo = "make a new one, put it into hub.toml, and its day into `expires` of [watch]"
        yield Alarm(f"expires:{name}", says, todo, "urgent" if left < _VERY_SOON else "soon")

"""
Warnings on their way: kept first, then sent through `apprise`, then marked as sent.

A process that dies in between leaves a kept alert, which the next round sends: a warning is never lost,
and may arrive twice if the process died between the sending and the mark. What cannot be sent stays kept,
and the run's summary says so. Addresses hold tokens: they are never shown, not in errors either.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, cast

import msgspec
from pydantic import SecretStr

from flows.rollups import Kept
from flows.suggesting import reader_for
from hub.alert_causes import Levels, Low, lowest, of_account, of_incident, of_model, of_ticket
from hub.alerts import Mark, Notice, Subject, after, decide, key_of, remembered, spent
from hub.appraisal import Appraisal
from hub.errors import Misconfigured
from hub.ports import Store
from hub.records import Held
from hub.score_records import Alert, AlertState
from hub.scoring_settings import AlertSettings
from hub.settings import Settings
from hub.sla.calendar import Calendar
from hub.suggest.incidents import Incident
from hub.telling import sees

MEMORY = "alerts"
_KEPT = timedelta(days=30)
_RETRIED = timedelta(days=2)
"""What could not be sent for so long is old news: it is held and shown."""
_FLOOR = 0.05
"""A chance below this is not remembered: whatever rises from it is told by what it rose to."""
_PINGS = re.compile(r"@(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE)
_SAFE = str.maketrans({"<": "\u2039", ">": "\u203a"})
_log = logging.getLogger("hub.alerts")


class Sender(Protocol):
    """What sends a message to an address; False where that did not take it."""

    def __call__(self, url: SecretStr, title: str, body: str) -> bool: ...


class _Remembered(msgspec.Struct, frozen=True):
    marks: Mapping[str, Mark] = {}
    lows: Mapping[str, Low] = {}


class Sent(NamedTuple):
    """Whether an address took a message, in words that do not show it."""

    told: str
    sent: bool


@dataclass
class Watch:
    """What there is to warn of, collected while the tickets are scored."""

    settings: Settings
    store: Store
    now: str
    calendar: Calendar
    subjects: list[Subject] = field(default_factory=list[Subject])
    lows: dict[str, Low] = field(default_factory=dict[str, Low])

    def __post_init__(self) -> None:
        own = self.settings.alerts
        self.levels = Levels(
            own.attention, own.risk, own.rising, own.silent, own.quiet_customer, own.health, own.quotes
        )
        self.may_see: Callable[[str], bool] = sees(reader_for(self.settings, own.reader))
        self.before = _memory(self.store)
        self.marks = remembered(self.before.marks, self.store.alerts(_before(self.now, _KEPT)))

    def add(self, held: Held, found: Appraisal) -> None:
        """Look at a ticket as it would be shown now."""
        key = str(held.ticket.id)
        low = lowest(self.before.lows, key, found.chance, self.now)
        if found.chance >= _FLOOR:
            self.lows[key] = low
        subject = of_ticket(held, found, self.now, self.levels, self.may_see, low.value)
        self._keep(subject)

    def add_all(self, rolled: Kept, incidents: Iterable[Incident]) -> None:
        """Look at accounts, incidents and the model."""
        for one in rolled.accounts:
            key = f"account {one.key}"
            best = lowest(self.before.lows, key, 100.0 - one.health, self.now)
            self.lows[key] = best
            self._keep(
                of_account(
                    one.key,
                    one.name,
                    one.health,
                    one.reasons,
                    100.0 - best.value,
                    self.levels,
                    worst=one.worst,
                    account=one.id,
                )
            )
        for one in incidents:
            if not one.over:
                self._keep(of_incident(one.id, one.told, len(one.accounts), one.commands()))
        self._keep(self._model())

    def _model(self) -> Subject:
        ran = next((run for run in self.store.runs(200) if run.kind == "learn" and run.ended), None)
        summary: Mapping[str, Any] = ran.summary if ran is not None else {}
        return of_model(str(summary.get("fallen_back") or ""), summary.get("warnings") or ())

    def _keep(self, subject: Subject | None) -> None:
        """Only what is worth telling, or was told before, takes memory."""
        if subject is not None and any(
            cause.value >= cause.on or key_of(subject, cause) in self.marks for cause in subject.causes
        ):
            self.subjects.append(subject)


def go_round(watch: Watch, send: Sender) -> dict[str, object]:
    """Send what is worth it now, hold the rest, and return the counts for the run's summary."""
    own, store, now = watch.settings.alerts, watch.store, watch.now
    counts = _Counts()
    marks = watch.marks
    awake = own.hours == "always" or is_open(watch.calendar, now)
    if awake:
        _send_again(store, own, now, send, counts)
    used = spent(store.alerts(_before(now, _KEPT)), _midnight(watch.calendar, now))
    teams = {*own.teams, *used, *(s.team for s in watch.subjects)}
    left = {team: own.budget_of(team) - used.get(team, 0) for team in teams}
    found = decide(watch.subjects, marks, now, left=left, budget=own.budget, awake=awake, again=own.again)
    marks = found.memory
    for row in found.over:
        store.set_alert(row, "closed")
    for notice in found.send:
        row = store.add_alert(_alert(notice, now, "new"))
        if notice.row:
            store.set_alert(notice.row, "closed")
        marks = after(marks, notice, now, row)
        _deliver(store, own, row, _alert(notice, now, "new"), send, counts)
    for notice in found.hold:
        row = notice.row or store.add_alert(_alert(notice, now, "held"))
        marks = after(marks, notice, now, row)
        counts.held += 1
    store.save_outlook(MEMORY, msgspec.to_builtins(_Remembered(marks, watch.lows)), now)
    return counts.summary(own)


@dataclass
class _Counts:
    sent: int = 0
    held: int = 0
    failed: int = 0
    partly: int = 0

    def summary(self, own: AlertSettings) -> dict[str, object]:
        found: dict[str, object] = {name: n for name in ("sent", "held") if (n := getattr(self, name))}
        if self.failed:
            found["failed"] = f"{self.failed} could not be sent; they are kept and sent again"
        if self.partly:
            found["partly"] = f"{self.partly} not taken by every address; `hub alerts test` says by which"
        if self.sent and not own.urls and not any(team.urls for team in own.teams.values()):
            found["note"] = "kept only: no addresses stand under [alerts] in hub.toml"
        return found


def _send_again(store: Store, own: AlertSettings, now: str, send: Sender, counts: _Counts) -> None:
    """Send what an earlier round kept and could not send, or died over."""
    for alert in store.alerts(_before(now, _KEPT), ["new"]):
        if alert.at < _before(now, _RETRIED):
            store.set_alert(alert.id, "held")
        else:
            _deliver(store, own, alert.id, alert, send, counts)


def _deliver(store: Store, own: AlertSettings, row: int, alert: Alert, send: Sender, counts: _Counts) -> None:
    """Send to every address. Taken by one of them, it is not sent again: that would be twice for some."""
    urls = own.urls_of(str(alert.body.get("team") or ""))
    took = [send(url, str(alert.body["title"]), str(alert.body["text"])) for url in urls]
    if urls and not any(took):
        counts.failed += 1
        return
    counts.partly += not all(took)
    store.set_alert(row, "sent")
    counts.sent += 1


# messages ---------------------------------------------------------------------------------------


def _alert(notice: Notice, now: str, state: AlertState) -> Alert:
    subject = notice.subject
    body = {
        "team": subject.team,
        "title": safe(subject.title),
        "why": safe("; ".join(cause.says for cause in notice.causes)),
        "text": safe(worded(notice)),
        "causes": {key_of(subject, cause): cause.news for cause in notice.causes},
        "rank": round(notice.rank, 1),
        "actions": list(subject.actions),
        "held": notice.held,
    }
    return Alert(notice.kind, now, subject.ticket, subject.account, state, body)


def worded(notice: Notice) -> str:
    """Return the message below its title: why now, what speaks for it, what to do."""
    subject = notice.subject
    lines = [f"Why now: {'; '.join(cause.says for cause in notice.causes)}."]
    lines += [f"  {why}" for why in subject.why]
    lines += [f"- {action}" for action in subject.actions]
    return "\n".join(lines)


def safe(text: str) -> str:
    """Return a text in which nothing of a customer's pings a channel or becomes a link."""
    return _PINGS.sub("@\u200b", text.translate(_SAFE))


def by_apprise(url: SecretStr, title: str, body: str) -> bool:
    """Send a message to an address. What `apprise` logs may show it: it is kept quiet."""
    quiet = logging.getLogger("apprise")
    before, quiet.disabled = quiet.disabled, True
    try:
        with warnings.catch_warnings():  # some of its hundred plugins import what Python lets go
            warnings.simplefilter("ignore")
            import apprise  # noqa: PLC0415  half a second: for those alone who send

            sender = cast("Any", apprise.Apprise())
            return bool(sender.add(url.get_secret_value())) and bool(sender.notify(body=body, title=title))
    except Exception:  # noqa: BLE001  a plugin's error may show its address
        return False
    finally:
        quiet.disabled = before


# what people ask --------------------------------------------------------------------------------


def listed(store: Store, now: str, days: int) -> list[dict[str, Any]]:
    """Return the alerts of the last days, the newest first."""
    found = store.alerts(_before(now, timedelta(days=days)))
    return [
        {
            "id": alert.id,
            "at": alert.at,
            "kind": alert.kind,
            "state": alert.state,
            "ticket": alert.ticket_id,
            "account": alert.account,
            **{name: alert.body.get(name, "") for name in ("team", "title", "why", "text", "held", "rank")},
            "actions": list(alert.body.get("actions") or ()),
        }
        for alert in sorted(found, key=lambda a: (a.at, a.id), reverse=True)
        if alert.state != "closed"
    ]


def acknowledged(store: Store, number: int) -> str:
    """Say that somebody deals with an alert; return what was done, in words."""
    try:
        store.set_alert(number, "acknowledged")
    except LookupError:
        raise Misconfigured(f"There is no alert {number}; `hub alerts` lists them.") from None
    return f"Alert {number}: somebody deals with it."


def sent_test(settings: Settings, send: Sender = by_apprise) -> list[Sent]:
    """Send one message to each address of `[alerts]`, and say which took it, without showing any."""
    own = settings.alerts
    named = [(f"address {n}", url) for n, url in enumerate(own.urls, 1)]
    for team, one in own.teams.items():
        named += [(f"address {n} of team {team}", url) for n, url in enumerate(one.urls, 1)]
    if not named:
        raise Misconfigured(
            'No addresses stand under [alerts] in hub.toml. Write urls = ["env:ALERTS_URL"], an address as '
            "apprise knows it: slack://…, msteams://…, mailto://…, json://…"
        )
    title, body = "A test of the hub's warnings", "If you can read this, warnings arrive here."
    found: list[Sent] = []
    for name, url in named:
        took = send(url, title, body)
        kind = url.get_secret_value().partition("://")[0]
        found.append(Sent(f"{name} ({kind}): {'took it' if took else 'did not take it'}", took))
    return found


# time -------------------------------------------------------------------------------------------


def is_open(calendar: Calendar, now: str) -> bool:
    """Return whether people are at work."""
    at = int(datetime.fromisoformat(now).timestamp())
    return calendar.between(at, at + 60) > 0


def _midnight(calendar: Calendar, now: str) -> str:
    """Return when today began, where the team is."""
    today = datetime.fromisoformat(now).astimezone(calendar.zone).date()
    return f"{datetime.fromtimestamp(calendar.midnight(today), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _before(now: str, span: timedelta) -> str:
    return f"{datetime.fromisoformat(now) - span:%Y-%m-%dT%H:%M:%SZ}"


def _memory(store: Store) -> _Remembered:
    snapshot = store.outlook(MEMORY)
    try:
        return _Remembered() if snapshot is None else msgspec.convert(snapshot.body, _Remembered)
    except msgspec.ValidationError as error:
        _log.warning(
            "what was kept of warnings cannot be used (%s); the kept alerts tell what was told", error
        )
        return _Remembered()

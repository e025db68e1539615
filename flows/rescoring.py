"""
`hub rescore`: follow the clock. What the open tickets show is held against what they would show now.

Twice through the open tickets, a page in memory at a time. First to look: texts that were not read yet, how
likely each one escalates this minute, who reports the same. From that come the outlook and the surroundings
of the next hours. Then to mark: each ticket is appraised as the next sync would, and is marked where its
score or what is told of it would move. Nothing is written to any side here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from flows.alerting import Sender, Watch, by_apprise, go_round
from flows.inline import new_run_id
from flows.learning import followed
from flows.outlooks import keep_outlook, keep_surroundings
from flows.past import Past, keep_past, kept_past, walk
from flows.rereading import Rereader, rereader
from flows.rollups import RollUps, keep_rollups
from flows.suggesting import voters
from flows.vitals_round import begun as begun_with
from flows.vitals_round import tended
from flows.wiring import Assembly
from hub.appraisal import Appraisal
from hub.appraise import Appraiser, Surroundings
from hub.attention import quantiles_of
from hub.canary import is_canary
from hub.derive import is_fixed
from hub.errors import HubError, unforeseen
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty
from hub.model import JIRA, TicketId
from hub.ports import Store
from hub.records import Held, RunRecord
from hub.suggest.incidents import Incident, incidents, told_on
from hub.suggest.rows import Near, Row, row_of
from hub.suggest.rules import RoutingRules
from hub.sync import Progress, silent

KIND = "rescore"
_PAGE = 250


@dataclass
class Looked:
    """What the first pass found on the open tickets, a line each."""

    chances: list[float] = field(default_factory=list[float])
    rows: list[Row] = field(default_factory=list[Row])
    near: dict[TicketId, tuple[Near, ...]] = field(default_factory=dict[TicketId, tuple[Near, ...]])


@dataclass
class Rescore:
    """One rescore. Its methods are the steps; `work` takes them in order."""

    assembly: Assembly
    reader: Rereader
    progress: Progress
    send: Sender = by_apprise
    counts: dict[str, int] = field(default_factory=dict[str, int])
    incidents: tuple[Incident, ...] = ()
    rollups: RollUps = field(default_factory=RollUps)
    alerts: dict[str, object] = field(default_factory=dict[str, object])

    def __post_init__(self) -> None:
        self.store: Store = self.assembly.store
        self.now = self.assembly.wires.now()
        self.issues: FieldMapping = self.assembly.schemas.mapping(JIRA)

    def work(self) -> None:
        """Look, renew what is foreseen by, and mark."""
        appraiser = self.assembly.appraiser()
        appraiser = replace(appraiser, outlook=followed(self.assembly, appraiser, self.now))
        past = self._past(appraiser.routing)
        looked = self._look(appraiser, past)
        outlook = replace(appraiser.outlook, quantiles=quantiles_of(looked.chances))
        keep_outlook(self.store, outlook, self.now)
        around = self._surroundings(looked, past, appraiser.routing)
        keep_surroundings(self.store, around, self.now)
        self._mark(replace(appraiser, outlook=outlook, surroundings=around), past)

    def _past(self, routing: RoutingRules) -> Past:
        past = kept_past(self.store, self.now)
        if past is None:
            self.progress("looking at solved tickets", 0, 0)
            most = self.assembly.settings.scoring.solved_tickets
            past = walk(self.store, self.now, most=most, usual=_known(routing))
            keep_past(self.store, past, self.now)
        return past

    # look ---------------------------------------------------------------------------------------

    def _look(self, appraiser: Appraiser, past: Past) -> Looked:
        looked, index = Looked(), past.likeness
        for page in self._pages("looking"):
            for held in self.reader.page(page).values():
                looked.chances.append(self._appraised(appraiser, held).chance)
                row = row_of(held.ticket)
                looked.rows.append(row)
                near = voters(index, row, appraiser.routing)
                if near:
                    looked.near[held.ticket.id] = near
        return looked

    def _surroundings(self, looked: Looked, past: Past, routing: RoutingRules) -> Surroundings:
        since = f"{datetime.fromisoformat(self.now) - _known(routing):%Y-%m-%dT%H:%M:%SZ}"
        current = {row.id for row in looked.rows}
        before = [row for row in past.recent if row.id not in current]
        rows = [row for row in (*before, *looked.rows) if row.at >= since]
        self.incidents = incidents(rows, self.now, routing.incidents)
        going_on = [one for one in self.incidents if not one.over]
        self.counts["incidents"] = len(going_on)
        return Surroundings(told_on(self.incidents), looked.near)

    # mark ---------------------------------------------------------------------------------------

    def _mark(self, appraiser: Appraiser, past: Past) -> None:
        """Mark what would move, no more at once than half of what one run may change."""
        room = max(self.assembly.rules.policy.limits.touch // 2 - len(self.store.dirty(100_000)), 0)
        self.rollups = RollUps(dict(past.rolled))
        watch = Watch(self.assembly.settings, self.store, self.now, appraiser.sla.uses.default)
        for page in self._pages("scoring"):
            moved: list[TicketId] = []
            for ticket, held in page.items():
                found = self._appraised(appraiser, held)
                self.rollups.add(held, found)
                watch.add(held, found)
                if not held.dirty and would_move(held, found):
                    moved.append(ticket)
            self._count("moved", len(moved))
            self.store.make_dirty(moved[:room])
            self._count("marked", len(moved[:room]))
            room -= len(moved[:room])
        kept = keep_rollups(self.store, self.rollups, self.assembly.rules.scoring.health, self.now)
        watch.add_all(kept, self.incidents)
        self.alerts = go_round(watch, self.send)

    def _appraised(self, appraiser: Appraiser, held: Held) -> Appraisal:
        return appraiser(held, held.ticket, self.now, fixed=is_fixed(self.issues, held.links))

    def _pages(self, what: str) -> Iterator[Mapping[TicketId, Held]]:
        """Yield the open tickets, and tell at each page that this run is alive."""
        after, done = "", 0
        while ids := self.store.open_tickets(_PAGE, after):
            after = ids[-1]
            self.store.stage_observations((), self.assembly.wires.now())  # renews the lease
            page = {t: held for t, held in self.store.load(ids).items() if not is_canary(held.ticket)}
            yield page
            done += len(page)
            self.progress(what, done, 0)
        self.counts["tickets"] = done

    def _count(self, name: str, many: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + many


def run_rescore(assembly: Assembly, progress: Progress | None = None, send: Sender = by_apprise) -> RunRecord:
    """
    Score all open tickets anew, record it as a run, and return the record.

    Raises `StoreInUse` where another run is at work; what else goes wrong is in the record.
    """
    begun = time.perf_counter()
    store = assembly.store
    record = RunRecord(new_run_id(), KIND, assembly.wires.now())
    with store.lease(f"hub {KIND} {record.id}"):
        store.begin_run(record)
        begun_with(assembly, record)
        summary: dict[str, object] = {"error": "it broke off"}
        state = "failed"
        try:
            with rereader(assembly.settings, store, assembly.wires) as reader:
                rescore = Rescore(assembly, reader, progress or silent, send)
                rescore.work()
            summary = _summary(rescore)
            wanting = reader.troubles or summary.get("left") or {"failed", "partly"} & rescore.alerts.keys()
            state = "attention" if wanting else "clean"
        except HubError as failed:
            summary = {"error": str(failed)}
        except (Exception, KeyboardInterrupt) as bug:
            summary = {"error": unforeseen(bug)}
            raise
        finally:
            summary["seconds"] = round(time.perf_counter() - begun, 3)
            ended = RunRecord(record.id, KIND, record.started, assembly.wires.now(), state, summary)
            store.end_run(ended)
    tended(assembly, ended, send)
    return ended


def _summary(rescore: Rescore) -> dict[str, object]:
    counts = rescore.counts
    moved, marked = counts.get("moved", 0), counts.get("marked", 0)
    found: dict[str, object] = {
        "tickets": counts.get("tickets", 0),
        "marked": marked,
        "incidents": counts.get("incidents", 0),
        "texts_read": dict(rescore.reader.read),
    }
    waits = {"left": moved - marked, "texts_waiting": rescore.reader.waiting}
    found |= {name: many for name, many in waits.items() if many}
    found |= {"alerts": rescore.alerts} if rescore.alerts else {}
    return found | ({"troubles": rescore.reader.troubles} if rescore.reader.troubles else {})


def would_move(held: Held, found: Appraisal) -> bool:
    """Return whether a sync would show something else on this ticket than it does now."""
    if held.score != found.score:
        return True
    ticket = held.ticket
    return any(
        ticket.get(name) != value and not (empty(value) and empty(ticket.get(name)))
        for name, value in found.registers.items()
    )


def _known(routing: RoutingRules) -> timedelta:
    """How far back the words of tickets are looked at for incidents."""
    return routing.incidents.usual + 2 * routing.incidents.window

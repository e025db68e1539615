"""One chaos run: begin, storm, calm, reckon."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ledger import Ledger, Story, Typed
from tests.chaos.people import People
from tests.chaos.plan import GROUP, Act, Plan
from tests.chaos.promises import reckon
from tests.chaos.reckoning import Reckoning
from tests.chaos.sight import EXACT, FIELDS
from tests.chaos.stage import House
from tests.chaos.storms import LONGEST, Blown, Storms

GRACE = 16 * 60
"""Seconds after which a mail in doubt is settled, one way or the other: let pass at once, for everybody."""
PEOPLE = 6
"""Threads of people: each has groups of tickets of its own, so that what happens to one ticket keeps its order."""
QUIET_RUNS = 3
LONGEST_CALM = 900.0
HOPELESS = 25
"""So many runs that failed one after the other, in calm: nothing will come of waiting longer."""

Tell = Callable[[str], None]


@dataclass
class Result:
    """What came of a run."""

    plan: Plan
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    reckoning: Reckoning = field(default_factory=Reckoning)
    blown: list[Blown] = field(default_factory=list[Blown])
    runs: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    deaths: dict[str, int] = field(default_factory=dict[str, int])
    peak: int = 0
    """Of any worker, in MB."""
    first_peak: int = 0
    """The same at the end of the first sync."""
    lasted: list[float] = field(default_factory=list[float])
    """Seconds that each run took."""
    figures: dict[str, Any] = field(default_factory=dict[str, Any])


class Chaos:
    """A run. `rate`: acts a second."""

    def __init__(self, plan: Plan, house: House, rate: float, tell: Tell) -> None:
        self.plan, self.house, self.rate, self.tell = plan, house, rate, tell
        self.ledger = Ledger([Story(birth) for birth in plan.births])
        self.people = People(house, self.ledger)
        self.storms = Storms(house)
        self.result = Result(plan, blown=self.storms.blown)
        self._waiting: list[Blown] = []
        self._failed: list[BaseException] = []

    def run(self) -> Result:
        for name, step in (
            ("begin", self.begin), ("storm", self.storm), ("calm", self.calm), ("reckon", self.reckon),
        ):  # fmt: skip
            began = time.monotonic()
            step()
            self.result.seconds[name] = round(time.monotonic() - began, 1)
            self.tell(f"{name}: {self.result.seconds[name]} s")
        return self.result

    # begin ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open the tickets, and bring them everywhere."""
        self.people.begin()
        self.house.start_all()
        self._until_quiet("first sync")
        self.people.take_on()
        self._until_quiet("every ticket is taken on")
        self.result.first_peak = self.result.peak

    def _until_quiet(self, why: str, runs: int = QUIET_RUNS, within: float = LONGEST_CALM) -> None:
        """Wait until so many runs, begun after each other, had nothing to do."""
        deadline = time.monotonic() + within
        quiet, told, hopeless = 0, time.monotonic(), 0
        since = time.time()
        while quiet < runs:
            for news in sorted(self._news(), key=lambda it: it["begun"]):
                if news["begun"] < since or news["state"] == "in use":
                    continue
                ok = news["state"] in ("clean", "attention") and not news["writes"] and not news["observed"]
                quiet = quiet + 1 if ok else 0
                hopeless = hopeless + 1 if news["state"] in ("failed", "stopped") else 0
                since = news["ended"] if not ok else since
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.tell(f"  {why}: {self._state()}")
            if hopeless > HOPELESS:
                error = self.house.workers[0].told[-1]["error"]
                self.result.reckoning.broken(
                    "goes_quiet", "all", f"{hopeless} runs failed after: {why}: {error}"
                )
                return
            if time.monotonic() > deadline:
                self.result.reckoning.broken(
                    "goes_quiet", "all", f"still at work {within:.0f} s after: {why}"
                )
                return
            if quiet >= runs and self._waits():
                quiet, since = 0, time.time()  # one counts what waits, and the others find nothing to do
            self._keep_alive()
            time.sleep(0.3)

    def _waits(self) -> bool:
        """Whether anything waits in the inbox, or nobody can say."""
        return self._down() or any(self.house.store.inbox_size().values())

    def _state(self) -> str:
        last = [worker.told[-1] for worker in self.house.workers if worker.told]
        shown = ", ".join(
            f"{it['state']} {it.get('writes', 0)} {it.get('error', '')[:70]}".strip() for it in last
        )
        return f"{dict(self.house.store.inbox_size()) if not self._down() else 'database down'}; {shown}"

    def _down(self) -> bool:
        database = self.house.database
        if database is None:
            return False
        try:
            _ = database.ask("select 1")
        except Exception:  # noqa: BLE001  whatever it is: it does not answer
            return True
        return False

    def _news(self) -> list[dict[str, Any]]:
        found = [news for worker in self.house.workers for news in worker.news()]
        for news in found:
            self.result.runs[news["state"]] += 1
            self.result.peak = max(self.result.peak, news["peak"])
            if news["state"] != "in use":
                self.result.lasted.append(news["ended"] - news["begun"])
            if news["state"] == "failed":
                self.result.errors[_kind_of(news["error"])] += 1
        return found

    def _keep_alive(self) -> None:
        for worker in self.house.workers:
            if worker.is_dead():
                worker.start(self.house.log)
        if self.house.receiver.is_dead():
            self.house.receiver.start(self.house.log)

    # storm ------------------------------------------------------------------------------------------

    def storm(self) -> None:
        """People act at their pace, faults begin with their acts; until every act is done."""
        queues: list[list[Act]] = [[] for _ in range(PEOPLE)]
        for act in self.plan.acts:
            queues[act.story // GROUP % PEOPLE].append(act)
        began = time.monotonic()
        threads = [threading.Thread(target=self._busy, args=(queue, began), daemon=True) for queue in queues]
        for thread in threads:
            thread.start()
        storms = list(self.plan.storms)
        told = time.monotonic()
        while any(thread.is_alive() for thread in threads) or storms:
            while storms and (storms[0].at <= self.ledger.done or not any(t.is_alive() for t in threads)):
                self.storms.begin(storms.pop(0))
            self._watch()
            if time.monotonic() - told > 30:
                told = time.monotonic()
                self.tell(
                    f"  {self.ledger.done} of {len(self.plan.acts)} acts, {len(self.storms.blown)} faults; {self._state()}"
                )
            time.sleep(0.1)
        if self._failed:
            raise self._failed[0]

    def _busy(self, queue: list[Act], began: float) -> None:
        try:
            for act in queue:
                early = began + act.number / self.rate - time.monotonic()
                if early > 0:
                    time.sleep(early)
                self.people.act(act)
        except BaseException as error:  # noqa: BLE001  told by the main thread
            self._failed.append(error)

    def _watch(self) -> None:
        """End what is over, and see who has recovered."""
        _ = self.storms.tick()
        fresh = [b for b in self.storms.blown if b.ended and not b.followed]
        for blown in fresh:
            blown.probes, blown.followed = self._typed_last(), True
            self._waiting.append(blown)
        news = self._news()
        now = time.time()
        for blown in list(self._waiting):
            self._recovers(blown, news, now)

    def _recovers(self, blown: Blown, news: list[dict[str, Any]], now: float) -> None:
        if blown.good_run is None:
            good = [
                n["ended"] for n in news
                if n["begun"] >= blown.ended and n["state"] in ("clean", "attention")
                and blown.storm.where not in n["down"]
            ]  # fmt: skip
            if good:
                blown.good_run = round(min(good) - blown.ended, 2)
        if blown.no_lag is None:
            with self.house.lock:
                blown.probes = [probe for probe in blown.probes if not self._is_everywhere(*probe)]
            if not blown.probes:
                blown.no_lag = round(now - blown.ended, 2)
        if (blown.good_run is not None and blown.no_lag is not None) or now - blown.ended > LONGEST:
            self._waiting.remove(blown)

    def _typed_last(self) -> list[tuple[Story, Typed]]:
        """What people typed last, before the end of a fault: it shows when the lag is gone."""
        last = [
            (story.typed[-1].at, story.number, story) for story in self.ledger.stories
            if story.birth.fate == "plain" and story.typed and story.typed[-1].register in EXACT
        ]  # fmt: skip
        return [(story, story.typed[-1]) for _, _, story in sorted(last, key=lambda one: one[:2])[-3:]]

    def _is_everywhere(self, story: Story, typed: Typed) -> bool:
        """Whether every side shows the same there; what was typed over since tells nothing any more."""
        if any(later.at > typed.at and later.register == typed.register for later in story.typed):
            return True
        sight, register = self.people.sight, typed.register
        there = [(side, sight.on(side, story.number)) for side in FIELDS[register]]
        return len({sight.shows(side, register, it) for side, it in there if it is not None}) <= 1

    # calm -------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """No faults, right clocks; what is in doubt is waited for; once what `hub reconcile` does; then quiet."""
        self.storms.calm()
        if self._down() and self.house.database is not None:
            self.house.database.start()
        self.house.start_all()
        deadline = time.monotonic() + 90
        while self._waiting and time.monotonic() < deadline:
            self._watch()
            self._keep_alive()
            time.sleep(0.2)
        self._until_quiet("calm returns")
        for _ in range(6):
            # What a worker asked for whose clock was ahead is awaited until then: docs/limits.md.
            if not (self._mails_in_doubt() or self.house.store.dirty(1)):
                break
            self.house.shift(GRACE)
            self._until_quiet("what is in doubt is settled")
        self._reconcile()
        self._until_quiet("after the nightly look at everything")

    def _mails_in_doubt(self) -> int:
        found = self._ask("select count(*) from outbox where state in ('pending', 'sending', 'unknown')")
        return int(found[0][0])

    def _ask(self, statement: str) -> list[Any]:
        from sqlalchemy import text  # noqa: PLC0415

        with self.house.store.reading() as connection:
            return list(connection.execute(text(statement)))

    def _reconcile(self) -> None:
        first, *others = self.house.workers
        for worker in others:
            worker.kill()
        since = time.time()
        first.order(kind="reconcile")
        deadline = time.monotonic() + LONGEST_CALM
        while time.monotonic() < deadline:
            done = [n for n in self._news() if n["begun"] >= since and n.get("kind") == "reconcile"]
            if done:
                self.result.figures["written by the nightly look at everything"] = done[0]["writes"]
                break
            if first.is_dead():
                first.start(self.house.log)
            time.sleep(0.2)
        first.order(kind="sync")
        self._keep_alive()

    # reckon -----------------------------------------------------------------------------------------

    def reckon(self) -> None:
        """Look at everything from the outside, after some runs in which nothing may happen."""
        self._goes_quiet()
        self.house.stop_hubs()
        with self.house.lock:
            self.people.sight.look_around()
            reckon(self.result.reckoning, self.house, self.people.sight, self.ledger, self._ask)
        self.result.skipped = self.ledger.skipped
        self.result.deaths = {p.name: p.deaths for p in (*self.house.workers, self.house.receiver)}
        for blown in self._waiting:
            self.result.reckoning.note(f"{blown.storm.kind}: no recovery was seen within {LONGEST:.0f} s")

    def _goes_quiet(self) -> None:
        """Six more runs: nothing moves on any side, no mail leaves, no conflict is recorded."""
        before, since = self._stamps(), time.time()
        while (
            sum(
                1 for w in self.house.workers for n in w.told if n["begun"] > since and n["state"] != "in use"
            )
            < 6
        ):
            _ = self._news()
            self._keep_alive()
            time.sleep(0.1)
        after = self._stamps()
        self.result.reckoning.counts["goes_quiet"] += len(after)
        moved = [where for where in after if after[where] != before.get(where)]
        for where in moved[:20]:
            self.result.reckoning.broken(
                "goes_quiet", where, f"after calm: {before.get(where)} became {after[where]}"
            )

    def _stamps(self) -> dict[str, Any]:
        """When each replica changed last, and how much else there is that a run could add to."""
        house, org = self.house, self.house.salesforce.state
        with house.lock:
            found: dict[str, Any] = {
                f"ticket {n}": it.updated for n, it in house.zendesk.state.tickets.items()
            }
            found |= {f"issue {it.key}": it.updated for it in house.jira.state.issues.values()}
            for kind in ("Case", "Account", "CaseComment"):
                found |= {f"{kind} {key}": row["SystemModstamp"] for key, row in org.rows[kind].items()}
            found["mails sent"] = house.sandbox.calls["email"].endpoints["SMTP MESSAGE"]
            found["files on Cases"] = len(org.rows["ContentVersion"])
        found["conflicts"] = len(house.store.conflicts(only_open=False))
        found["parked"] = len(house.store.parked())
        return found


def _kind_of(error: str) -> str:
    """Name an error without what differs from one time to the next."""
    words = [w for w in error.replace("\n", " ").split() if not any(c.isdigit() for c in w)]
    return " ".join(words)[:90]

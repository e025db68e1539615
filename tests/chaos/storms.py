"""Faults, made and ended: of processes, of the database, of vendors, of webhooks, clocks and mail servers."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from sandbox.faults import Fate, Fault, Rule
from sandbox.outbox import SETTINGS
from tests.chaos.plan import OUTAGE, Storm
from tests.chaos.stage import House

End = Callable[[], object]
LINGERS = 30.0
"""Seconds by which a fault that has struck nothing yet goes on: it may have begun while every worker was dead."""
LONGEST = 240.0
"""Seconds after which a recovery is not waited for any more: it is then told as not seen."""
JUMP = (25.0, 180.0)
"""Seconds by which the vendors' clock, and a worker's clock, jump."""

FATES: dict[str, Fault] = {
    "vendor down (503)": Fault(Fate.FAIL, seconds=1),
    "vendor down (connections die)": Fault(Fate.LOST_BEFORE),
    "vendor's edge answers HTML (502)": Fault(Fate.HTML),
    "429 storm": Fault(Fate.THROTTLE),
    "calls of the day are spent (403)": Fault(Fate.THROTTLE),
    "slow answers": Fault(Fate.SLOW, seconds=0.5),
    "no room at the vendor (507)": Fault(Fate.FULL),
    "IMAP connections cut": Fault(Fate.LOST),
    "SMTP answers lost after the mail was taken": Fault(Fate.LOST),
    "SMTP connections cut before": Fault(Fate.LOST_BEFORE),
    "SMTP puts mails off": Fault(Fate.FAIL),
}
OF_WRITES: dict[str, Fault] = {
    "answers lost after the effect": Fault(Fate.LOST),
    "requests lost before the effect": Fault(Fate.LOST_BEFORE),
}
WEBHOOKS = {
    "webhooks twice": ("webhook_duplicates", True),
    "webhooks out of order": ("webhook_reorder", True),
    "webhooks lost": ("webhook_lost", 0.7),
}


@dataclass
class Blown:
    """One fault that was made: when it ended, what it hit, and how long it took until all was well."""

    storm: Storm
    began: float
    ended: float = 0.0
    hits: int = 0
    """Requests, deliveries, connections or processes that it struck."""
    struck: Callable[[], int] | None = None
    """Counts while it blows; None: it strikes as it begins."""
    good_run: float | None = None
    """Seconds from its end to the end of the first good run that began after it."""
    no_lag: float | None = None
    """Seconds from its end until what was typed before stood on every side."""
    probes: list[Any] = field(default_factory=list[Any])
    followed: bool = False


class Storms:
    """Makes faults. One thread begins them; what ends later is ended by `tick`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.blown: list[Blown] = []
        self._open: list[tuple[float, Blown, End]] = []
        self._lock = threading.RLock()
        self._clocks = 0.0

    def begin(self, storm: Storm) -> None:
        with self._lock:
            blown = Blown(storm, time.time())
            end = self._make(storm, blown)
            self.blown.append(blown)
            self._open.append((time.monotonic() + storm.lasts, blown, end))
            if not storm.lasts:
                self.tick()

    def tick(self) -> list[Blown]:
        """End what is over; return what has ended just now."""
        with self._lock:
            now = time.monotonic()
            over = [one for one in self._open if _is_over(one[0], one[1], now)]
            self._open = [one for one in self._open if one not in over]
            for _, blown, end in over:
                end()
                blown.hits = blown.struck() if blown.struck else blown.hits
                blown.struck, blown.ended = None, time.time()
            return [blown for _, blown, _ in over]

    def calm(self) -> None:
        """End everything, and set every clock right."""
        with self._lock:
            self._open = [(-LINGERS, blown, end) for _, blown, end in self._open]
            _ = self.tick()
        with self.house.lock:
            for faults in self.house.sandbox.faults.values():
                faults.clear()
        for worker in self.house.workers:
            worker.order(ahead=self._clocks)

    # making ---------------------------------------------------------------------------------------

    def _make(self, storm: Storm, blown: Blown) -> End:
        kind = storm.kind
        if kind.startswith("kill"):
            return self._kills(storm, blown)
        if kind.startswith("database"):
            return self._database(storm, blown)
        if kind.startswith("clock"):
            return self._clock(storm, blown)
        if kind in WEBHOOKS:
            return self._webhooks(storm, blown)
        if kind in FATES or kind in OF_WRITES:
            return self._fate(storm, blown)
        with self.house.lock:
            blown.hits = 1
            if kind == "tokens expired":
                self.house.salesforce.expire_tokens()
            else:
                self.house.email.person("new_uidvalidity")
        return _nothing

    def _kills(self, storm: Storm, blown: Blown) -> End:
        house = self.house
        if storm.kind.endswith("hub serve"):
            killed = [house.receiver]
        elif "every" in storm.kind:
            killed = list(house.workers)
        else:
            killed = [house.workers[int(storm.where) % len(house.workers)]]
        for process in killed:
            process.kill()
        blown.hits = len(killed)
        return lambda: [process.start(house.log) for process in killed if process.is_dead()]

    def _database(self, storm: Storm, blown: Blown) -> End:
        database = self.house.database
        if database is None:
            return _nothing
        blown.hits = 1
        try:
            match storm.kind.partition(": ")[2]:
                case "stopped at once, recovered":
                    database.stop_at_once()
                    return database.start
                case "kill -9 of the server":
                    database.kill()
                    return database.start
                case "kill -9 of a connection's process":
                    database.kill_one()
                case "all connections cut":
                    database.cut()
                case _:
                    database.takes_writes(False)
                    return self._writes_again
        except (psycopg.OperationalError, subprocess.CalledProcessError, FileNotFoundError):
            blown.hits = 0  # it lies down already, by another fault
        return _nothing

    def _writes_again(self) -> None:
        """Until it is done: the server itself may just have been killed."""
        assert self.house.database is not None
        deadline = time.monotonic() + 30
        while True:
            try:
                self.house.database.takes_writes(True)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _clock(self, storm: Storm, blown: Blown) -> End:
        blown.hits = 1
        everybody, one = JUMP
        if "vendors" in storm.kind:
            with self.house.lock:
                self.house.sandbox.clock.advance(everybody)
            self._clocks += everybody

            def follow() -> None:
                for worker in self.house.workers:
                    worker.order(ahead=self._clocks)

            return follow
        worker = self.house.workers[int(storm.where) % len(self.house.workers)]
        worker.order(ahead=self._clocks + (one if "ahead" in storm.kind else -one))
        return lambda: worker.order(ahead=self._clocks)

    def _webhooks(self, storm: Storm, blown: Blown) -> End:
        name, value = WEBHOOKS[storm.kind]
        settings = self.house.sandbox.parties[storm.where].settings
        calm, misled = SETTINGS[name], self.house.outboxes[storm.where].misled
        settings[name], before = value, misled[name]
        blown.struck = lambda: misled[name] - before

        def end() -> None:
            settings[name] = calm

        return end

    def _fate(self, storm: Storm, blown: Blown) -> End:
        writes = storm.kind in OF_WRITES
        fault = OF_WRITES[storm.kind] if writes else FATES[storm.kind]
        mail = storm.where.split()[0] in ("IMAP", "SMTP")
        faults = self.house.sandbox.faults["email" if mail else storm.where]
        endpoint = storm.where if mail else "*"
        with self.house.lock:
            rule = faults.always(fault, endpoint=endpoint, writes=writes, probability=storm.share)
        blown.struck = lambda: rule.hits

        def end() -> None:
            with self.house.lock:
                faults.rules[:] = [one for one in faults.rules if one is not rule]

        return end


def _is_over(ends: float, blown: Blown, now: float) -> bool:
    """Tell whether a fault has lasted its time, and struck at least once."""
    return ends <= now and (blown.struck is None or blown.struck() > 0 or ends + LINGERS <= now)


def _nothing() -> None: ...


__all__ = ["LONGEST", "OUTAGE", "Blown", "Rule", "Storms"]

"""
One worker: a process of its own that does what `hub sync` does, again and again, until it is killed.

`python -m tests.chaos.worker HUB.TOML ORDERS OUT`. `ORDERS` is a file that may change at any moment:
`{"ahead": seconds, "pause": seconds, "kind": "sync"}`; `ahead` is how far this machine's clock is off. What
each run came to is one JSON line in `OUT`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from connectors import daily
from connectors.budget import zendesk_budget
from flows import connecting
from flows.inline import run_sync
from flows.wiring import Wires, assemble
from hub.errors import HubError, StoreInUse
from hub.settings import load
from hub.store import budget_rules
from tests.world import writes

SCALED = 10.0
"""Seconds for which a vendor is left alone whose calls of the day are spent: a quarter of an hour, scaled."""


class Orders:
    """What the driver wants of this worker just now."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __getitem__(self, name: str) -> Any:
        return json.loads(self._file.read_text())[name]

    def wall(self) -> float:
        return time.time() + float(self["ahead"])

    def now(self) -> str:
        return datetime.fromtimestamp(self.wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_once(config: Path, orders: Orders) -> dict[str, Any]:
    """Do one run as a new process would: settings, store and connectors are opened anew."""
    try:
        with assemble(load(config), Wires(now=orders.now, wall=orders.wall)) as assembly:
            record = run_sync(assembly, orders["kind"])
    except StoreInUse as busy:
        return {"state": "in use", "error": str(busy)}
    except HubError as failed:
        return {"state": "failed", "error": f"{type(failed).__name__}: {failed}"}
    summary: Any = record.summary
    return {
        "state": record.state,
        "run": record.id,
        "kind": record.kind,
        "writes": writes(record),
        "observed": sum(summary["observed"].values()),
        "error": summary.get("error", ""),
        "down": summary["down"],
        "parked": summary["parked"],
        "conflicts": summary["conflicts"],
        "waiting": summary["waiting"],
    }


def peak() -> int:
    """Return the most memory that this process ever had, in MB (`ru_maxrss` would be its parent's, too)."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text("utf-8")) if status.exists() else None
    return int(found[1]) // 1024 if found else 0


def scale() -> None:
    """Minutes last seconds here: what vendors count by the minute is left to what their answers state."""
    daily.LOOK_AGAIN = SCALED
    budget_rules.DAY_SPAN = SCALED / 2  # what a killed worker had been granted comes free in the same scale
    connecting.zendesk_budget = partial(zendesk_budget, documented=False)


def main(config: Path, orders: Orders, out: Path) -> None:
    with out.open("a", encoding="utf-8", buffering=1) as told:
        while True:
            begun = time.time()
            came = run_once(config, orders)
            told_now = {"begun": begun, "ended": time.time(), "peak": peak(), **came}
            _ = told.write(json.dumps(told_now) + "\n")
            time.sleep(float(orders["pause"]))


if __name__ == "__main__":
    scale()
    main(Path(sys.argv[1]), Orders(Path(sys.argv[2])), Path(sys.argv[3]))

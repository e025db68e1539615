"""
What a look at the hub's health costs: a store of 20,000 tickets, then `/metrics` again and again.

    python bench/vitals_cost.py [TICKETS] [DATABASE_URL]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from typing import Any

from flows.vitals import health_of
from flows.vitals_metrics import exposition
from hub.model import JIRA, SALESFORCE, ZENDESK, Origin, System, Ticket, TicketId
from hub.records import Conflict, Decision, Loss, RunRecord
from hub.replica import Link, RemoteId
from hub.settings import Settings
from hub.store import open_store

AT = "2026-03-02T09:00:00Z"
PAGE = 1_000
LOOKS = 30


def decision(number: int) -> Decision:
    """A ticket of usual size with three replicas, two losses, and now and then a conflict."""
    ticket_id = TicketId(f"zendesk:{number}")
    registers: dict[str, Any] = {f"custom.field_{n}": "some words " * 4 for n in range(40)}
    origins = {name: Origin(ZENDESK, AT, "r") for name in registers}
    links = tuple(
        Link(ticket_id, system, RemoteId(f"{system}-{number}"), label=f"#{number}")
        for system in (ZENDESK, JIRA, SALESFORCE)
    )
    losses = tuple(Loss(ticket_id, JIRA, f"r{n}", "cut", "cut to 255 characters") for n in range(2))
    conflict = Conflict(ticket_id, "priority", "high", {System("jira"): "low"}, at=AT)
    conflicts = (conflict,) if not number % 40 else ()
    return Decision(
        ticket=Ticket(ticket_id, registers=registers, origins=origins),
        links=links, score=None, conflicts=conflicts, losses=losses, operations=(), dirty=number % 100 == 0,
    )  # fmt: skip


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3"
    store = open_store(url)
    for start in range(1, many + 1, PAGE):
        numbers = range(start, min(start + PAGE, many + 1))
        _ = store.commit([decision(n) for n in numbers], (), "r", AT)
    for n in range(5_000):
        counts = {"zendesk": n, "jira": n, "salesforce": n}
        summary: dict[str, object] = {"seconds": 1.0, "calls": counts, "observed": counts, "written": counts}
        store.end_run(RunRecord(f"r{n:06}", "sync", AT, AT, "clean", summary))
    settings = Settings(
        zendesk={"url": "https://a.zendesk.com"}, jira={"url": "https://a.atlassian.net"}  # type: ignore[arg-type]
    )
    for name, look in (
        ("look", lambda: health_of(store, settings)),
        ("/metrics", lambda: exposition(health_of(store, settings))),
    ):
        times: list[float] = []
        for _ in range(LOOKS):
            begun = time.process_time()
            _ = look()
            times.append((time.process_time() - begun) * 1000)
        median, worst = statistics.median(times), max(times)
        print(f"{many} tickets, {name}: CPU median {median:.1f} ms, worst {worst:.1f} ms")
    store.close()


if __name__ == "__main__":
    main()

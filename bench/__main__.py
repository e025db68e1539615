"""`python -m bench [NAME …]`: measure, and print the figures as Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from bench import (
    changes,
    cpu,
    fanout,
    feedback,
    fleet,
    initial,
    limits,
    load,
    load_taking,
    load_webhooks,
    mail,
    mail_bounces,
    mail_parsing,
    mail_quotes,
    rescoring,
    risk,
    salesforce,
    scoring,
    sizing,
    suggest,
)
from bench.sentiment import __main__ as sentiment


def main() -> None:
    """Measure what was asked for, by default everything."""
    benches: dict[str, Callable[[argparse.Namespace], Iterable[str]]] = {
        "limits": lambda _: limits.run(),
        "cpu": lambda it: cpu.run(it.tickets or 1000, it.comments),
        "initial": lambda it: initial.run(it.tickets or 10_000, it.comments),
        "changes": lambda it: changes.run(it.tickets or 50_000, 1),
        "salesforce": lambda it: salesforce.run(it.tickets or 20_000),
        "mail": lambda it: mail.run(it.tickets or 100_000),
        "mail-bounces": lambda _: mail_bounces.run(),
        "mail-quotes": lambda _: mail_quotes.run(),
        "mail-parsing": lambda _: mail_parsing.run(),
        "risk": lambda _: risk.run(),
        "scoring": lambda it: scoring.run(it.tickets or 1000),
        "suggest": lambda it: suggest.run(it.tickets or 50_000),
        "sentiment": lambda _: sentiment.figures(),
        "rescore": lambda it: rescoring.run(it.tickets or 10_000, it.comments),
        "feedback": lambda _: feedback.run(),
        "fanout": lambda it: fanout.run(it.tickets or 5000),
        "fleet": lambda _: fleet.run(),
        "load": lambda it: load.run(
            it.tickets or 6000, it.rate, it.minutes * 60, it.workers, it.every, it.pause
        ),
        "taking": lambda _: load_taking.run(),
        "webhooks": lambda it: load_webhooks.run(it.tickets or 1000),
        "sizing": lambda _: sizing.run(),
    }
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    _ = parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(benches)}; default: all")
    _ = parser.add_argument("--tickets", type=int, help="instead of each benchmark's own number")
    _ = parser.add_argument(
        "--comments", type=int, default=2, help="of each ticket, its description included"
    )
    _ = parser.add_argument("--rate", type=float, default=42.0, help="of `load`: changes a second")
    _ = parser.add_argument("--minutes", type=float, default=60.0, help="of `load`")
    _ = parser.add_argument("--pause", type=float, default=0.0, help="of `load`: seconds, once")
    _ = parser.add_argument("--every", type=float, default=7.0, help="of `load`: seconds between runs")
    _ = parser.add_argument("--workers", type=int, default=3, help="of `load`, on PostgreSQL")
    if sys.argv[1:2] == ["sentiment"] and len(sys.argv) > 2:  # it has commands of its own
        sentiment.main(sys.argv[2:])
        return
    given = parser.parse_args()
    unknown = set(given.names) - benches.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benches)}")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores",
        flush=True,
    )
    for name in given.names or benches:
        begun = time.perf_counter()
        print()
        for line in benches[name](given):
            print(line, flush=True)
        print(f"\n({name} took {time.perf_counter() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()

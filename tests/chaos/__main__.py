"""
`python -m tests.chaos`: people on four sides, workers, a database; everything goes wrong; then calm.

The seed is printed first. The same seed and sizes give the same acts and the same faults at the same acts; what
cannot be repeated is the timing within: which request a fault hits, and how far a run was when it died.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from tests.chaos import report
from tests.chaos.plan import plan
from tests.chaos.postgres import programs
from tests.chaos.run import Chaos
from tests.chaos.stage import House

RATE = 15.0
"""Acts a second, where no time is given."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    _ = parser.add_argument(
        "--seed", type=int, default=None, help="of acts and faults (default: drawn, and told)"
    )
    _ = parser.add_argument("--tickets", type=int, default=2000)
    _ = parser.add_argument("--edits", type=int, default=20_000)
    _ = parser.add_argument("--workers", type=int, default=3)
    _ = parser.add_argument(
        "--minutes", type=float, default=None, help="for people's acts (default: 15 acts a second)"
    )
    _ = parser.add_argument("--faults", type=float, default=0.75, help="for every hundred acts")
    _ = parser.add_argument("--store", choices=("postgresql", "sqlite"), default=None)
    _ = parser.add_argument("--out", type=Path, default=None, help="folder for chaos.json and chaos.md")
    _ = parser.add_argument("--document", type=Path, default=None, help="Markdown file that shows the table")
    given = parser.parse_args(argv)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    postgresql = given.store == "postgresql" or (given.store is None and programs() is not None)
    workers = given.workers if postgresql else 1
    if not postgresql:
        tell(
            "NO POSTGRESQL: one worker on SQLite; nothing is said here of many workers or of a database that dies"
        )
    rate = given.edits / (given.minutes * 60) if given.minutes else RATE
    made = plan(seed, given.tickets, given.edits, workers, storms=given.faults, postgresql=postgresql)
    again = (
        f"python -m tests.chaos --seed {seed} --tickets {given.tickets} --edits {given.edits} "
        f"--workers {given.workers} --faults {given.faults:g} --minutes {given.edits / rate / 60:.1f}"
    )
    _ = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    tell(f"seed {seed}: {again}")
    tell(
        f"{len(made.births)} tickets: {dict(Counter(b.born for b in made.births))}, {dict(Counter(b.fate for b in made.births))}"
    )
    tell(f"{len(made.acts)} acts in {len(made.acts) / rate:.0f} s: {made.counts}")
    tell(f"{len(made.storms)} faults: {dict(Counter(s.kind for s in made.storms))}")
    with House(workers, postgresql=postgresql) as house:
        result = Chaos(made, house, rate, tell).run()
        if given.out is not None:
            given.out.mkdir(parents=True, exist_ok=True)
            _ = (given.out / "log.txt").write_text(house.log.read_text("utf-8", "replace"), "utf-8")
            told = [{"worker": worker.name, **line} for worker in house.workers for line in worker.told]
            _ = (given.out / "runs.jsonl").write_text(
                "".join(f"{json.dumps(line)}\n" for line in told), "utf-8"
            )
    _ = sys.stdout.write(f"{report.text(result, again)}\n")
    if given.out is not None:
        _ = (given.out / "chaos.json").write_text(json.dumps(report.data(result), indent=1), "utf-8")
        _ = (given.out / "chaos.md").write_text(report.markdown(result) + "\n", "utf-8")
    if given.document is not None:
        put_into(given.document, report.section(result, again))
    return 1 if result.reckoning.violations else 0


def put_into(file: Path, section: str) -> None:
    """Replace what stands between the two marks of a chaos run in a Markdown file."""
    head, _, rest = file.read_text("utf-8").partition(OPEN)
    _, _, tail = rest.partition(CLOSE)
    _ = file.write_text(f"{head}{OPEN}\n{section}\n{CLOSE}{tail}", "utf-8")


OPEN, CLOSE = "<!-- chaos -->", "<!-- /chaos -->"
BEGAN = time.monotonic()


def tell(what: str) -> None:
    _ = sys.stdout.write(f"[{time.monotonic() - BEGAN:7.1f}] {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""How far escalation risk can be believed: `hub backtest` on a public log of a company's incidents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench import histories
from hub.history.event import write_event
from hub.risk.reliability import Reliability
from hub.risk.sentences import asked_in_words, heading, in_a_hundred, signed, with_interval

LOG = "uci_incident_until_2016-04-30.csv.gz"
UNTIL, TEST = "2016-03-31", "2016-04-08..2016-04-30"
LABELS = ("escalation_like", "sla_miss")
COLUMNS = ("pr_auc", "roc_auc", "recall_10", "recall_20", "precision", "spared_80", "brier", "ece")


def run() -> Iterator[str]:
    """Yield a table for each label."""
    log = data() / LOG
    if not log.exists():
        yield f"risk: the log is not at {log}; SHARED_DATA says where it is"
        return
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder) / "history.jsonl"
        events = 0
        with history.open("wb") as file:
            for event in histories.convert("uci", log):
                _ = file.write(write_event(event) + b"\n")
                events += 1
        yield f"## Risk, back-tested on {events:,} events of `{LOG}`"
        for label in LABELS:
            yield from _table(history, label)


def data() -> Path:
    """Return where the logs lie: beside the checkout, or where SHARED_DATA says."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("SHARED_DATA") or beside) / "scoring"


def _table(history: Path, label: str) -> Iterator[str]:
    found, taken = _measured(history, label)
    yield ""
    yield f"**{found.says}** (`{label}`): {'; '.join(asked_in_words(found))}."
    yield ""
    yield f"| model | {' | '.join(heading(name, found) for name in COLUMNS)} |"
    yield f"|---|{'---|' * len(COLUMNS)}"
    for model in found.models:
        cells = " | ".join(with_interval(model.figures[name]) for name in COLUMNS)
        yield f"| {model.name} | {cells} |"
    yield ""
    gains = ", ".join(
        f"{heading(name, found)} {signed(found.ahead_of_rule[name])}" for name in ("pr_auc", "brier", "ece")
    )
    yield f"What is shown (`{found.chosen}`), minus the rule: {gains}. {in_a_hundred(found)}"
    yield from (f"Note: {note}." for note in found.notes)
    yield f"It took {taken['cpu']:.0f} s of CPU and {taken['rss']:.0f} MB."


def _measured(history: Path, label: str) -> tuple[Reliability, dict[str, float]]:
    asked = ("--history", str(history), "--label", label, "--train-until", UNTIL, "--test", TEST)
    ended = subprocess.run(
        [sys.executable, "-m", "bench.meter", "-m", "flows.cli", "backtest", *asked, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    told, taken = ended.stdout.splitlines()[-2:]
    return msgspec.json.decode(told, type=Reliability), json.loads(taken)

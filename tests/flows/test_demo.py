"""The demo tells the truth: what it claims to show is in its output, and it ends in silence."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from flows.demo import run_demo
from flows.demo_page import Page
from flows.demo_stage import head_start

ROOT = Path(__file__).parents[2]
DAY = 86_400


@pytest.fixture(scope="module")
def told() -> tuple[int, str]:
    """The exit code and the whole text of a demo on a terminal of 100 columns."""
    paper = io.StringIO()
    console = Console(file=paper, width=100, highlight=False, force_terminal=False)
    return run_demo(page=Page(console)), paper.getvalue()


class TestStory:
    def test_ends_well_and_in_silence(self, told: tuple[int, str]) -> None:
        """The third run sees its own echo and writes nothing; neither does the fourth."""
        code, text = told
        assert code == 0
        runs = re.findall(r"Zendesk +(\d+) +(\d+) +(\d+) .*\n +Jira +(\d+) +(\d+) +(\d+) ", text)
        assert len(runs) == 4
        _, edited, echo, last = runs
        assert int(edited[2]) and int(edited[5])
        assert (echo[2], echo[5]) == ("0", "0")
        assert int(echo[0]) > 0, "the echo run saw what the hub had written"
        assert set(last) == {"0"}
        assert "Nothing written: no echo" in text

    def test_fits_the_terminal(self, told: tuple[int, str]) -> None:
        assert max(len(line.rstrip()) for line in told[1].splitlines()) <= 100

    @pytest.mark.parametrize(
        "shown",
        [
            r"Customer context",
            r"Northwind Retail \(enterprise, 480,000 USD a year",
            r"Waiting for: Affected users, Steps to reproduce",
            r"Engineering status +In Review +In Review",
            r"Priority +urgent +Highest",
            r"Fix version +2026\.4 +2026\.4",
            r"Maya, in public +public +not shown +shown",
            r" Ada +internal note +internal note +shown",
            r"Ada, #customer +public +public +shown",
            r"gateway-trace\.log +Ada, attached +internal note +internal note +shown",
            r"1540 +S1 +Highest",
            r"severity +s1 \(zendesk\) +s3 \(jira\) +hub conflicts resolve 1 --use jira",
            r"subject +cut",
            r"\+18 +Severity is s1",
        ],
    )
    def test_shows(self, told: tuple[int, str], shown: str) -> None:
        """Each thing that the story promises stands in a table, read from the stand-ins."""
        assert re.search(shown, told[1]), shown

    def test_the_points_add_up_to_the_score(self, told: tuple[int, str]) -> None:
        table = told[1].partition("then   now")[2].partition("the score")[0]
        rows = re.findall(r"^ +([+-]\d+|·) +([+-]\d+) ", table, re.MULTILINE)
        total = re.search(r"(\d+) +(\d+) +$", table)
        assert total is not None
        assert sum(int(now) for _, now in rows) == int(total[2])


class TestClock:
    @pytest.mark.parametrize("at", [0, 1, 599, 600, 601, 900, 1500, DAY / 2, DAY - 901, DAY - 300, DAY - 1])
    def test_the_story_never_runs_past_midnight(self, at: float) -> None:
        """Tickets are a day older after midnight, so scores would move in the middle of the story."""
        now = 20_000 * DAY + at
        start = now - head_start(now)
        assert start // DAY == (start + 4 * 120 + 300) // DAY
        assert start + 4 * 120 <= now


@pytest.mark.slow
def test_keep_leaves_it_running_until_ctrl_c() -> None:
    """`--keep` prints where everything is; the hub can be used there; Ctrl-C ends it and tidies up."""
    command = [sys.executable, "-m", "flows.cli", "demo", "--keep"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        text = "".join(lines)
        config = Path(re.search(r"hub\.toml +(\S+)", text)[1])  # type: ignore[index]
        control = re.search(r"control +(\S+)", text)[1]  # type: ignore[index]
        assert httpx.get(f"{control}/health").json()["status"] == "ok"
        for tried in re.findall(r"\./run hub (.+)", text):
            words = [word.strip("'") for word in tried.split()]
            done = subprocess.run(
                [sys.executable, "-m", "flows.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (tried, done.stdout, done.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    deadline = time.monotonic() + 5
    while config.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not config.parent.exists()

"""
`hub demo`: four systems kept together on stand-ins, told as a story. No account, no internet.

Nothing is staged but the people: real HTTP to stand-ins of Zendesk, Jira and Salesforce, real IMAP and
SMTP to one of a mail server, the hub's own connectors, the function that `hub sync` calls. What the
tables show is read from the stand-ins.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from flows import demo_acts as acts
from flows import demo_ending as ending
from flows import demo_later as later
from flows import demo_scores as scores
from flows.cli.show import progress
from flows.demo_html import as_html
from flows.demo_mail import thread
from flows.demo_page import Page
from flows.demo_stage import Stage, set_up
from flows.demo_story import ALICE, NORTHWIND, SUBJECT, Tickets
from flows.demo_views import Sight
from flows.rescoring import run_rescore
from hub.errors import Halted
from hub.records import Held, RunRecord

_TWO_MINUTES = 120.0
_NEXT = (
    "[b]./run demo --keep[/] leaves the stand-ins running for you to try. [b]--html FILE[/] makes a page of "
    "it. [b]./run hub init[/] begins with your own accounts."
)


def run_demo(*, keep: bool = False, page: Page | None = None, html: Path | None = None) -> int:
    """
    Tell the story on a terminal; return 0 if the last run had nothing to write, else 1.

    With `keep`, leave everything running afterwards, say where it is, and wait for Ctrl-C. With `html`,
    write what everybody saw, moment by moment, into that file.
    """
    page = page or Page()
    begun = time.monotonic()
    page.say("[bold]Support Sync Hub, shown on stand-ins. No account, no internet.[/]")
    with set_up() as stage:
        story = Story(stage, page)
        quiet = story.told()
        if html is not None:
            made = as_html(story.sights, story.readers, story.runs, story.tickets, story.appraised)
            _ = html.write_text(made, encoding="utf-8")
            page.say(f"What everybody saw, side by side: {html}")
        page.say(f"That took {time.monotonic() - begun:.0f} seconds.", "" if keep else _NEXT)
        if keep:
            stage.catch_up()
            _leave_running(page, stage, story.tickets.hang)
    return 0 if quiet else 1


class Story:
    """What the parts of the demo share: the stage, what was seen at which moment, and the runs."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage = stage
        self.page = page
        self.tickets = Tickets(0, 0, 0, 0, "")
        self.issue = ""
        self.labels: dict[str, str] = {}
        self.sights: dict[str, Sight] = {}
        """What all sides showed of the story's problem, by the moment."""
        self.readers: tuple[Sequence[str], Sequence[Sequence[object]]] = ((), ())
        """Who reads which comment and file: the head of that table, and its rows."""
        self.runs: list[tuple[str, RunRecord]] = []
        self.appraised: scores.Appraised | None = None
        """What the hub made of the story's problem when its customer had lost patience."""

    def told(self) -> bool:
        """Tell it all; return whether the hub fell silent at the end."""
        acts.first_look(self)
        acts.hand_over(self)
        acts.all_sides_work(self)
        acts.compare(self)
        self.appraised = scores.patience_ends(self)
        later.customer_grows(self)
        later.fix_and_tell(self)
        ending.account_for(self)
        return ending.fall_silent(self)

    def sync(self, why: str) -> RunRecord:
        """Let time pass, do what `hub sync` does, and show its counts."""
        self.stage.let_pass(_TWO_MINUTES)
        self.page.say(f"[cyan]$ hub sync[/]   [dim]{why}[/]")
        with progress(wanted=True) as tell:
            record = self.stage.sync(tell)
        self.page.run(record)
        self.runs.append((why, record))
        if record.state in ("stopped", "failed"):
            raise Halted(f"the demo ends here: its run was {record.state}. {record.summary.get('error', '')}")
        return record

    def rescore(self, why: str) -> RunRecord:
        """Do what `hub rescore` does, and show its counts."""
        self.page.say(f"[cyan]$ hub rescore[/]   [dim]{why}[/]")
        with self.stage.hub() as assembly, progress(wanted=True) as tell:
            record = run_rescore(assembly, tell)
        if record.state == "failed":
            raise Halted(f"the demo ends here: its rescore failed. {record.summary.get('error', '')}")
        self.page.rescored(record)
        return record

    def look(self, moment: str) -> Sight:
        """Remember what every side shows of the story's problem at this moment."""
        stage, numbers = self.stage, self.tickets
        self.issue = self.issue or stage.ticket(numbers.hang)["fields"]["Jira issue"]
        seen = Sight(
            stage.ticket(numbers.hang),
            stage.issue(self.issue),
            stage.case(numbers.hang),
            stage.account(NORTHWIND),
            thread(stage, ALICE, SUBJECT),
        )
        self.sights[moment] = seen
        return seen

    def meet(self, hang: int, late: int) -> None:
        """Take note of the tickets that mails became, and of what the hub calls all that are followed."""
        self.tickets = numbers = replace(self.tickets, hang=hang, late=late)
        with self.stage.hub() as assembly:
            for number in (
                hang, numbers.same, numbers.waiting, numbers.unclear, numbers.third, numbers.reports, late
            ):  # fmt: skip
                self.labels |= dict.fromkeys(assembly.store.named(f"#{number}"), f"#{number}")

    def held(self, number: int) -> Held:
        """Return what the hub holds of a ticket."""
        with self.stage.hub() as assembly:
            [held] = assembly.store.load(assembly.store.named(f"#{number}")).values()
        return held

    def calls(self) -> dict[str, int]:
        """Return the calls of all runs so far, system by system."""
        sums: dict[str, int] = {}
        for _, record in self.runs:
            for system, count in cast("Mapping[str, int]", record.summary["calls"]).items():
                sums[system] = sums.get(system, 0) + count
        return sums


def _leave_running(page: Page, stage: Stage, number: int) -> None:
    stop = threading.Event()

    def told_to_stop(*_: object) -> None:
        stop.set()

    before = {n: signal.signal(n, told_to_stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        page.kept(stage.line, stage.config, number)
        _ = stop.wait()
    finally:
        for each, handler in before.items():
            _ = signal.signal(each, handler)
    page.say("Ended; the stand-ins and their data are gone.")

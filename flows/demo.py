"""
`hub demo`: two-way sync on stand-ins, told as a story. No account, no internet.

Nothing is staged but the people: real HTTP to stand-ins of Zendesk and Jira, the hub's own
connectors, the function that `hub sync` calls. What the tables show is read from the stand-ins.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping
from typing import cast

from flows import demo_views as views
from flows.checking import report_on
from flows.cli.show import progress
from flows.demo_page import Page
from flows.demo_stage import Stage, set_up
from flows.demo_story import AMONG_US, ANSWER, FOR_THE_CUSTOMER, Tickets, customers_write, people_edit
from hub.errors import Halted
from hub.records import RunRecord, Score

_TWO_MINUTES = 120.0
_TOLD = {
    "Subject ends": "Ada renamed it; Zendesk keeps 150 characters",
    "Status": "for the customer, In Review is still open",
    "Engineering status": "Ada moved it",
    "Priority": "Maya raised it",
    "Severity": "in conflict: see part 5",
    "Engineer": "Ada took it",
    "Fix version": "Ada planned it",
    "Support score": "rose with severity and priority",
}


def run_demo(*, keep: bool = False, page: Page | None = None) -> int:
    """
    Tell the story on a terminal; return 0 if the last run had nothing to write, else 1.

    With `keep`, leave everything running afterwards, say where it is, and wait for Ctrl-C.
    """
    page = page or Page()
    begun = time.monotonic()
    page.say("[bold]Support Sync Hub, shown on stand-ins. No account, no internet.[/]")
    with set_up() as stage:
        quiet = Story(stage, page).told()
        page.say(f"That took {time.monotonic() - begun:.0f} seconds.", "" if keep else _NEXT)
        if keep:
            stage.catch_up()
            _leave_running(page, stage)
    return 0 if quiet else 1


_NEXT = (
    "[b]./run demo --keep[/] leaves the stand-ins running for you to try; [b]./run hub init[/] begins with "
    "your own accounts."
)


class Story:
    """The demo's parts, in order."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage = stage
        self.page = page
        self.tickets = Tickets(0, 0, 0)
        self.issue = ""
        self.labels: dict[str, str] = {}

    def told(self) -> bool:
        """Tell it all; return whether the hub fell silent at the end."""
        self.first_sync()
        before = self._score()
        self.hand_over()
        self.both_sides_work()
        self.compare()
        self.account_for(before)
        return self.fall_silent()

    def _sync(self, why: str) -> RunRecord:
        self.stage.let_pass(_TWO_MINUTES)
        self.page.say(f"[cyan]$ hub sync[/]   [dim]{why}[/]")
        with progress(wanted=True) as tell:
            record = self.stage.sync(tell)
        self.page.run(record)
        if record.state in ("stopped", "failed"):
            raise Halted(f"the demo ends here: its run was {record.state}. {record.summary.get('error', '')}")
        return record

    def _score(self) -> Score:
        with self.stage.hub() as assembly:
            [held] = assembly.store.load(assembly.store.named(f"#{self.tickets.hang}")).values()
        assert held.score is not None
        return held.score

    # 1 ------------------------------------------------------------------------------------------

    def first_sync(self) -> None:
        """Three customers write; the first run."""
        page, seeded = self.page, self.stage.seeded
        self.tickets = numbers = customers_write(self.stage)
        self.labels = {f"zendesk:{n}": f"#{n}" for n in (numbers.hang, numbers.same, numbers.waiting)}
        page.act(1, "The first sync")
        page.say(
            f"A Zendesk with {seeded['zendesk']['tickets']} tickets in several languages and a Jira with "
            f"{seeded['jira']['issues']} issues now run on this machine.",
            "They answer like the vendors' own APIs; the hub cannot tell the difference.",
        )
        page.say("Three customers have just written in:")
        page.lines(
            f"[b]#{numbers.hang}[/]  Northwind Retail: shoppers cannot pay by card. “Needs engineering” is "
            "ticked.",
            f"[b]#{numbers.same}[/]  Blue Harbor Foods: seems to be the same problem. Not ticked.",
            f"[b]#{numbers.waiting}[/]  Alder & Finch: receipts lack loyalty points. Ticked, but little is "
            "known yet.",
        )
        page.say(
            "[dim]Zendesk holds back the last minute of changes from its export, and so does the stand-in. "
            "So before each run we move its clock on by two minutes.[/]"
        )
        record = self._sync("reads everything; opens an issue where engineering is needed")
        created = counted(record, "created")
        page.say(
            f"{created} tickets needed engineering and got an issue, with their comments and files. "
            "Every ticket got a score."
        )

    # 2 ------------------------------------------------------------------------------------------

    def hand_over(self) -> None:
        """What the engineer gets, and what waits."""
        page, numbers = self.page, self.tickets
        self.issue = self.stage.ticket(numbers.hang)["fields"]["Jira issue"]
        page.act(2, "What engineering receives")
        page.say(
            f"Ticket #{numbers.hang} is now also Jira issue [b]{self.issue}[/]. Jira has no fields for much "
            "of what support knows: who is blocked, what the account is worth, what was promised. So the "
            "description carries it, in a panel that the hub keeps up to date:",
        )
        page.panel(f"{self.issue}, description: Customer context", self.stage.issue(self.issue).block)
        waiting = self.stage.ticket(numbers.waiting)
        page.say(
            f"#{numbers.waiting} was [b]not[/] handed over: the engineer's first act would have been to ask "
            "back. Its agent sees what is missing:"
        )
        page.lines(
            f"Hand-off (field)   [yellow]{waiting['fields']['Hand-off']}[/]",
            f"Internal note      [yellow]{views.brief(views.plain(waiting['comments'][-1]['body']), 76)}[/]",
        )

    # 3 ------------------------------------------------------------------------------------------

    def both_sides_work(self) -> None:
        """People edit at the same time; the second run."""
        page, numbers = self.page, self.tickets
        people_edit(self.stage, numbers, self.issue)
        page.act(3, "Both sides work at the same time")
        page.did(
            "In Zendesk",
            f"Maya raises #{numbers.hang} to [b]urgent[/], its severity to [b]S1[/], and answers the "
            "customer.",
            f"Tom sees the same problem behind #{numbers.same}: he types [b]{self.issue}[/] into its field "
            "“Jira issue”.",
            f"Tom has asked the customer of #{numbers.waiting}, and fills in what engineering needs.",
        )
        page.did(
            f"In Jira, on {self.issue}, without having seen any of that",
            "Ada sets the severity to [b]S3[/]: the same field as Maya, another value.",
            "She takes the issue, gives it a longer name, plans it for 2026.4, and moves it to In Review.",
            "She comments twice, once beginning with [b]#customer[/], and attaches a trace.",
        )
        _ = self._sync("reads what changed on both sides; writes only what differs")
        page.say(
            "[dim]attention: a person should look at something, here a conflict (part 5). Most changes seen "
            "are the hub's own writes of the first run, coming back. Most writes tell agents of older "
            "tickets how far engineering has come with them.[/]"
        )

    # 4 ------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """What each side shows now."""
        page, stage, numbers = self.page, self.stage, self.tickets
        ticket, other = stage.ticket(numbers.hang), stage.ticket(numbers.same)
        issue = stage.issue(self.issue)
        names = (f"Zendesk #{numbers.hang}", f"Zendesk #{numbers.same}", f"Jira {issue.key}")
        page.act(4, "What each side shows now")
        page.table(
            ("field", names[0], names[2], ""),
            views.side_by_side(ticket, issue, _TOLD),
            title="One problem, edited on both sides",
        )
        said = {ANSWER: "Maya, in public", AMONG_US: "Ada", FOR_THE_CUSTOMER: "Ada, #customer"}
        page.table(
            ("what was said", "by", *names),
            [*views.comments(said, (ticket, other), issue), *views.files((ticket, other), issue)],
            title="Who reads what",
        )
        page.say(
            "Of what Ada wrote, only the comment that she marked reached the customers. Maya's answer to "
            f"Northwind is not on #{numbers.same}: that is another customer."
        )
        page.table(
            ("", "customer", "affected users", "severity", "priority", "score"),
            views.shared((ticket, other), issue),
            title="Two tickets, one issue: it shows the sum of the users and the worst of the rest",
        )
        handed = stage.ticket(numbers.waiting)["fields"]["Jira issue"]
        page.say(
            f"And #{numbers.waiting}, now complete, was handed over as [b]{handed}[/], with "
            f"{stage.issue(handed)['Affected users']:g} affected users."
        )

    # 5 ------------------------------------------------------------------------------------------

    def account_for(self, before: Score) -> None:
        """The conflict, the losses, the score."""
        page = self.page
        with self.stage.hub() as assembly:
            conflicts, losses = assembly.store.conflicts(), assembly.store.losses()
            hops = report_on(assembly).hops
        page.act(5, "Nothing gets lost in silence")
        page.table(
            ("ticket", "field", "stands", "gave way", "to turn it round"),
            views.conflict_rows(conflicts, self.labels),
            title="A conflict: two people set one field without seeing each other's value",
        )
        page.say(
            "mappings/policy.yaml says whose value stands; the other is kept until somebody decides. All "
            "other edits, on the same ticket in the same minute, simply went through."
        )
        page.table(
            ("", *views.HOW, "score"),
            views.hop_rows(hops),
            title="The loss ledger: how many fields arrive in which way ($ hub mappings check)",
        )
        page.lines(
            "[dim]native: in a field of its own. block: in the panel that you saw above. copy only: for "
            "machines. The rest:[/]"
        )
        page.table(("", "field", "", "why"), views.not_whole(hops))
        page.table(
            ("ticket", "side", "field", "", "why"),
            views.loss_rows(losses, self.labels),
            title="What was in fact lost so far ($ hub losses)",
        )
        now = self._score()
        page.table(
            ("then", "now", "because"),
            views.score_rows(before, now),
            title=f"Why #{self.tickets.hang} went from {before.priority} to {now.priority} points, and its "
            f"escalation risk to {now.escalation_risk:.0%} ($ hub explain)",
        )

    # 6 ------------------------------------------------------------------------------------------

    def fall_silent(self) -> bool:
        """The echo run, and one more; return whether the last one wrote nothing."""
        page = self.page
        page.act(6, "And then it is quiet")
        echo = self._sync("the hub's own writes come back as changes; answering them would never end")
        last = self._sync("once more, with nothing changed anywhere")
        echoed, wrote = counted(echo, "written"), counted(last, "written")
        if not echoed and not wrote:
            page.say("[green]Nothing written: no echo, no ping-pong, no needless mail to anybody.[/]")
        elif not wrote:
            page.say(f"The echo run still wrote {echoed} times; the last run wrote nothing.")
        else:
            page.say(f"[red]The last run still wrote {wrote} times. That is a defect; please report it.[/]")
        return not wrote


def counted(record: RunRecord, what: str) -> int:
    """Return a run's count over all systems."""
    counts = cast("Mapping[str, int]", record.summary[what])
    return sum(counts.values())


def _leave_running(page: Page, stage: Stage) -> None:
    stop = threading.Event()

    def told_to_stop(*_: object) -> None:
        stop.set()

    before = {n: signal.signal(n, told_to_stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        page.kept(stage.line, stage.config)
        _ = stop.wait()
    finally:
        for number, handler in before.items():
            _ = signal.signal(number, handler)
    page.say("Ended; the stand-ins and their data are gone.")

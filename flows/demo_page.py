"""The terminal that the demo writes on: parts, sentences, tables, panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flows.cli.show import spoken
from hub.records import RunRecord

WIDEST = 110
_COUNTS = {
    "observed": "changes seen",
    "created": "created",
    "written": "writes",
    "comments": "of these comments",
    "calls": "API calls",
}
_ONE = {"conflicts": "conflict", "parked": "parked", "losses": "loss", "waiting": "waiting"}


class Page:
    """A terminal, no wider than people like to read. Sentences may hold rich's `[b]` markup."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.console.width = min(self.console.width, WIDEST)

    def act(self, number: int, title: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.rule(Text(f" {number}  {title} ", style="bold"), align="left", style="cyan")

    def say(self, *sentences: str) -> None:
        """Tell something, as one paragraph."""
        self.console.print()
        self.console.print(" ".join(sentences))

    def lines(self, *told: str) -> None:
        """Tell something line by line, set in a little."""
        for one in told:
            self.console.print(Padding(Text.from_markup(one), (0, 0, 0, 2), expand=False))

    def did(self, who: str, *what: str) -> None:
        """Tell what somebody did."""
        self.say(f"[bold]{who}[/]")
        listed = Table.grid(padding=(0, 1))
        for one in what:
            listed.add_row("  •", Text.from_markup(one))
        self.console.print(listed)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "",
        tight: bool = False,
    ) -> None:  # fmt: skip
        """Show a table; numbers stand to the right, a cell may be styled text. `tight`: many columns."""
        if title:
            self.say(f"[bold]{title}[/]")
        drawn = Table(box=SIMPLE_HEAD, show_edge=False, header_style="dim", pad_edge=True)
        drawn.padding = (0, 1, 0, 0) if tight else (0, 1)
        for at, column in enumerate(columns):
            numbers = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
            header = column.replace(" ", "\n") if tight else column
            drawn.add_column(header, overflow="fold", justify="right" if numbers else "left")
        for row in rows:
            drawn.add_row(*(c if isinstance(c, Text) else Text(spoken(c)) for c in row))
        if not title:
            self.console.print()
        self.console.print(Padding(drawn, (0, 0, 0, 1), expand=False))

    def panel(self, title: str, markdown: str) -> None:
        """Show a formatted text as its reader sees it."""
        self.console.print()
        self.console.print(Panel(Markdown(markdown), title=title, title_align="left", border_style="blue"))

    def run(self, record: RunRecord) -> None:
        """Show a run's counts, system by system, and how it ended."""
        counts: Any = record.summary
        rows = [
            (system.capitalize(), *(counts[name].get(system, 0) for name in _COUNTS))
            for system in counts["calls"]
        ]
        self.table(("", *_COUNTS.values()), rows)
        colour = {"clean": "green", "attention": "yellow"}.get(record.state, "red")
        self.lines(f"[{colour}]{record.state}[/] in {counts['seconds']:.1f} s{_asides(counts)}")

    def rescored(self, record: RunRecord) -> None:
        """Show what a rescore found, and how it ended."""
        counts: Any = record.summary
        found = f"; {_many(counts['incidents'], 'incident')}" if counts["incidents"] else ""
        colour = {"clean": "green"}.get(record.state, "yellow")
        self.lines(
            f"[{colour}]{record.state}[/] in {counts['seconds']:.1f} s: {counts['tickets']} open tickets "
            f"scored anew, {counts['marked']} of them would show something else now{found}"
        )

    def kept(self, line: Mapping[str, Any], config: Path, number: int) -> None:
        """Say where everything is, and what to try."""
        zendesk, jira, salesforce = line["zendesk"], line["jira"], line["salesforce"]
        imap = line["email"]["imap"]
        self.say(
            "The stand-ins go on running, with everything that you saw in them. Their credentials are "
            "good for nothing else:"
        )
        told = {
            "Zendesk": f"{zendesk['url']}   user {zendesk['email']}/token   password {zendesk['api_token']}",
            "Jira": f"{jira['url']}   user {jira['email']}   password {jira['api_token']}",
            "Salesforce": f"{salesforce['url']}   access token {salesforce['access_token']}",
            "Email": f"{imap['host']}:{imap['port']} (IMAP)   user {imap['user']}   "
            f"password {imap['password']}",
            "control": f"{line['control']}   (clock, faults, people: the page explains itself)",
            "hub.toml": str(config),
        }
        self._wide(f"{name:10} {where}" for name, where in told.items())
        self.say("Try these in another terminal:")
        self._wide(
            (
                f"./run hub explain '#{number}' -c {config}",
                f"./run hub score show '#{number}' -c {config}",
                f"./run hub accounts -c {config}",
                f"./run hub mail outbox -c {config}",
                f"./run hub conflicts resolve 1 --use jira -c {config}",
                f"./run hub sync -c {config}",
            )
        )
        self.say("Ctrl-C ends it, and removes everything.")

    def _wide(self, lines: Iterable[str]) -> None:
        """Print lines that people copy: never broken."""
        for one in lines:
            self.console.print(f"  {one}", soft_wrap=True, markup=False)


def _asides(counts: Mapping[str, Any]) -> str:
    told = [
        f"{counts[name]} {one if counts[name] == 1 else name}"
        for name, one in _ONE.items()
        if counts.get(name)
    ]
    told += [f"{count} {_one_of(what, count)}" for what, count in counts.get("news", {}).items()]
    return ": " + ", ".join(told) if told else ""


def _many(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"


def _one_of(what: str, count: int) -> str:
    return what.replace("mails", "mail", 1) if count == 1 else what

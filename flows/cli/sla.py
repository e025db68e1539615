"""Commands about deadlines: why a ticket is due when it is, and what another policy would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

sla_app = typer.Typer(
    help="Deadlines: why they are as they are, and what a change would do.", no_args_is_help=True
)
app.add_typer(sla_app, name="sla", rich_help_panel=LOOK)

_SAMPLE = 20
"""Rows of a table for people; JSON has them all."""


@sla_app.command()
def show(
    ticket: Annotated[str, typer.Argument(help="A ticket's id, number or issue key: zendesk:7, #7, SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Say until when the customer and support are owed what, and why then."""
    from flows.cli.show import as_json, line
    from flows.deadlines import deadlines_of, read_sla
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules = read_sla(settings)
    store = open_store(settings.store_url)
    try:
        found = deadlines_of(store, rules, ticket, utc_now())
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        line(f"{one['id']}  {one['subject']}", "bold")
        _clock("Customer SLA", one["customer"])
        _clock("Engineering OLA", one["engineering"])
        for move in one["moves"]:
            line(f"The next plan of it shows: {move}")


def _clock(name: str, clock: dict[str, Any] | None) -> None:
    from flows.cli.show import line, moment

    if clock is None:
        line(f"{name}: nothing is promised")
        return
    told = (
        [f"{clock['used']:.0%} used, by the calendar {clock['calendar']}"] if clock["state"] != "met" else []
    )
    due = [f"due {moment(clock['due'])} UTC"] if clock["due"] else []
    line(f"{name}: {', '.join([clock['state'], *due, *told])}", "red" if clock["state"] == "breached" else "")
    for sentence in clock["why"]:
        line(f"  {sentence}")


@sla_app.command()
def check(
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Another sla.yaml, to be tried against the present one.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Say what a policy does to the deadlines of the open tickets, before it does. Writes nothing.

    Without --rules, the sla.yaml that is in use is set against what the tickets show now.

    Exit code 0: no deadline moves; 1: some do; 2: a file is wrong.
    """
    from flows.cli.show import as_json
    from flows.deadlines import as_data, read_sla, tried
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    present = read_sla(settings)
    new = present if rules is None else read_sla(settings, rules)
    store = open_store(settings.store_url)
    try:
        found = as_data(tried(store, None if rules is None else present, new, utc_now()))
    finally:
        store.close()
    as_json(found) if json else _compared(found)
    raise typer.Exit(1 if found["moved"] else 0)


def _compared(found: dict[str, Any]) -> None:
    from flows.cli.show import brief, line, moment, table

    moved = found["moved"]
    line(f"{found['tickets']} open tickets; {_many(len(moved))}", "bold")
    line(
        f"  {found['earlier']} earlier, {found['later']} later, {found['begun']} where there was none, "
        f"{found['ended']} that end"
    )
    if found["breaching"]:
        line(f"  {found['breaching']} would be over at once", "yellow")
    if moved:
        rows = [
            (m["ticket"], m["clock"], moment(m["before"]), moment(m["after"]), _by(m), brief(m["why"]))
            for m in moved[:_SAMPLE]
        ]
        table(f"The first {len(rows)}", ("ticket", "clock", "due (UTC)", "would be", "moves by", "why"), rows)


def _many(count: int) -> str:
    return "1 deadline moves" if count == 1 else f"{count} deadlines move"


def _by(moved: dict[str, Any]) -> str:
    hours = f"{moved['seconds'] / 3600:+.1f} h" if moved["seconds"] else ""
    return f"{hours} over at once".strip() if moved["breaches"] else hours

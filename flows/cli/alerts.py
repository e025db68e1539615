"""`hub alerts`: what the hub warned of, what it held back, and whether its warnings arrive."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

alerts_app = typer.Typer(
    help="What the hub warned of before it happens, and what it held back.", invoke_without_command=True
)
app.add_typer(alerts_app, name="alerts", rich_help_panel=LOOK)


@alerts_app.callback()
def alerts(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", help="How far back.", min=1, max=365)] = 7,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List what the hub warned of lately, and what it held back, with what can be done about each."""
    if context.invoked_subcommand is not None:
        return
    from flows.alerting import listed
    from flows.cli.show import as_json, brief, line, moment, table
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = listed(store, utc_now(), days)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    rows = [
        (a["id"], moment(a["at"]), a["state"], a["team"], brief(a["title"]), brief(a["why"]), a["held"])
        for a in found
    ]
    table("Alerts", ("id", "at (UTC)", "state", "team", "what", "why", "held back for"), rows)
    if rows:
        line("`hub alerts acknowledge ID` says that somebody deals with it.", "dim")


@alerts_app.command()
def acknowledge(
    number: Annotated[int, typer.Argument(help="The alert's id, as `hub alerts` lists it.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Say that somebody deals with an alert."""
    from flows.alerting import acknowledged
    from flows.cli.show import line
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        line(acknowledged(store, number))
    finally:
        store.close()


@alerts_app.command("test")
def send_test(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Send one warning to every address of `[alerts]`, and say which of them took it."""
    from flows.alerting import sent_test
    from flows.cli.show import line
    from hub.settings import load

    told = sent_test(load(config))
    for one in told:
        line(one.told, "green" if one.sent else "red")
    raise typer.Exit(0 if all(one.sent for one in told) else 2)

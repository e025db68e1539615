"""`hub parked`: what a system refused, what that means, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app

parked_app = typer.Typer(help="What a system refused, and what to do about it.", invoke_without_command=True)
app.add_typer(parked_app, name="parked", rich_help_panel=DECIDE)

Number = Annotated[int, typer.Argument(help="The id, as `hub parked` lists it.")]


@parked_app.callback()
def parked(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List what a system refused, by what went wrong. Nothing of it is lost, nothing expires."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, brief, line, table
    from flows.parking import groups, listed
    from flows.wires import utc_now
    from hub.desk.standing import spoken_age
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = listed(store, utc_now())
        grouped = groups(store, utc_now())
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for group in grouped:
        oldest = spoken_age(group["hours"])
        line(f"{group['system']}: {group['class']}, {group['count']} parked, the oldest {oldest} ago", "bold")
        line(f"  {group['means']}")
        line(f"  what to do: {group['do']}")
    rows = [
        (
            p["id"],
            p["ticket_id"],
            f"{p['system']} {p['remote_id']}",
            p["slot"],
            brief(p["reason"]),
            spoken_age(p["hours"]),
        )
        for p in found
    ]
    table("Parked", ("id", "ticket", "system", "what", "why", "age"), rows)
    if found:
        line("`hub parked retry ID` asks once more at the next run, `hub parked drop ID` gives up.", "dim")


@parked_app.command()
def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Show one: what would be sent, why it was refused, since when, and what overtook it."""
    from flows.cli.show import as_json, brief, line, moment
    from flows.parking import shown
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = shown(store, number, utc_now())
    finally:
        store.close()
    if json:
        as_json(found)
        return
    line(f"{found['ticket_id']} in {found['system']} {found['remote_id']}: {found['slot']}", "bold")
    line(f"  why        {found['reason']}")
    line(f"  class      {found['class']}: {found['means']}")
    line(f"  what to do {found['do']}")
    tried = f"tried {found['tries']} times, the last time {moment(found['at'])}"
    line(f"  since      {moment(found['since'])} UTC; {tried}")
    if found["overtaken_by"]:
        line(f"  order      {found['overtaken_by']} later comments stand there already")
    for name, value in found["operation"].items():
        line(f"  {name:14} {brief(value)}", "dim")


@parked_app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Which.")] = None,
    of_class: Annotated[str, typer.Option("--class", help="All of a class of refusals.")] = "",
    system: Annotated[str, typer.Option("--system", help="All of one side: jira.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All there is.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Ask again at the next run, after you mended the cause."""
    from flows.cli.show import line
    from flows.parking import retry as ask_again
    from flows.parking import selected
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = selected(store, ids or (), of_class=of_class, system=system, every=every)
        line(ask_again(store, found))
    finally:
        store.close()


@parked_app.command()
def edit(
    number: Number,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE; of a comment, body=TEXT.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Change what is parked, and try it again. A field's value becomes the ticket's, on every side."""
    from flows.cli.show import line
    from flows.parking import edit as change
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(change(assembly, number, sets or ()))


@parked_app.command()
def drop(
    ids: Annotated[list[int], typer.Argument(help="Which.")],
    why: Annotated[str, typer.Option("--why", help="Why it is given up; kept in the audit trail.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Give up: never ask again, unless the value changes."""
    from flows.cli.show import line
    from flows.parking import drop as give_up
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        line(give_up(store, ids, why))
    finally:
        store.close()

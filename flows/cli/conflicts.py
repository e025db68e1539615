"""`hub conflicts`: values that gave way to others, and what to do about them."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app

conflicts_app = typer.Typer(
    help="Values that gave way to others, and what to do about them.", invoke_without_command=True
)
app.add_typer(conflicts_app, name="conflicts", rich_help_panel=DECIDE)

Number = Annotated[int, typer.Argument(help="The conflict's id, as `hub conflicts` lists it.")]
Use = Annotated[
    str, typer.Option("--use", help="Whose value shall stand: zendesk, jira, hub, or `kept` to leave it.")
]


@conflicts_app.callback()
def conflicts(
    context: typer.Context,
    mine: Annotated[str, typer.Option("--mine", help="Only those of this person, by address or name.")] = "",
    older: Annotated[str, typer.Option("--older", help="Only those older than this: 36h, 2d, 1w.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List open conflicts: two people set different values without seeing each other's."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, brief, line, table
    from flows.reminding import calendar_of, open_conflicts, rules_of
    from flows.settling import as_data, chosen
    from flows.wires import utc_now
    from hub.desk.standing import spoken_age
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules = rules_of(settings)
    store = open_store(settings.store_url)
    try:
        every = open_conflicts(store, rules, utc_now(), calendar_of(settings, rules))
        found = chosen(every, mine=mine, older=older)
    finally:
        store.close()
    if json:
        as_json([as_data(w) for w in found])
        return
    rows = [
        (
            w.conflict.id,
            w.conflict.ticket_id,
            w.conflict.register,
            f"{brief(w.conflict.kept)} ({w.conflict.kept_from})",
            "; ".join(f"{brief(v)} ({s})" for s, v in w.conflict.dropped.items()),
            spoken_age(w.hours) + (" overdue" if w.overdue else ""),
            w.owner,
        )
        for w in found
    ]
    table("Open conflicts", ("id", "ticket", "register", "stands", "gave way", "age", "whose"), rows)
    if rows:
        line("`hub conflicts resolve ID --use SIDE` puts a value that gave way on every side.", "dim")


@conflicts_app.command()
def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Show all of a conflict, open or settled: both values in full, who set them when, how it ended."""
    from flows.cli.show import as_json, line
    from flows.settling import lines_of, one_conflict
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = one_conflict(store, number)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for name, words in lines_of(found):
        line(f"  {name:9} {words}")


@conflicts_app.command()
def resolve(
    conflict: Annotated[int | None, typer.Argument(help="The conflict's id; with --all, none.")] = None,
    use: Use = "kept",
    every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    register: Annotated[str, typer.Option("--register", help="With --all: only of this register.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --all: do it.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Settle a conflict: keep the value that stands, or put a value that gave way on every side."""
    from flows.cli.show import line
    from flows.settling import resolve_conflict
    from flows.wiring import assemble
    from hub.errors import Misconfigured
    from hub.settings import load

    if (conflict is None) != every:
        raise Misconfigured("name one conflict by its id, or say --all (and --register), not both")
    if conflict is None:
        _resolve_all(register, use, config, sure=yes)
        return
    if register or yes:
        raise Misconfigured("--register and --yes go with --all")
    with assemble(load(config)) as assembly:
        line(resolve_conflict(assembly, conflict, use))


def _resolve_all(register: str, use: str, config: ConfigFile, *, sure: bool) -> None:
    from flows.cli.show import brief, line, table
    from flows.settling import resolve_all, steps
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        found = steps(assembly.store, register, use)
        table(
            "To settle",
            ("id", "ticket", "register", "is", "would be"),
            [(s.id, s.ticket, s.register, brief(s.now), s.why_not or brief(s.then)) for s in found],
        )
        if found and sure:
            line(resolve_all(assembly, found, use))
        elif found:
            line("Nothing was changed. The same command with --yes does it.", "dim")

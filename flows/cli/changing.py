"""Commands with which people decide: conflicts, parked operations, links, undo."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app

conflicts_app = typer.Typer(
    help="Values that gave way to others, and what to do about them.", invoke_without_command=True
)
parked_app = typer.Typer(help="What a system refused, and what to do about it.", invoke_without_command=True)
app.add_typer(conflicts_app, name="conflicts", rich_help_panel=DECIDE)
app.add_typer(parked_app, name="parked", rich_help_panel=DECIDE)


@conflicts_app.callback()
def conflicts(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List open conflicts: two people set different values without seeing each other's."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, brief, line, moment, table
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = store.conflicts()
    finally:
        store.close()
    if json:
        as_json(found)
        return
    rows = [
        (
            c.id,
            c.ticket_id,
            c.register,
            f"{brief(c.kept)} ({c.kept_from})",
            "; ".join(f"{brief(v)} ({s})" for s, v in c.dropped.items()),
            moment(c.at),
        )
        for c in found
    ]
    table("Open conflicts", ("id", "ticket", "register", "stands", "gave way", "at (UTC)"), rows)
    if rows:
        line("`hub conflicts resolve ID --use SIDE` puts a value that gave way on every side.", "dim")


@conflicts_app.command("resolve")
def resolve(
    conflict: Annotated[int, typer.Argument(help="The conflict's id, as `hub conflicts` lists it.")],
    use: Annotated[
        str, typer.Option("--use", help="Whose value shall stand: zendesk, jira, hub, or `kept` to leave it.")
    ] = "kept",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Settle a conflict: keep the value that stands, or put a value that gave way on every side."""
    from flows.cli.show import line
    from flows.inline import resolve_conflict
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(resolve_conflict(assembly, conflict, use))


@parked_app.callback()
def parked(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List what a system refused, and why. Nothing of it is lost, nothing is asked again by itself."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, line, moment, table
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = store.parked()
    finally:
        store.close()
    if json:
        as_json(found)
        return
    table(
        "Parked",
        ("id", "ticket", "system", "what", "why", "since (UTC)"),
        [(p.id, p.ticket_id, f"{p.system} {p.remote_id}", p.slot, p.reason, moment(p.at)) for p in found],
    )
    if found:
        line("`hub parked retry ID` asks once more at the next run, `hub parked drop ID` gives up.", "dim")


@parked_app.command("retry")
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Which; none: all of them.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Ask again at the next run."""
    _set_parked(ids, config, "retry", "The next run asks again for {} parked operations.")


@parked_app.command("drop")
def drop(
    ids: Annotated[list[int], typer.Argument(help="Which.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Give up: never ask again, unless the value changes."""
    _set_parked(ids, config, "dropped", "{} parked operations will not be asked again.")


def _set_parked(ids: list[int] | None, config: ConfigFile, state: str, told: str) -> None:
    from flows.cli.show import line
    from hub.errors import Misconfigured
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        known = {p.id for p in store.parked()}
        chosen = known if ids is None else set(ids)
        if chosen - known:
            missing = ", ".join(map(str, sorted(chosen - known)))
            raise Misconfigured(f"nothing is parked under {missing}; `hub parked` lists what is")
        store.set_parked(sorted(chosen), state)
    finally:
        store.close()
    line(told.format(len(chosen)))


@app.command(rich_help_panel=DECIDE)
def link(
    ticket: Annotated[str, typer.Argument(help="The ticket: zendesk:7, #7.")],
    issue: Annotated[str, typer.Argument(help="The Jira issue: SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Link a ticket to an existing Jira issue; one issue may serve many tickets."""
    _link(ticket, issue, config, wanted=True)


@app.command(rich_help_panel=DECIDE)
def unlink(
    ticket: Annotated[str, typer.Argument(help="The ticket: zendesk:7, #7.")],
    issue: Annotated[str, typer.Argument(help="The Jira issue: SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """End the link between a ticket and a Jira issue. Both stay as they are."""
    _link(ticket, issue, config, wanted=False)


def _link(ticket: str, issue: str, config: ConfigFile, *, wanted: bool) -> None:
    from flows.cli.show import line
    from flows.inline import set_link
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(set_link(assembly, ticket, issue, wanted=wanted))


@app.command(rich_help_panel=DECIDE)
def undo(
    run: Annotated[str, typer.Argument(help="The run's id, as `hub status` lists it.")],
    ticket: Annotated[str, typer.Option("--ticket", help="Only this ticket.")] = "",
    field: Annotated[list[str] | None, typer.Option("--field", help="Only this field (its id).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken back.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Take back what a run wrote, except where people changed it since."""
    from flows.cli.show import as_json, line, table
    from flows.undoing import undo_run
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        found = undo_run(assembly, run, ticket=ticket, fields=frozenset(field or ()), dry_run=dry_run)
    if json:
        as_json(found)
        return
    verb = "would be taken back" if dry_run else "taken back"
    if found["restored"]:
        table(
            verb.capitalize(),
            ("ticket", "system", "what"),
            [(k["ticket"], k["system"], k["what"]) for k in found["restored"]],
        )
    line(f"{len(found['restored'])} writes {verb}, {len(found['kept'])} left as they are.")
    table(
        "Left as they are",
        ("ticket", "system", "what", "why"),
        [(k["ticket"], k["system"], k["what"], k["why"]) for k in found["kept"]],
    )

"""`hub undo`: take back what runs wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app


@app.command(rich_help_panel=DECIDE)
def undo(
    run: Annotated[
        str,
        typer.Argument(help="The run's id, as `hub status` lists it; an undo's id brings back what it took."),
    ] = "",
    ticket: Annotated[
        str, typer.Option("--ticket", help="Only this ticket; without a run, whatever run wrote to it.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", help="With --ticket and no run: from this run, day or time on.")
    ] = "",
    field: Annotated[
        list[str] | None,
        typer.Option("--field", help="Only this: a register (priority), or a field as a side calls it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken back.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Take back what a run wrote, or what all runs wrote to a ticket, except where people changed it since.

    What is kept is listed with the reason. What was taken back stays so until people change it. What the
    hub shows on accounts is computed from their tickets, and not taken back. Exit code 1: a side did not
    answer, and keeps what it has until this is done again.
    """
    from flows.cli.show import as_json
    from flows.undoing import undo_run
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        found = undo_run(
            assembly, run, ticket=ticket, since=since, fields=tuple(field or ()), dry_run=dry_run
        )
    if json:
        as_json(found)
    else:
        _show(found, "would be taken back" if dry_run else "taken back")
    raise typer.Exit(1 if found["down"] else 0)


def _show(found: Mapping[str, Any], verb: str) -> None:
    from flows.cli.show import line, table

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
    for side in found["down"]:
        line(f"{side} does not answer: nothing is taken back there. Do it again once it does.", "yellow")
    if found["accounts"]:
        line(
            f"What the run showed on {found['accounts']} accounts is not taken back: it is computed from the "
            "tickets. Mend the rule or the tickets, and the next run writes what follows.",
            "yellow",
        )
    if found["undo"]:
        line(f"`hub undo {found['undo']}` brings it back.", "dim")

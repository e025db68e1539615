"""Commands that hand out what the hub knows, for other programs: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, ConfigFile, app

export_app = typer.Typer(help="Hand out what the hub knows, for other programs.", no_args_is_help=True)
app.add_typer(export_app, name="export", rich_help_panel=LOOK)


@export_app.command("history")
def history(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file; compressed if it ends in .gz. Else: print it.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Only from this day or instant on (UTC).")] = "",
    ticket: Annotated[
        str, typer.Option("--ticket", help="Only this ticket: its id, number or issue key.")
    ] = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """
    Write what happened to tickets, one JSON object a line, in order of time.

    `hub backtest` reads it; so do programs of your own. It holds what customers wrote.
    """
    import sys

    from flows.cli.show import line
    from flows.histories import history_of, since_of
    from flows.history_files import new_file, write_history
    from hub.settings import load
    from hub.store import open_store

    start = since_of(since)
    store = open_store(load(config).store_url)
    try:
        events = history_of(store, ticket, start)
        if out is None:
            _ = write_history(events, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with new_file(out) as file:
            count = write_history(events, file)
        line(f"{count} event{'' if count == 1 else 's'} written to {out}")
    finally:
        store.close()

"""`hub canary`: let a value walk over all sides, and say how long it took and where it was lost."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app


@app.command(rich_help_panel=RUN)
def canary(
    config: ConfigFile = DEFAULT_CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Walk once; else every `every` minutes.")] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Run the hub while it waits, where no schedule does.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Prove that changes arrive: a ticket of the hub's own walks over all sides. Exit 0 if so."""
    from flows.canary import as_data, lines, run_canary
    from flows.canary_carrying import by_syncing, off
    from flows.cli.show import as_json, line
    from flows.vitals import last_walk
    from flows.wiring import assemble
    from hub.errors import StoreInUse
    from hub.settings import load

    settings = load(config)
    if not settings.canary.on:
        raise off(config)
    while True:
        with assemble(settings) as assembly:
            sleep = assembly.wires.sleep
            try:
                record = run_canary(assembly, by_syncing(assembly) if sync else None)
            except StoreInUse as busy:
                if once:
                    raise
                line(str(busy), "yellow")
                sleep(settings.canary.every * 60)
                continue
            walk = last_walk(assembly.store)
        assert walk is not None
        if json:
            as_json({"run": record.id, **as_data(walk)})
        else:
            line(
                f"Canary {record.id}: {'came through' if walk.ok else 'lost'}", "green" if walk.ok else "red"
            )
            for text, style in lines(walk):
                line(text, style)
        if once:
            raise typer.Exit(0 if walk.ok else 1)
        sleep(settings.canary.every * 60)

"""The command that runs the hub again and again, by the clock and by what it hears: watch."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app

_LONGEST = 600
"""Characters of a line; JSON and `hub status` have all that a run says."""


@app.command(rich_help_panel=RUN)
def watch(
    every: Annotated[
        float,
        typer.Option(
            "--every",
            min=1.0,
            help="Seconds from one run to the next; of several workers, whoever is free does it.",
        ),
    ] = 60.0,
    once_idle: Annotated[
        bool, typer.Option("--once-idle", help="End as soon as a run found nothing to do; exit code as sync.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Run `sync` by the clock, and at once when mail or a webhook comes, until it is told to end."""
    import os
    import signal
    from types import FrameType

    from flows.cli.show import as_json, brief, line
    from flows.keeping import end_with_keeper
    from flows.serving import Workers
    from flows.vitals_pulse import pulse
    from flows.watching import stamp_of
    from flows.wires import utc_now
    from flows.wiring import assemble
    from hub.records import RunRecord
    from hub.settings import load

    def tell(text: str, colour: str) -> None:
        if not json:
            line(f"{utc_now()} {brief(text, _LONGEST)}", colour)

    def record(one: RunRecord) -> None:
        if json:
            as_json({"run": one.id, "kind": one.kind, "state": one.state, **one.summary})

    settings = load(config)
    workers = Workers(
        lambda: assemble(load(config)),
        tell,
        record,
        every=every,
        once_idle=once_idle,
        stamp=lambda: stamp_of(config, settings.path(settings.mappings)),
        shared=settings.store_url.startswith("postgres"),
    )

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        workers.clock.stop()

    before = [(wanted, signal.signal(wanted, stop)) for wanted in (signal.SIGINT, signal.SIGTERM)]
    end_with_keeper(lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        with pulse(settings, "watch"):
            code = workers.run()
    finally:
        for wanted, handler in before:
            _ = signal.signal(wanted, handler)
    raise typer.Exit(code)

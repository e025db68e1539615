"""The command that takes webhooks in, and may keep a worker beside it: serve."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app


@app.command(rich_help_panel=RUN)
def serve(
    sync: Annotated[
        bool, typer.Option("--sync", help="Keep a worker (`hub watch`) beside it: this is a whole hub then.")
    ] = False,
    every: Annotated[
        float,
        typer.Option("--every", min=1.0, help="With --sync: seconds from one run by the clock to the next."),
    ] = 60.0,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Take webhooks in: verify, store, acknowledge. A worker looks at once at what they hint at."""
    import signal
    import sys
    from types import FrameType

    import uvicorn

    from flows.cli.show import line
    from flows.keeping import working
    from flows.serve import application
    from flows.vitals_pulse import pulse
    from flows.vitals_round import looked_after
    from flows.wires import utc_now
    from flows.wiring import assemble
    from hub.settings import load

    def tell(text: str) -> None:
        if not json:
            line(f"{utc_now()} {text}", "yellow")

    def stop(number: int, frame: FrameType | None) -> None:
        """Leave in good order. uvicorn has the signal first while it listens, and hands it on at its end."""
        del number, frame
        raise SystemExit(0)

    worker = [sys.executable, "-m", "flows.cli", "watch", "--every", str(every), "-c", str(config)]
    worker += ["--json"] if json else []
    settings = load(config)
    for wanted in (signal.SIGINT, signal.SIGTERM):
        _ = signal.signal(wanted, stop)
    beside = working(worker, tell) if sync else nullcontext()
    with (
        assemble(settings) as assembly,
        pulse(settings, "serve", look=lambda: looked_after(assembly)),
        beside,
    ):
        web = application(assembly.store, assembly.connectors, settings)
        where = settings.serve
        uvicorn.run(
            web,
            host=where.host,
            port=where.port,
            log_level="warning",
            log_config=None,
            access_log=False,  # the address of Salesforce's webhook holds its secret
        )

"""Commands that run the hub: sync, backfill, plan, apply."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app
from hub.records import RunRecord


@app.command(rich_help_panel=RUN)
def sync(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Go on although the run exceeds the limits of policy.yaml.")
    ] = False,
) -> None:
    """Bring every side up to date with what changed. Exit 0 clean, 1 something waits for you, 2 stopped."""
    from flows.cli.show import progress
    from flows.inline import EXIT, run_sync
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_sync(assembly, approved=approve, progress=tell)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


@app.command(rich_help_panel=RUN)
def backfill(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Bring in everything there is, in quiet mode (no notifications) and without the run limits."""
    from flows.cli.show import progress
    from flows.inline import EXIT, run_sync
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_sync(assembly, "backfill", progress=tell)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


@app.command(rich_help_panel=RUN)
def reconcile(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Look at every linked ticket and issue, whatever the feeds say, and mend what drifted."""
    from flows.cli.show import progress
    from flows.inline import EXIT, run_sync
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_sync(assembly, "reconcile", progress=tell)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


@app.command(rich_help_panel=RUN)
def plan(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    form: Annotated[Literal["text", "markdown"], typer.Option("--format", help="How to print it.")] = "text",
) -> None:
    """Print what a run would do now, and a checksum to apply just that. Exit 0 if there is nothing to do."""
    from flows.cli.show import as_json, progress
    from flows.inline import plan_now
    from flows.wiring import assemble
    from hub import render
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        made = plan_now(assembly, tell)
    if json:
        as_json(render.as_data(made))
    else:
        print(render.as_markdown(made) if form == "markdown" else render.as_text(made))
    raise typer.Exit(1 if any(True for _ in render.operations(made)) else 0)


@app.command(rich_help_panel=RUN)
def apply(
    checksum: Annotated[str, typer.Option("--checksum", help="As `hub plan` printed it.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Do what `hub plan` printed, if that is still what there is to do; limits do not apply."""
    from flows.cli.show import progress
    from flows.inline import EXIT, run_sync
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_sync(assembly, "apply", checksum=checksum, progress=tell)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


def _report(record: RunRecord, *, json: bool) -> None:
    from flows.cli.show import as_json, line, spoken

    summary = dict(record.summary)
    if json:
        as_json({"run": record.id, "kind": record.kind, "state": record.state, **summary})
        return
    colour = {"clean": "green", "attention": "yellow"}.get(record.state, "red")
    line(f"Run {record.id}: {record.state} in {summary['seconds']} s", colour)
    for name in ("observed", "written", "created", "comments", "calls"):
        line(f"  {name:9} {spoken(summary[name]) or 'nothing'}")
    if summary.get("accounts") or summary.get("refreshed"):
        changed = f"{summary['accounts']} changed, {summary['refreshed']} open tickets refreshed"
        line(f"  {'accounts':9} {changed}")
    for name, hint in (
        ("conflicts", "hub conflicts"),
        ("parked", "hub parked"),
        ("losses", "hub losses"),
        ("waiting", "the next run goes on with them"),
    ):
        if summary.get(name):
            line(f"  {name:9} {summary[name]}  ({hint})", "yellow")
    unshown: Any = summary.get("unshown") or ()
    for why in unshown:
        line(f"  account   {why}  (hub accounts)", "yellow")
    news: Any = summary.get("news") or {}
    for what, count in news.items():
        line(f"  news      {what}: {count}  (hub mail)", "yellow")
    drift: Any = summary.get("drift") or ()
    for problem in drift:
        line(f"  drift     {problem}  (hub mappings check)", "yellow")
    if summary.get("error"):
        line(str(summary["error"]), "red")

"""Commands that run the hub: sync, backfill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

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
    report(record, json=json)
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
    report(record, json=json)
    raise typer.Exit(EXIT[record.state])


def report(record: RunRecord, *, json: bool) -> None:
    """Print what a run did."""
    from flows.cli.show import as_json, line, spoken

    summary: dict[str, Any] = dict(record.summary)
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
    waited: Mapping[str, int] = summary.get("waited", {})
    for limit, seconds in sorted(waited.items()):
        line(f"  {'waited':9} {seconds} s for {limit}, a limit of the vendor's", "yellow")
    for told in _what_waits(summary):
        line(told, "yellow")
    kept_back: Any = summary.get("kept_back") or {}
    if kept_back:
        line(f"  kept back {kept_back['tickets']} tickets: rejected, or not as they were approved:", "yellow")
        for row in kept_back["rows"]:
            line(f"            {row['system']} {row['what']}: {row['tickets']} tickets", "yellow")
    if summary.get("error"):
        line(str(summary["error"]), "red")


def _what_waits(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a run leaves to people, a line each."""
    for name, hint in (
        ("conflicts", "hub conflicts"),
        ("parked", "hub parked"),
        ("losses", "hub losses"),
        ("waiting", "the next run goes on with them"),
    ):
        if summary.get(name):
            yield f"  {name:9} {summary[name]}  ({hint})"
    standing: Mapping[str, int] = summary.get("standing", {})
    for name, count in standing.items():
        if count > summary.get(name, 0):
            yield f"  {name:9} {count} wait in all, of earlier runs too  (hub {name})"
    for why in summary.get("unshown") or ():
        yield f"  account   {why}  (hub accounts)"
    news: Mapping[str, int] = summary.get("news", {})
    for what, count in news.items():
        yield f"  news      {what}: {count}  (hub mail)"
    for problem in summary.get("drift") or ():
        yield f"  drift     {problem}  (hub mappings check)"

"""`hub reconcile`: every linked replica held against the hub."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app


@app.command(rich_help_panel=RUN)
def reconcile(
    report_only: Annotated[
        bool, typer.Option("--report", help="Only compare: say what drifted, and mend nothing.")
    ] = False,
    most: Annotated[
        int, typer.Option("--most", min=0, help="Compare so many tickets; the next reconcile goes on.")
    ] = 0,
    forecast_only: Annotated[
        bool, typer.Option("--forecast", help="Only say what it would ask of each side.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Mend although that exceeds the limits of policy.yaml.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Look at every linked ticket and issue, whatever the feeds say, and mend what drifted.

    One that was killed, or had enough, goes on where it was. Exit codes are those of `hub sync`; with
    --report: 0 nothing drifted, 1 something did.
    """
    from flows.cli.running import report
    from flows.cli.show import as_json, progress
    from flows.inline import EXIT
    from flows.reconciling import forecast, run_reconcile
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        expected = forecast(assembly, most)
        if not json:
            _expected(expected)
        if forecast_only:
            if json:
                as_json(expected)
            raise typer.Exit(0)
        record = run_reconcile(assembly, report=report_only, most=most, approved=approve, progress=tell)
    report(record, json=json)
    if not json:
        _drift(record.summary)
    raise typer.Exit(EXIT[record.state])


def _expected(found: dict[str, Any]) -> None:
    from flows.cli.show import line

    asked = ", ".join(f"{s} {one['calls']} calls" for s, one in found["sides"].items() if one["calls"])
    line(f"{found['tickets']} of {found['held']} tickets to compare: {asked or 'no calls'}", "bold")
    for system, one in found["sides"].items():
        for limit in one["budget"]:
            line(f"  {system:10} {limit['limit']}: {limit['left']:.0f} of {limit['of']:.0f} left", "dim")
    if found["fits"] < found["tickets"]:
        line(f"  Today's calls are enough for {found['fits']}; the rest waits for the next one.", "yellow")


def _drift(summary: Any) -> None:
    from flows.cli.show import line, table

    done = summary["pass"]
    line(f"{done['tickets']} tickets compared in this pass, {summary['drifted']} drifted in this run", "bold")
    rows = [
        (r["system"], r["what"], r["tickets"], r["right"], f"{_first(r, 'hub')} / {_first(r, 'side')}")
        for r in done.get("rows", ())
    ]
    if rows:
        table("Drift", ("side", "what", "tickets", "who is right", "hub / side, for example"), rows)


def _first(row: Any, name: str) -> str:
    return row["samples"][0][name] or "(empty)" if row["samples"] else ""

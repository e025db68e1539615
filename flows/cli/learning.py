"""Commands that follow the clock and learn: rescore, learn."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from flows.cli.app import DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app
from hub.records import RunRecord


@app.command(rich_help_panel=RUN)
def rescore(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """
    Score the open tickets anew and mark those whose score moves; the next sync writes it. Run it hourly.

    Exit 0 clean, 1 something waits for you, 2 failed.
    """
    from flows.cli.show import progress
    from flows.inline import EXIT
    from flows.rescoring import run_rescore
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_rescore(assembly, tell)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


@app.command(rich_help_panel=RUN)
def learn(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be learned.")] = False,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Print what verdicts say of scoring.yaml, as a diff."),
    ] = False,
) -> None:
    """
    Learn from what came of tickets and from what people said of warnings. Run it every night.

    Exit 0 clean, 1 something waits for you, 2 failed.
    """
    from flows.inline import EXIT
    from flows.learning import run_learn
    from flows.proposing import proposed
    from flows.wiring import assemble
    from hub.settings import load

    settings = load(config)
    with assemble(settings) as assembly:
        if propose:
            _proposed(proposed(settings, assembly.store), json=json)
            return
        record = run_learn(assembly, dry_run=dry_run)
    _report(record, json=json)
    raise typer.Exit(EXIT[record.state])


def _proposed(found: dict[str, Any], *, json: bool) -> None:
    from flows.cli.show import as_json, line

    if json:
        as_json(found)
        return
    for reason in found["reasons"]:
        line(f"- {reason}")
    print(found["diff"] or "Nothing to propose: people's verdicts do not speak against any weight.")


_TOLD = ("tickets", "marked", "incidents", "outcomes", "happened", "verdicts", "model", "tested", "note")
_WAITS = ("left", "texts_waiting", "missing", "kept", "warnings", "troubles", "fallen_back", "held")


def _report(record: RunRecord, *, json: bool) -> None:
    from flows.cli.show import as_json, line, spoken

    summary = dict(record.summary)
    if json:
        as_json({"run": record.id, "kind": record.kind, "state": record.state, **summary})
        return
    colour = {"clean": "green", "attention": "yellow"}.get(record.state, "red")
    line(f"Run {record.id}: {record.kind} {record.state} in {summary['seconds']} s", colour)
    for name in (*_TOLD, "texts_read", "alerts"):
        if summary.get(name) not in (None, "", {}, []):
            line(f"  {name:14} {spoken(summary[name])}")
    for name in _WAITS:
        value: Any = summary.get(name)
        told = cast("list[object]", value) if isinstance(value, list) else [value] if value else []
        for said in told:
            line(f"  {name:14} {spoken(said)}", "yellow")
    if summary.get("error"):
        line(str(summary["error"]), "red")

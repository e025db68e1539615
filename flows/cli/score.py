"""Commands about scores: what one is made of, what other weights would change, and who waits for how long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

score_app = typer.Typer(
    help="Scores: what they are made of, and what a change of weights would do.", no_args_is_help=True
)
app.add_typer(score_app, name="score", rich_help_panel=LOOK)

_SAMPLE = 20
"""Rows of a table for people; JSON has them all."""


@score_app.command()
def show(
    ticket: Annotated[str, typer.Argument(help="A ticket's id, number or issue key: zendesk:7, #7, SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Say what a ticket's score is made of, with the evidence; its risk; and where its deadlines stand."""
    from flows.cli.show import as_json
    from flows.deadlines import read_sla
    from flows.scoring import breakdown, read_scoring
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules, sla = read_scoring(settings), read_sla(settings)
    store = open_store(settings.store_url)
    try:
        found = breakdown(store, rules, sla, ticket, utc_now())
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        _told(one)


def _told(one: dict[str, Any]) -> None:
    from flows.cli.show import line, moment

    line(f"{one['id']}  {one['subject']}", "bold")
    shown, now = one["shown"], one["now"]
    if shown is None:
        line("No score is shown yet: the next sync shows one.")
    else:
        line(
            f"Priority {shown['priority']} ({shown['label']}), attention {shown['attention']}, "
            f"as of {moment(shown['at'])} UTC",
            "bold",
        )
        _reasons("Why", "points", shown["reasons"])
        line(_risk(shown), "bold")
        _reasons("Why", "log-odds", shown["risk_reasons"])
    for name, clock in (("Customer SLA", one["customer"]), ("Engineering OLA", one["engineering"])):
        line(_clock(name, clock))
    if shown is None or (shown["priority"], shown["label"]) != (now["priority"], now["label"]):
        line(f"At {moment(one['at'])} UTC it would be {now['priority']} ({now['label']})", "bold")
        _reasons("Why", "points", now["reasons"])


def _risk(shown: dict[str, Any]) -> str:
    low, high = shown["risk_range"]
    sure = f", between {low:.0%} and {high:.0%}," if high and shown["model"] else ""
    by = f" by model {shown['model']}" if shown["model"] else " by the rule alone, uncalibrated"
    return f"Escalation risk {shown['escalation_risk']:.0%}{sure}{by}"


def _clock(name: str, clock: dict[str, Any] | None) -> str:
    from flows.cli.show import moment

    if clock is None:
        return f"{name}: nothing is promised"
    due = f", due {moment(clock['due'])} UTC, {clock['used']:.0%} used" if clock["due"] else ""
    return f"{name}: {clock['state']}{due}"


def _reasons(title: str, unit: str, reasons: Sequence[dict[str, Any]]) -> None:
    from flows.cli.show import table

    rows = [(f"{r['points']:+g}", r["sentence"], r["factor"], r["evidence"]) for r in reasons]
    if rows:
        table(title, (unit, "because", "factor", "evidence"), rows)


@score_app.command()
def check(
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="Another scoring.yaml, to be tried against this one."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Say what weights do to the scores of the open tickets, before they do. Writes nothing.

    Without --rules, the scoring.yaml that is in use is set against what the tickets show now.

    Exit code 0: no score moves; 1: some do; 2: a file is wrong.
    """
    from flows.cli.show import as_json
    from flows.deadlines import read_sla
    from flows.scoring import as_data, read_scoring, trial_of
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    present, sla = read_scoring(settings), read_sla(settings)
    new = present if rules is None else read_scoring(settings, rules)
    store = open_store(settings.store_url)
    try:
        found = as_data(trial_of(store, None if rules is None else present, new, sla, utc_now()))
    finally:
        store.close()
    as_json(found) if json else _compared(found)
    raise typer.Exit(1 if found["moved"] else 0)


def _compared(found: dict[str, Any]) -> None:
    from flows.cli.show import line, table

    moved = found["moved"]
    count = "1 score moves" if len(moved) == 1 else f"{len(moved)} scores move"
    line(f"{found['tickets']} open tickets; {count}, {found['relabelled']} of them to another label", "bold")
    line(
        f"  {found['tickets_written']} tickets would be written anew, {found['writes']} copies on all sides; "
        f"the risk by the rule moves on {found['risks_moved']}"
    )
    before, after = found["labels_before"], found["labels_after"]
    table("Labels", ("label", "now", "then"), [(name, before.get(name, 0), n) for name, n in after.items()])
    if moved:
        rows = [
            (m["ticket"], f"{m['before']} {m['label_before']}", f"{m['after']} {m['label_after']}", _why(m))
            for m in moved[:_SAMPLE]
        ]
        table(f"The first {len(rows)}", ("ticket", "now", "then", "because"), rows)
    _waits(found["waits"])
    places = [(p["tier"], p["tickets"], p["before"], p["after"]) for p in found["places"]]
    table("Place in the queue, each tier's middle ticket", ("tier", "tickets", "now", "then"), places)


def _why(moved: dict[str, Any]) -> str:
    return ", ".join(f"{factor} {before:g} → {after:g}" for factor, before, after in moved["factors"])


def _waits(waits: Sequence[dict[str, Any]]) -> None:
    from flows.cli.show import table

    rows = [
        (w["tier"], w["tickets"], f"{w['p50']:.1f}", f"{w['p95']:.1f}", f"{w['longest']:.1f}") for w in waits
    ]
    table(
        "Waiting on us, in business hours", ("tier", "tickets", "half of them", "95 in 100", "longest"), rows
    )


@score_app.command()
def waits(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Say for how long customers wait on us now, by tier: whether anybody starves."""
    from flows.cli.show import as_json
    from flows.deadlines import read_sla
    from flows.scoring import as_data, read_scoring, trial_of
    from flows.wires import utc_now
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules, sla = read_scoring(settings), read_sla(settings)
    store = open_store(settings.store_url)
    try:
        found = as_data(trial_of(store, None, rules, sla, utc_now()))["waits"]
    finally:
        store.close()
    as_json(found) if json else _waits(found)


@score_app.command()
def measures(json: AsJson = False) -> None:
    """List what scoring.yaml can weigh beside registers, each with its meaning."""
    from flows.cli.show import as_json, table
    from hub.measure_names import MEASURES

    if json:
        as_json({m.name: {"kind": m.kind, "meaning": m.meaning} for m in MEASURES.values()})
        return
    rows = [(m.name, ", ".join(m.options) or m.kind, m.meaning) for m in MEASURES.values()]
    table("Measures", ("name", "kind", "meaning"), rows)

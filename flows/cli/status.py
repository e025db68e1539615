"""`hub status`: how the hub is, on one screen; and `hub metrics`, the same for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

_WORDS = {"suspended": "held back", "quarantined": "not to be read", "capped": "held back by a cap"}
_SHOWN = 6
"""Runs on the screen; `--runs` shows more, JSON has ten."""
_LONGEST = 400


@app.command(rich_help_panel=LOOK)
def status(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    runs: Annotated[int, typer.Option("--runs", help="How many runs are listed.", min=0, max=10)] = _SHOWN,
) -> None:
    """Say what is wrong, what waits, how old what the hub knows is, and how the last runs went."""
    from flows.cli.show import as_json, line
    from flows.looking import display_url, status_of
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    store = open_store(settings.store_url)
    try:
        found = status_of(store, mail=settings.email is not None, settings=settings)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    line(f"{found['tickets']} tickets held in {display_url(settings.store_url)}", "bold")
    _alarms(found)
    _waiting(found)
    if "mail" in found:
        _mail(found["mail"])
    _sides(found["sides"])
    _flows(found)
    _runs(found["runs"][:runs])


@app.command(rich_help_panel=LOOK)
def metrics(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Print what `/metrics` of `hub serve` shows, for a textfile collector of Prometheus."""
    import sys

    from flows.vitals import health_of
    from flows.vitals_metrics import exposition
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    store = open_store(settings.store_url)
    try:
        text = exposition(health_of(store, settings))
    finally:
        store.close()
    _ = sys.stdout.write(text.decode())


def _runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """What went wrong stands below the table: as a column of it nobody could read it on a small screen."""
    from flows.cli.show import brief, line, moment, table

    rows = [
        (r["id"], r["kind"], moment(r["started"]), r.get("state", "running"), _told(r).get("seconds", ""))
        for r in runs
    ]
    table("Last runs", ("run", "kind", "started", "state", "seconds"), rows)
    for r in runs:
        if wrong := _wrong(_told(r)):
            line(f"  {r['id']}: {brief(wrong, _LONGEST)}", "yellow")


def _told(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return run.get("summary") or {}


def _wrong(summary: Mapping[str, Any]) -> str:
    """Return what went wrong in a run: the whole of it, or one side."""
    down: Mapping[str, str] = summary.get("down") or {}
    return summary.get("error") or "; ".join(f"{side} is down: {why}" for side, why in down.items())


def _alarms(found: Mapping[str, Any]) -> None:
    from flows.cli.show import line

    for alarm in found["alarms"]:
        urgent = alarm["grade"] == "urgent"
        line(f"{'URGENT' if urgent else 'soon':6} {alarm['says']}", "red" if urgent else "yellow")
        line(f"       {alarm['todo']}", "dim")
    if found["late"] and not any(a["key"].startswith("late:") for a in found["alarms"]):
        line(str(found["late"]), "yellow")
    if not found["alarms"] and not found["late"]:
        line("Nothing is wrong.", "green")


def _waiting(found: Mapping[str, Any]) -> None:
    from flows.cli.show import line

    for name in ("links", "inbox"):
        line(f"  {name:10} " + (", ".join(f"{k} {v}" for k, v in found[name].items()) or "none"))
    for name, hint in (
        ("unfinished", "the next run goes on"),
        ("conflicts", "hub conflicts"),
        ("parked", "hub parked"),
        ("approvals", "hub plan, then hub apply"),
    ):
        line(f"  {name:10} {found[name]}" + (f"  ({hint})" if found[name] else ""))


def _sides(sides: Mapping[str, Mapping[str, Any]]) -> None:
    """Say of each side how old what the hub knows of it may be."""
    from flows.cli.show import moment, table

    rows = [
        (
            side,
            f"{one['lag_seconds']:.0f} s",
            moment(one["changed_at"])[5:],
            moment(one["webhook_at"])[5:],
            one["inbox"],
            one["parked"],
            f"{one['budget_spent']:.0%}" if one["budget_spent"] is not None else "",
        )
        for side, one in sides.items()
    ]
    columns = ("side", "lag", "changed", "webhook", "inbox", "parked", "spent")
    if rows:
        table("Sides (UTC)", columns, rows)


def _flows(found: Mapping[str, Any]) -> None:
    from flows.cli.show import line, moment, table

    rows = [
        (
            name,
            one["state"] + (" LATE" if one["late"] else ""),
            moment(one["good"]) or "never",
            one["failures"] or "",
        )
        for name, one in found["flows"].items()
    ]
    if rows:
        table("Flows (UTC)", ("flow", "state", "last good", "failures in a row"), rows)
    canary = found["canary"]
    if canary is not None:
        said = (
            f"came through, the slowest hop in {canary['slowest']:.0f} s" if canary["ok"] else canary["told"]
        )
        line(f"Canary {moment(canary['at'])}: {said}", "green" if canary["ok"] else "red")


def _mail(found: Mapping[str, Any]) -> None:
    """Say what waits in the outbox and what is held back; what a person must look at stands out."""
    from flows.cli.show import line, moment

    waits = [f"{found['to_send']} to be sent", f"{found['in_doubt']} in doubt"]
    boxes = [f"{b['name']} {moment(b['at'])}" for b in found["mailboxes"]]
    line(f"  {'mail':10} {', '.join(waits)}; read {moment(found['read_at']) or 'never'}")
    line(f"  {'':10} last news (UTC): {', '.join(boxes) or 'none'}")
    for names, hint in (
        (("suspended", "quarantined"), "hub mail list"),
        (("failed", "capped"), "hub mail outbox"),
    ):
        told = ", ".join(f"{found[name]} {_WORDS.get(name, name)}" for name in names if found[name])
        if told:
            line(f"  {'':10} {told}  ({hint})", "yellow")

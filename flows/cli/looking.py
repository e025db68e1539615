"""Commands that only look: status, runs, explain, losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

_WORDS = {"suspended": "held back", "quarantined": "not to be read", "capped": "held back by a cap"}


@app.command(rich_help_panel=LOOK)
def status(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Say what is held, what waits, what is parked or in conflict, and how the last runs went."""
    from flows.cli.show import as_json, brief, line, moment, table
    from flows.looking import display_url, status_of
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    store = open_store(settings.store_url)
    try:
        found = status_of(store, mail=settings.email is not None)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    line(f"{found['tickets']} tickets held in {display_url(settings.store_url)}", "bold")
    for name in ("links", "inbox"):
        line(f"  {name:10} " + (", ".join(f"{k} {v}" for k, v in found[name].items()) or "none"))
    for name, hint in (
        ("unfinished", "the next run goes on"),
        ("conflicts", "hub conflicts"),
        ("parked", "hub parked"),
    ):
        line(f"  {name:10} {found[name]}" + (f"  ({hint})" if found[name] else ""))
    if "mail" in found:
        _mail(found["mail"])
    if found["late"]:
        line(str(found["late"]), "yellow")
    rows = [
        (
            r["id"],
            r["kind"],
            moment(r["started"]),
            r["state"],
            r["summary"].get("seconds", ""),
            brief(r["summary"].get("error", "")),
        )
        for r in found["runs"]
    ]
    table("Last runs", ("run", "kind", "started", "state", "seconds", "what went wrong"), rows)


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


@app.command(rich_help_panel=LOOK)
def explain(
    ticket: Annotated[str, typer.Argument(help="A ticket's id, number or issue key: zendesk:7, #7, SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Say where each value of a ticket came from and when, where it is shown, and how it is scored."""
    from flows.cli.show import as_json
    from flows.looking import explained
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = explained(store, ticket)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        _explain(one)


def _explain(one: dict[str, Any]) -> None:
    from flows.cli.show import brief, line, moment, table

    line(f"{one['id']}  {one['subject']}", "bold")
    table(
        "Shown in",
        ("system", "as", "state", "url"),
        [(k["system"], k["label"], k["state"], k["url"]) for k in one["links"]],
    )
    table(
        "Values",
        ("register", "value", "from", "at (UTC)"),
        [(v["register"], brief(v["value"]), v["from"], moment(v["at"])) for v in one["values"]],
    )
    score = one["score"]
    if score:
        line(
            f"Score {score['priority']} ({score['label']}), escalation risk {score['escalation_risk']:.0%}",
            "bold",
        )
        table(
            "Reasons",
            ("points", "because", "factor", "evidence"),
            [(f"{r['points']:+g}", r["sentence"], r["factor"], r["evidence"]) for r in score["reasons"]],
        )
    table(
        "Comments",
        ("at (UTC)", "from", "author", "who may read it", "text"),
        [
            (
                moment(c["at"]),
                c["from"],
                c["author"],
                c["audience"],
                "(taken back)" if c["removed"] else brief(c["text"]),
            )
            for c in one["comments"]
        ],
    )
    for conversation in one["mail"]:
        _conversation(conversation)
    table(
        "Parked",
        ("id", "system", "what", "why"),
        [(p["id"], p["system"], p["slot"], p["reason"]) for p in one["parked"]],
    )
    table(
        "Lost on the way",
        ("system", "register", "what", "detail"),
        [(x["system"], x["register"], x["what"], x["detail"]) for x in one["losses"]],
    )


def _conversation(one: Mapping[str, Any]) -> None:
    from flows.cli.show import line, moment, table

    into = f", goes on in {one['merged_into']}" if one["merged_into"] else ""
    line(f"By mail: {one['label']} ({one['status']}{into}) in {one['mailbox'] or 'the mailbox'}", "bold")
    line(f"  with {', '.join([one['requester'] or 'nobody', *one['followers']])}")
    lost = [m for m in one["sent"] if m["state"] in {"failed", "unknown"}]
    for mail in lost:
        what = "did not reach" if mail["state"] == "failed" else "may not have reached"
        line(f"  Mail {mail['id']} {what} {mail['to']}: {mail['reason'] or 'no answer'}", "red")
    table(
        "Sent to",
        ("id", "to", "state", "tries", "at (UTC)", "why"),
        [(m["id"], m["to"], m["state"], m["tries"], moment(m["at"]), m["reason"]) for m in one["sent"]],
    )


@app.command(rich_help_panel=LOOK)
def losses(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List what some side could not show in full: what was cut, retyped or left out, on which ticket."""
    from flows.cli.show import as_json, table
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = store.losses()
    finally:
        store.close()
    if json:
        as_json(found)
        return
    table(
        "Loss ledger",
        ("ticket", "system", "register", "what", "detail", "at"),
        [(x.ticket_id, x.system, x.register, x.what, x.detail, x.at) for x in found],
    )

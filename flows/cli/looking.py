"""Commands that only look: explain, losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app


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

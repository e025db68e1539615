"""Commands that tell what a ticket is about: its brief, tickets like it, incidents."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

Ticket = Annotated[str, typer.Argument(help="A ticket's id, number or issue key: zendesk:7, #7, SUP-7.")]


@app.command(rich_help_panel=LOOK)
def brief(
    ticket: Ticket,
    side: Annotated[str, typer.Option(help="As its people may see it: jira, salesforce, zendesk.")] = "",
    summary: Annotated[
        bool, typer.Option(help="Have [endpoint] of hub.toml word it: what may leave is sent there.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Tell the state of a ticket in a screen, for whoever takes over; every line with its source."""
    from flows.cli.show import as_json, line
    from flows.suggesting import as_data, briefs, reader_for
    from flows.summarising import may_leave, summed_up
    from flows.wires import Wires
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    reader = reader_for(settings, side)
    endpoint, outside = may_leave(settings, reader) if summary else (None, reader)
    store = open_store(settings.store_url)
    try:
        given = briefs(store, ticket, reader)
        leaving = briefs(store, ticket, outside) if endpoint else []
    finally:
        store.close()
    found = [as_data(one) for one in given]
    if endpoint:
        worded = summed_up(endpoint, leaving, Wires())
        numbered = [[piece.text for piece in one.pieces] for one in leaving]
        found = [{**a, **b, "lines": c} for a, b, c in zip(found, worded, numbered, strict=True)]
    if json:
        as_json(found)
        return
    for one in found:
        line(str(one["text"]) or f"{one['id']}: customers read that side; it shows no brief.")
        if endpoint:
            _worded(one)


def _worded(one: dict[str, Any]) -> None:
    """The summary, the lines it was made from by their numbers, and what left the hub for it."""
    from flows.cli.show import line

    line("")
    if one["trouble"]:
        line(f"No summary, the brief above stands: {one['trouble']}")
        return
    said = one["summary"] or "nothing to tell"
    line(f"{one['model']}, from {one['sent']} lines that were sent there: {said}")
    for number, text in enumerate(one["lines"], 1):
        line(f"  [{number}] {text}")


@app.command(rich_help_panel=LOOK)
def similar(
    ticket: Ticket,
    most: Annotated[int, typer.Option(help="How many, at most.", min=1, max=100)] = 10,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List the tickets that are most like one, how they were solved, and what that suggests."""
    from flows.cli.show import as_json
    from flows.suggesting import read_routing
    from flows.suggesting import similar as find
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules = read_routing(settings)
    store = open_store(settings.store_url)
    try:
        found = find(store, ticket, rules, most)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        _similar(one)


def _similar(one: dict[str, Any]) -> None:
    from flows.cli.show import brief as short
    from flows.cli.show import line, table

    line(f"{one['id']}  {one['subject']}", "bold")
    rows = [
        (
            f"{n['likeness']:.2f}",
            n.get("name") or n["id"],
            "solved" if n.get("done") else "open",
            n.get("decided", {}).get("product_area", ""),
            ", ".join(n.get("issues", ())),
            short(n.get("solution", "")),
        )
        for n in one["similar"]
    ]
    table("Most like it", ("likeness", "ticket", "state", "area", "issue", "what solved it"), rows)
    line(str(one["suggested"]["suggested.why"] or "Nothing is clear enough to be suggested."))


@app.command(rich_help_panel=LOOK)
def incidents(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List what several customers report at once, since when, and how to link it to one issue."""
    from flows.cli.show import as_json, line
    from flows.suggesting import incident_list, read_routing
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    rules = read_routing(settings)
    store = open_store(settings.store_url)
    try:
        found = incident_list(store, store.now(), rules)
    finally:
        store.close()
    if json:
        as_json([{**_plain(one)} for one in found])
        return
    if not found:
        line("No incident: nothing is reported by several customers at once.")
    for one in found:
        line(f"{'Over' if one.over else 'Now'}: {one.told}", "" if one.over else "bold")
        for command in one.commands():
            line(f"  {command}")


def _plain(one: Any) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(one), "told": one.told, "commands": list(one.commands())}

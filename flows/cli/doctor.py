"""`hub doctor`: look at everything that the hub stands on, and say what to do about what is wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@app.command(rich_help_panel=LOOK)
def doctor(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this part, as the output names it: jira.")
    ] = None,
) -> None:
    """Check clocks, sign-in, rights, webhooks, fields, budgets, mail, store. Exit 0 well, 1 warned, 2 not."""
    from flows.cli.show import as_json, line
    from flows.doctor import examined, worst

    found = examined(config, only or ())
    if json:
        as_json({"ok": worst(found) == 0, "checks": [one.to_json() for one in found]})
    else:
        part = ""
        for one in found:
            if one.part != part:
                line(one.part, "bold")
                part = one.part
            line(f"  {one.verdict:4} {one.what}", _COLOURS[one.verdict])
            if one.todo:
                line(f"       {one.todo}", "dim")
    raise typer.Exit(worst(found))

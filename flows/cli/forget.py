"""`hub forget`: delete one person's data."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app


@app.command(rich_help_panel=DECIDE)
def forget(
    person: Annotated[
        str, typer.Argument(help="Their address, their id on a side (zendesk:7), or whole name.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. It cannot be undone.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Delete one person's data from everything the hub keeps: tickets, mails, history, journal, audit.

    No side is written to: what Zendesk, Jira and Salesforce hold, their own deletion removes.
    """
    from flows import forgetting
    from flows.cli.show import as_json, line, table
    from hub.settings import load
    from hub.store import Keys, open_store

    if json and not (dry_run or yes):
        raise typer.BadParameter("with --json nobody is asked: add --yes to delete for good, or --dry-run")
    settings = load(config)
    store = open_store(settings.store_url, keys=Keys((), settings.audit.keys))
    try:
        if not (dry_run or yes):
            tried = forgetting.forget(store, person, dry_run=True)
            rows = sum(tried.rows.values())
            line(f"{tried.tickets} tickets, {tried.comments} comments of theirs, {rows} rows.")
            _ = typer.confirm("Delete for good?", abort=True)
        found = forgetting.forget(store, person, dry_run=dry_run)
    finally:
        store.close()
    if json:
        as_json(found)
        return
    verb = "would be forgotten" if dry_run else "is forgotten"
    line(f"The person {verb}, and is {found.alias} from now on.", "bold")
    line(f"  {found.tickets} tickets, {found.comments} comments of theirs")
    table("Redacted rows", ("table", "rows"), sorted(found.rows.items()))
    table("Removed rows", ("table", "rows"), sorted(found.removed.items()))
    table(
        "To be judged by a person",
        ("ticket", "where", "why"),
        [(j.ticket_id, j.where, j.why) for j in found.judge],
    )
    line("Backups, and what the sides hold, are not touched: docs/audit.md says what to do there.", "dim")

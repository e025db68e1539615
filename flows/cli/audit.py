"""`hub audit`: who changed what, when, on which side and why; and whether the trail is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app

audit_app = typer.Typer(
    help="Who changed what, when, on which side and why; and whether that was tampered with.",
    no_args_is_help=True,
)
app.add_typer(audit_app, name="audit", rich_help_panel=LOOK)

Person = Annotated[
    str, typer.Option("--person", help="Only what they did: an address, zendesk:7, ann@desk-3.")
]
Since = Annotated[str, typer.Option("--since", help="Only from this day or instant on (UTC).")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")]
_LISTED = 500


@audit_app.command("show")
def show(
    ticket: Annotated[str, typer.Argument(help="A ticket's id, number or issue key.")] = "",
    person: Person = "",
    since: Since = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Say who changed what, when, on which side and why: of a ticket, by a person, or since a day."""
    import sys
    from itertools import islice

    from flows.audit_files import write_csv
    from flows.auditing import trail
    from flows.cli.show import as_json, brief, line, moment, table
    from flows.histories import since_of
    from hub.errors import Misconfigured
    from hub.settings import load
    from hub.store import open_store

    if not (ticket or person or since):
        raise Misconfigured(
            "Name a ticket, or give --person or --since; `hub audit export` writes all of it."
        )
    start, store = since_of(since), open_store(load(config).store_url)
    try:
        found = trail(store, ticket=ticket, person=person, since=start)
        if csv:
            _ = write_csv(found, sys.stdout)
            return
        if json:
            as_json(list(found))
            return
        lines = list(islice(found, _LISTED + 1))
    finally:
        store.close()
    rows = [
        (
            moment(x.at),
            x.ticket,
            x.side,
            x.who,
            brief(x.what, 60),
            brief(x.before, 40),
            brief(x.after, 60),
            x.why,
        )
        for x in lines[:_LISTED]
    ]
    table("Changes", ("at (UTC)", "ticket", "side", "who", "what", "before", "after", "why"), rows)
    if len(lines) > _LISTED:
        line(
            f"Only the first {_LISTED} are shown; --json, --csv and `hub audit export` have all of them."
        )


@audit_app.command("export")
def export(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A file; .csv for CSV, .gz for compressed. Else: print it."),
    ] = None,
    since: Since = "",
    person: Person = "",
    anchors: Annotated[
        bool,
        typer.Option("--anchors", help="Only the chain's anchors, to keep elsewhere."),
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write the trail, one JSON object a line, or CSV; or its anchors, by which a cut trail is found out."""
    import sys

    from flows.audit_files import write_anchors, write_trail
    from flows.auditing import trail
    from flows.cli.show import line
    from flows.histories import since_of
    from hub.settings import load
    from hub.store import open_store

    start, store = since_of(since), open_store(load(config).store_url)
    try:
        if anchors:
            told = write_anchors(store.anchors(100_000), out, sys.stdout)
        else:
            told = write_trail(trail(store, person=person, since=start), out, sys.stdout)
    finally:
        store.close()
    if out is not None:
        line(f"{told} line{'' if told == 1 else 's'} written to {out}")


@audit_app.command("verify")
def verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="Anchors that were kept elsewhere (`export --anchors`).")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Hold every row against its seal; exit 1 and name the first that was changed, removed or inserted."""
    from flows.audit_files import read_anchors
    from flows.cli.show import as_json
    from hub.settings import load
    from hub.store import Keys, open_store

    kept = read_anchors(anchors) if anchors is not None else ()
    settings = load(config)
    store = open_store(settings.store_url, keys=Keys((), settings.audit.keys))
    try:
        found = store.verify(kept)
    finally:
        store.close()
    if json:
        as_json({"intact": found.intact, **_plain(found)})
    else:
        _tell(found, signed=bool(settings.audit.keys))
    raise typer.Exit(0 if found.intact else 1)


def _plain(found: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def _tell(found: Any, *, signed: bool) -> None:
    from flows.cli.show import line, table

    count = sum(found.rows.values())
    line(f"{found.seals:,} seals over {count:,} rows; {found.removed:,} lawfully removed or redacted", "bold")
    if found.unsealed:
        waiting = ", ".join(f"{n:,} of {s}" for s, n in found.unsealed.items())
        line(f"Not sealed yet, the end of the next run does it: {waiting}", "dim")
    if found.last is not None:
        line(f"Last anchor: seal {found.last.n} at {found.last.at}, {found.last.chain}")
    if signed:
        line(f"{found.signed:,} of {found.anchors:,} anchors are signed by our key")
        if found.signed and found.signed < found.anchors:
            since = f"The first of them is of {found.signed_from.at} (seal {found.signed_from.n})"
            line(f"{since}: for what is older only anchors vouch that you kept elsewhere.", "yellow")
    else:
        line(
            "No key: who can write to the database can seal anew. See `[audit] key` in docs/audit.md.",
            "yellow",
        )
    if found.intact:
        line("Nothing was changed, removed or inserted.", "green")
        return
    first = found.faults[0]
    verdict = "NOT PROVEN" if first.what == "unsigned" else "TAMPERED"
    line(f"{verdict}: {first.said} (seal {first.n or '-'})", "red")
    table(
        "Faults",
        ("seal", "what", "source", "row", "found"),
        [(f.n or "-", f.what, f.source, f.row, f.said) for f in found.faults],
    )


@audit_app.command("prune")
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Remove what `[retention]` in hub.toml lets go, as `hub learn` does every night; the trail holds."""
    from flows.cli.show import as_json, table
    from flows.forgetting import kept_in_bounds
    from hub.settings import load
    from hub.store import Keys, open_store

    settings = load(config)
    store = open_store(settings.store_url, keys=Keys((), settings.audit.keys))
    try:
        due = store.due_for_removal(settings.retention)
        removed = due if dry_run else kept_in_bounds(store, settings.retention)
    finally:
        store.close()
    if json:
        as_json(dict(removed))
        return
    rows = sorted((kind, count) for kind, count in removed.items() if count)
    table("Would be removed" if dry_run else "Removed", ("kind", "rows"), rows)

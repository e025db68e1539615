"""`hub match`: what was on several sides before the hub came, and is the same problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app

match_app = typer.Typer(
    help="Find tickets, issues and Cases that were there before the hub and are the same problem.",
    invoke_without_command=True,
)
app.add_typer(match_app, name="match", rich_help_panel=DECIDE)

Which = Annotated[list[str] | None, typer.Argument(help="Ids of proposals, as `hub match` lists them.")]
_LISTED = 50


@match_app.callback()
def match(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    report: Annotated[bool, typer.Option("--report", help="What a bare `hub match` does, too.")] = False,
) -> None:
    """Read every side and propose what belongs together. Nothing is written, nothing is linked."""
    del report
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import line, progress
    from flows.matching import as_plain, find_matches
    from flows.wiring import assemble
    from hub.model import EMAIL
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        found = find_matches(assembly, tell)
        mailbox = EMAIL in assembly.connectors
    _show(as_plain(found), json=json)
    if mailbox and not json:
        line("The mailbox is not read for this: no conversation there is older than the hub.", "dim")


@match_app.command("list")
def listed(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    state: Annotated[str, typer.Option(help="proposed, accepted or rejected; empty: all")] = "proposed",
) -> None:
    """Show what the last reading found, without reading again."""
    from flows.matching import as_plain, offers
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = [o for o in offers(store) if state in ("", o.state)]
    finally:
        store.close()
    _show(as_plain(found), json=json)


@match_app.command("accept")
def accept_pairs(
    ids: Which = None,
    config: ConfigFile = DEFAULT_CONFIG,
    everything: Annotated[bool, typer.Option("--all", help="All that nothing else contends with.")] = False,
    above: Annotated[float, typer.Option(min=0.5, max=1.0, help="With --all: only surer ones.")] = 0.95,
    json: AsJson = False,
) -> None:
    """Take pairs for one problem each. The next run links them; no value is lost by it."""
    from flows.matching import as_plain
    from flows.matching_choices import accept, chosen
    from flows.wiring import assemble
    from hub.errors import Misconfigured
    from hub.settings import load

    if bool(ids) == everything:
        raise Misconfigured("say which: ids of proposals, or --all")
    with assemble(load(config)) as assembly:
        done = accept(assembly, chosen(assembly.store, ids or (), above if everything else None))
    _told(as_plain(done), "accepted; the next `hub sync` links them", json=json)


@match_app.command("reject")
def reject_pairs(ids: Which = None, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Say that pairs are not the same problem: they are not proposed again."""
    from flows.matching import as_plain
    from flows.matching_choices import chosen, reject
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        done = reject(assembly, chosen(assembly.store, ids or (), None))
    _told(as_plain(done), "rejected", json=json)


@match_app.command("undo")
def undo_pair(
    one: Annotated[str, typer.Argument(help="Id of a proposal that was accepted or rejected.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take a decision back. Values that the match changed come back with `hub undo RUN`."""
    from flows.cli.show import line
    from flows.matching_choices import chosen, undo
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        [offer] = chosen(assembly.store, [one], None)
        left = undo(assembly, offer)
    line(f"{offer.proposal.label} and {offer.proposal.other} are not taken for one any more.{left}")


def _told(done: Sequence[Mapping[str, Any]], what: str, *, json: bool) -> None:
    from flows.cli.show import as_json, line

    if json:
        as_json(done)
        return
    line(f"{len(done)} {'pair' if len(done) == 1 else 'pairs'} {what}.")


def _show(found: Sequence[Mapping[str, Any]], *, json: bool) -> None:
    from flows.cli.show import as_json, brief, line, table

    if json:
        as_json(found)
        return
    if not found:
        line("Nothing looks like the same problem on two sides.")
        return
    table(
        "The same problem?",
        ("id", "score", "ticket", "and", "subject", "why", "or rather", ""),
        [_row(one) for one in found[:_LISTED]],
    )
    differ = [
        (one["id"], d["label"], brief(d["one"], 40), brief(d["other"], 40), d["stands"])
        for one in found[:_LISTED]
        if one["state"] == "proposed"
        for d in one["differences"]
    ]
    if differ:
        table("What differs, and which would stand", ("id", "value", "ticket", "other", "stands"), differ)
    if len(found) > _LISTED:
        line(f"{len(found) - _LISTED} more: `hub match list --json` has them all.", "dim")
    line("`hub match accept ID`, or `--all --above 0.95`; `hub match reject ID`. Nothing was written.", "dim")


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    from flows.cli.show import brief

    return (
        one["id"],
        f"{one['score']:.2f}",
        f"{one['ticket'].partition(':')[0]} {one['label']}",
        f"{one['system']} {one['other']}",
        brief(one["subject"], 40),
        "; ".join(e["what"] for e in one["evidence"][:2]),
        ", ".join(one.get("rivals", ())),
        "" if one["state"] == "proposed" else one["state"],
    )

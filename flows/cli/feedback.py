"""`hub feedback`: tell the hub what its warnings were worth."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app

feedback_app = typer.Typer(
    help="Tell the hub what its warnings were worth; every side shows it, and the hub learns from it.",
    no_args_is_help=True,
)
app.add_typer(feedback_app, name="feedback", rich_help_panel=DECIDE)

Ticket = Annotated[str, typer.Argument(help="A ticket's id, number or issue key: zendesk:7, #7, SUP-7.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; people see it, too.")]


@feedback_app.command()
def accept(ticket: Ticket, reason: Reason = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """The warning is right: somebody deals with it."""
    _give(ticket, "accept", config, reason=reason)


@feedback_app.command()
def dismiss(ticket: Ticket, reason: Reason = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """The warning is wrong. It comes back if the customer writes again."""
    _give(ticket, "dismiss", config, reason=reason)


@feedback_app.command()
def snooze(
    ticket: Ticket,
    until: Annotated[str, typer.Option("--until", help="A day, or 5d, 2w. Default: three days.")] = "",
    reason: Reason = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Not now: nobody is alerted until that day. Nothing is learned from it."""
    _give(ticket, "snooze", config, reason=reason, until=until)


@feedback_app.command()
def clear(ticket: Ticket, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Take back what was said."""
    _give(ticket, "clear", config)


def _give(
    ticket: str,
    verb: Literal["accept", "dismiss", "snooze", "clear"],
    config: ConfigFile,
    *,
    reason: str = "",
    until: str = "",
) -> None:
    from flows.cli.show import line
    from flows.verdicts import give_verdict
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(give_verdict(assembly, ticket, verb, reason=reason, until=until))


@feedback_app.command("wrong-signal")
def wrong_signal(
    ticket: Ticket,
    signal: Annotated[str, typer.Argument(help="Which: churn, frustration, production_down, …")],
    right: Annotated[bool, typer.Option("--right", help="It was right after all.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """The customer did not mean that: the signal counts no more on this ticket."""
    from flows.cli.show import line
    from flows.verdicts import deny_signal
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(deny_signal(assembly, ticket, signal, right=right))


@feedback_app.command("list")
def listed(
    ticket: Annotated[str, typer.Argument(help="Of one ticket; left out: of all.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List what people said so far, oldest first."""
    from flows.cli.show import as_json, brief, moment, table
    from flows.verdicts import said_so_far, summed
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found, sums = said_so_far(store, ticket), list(summed(store))
    finally:
        store.close()
    if json:
        as_json(found)
        return
    rows = [
        (
            moment(f["at"]),
            f["ticket_id"],
            " ".join((f["verdict"], f.get("subject", ""))).strip(),
            f.get("until", ""),
            brief(f.get("reason", "")),
            f["actor"] or f["side"],
            f"{f['risk']:.0%}" if f.get("risk") is not None else "",
        )
        for f in found
    ]
    table("Feedback", ("at (UTC)", "ticket", "what", "until", "why", "who", "risk shown"), rows)
    if rows and not ticket:
        table("In all", ("what", "about", "times"), sums)

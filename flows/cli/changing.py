"""Commands with which people decide: links. See also `conflicts` and `parked`."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, ConfigFile, app


@app.command(rich_help_panel=DECIDE)
def link(
    ticket: Annotated[str, typer.Argument(help="The ticket: zendesk:7, #7.")],
    issue: Annotated[str, typer.Argument(help="The Jira issue: SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Link a ticket to an existing Jira issue; one issue may serve many tickets."""
    _link(ticket, issue, config, wanted=True)


@app.command(rich_help_panel=DECIDE)
def unlink(
    ticket: Annotated[str, typer.Argument(help="The ticket: zendesk:7, #7.")],
    issue: Annotated[str, typer.Argument(help="The Jira issue: SUP-7.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """End the link between a ticket and a Jira issue. Both stay as they are."""
    _link(ticket, issue, config, wanted=False)


def _link(ticket: str, issue: str, config: ConfigFile, *, wanted: bool) -> None:
    from flows.cli.show import line
    from flows.inline import set_link
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly:
        line(set_link(assembly, ticket, issue, wanted=wanted))

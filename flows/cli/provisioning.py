"""`hub provision`: make the fields that the mapping files need."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.app import BEGIN, DEFAULT_CONFIG, AsJson, ConfigFile, app


@app.command(rich_help_panel=BEGIN)
def provision(
    system: Annotated[str, typer.Argument(help="zendesk, jira or salesforce.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only report: exit code 0 if nothing is missing, else 1.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before making anything.")] = False,
    session: Annotated[
        str,
        typer.Option(
            "--as",
            help="Salesforce: an administrator's session instead of the hub's own; env:NAME or file:NAME.",
        ),
    ] = "",
    user: Annotated[
        str, typer.Option("--user", help="Salesforce: whom the hub signs in as, where that is not --as.")
    ] = "",
    basics: Annotated[
        bool, typer.Option("--account-basics", help="Salesforce: with the package's optional Account fields.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Make what a system lacks for the mapping files: fields, options, permissions. Shows a plan first."""
    from flows.cli.show import as_json, line
    from flows.provisioning import (
        Org,
        Provisioned,
        ended,
        provisioner,
        refreshed,
        shown,
        silent,
        still_holds,
    )
    from flows.provisioning import provision as make
    from flows.wiring import assemble
    from hub.errors import Misconfigured
    from hub.settings import load, secret

    if json and not (check or yes):
        raise Misconfigured("--json asks nobody: add --check to only report, or --yes to make it all")
    with assemble(load(config)) as assembly:
        work = provisioner(assembly, system, Org(secret(session, config), user, basics))
        plan = work.plan()
        if not json:
            for text, style in shown(plan):
                line(text, style)
        done = Provisioned(plan)
        if plan.steps and not check:
            if not yes:
                _ = typer.confirm(f"Make these {len(plan.steps)} changes at {system}?", abort=True)
                still_holds(work, plan)
            done = make(work, plan, refreshed(assembly, system), silent if json else line)
            for text, style in () if json else ended(done):
                line(text, style)
        if json:
            as_json(done.to_json())
        raise typer.Exit(0 if done.left.complete else 1)


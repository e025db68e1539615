"""Commands about what would be done: plan, apply, and the plans that wait for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, RUN, AsJson, ConfigFile, app

approvals_app = typer.Typer(
    help="Plans that would do too much, and wait for you.", invoke_without_command=True
)
app.add_typer(approvals_app, name="approvals", rich_help_panel=DECIDE)
_Plan = Annotated[str, typer.Argument(help="The plan's checksum or id, as `hub approvals` lists it.")]
_EXIT = """
Exit codes, for a CI job: 0 nothing would be done (or changed), 1 something would, 2 a file is wrong, or a
side that a review must look at does not answer.
"""


@app.command(rich_help_panel=RUN, epilog=_EXIT)
def plan(
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
    form: Annotated[Literal["text", "markdown"], typer.Option("--format", help="How to print it.")] = "text",
    markdown: Annotated[bool, typer.Option("--markdown", help="The same as --format markdown.")] = False,
    mappings: Annotated[
        Path | None,
        typer.Option("--mappings", help="Review this folder of rule files: what would they change?"),
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with this folder instead of the files in use.")
    ] = None,
    sample: Annotated[int, typer.Option("--sample", min=0, help="Review only so many held tickets.")] = 0,
    every: Annotated[
        bool, typer.Option("--all", help="Look at every replica that a review needs, however many.")
    ] = False,
) -> None:
    """Print what a run would do now, and a checksum to apply just that; or what other files would change."""
    form = "markdown" if markdown else form
    if mappings is not None:
        _review(mappings, against, config, form=form, json=json, sample=sample, every=every)
    from flows.cli.show import as_json, progress
    from flows.inline import plan_now
    from flows.wiring import assemble
    from hub import render
    from hub.reviews import held_markdown, held_text
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        made = plan_now(assembly, tell)
        held = assembly.store.held_plans(("waiting",), 1)
    if json:
        as_json({**render.as_data(made), "held": list(held)})
    else:
        print(render.as_markdown(made) if form == "markdown" else render.as_text(made))
        for one in held:
            print("\n" + (held_markdown(one) if form == "markdown" else held_text(one)))
    raise typer.Exit(1 if any(True for _ in render.operations(made)) else 0)


def _review(
    new: Path, against: Path | None, config: Path, *, form: str, json: bool, sample: int, every: bool
) -> None:
    from flows.cli.show import as_json, harmless, progress
    from flows.remapping import reviewed, with_rules
    from flows.wiring import assemble
    from hub.reviews import review_markdown, review_text
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        before = assembly if against is None else with_rules(assembly, against)
        found = reviewed(before, with_rules(assembly, new), sample=sample, all_looks=every, progress=tell)
    if json:
        as_json(found)
    else:
        print(review_markdown(found) if form == "markdown" else harmless(review_text(found)))
    raise typer.Exit(2 if not found.whole else 1 if found.differs else 0)


@app.command(rich_help_panel=RUN)
def apply(
    checksum: Annotated[str, typer.Option("--checksum", help="As `hub plan` or a stopped run printed it.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Do what a plan says, without limits: one that was held, as far as it is still the same; or what `hub plan`
    printed, if that is still what there is to do.
    """
    from flows.cli.running import report
    from flows.cli.show import progress
    from flows.inline import EXIT, run_sync
    from flows.wiring import assemble
    from hub.settings import load

    with assemble(load(config)) as assembly, progress(wanted=not json) as tell:
        record = run_sync(assembly, "apply", checksum=checksum, progress=tell)
    report(record, json=json)
    raise typer.Exit(EXIT[record.state])


@approvals_app.callback()
def approvals(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are decided or gone.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List the plans that wait for a decision, with counts and examples."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, harmless, line
    from hub.reviews import held_text
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = store.held_plans() if every else store.held_plans(("waiting", "approved", "rejected"))
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        print(harmless(held_text(one)) + "\n")
    if not found:
        line("No plan waits for anybody.")
    elif any(one.state == "waiting" for one in found):
        line(
            "`hub apply --checksum C` does one now, `hub approvals approve C` lets the next run do it,", "dim"
        )
        line(
            "`hub approvals reject C` leaves these tickets as they are while everything else goes on.", "dim"
        )


@approvals_app.command("show")
def show(
    plan: _Plan,
    markdown: Annotated[bool, typer.Option("--markdown", help="For a chat or a pull request.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Show one plan, whatever became of it."""
    from flows.cli.show import as_json, harmless
    from flows.holding import find_plan
    from hub.reviews import held_markdown, held_text
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = find_plan(store, plan)
    finally:
        store.close()
    if json:
        as_json(found)
    else:
        print(held_markdown(found) if markdown else harmless(held_text(found)))


@approvals_app.command("approve")
def approve(plan: _Plan, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Let the next run do what of a plan is still the same then."""
    _decide(plan, config, "approved")


@approvals_app.command("reject")
def reject(plan: _Plan, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Leave these tickets as they are, as long as the same would be done to them; everything else goes on."""
    _decide(plan, config, "rejected")


def _decide(plan: str, config: ConfigFile, state: Any) -> None:
    from flows.cli.show import line
    from flows.holding import decide
    from flows.wiring import assemble
    from hub.settings import load
    from hub.store.audit_acts import whoami

    with assemble(load(config)) as assembly:
        line(decide(assembly, plan, state, whoami()))

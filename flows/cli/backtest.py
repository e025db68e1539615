"""`hub backtest`: what a model would have been worth on a history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import LOOK, AsJson, app

_TABLES = {
    "How well they rank": ("pr_auc", "roc_auc"),
    "How much is found on the way down": ("recall_10", "recall_20", "spared_80"),
    "What the daily lists are worth": ("precision", "caught", "lead_hours"),
    "How true their chances are": ("brier", "ece"),
}
"""Narrow enough for a terminal of 80 columns."""


@app.command(rich_help_panel=LOOK)
def backtest(
    history: Annotated[
        str,
        typer.Option("--history", help="A history: one JSON event a line, .gz as well; - is standard input."),
    ],
    label: Annotated[str, typer.Option("--label", help="What to foresee: a label of risk.yaml.")],
    train_until: Annotated[
        str, typer.Option("--train-until", help="Learn on what was known at the end of this day (UTC).")
    ],
    test: Annotated[str, typer.Option("--test", help="Judge on these days: 2026-02-08..2026-02-28.")],
    embargo: Annotated[
        str, typer.Option("--embargo", help="Leave out so much after learning: 7d, 12h, 0.")
    ] = "7d",
    capacity: Annotated[
        int, typer.Option("--capacity", min=1, help="How many tickets the team can look at in a day.")
    ] = 20,
    resamples: Annotated[int, typer.Option("--resamples", min=0, help="For the intervals; 0: none.")] = 300,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Another risk.yaml than the one that comes with the hub.")
    ] = None,
    scoring: Annotated[
        Path | None, typer.Option("--scoring", help="Another scoring.yaml, for the rule.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write a page about it, too: one HTML file.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Learn risk on a history up to a day, and judge it on later days, beside what needs no learning."""
    from flows.backtesting import Files, asked_for, run_backtest, write_page
    from flows.cli.show import as_json, line, progress

    asked = asked_for(train_until, test, embargo, capacity, resamples)
    with progress(wanted=not json) as tell:
        found = run_backtest(history, label, asked, Files(rules, scoring), tell)
    if json:
        as_json(found)
    else:
        _show(found)
    if page is not None:
        write_page(page, found)
        if not json:
            line(f"The page is in {page}", "dim")


def _show(found: Any) -> None:
    """Print what was found; `found` is a `hub.risk.reliability.Reliability`."""
    from flows.cli.show import line, table
    from hub.risk.sentences import (
        asked_in_words,
        in_a_hundred,
        judged_in_words,
        number,
        signed,
    )

    line(f"{found.says or found.label}", "bold")
    for told in asked_in_words(found):
        line(f"  {told}")
    for title, names in _TABLES.items():
        _models(title, names, found)
    for told in judged_in_words(found):
        line(told)
    line(in_a_hundred(found), "bold")
    if found.slices:
        table(
            "Where it does well and where it does not: PR-AUC of what is shown, by slice",
            ("slice", "rows", "base rate", "PR-AUC", "ahead of the rule", "ECE"),
            [
                (
                    f"{s.by} {s.value or '(none)'}",
                    s.rows,
                    f"{s.base_rate:.1%}",
                    number(s.pr_auc.value),
                    signed(s.ahead_of_rule),
                    number(s.ece.value),
                )
                for s in found.slices
            ],
        )
    for warning in found.verdict.warnings:
        line(f"drift: {warning}", "yellow")
    for note in found.notes:
        line(f"note: {note}", "yellow")


def _models(title: str, names: tuple[str, ...], found: Any) -> None:
    from flows.cli.show import table
    from hub.risk.sentences import heading, with_interval

    table(
        title,
        ("model", *(heading(name, found) for name in names)),
        [(m.name, *(with_interval(m.figures[name], name) for name in names)) for m in found.models],
    )

"""All commands, and the options that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(
    name="hub",
    help="Keep support tickets in step across Zendesk, Jira, Salesforce and e-mail, context intact.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ConfigFile: TypeAlias = Annotated[
    Path, typer.Option("--config", "-c", help="Where hub.toml is.", envvar="HUB_CONFIG")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
DEFAULT_CONFIG = Path("hub.toml")
BEGIN, RUN, LOOK, DECIDE = "Begin", "Run", "Look", "Decide"
"""The parts of `hub --help`."""

# They add their commands to `app`, in the order in which people meet them.
from flows.cli import setup  # noqa: E402, I001
from flows.cli import provisioning  # noqa: E402
from flows.cli import running  # noqa: E402
from flows.cli import planning  # noqa: E402
from flows.cli import reconciling  # noqa: E402
from flows.cli import watch  # noqa: E402
from flows.cli import serving  # noqa: E402
from flows.cli import canary  # noqa: E402
from flows.cli import status  # noqa: E402
from flows.cli import doctor  # noqa: E402
from flows.cli import looking  # noqa: E402
from flows.cli import suggest  # noqa: E402
from flows.cli import signals  # noqa: E402
from flows.cli import backtest  # noqa: E402
from flows.cli import history  # noqa: E402
from flows.cli import audit  # noqa: E402
from flows.cli import sla  # noqa: E402
from flows.cli import score  # noqa: E402
from flows.cli import learning  # noqa: E402
from flows.cli import alerts  # noqa: E402
from flows.cli import feedback  # noqa: E402
from flows.cli import conflicts  # noqa: E402
from flows.cli import parked  # noqa: E402
from flows.cli import changing  # noqa: E402
from flows.cli import undoing  # noqa: E402
from flows.cli import people  # noqa: E402
from flows.cli import match  # noqa: E402
from flows.cli import forget  # noqa: E402
from flows.cli import mail  # noqa: E402

__all__ = [
    "BEGIN",
    "DECIDE",
    "DEFAULT_CONFIG",
    "LOOK",
    "RUN",
    "AsJson",
    "ConfigFile",
    "alerts",
    "app",
    "audit",
    "backtest",
    "canary",
    "changing",
    "conflicts",
    "doctor",
    "feedback",
    "forget",
    "history",
    "learning",
    "looking",
    "mail",
    "match",
    "parked",
    "people",
    "planning",
    "provisioning",
    "reconciling",
    "running",
    "score",
    "serving",
    "setup",
    "signals",
    "sla",
    "status",
    "suggest",
    "undoing",
    "watch",
]

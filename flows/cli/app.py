"""All commands, and the options that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(
    name="hub",
    help="Keep support tickets in step across Zendesk and Jira, both ways, context intact.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ConfigFile: TypeAlias = Annotated[
    Path, typer.Option("--config", "-c", help="Where hub.toml is.", envvar="HUB_CONFIG")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
DEFAULT_CONFIG = Path("hub.toml")

from flows.cli import changing, looking, running, setup  # noqa: E402  they add their commands to `app`

__all__ = ["DEFAULT_CONFIG", "AsJson", "ConfigFile", "app", "changing", "looking", "running", "setup"]

"""The `hub` command. Each command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys

from flows.cli.app import app
from hub.errors import HubError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; errors of the hub's end it with one clear message and exit code 2."""
    try:
        app(prog_name="hub")
    except HubError as error:
        print(f"hub: {error}", file=sys.stderr)
        raise SystemExit(2) from None

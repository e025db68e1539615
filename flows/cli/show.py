"""How commands show things: tables for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import msgspec

from hub.sync import Progress

_WHOLE = 24
"""A column no wider than this is never broken: ids, names, instants."""
_COMMANDS = {
    **{n: "\ufffd" for n in (*range(32), *range(127, 160)) if n not in (9, 10)},
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), ""),
}
"""What a terminal obeys instead of showing it, and what turns the direction of writing around."""


def as_json(value: object) -> None:
    """Print one JSON document on standard output."""
    plain: Any = msgspec.to_builtins(value)
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, sort_keys=True) + "\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; with no rows, its title and that there is nothing. Short columns never break."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not rows:
        console.print(f"[bold]{title}[/]: none")
        return
    console.print(f"[bold]{title}[/]")
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, header_style="dim")
    for at, column in enumerate(columns):
        whole = max(len(spoken(row[at])) for row in rows) <= _WHOLE
        drawn.add_column(column, overflow="fold", no_wrap=whole)
    for row in rows:
        drawn.add_row(*(Text(harmless(spoken(cell))) for cell in row))
    console.print(drawn)


def harmless(text: str) -> str:
    """Return a text of somebody else's fit for a terminal: nothing in it is a command."""
    return text.translate(_COMMANDS)


def brief(value: object, most: int = 160) -> str:
    """Return a value on one line, cut visibly where it is long; JSON output has it whole."""
    flat = " ".join(spoken(value).split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def moment(at: str) -> str:
    """Return an instant as people read it, in UTC and without its seconds."""
    return at[:16].replace("T", " ")


def line(text: str, style: str = "") -> None:
    """Print one line; square brackets in it are text."""
    from rich.console import Console
    from rich.text import Text

    Console().print(Text(harmless(text), style=style))


def spoken(value: object) -> str:
    """Return a value as people read it: nothing for None, words for a list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(spoken(v) for v in cast("Sequence[object]", value))
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {spoken(v)}" for k, v in cast("Mapping[str, object]", value).items())
    return str(value)


@contextmanager
def progress(*, wanted: bool) -> Generator[Progress | None]:
    """Show how far a run is, on a terminal only."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        yield tell

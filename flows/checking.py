"""`hub mappings check`: the user's mapping files against the systems as they describe themselves now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from flows.wires import utc_now
from flows.wiring import ACCOUNTS, Assembly, dialects
from hub.check import Report, as_text, check
from hub.check_page import as_page
from hub.errors import Misconfigured
from hub.model import EMAIL
from hub.problems import FileRefused, Place, Problem


class Looks(Protocol):
    """The mailbox, as far as it can be looked at."""

    def look(self) -> None: ...


@dataclass(frozen=True)
class Checked:
    """What the check found: for programs, for people, and whether the hub would run on these files."""

    ok: bool
    data: dict[str, Any]
    text: str
    page: str = ""
    """The same and more as an HTML document, if it was asked for."""


def report_on(assembly: Assembly) -> Report:
    """Ask every system for its schema anew, and return all that there is to say about the files."""
    schemas = {str(system): assembly.schemas.read(system) for system in assembly.connectors}
    about = assembly.rules.accounts
    accounts = (about, assembly.schemas.read(ACCOUNTS)) if about is not None else None
    return check(assembly.rules.files.values(), schemas, dialects(), accounts)


def refused(wrong: FileRefused, *, page: bool = False) -> Checked:
    """Return what there is to say of a file that is wrong by itself, whatever the systems have."""
    report = Report(wrong.problems, (), len({p.place.file for p in wrong.problems}))
    return _checked(
        report, as_page(report, at=_day(utc_now()), excerpts=_lines(report.problems)) if page else ""
    )


def check_mappings(assembly: Assembly, *, page: bool = False) -> Checked:
    """
    Check the mapping files; warnings do not spoil the result, errors do.

    A side that does not let us in is raised: the others by being asked for their fields, the mailbox,
    whose fields are our own, by being opened.
    """
    report = report_on(assembly)
    if EMAIL in assembly.connectors:
        cast("Looks", assembly.connectors[EMAIL]).look()
    if not page:
        return _checked(report)
    losses = assembly.store.losses()
    at = _day(assembly.wires.now())
    return _checked(report, as_page(report, losses, at=at, excerpts=_lines(report.problems)))


def _checked(report: Report, page: str = "") -> Checked:
    return Checked(not report.errors, report.to_json(), as_text(report).rstrip("\n"), page)


def write_page(page: str, file: Path) -> None:
    """Write the page; a file that is there already is replaced. Raises `Misconfigured` if that fails."""
    try:
        _ = file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file}: cannot be written: {error.strerror}") from None


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _lines(problems: Iterable[Problem]) -> dict[Place, str]:
    """Return the line of the file in which each problem stands, as far as it can still be read."""
    texts: dict[str, list[str]] = {}
    found: dict[Place, str] = {}
    for place in {p.place for p in problems}:
        if place.file not in texts:
            texts[place.file] = _text(Path(place.file)).splitlines()
        if place.line <= len(texts[place.file]):
            found[place] = texts[place.file][place.line - 1]
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

"""`hub mappings check`: the user's mapping files against the systems as they describe themselves now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.wiring import Assembly, dialects
from hub.check import Report, as_text, check
from hub.problems import FileRefused


@dataclass(frozen=True)
class Checked:
    """What the check found: for programs, for people, and whether the hub would run on these files."""

    ok: bool
    data: dict[str, Any]
    text: str


def report_on(assembly: Assembly) -> Report:
    """Ask every system for its schema anew, and return all that there is to say about the files."""
    schemas = {str(system): assembly.schemas.read(system) for system in assembly.connectors}
    spoken = {str(system): dialect for system, dialect in dialects().items()}
    return check(assembly.rules.files.values(), schemas, spoken)


def refused(wrong: FileRefused) -> Checked:
    """Return what there is to say of a file that is wrong by itself, whatever the systems have."""
    report = Report(wrong.problems, (), len({p.place.file for p in wrong.problems}))
    return Checked(False, report.to_json(), as_text(report).rstrip("\n"))


def check_mappings(assembly: Assembly) -> Checked:
    """Check the mapping files; warnings do not spoil the result, errors do."""
    report = report_on(assembly)
    return Checked(not report.errors, report.to_json(), as_text(report).rstrip("\n"))

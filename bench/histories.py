"""
`python -m bench.histories uci|bpi2013 FILE`: write a public log of incidents as a history for `hub backtest`.

Both keep only what was known at each event. Of the UCI log the columns resolved_at, resolved_by, closed_at
and closed_code are left alone: they repeat how the ticket ended on each of its rows. Its made_sla is kept,
as `sla.state: breached`: it turns false in the course of a ticket, at the event that closes it. The impact
of the BPI log is called "latest" and never changes within a ticket; it may be the final one.
Neither log names the zone of its local times: `--zone` does, else they are UTC's.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import IO, NamedTuple, TypeAlias, cast
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.history.event import Event, write_event
from hub.model import Value

Row: TypeAlias = Mapping[str, str]
"""One event as a log tells it, by the names of its columns in lower case."""
Registers: TypeAlias = dict[str, Value]


class Refused(Exception):
    """The file is not what it should be; the message says where."""


class Log(NamedTuple):
    """How a log is read: whose event, when, by whom, and the registers as they stand after it."""

    ticket: Sequence[str]
    at: Sequence[str]
    actor: Callable[[Row], str | None]
    registers: Callable[[Row], Registers]


class _Found(NamedTuple):
    """A row, by what it is sorted by."""

    at: str
    ticket: str
    place: int
    actor: str | None
    registers: Registers


def convert(name: str, path: Path, zone: tzinfo = UTC) -> Iterator[Event]:
    """Yield a log's events in order of time and ticket, each with what it changed."""
    log = LOGS[name]
    found: list[_Found] = []
    for place, row in _rows(path):
        ticket, at = _first(row, *log.ticket), _first(row, *log.at)
        if ticket is None or at is None:
            wanted = log.at if ticket else log.ticket
            raise Refused(f"{path}:{place}: there is no `{wanted[0]}` (columns: {', '.join(row)})")
        found.append(_Found(at, ticket, place, log.actor(row), log.registers(row)))
    instant = _instants([(it.at, it.place) for it in found], path, zone)
    found = [it._replace(at=instant(it.at, it.place)) for it in found]
    held: dict[str, Registers] = {}
    for it in sorted(found, key=lambda it: it[:3]):
        before = held.setdefault(it.ticket, {})
        opened = it.registers.get(_OPENED)
        if isinstance(opened, str):
            it.registers[_OPENED] = instant(opened, it.place)
        changed = {k: v for k, v in it.registers.items() if before.get(k) != v}
        before.update(changed)
        yield Event(it.ticket, it.at, None, it.actor, None, changed)


# the two logs ---------------------------------------------------------------------------------

_URGENCY = {"1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low"}
_IMPACT = {"major": "urgent", "high": "high", "medium": "normal", "low": "low"}
_OPENED = "custom.opened_at"
"""The one register that is a time."""
_WORDS = {
    "group": ("assignment_group",),
    "assignee": ("assigned_to",),
    "requester": ("caller_id",),
    "product_area": ("category",),
    "custom.subcategory": ("subcategory", "category.2"),
    "custom.location": ("location",),
    "custom.symptom": ("u_symptom",),
    "custom.configuration_item": ("cmdb_ci",),
    "custom.notify": ("notify",),
    "custom.problem": ("problem_id",),
    "custom.change": ("rfc",),
    "custom.vendor": ("vendor",),
    "custom.caused_by": ("caused_by",),
    "custom.opened_by": ("opened_by",),
    "custom.created_by": ("sys_created_by",),
    _OPENED: ("opened_at",),
}
_COUNTS = {
    "impact": ("impact",),
    "urgency": ("urgency",),
    "custom.reassignment_count": ("reassignment_count",),
    "custom.reopen_count": ("reopen_count",),
    "custom.update_count": ("sys_mod_count",),
}
_FLAGS = {"custom.knowledge": "knowledge", "custom.priority_confirmed": "u_priority_confirmation"}


def _uci(row: Row) -> Registers:
    registers: Registers = {
        "status": _first(row, "incident_state", "ident_state"),
        "priority": _URGENCY.get((_first(row, "priority") or "")[:1]),
        "channel": (_first(row, "contact_type") or "").casefold() or None,
    }
    registers |= {name: _first(row, *columns) for name, columns in _WORDS.items()}
    registers |= {name: _number(_first(row, *columns)) for name, columns in _COUNTS.items()}
    registers |= {name: _first(row, column) == "true" for name, column in _FLAGS.items()}
    if row.get("made_sla", "").casefold() == "false":
        registers["sla.state"] = "breached"
    return registers


def _bpi2013(row: Row) -> Registers:
    team = _first(row, "involved st", "org:group")
    impact = _first(row, "sr latest impact", "impact")
    return {
        "status": _first(row, "status", "concept:name"),
        "custom.sub_status": _first(row, "sub status", "lifecycle:transition"),
        "priority": _IMPACT.get((impact or "").casefold(), impact),
        "group": team,
        "line": _line(team),
        "assignee": _owner(row),
        "product_area": _first(row, "product"),
        "custom.function": _first(row, "involved st function div", "org:role"),
        "custom.organization": _first(row, "involved org line 3", "organization involved"),
        "custom.country": _first(row, "country", "organization country"),
        "custom.owner_country": _first(row, "owner country", "resource country"),
    }


def _line(team: str | None) -> str | None:
    """The line of support that a team is: `V5 3rd` is third; a team without a suffix is the first."""
    named = re.search(r"\b([23])(?:nd|rd)\b", team or "", re.IGNORECASE)
    return named[1] if named else "1" if team else None


def _owner(row: Row) -> str | None:
    """First names are not unique; with a country they nearly are."""
    name = _first(row, "owner first name", "org:resource")
    country = _first(row, "owner country", "resource country")
    return f"{name} ({country})" if name and country else name


LOGS: Mapping[str, Log] = {
    "uci": Log(
        ("number",),
        ("sys_updated_at",),
        lambda row: _first(row, "sys_updated_by"),
        _uci,
    ),
    "bpi2013": Log(
        ("sr number", "problem number", "case:concept:name", "case id", "case"),
        ("change date+time", "problem change date+time", "time:timestamp", "timestamp"),
        _owner,
        _bpi2013,
    ),
}


# values ---------------------------------------------------------------------------------------

_NOTHING = frozenset({"", "?", "n/a", "null", "none", "nan", "-"})
_MOMENT = re.compile(
    r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([AaPp][Mm])?"
)
_YEAR = 31
_MONTHS = 12


def _first(row: Row, *columns: str) -> str | None:
    """Return what the first of these columns says that there is; None for the ways to say nothing."""
    told = next((row[column].strip() for column in columns if column in row), "")
    return None if told.casefold() in _NOTHING else sys.intern(told)


def _number(told: str | None) -> int | None:
    """Return the number that a value is or begins with (`2 - Medium`)."""
    found = re.match(r"-?\d+", told or "")
    return int(found[0]) if found else None


def _instants(told: Iterable[tuple[str, int]], path: Path, zone: tzinfo) -> Callable[[str, int], str]:
    """
    Return what reads this file's times.

    3/4/2016 may be of March or of April: one time in the file whose second number is past twelve tells
    that months come first; without any, days do.
    """
    days = {int(m[2]) for text, _ in told if (m := _MOMENT.match(text)) and int(m[1]) <= _YEAR}
    month_first = bool(days) and max(days) > _MONTHS

    def instant(text: str, place: int) -> str:
        try:
            found = _parsed(text, month_first=month_first)
        except ValueError:
            raise Refused(f"{path}:{place}: {text!r} is no time; this is read: 29/2/2016 01:16") from None
        local = found if found.tzinfo else found.replace(tzinfo=zone)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    return instant


def _parsed(text: str, *, month_first: bool) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    one, two, three, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    year, month, day = (one, two, three) if one > _YEAR else (three, two, one)
    if month_first and one <= _YEAR:
        month, day = day, month
    if noon := (found[7] or "").lower():
        hour = hour % _MONTHS + (_MONTHS if noon == "pm" else 0)
    century = 2000 if year <= _YEAR else 0
    return datetime(year + century, month, day, hour, minute, second)  # noqa: DTZ001  its zone is put on later


# rows -----------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield each row and the number of its line; of XES, each event and its number."""
    with _opened(path) as file:
        xml = file.readline().lstrip(b"\xef\xbb\xbf \t").startswith(b"<")
        _ = file.seek(0)
        yield from _xes(file, path) if xml else _table(file, path)


def _opened(path: Path) -> IO[bytes]:
    try:
        return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None


def _table(file: IO[bytes], path: Path) -> Iterator[tuple[int, Row]]:
    lines = (_decoded(line) for line in file)
    head = next(lines, "").lstrip("\ufeff")
    if not head.strip():
        raise Refused(f"{path}:1: it is empty, or begins with an empty line")
    mark = max(";,\t", key=head.count)
    names = _unique(next(csv.reader([head], delimiter=mark), []))
    reader = csv.reader(lines, delimiter=mark)
    for cells in reader:
        place = reader.line_num + 1
        if cells and len(cells) != len(names):
            said = f"{path}:{place}: this row has {len(cells)} columns, the first line names {len(names)}"
            raise Refused(said)
        if cells:
            yield place, dict(zip(names, cells, strict=True))


def _unique(names: Iterable[str]) -> list[str]:
    """A name that comes twice (UCI's category, which is its subcategory) becomes name.2."""
    told: list[str] = []
    for name in (n.strip().casefold() for n in names):
        told.append(f"{name}.2" if name in told else name)
    return told


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _xes(file: IO[bytes], path: Path) -> Iterator[tuple[int, Row]]:
    """What a trace says of itself goes to each of its events, as `case:` and its name."""
    place = 0
    try:
        for _, element in ET.iterparse(file, ["end"]):
            if _tag(element) != "trace":
                continue
            case = {f"case:{key}": value for key, value in _attributes(element)}
            for event in (child for child in element if _tag(child) == "event"):
                place += 1
                yield place, {**case, **dict(_attributes(event))}
            element.clear()
    except ET.ParseError as error:
        line, column = error.position
        raise Refused(
            f"{path}:{line}:{column + 1}: this is not XML ({str(error).partition(':')[0]})"
        ) from None


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(element: ET.Element) -> Iterator[tuple[str, str]]:
    for child in element:
        if "key" in child.attrib and "value" in child.attrib:
            yield child.attrib["key"].strip().casefold(), child.attrib["value"]


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{name!r} is no zone; write it like Europe/Lisbon") from None


def main() -> None:
    """Write the history on standard output."""
    parser = argparse.ArgumentParser(
        prog="bench.histories", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _ = parser.add_argument("log", choices=sorted(LOGS))
    _ = parser.add_argument("file", type=Path, metavar="FILE", help="CSV or XES, .gz as well")
    _ = parser.add_argument("--zone", type=_zone, default=UTC, help="of its local times: Europe/Lisbon")
    given = parser.parse_args()
    try:
        for event in convert(given.log, given.file, given.zone):
            _ = sys.stdout.buffer.write(write_event(event) + b"\n")
    except Refused as refused:
        parser.exit(2, f"bench.histories: {refused}\n")


if __name__ == "__main__":
    main()

"""What an invitation says, in one line. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_FOLD: Final = re.compile(r"\n[ \t]")
_PROPERTY: Final = re.compile(r"([A-Za-z-]{1,40})((?:;(?:[^\":;]|\"[^\"]*\")*)*):(.*)")
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z)?)?")
_ZONE: Final = re.compile(r"TZID=\"?([^\";]+)", re.IGNORECASE)
_ANSWER: Final = re.compile(r"PARTSTAT=([A-Z-]+)", re.IGNORECASE)
_NAME: Final = re.compile(r"CN=(\"[^\"]*\"|[^;]*)", re.IGNORECASE)
_METHODS: Final = {
    "REQUEST": "Invitation", "REPLY": "Answer to an invitation",
    "CANCEL": "Cancelled", "COUNTER": "Other time proposed",
    "PUBLISH": "Event", "REFRESH": "Event asked for", "ADD": "Event added",
}  # fmt: skip
_ANSWERS: Final = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted provisionally"}
_LONGEST: Final = 200_000
_MOST: Final = 5000


class Event(NamedTuple):
    """A calendar part: its method in upper case, and a line for a person (plain text)."""

    method: str
    line: str


def read_event(text: str, method: str = "") -> Event:
    """Read the first event. `method` is Content-Type's, which goes before the text's own."""
    found = _properties(text)
    said = (method or found.get("METHOD", ("", ""))[1]).strip().upper()[:20]
    words = [_METHODS.get(said, "Event")]
    if summary := found.get("SUMMARY", ("", ""))[1]:
        words[0] += f": {_plain(summary)}"
    if "DTSTART" in found:
        words.append(_time(*found["DTSTART"]))
    if place := _plain(found.get("LOCATION", ("", ""))[1]):
        words.append(place)
    words += _people(found, said)
    return Event(said, ", ".join(filter(None, words)))


def _people(found: dict[str, tuple[str, str]], method: str) -> list[str]:
    if method == "REPLY" and "ATTENDEE" in found:
        answer = _ANSWER.search(found["ATTENDEE"][0])
        said = _ANSWERS.get(answer[1].upper(), "") if answer else ""
        return [f"{said} by {_person(*found['ATTENDEE'])}" if said else f"by {_person(*found['ATTENDEE'])}"]
    return [f"organised by {_person(*found['ORGANIZER'])}"] if "ORGANIZER" in found else []


def _properties(text: str) -> dict[str, tuple[str, str]]:
    """Return parameters and value of each property, of the first event and of the calendar around it."""
    found: dict[str, tuple[str, str]] = {}
    within: list[str] = []
    for line in _FOLD.sub("", text[:_LONGEST]).split("\n")[:_MOST]:
        parsed = _PROPERTY.match(line.strip())
        if parsed is None:
            continue
        name, value = parsed[1].upper(), parsed[3]
        if name == "BEGIN":
            within.append(value.strip().upper())
        elif name == "END":
            if within[-1:] in (["VEVENT"], ["VTODO"]):
                break
            del within[-1:]
        elif within[-1:] in ([], ["VCALENDAR"], ["VEVENT"], ["VTODO"]):
            found.setdefault(name, (parsed[2], value))
    return found


def _plain(value: str) -> str:
    out = re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", value))
    return " ".join(out.split())[:500]


def _person(parameters: str, value: str) -> str:
    email = re.sub(r"(?i)^mailto:", "", value.strip())
    name = _NAME.search(parameters)
    shown = _plain(name[1].strip('"')) if name else ""
    return f"{shown} <{email}>" if shown and shown != email else email


def _time(parameters: str, value: str) -> str:
    found = _TIME.match(value.strip())
    if found is None:
        return _plain(value)
    year, month, day, hour, minute, utc = found.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = _ZONE.search(parameters)
    return f"{year}-{month}-{day} {hour}:{minute} {'UTC' if utc else _plain(zone[1]) if zone else ''}".strip()

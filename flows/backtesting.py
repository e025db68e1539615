"""`hub backtest`: from a file with a history to what was found, and to a page about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flows.folding import folded
from flows.history_files import named, read_history
from flows.rule_files import named_file, shipped
from hub.errors import Misconfigured
from hub.history.event import Event, OutOfOrder
from hub.registers import nearest
from hub.risk.backtest import NothingToTest, backtest
from hub.risk.frame import Frame
from hub.risk.framing import frame_of
from hub.risk.labels import Label
from hub.risk.page import as_page
from hub.risk.reliability import Asked, Reliability
from hub.risk.rules import RiskRules, load_risk
from hub.scoring_file import load_scoring
from hub.scoring_rules import ScoringRules

_UNITS = {"h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_EVERY = 10_000
_MANY = 20
Tell = Callable[[str, int, int], None]


class Window(NamedTuple):
    """From one moment up to another, which is not in it; Unix seconds."""

    begin: float
    end: float


class Files(NamedTuple):
    """The rules to go by: the file of risks, the file of scores."""

    risk: Path | None = None
    scoring: Path | None = None


def run_backtest(
    history: str, label: str, asked: Asked, files: Files, tell: Tell | None = None
) -> Reliability:
    """
    Read a history, learn on its beginning, and judge what was learned on what came later.

    A file need not be in order of time; what comes in on standard input must.

    Raises `Misconfigured` if a file is not as it must be, the label is unknown, or nothing can be tested.
    """
    rules, scoring = _rules(files)
    wanted = _label(rules, label, files)
    told: set[str] = set()

    def framed(*, sort: bool = False) -> tuple[Frame, float]:
        events = _counted(read_history(history, sort=sort), told, tell)
        return _framed(events, wanted, rules, scoring)

    try:
        frame, ended = framed()
    except OutOfOrder:
        if history == "-":  # it was read, and is gone
            raise
        frame, ended = framed(sort=True)
    if not ended:
        raise Misconfigured(f"{named(history)}: there is not one event in it")
    _can_happen(wanted, told, named(history))
    try:
        return backtest(frame, wanted, rules, asked, ended, lambda what: tell and tell(what, 0, 0))
    except NothingToTest as nothing:
        raise Misconfigured(f"{named(history)}: {nothing}") from None


def write_page(file: Path, found: Reliability) -> None:
    """Write the page of a back-test. Raises `Misconfigured` if the file cannot be written."""
    try:
        _ = file.write_text(as_page(found, f"{datetime.now(UTC):%Y-%m-%d}"), encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file}: cannot be written: {error.strerror or error}") from None


def _framed(
    events: Iterable[Event], label: Label, rules: RiskRules, scoring: ScoringRules
) -> tuple[Frame, float]:
    """Return the rows of a history and its last moment; all else that was known of it is let go."""
    state = folded(events, label, rules, scoring)
    return frame_of(state), state.now


# what was asked -------------------------------------------------------------------------------


def moment_of(text: str, option: str, *, after: bool = False) -> float:
    """
    Return an instant in Unix seconds, one without a zone taken for UTC.

    A day is its midnight, or with `after` that of the next: "until a day" includes it.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        said = f"{option}: {text!r} is no date; write it like 2026-01-31"
        raise Misconfigured(said) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    whole_day = after and re.fullmatch(r"\d{4}-?\d\d-?\d\d", text) is not None
    return (found + timedelta(days=1 if whole_day else 0)).timestamp()


def window_of(text: str, option: str) -> Window:
    """Return a window given as `2026-02-08..2026-02-28`, both days included."""
    begin, dots, end = text.partition("..")
    if not dots or not begin or not end:
        raise Misconfigured(f"{option}: {text!r} is no window; write it like 2026-02-08..2026-02-28")
    window = Window(moment_of(begin, option), moment_of(end, option, after=True))
    if window.end <= window.begin:
        raise Misconfigured(f"{option}: {text!r} ends before it begins")
    return window


def span_of(text: str, option: str) -> float:
    """Return a length of time given as `7d`, `12h` or `2w`, in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([hdw])", text)
    if found is None:
        if text == "0":
            return 0.0
        raise Misconfigured(f"{option}: {text!r} is no time; write 7d, 12h or 2w, or 0 for none")
    return float(found[1]) * _UNITS[found[2]]


def asked_for(until: str, test: str, embargo: str, capacity: int, resamples: int) -> Asked:
    """Return what the options ask for. Raises `Misconfigured`, naming the option that is wrong."""
    learned = moment_of(until, "--train-until", after=True)
    window = window_of(test, "--test")
    if window.end <= learned:
        said = f"--test: {test!r} ends before --train-until {until!r}: a test must come after what is learned"
        raise Misconfigured(said)
    return Asked(learned, *window, span_of(embargo, "--embargo"), capacity, resamples)


# files ----------------------------------------------------------------------------------------


def _rules(files: Files) -> tuple[RiskRules, ScoringRules]:
    return load_risk(*_text(files.risk, "risk")), load_scoring(*_text(files.scoring, "scoring"))


def _text(file: Path | None, name: str) -> tuple[str, str]:
    return shipped(name) if file is None else named_file(file)


def _label(rules: RiskRules, name: str, files: Files) -> Label:
    found = rules.labels.get(name)
    if found is None:
        known = ", ".join(rules.labels)
        where = files.risk or "mappings/risk.yaml"
        close = nearest(name, rules.labels)
        raise Misconfigured(f"--label: {where} has no label `{name}`{close}; it has {known}")
    return found


_TOLD_BY = {
    "breached": ("sla.state", "sla.customer_state", "sla.engineering_state"),
    "handed_on": ("group", "assignee"),
    "moved": ("group",),
    "reassigned": ("assignee",),
    "reopened": ("status",),
}
"""Of what the history must tell for a cause that names no register."""


def _can_happen(label: Label, told: AbstractSet[str], name: str) -> None:
    """Raise `Misconfigured` if the history never sets what the label looks at: its words are others."""
    wanted: dict[str, None] = {}
    for cause in label.causes:
        if cause.kind == "involves":
            return
        wanted.update(dict.fromkeys((cause.register,) if cause.register else _TOLD_BY[cause.kind]))
    if not told & wanted.keys():
        sets = ", ".join(sorted(told)[:_MANY]) or "nothing"
        raise Misconfigured(
            f"{name}: it never sets what label `{label.name}` looks at ({', '.join(wanted)}), so nothing can "
            f"come true; it sets {sets}{', …' if len(told) > _MANY else ''}"
        )


def _counted(events: Iterable[Event], told: set[str], tell: Tell | None) -> Iterator[Event]:
    """Pass events on; `told` learns which registers they set."""
    for number, event in enumerate(events, 1):
        told.update(event.set)
        if tell is not None and number % _EVERY == 0:
            tell("reading", number, 0)
        yield event

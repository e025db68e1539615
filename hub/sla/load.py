"""sla.yaml, read and checked: calendars, targets of both clocks, the contract, multipliers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from pydantic import Field

from hub.mapping.models import Strict
from hub.marked import Path, hold, parse
from hub.problems import Problem, refuse_errors
from hub.registers import DONE, REGISTERS, nearest
from hub.signals.reading import SIGNALS
from hub.sla.calendar import Calendar
from hub.sla.calendars import CalendarSpec, calendar_faults, made
from hub.sla.rules import CUSTOMER, ENGINEERING, OTHER, Multipliers, Row, SlaRules, Table, Terms, Uses

_SPELLED = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?")
_MOST = 100_000
"""Hours of a target, at most: more is a slip of the pen."""

_Rows = dict[str, dict[str, dict[str, str]]]


class _Terms(Strict):
    targets: _Rows = Field(description="By tier: {first_reply: {urgent: 1h, …}, …}")
    paused_while: dict[str, list[str]] = Field(default={}, description="Statuses by target")
    least: dict[str, str] = Field(default={}, description="By target: shorter than this, nothing makes it")


class _Engineering(_Terms):
    fixed_in: list[str] = Field(default=[], description="Statuses of the tracker in which it is done")


class _Uses(Strict):
    default: str = Field(description="The calendar of every ticket that no line below names")
    engineering: str = Field(default="", description="The engineers' own; left out: the default one")
    tiers: dict[str, str] = Field(default={})
    regions: dict[str, str] = Field(default={})
    accounts: dict[str, str] = Field(default={}, description="By the account's id or name")


class _Multipliers(Strict):
    at_least: float = Field(default=0.25, description="The least share of the time that is left, 0.25 to 1")
    renewal: list[list[float]] = Field(default=[], description="[[days before it, share], …], days falling")
    risk: list[list[float]] = Field(default=[], description="[[from this risk, share], …], risks rising")
    signals: dict[str, float] = Field(default={})
    health: dict[str, float] = Field(default={}, description="Of what the CRM says: red")


class _Soon(Strict):
    share: float = Field(default=0.25, ge=0, le=1)
    within: str = "2h"


class SlaSpec(Strict):
    """The file's shape."""

    calendars: dict[str, CalendarSpec]
    use: _Uses
    customer: _Terms
    engineering: _Engineering
    contract: _Rows = Field(default={}, description="What was signed, as `customer.targets`")
    multipliers: _Multipliers = _Multipliers()
    soon: _Soon = _Soon()


def load_sla(text: str, filename: str) -> SlaRules:
    """Return the rules. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    spec = hold(marked, SlaSpec)
    refuse_errors([Problem(marked.at(*path), message) for path, message in _faults(spec)])
    return SlaRules(
        _uses(spec),
        _terms(spec.customer, "priority"),
        _terms(spec.engineering, "severity"),
        _table(spec.contract),
        _multipliers(spec.multipliers),
        spec.soon.share,
        _minutes(spec.soon.within),
        frozenset(status.casefold() for status in spec.engineering.fixed_in),
    )


def _uses(spec: SlaSpec) -> Uses:
    made_of = {name: made(name, calendar) for name, calendar in spec.calendars.items()}

    def table(names: Mapping[str, str]) -> dict[str, Calendar]:
        return {word.casefold(): made_of[name] for word, name in names.items()}

    use = spec.use
    engineering = made_of[use.engineering or use.default]
    return Uses(made_of[use.default], engineering, table(use.accounts), table(use.regions), table(use.tiers))


def _terms(spec: _Terms, column: str) -> Terms:
    paused = {target: frozenset(statuses) for target, statuses in spec.paused_while.items()}
    return Terms(column, _table(spec.targets), paused, {t: _minutes(text) for t, text in spec.least.items()})


def _table(rows: _Rows) -> Table:
    return {
        tier.casefold(): {target: _row(row) for target, row in targets.items()}
        for tier, targets in rows.items()
    }


def _row(row: Mapping[str, str]) -> Row:
    return {word: _minutes(text) for word, text in row.items()}


def _multipliers(spec: _Multipliers) -> Multipliers:
    renewal = tuple((int(days), share) for days, share in spec.renewal)
    risk = tuple((start, share) for start, share in spec.risk)
    return Multipliers(spec.at_least, renewal, risk, spec.signals, spec.health)


def _minutes(text: str) -> int:
    """Return the minutes of `1h30m`. Raises `ValueError` that says what is wrong."""
    match = _SPELLED.fullmatch(text.strip())
    if match is None or not text.strip():
        days = "; a day of business time is as long as the calendar is open, so write hours"
        message = f"`{text}` is no length of time; write it as 30m, 4h or 1h30m"
        raise ValueError(message + (days if re.fullmatch(r"\d+ ?d\w*", text.strip()) else ""))
    minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    if not 0 < minutes <= _MOST * 60:
        message = f"`{text}`: write more than 0m, and {_MOST}h at most"
        raise ValueError(message)
    return minutes


# what is wrong with it --------------------------------------------------------------------------


def _faults(spec: SlaSpec) -> Iterator[tuple[Path, str]]:
    for name, calendar in spec.calendars.items():
        yield from ((("calendars", name, *path), said) for path, said in calendar_faults(calendar))
    yield from _use_faults(spec.use, spec.calendars)
    for name, terms, targets, column in (
        ("customer", spec.customer, CUSTOMER, "priority"),
        ("engineering", spec.engineering, ENGINEERING, "severity"),
    ):
        yield from (((name, *path), said) for path, said in _terms_faults(terms, targets, column))
    yield from (
        (("contract", *path), said) for path, said in _table_faults(spec.contract, CUSTOMER, "priority")
    )
    yield from _loose_faults(spec)
    yield from ((("multipliers", *path), said) for path, said in _multiplier_faults(spec.multipliers))
    yield from _time_fault(("soon", "within"), spec.soon.within)


def _use_faults(use: _Uses, calendars: Mapping[str, CalendarSpec]) -> Iterator[tuple[Path, str]]:
    named: list[tuple[Path, str]] = [(("use", "default"), use.default)]
    named += [(("use", "engineering"), use.engineering)] if use.engineering else []
    for table, names in (("tiers", use.tiers), ("regions", use.regions), ("accounts", use.accounts)):
        named += [(("use", table, word), name) for word, name in names.items()]
        yield from ((("use", table, *path), said) for path, said in _twice(names))
    for path, name in named:
        if name not in calendars:
            hint = nearest(name, calendars) or f"; there are {', '.join(calendars)}"
            yield path, f"`{name}` is not a calendar of this file{hint}"


def _terms_faults(terms: _Terms, targets: Sequence[str], column: str) -> Iterator[tuple[Path, str]]:
    yield from ((("targets", *path), said) for path, said in _table_faults(terms.targets, targets, column))
    for target, statuses in terms.paused_while.items():
        yield from _target_fault(("paused_while", target), target, targets)
        known = [s for s in REGISTERS["status"].options if s not in DONE]
        for i, status in enumerate(statuses):
            if status not in known:
                hint = nearest(status, known) or f"; it is one of {', '.join(known)}"
                yield (
                    ("paused_while", target, i),
                    f"`{status}` is not a status in which a clock can pause{hint}",
                )
    for target, text in terms.least.items():
        yield from _target_fault(("least", target), target, targets)
        yield from _time_fault(("least", target), text)


def _table_faults(rows: _Rows, targets: Sequence[str], column: str) -> Iterator[tuple[Path, str]]:
    words = REGISTERS[column].options
    yield from _twice(rows)
    for tier, row in rows.items():
        for target, times in row.items():
            path: Path = (tier, target)
            yield from _target_fault(path, target, targets)
            for word, text in times.items():
                if word not in (*words, OTHER):
                    hint = nearest(word, words) or f"; it is one of {', '.join((*words, OTHER))}"
                    yield (*path, word), f"`{word}` is not a {column}{hint}"
                yield from _time_fault((*path, word), text)
            yield from _order_fault(path, times, words)


def _twice(names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Names count whatever their case."""
    first: dict[str, str] = {}
    for name in names:
        if first.setdefault(name.casefold(), name) != name:
            yield (name,), f"`{name}` stands here twice: `{first[name.casefold()]}` means the same"


def _target_fault(path: Path, target: str, targets: Sequence[str]) -> Iterator[tuple[Path, str]]:
    if target not in targets:
        hint = nearest(target, targets) or f"; it is one of {', '.join(targets)}"
        yield path, f"`{target}` is not a target of this clock{hint}"


def _time_fault(path: Path, text: str) -> Iterator[tuple[Path, str]]:
    try:
        _ = _minutes(text)
    except ValueError as error:
        yield path, str(error)


def _order_fault(path: Path, times: Mapping[str, str], words: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """What is more severe is never given more time, nor none; `other` stands for what is left out."""
    given = [(word, times.get(word, times.get(OTHER, ""))) for word in words]
    for (mild, more), (severe, less) in pairwise(given):
        most, least = _read(more), _read(less)
        at = (*path, severe) if severe in times else path
        if most is not None and not less:
            yield at, f"`{mild}` has a time and `{severe}` has none; write what `{severe}` has, or `{OTHER}`"
        elif most is not None and least is not None and least > most:
            yield at, f"`{severe}` has more time than `{mild}`: {less} and {more}"


def _loose_faults(spec: SlaSpec) -> Iterator[tuple[Path, str]]:
    """A target that is looser than the contract would never hold: better to say so than to mend it."""
    for tier, row in spec.customer.targets.items():
        for target, times in row.items():
            for word, text in times.items():
                signed = spec.contract.get(tier, {}).get(target, {}).get(word, "")
                ours, theirs = _read(text), _read(signed)
                if ours is not None and theirs is not None and ours > theirs:
                    said = f"`{text}` is later than the contract's {signed}; write {signed} or less"
                    yield ("customer", "targets", tier, target, word), said


def _read(text: str) -> int | None:
    try:
        return _minutes(text)
    except ValueError:
        return None


def _multiplier_faults(spec: _Multipliers) -> Iterator[tuple[Path, str]]:
    if not 0.25 <= spec.at_least <= 1:  # noqa: PLR2004
        yield ("at_least",), f"{spec.at_least} is not between 0.25 and 1"
    renewal = _pair_faults(spec.renewal, "days before the renewal", rising=False)
    yield from ((("renewal", *path), said) for path, said in renewal)
    yield from (
        (("risk", *path), said) for path, said in _pair_faults(spec.risk, "from this risk", rising=True)
    )
    health = REGISTERS["account.health"].options
    for name, shares, known in (("signals", spec.signals, SIGNALS), ("health", spec.health, health)):
        for word, share in shares.items():
            if word not in known:
                hint = nearest(word, known) or f"; it is one of {', '.join(known)}"
                yield (name, word), f"`{word}` is none of the {name}{hint}"
            yield from _share_fault((name, word), share)
    steps = [spec.health.get(word, 1.0) for word in health]
    if steps != sorted(steps, reverse=True):
        yield ("health",), f"worse health must not give more time: {', '.join(health)}"


def _pair_faults(pairs: Sequence[Sequence[float]], what: str, *, rising: bool) -> Iterator[tuple[Path, str]]:
    for i, pair in enumerate(pairs):
        if len(pair) != 2:  # noqa: PLR2004
            yield (i,), f"each line is [<{what}>, <share of the time>]"
            return
        if pair[0] < 0 or (not rising and pair[0] != int(pair[0])):
            yield (i,), f"`{pair[0]:g}`: write {'0 or more' if rising else 'whole days'}"
        yield from _share_fault((i,), pair[1])
    starts, shares = [p[0] for p in pairs], [p[1] for p in pairs]
    if starts != sorted(set(starts), reverse=not rising):
        yield (), f"the lines must be {'rising' if rising else 'falling'}: {what}"
    elif shares != sorted(shares, reverse=True):
        yield (), "each line must leave no more time than the one before it"


def _share_fault(path: Path, share: float) -> Iterator[tuple[Path, str]]:
    if not 0 < share <= 1:
        yield path, f"a share of the time is more than 0 and 1 at most, not {share:g}; it only makes tighter"

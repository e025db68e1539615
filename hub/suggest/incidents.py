"""
Incidents: several customers report the same at once, more than usual. Pure.

`now` only says which are over; what belongs to an incident follows from the tickets alone, so that it
grows as they come and stays what it was. What a machine wrote, one text sent by many, and one customer
who writes nine times make none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from hub.model import TicketId
from hub.suggest.bursts import Index, Run, Told, runs, told
from hub.suggest.rows import Row
from hub.suggest.rules import IncidentRules
from hub.suggest.words import forms

_LETTER = 12
"""From this many words on, the same text twice is one text sent around, not two people."""
_SHARED = 2
"""Words that most of them must share: one word in common is no common trouble."""
_QUOTED = 5
_NAMED = 4
_STEPS = (3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000)
"""An incident that grows is told anew at these sizes only: each telling is a write to every ticket of it."""


class Incident(msgspec.Struct, frozen=True):
    """What several customers report at once."""

    id: TicketId
    """Of its first ticket."""
    since: str
    last: str
    tickets: tuple[TicketId, ...]
    """In the order in which they came."""
    names: tuple[str, ...]
    accounts: tuple[str, ...]
    words: tuple[str, ...]
    """That most of them shared when it was last told anew, as they stand in one of them."""
    usual: float
    """How many such tickets come within one window otherwise."""
    issues: tuple[str, ...] = ()
    """Of its tickets, the one that most of them have first."""
    without: tuple[TicketId, ...] = ()
    """Tickets that are not linked to the first issue."""
    over: bool = False

    @property
    def told(self) -> str:
        """What each of its tickets says of it."""
        words = ", ".join(f"“{word}”" for word in self.words)
        of_all = f" of {_about(len(self.names))} tickets" if len(self.names) > _NAMED else ""
        said = [
            f"{_about(len(self.accounts))} customers report the same since {_minute(self.since)}: {words}",
            f"{', '.join(self.names[:_NAMED])}{of_all}",
        ]
        if self.issues:
            said.append(f"{self.issues[0]} is linked already")
        return "; ".join(said)

    def commands(self) -> tuple[str, ...]:
        """Return what links its tickets to one issue; none while there is no issue to link them to."""
        return tuple(f"hub link {ticket} {self.issues[0]}" for ticket in self.without) if self.issues else ()


def incidents(rows: Iterable[Row], now: str, rules: IncidentRules) -> tuple[Incident, ...]:
    """Return what is an incident among these tickets, those that go on first; those that are over too."""
    heard = told(rows)
    if not heard:
        return ()
    index = Index(heard)
    moment = datetime.fromisoformat(now)
    begun = [run for run in runs(heard, rules.window, rules.likeness) if len(run.told) >= rules.accounts - 1]
    taken: set[int] = set()
    found: list[Incident] = []
    for run in sorted(begun, key=lambda r: -len(r.told)):  # a stable sort: of equals the first
        # What came before the run knew its own words, or went into a smaller one, belongs here too.
        around = index.like(run, run.told[0].at - rules.window, run.last + rules.window, rules.likeness)
        members = _agreeing([i for i in around if i not in taken], index)
        for burst, usual in _bursts(run, members, index, rules):
            incident = _incident([heard[i] for i in burst], usual, moment, rules)
            if len(incident.words) >= _SHARED:
                taken.update(burst)
                found.append(incident)
    return tuple(sorted(found, key=lambda i: (i.over, i.since, i.id)))


def told_on(found: Iterable[Incident]) -> dict[TicketId, str]:
    """Return what each ticket of an incident that goes on says of it (`incident.told`)."""
    return {ticket: one.told for one in found if not one.over for ticket in one.tickets}


# how many are too many --------------------------------------------------------------------------


def _bursts(
    run: Run, members: Sequence[int], index: Index, rules: IncidentRules
) -> Iterator[tuple[list[int], float]]:
    """Yield the parts of a run in which more customers speak within a window than chance explains."""
    told = [index.rows[i] for i in members]
    voices = _voices(told)
    begin, usual, needed = 0, 0.0, 0
    inside: list[int] = []
    for at, one in enumerate(told):
        while one.at - told[begin].at > rules.window:
            begin += 1
        speaking = len({*voices[begin : at + 1]} - {""})
        if inside and speaking >= needed:
            inside.append(members[at])
            continue
        if inside:
            yield inside, usual
            inside = []
        if speaking >= rules.accounts:
            usual = _usual(run, told[begin].at, index, rules)
            needed = max(rules.accounts, _unlikely(usual, rules.chance))
            inside = [*members[begin : at + 1]] if speaking >= needed else []
    if inside:
        yield inside, usual


def _voices(members: Sequence[Told]) -> list[str]:
    """Return whose voice each is; "" for a text that somebody else sent word for word before."""
    first: dict[str, str] = {}
    voices: list[str] = []
    for one in members:
        voice = one.row.account or one.row.id
        text = _DIGITS.sub("", " ".join(one.row.text.casefold().split()))
        long = text.count(" ") + 1 >= _LETTER
        voices.append(voice if not long or first.setdefault(text, voice) == voice else "")
    return voices


_DIGITS = re.compile(r"\d+")


def _usual(run: Run, since: datetime, index: Index, rules: IncidentRules) -> float:
    """
    Return how many of the like come within a window otherwise.

    Where nothing is known of the time before, everything may be usual; unless all that is known at
    all is hardly longer than a window: then nobody can tell, and what many say counts.
    """
    first, last = index.rows[0].at, index.rows[-1].at
    start = max(first, since - rules.usual)
    if since - start < rules.window:
        return 0.0 if last - first <= 2 * rules.window else math.inf
    return len(index.like(run, start, since, rules.likeness)) * (rules.window / (since - start))


_MANY = 300
"""Above such a rate, four standard deviations are near enough to Poisson's law."""


def _unlikely(usual: float, chance: float) -> int:
    """Return the least number that comes by chance less often than that, by Poisson's law."""
    if usual > _MANY:
        return 1 << 30 if math.isinf(usual) else math.ceil(usual + 4 * math.sqrt(usual))
    term = left = math.exp(-usual)
    number = 0
    while 1.0 - left >= chance:
        number += 1
        term *= usual / number
        left += term
    return number + 1


# in words ---------------------------------------------------------------------------------------


def _incident(members: Sequence[Told], usual: float, now: datetime, rules: IncidentRules) -> Incident:
    rows = [one.row for one in members]
    issues = Counter(issue for row in rows for issue in row.issues)
    ranked = sorted(issues, key=lambda issue: (-issues[issue], issue))
    last = members[-1].at
    return Incident(
        id=rows[0].id,
        since=rows[0].at,
        last=rows[-1].at,
        tickets=tuple(row.id for row in rows),
        names=tuple(row.name or row.id for row in rows),
        accounts=tuple(sorted({row.account or row.id for row in rows})),
        words=_quoted(members[: _step(len(members))]),
        usual=round(usual, 2),
        issues=tuple(ranked),
        without=tuple(row.id for row in rows if ranked and ranked[0] not in row.issues),
        over=now - last > rules.window or all(row.done for row in rows),
    )


def _agreeing(members: Sequence[int], index: Index) -> list[int]:
    """Leave out what hangs on by one word: of what most of them say, each must say two things."""
    shared = {*_shared([index.rows[i] for i in members])}
    return [i for i in members if len(shared & index.rows[i].vector.keys()) >= _SHARED]


def _shared(members: Sequence[Told]) -> list[str]:
    """Return the stems of what most of them say, the most telling first."""
    said = Counter(stem for one in members for stem in one.vector)
    least = max(2, math.ceil(len(members) / 2))
    weight = Counter[str]()
    for one in members:
        weight.update(one.vector)
    return sorted((s for s, n in said.items() if n >= least), key=lambda s: (-weight[s], s))


def _quoted(members: Sequence[Told]) -> tuple[str, ...]:
    """Return what most of them say, in the words of the first who says it."""
    words: dict[str, str] = {}
    for one in members:
        for stem, word in forms(one.row.text):
            _ = words.setdefault(stem, word)
    return tuple(words[stem] for stem in _shared(members)[:_QUOTED] if stem in words)


_EXACT = 5


def _step(number: int) -> int:
    """Return the last size at which an incident that grew to this one was told anew."""
    return max((step for step in _STEPS if step <= number), default=number)


def _about(number: int) -> str:
    return f"{number}" if number <= _EXACT else f"at least {_step(number)}"


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"

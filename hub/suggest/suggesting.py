"""
What a ticket's words, and solved tickets like it, suggest: type, product area, team, tags. Pure.

Nothing is written over what people chose. A suggestion is made only where it is clear, and says by
which rule, which words, which tickets. What people already chose so is not suggested again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from hub.brief.reading import reported
from hub.model import Ticket, Value
from hub.signals.human import human_text
from hub.suggest.rows import SUGGESTED, Near
from hub.suggest.rules import RoutingRules, Rule
from hub.suggest.words import form, tokens
from hub.support import by_customer, spoken

_READ = 8_000
_NAMED = 3
"""Words of a rule, and neighbours, that a sentence names at most."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something is suggested."""

    rule: str = ""
    words: tuple[str, ...] = ()
    """As they stand in the ticket."""
    tickets: tuple[str, ...] = ()
    """As people call them."""
    solution: str = ""
    """What solved the most alike of them."""


class Suggestion(msgspec.Struct, frozen=True):
    """One value, how much speaks for it, and what."""

    what: str
    value: str
    weight: float
    evidence: tuple[Evidence, ...]


class Suggestions(msgspec.Struct, frozen=True):
    """All that is suggested for one ticket."""

    found: tuple[Suggestion, ...] = ()

    def value(self, what: str) -> str | None:
        return next((s.value for s in self.found if s.what == what), None)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(s.value for s in self.found if s.what == "tags"))

    def registers(self) -> dict[str, Value]:
        """Return what the `suggested.*` registers hold; None where nothing is suggested."""
        told = "\n".join(_sentence(suggestion) for suggestion in self.found)
        return {
            **{f"suggested.{what}": self.value(what) for what in SUGGESTED},
            "suggested.tags": self.tags or None,
            "suggested.why": told or None,
        }


def suggestions(ticket: Ticket, rules: RoutingRules, neighbours: Sequence[Near] = ()) -> Suggestions:
    """Return what is suggested for a ticket; nothing for one that a machine wrote."""
    text = _heard(ticket)
    if not text:
        return Suggestions()
    heard = _Heard(text)
    votes: dict[tuple[str, str], list[tuple[float, Evidence]]] = {}
    for what, value, weight, evidence in (*_by_rules(ticket, heard, rules), *_by_likeness(neighbours, rules)):
        votes.setdefault((what, value), []).append((weight, evidence))
    found = [
        Suggestion(what, value, round(sum(w for w, _ in given), 3), tuple(e for _, e in given))
        for (what, value), given in votes.items()
    ]
    return Suggestions(tuple(_clear(ticket, found, rules)))


def _heard(ticket: Ticket) -> str:
    """What the customer says, wherever they said it."""
    first = reported(ticket)
    if first is not None and not first.strip():
        return ""
    later = [human_text(c, ticket) for c in spoken(ticket) if by_customer(c, ticket)]
    parts = (str(ticket.get("subject") or ""), first or "", *later)
    return "\n".join(dict.fromkeys(part for part in parts if part))[:_READ]


def _clear(ticket: Ticket, found: Iterable[Suggestion], rules: RoutingRules) -> Iterator[Suggestion]:
    """Yield what speaks loudly enough, and clearly more than anything else."""
    ranked = sorted(found, key=lambda s: (-s.weight, s.value))
    for what in SUGGESTED:
        best = [s for s in ranked if s.what == what][:2]
        if not best or best[0].weight < rules.enough or ticket.get(SUGGESTED[what]) == best[0].value:
            continue
        if len(best) == 1 or best[0].weight - best[1].weight >= rules.margin:
            yield best[0]
    held = ticket.get("tags")
    had = held if isinstance(held, tuple) else ()
    yield from (s for s in ranked if s.what == "tags" and s.weight >= rules.enough and s.value not in had)


# by rules ---------------------------------------------------------------------------------------


def _by_rules(
    ticket: Ticket, heard: _Heard, rules: RoutingRules
) -> Iterator[tuple[str, str, float, Evidence]]:
    for rule in rules.rules:
        quoted = _matched(rule, ticket.registers, heard)
        if quoted is None:
            continue
        for what, values in rule.suggest.items():
            yield from ((what, value, rule.weight, Evidence(rule.name, quoted)) for value in values)
        if rules.match == "first":
            return


def _matched(rule: Rule, registers: Mapping[str, Value], heard: _Heard) -> tuple[str, ...] | None:
    """Return the words by which a rule holds, as they stand there; None if it does not hold."""
    if rule.when is not None and not rule.when.holds(registers):
        return None
    if any(_stands(phrase, heard) for phrase in rule.never):
        return None
    quoted = [said for phrase in rule.phrases if (said := _stands(phrase, heard))]
    if rule.phrases and not quoted:
        return None
    return tuple(dict.fromkeys(quoted))


class _Heard:
    """The words of a ticket, and where each stands."""

    def __init__(self, text: str) -> None:
        self.words = tokens(text)
        self.forms = [*map(form, self.words)]
        self.known = frozenset(self.forms)


def _stands(phrase: Sequence[str], heard: _Heard) -> str:
    """Return the first place where these stems stand side by side, in the words that stand there."""
    if not heard.known.issuperset(phrase):
        return ""  # nearly always
    wanted = [*phrase]
    for at, found in enumerate(heard.forms):
        if found == wanted[0] and heard.forms[at : at + len(wanted)] == wanted:
            return " ".join(heard.words[at : at + len(wanted)])
    return ""


# by likeness ------------------------------------------------------------------------------------


def _by_likeness(
    neighbours: Sequence[Near], rules: RoutingRules
) -> Iterator[tuple[str, str, float, Evidence]]:
    """The vote of solved tickets: each by how alike it is, counted only where enough of them agree."""
    asked = rules.neighbours
    near = [n for n in neighbours if n.row.done and n.likeness >= asked.likeness][: asked.count]
    for what in SUGGESTED:
        cast = [(n, n.row.decided[what]) for n in near if n.row.decided.get(what)]
        total = sum(n.likeness for n, _ in cast)
        for value in dict.fromkeys(v for _, v in cast):
            mine = [n for n, v in cast if v == value]
            share = sum(n.likeness for n in mine) / total
            if len(mine) >= asked.votes and share >= asked.share:
                solution = next((n.row.solution for n in mine if n.row.solution), "")
                names = tuple(n.row.name or n.row.id for n in mine)
                yield what, value, share * asked.weight, Evidence(tickets=names, solution=solution)


# in words ---------------------------------------------------------------------------------------


_CALLED = {"type": "Type", "product_area": "Product area", "team": "Team", "tags": "Tag"}


def _sentence(suggestion: Suggestion) -> str:
    why = "; ".join(_reason(evidence) for evidence in suggestion.evidence)
    return f"{_CALLED[suggestion.what]} {suggestion.value}: {why}"


def _reason(evidence: Evidence) -> str:
    if evidence.rule:
        said = ", ".join(f"“{word}”" for word in evidence.words[:_NAMED])
        return f"rule {evidence.rule}" + (f" ({said})" if said else "")
    more = len(evidence.tickets) - _NAMED
    names = ", ".join(evidence.tickets[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"like {names}" + (f" (solved: “{evidence.solution}”)" if evidence.solution else "")

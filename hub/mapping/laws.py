"""The lens laws, tried on sample values: what a bound mapping would get wrong is told before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.lens import Lens, Unreadable, Unwritable, write
from hub.lenses import Choice, Labels
from hub.lenses.raw import shown
from hub.mapping.rules import Mapping as FieldMapping
from hub.mapping.rules import Rule
from hub.model import Value
from hub.problems import Problem

_SAMPLES: Mapping[str, Sequence[Value]] = {
    "text": ("a", "Ünïcødé 🙂", "two words"),
    "long": ("a", "two\n\nlines", "Ünïcødé 🙂"),
    "markdown": ("a", "two\n\nparagraphs"),
    "number": (0, 1, 1000),
    "flag": (True, False),
    "instant": ("2026-01-31T23:59:59Z",),
    "date": ("2026-02-28",),
    "person": ("someone@customer.example",),
    "reference": ((), ("SUP-1", "SUP-12")),
    "labels": ((), ("a", "b c")),
    "copy": ('{"version":1}',),
    "block": ("a", "two\n\nparagraphs"),
}


def samples(rule: Rule) -> Sequence[Value]:
    """Return values that the rule's field should show as they are."""
    match rule.lens:
        case Choice() as lens:
            return tuple(v for v in lens.to_side if v not in lens.lossy)
        case Labels() as lens if lens.to_side:
            return ((), tuple(sorted(lens.to_side)))
        case Labels() as lens if lens.only or lens.but or not lens.spaces:
            return ((),)
        case _:
            return _SAMPLES[rule.as_]


def broken_laws(mapping: FieldMapping) -> Iterator[Problem]:
    """Yield a problem for every law that a rule breaks on a sample."""
    for rule in mapping.rules:
        if rule.writes and (rule.as_ not in {"text", "long"} or rule.kind in {"text", "markdown"}):
            for value in samples(rule):
                fault = _fault(rule, value)
                if fault:
                    yield Problem(rule.place, fault)


def _fault(rule: Rule, value: Value) -> str:
    lens: Lens = rule.lens
    try:
        raw = write(lens, value, None)
        back = lens.read(raw)
        again = write(lens, value, raw)
    except (Unreadable, Unwritable) as refusal:
        return f"`{rule.register}` cannot show {shown(value)}: {refusal}"
    if back != value:
        return (
            f"`{rule.register}` does not keep its word: {shown(value)} is shown as {shown(raw)} "
            f"and reads back as {shown(back)}"
        )
    if again != raw:
        return f"`{rule.register}` is never at rest: writing {shown(value)} twice writes twice"
    return ""

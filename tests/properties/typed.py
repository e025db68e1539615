"""What a field of any kind can show, and what the hub can hold where the field can show it."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st

from hub.lenses import Choice, Copy, Date, Flag, Instant, Labels, Number, Person, Reference, Text
from hub.mapping import Rule

LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=400)
PROSE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)
WORDS = st.text(string.ascii_lowercase + "_-% é", min_size=1, max_size=12).filter(
    lambda w: w == w.strip()
)
MAILS = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)
KEYS = st.from_regex(r"[A-Z][A-Z0-9]{1,4}-[1-9][0-9]{0,4}", fullmatch=True)
STAMPS = st.datetimes().map(lambda d: d.replace(microsecond=0).isoformat().rjust(19, "0") + "Z")
DAYS = st.dates().map(lambda d: d.isoformat())


def raws(rule: Rule) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911  one line a lens
    """Return what the rule's field can show, as its system would."""
    match rule.lens:
        case Choice() as lens:
            return st.sampled_from([None, *lens.to_hub])
        case Labels() as lens if lens.to_hub:
            return st.lists(st.sampled_from(sorted(lens.to_hub)), unique=True)
        case Labels():
            plain = st.text(string.ascii_lowercase + "_-%", min_size=1, max_size=9)
            ours = st.lists(st.one_of(plain, st.sampled_from(["sev_1", "comp_web"])), unique=True)
            return st.one_of(st.none(), ours)
        case Number():
            return st.one_of(st.none(), st.integers(0, 10**9), st.floats(0, 1e6).map(lambda f: round(f, 2)))
        case Flag() as lens:
            return st.sampled_from([None, lens.yes, lens.no])
        case Instant():
            return st.one_of(st.none(), STAMPS, STAMPS.map(lambda s: s.replace("Z", ".123-0800")))
        case Date():
            return st.one_of(st.none(), DAYS)
        case Person():
            person = st.fixed_dictionaries({"id": KEYS, "name": LINES, "email": st.none() | MAILS})
            return st.one_of(st.none(), person)
        case Reference():
            return st.one_of(st.none(), KEYS, st.lists(KEYS).map(" and ".join))
        case Copy(as_text=True):
            return st.sampled_from([None, "", '{"version":1,"registers":{"a":[1,"é"]}}'])
        case Copy():
            return st.one_of(st.none(), st.just({"version": 1, "registers": {"a": [1, "é"]}}))
        case _:
            return st.one_of(st.none(), LINES if isinstance(rule.lens, Text) else PROSE)


def values(rule: Rule) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911  one line a lens
    """Return what the hub can hold in the rule's register, where the field can show it."""
    match rule.lens:
        case Choice() as lens:
            return st.sampled_from(sorted(set(lens.to_side) - lens.lossy))
        case Labels() as lens if lens.to_hub:
            return st.sets(st.sampled_from(sorted(lens.to_side))).map(lambda s: tuple(sorted(s)))
        case Labels() as lens:
            plain = WORDS if lens.spaces else st.text(string.ascii_lowercase + "-", min_size=1)
            return st.sets(plain).map(lambda s: tuple(sorted(s)))
        case Number() as lens:
            return st.integers(0, 10**9) if lens.decimals == 0 else st.integers(0, 10**6).map(
                lambda n: n // 100 if n % 100 == 0 else n / 100
            )
        case Flag():
            return st.booleans()
        case Instant():
            return STAMPS
        case Date():
            return DAYS
        case Person():
            return MAILS
        case Reference():
            return st.sets(KEYS, max_size=9).map(lambda s: tuple(sorted(s)))
        case Copy():
            return st.just('{"registers":{"a":[1,"é"]},"version":1}')
        case Text() as lens:
            room = min(lens.limit or 140, 140) // 2  # of characters that may count twice
            return LINES.map(lambda t: " ".join(t[:room].split())).filter(bool)
        case _:
            return PROSE.map(lambda t: t.replace("\r\n", "\n").strip()).filter(bool)

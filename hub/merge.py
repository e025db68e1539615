"""Three-way merge of one register: what each side did to it since its own shadow. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from hub.fingerprint import fingerprint, is_digest, stand_in
from hub.model import HUB, Json, System, Value


class Edit(msgspec.Struct, frozen=True):
    """One side's new value. `base` is what that side had last been seen to stand for."""

    base: Value
    value: Value


class Merged(msgspec.Struct, frozen=True):
    """What a register becomes; who that came from (None: nobody changed it); what gave way."""

    value: Value
    winner: System | None = None
    dropped: Mapping[System, Value] = {}


def empty(value: Value) -> bool:
    """Return whether a value says nothing: an empty field is no answer, `0` and `false` are."""
    return value is None or value in ("", ())


def merge(held: Value, edits: Mapping[System, Edit], prefer: Sequence[System]) -> Merged:
    """
    Return the merged value.

    Equal edits are agreement. Where two people set different values unseen by each other, the side
    that stands first in `prefer` wins, and every other value is in `dropped`. Sets of words merge
    word by word and never conflict.
    """
    if _words(held, edits):
        return _merge_words(held, edits)
    changed = {
        side: edit
        for side, edit in edits.items()
        if not same(edit.value, edit.base) and not same(edit.value, held)
    }
    if not changed:
        return Merged(held)
    winner = min(changed, key=lambda side: (_rank(side, prefer), side))
    kept = changed[winner].value
    dropped = {side: edit.value for side, edit in changed.items() if edit.value != kept}
    if not empty(held) and any(not same(edit.base, held) for edit in changed.values()):
        dropped[HUB] = held  # someone edited without having been shown what the hub holds
    return Merged(kept, winner, dropped)


def same(one: Value, other: Value) -> bool:
    """Return whether two values, either of which may be a fingerprint, are the same or both empty."""
    if one == other:
        return True
    if fingerprint(one) == fingerprint(other) or (empty(one) and empty(other)):
        return True
    if is_digest(one) == is_digest(other):
        return False
    return stand_in(one) == stand_in(other)  # of one, only a digest is left (`hub forget`)


def _rank(side: System, prefer: Sequence[System]) -> int:
    return prefer.index(side) if side in prefer else len(prefer)


def _words(held: Value, edits: Mapping[System, Edit]) -> bool:
    values = [held, *(v for edit in edits.values() for v in (edit.base, edit.value))]
    return any(isinstance(value, tuple) for value in values) and all(
        value is None or isinstance(value, tuple) for value in values
    )


def _merge_words(held: Value, edits: Mapping[System, Edit]) -> Merged:
    added: set[str] = set()
    removed: set[str] = set()
    winner: System | None = None
    for side, edit in sorted(edits.items()):
        base, value = set(_tuple(edit.base)), set(_tuple(edit.value))
        if value != base:
            winner = side
        added |= value - base
        removed |= base - value
    now = (set(_tuple(held)) - removed) | added
    merged = tuple(sorted(now))
    return Merged(merged if merged or held is not None else None, winner)


def _tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def without_others(left: Json, asked: Json, was: Json) -> Json:
    """
    Return what an answer shows, less what people did to its words while the write was on its way.

    Words are added and taken away one by one, so that theirs stay; they are news to the next run.
    """
    shows, wanted, before = _listed(left), _listed(asked), _listed(was) or ()
    if shows is None or wanted is None:
        return left
    shown = {_word(one) for one in shows}
    took = [one for one in before if one in wanted and _word(one) not in shown]
    if {_word(one) for one in wanted if one not in took} - shown:
        return left  # what was asked for is kept there in another form, which may be any of these
    known = {_word(one) for one in (*wanted, *before)}
    return [*(one for one in shows if _word(one) in known), *took]


def _listed(raw: Json) -> Sequence[Json] | None:
    return cast("Sequence[Json]", raw) if isinstance(raw, list) else None


def _word(word: Json) -> str:
    """Return how systems tell words apart: some keep them in small letters, and without spaces."""
    return str(word).casefold().replace(" ", "_")

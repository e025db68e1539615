"""What must hold of merging one register, whatever was typed where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.fingerprint import fingerprint
from hub.merge import Edit, empty, merge, same
from hub.model import HUB, System

SIDES = (System("zendesk"), System("jira"), System("salesforce"))
words = st.sampled_from(["", "a", "b", "c", "x" * 400])
values = st.one_of(st.none(), words, st.integers(0, 3), st.booleans())
edits = st.dictionaries(st.sampled_from(SIDES), st.builds(Edit, values, values))
sets = st.lists(st.sampled_from("abc"), unique=True).map(lambda x: tuple(sorted(x)))


@given(values, edits)
def test_nothing_is_kept_that_nobody_proposed(held: object, given_: dict[System, Edit]) -> None:
    """invents_nothing: the merged value is what was held, or what some side set."""
    merged = merge(held, given_, SIDES)
    assert merged.value == held or merged.value in [e.value for e in given_.values()]


@given(values, edits)
def test_every_edit_stands_or_is_in_the_conflict(held: object, given_: dict[System, Edit]) -> None:
    """loses_no_edit: a value that somebody set is final, or it is among the dropped ones."""
    merged = merge(held, given_, SIDES)
    for side, edit in given_.items():
        if same(edit.value, edit.base) or same(edit.value, held):
            continue
        assert edit.value == merged.value or merged.dropped.get(side) == edit.value


@given(values, edits)
def test_a_conflict_names_two_different_values(held: object, given_: dict[System, Edit]) -> None:
    """cries_no_wolf: what gave way is never what stands."""
    merged = merge(held, given_, SIDES)
    assert all(value != merged.value for value in merged.dropped.values())


@given(values, values, st.sampled_from(SIDES))
def test_a_lone_edit_wins(held: object, value: object, side: System) -> None:
    """lone_edit_wins: one person's edit of what everybody saw is what everybody gets."""
    merged = merge(held, {side: Edit(held, value)}, SIDES)
    assert same(merged.value, value)
    assert not merged.dropped


@given(values, edits)
def test_merging_again_changes_nothing(held: object, given_: dict[System, Edit]) -> None:
    """goes_quiet: the same edits against what was merged are no news."""
    once = merge(held, given_, SIDES)
    settled = {side: Edit(edit.value, edit.value) for side, edit in given_.items()}
    assert merge(once.value, settled, SIDES).value == once.value


@given(sets, st.dictionaries(st.sampled_from(SIDES), st.builds(Edit, sets, sets)))
def test_words_merge_word_by_word(
    held: tuple[str, ...], given_: dict[System, Edit]
) -> None:
    """A word that somebody added is there; one that somebody removed and nobody added is not."""
    merged = merge(held, given_, SIDES)
    now = set(merged.value or ())  # type: ignore[arg-type]
    added = {w for e in given_.values() for w in set(e.value) - set(e.base)}
    removed = {w for e in given_.values() for w in set(e.base) - set(e.value)}
    assert now == (set(held) - removed) | added
    assert not merged.dropped


@given(values)
def test_an_unseen_hub_value_is_named(held: object) -> None:
    """Somebody edited without having been shown what the hub holds: that value is not lost."""
    merged = merge(held, {SIDES[0]: Edit("old", "new")}, SIDES)
    if empty(held) or held in ("old", "new"):
        assert HUB not in merged.dropped
    else:
        assert merged.dropped[HUB] == held


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), st.lists))
def test_a_fingerprint_is_its_own_fingerprint(value: object) -> None:
    """Long values are kept as digests; comparing a digest with the value itself works."""
    assert fingerprint(fingerprint(value)) == fingerprint(value)

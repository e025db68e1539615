"""Every lens of every mapping file keeps its laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.lens import Unreadable, Unwritable, write
from hub.lenses import Choice, Copy, Instant, Labels, Long
from hub.lenses.raw import cut, units
from hub.mapping import Rule
from tests.properties.typed import WORDS, raws, values
from tests.worlds import demo_mapping

RULES = [
    pytest.param(rule, id=f"{system}-{rule.register}")
    for system in ("zendesk", "jira", "salesforce", "accounts")
    for rule in demo_mapping(system).rules
]
WRITTEN = [
    # a person shown as text is only written there: retyped by its nature, and never read back
    p for p in RULES if p.values[0].writes and (p.values[0].as_, p.values[0].kind) != ("text", "person")  # type: ignore[union-attr]
]
QUICK = settings(max_examples=25)


@pytest.mark.parametrize("rule", RULES)
@QUICK
@given(data=st.data())
def test_stability(rule: Rule, data: st.DataObject) -> None:
    """Writing back what was read changes nothing."""
    raw = data.draw(raws(rule))
    assert write(rule.lens, rule.lens.read(raw), raw) == raw


@pytest.mark.parametrize("rule", WRITTEN)
@QUICK
@given(data=st.data())
def test_fidelity(rule: Rule, data: st.DataObject) -> None:
    """What was written can be read, whatever stood there before."""
    value, onto = data.draw(values(rule)), data.draw(raws(rule))
    assert rule.lens.read(write(rule.lens, value, onto)) == value


@pytest.mark.parametrize("rule", WRITTEN)
@QUICK
@given(data=st.data())
def test_writing_twice_is_writing_once(rule: Rule, data: st.DataObject) -> None:
    """What a write leaves, the same write leaves alone: a run after a run asks nothing."""
    value, onto = data.draw(values(rule)), data.draw(raws(rule))
    once = write(rule.lens, value, onto)
    assert write(rule.lens, value, once) == once


@pytest.mark.parametrize("rule", [r for r in RULES if isinstance(r.values[0].lens, Choice)])  # type: ignore[union-attr]
def test_a_lossy_value_settles_after_one_step(rule: Rule) -> None:
    """A value that shows as its neighbour shows as one that is exact: no chain, no ping-pong."""
    lens = rule.lens
    assert isinstance(lens, Choice)
    if not rule.reads:
        return
    for value in lens.to_side:
        shown = lens.read(lens.render(value, None))
        assert lens.read(lens.render(shown, None)) == shown


@given(st.lists(WORDS, unique=True), st.lists(st.sampled_from(["sev_1", "x_1", "keep"]), unique=True))
def test_labels_of_others_are_left_alone(wanted: list[str], theirs: list[str]) -> None:
    """Words outside the pattern stay, whatever the hub writes."""
    lens = Labels("tags", only=("hub_*",))
    written = lens.render(tuple(f"hub_{w}" for w in wanted), theirs)
    assert [w for w in written if not w.startswith("hub_")] == theirs


@given(st.text(max_size=80), st.integers(1, 40))
def test_a_cut_fits_and_shows(text: str, limit: int) -> None:
    """A cut text keeps within the limit as the systems count it, and says that it was cut."""
    short = cut(text, limit)
    assert units(short) <= limit
    assert short == text or short.endswith("…")


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9), st.lists(st.text(max_size=5))))
def test_no_lens_breaks_on_strange_raw_values(raw: Any) -> None:
    """A raw value of another shape is read, or refused with a message; it never breaks a run."""
    said: list[str] = []
    for rule in (p.values[0] for p in RULES):
        assert isinstance(rule, Rule)
        if rule.as_ in {"markdown", "block"}:
            continue  # the dialect's business
        try:
            value = rule.lens.read(raw)
            _ = rule.lens.render(value, raw)
        except (Unreadable, Unwritable) as refusal:
            said.append(str(refusal))
    assert all("(mappings/" in text for text in said)


def test_an_emoji_counts_twice() -> None:
    """The systems count UTF-16 units; a cut never splits a character."""
    assert units("a🙂") == 3
    assert cut("🙂🙂🙂", 4) == "🙂…"


def test_labels_that_look_escaped_come_back() -> None:
    """A space becomes the stand-in; what already looks like one, or like its escape, stays distinct."""
    lens = Labels("labels", spaces="_")
    words = ("a b", "a%5fb", "a%b", "a_b")
    assert lens.render(words, None) == ["a%255fb", "a%25b", "a%5fb", "a_b"]
    assert lens.read(lens.render(words, None)) == words


def test_an_instant_is_told_in_utc() -> None:
    """The zone of whoever asked does not matter, nor do parts of a second."""
    assert Instant("f").read("2026-01-31T23:30:00.123-0800") == "2026-02-01T07:30:00Z"
    assert Instant("f").read("2026-01-31T23:30:00") == "2026-01-31T23:30:00Z"


def test_the_mark_beside_a_copy_stays() -> None:
    """A connector knows what it created by a mark in the same property; the copy lives beside it."""
    lens = Copy("property")
    written = write(lens, '{"version":1}', {"key": "zendesk:1", "cut": ["x"]})
    assert written == {"key": "zendesk:1", "version": 1}
    assert lens.read(written) == '{"version":1}'
    assert lens.read({"key": "zendesk:1"}) is None


def test_a_long_text_keeps_its_lines() -> None:
    """Several lines stay several lines; a browser's line ends are no edit."""
    lens = Long("f")
    assert lens.read("one\r\ntwo\r\n") == "one\ntwo"
    assert write(lens, "one\ntwo", "one\r\ntwo\r\n") == "one\r\ntwo\r\n"

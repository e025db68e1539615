"""Conditions are checked when they are read, and never stop a ticket when they are asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.conditions import ConditionRefused, condition
from hub.registers import REGISTERS


@pytest.mark.parametrize(
    ("source", "registers", "holds"),
    [
        ("ticket.needs_engineering || score.escalation_risk >= 0.7", {"needs_engineering": True}, True),
        ("ticket.needs_engineering || score.escalation_risk >= 0.7", {"score.escalation_risk": 0.7}, True),
        ("ticket.needs_engineering || score.escalation_risk >= 0.7", {}, False),
        ("ticket.impact.affected_users > 3", {"impact.affected_users": 4}, True),
        ("account.arr / 2.0 > 1", {"account.arr": 3}, True),
        ("'vip' in ticket.tags", {"tags": ("vip",)}, True),
        ("ticket.tags.exists(t, t.startsWith('vip'))", {"tags": ("vip_1",)}, True),
        ("ticket.severity in ['s1', 's2']", {"severity": "s2"}, True),
        ("ticket.severity in ['s1', 's2']", {}, False),
        ("size(ticket.engineering.issues) == 0", {}, True),
        ("!ticket.impact.blocked", {}, True),
        ("ticket.custom.order_reference != ''", {"custom.order_reference": "AB-1"}, True),
        ("ticket.custom.order_reference != ''", {}, False),
        ("1 / int(ticket.impact.affected_users) > 1", {}, False),
        ("ticket.subject.contains('ticket.bogus')", {"subject": "a ticket.bogus b"}, True),
    ],
)
def test_a_condition_holds(source: str, registers: dict[str, Any], holds: bool) -> None:
    """What a ticket does not have counts as the zero of its kind."""
    assert condition(source).holds(registers) is holds


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        (
            "true || ticket.impact.afected_users > 3",
            ((8, ("`ticket.impact.afected_users` is not a register; "
                 "did you mean `ticket.impact.affected_users`?")),),
        ),
        ("impact.blocked", ((0, "`impact.blocked` is not a register; write `ticket.impact.blocked`"),)),
        (
            "acount.arr > 1 && tickt.status == 'x'",
            (
                (0, "`acount.arr` is not a register; did you mean `account.arr`?"),
                (18, "`tickt.status` is not a register; did you mean `ticket.status`?"),
            ),
        ),
        (
            "ticket.status ==",
            ((16, "this condition is not CEL: mismatched input '<EOF>' expecting a value"),),
        ),
        ("ticket.status", ((0, "a condition must say true or false; this says ''"),)),
        (
            "ticket.subject.beginsWith('x')",
            ((14, "`beginsWith` is not a function; did you mean `endsWith`?"),),
        ),
        (
            "account.arr > 'x'",
            ((0, ("this condition cannot be computed (No such overload); `account.arr` is a number; "
                 "in sums write `2.0`, not `2`")),),
        ),
    ],
)
def test_a_condition_is_refused(source: str, faults: tuple[tuple[int, str], ...]) -> None:
    """Each fault is told with its place in the text, and what to write instead."""
    with pytest.raises(ConditionRefused) as refused:
        _ = condition(source)
    assert refused.value.faults == faults


_ANY = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.just(("a",)))


@given(st.dictionaries(st.sampled_from(sorted(REGISTERS)), _ANY))
def test_no_value_breaks_a_condition(registers: dict[str, Any]) -> None:
    """However odd a register's value, a condition answers."""
    source = (
        "ticket.needs_engineering || score.escalation_risk >= 0.7 || 'vip' in ticket.tags "
        "|| account.arr * 2.0 > 5.0 || ticket.subject.startsWith('x')"
    )
    assert condition(source).holds(registers) in {True, False}

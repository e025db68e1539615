"""risk.yaml is read with care: every mistake is named, with its place and what to write instead."""

from __future__ import annotations

import pytest

from hub.problems import FileRefused
from hub.risk.rules import load_risk
from tests.unit.hub.risk.histories import MAPPINGS, RULES

TEXT = (MAPPINGS / "risk.yaml").read_text("utf-8")
SMALL = """label: a
labels:
  a:
    moment: in_flight
    any:
      x: {%s}
"""


def refused(text: str) -> str:
    with pytest.raises(FileRefused) as caught:
        _ = load_risk(text, "risk.yaml")
    return str(caught.value)


def test_the_shipped_file_has_the_labels_that_are_promised() -> None:
    """The default is an escalation; each cause says who began it."""
    assert RULES.label == "escalation"
    assert set(RULES.labels) == {
        "escalation",
        "escalation_like",
        "sla_miss",
        "next_line",
        "next_line_at_intake",
    }
    assert {c.by for c in RULES.labels["escalation"].causes} == {"customer", "employee", "executive"}
    assert RULES.labels["sla_miss"].to_closing
    assert RULES.labels["next_line"].horizon == 7 * 86_400


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT.replace("label: escalation\n", "label: escalatoin\n", 1), "there are `escalation`"),
        (TEXT.replace("horizon: 7d", "horizon: a week"), "`a week` is not a time; write `7d`"),
        (TEXT.replace("half_life", "halflife", 1), "did you mean `half_life`?"),
        (SMALL % "by: somebody, raised: [priority]", "risk.yaml:6:15: error: `somebody` is not one of"),
        (SMALL % "by: customer", "risk.yaml:6:7: error: say what happens"),
        (SMALL % "by: customer, matches: {line: '['}", "is not a pattern"),
        (SMALL % "by: customer, becomes: {statsu: [open]}", "there is no register `statsu`; did you mean `status`?"),
        (SMALL % "by: customer, raised: [prioritty]", "there is no register `prioritty`"),
        (SMALL.replace("moment: in_flight", "moment: in_flight\n    within: closing") % "by: customer, reopened: 1",
         "`closing` goes with `moment: intake`"),
        (SMALL.replace("moment: in_flight", "moment: intake\n    overdue_after: 5d") % "by: customer, reopened: 1",
         "this needs `within: closing`"),
        (TEXT.replace("final: [closed, ", "final: [gone, "), "`gone` is final but not `done`"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    """File, line and column, and what to write."""
    message = refused(text)
    assert told in message
    assert message.startswith("risk.yaml:")

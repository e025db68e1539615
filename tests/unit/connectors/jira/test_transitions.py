"""The planner of ways through a workflow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.transitions import Map, Missing, Step, filled

WORKFLOW = ("SUP", "Bug")
GRAPHS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4, unique=True), max_size=6
)


def learned(graph: dict[str, list[str]]) -> Map:
    """A map of these steps."""
    known = Map()
    for status, targets in graph.items():
        known.learn(WORKFLOW, status, [Step(f"{status}{to}", f"to {to}", to) for to in targets])
    return known


@given(GRAPHS, st.sampled_from("abcdef"), st.sampled_from("abcdef"))
def test_a_path_leads_there_and_is_the_shortest(
    graph: dict[str, list[str]], start: str, goal: str
) -> None:
    """Each step goes out of where the last one led; no shorter way exists; none is none."""
    distance, edge = {start: 0}, [start]
    while edge:
        edge = [
            to
            for status in edge
            for to in graph.get(status, [])
            if distance.setdefault(to, distance[status] + 1) == distance[status] + 1
            and to not in edge
        ]
        if len(distance) > 6 or len(edge) > 50:
            break
        edge = [to for to in dict.fromkeys(edge) if distance[to] == max(distance.values())]
    way = learned(graph).path(WORKFLOW, start, goal)
    if goal == start:
        return
    if goal not in distance:
        assert way is None
        return
    assert way is not None
    at = start
    for step in way:
        assert step.id == at + step.to
        at = step.to
    assert at == goal
    assert len(way) == distance[goal]


def test_looking_around_never_closes_an_issue() -> None:
    """The way to an unknown status does not lead through a done one."""
    known = Map()
    steps = [Step("1", "Close", "Done", "done"), Step("2", "Start", "Doing", "indeterminate")]
    known.learn(WORKFLOW, "To Do", steps)
    way = known.to_unknown(WORKFLOW, "To Do", "done")
    assert way is not None
    assert [step.to for step in way] == ["Doing"]


def test_letter_case_does_not_matter() -> None:
    """People write `in progress`."""
    known = Map()
    known.learn(WORKFLOW, "TO DO", [Step("1", "Start", "In Progress")])
    assert known.path(WORKFLOW, "to do", "in progress") is not None


def test_a_demanded_field_is_filled_or_named() -> None:
    """By id or by name; else the message says what to write, and the options."""
    meta = {
        "name": "Resolution",
        "required": True,
        "schema": {"type": "resolution", "system": "resolution"},
        "allowedValues": [{"name": "Done"}, {"name": "Duplicate"}],
    }
    step = Step("1", "Resolve", "Done", "done", False, {"resolution": meta}, {"resolution": meta})
    assert filled(step, {}, {"resolution": "Done"}) == {"resolution": {"name": "Done"}}
    assert filled(step, {}, {"Resolution": "Done"}) == {"resolution": {"name": "Done"}}
    wanted = filled(step, {"resolution": "Duplicate"}, {"resolution": "Done"})
    assert wanted == {"resolution": {"name": "Duplicate"}}
    with pytest.raises(Missing, match=r"(?s)Resolve.*Resolution.*Done, Duplicate.*resolution: Done"):
        _ = filled(step, {}, {})

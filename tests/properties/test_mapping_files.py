"""However a file is damaged, it is used as it is or refused with places: reading it never breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mapping import load, try_bind
from hub.policy import load_policy
from hub.problems import FileRefused, Problem
from hub.scoring_file import load_scoring
from tests.worlds import MAPPINGS, SCHEMAS, PlainDialect

SCRAPS = st.sampled_from([*" \n:{}[]\"'#\té", "", "  ", "- ", "yes", "on: ", "null", "1", "&a ", "*a", "? "])


def _bound(text: str, name: str) -> Any:
    file = load(text, name)
    schema = SCHEMAS[name.removesuffix(".yaml")]
    return try_bind(file, schema, PlainDialect())


def _problems(name: str, text: str) -> tuple[Problem, ...]:
    try:
        _ = READERS[name](text, name)
    except FileRefused as refused:
        return refused.problems
    return ()


READERS: dict[str, Callable[[str, str], Any]] = {
    "zendesk.yaml": _bound,
    "jira.yaml": _bound,
    "salesforce.yaml": _bound,
    "accounts.yaml": _bound,
    "email.yaml": _bound,
    "policy.yaml": load_policy,
    "scoring.yaml": load_scoring,
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_with_places(name: str, data: st.DataObject) -> None:
    """Some characters lost, some put in: a value, or problems that each name a line of the file."""
    text = (MAPPINGS / name).read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(SCRAPS) + text[start + length :]
    lines = text.count("\n") + 1
    assert all(1 <= p.place.line <= lines + 1 and p.message for p in _problems(name, text))


@pytest.mark.parametrize("name", READERS)
@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """A file that has nothing to do with us is refused, too."""
    with pytest.raises(FileRefused):
        _ = READERS[name](text, name)

"""The store finds linked replicas that no feed shows any more, on both databases."""

from __future__ import annotations

from hub.model import JIRA, ZENDESK
from hub.store import SqlStore
from tests.unit.store.samples import AT, RUN, decision, link


def test_replicas_outside_are_those_whose_label_begins_otherwise(store: SqlStore) -> None:
    """Live ones only, each once; an underscore in a key is no wildcard."""
    one = (
        link("zendesk:1", "1", ZENDESK, label="#1"),
        link("zendesk:1", "10", label="SUP-1"),
        link("zendesk:1", "11", label="OPS-1"),
        link("zendesk:1", "12", label="OPS-2", state="unlinked"),
        link("zendesk:1", "13", label="SUPX-1"),
    )
    two = (link("zendesk:2", "11", label="OPS-1"), link("zendesk:2", "14", label="A_B-1"))
    with store.lease("test"):
        _ = store.commit([decision("zendesk:1", links=one), decision("zendesk:2", links=two)], [], RUN, AT)
    assert store.outside(JIRA, ("SUP-",)) == ["11", "13", "14"]
    assert store.outside(JIRA, ("SUP-", "AXB-", "OPS-")) == ["13", "14"]
    assert store.outside(ZENDESK, ("#",)) == []

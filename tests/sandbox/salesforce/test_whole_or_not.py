"""What fails leaves no trace, and what goes wrong on demand goes wrong as it does in the field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.salesforce.asking import DATA, Asker, asker

_fields = st.fixed_dictionaries(
    {},
    optional={
        "Subject": st.text(max_size=5),
        "Status": st.sampled_from(["New", "Closed", "Working"]),
        "Support_Hub_Key__c": st.sampled_from(["a", "b", "c", "d"]),
        "Severity__c": st.sampled_from(["S1", "S9"]),
        "Components__c": st.sampled_from(["Web", "Data;Web"]),
    },
)
_writes = st.lists(
    st.tuples(st.sampled_from(["POST", "PATCH", "DELETE"]), st.integers(0, 3), _fields), max_size=6
)


def image(org: Asker) -> Any:
    """Return everything that the org holds of Cases, with the answers of its indexes."""
    keyed = {
        key: [it["Id"] for it in org.salesforce.state.find("Case", "Support_Hub_Key__c", key)]
        for key in "abcd"
    }
    return copy.deepcopy(org.salesforce.state.rows["Case"]), keyed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_writes)
def test_all_or_none_is_none(writes: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Whatever went before it in one composite, a part that fails takes all of it back."""
    org = asker()
    keys = [org.create("Case", Subject=str(it), Support_Hub_Key__c="abcd"[it]) for it in range(3)]
    keys.append("500000000000000AAA")
    before, heard = image(org), []
    org.salesforce.context.listeners.append(heard.append)
    parts = []
    for at, (method, which, fields) in enumerate(writes):
        path = "" if method == "POST" else f"/{keys[which]}"
        body = None if method == "DELETE" else fields
        parts.append(
            {"method": method, "url": f"{DATA}/sobjects/Case{path}", "referenceId": f"r{at}", "body": body}
        )
    parts.append({"method": "GET", "url": f"{DATA}/sobjects/Nope", "referenceId": "last"})
    told = org.ok("POST", "composite", {"allOrNone": True, "compositeRequest": parts})["compositeResponse"]
    assert all(it["httpStatusCode"] >= 400 for it in told)
    assert image(org) == before
    assert heard == []


def test_a_key_that_was_given_away() -> None:
    """A deleted record's key may be used again; the record then cannot come back."""
    org = asker()
    key = org.create("Case", Support_Hub_Key__c="k")
    org.ok("DELETE", f"sobjects/Case/{key}")
    again = org("PATCH", "sobjects/Case/Support_Hub_Key__c/k", {"Subject": "new"})
    assert again.status == 201
    with pytest.raises(ValueError, match="DUPLICATE_VALUE"):
        org.salesforce.person("undelete", record=key)


def test_trouble_on_demand() -> None:
    """Timeouts, an edge that cannot route, a purged log of deletions: each in its own words."""
    org = asker()
    state = org.salesforce.settings
    state["query_timeouts"] = 1
    assert org.refused("GET", "query", q="SELECT Id FROM Case")[:2] == (400, "QUERY_TIMEOUT")
    assert org("GET", "query", q="SELECT Id FROM Case").status == 200
    for status in (420, 406, 503):
        state["edge_status"] = status
        reply = org("GET", "limits")
        assert reply.status == status and not reply.text.startswith(("{", "["))
    state["edge_status"] = 0
    org.clock.advance(86_400)
    state["deletes_purged_before"] = org.clock.now() - 3600
    org.salesforce.context.sessions.start(org.line["user_id"])
    span = {"start": "2026-01-06T09:00:00Z", "end": "2026-01-07T08:00:00Z"}
    assert org.refused("GET", "sobjects/Case/deleted", **span)[1] == "INVALID_REPLICATION_DATE"


def test_orgs_of_other_kinds() -> None:
    """An org may know one currency only, and may lack the package."""
    org = asker()
    org.salesforce.settings["multi_currency"] = False
    org.salesforce.seed("demo")
    assert org.refused("GET", "query", q="SELECT CurrencyIsoCode FROM Account")[1] == "INVALID_FIELD"
    org.salesforce.seed("empty", package=False)
    assert org.refused("GET", "query", q="SELECT Support_Hub_Key__c FROM Case")[1] == "INVALID_FIELD"
    with pytest.raises(ValueError, match="package"):
        org.salesforce.seed("demo", package=False)
    with pytest.raises(ValueError, match="knows no nonsense"):
        org.salesforce.seed("bulk", nonsense=1)

"""Whatever is sent, the org answers: with data or with a refusal in its own shape, never with a crash."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.salesforce.routes import CORE
from tests.sandbox.salesforce.asking import DATA, Asker, asker

_ROUTES = sorted({(method, path) for method, path, _ in CORE})
_PARTS = [
    "Case",
    "Contact",
    "Id",
    "500Hs0000000001IAA",
    "Support_Hub_Key__c",
    "x",
    "VersionData",
    "0r8-1",
    "%2F",
]
_WORDS = [
    "records", "attributes", "type", "Case", "Account", "Id", "id", "ids", "fields", "Subject", "Status", "allOrNone",
    "compositeRequest", "batchRequests", "graphs", "method", "GET", "POST", "url", f"{DATA}/limits", "referenceId", "a",
    "body", "operation", "query", "insert", "upsert", "object", "SELECT Id FROM Case", "state", "UploadComplete",
    "FullName", "Case.X__c", "Metadata", "label", "length", "Text", "Lookup", "valueSet", "q", "sobjects", "name",
    "Contacts", "externalIdFieldName", "httpHeaders", "LastName", "AccountId", "VersionData", "richInput", "@{a.b}",
]  # fmt: skip
_leaves = (
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats(allow_nan=False) | st.sampled_from(_WORDS)
)
_bodies = st.recursive(
    _leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), below, max_size=5),
    max_leaves=12,
)
_org: list[Asker] = []


def org() -> Asker:
    if not _org:
        _org.append(asker())
    return _org[0]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(_ROUTES),
    st.lists(st.sampled_from(_PARTS), min_size=4, max_size=4),
    _bodies,
    st.text(max_size=8),
)
@example(("POST", "/composite"), ["x"] * 4, {"compositeRequest": ["a"]}, "")
@example(("POST", "/composite/sobjects"), ["x"] * 4, {"records": [{"attributes": "Case"}]}, "")
@example(
    ("PATCH", "/composite/sobjects"), ["x"] * 4, {"records": [{"attributes": {"type": "Case"}, "id": 7}]}, ""
)
def test_any_request_is_answered(route: tuple[str, str], parts: list[str], body: Any, query: str) -> None:
    """No request is too odd for an answer below 500."""
    method, path = route
    values = iter(parts)
    target = DATA + re.sub(r"\{\w+\}", lambda _: next(values), path)
    reply = org()(method, target, body, q=query, ids=query, start=query, end=query, fields=query)
    assert reply.status < 500
    if reply.status >= 400:
        shown = reply.body
        assert isinstance(shown, dict) or all({"message", "errorCode"} <= set(it) for it in shown)

"""What real orgs were recorded to answer has the same shape here."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.salesforce.asking import DATA, Asker, asker

ROOT = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "salesforce"
CASSETTES, RESTFORCE = ROOT / "cumulusci", ROOT / "restforce"


@pytest.fixture(scope="module")
def org() -> Asker:
    return asker("demo")


@cache
def cassette(name: str) -> list[dict[str, Any]]:
    """Return the exchanges of a recording, included files left out."""
    path = CASSETTES / name
    if not path.is_file():
        pytest.skip(f"recorded replies are not at {CASSETTES} (set SHARED_DATA)")
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [it for it in found.get("interactions", [found]) if "request" in it]


def recorded(name: str, uri: str) -> Any:
    """Return the body of the first answer to a URI."""
    for one in cassette(name):
        if re.search(uri, one["request"]["uri"]):
            return json.loads(one["response"]["body"]["string"])
    raise LookupError(uri)


def fixture(name: str) -> Any:
    path = RESTFORCE / name
    if not path.is_file():
        pytest.skip(f"recorded replies are not at {RESTFORCE} (set SHARED_DATA)")
    return json.loads(path.read_text(encoding="utf-8"))


def describe(name: str) -> dict[str, Any]:
    return recorded(f"shared/GET_sobjects_{name}_describe.yaml", "describe")


@pytest.mark.parametrize("name", ["Account", "Case", "Contact", "Opportunity"])
def test_describes(org: Asker, name: str) -> None:
    """A describe has every key of a real one, and every standard field's type and reference."""
    ours, theirs = org.ok("GET", f"sobjects/{name}/describe"), describe(name)
    assert set(theirs) <= set(ours)
    held = {it["name"]: it for it in ours["fields"]}
    shared = [it for it in theirs["fields"] if it["name"] in held]
    assert len(shared) >= 15
    for field in shared:
        own = held[field["name"]]
        assert set(field) <= set(own), field["name"]
        assert (own["type"], own["referenceTo"]) == (field["type"], field["referenceTo"]), field["name"]
    child = theirs["childRelationships"][0]
    assert set(child) == set(ours["childRelationships"][0])


def test_global_describe(org: Asker) -> None:
    """The list of objects has every key of a real one."""
    ours, theirs = (
        org.ok("GET", "sobjects"),
        recorded("shared/GET_sobjects_Global_describe.yaml", "sobjects$"),
    )
    assert set(ours) == set(theirs)
    held = {it["name"]: it for it in ours["sobjects"]}
    for one in theirs["sobjects"]:
        if one["name"] in held:
            assert set(one) <= set(held[one["name"]])
            assert held[one["name"]]["keyPrefix"] == one["keyPrefix"]


def test_organization(org: Asker) -> None:
    """A row begins with its attributes, and its moments are written alike."""
    theirs = recorded("shared/GET_sobjects_Organization.yaml", "Organization")
    ours = org.read("Organization", org.line["org_id"])
    assert list(ours)[:2] == list(theirs)[:2] == ["attributes", "Id"]
    pattern = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")
    assert pattern.fullmatch(ours["SystemModstamp"]) and pattern.fullmatch(theirs["SystemModstamp"])


def test_composite(org: Asker) -> None:
    """A composite answer, good and bad, has the keys and statuses of a real one."""
    theirs = recorded("TestCompositeParallelSalesforce.test_errors.yaml", "composite")
    parts = [{"referenceId": "CCI__RefId__0__", "method": "GET", "url": f"{DATA}/sobjects/Foo"}]
    assert org.ok("POST", "composite", {"compositeRequest": parts}) == theirs
    unchanged = recorded("ManualEditTestCompositeParallelSalesforce.test_http_headers.yaml", "composite")
    since = {"If-Modified-Since": "Thu, 03 Sep 2036 21:35:07 GMT"}
    parts = [{"referenceId": "a", "method": "GET", "url": f"{DATA}/sobjects", "httpHeaders": since}]
    ours = org.ok("POST", "composite", {"compositeRequest": parts})["compositeResponse"][0]
    real = unchanged["compositeResponse"][0]
    assert (ours["body"], ours["httpStatusCode"]) == (real["body"], real["httpStatusCode"]) == (None, 304)
    assert set(ours["httpHeaders"]) == set(real["httpHeaders"])


def test_collections(org: Asker) -> None:
    """Rows of an upsert are told in the same words and the same order."""
    theirs = recorded("TestUpsert.test_upsert__rest.yaml", "composite/sobjects/Contact/Email")
    body = {"records": [{"attributes": {"type": "Contact"}, "LastName": "A", "Email": "upsert@a.example"}]}
    ours = org.ok("PATCH", "composite/sobjects/Contact/Email", body)
    assert list(ours[0]) == list(theirs[0])
    assert {**ours[0], "id": ""} == {**theirs[0], "id": ""}


def test_pretty_bodies(org: Asker) -> None:
    """An indented body is indented to the letter as a real one."""
    exchange = next(
        it for it in cassette("TestUpsert.test_upsert__rest.yaml") if "query" in it["request"]["uri"]
    )
    theirs = exchange["response"]["body"]["string"]
    ours = org("GET", "query", q="SELECT Name FROM Account LIMIT 1", headers={"X-PrettyPrint": "1"}).text
    name, key = r'"Name" : "[^"]*"', r"/v[^/]*/sobjects/Account/\w+"
    assert re.sub(name, "N", re.sub(key, "K", ours)) == re.sub(name, "N", re.sub(key, "K", theirs))


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("expired_session_response.json", "GET", "limits", None),
        ("sobject/delete_error_response.json", "DELETE", "sobjects/Case/rid", None),
        ("sobject/upsert_error_response.json", "PATCH", "sobjects/Case/Namez/x", {}),
        ("sobject/sobject_describe_error_response.json", "GET", "sobjects/Nope/describe", None),
        ("sobject/search_error_response.json", "GET", "search?q=x", None),
        ("sobject/sobject_find_error_response.json", "GET", "sobjects/Case/23foo", None),
        ("sobject/query_empty_response.json", "GET", "query?q=SELECT+Id+FROM+Case+LIMIT+0", None),
    ],
)
def test_bodies(org: Asker, name: str, method: str, path: str, body: Any) -> None:
    """These answers are equal to the recorded ones, to the last word."""
    headers = {"authorization": ""} if "expired" in name else {}
    assert org(method, path, body, headers=headers).body == fixture(name)


def test_write_error(org: Asker) -> None:
    """An unknown column of a write is told so."""
    theirs = fixture("sobject/write_error_response.json")[0]
    ours = org("POST", "sobjects/Case", {"foo": 1}).body[0]
    assert ours == {**theirs, "message": theirs["message"].replace("Bar", "Case")}


def test_tokens(org: Asker) -> None:
    """A token's answer has what a real one has, and its refusal is the same."""
    form = {"client_id": org.line["client_id"], "client_secret": org.line["client_secret"]}
    ours = org.token(grant_type="client_credentials", **form).body
    assert set(fixture("auth_success_response.json")) <= set(ours)
    refused = org.token(grant_type="refresh_token", refresh_token="x", **form)
    assert refused.body == fixture("refresh_error_response.json")


def test_aggregates(org: Asker) -> None:
    """A grouped row is an AggregateResult with unnamed expressions counted."""
    theirs = fixture("sobject/query_aggregate_success_response.json")["records"][0]
    ours = org.query("SELECT AccountId, SUM(Amount) FROM Opportunity GROUP BY AccountId")[0]
    assert list(ours) == ["attributes", "AccountId", "expr0"]
    assert ours["attributes"] == theirs["attributes"]

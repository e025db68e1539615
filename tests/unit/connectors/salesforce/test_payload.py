"""Salesforce's recorded answers as the hub's records, and the pure parts that make them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors.retry import Again
from connectors.salesforce import fields, payload, people, renewals
from connectors.salesforce.client import QueryPage, endpoint_of
from connectors.salesforce.payload import Spelling
from connectors.salesforce.refusals import LocatorLost, QueryRefused, judge, refusals, refused_in
from connectors.salesforce.shapes import described
from hub.errors import Unavailable

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[5] / "shared" / "data")) / "salesforce"


def recorded(path: str) -> Any:
    """Return a recorded body; those of cassettes are YAML around JSON."""
    file = SHARED / path
    if not file.is_file():
        pytest.skip("no recorded data here: set SHARED_DATA")
    text = file.read_text("utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    return json.loads(yaml.safe_load(text)["response"]["body"]["string"])


# --- recorded ------------------------------------------------------------------------------------


def test_a_real_description_of_case_is_read() -> None:
    """Of a bare org's Case every readable field is selected, with the type that it has for the hub."""
    shape = described(recorded("cumulusci/shared/GET_sobjects_Case_describe.yaml"))
    found = {field.name: fields.type_of(field) for field in fields.readable(shape)}
    assert found["Status"] == "choice"
    assert found["Subject"] == "text"
    assert found["Description"] == "long"
    assert found["IsClosed"] == "flag"
    assert found["ClosedDate"] == "instant"
    assert found["ContactId"] == "reference"
    assert "LastViewedDate" not in found
    status = next(field for field in shape.fields if field.name == "Status")
    assert {"New", "Closed"} <= {one.value for one in status.picklist_values}


@pytest.mark.parametrize("sobject", ["Account", "Contact", "Opportunity", "Lead", "Custom__c"])
def test_every_real_description_is_read(sobject: str) -> None:
    """Compound fields are left out, their parts are not; and each field has a type."""
    shape = described(recorded(f"cumulusci/shared/GET_sobjects_{sobject}_describe.yaml"))
    found = fields.readable(shape)
    assert found
    assert not {field.type for field in found} & {"address", "location", "base64"}
    assert all(fields.type_of(field) != "other" for field in found)
    if sobject == "Account":
        assert {"BillingStreet", "BillingCity"} <= {field.name for field in found}


@pytest.mark.parametrize("page", ["first", "last"])
def test_real_pages_of_a_query_are_read(page: str) -> None:
    """The first page says where the next one is; the last says that there is none."""
    body = recorded(f"restforce/sobject/query_paginated_{page}_page_response.json")
    found = msgspec.convert(body, QueryPage)
    assert found.records
    assert found.done == (page == "last")
    assert bool(found.next_records_url) == (page == "first")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("expired_session_response", "INVALID_SESSION_ID"),
        ("refresh_error_response", "invalid_grant"),
        ("sobject/query_error_response", "INVALID_FIELD"),
        ("sobject/sobject_find_error_response", "NOT_FOUND"),
        ("sobject/write_error_response", "INVALID_FIELD"),
        ("sobject/delete_error_response", "NOT_FOUND"),
    ],
)
def test_real_refusals_are_read(name: str, code: str) -> None:
    """Lists, objects, and the sign-in's own shape."""
    first = refusals(json.dumps(recorded(f"restforce/{name}.json")).encode())[0]
    assert first.code == code
    assert first.message


def test_a_real_account_is_an_account() -> None:
    """A recorded row of another org becomes an account with what it has."""
    body = recorded("restforce/sobject/query_success_response.json")
    row = {"SystemModstamp": "2012-01-01T00:00:00.000+0000", "Id": "001D000000INjVe", **body["records"][0]}
    seen = people.account(row, Spelling([]), {}, site="https://x.my.salesforce.com")
    assert seen.raw is not None
    assert seen.gone is None


# --- values --------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_keep_their_value(figure: float) -> None:
    """12.0 is shown as 12, and no number changes."""
    shown = fields.number(figure)
    assert shown == figure
    assert isinstance(shown, int) or not shown.is_integer()


def test_formatted_text_keeps_its_lines() -> None:
    """A post's HTML is read as text: paragraphs are lines, entities are characters, styles are nothing."""
    html = "<style>p{}</style><p>One &amp; <b>two</b></p><p>three<br>four</p><ul><li>five</li></ul>"
    assert payload.plain(html) == "One & two\nthree\nfour\nfive"


@given(st.text())
def test_our_mark_is_taken_off_only_where_we_put_it(body: str) -> None:
    """The last line `[hub:…]`, and nothing else, is ours."""
    shown, key = payload.marker_of(f"{body.rstrip()}\n\n[hub:zendesk:7:1]")
    assert key == "zendesk:7:1"
    assert shown == body.rstrip()
    plain, none = payload.marker_of("[hub:zendesk:7:1] is what it writes")
    assert (plain, none) == ("[hub:zendesk:7:1] is what it writes", None)


@pytest.mark.parametrize(
    ("own", "website", "domains"),
    [
        ("shop.example; @Shop.Test\nx", "https://www.shop.example/a?b", ("shop.example", "shop.test")),
        (None, "Store.example", ("store.example",)),
        ("", "http://[::1", ()),
        ("not a domain", "localhost", ()),
        (None, None, ()),
    ],
)
def test_domains_are_those_that_an_account_names(
    own: str | None, website: str | None, domains: tuple[str, ...]
) -> None:
    """People type anything into these fields; what is no domain is left out."""
    assert people.domains_of({"Domains__c": own, "Website": website}) == domains


# --- computed fields -----------------------------------------------------------------------------

DEAL = {"IsClosed": False, "CloseDate": "2026-12-10", "Amount": 100_000.0, "CurrencyIsoCode": "USD"}


def test_renewal_is_the_nearest_open_one_and_else_a_contracts_end() -> None:
    """Other opportunities say nothing of it, nor do contracts that are over or not signed."""
    upsell = {**DEAL, "Type": "Upsell", "CloseDate": "2026-06-01"}
    renewal, later = {**DEAL, "Type": "Renewal"}, {**DEAL, "Type": "renewal", "CloseDate": "2027-12-10"}
    contracts = [
        {"Status": "Activated", "EndDate": "2026-09-01"},
        {"Status": "Activated", "EndDate": "2020-09-01"},
        {"Status": "Draft", "EndDate": "2026-08-01"},
        {"Status": "Activated", "EndDate": None},
    ]
    today = "2026-05-28"
    assert renewals.renewal([upsell, later, renewal], contracts, today) == "2026-12-10"
    assert renewals.renewal([upsell], contracts, today) == "2026-09-01"
    assert renewals.renewal([], contracts[1:], today) is None


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], None),
        ([DEAL], "1 open, 100,000 USD, next closes 2026-12-10"),
        ([DEAL, {**DEAL, "CurrencyIsoCode": "EUR", "Amount": 5.4}], "2 open, 5 EUR + 100,000 USD, next closes 2026-12-10"),
        ([{**DEAL, "CurrencyIsoCode": None}], "1 open, 100,000, next closes 2026-12-10"),
        ([{"IsClosed": False}], "1 open"),
    ],
)
def test_opportunities_are_told_in_one_line(rows: list[dict[str, Any]], told: str | None) -> None:
    """Money is never added over currencies."""
    assert renewals.told(rows) == told


# --- refusals ------------------------------------------------------------------------------------

COLUMN = (
    "\nSELECT Id, foo FROM Case\n           ^\nERROR at Row:1:Column:12\nNo such column 'foo' on entity 'Case'. "
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
)


def test_a_refused_query_says_which_column() -> None:
    """By it the query can be asked again without; a lost locator is told apart."""
    body = json.dumps([{"message": COLUMN, "errorCode": "INVALID_FIELD"}]).encode()
    refused = refused_in(refusals(body), "GET /query")
    assert isinstance(refused, QueryRefused)
    assert (refused.code, refused.column) == ("INVALID_FIELD", "foo")
    body = json.dumps([{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]).encode()
    assert isinstance(refused_in(refusals(body), "GET /query"), LocatorLost)


def test_limits_are_judged_by_what_they_limit() -> None:
    """The day's calls pause the side; too many at once, and the edge, are tried again; others are answers."""
    def limit(words: str) -> bytes:
        return json.dumps([{"message": words, "errorCode": "REQUEST_LIMIT_EXCEEDED"}]).encode()

    with pytest.raises(Unavailable, match="24 hours"):
        judge("GET x", 403, limit("TotalRequests Limit exceeded."))
    with pytest.raises(Again):
        judge("GET x", 403, limit("ConcurrentPerOrgLongTxn Limit exceeded."))
    for status in (406, 420):
        with pytest.raises(Again):
            judge("GET x", status, b"<h1>We are setting things up</h1>")
    judge("GET x", 403, b'[{"message":"no","errorCode":"INSUFFICIENT_ACCESS"}]')
    judge("GET x", 400, b"<html>")


@given(st.binary(max_size=200))
def test_any_body_of_a_refusal_can_be_read(body: bytes) -> None:
    """Whatever the edge sends, reading it raises nothing."""
    assert isinstance(refusals(body), tuple)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/services/data/v66.0/sobjects/Case/500Hs0000000001IAA", "GET /services/data/v66.0/sobjects/Case/{id}"),
        ("/services/data/v66.0/query/0r8xx5R2yF2gs3VASQ-2000", "GET /services/data/v66.0/query/{locator}"),
        ("/services/data/v66.0/query/?q=SELECT+Id", "GET /services/data/v66.0/query/"),
        ("/services/data/v66.0/sobjects/ContentVersion/068Hs0000000001IAA/VersionData",
         "GET /services/data/v66.0/sobjects/ContentVersion/{id}/VersionData"),
        ("/services/data/v66.0/jobs/query/750Hs0000000001IAA", "GET /services/data/v66.0/jobs/query/{id}"),
    ],
)  # fmt: skip
def test_calls_are_counted_by_endpoint(path: str, name: str) -> None:
    """What names one record is not part of an endpoint's name."""
    assert endpoint_of("GET", path) == name

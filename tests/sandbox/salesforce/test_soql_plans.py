"""Where the engine looks, and what relative dates are: the parts that an answer alone does not show."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.clock import Clock
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql_dates import RELATIVE, RELATIVE_N, bounds, part
from sandbox.salesforce.soql_plan import planned
from sandbox.salesforce.soql_run import parse, run
from sandbox.salesforce.soql_scope import Scope, source_of

NOW = 1_790_000_000
CASES = 2_000


@pytest.fixture(scope="module")
def org() -> Org:
    made = Org(Clock(NOW))
    accounts = [made.add("Account", {"Name": f"A{it}"}, made.admin_id)["Id"] for it in range(100)]
    for number in range(CASES):
        values = {"AccountId": accounts[number % 100], "Support_Hub_Key__c": f"zendesk:{number}"}
        made.add("Case", values, made.admin_id, at=NOW + number // 4)
    return made


def looked_at(org: Org, where: str) -> int:
    """Return how many records a condition makes the engine test."""
    query = parse(f"SELECT Id FROM Case WHERE {where}")
    found = planned(Scope(org, org.admin_id, query, source_of(org, query)), query.where, lambda _: set())
    return CASES if found is None else len(found)


@pytest.mark.parametrize(
    ("where", "most"),
    [
        ("Id = '{case}'", 1),
        ("Id IN ('{case}', '{account}') AND Subject != null", 1),
        ("AccountId = '{account}'", 20),
        ("Support_Hub_Key__c IN ('zendesk:1', 'zendesk:2', 'zendesk:none')", 2),
        ("SystemModstamp >= {late}", 40),
        ("SystemModstamp >= {late} AND SystemModstamp < {later}", 20),
        ("SystemModstamp > {late} OR (SystemModstamp = {late} AND Id > '{case}')", 40),
        ("AccountId = '{account}' AND SystemModstamp >= {late}", 20),
        ("AccountId = '{account}' OR Support_Hub_Key__c = 'zendesk:7'", 21),
        ("AccountId = '{account}' OR Subject = 'x'", CASES),
        ("NOT AccountId = '{account}'", CASES),
        ("Account.Name = 'A1'", CASES),
    ],
)
def test_an_index_spares_the_scan(org: Org, where: str, most: int) -> None:
    """Ids, references, external ids and stamps are looked up; only what no index knows is scanned."""
    account, case = next(iter(org.rows["Account"])), next(iter(org.rows["Case"]))
    text = where.format(account=account, case=case, late="2026-09-21T14:21:30Z", later="2026-09-21T14:21:35Z")
    assert looked_at(org, text) <= most
    assert run(org, parse(f"SELECT Id FROM Case WHERE {text}"), org.admin_id).total <= most


TODAY = date(2026, 5, 13)  # a Wednesday


@pytest.mark.parametrize(
    ("name", "number", "first", "last"),
    [
        ("TODAY", None, "2026-05-13", "2026-05-13"),
        ("YESTERDAY", None, "2026-05-12", "2026-05-12"),
        ("LAST_90_DAYS", None, "2026-02-12", "2026-05-13"),
        ("NEXT_90_DAYS", None, "2026-05-14", "2026-08-11"),
        ("THIS_WEEK", None, "2026-05-10", "2026-05-16"),
        ("LAST_WEEK", None, "2026-05-03", "2026-05-09"),
        ("NEXT_MONTH", None, "2026-06-01", "2026-06-30"),
        ("LAST_QUARTER", None, "2026-01-01", "2026-03-31"),
        ("NEXT_YEAR", None, "2027-01-01", "2027-12-31"),
        ("LAST_N_DAYS", 3, "2026-05-10", "2026-05-13"),
        ("NEXT_N_DAYS", 3, "2026-05-14", "2026-05-16"),
        ("N_DAYS_AGO", 3, "2026-05-10", "2026-05-10"),
        ("LAST_N_WEEKS", 2, "2026-04-26", "2026-05-09"),
        ("LAST_N_MONTHS", 14, "2025-03-01", "2026-04-30"),
        ("NEXT_N_QUARTERS", 2, "2026-07-01", "2026-12-31"),
        ("N_YEARS_AGO", 2, "2024-01-01", "2024-12-31"),
        ("THIS_FISCAL_YEAR", None, "2026-02-01", "2027-01-31"),
        ("LAST_FISCAL_QUARTER", None, "2026-02-01", "2026-04-30"),
        ("LAST_N_FISCAL_YEARS", 2, "2024-02-01", "2026-01-31"),
    ],
)
def test_relative_dates(name: str, number: int | None, first: str, last: str) -> None:
    """Each relative date is its days, counted from today; the fiscal year here begins in February."""
    begin, end = bounds(name, number, TODAY, fiscal_start=2)
    assert begin.isoformat() == first
    assert date.fromordinal(end.toordinal() - 1).isoformat() == last


def test_every_relative_date_is_a_stretch() -> None:
    """None is empty or backwards, near the ends of the calendar neither."""
    for name in RELATIVE:
        assert bounds(name, None, TODAY)[0] < bounds(name, None, TODAY)[1]
    for name in RELATIVE_N:
        assert bounds(name, 4, TODAY)[0] < bounds(name, 4, TODAY)[1]


def test_parts_of_a_date() -> None:
    """The date functions answer as the reference says; weeks begin on Sunday with 1."""
    names = ("CALENDAR_QUARTER", "DAY_IN_WEEK", "DAY_IN_YEAR", "WEEK_IN_YEAR", "WEEK_IN_MONTH", "DAY_ONLY")
    assert [part(it, "2026-05-13") for it in names] == [2, 4, 133, 19, 2, "2026-05-13"]
    assert [part(it, "2026-01-31", 2) for it in ("FISCAL_YEAR", "FISCAL_QUARTER", "FISCAL_MONTH")] == [
        2026,
        4,
        12,
    ]
    assert part("FISCAL_YEAR", "2026-02-01", 2) == 2027
    assert part("HOUR_IN_DAY", 1_790_000_000) == 14
    assert part("CALENDAR_YEAR", None) is None

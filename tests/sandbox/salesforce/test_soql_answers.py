"""What queries answer: records in the API's shape, order, parents, children, groups, dates."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.clock import Clock, parse_iso
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql_run import Result, parse, run

NOW = int(parse_iso("2026-05-13T12:00:00Z"))  # a Wednesday
DAY = 86_400


class World:
    """A small org: two Accounts, two Contacts, a queue, four Cases with comments."""

    def __init__(self) -> None:
        self.org = org = Org(Clock(NOW))
        self.user = org.admin_id
        add = self.add
        self.queue = add("Group", Name="Support", Type="Queue")
        self.acme = add(
            "Account", Name="Acme", AnnualRevenue=139_000_000, Tier__c="enterprise", CSM__c=self.user
        )
        self.zoo = add("Account", Name="zoo", ParentId=self.acme, NumberOfEmployees=12)
        self.ann = add(
            "Contact", FirstName="Ann", LastName="Bee", Email="Ann@acme.example", AccountId=self.acme
        )
        self.bob = add("Contact", LastName="Solo")
        self.first = self.case("Printer on fire", 0, ContactId=self.ann, AccountId=self.acme, Priority="High")
        self.second = self.case("printer cold", 1, AccountId=self.zoo, OwnerId=self.queue, Status="Closed")
        self.third = self.case(None, 40, Affected_Users__c=7, Components__c="Data;Web", ParentId=self.first)
        self.gone = self.case("Printer gone", 2, IsDeleted=True)
        for number in range(3):
            add("CaseComment", ParentId=self.first, CommentBody=f"comment {number}", IsPublished=number != 1)

    def add(self, name: str, **values: Any) -> str:
        return self.org.add(name, values, self.user)["Id"]

    def case(self, subject: str | None, days_ago: int, **values: Any) -> str:
        at = NOW - days_ago * DAY
        return self.org.add("Case", {"Subject": subject, **values}, self.user, at=at)["Id"]

    def ask(self, text: str, **more: Any) -> Result:
        return run(self.org, parse(text), self.user, **more)

    def records(self, text: str, **more: Any) -> list[dict[str, Any]]:
        result = self.ask(text, **more)
        return result.records(0, result.rows)

    def ids(self, text: str, **more: Any) -> list[str]:
        return self.ask(text, **more).ids

    def column(self, text: str) -> list[Any]:
        return [list(it.values())[-1] for it in self.records(text)]


@pytest.fixture
def world() -> World:
    return World()


class TestShape:
    def test_a_record(self, world: World) -> None:
        """Attributes come first, then the fields as asked, spelled as the org spells them."""
        text = (
            "select id, SUBJECT, isclosed, createddate, Affected_Users__C, Description, contactid "
            f"from case where id = '{world.first[:15]}'"
        )
        assert world.records(text) == [
            {
                "attributes": {"type": "Case", "url": f"/services/data/v66.0/sobjects/Case/{world.first}"},
                "Id": world.first,
                "Subject": "Printer on fire",
                "IsClosed": False,
                "CreatedDate": "2026-05-13T12:00:00.000+0000",
                "Affected_Users__c": None,
                "Description": None,
                "ContactId": world.ann,
            }
        ]
        (record,) = world.records(text)
        assert list(record)[:3] == ["attributes", "Id", "Subject"]

    def test_numbers_are_doubles(self, world: World) -> None:
        """A number or a currency is a double in JSON; only int fields are whole."""
        (acme, zoo) = world.records("SELECT AnnualRevenue, NumberOfEmployees FROM Account ORDER BY Name")
        assert isinstance(acme["AnnualRevenue"], float)
        assert zoo["NumberOfEmployees"] == 12 and isinstance(zoo["NumberOfEmployees"], int)

    def test_the_version_asked_for_is_in_the_urls(self, world: World) -> None:
        """URLs of records name the version of the call."""
        (record,) = world.records("SELECT Id FROM Contact WHERE LastName = 'Solo'", version="58.0")
        assert record["attributes"]["url"].startswith("/services/data/v58.0/")

    def test_parents(self, world: World) -> None:
        """Parents are nested records with attributes, or null; of a shared field list, one record each."""
        first, second, third = world.records(
            "SELECT Contact.Name, Contact.Account.CSM__r.Name, Contact.Email, Owner.Name, Owner.Type, Account.Id "
            "FROM Case ORDER BY CaseNumber"
        )
        assert first["Contact"] == {
            "attributes": {"type": "Contact", "url": f"/services/data/v66.0/sobjects/Contact/{world.ann}"},
            "Name": "Ann Bee",
            "Account": {
                "attributes": {
                    "type": "Account",
                    "url": f"/services/data/v66.0/sobjects/Account/{world.acme}",
                },
                "CSM__r": {
                    "attributes": {"type": "User", "url": f"/services/data/v66.0/sobjects/User/{world.user}"},
                    "Name": "Org Admin",
                },
            },
            "Email": "Ann@acme.example",
        }
        assert second["Owner"] == {
            "attributes": {"type": "Name", "url": f"/services/data/v66.0/sobjects/Group/{world.queue}"},
            "Name": "Support",
            "Type": "Queue",
        }
        assert first["Owner"]["Type"] == "User"
        assert third["Contact"] is None and third["Account"] is None

    def test_children(self, world: World) -> None:
        """A subquery is a query result of its own, and null where there is nothing."""
        first, second, _ = world.records(
            "SELECT Id, (SELECT CommentBody FROM CaseComments WHERE IsPublished = TRUE ORDER BY Id DESC) "
            "FROM Case ORDER BY CaseNumber"
        )
        assert first["CaseComments"]["totalSize"] == 2 and first["CaseComments"]["done"] is True
        assert [it["CommentBody"] for it in first["CaseComments"]["records"]] == ["comment 2", "comment 0"]
        assert second["CaseComments"] is None

    def test_children_of_children(self, world: World) -> None:
        """Subqueries nest."""
        (acme,) = world.records(
            "SELECT Name, (SELECT Id, (SELECT Id FROM CaseComments LIMIT 1) FROM Account.Cases) "
            "FROM Account WHERE Name = 'acme'"
        )
        (case,) = acme["Cases"]["records"]
        assert case["Id"] == world.first and case["CaseComments"]["totalSize"] == 1

    def test_type_of(self, world: World) -> None:
        """TYPEOF shows other fields by what the owner is, and its real type."""
        records = world.records(
            "SELECT TYPEOF Owner WHEN User THEN Email, Username WHEN Group THEN DeveloperName, Type END "
            "FROM Case ORDER BY CaseNumber LIMIT 2"
        )
        assert records[0]["Owner"]["attributes"]["type"] == "User"
        assert records[0]["Owner"]["Username"] == "admin@sales.example"
        assert records[1]["Owner"]["Type"] == "Queue" and "Email" not in records[1]["Owner"]

    def test_functions_of_values(self, world: World) -> None:
        """toLabel, convertCurrency and FORMAT may have an alias."""
        (record,) = world.records(
            "SELECT toLabel(Tier__c), AnnualRevenue, FORMAT(AnnualRevenue) shown, convertCurrency(AnnualRevenue) mine "
            "FROM Account WHERE Name = 'Acme'"
        )
        assert record["Tier__c"] == "enterprise" and record["shown"] == "139,000,000"
        assert record["mine"] == record["AnnualRevenue"] == 139_000_000.0

    def test_all_fields(self, world: World) -> None:
        """FIELDS(ALL) is every field that the user sees."""
        world.org.access(world.user).hidden.add(("Account", "ARR__c"))
        (record,) = world.records("SELECT FIELDS(ALL) FROM Account WHERE Name = 'Acme' LIMIT 200")
        names = {it.name for it in world.org.visible("Account", world.user)}
        assert set(record) - {"attributes"} == names and "ARR__c" not in names
        (record,) = world.records("SELECT Id, FIELDS(CUSTOM) FROM Account WHERE Name = 'Acme' LIMIT 1")
        assert all(it.endswith("__c") for it in record if it not in {"attributes", "Id"})

    def test_a_count_has_no_records(self, world: World) -> None:
        """SELECT COUNT() answers with totalSize alone."""
        result = world.ask("SELECT COUNT() FROM Case")
        assert (result.total, result.rows, result.records(0, 10)) == (3, 0, [])

    def test_pages_come_from_one_finding(self, world: World) -> None:
        """Pages are slices of what was found first; records that are gone for good drop out."""
        result = world.ask("SELECT Id FROM Case ORDER BY CaseNumber")
        assert [it["Id"] for it in result.records(0, 2)] == [world.first, world.second]
        world.org.remove("Case", world.third)
        assert result.records(2, 4) == [] and result.total == 3

    def test_long_text_and_children_are_told(self, world: World) -> None:
        """A result says whether it holds long text, and how many child rows a page has."""
        assert world.ask("SELECT Id, Description FROM Case").long_text
        assert not world.ask("SELECT Id, Subject FROM Case").long_text
        result = world.ask("SELECT Id, (SELECT Id FROM CaseComments) FROM Case ORDER BY CaseNumber")
        assert (result.child_rows(0, 1), result.child_rows(1, 3)) == (3, 0)

    def test_files_are_links(self, world: World) -> None:
        """A file's bytes are not in a query: the field holds where they are."""
        document = world.add("ContentDocument")
        version = world.add("ContentVersion", Title="a", ContentDocumentId=document, VersionData=b"x")
        world.org.rows["ContentDocument"][document]["LatestPublishedVersionId"] = version
        text = "SELECT VersionData, IsLatest, ContentDocument.Title FROM ContentVersion"
        (record,) = world.records(text)
        assert record["VersionData"] == f"/services/data/v66.0/sobjects/ContentVersion/{version}/VersionData"
        assert record["IsLatest"] is True and record["ContentDocument"]["Title"] == "a"


class TestWhere:
    def test_deleted_records_show_only_when_asked_for(self, world: World) -> None:
        """Plain queries do not see the bin; queryAll and ALL ROWS do."""
        text = "SELECT Id FROM Case WHERE Subject LIKE 'printer%'"
        assert world.gone not in world.ids(text)
        assert world.gone in world.ids(text, include_deleted=True)
        assert world.gone in world.ids(f"{text} ALL ROWS")
        assert world.ids("SELECT Id FROM Case WHERE IsDeleted = true", include_deleted=True) == [world.gone]

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            ("Subject LIKE 'PRINTER%'", ["first", "second"]),
            ("Subject != 'printer cold'", ["first", "third"]),
            ("Subject NOT IN ('printer cold')", ["first", "third"]),
            ("Subject = ''", ["third"]),
            ("Account.Name = 'ZOO'", ["second"]),
            ("Account.Parent.Name = 'acme'", ["second"]),
            ("Owner.Type = 'Queue'", ["second"]),
            ("Owner.Name LIKE 'org%'", ["first", "third"]),
            ("IsClosed = false", ["first", "third"]),
            ("ContactEmail = 'ann@ACME.example'", ["first"]),
            ("Components__c INCLUDES ('Web;Data')", ["third"]),
            ("Components__c = 'web;data'", ["third"]),
            ("(NOT Status = 'closed') AND Priority = 'HIGH'", ["first"]),
            ("Affected_Users__c >= 7.0", ["third"]),
            ("Support_Hub_Key__c = null", ["first", "second", "third"]),
            ("CreatedDate = TODAY", ["first"]),
            ("CreatedDate < TODAY", ["second", "third"]),
            ("CreatedDate = YESTERDAY", ["second"]),
            ("CreatedDate = LAST_N_DAYS:1", ["first", "second"]),
            ("CreatedDate = THIS_WEEK", ["first", "second"]),
            ("CreatedDate IN (YESTERDAY, LAST_MONTH)", ["second", "third"]),
            ("CreatedDate = LAST_N_MONTHS:2", ["third"]),
            ("CreatedDate > LAST_QUARTER", ["first", "second", "third"]),
            ("CALENDAR_MONTH(CreatedDate) = 4", ["third"]),
            ("DAY_ONLY(CreatedDate) = 2026-05-12", ["second"]),
            ("CreatedDate >= 2026-05-12T14:00:00+02:00", ["first", "second"]),
            ("SystemModstamp < 2026-05-13T11:59:59.500Z", ["second", "third"]),
            ("AccountId IN (SELECT AccountId FROM Contact WHERE Email != null)", ["first"]),
            ("AccountId NOT IN (SELECT AccountId FROM Contact WHERE Email != null)", ["second", "third"]),
        ],
    )
    def test_conditions(self, world: World, where: str, names: list[str]) -> None:
        """Each condition finds what the vendor's reference says that it means."""
        found = world.ids(f"SELECT Id FROM Case WHERE {where} ORDER BY CaseNumber")
        assert found == [getattr(world, name) for name in names]

    def test_case_counts_where_the_field_minds_it(self, world: World) -> None:
        """The hub's key is case-sensitive text."""
        world.case("x", 0, Support_Hub_Key__c="zendesk:A")
        assert world.ids("SELECT Id FROM Case WHERE Support_Hub_Key__c = 'zendesk:a'") == []
        assert len(world.ids("SELECT Id FROM Case WHERE Support_Hub_Key__c LIKE 'zendesk:A'")) == 1

    def test_aliases(self, world: World) -> None:
        """The object and its parents may have other names in a query."""
        text = (
            f"SELECT c.Id, a.Name FROM Case c, c.Account a WHERE a.Id = '{world.zoo}' AND c.Status = 'Closed'"
        )
        assert world.ids(text) == [world.second]

    def test_ids_come_in_any_form(self, world: World) -> None:
        """15 characters, 18, and 18 whose case was lost all mean the same record."""
        for key in (world.acme[:15], world.acme, world.acme.upper(), world.acme.lower()):
            assert world.ids(f"SELECT Id FROM Case WHERE AccountId = '{key}'") == [world.first]
        assert world.ids(f"SELECT Id FROM Case WHERE AccountId = '{world.acme[:15].lower()}'") == []

    def test_my_records(self, world: World) -> None:
        """USING SCOPE mine is what the user owns."""
        assert world.ids("SELECT Id FROM Case USING SCOPE Mine ORDER BY Id") == [world.first, world.third]
        assert len(world.ids("SELECT Id FROM Case USING SCOPE everything")) == 3


class TestOrder:
    def test_nulls_come_first(self, world: World) -> None:
        """Nulls come first in either direction, unless it is said otherwise."""
        text = "SELECT Id FROM Case ORDER BY Subject"
        assert world.ids(text)[0] == world.third
        assert world.ids(f"{text} DESC")[0] == world.third
        assert world.ids(f"{text} DESC NULLS LAST") == [world.first, world.second, world.third]

    def test_a_picklist_is_in_its_own_order(self, world: World) -> None:
        """High comes before Medium: the order of the values, not of the alphabet."""
        assert world.ids("SELECT Id FROM Case ORDER BY Priority, CaseNumber DESC") == [
            world.first, world.third, world.second,
        ]  # fmt: skip

    def test_limit_and_offset(self, world: World) -> None:
        """LIMIT and OFFSET cut the ordered list; totalSize is what is left."""
        result = world.ask("SELECT Id FROM Case ORDER BY CaseNumber LIMIT 1 OFFSET 1")
        assert (result.total, result.ids) == (1, [world.second])
        assert world.ids("SELECT Id FROM Case ORDER BY CaseNumber LIMIT 0") == []


class TestGroups:
    def test_counts_by_value(self, world: World) -> None:
        """Groups are AggregateResults; what has no alias is expr0, expr1."""
        assert world.records(
            "SELECT Status, COUNT(Id), MAX(CreatedDate) newest FROM Case GROUP BY Status ORDER BY Status"
        ) == [
            {
                "attributes": {"type": "AggregateResult"}, "Status": "New", "expr0": 2,
                "newest": "2026-05-13T12:00:00.000+0000",
            },
            {
                "attributes": {"type": "AggregateResult"}, "Status": "Closed", "expr0": 1,
                "newest": "2026-05-12T12:00:00.000+0000",
            },
        ]  # fmt: skip

    def test_totals_without_groups(self, world: World) -> None:
        """Without GROUP BY there is one result, also of nothing."""
        (record,) = world.records(
            "SELECT COUNT(Subject) a, COUNT_DISTINCT(Status) b, SUM(Affected_Users__c) c, AVG(Affected_Users__c) d, "
            "MIN(Affected_Users__c) e FROM Case"
        )
        assert [record[it] for it in "abcde"] == [2, 2, 7.0, 7.0, 7.0]
        assert isinstance(record["c"], float)
        (record,) = world.records("SELECT COUNT(Id), MAX(CreatedDate) FROM Case WHERE Subject = 'nobody'")
        assert (record["expr0"], record["expr1"]) == (0, None)

    def test_having_and_parents(self, world: World) -> None:
        """Groups by a parent's field, sifted by HAVING."""
        world.case("more", 3, AccountId=world.acme)
        records = world.records(
            "SELECT Account.Name, COUNT(Id) n FROM Case GROUP BY Account.Name "
            "HAVING COUNT(Id) > 1 AND Account.Name LIKE 'ac%' ORDER BY COUNT(Id) DESC NULLS LAST LIMIT 5"
        )
        assert [(it["Name"], it["n"]) for it in records] == [("Acme", 2)]

    def test_rollup_and_cube(self, world: World) -> None:
        """ROLLUP adds subtotals from the right; CUBE all of them; GROUPING tells which."""
        text = "SELECT Status, Priority, GROUPING(Priority) g, COUNT(Id) n FROM Case GROUP BY {}(Status, Priority)"
        rolled = [
            (it["Status"], it["Priority"], it["g"], it["n"]) for it in world.records(text.format("ROLLUP"))
        ]
        assert (None, None, 1, 3) in rolled and ("New", None, 1, 2) in rolled
        assert ("New", "High", 0, 1) in rolled and (None, "High", 0, 1) not in rolled
        assert len(world.records(text.format("CUBE"))) == len(rolled) + 2

    def test_parts_of_dates(self, world: World) -> None:
        """Records group by the parts of their dates."""
        text = (
            "SELECT CALENDAR_MONTH(CreatedDate) m, COUNT(Id) n FROM Case GROUP BY CALENDAR_MONTH(CreatedDate)"
        )
        assert {(it["m"], it["n"]) for it in world.records(text)} == {(5, 2), (4, 1)}

"""Reading what changed: pages, cursors, spans, late commits."""

from __future__ import annotations

import pytest

from tests.sandbox.salesforce.asking import Asker, asker


@pytest.fixture(scope="module")
def full() -> Asker:
    """An org with 2,500 Cases."""
    return asker("bulk", cases=2_500, accounts=50)


@pytest.fixture
def org() -> Asker:
    return asker()


class TestPages:
    """Queries come in pages, of a size that nobody should count on."""

    def test_sizes(self, full: Asker) -> None:
        """Two thousand a page, a thousand with long texts, fewer if the client wishes so."""

        def first(query: str, size: int = 0) -> int:
            headers = {"Sforce-Query-Options": f"batchSize={size}"} if size else {}
            return len(full.ok("GET", "query", q=query, headers=headers)["records"])

        assert first("SELECT Id FROM Case") == 2000
        assert first("SELECT Id, Description FROM Case") == 1000
        assert first("SELECT Id FROM Case", 250) == 250
        assert first("SELECT Id FROM Case", 50) == 200
        assert first("SELECT Id, Description FROM Case", 2000) == 1000

    def test_all_pages(self, full: Asker) -> None:
        """The pages hold every record once, under cursors of 18 characters and an offset."""
        page = full.ok("GET", "query", q="SELECT Id FROM Case ORDER BY SystemModstamp, Id")
        assert list(page) == ["totalSize", "done", "nextRecordsUrl", "records"]
        key, _, offset = page["nextRecordsUrl"].rpartition("/")[2].partition("-")
        assert (page["totalSize"], len(key), offset) == (2500, 18, "2000")
        found = full.query("SELECT Id FROM Case ORDER BY SystemModstamp, Id")
        assert len({it["Id"] for it in found}) == 2500

    def test_children_count(self, full: Asker) -> None:
        """Records that a subquery brings along count against the page."""
        query = "SELECT Id, (SELECT Id FROM Cases) FROM Account"
        page = full.ok("GET", "query", q=query)
        shown = sum(1 + it["Cases"]["totalSize"] for it in page["records"])
        assert not page["done"] and 1900 < shown <= 2060
        assert sum(it["Cases"]["totalSize"] for it in full.query(query)) == 2500

    def test_a_cursor_dies_with_its_session(self, full: Asker) -> None:
        """Another session of the same user cannot go on, and neither can a lapsed cursor."""
        page = full.ok("GET", "query", q="SELECT Id FROM Case")
        fresh = full.token(grant_type="client_credentials", client_id=full.line["client_id"],
                           client_secret=full.line["client_secret"]).body["access_token"]  # fmt: skip
        other = {"authorization": f"Bearer {fresh}"}
        told = full.refused("GET", page["nextRecordsUrl"], headers=other)
        assert told[:2] == (400, "INVALID_QUERY_LOCATOR")
        assert full.refused("GET", "query/0r8nonsense-2000")[1] == "INVALID_QUERY_LOCATOR"
        assert full("GET", page["nextRecordsUrl"]).status == 200


class TestSpans:
    """getUpdated and getDeleted."""

    def test_updated_and_deleted(self, org: Asker) -> None:
        """A span tells what changed in it, whole minutes at a time."""
        keys = [org.create("Case", Subject=name) for name in "abc"]
        org.clock.advance(120)
        org.ok("DELETE", f"sobjects/Case/{keys[0]}")
        org.ok("PATCH", f"sobjects/Case/{keys[1]}", {"Subject": "B"})
        org.clock.advance(120)
        early = {"start": "2026-01-06T09:00:00+00:00", "end": "2026-01-06T09:01:30Z"}
        late = {"start": "2026-01-06T09:01:00Z", "end": "2026-01-06T09:04:00Z"}
        told = org.ok("GET", "sobjects/Case/updated/", **early)
        assert told == {"ids": [keys[2]], "latestDateCovered": "2026-01-06T09:01:00.000+0000"}
        assert org.ok("GET", "sobjects/Case/updated/", **late)["ids"] == [keys[1]]
        gone = org.ok("GET", "sobjects/Case/deleted/", **late)
        assert gone["deletedRecords"] == [{"id": keys[0], "deletedDate": "2026-01-06T09:02:00.000+0000"}]
        for span in ({**late, "end": late["start"]}, {**late, "start": "2025-01-06T09:01:00Z"}):
            assert org.refused("GET", "sobjects/Case/updated/", **span)[1] == "INVALID_REPLICATION_DATE"

    def test_an_open_transaction_holds_the_promise_back(self, org: Asker) -> None:
        """While a transaction is open, nothing after its beginning is promised."""
        org.clock.advance(600)
        span = {"start": "2026-01-06T09:00:00Z", "end": "2026-01-06T09:10:00Z"}
        org.salesforce.settings["long_transaction_since"] = org.clock.now() - 300
        assert (
            org.ok("GET", "sobjects/Case/updated/", **span)["latestDateCovered"]
            == "2026-01-06T09:05:00.000+0000"
        )
        org.salesforce.settings["long_transaction_since"] = None
        assert (
            org.ok("GET", "sobjects/Case/updated/", **span)["latestDateCovered"]
            == "2026-01-06T09:10:00.000+0000"
        )

    def test_late_commits(self, org: Asker) -> None:
        """With a lag, what a person did is seen later than its stamp says, and is then all there."""
        key = org.create("Case", Subject="A")
        org.salesforce.settings["commit_lag"] = 90
        org.clock.advance(60)
        org.salesforce.person("set_fields", record=key, Subject="B")
        made = org.salesforce.person("create", Subject="New")["id"]
        org.clock.advance(60)
        assert [it["Subject"] for it in org.query("SELECT Subject FROM Case")] == ["A"]
        span = {"start": "2026-01-06T09:00:00Z", "end": "2026-01-06T09:02:00Z"}
        assert (
            org.ok("GET", "sobjects/Case/updated/", **span)["latestDateCovered"]
            == "2026-01-06T09:01:00.000+0000"
        )
        org.clock.advance(30)
        rows = {it["Id"]: it for it in org.query("SELECT Id, Subject, SystemModstamp FROM Case")}
        assert (rows[key]["Subject"], rows[made]["Subject"]) == ("B", "New")
        assert rows[key]["SystemModstamp"] == "2026-01-06T09:01:00.000+0000"

    def test_a_writer_waits_for_a_late_commit(self, org: Asker) -> None:
        """Who writes a record that is being committed sees the commit first, and loses nothing."""
        key = org.create("Case", Subject="A")
        org.salesforce.settings["commit_lag"] = 90
        org.salesforce.person("set_fields", record=key, Subject="B")
        org.ok("PATCH", f"sobjects/Case/{key}", {"Origin": "Web"})
        org.clock.advance(100)
        assert (org.read("Case", key)["Subject"], org.read("Case", key)["Origin"]) == ("B", "Web")

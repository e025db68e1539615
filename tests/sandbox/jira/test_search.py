"""Search answers as the vendor's does: by token, late, in the caller's own zone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.sandbox.jira.asking import START, Asker, asker, text

SEARCH = "/rest/api/3/search/jql"


def found(ask: Asker, jql: str, **more: Any) -> list[str]:
    body = {"jql": jql, "fields": ["key"], "maxResults": 5000, **more}
    return [issue["key"] for issue in ask.ok("POST", SEARCH, body)["issues"]]


def refused(ask: Asker, jql: str) -> str:
    reply = ask("POST", SEARCH, {"jql": jql})
    assert reply.status == 400, reply.body
    return reply.body["errorMessages"][0]


@cache
def demo() -> Asker:
    """Return the demo's site, for tests that only read."""
    return asker("demo")


class TestPaging:
    """Pages follow each other by token, without a total."""

    def test_removed_search(self) -> None:
        """The search that counted is gone, under every version and method."""
        ask = asker()
        for version in ("2", "3", "latest"):
            assert ask("GET", f"/rest/api/{version}/search?jql=project=SUP").status == 410
            reply = ask("POST", f"/rest/api/{version}/search", {"jql": "project=SUP"})
            assert reply.status == 410
            assert "/rest/api/3/search/jql" in reply.body["errorMessages"][0]

    @pytest.mark.parametrize("order", ["", "ORDER BY updated ASC, id", "ORDER BY key DESC",
                                       "ORDER BY priority DESC, created"])
    def test_walk(self, order: str) -> None:
        """Walking the tokens gives each issue once, and the last page has no token."""
        ask = asker("bulk", issues=230)
        seen: list[str] = []
        body: dict[str, Any] = {"jql": f"project = SUP {order}", "fields": ["summary"]}
        while True:
            page = ask.ok("POST", SEARCH, body)
            assert set(page) <= {"issues", "isLast", "nextPageToken"}
            seen += [issue["id"] for issue in page["issues"]]
            assert page["isLast"] is ("nextPageToken" not in page)
            if page["isLast"]:
                break
            body["nextPageToken"] = page["nextPageToken"]
        assert len(seen) == len(set(seen)) == 230

    def test_walk_while_issues_change(self) -> None:
        """An issue that changes on the way comes again at the end; none is skipped."""
        ask = asker("bulk", issues=120)
        body: dict[str, Any] = {"jql": "project = SUP ORDER BY updated ASC, id", "maxResults": 50}
        page = ask.ok("POST", SEARCH, body)
        seen = [issue["id"] for issue in page["issues"]]
        ask.clock.advance(60)
        ask.ok("PUT", f"/rest/api/3/issue/{seen[-1]}", {"fields": {"summary": "changed"}})
        while "nextPageToken" in page:
            page = ask.ok("POST", SEARCH, {**body, "nextPageToken": page["nextPageToken"]})
            seen += [issue["id"] for issue in page["issues"]]
        assert len(set(seen)) == 120
        assert seen[-1] == seen[49]

    def test_ids_only_by_default(self) -> None:
        """Without `fields` an issue is its id and nothing else."""
        ask = asker("demo")
        page = ask.ok("GET", f"{SEARCH}?jql=project=SUP&maxResults=2")
        assert [set(issue) for issue in page["issues"]] == [{"id"}, {"id"}]

    def test_wide_pages_are_short(self) -> None:
        """A page with whole issues is shorter than was asked for."""
        ask = asker("bulk", issues=150)
        body = {"jql": "project = SUP", "maxResults": 5000}
        assert len(ask.ok("POST", SEARCH, {**body, "fields": ["*all"]})["issues"]) == 100
        assert len(ask.ok("POST", SEARCH, {**body, "fields": ["id", "key"]})["issues"]) == 150

    def test_refusals(self) -> None:
        """Wrong requests are refused in the vendor's words."""
        ask = asker("demo")
        assert refused(ask, "ORDER BY created").startswith("Unbounded JQL queries")
        assert refused(ask, "").startswith("Unbounded JQL queries")
        bad = ask("POST", SEARCH, {"jql": "project = SUP", "nextPageToken": "nonsense"})
        assert "next page token is invalid" in bad.body["errorMessages"][0]
        for size in (0, 5001):
            over = ask("POST", SEARCH, {"jql": "project = SUP", "maxResults": size})
            assert "between 1 and 5,000" in over.body["errorMessages"][0]
        unknown = ask("POST", SEARCH, {"jql": "project = SUP", "startAt": 0})
        assert unknown.status == 400
        assert "errors" not in unknown.body

    def test_token_expires(self) -> None:
        """A token lives for seven days."""
        ask = asker("bulk", issues=3)
        body = {"jql": "project = SUP", "maxResults": 1}
        token = ask.ok("POST", SEARCH, body)["nextPageToken"]
        ask.clock.advance(8 * 86400)
        assert ask("POST", SEARCH, {**body, "nextPageToken": token}).status == 400


class TestGrammar:
    """The usual grammar of JQL, with the vendor's checks."""

    @pytest.mark.parametrize(
        ("jql", "count"),
        [
            ("project = SUP", 25),
            ("project in (SUP, OPS)", 40),
            ("project != OPS", 25),
            ("project = SUP AND NOT statusCategory = Done", 19),
            ("status in (Done) AND project = SUP", 6),
            ('"Product area" = Checkout', 5),
            ("cf[10043] = Checkout OR cf[10043] = Billing", 10),
            ("labels = login", 2),
            ("labels in (i18n, login)", 4),
            ("labels is not EMPTY AND labels != i18n", 23),
            ("assignee is EMPTY AND project = SUP", 13),
            ("resolution = Unresolved AND project = SUP", 19),
            ("key = sup-4", 1),
            ("id in (10000, 10001)", 2),
            ("id >= 10000 AND id < 10003", 3),
            ("summary ~ invoice", 1),
            ('text ~ "delivery note"', 1),
            ("summary ~ pay*", 3),
            ("priority = Highest", 2),
            ("issuetype = Task AND project = SUP", 3),
            ("reporter = currentUser()", 0),
            ("created >= -30d", 40),
            ("created < startOfDay(-60)", 0),
            ("(project = SUP OR project = OPS) AND (priority = Low)", 9),
            ("this is not jql", 0),
        ],
    )
    def test_finds(self, jql: str, count: int) -> None:
        """A query finds what it says."""
        assert len(found(demo(), jql)) == count

    @pytest.mark.parametrize(
        ("jql", "words"),
        [
            ('summary ~ "open', "has not been completed"),
            ("colour = red", "Field 'colour' does not exist"),
            ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'"),
            ("key = SUP-999", "An issue with key 'SUP-999' does not exist"),
            ("project = SUP AND", "but got the end of the query"),
            ("project = SUP summary", "Expecting either 'OR' or 'AND'"),
            ("summary = x", "not supported by the 'summary' field"),
            ("updated >= tomorrowish", "is invalid. Valid formats include"),
            ("issue.property[hub].ticket = 1", "does not exist or you do not have permission"),
            ("project = SUP ORDER BY a,b,c,d,e,f,g,h", "order by is 7"),
        ],
    )
    def test_refuses(self, jql: str, words: str) -> None:
        """What cannot be is told to who is signed in."""
        assert words in refused(demo(), jql)

    def test_anonymous_is_told_nothing(self) -> None:
        """Nobody in particular finds nothing, even with a wrong field."""
        nobody = Asker(demo().jira, demo().clock)
        assert found(nobody, "project = SUP") == []
        assert found(nobody, "colour = red") == []

    def test_declared_property(self) -> None:
        """A property can be searched once an app has declared it."""
        ask = asker()
        key = ask.create()["key"]
        ask.ok("PUT", f"/rest/api/3/issue/{key}/properties/hub", {"ticket": 7})
        ask.jira.state.indexed_properties.add("hub")
        assert found(ask, "issue.property[hub].ticket = 7") == [key]

    def test_url_field_is_exact(self) -> None:
        """A URL field is found by its whole value."""
        ask = asker()
        link = "https://acme.zendesk.com/agent/tickets/12"
        key = ask.create(customfield_10055=link)["key"]
        ask.create(customfield_10055=f"{link}3")
        assert found(ask, f'"Zendesk ticket" = "{link}"') == [key]


class TestDates:
    """Dates have the grain of a minute and the caller's zone; milliseconds have neither."""

    def test_zone_of_the_caller(self) -> None:
        """The hub's person lives in Los Angeles: 09:00 UTC is 01:00 there."""
        ask = asker()
        key = ask.create()["key"]
        assert found(ask, 'updated >= "2026-01-06 01:00"') == [key]
        assert found(ask, 'updated >= "2026-01-06 01:01"') == []
        # A bound rendered in UTC is eight hours in the future for this caller.
        assert found(ask, 'updated >= "2026-01-06 09:00"') == []

    def test_grain_of_a_minute(self) -> None:
        """`>` a minute leaves out all of it; `<=` takes in all of it."""
        ask = asker(at=START + 30)
        key = ask.create()["key"]
        assert found(ask, 'updated > "2026/01/06 01:00"') == []
        assert found(ask, 'updated <= "2026/01/06 01:00"') == [key]
        assert found(ask, 'updated = "2026/01/06 01:00"') == [key]

    def test_milliseconds(self) -> None:
        """An unquoted integer is milliseconds, exactly."""
        ask = asker()
        key = ask.create()["key"]
        at = int(START * 1000)
        assert found(ask, f"updated >= {at}") == [key]
        assert found(ask, f"updated > {at}") == []

    def test_times_are_in_the_callers_zone(self) -> None:
        """Times carry milliseconds and the caller's offset, without a colon."""
        ask = asker(at=START + 0.123)
        key = ask.create()["key"]
        fields = ask.ok("GET", f"/rest/api/3/issue/{key}")["fields"]
        assert fields["created"] == fields["updated"] == "2026-01-06T01:00:00.123-0800"


class TestLag:
    """The index is late, for as long as the settings say."""

    def test_created_and_edited(self) -> None:
        """A write is found only when the index has caught up; reading by id is at once."""
        ask = asker()
        ask.jira.settings["search_lag"] = 5.0
        key = ask.create()["key"]
        assert found(ask, "project = SUP") == []
        assert ask("GET", f"/rest/api/3/issue/{key}").status == 200
        ask.clock.advance(6)
        assert found(ask, "project = SUP") == [key]
        ask.ok("PUT", f"/rest/api/3/issue/{key}", {"fields": {"labels": ["new"]}})
        assert found(ask, "labels = new") == []
        ask.clock.advance(6)
        assert found(ask, "labels = new") == [key]

    def test_reconcile(self) -> None:
        """Named issues are found as they are."""
        ask = asker()
        ask.jira.settings["search_lag"] = 5.0
        made = ask.create()
        assert found(ask, "project = SUP", reconcileIssues=[int(made["id"])]) == [made["key"]]

    def test_flicker(self) -> None:
        """Under load an issue may be missing now and be back a moment later."""
        ask = asker("bulk", issues=200)
        ask.jira.settings["search_flicker"] = 0.1
        first = set(found(ask, "project = SUP"))
        ask.clock.advance(1)
        second = set(found(ask, "project = SUP"))
        assert first != second
        assert len(first | second) > max(len(first), len(second))

    def test_lost_permission(self) -> None:
        """What may not be seen is not found, and not refused."""
        ask = asker("demo")
        ask.jira.person("revoke", permission="BROWSE_PROJECTS", project="OPS")
        assert len(found(ask, "project in (SUP, OPS)")) == 25
        assert ask("GET", "/rest/api/3/issue/OPS-1").status == 404


def test_counts_and_matches() -> None:
    """The estimate and the match agree with the search."""
    ask = asker("demo")
    body = ask.ok("POST", "/rest/api/3/search/approximate-count", {"jql": "project = OPS"})
    assert body == {"count": 15}
    match = ask.ok("POST", "/rest/api/3/jql/match",
                   {"jqls": ["key = SUP-1", "colour = 1"], "issueIds": [10000, 10001]})
    assert match["matches"][0] == {"matchedIssues": [10000], "errors": []}
    assert match["matches"][1]["errors"]


def test_comments_in_results_are_capped() -> None:
    """A search result carries twenty comments at most, and says how many there are."""
    ask = asker()
    key = ask.create()["key"]
    for number in range(25):
        ask.ok("POST", f"/rest/api/3/issue/{key}/comment", {"body": text(f"comment {number}")})
    page = ask.ok("POST", SEARCH, {"jql": "project = SUP", "fields": ["comment"]})
    shown = page["issues"][0]["fields"]["comment"]
    assert (len(shown["comments"]), shown["total"]) == (20, 25)

"""Paging, exports, jobs and seeds: the vendor's protocol and its oddities."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.web import Request
from tests.sandbox.zendesk.conftest import BASE, Desk


class TestPaging:
    def test_the_last_page_still_has_links(self, demo: Desk) -> None:
        """Following them gives one empty page, and that one has none."""
        page = demo.get("/api/v2/tickets.json?page[size]=100")
        assert page["links"]["prev"]
        seen = len(page["tickets"])
        while page["meta"]["has_more"]:
            page = demo.get(page["links"]["next"])
            seen += len(page["tickets"])
        assert seen == 296
        assert page["links"]["next"].startswith(BASE)
        assert page["meta"]["after_cursor"]
        page = demo.get(page["links"]["next"])
        assert page["tickets"] == []
        assert page["links"] == {"prev": None, "next": None}
        assert page["meta"] == {"has_more": False, "after_cursor": None, "before_cursor": None}

    def test_a_cursor_is_the_vendors(self, demo: Desk) -> None:
        """Base64 of the order and the packed last id."""
        page = demo.get("/api/v2/tickets?page[size]=2")
        inner = json.loads(base64.b64decode(page["meta"]["after_cursor"]))
        packed = base64.b64decode(inner["v"])
        assert inner["o"] == "nice_id"
        assert packed == b"i" + page["tickets"][-1]["id"].to_bytes(8, "little")

    def test_pages_by_number_end_at_ten_thousand(self, demo: Desk) -> None:
        """Past them comes an error of another shape."""
        page = demo.get("/api/v2/tickets?per_page=100&page=3")
        assert (len(page["tickets"]), page["count"], page["next_page"]) == (96, 296, None)
        refused = demo.ask("GET", "/api/v2/tickets?page=101")
        assert refused.status == 400
        assert refused.body["errors"][0]["code"] == "InvalidPaginationDepth"

    def test_search_ends_at_a_thousand(self, demo: Desk) -> None:
        """And knows no cursors."""
        assert demo.ask("GET", "/api/v2/search?query=type:ticket&page=11").status == 422
        assert demo.ask("GET", "/api/v2/search?query=a&page[size]=10").status == 400
        assert demo.get("/api/v2/search?query=type:ticket")["count"] > 250

    def test_search_export_wants_its_type(self, demo: Desk) -> None:
        """And pages forward only."""
        assert demo.ask("GET", "/api/v2/search/export?query=voucher").status == 400
        page = demo.get("/api/v2/search/export?query=&filter[type]=ticket&page[size]=200")
        assert (len(page["results"]), page["links"]["prev"]) == (200, None)
        rest = demo.get(page["links"]["next"])
        assert len(rest["results"]) == 96


class TestExports:
    def test_the_last_minute_is_withheld(self, desk: Desk) -> None:
        """So that a cursor never runs ahead of a late row."""
        desk.vendor.settings["export_delay"] = 60
        number = desk.make()
        page = desk.get("/api/v2/incremental/tickets/cursor?start_time=0")
        assert (page["tickets"], page["end_of_stream"]) == ([], True)
        recent = desk.ask("GET", f"/api/v2/incremental/tickets/cursor?start_time={desk.vendor.state.now()}")
        assert recent.status == 422
        desk.clock.advance(61)
        page = desk.get(page["after_url"])
        assert [it["id"] for it in page["tickets"]] == [number]

    def test_the_cursor_at_the_end_is_where_to_go_on(self, desk: Desk) -> None:
        """Nothing repeats, nothing is skipped, even within one second."""
        first, second = desk.make(), desk.make()
        page = desk.get("/api/v2/incremental/tickets/cursor?start_time=0")
        assert (len(page["tickets"]), page["end_of_stream"]) == (2, True)
        at, _, rest = base64.b64decode(page["after_cursor"]).decode().partition(".0||")
        assert (int(at), rest) == (desk.vendor.state.now(), f"{second}|")
        assert desk.get(page["after_url"])["tickets"] == []
        desk.put(first, priority="low")
        page = desk.get(page["after_url"])
        assert [it["id"] for it in page["tickets"]] == [first]

    def test_time_based_pages_repeat_the_last_second(self, desk: Desk) -> None:
        """Except when a page is all one second: that comes whole, however small the page."""
        for _ in range(3):
            desk.make()
        desk.clock.advance(1)
        for _ in range(3):
            desk.make()
        page = desk.get("/api/v2/incremental/tickets?start_time=0&per_page=2")
        assert (page["count"], page["end_time"]) == (3, desk.vendor.state.now())
        whole = desk.get("/api/v2/incremental/tickets?start_time=0&per_page=5")
        again = desk.get(whole["next_page"])
        assert {it["id"] for it in again["tickets"]} >= {it["id"] for it in whole["tickets"][3:]}
        assert again["end_of_stream"]
        assert again["next_page"]

    def test_events_bring_comments(self, desk: Desk) -> None:
        """Whole with `comment_events`, else only told of."""
        number = desk.make(comment={"body": "first"})
        target = "/api/v2/incremental/ticket_events?start_time=0"
        told = desk.get(target)["ticket_events"][0]["child_events"][0]
        assert (told["event_type"], told["comment_present"]) == ("Comment", True)
        shown = desk.get(f"{target}&include=comment_events")["ticket_events"][0]
        assert (shown["ticket_id"], shown["child_events"][0]["body"]) == (number, "first")

    def test_a_system_update_moves_only_the_key(self, desk: Desk) -> None:
        """`updated_at` stays, the export shows the ticket again."""
        number = desk.make()
        before = desk.get("/api/v2/incremental/tickets/cursor?start_time=0")
        desk.clock.advance(10)
        desk.vendor.person("touch", ticket=number)
        again = desk.get(before["after_url"])["tickets"][0]
        assert again["updated_at"] == before["tickets"][0]["updated_at"]
        assert again["generated_timestamp"] > before["tickets"][0]["generated_timestamp"]

    def test_agents_may_not_export(self, desk: Desk) -> None:
        """Admins only."""
        desk.vendor.person("set_role", user="hub@support.example", role="agent")
        assert desk.ask("GET", "/api/v2/incremental/tickets?start_time=0").status == 403


class TestJobs:
    def test_a_job_is_queued_then_working_then_done(self, desk: Desk) -> None:
        """Failures stand among the results of a completed job."""
        rows: list[Any] = [{"subject": "a", "comment": {"body": "b"}}, {"subject": "no comment"}]
        queued = desk.ask("POST", "/api/v2/tickets/create_many", {"tickets": rows})
        job = queued.body["job_status"]
        assert (job["status"], job["results"]) == ("queued", None)
        target = f"/api/v2/job_statuses/show_many?ids={job['id']}"
        assert desk.get(target)["job_statuses"][0]["status"] == "working"
        done = desk.get(target)["job_statuses"][0]
        assert done["status"] == "completed"
        assert done["message"].startswith("Completed at ")
        assert set(done["results"][0]) == {"index", "id", "account_id"}
        assert done["results"][1]["error"] == "TicketCreateFailed"

    def test_more_than_a_hundred_is_refused(self, desk: Desk) -> None:
        """With the vendor's own odd grammar."""
        refused = desk.ask("POST", "/api/v2/tickets/create_many", {"tickets": [{}] * 101})
        assert refused.status == 400
        assert refused.body == {
            "error": "TooManyValues",
            "description": "Parameter  cannot specify more than 100 values",
            "max_count": 100,
        }

    def test_thirty_jobs_at_once(self, desk: Desk) -> None:
        """The next is refused until one has ended."""
        rows = {"tickets": [{"subject": "a", "comment": {"body": "b"}}]}
        answers = [desk.ask("POST", "/api/v2/tickets/create_many", rows) for _ in range(31)]
        assert [it.status for it in answers] == [200] * 30 + [429]
        assert answers[-1].body["error"] == "TooManyJobs"
        assert len(answers[-1].body["current_job_ids"]) == 30
        desk.job(answers[0])
        assert desk.ask("POST", "/api/v2/tickets/create_many", rows).status == 200

    def test_a_delayed_update_is_safe_against_edits_in_between(self, desk: Desk) -> None:
        """`update_many` compares with the moment it was queued."""
        number = desk.make()
        desk.vendor.settings["job_delay"] = 10
        queued = desk.ask("PUT", f"/api/v2/tickets/update_many?ids={number}", {"ticket": {"priority": "low"}})
        desk.clock.advance(5)
        desk.vendor.person("set", ticket=number, priority="high")
        desk.clock.advance(6)
        assert desk.job(queued)["results"][0]["error"] == "UpdateConflict"

    def test_a_job_may_fail_as_a_whole(self, desk: Desk) -> None:
        """With nothing done."""
        desk.vendor.settings["job_fate"] = "failed"
        rows = {"tickets": [{"subject": "a", "comment": {"body": "b"}}]}
        key = desk.ask("POST", "/api/v2/tickets/create_many", rows).body["job_status"]["id"]
        desk.get(f"/api/v2/job_statuses/{key}")
        assert desk.get(f"/api/v2/job_statuses/{key}")["job_status"]["status"] == "failed"
        assert desk.get("/api/v2/tickets")["count"] == 0


def test_the_same_seed_makes_the_same_world() -> None:
    """Two sandboxes at one moment hold the same, down to the tokens of files."""
    worlds = []
    for _ in range(2):
        desk = Desk()
        desk.vendor.seed("demo")
        rows = desk.get("/api/v2/incremental/tickets/cursor?start_time=0")["tickets"]
        worlds.append((rows, sorted(desk.vendor.state.by_file_token)))
    assert worlds[0] == worlds[1]


def test_a_world_is_seeded_once() -> None:
    """A second seed says to reset, and a reset makes room; so does every unknown name."""
    desk = Desk()
    made = desk.vendor.seed("bulk", tickets=30, comments=3)
    assert (made["tickets"], len(desk.vendor.state.tickets[7].comments)) == (30, 3)
    with pytest.raises(ValueError, match="reset it"):
        desk.vendor.seed("demo")
    with pytest.raises(ValueError, match="empty, demo, bulk"):
        desk.vendor.seed("other")
    desk.vendor.reset()
    assert desk.vendor.seed("empty")["tickets"] == 0


@pytest.mark.parametrize("path", ["/api/v2/nothing", "/api/v2/tickets/999999", "/api/v2/users/abc"])
def test_what_is_not_there_is_404(desk: Desk, path: str) -> None:
    """With the vendor's envelope."""
    refused = desk.ask("GET", path)
    assert refused.status == 404
    assert refused.body["error"] in ("InvalidEndpoint", "RecordNotFound")


def test_endpoints_are_named_by_template(desk: Desk) -> None:
    """For counts and faults."""
    request = Request.of("PUT", "https", "acme", "/api/v2/tickets/5.json", {}, b"")
    assert desk.vendor.endpoint(request) == "PUT /api/v2/tickets/{id}"

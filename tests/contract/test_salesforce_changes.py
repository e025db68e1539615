"""The Salesforce connector against an org stand-in over HTTP: what its feed tells, and what it can miss."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.salesforce.client import QueryPage
from hub.errors import Unavailable
from hub.model import SALESFORCE, ZENDESK, Attachment, AttachmentId, RemoteId, TicketId
from hub.operations import AddAttachment, Done
from hub.replica import Cursor
from sandbox.faults import Fault
from tests.contract.salesforce_world import World, ids_of


@pytest.fixture
def world() -> World:
    return World()


def many(world: World, count: int, subject: str = "Case") -> list[str]:
    return [world.case(f"{subject} {n}") for n in range(count)]


def test_everything_is_read_first_and_then_what_changed(world: World) -> None:
    """A first reading shows every Case with all that is said; a later one what changed, and little else."""
    cases = many(world, 3)
    _ = world.person("comment", record=cases[0], body="Good day", public=True)
    seen, cursor = world.read()
    assert ids_of(seen) == cases
    assert [one.body for one in seen[0].comments] == ["Good day"]
    assert all(one.comments_complete and one.attachments_complete for one in seen)
    _, cursor = world.read(cursor)
    world.edit(cases[1], Subject="Another")
    seen, cursor = world.read(cursor)
    assert [(one.remote_id, one.raw and one.raw["Subject"]) for one in seen] == [(cases[1], "Another")]
    assert world.read(cursor)[0] == []


def test_nothing_new_costs_two_calls(world: World) -> None:
    """The description of Case, and one call that asks everything else."""
    _ = many(world, 3)
    _, cursor = world.read()
    world.pass_time()
    _, cursor = world.read(cursor)
    before = world.calls()
    assert world.read(cursor)[0] == []
    assert world.calls() - before == 2


def test_what_we_wrote_ourselves_on_many_cases_is_read_without_what_is_said_there(world: World) -> None:
    """A change that fans out to many Cases comes back in as few calls as rows need; people's words still show."""
    cases = many(world, 150)
    _, cursor = world.read()
    world.pass_time()
    _, cursor = world.read(cursor)
    for case in cases:
        _ = world.person("set_fields", record=case, Support_Score__c=50, by="hub@sales.example")
    _ = world.person("comment", record=cases[7], body="Meanwhile")
    world.settings["page_size"] = world.settings["long_text_page_size"] = 2000
    before = world.calls()
    seen, cursor = world.read(cursor)
    assert sorted(ids_of(seen)) == sorted(cases)
    assert {one.remote_id: [said.body for said in one.comments] for one in seen if one.comments_complete} == {
        cases[7]: ["Meanwhile"]
    }
    assert world.calls() - before <= 4  # what Case is, what changed, who we are, what was said on one
    assert world.read(cursor)[0] == []


def test_two_edits_in_one_second_are_both_seen(world: World) -> None:
    """Stamps have whole seconds; what was shown is remembered by what it was, not by its stamp."""
    case = world.case("One")
    _, cursor = world.read()
    world.edit(case, Subject="Two")
    seen, cursor = world.read(cursor)
    assert seen[0].raw and seen[0].raw["Subject"] == "Two"
    world.edit(case, Subject="Three")
    seen, _ = world.read(cursor)
    assert seen[0].raw and seen[0].raw["Subject"] == "Three"


@pytest.mark.parametrize("first", [True, False])
def test_many_rows_of_one_stamp_cross_pages_without_loss(world: World, *, first: bool) -> None:
    """A bulk load gives thousands of rows one stamp; pages end in the middle of it."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 4
    _, cursor = world.read()
    cases = many(world, 11)
    seen, cursor = world.read(None if first else cursor)
    assert sorted(ids_of(seen)) == sorted(cases)
    assert world.read(cursor)[0] == []


def test_a_session_that_ends_between_pages_loses_no_row(world: World) -> None:
    """The locator dies with the session: the query is asked anew from behind the last row."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 4
    cases: list[str] = []
    for n in range(11):
        cases.append(world.case(f"Case {n}"))
        world.clock.advance(1 if n % 3 == 0 else 0)
    world.clock.advance(60)

    def expire(_: object) -> None:
        world.clock.advance(60)
        world.vendor.expire_tokens()

    ends = Fault(before=expire)
    world.faults.follow([ends, "ok", ends], endpoint="*/query/{locator}")
    seen, _ = world.read()
    assert ids_of(seen) == cases
    assert world.wire.asked().count("POST /services/oauth2/token") > 1


def test_a_pass_that_broke_off_goes_on_where_it_was(world: World) -> None:
    """Each page's cursor is good to resume from: a first reading does not begin anew."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 4
    cases = many(world, 10)
    pages = iter(world.connector.changes(None))
    shown = [next(pages), next(pages)]
    seen, _ = world.read(shown[-1].cursor)
    assert ids_of(seen) == cases[8:]
    assert [one.remote_id for page in shown for one in page.observations] == cases[:8]


def _untold(world: World) -> None:
    """Let the org not say up to when its answers cover everything."""
    inner = world.wire.handle_request

    def silent(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        if not request.url.path.endswith("/composite"):
            return response
        body = json.loads(response.read())
        for one in body["compositeResponse"]:
            if isinstance(one["body"], dict) and "latestDateCovered" in one["body"]:
                one |= {"httpStatusCode": 403, "body": [{"message": "no", "errorCode": "FUNCTIONALITY_NOT_ENABLED"}]}
        return httpx.Response(200, json=body, request=request)

    world.wire.handle_request = silent


@pytest.mark.parametrize("told", [True, False])
def test_what_is_committed_late_is_still_seen(world: World, *, told: bool) -> None:
    """A transaction's rows turn up with the stamps of when they were written, minutes later."""
    if not told:
        _untold(world)
    _, cursor = world.read()
    world.settings["commit_lag"] = 300
    late = world.case("Late")
    world.settings["commit_lag"] = 0
    world.clock.advance(60)
    early = world.case("Early")
    seen, cursor = world.read(cursor)
    assert ids_of(seen) == [early]
    world.clock.advance(300)
    seen, cursor = world.read(cursor)
    assert ids_of(seen) == [late]


def test_what_is_committed_behind_a_pass_that_broke_off_is_still_seen(world: World) -> None:
    """A pass is as old as its beginning: when it goes on hours later, the next one looks back to there."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 2
    _, cursor = world.read()
    world.settings["commit_lag"] = 300
    late = world.case("Late")
    world.settings["commit_lag"] = 0
    world.clock.advance(60)
    early = many(world, 4)
    first = next(page for page in world.connector.changes(cursor) if page.observations)
    world.clock.advance(2 * 3600)
    seen, cursor = world.read(first.cursor)
    assert {*ids_of(seen), *(one.remote_id for one in first.observations)} == set(early)
    seen, _ = world.read(cursor)
    assert late in ids_of(seen)


def test_a_long_transaction_holds_the_place_back(world: World) -> None:
    """While one is open, nothing that it may still commit is passed by, however long it takes."""
    _, cursor = world.read()
    began = world.clock.now()
    world.settings["long_transaction_since"] = began
    world.settings["commit_lag"] = 3600
    late = world.case("Late")
    world.settings["commit_lag"] = 0
    for _ in range(4):
        world.clock.advance(890)
        seen, cursor = world.read(cursor)
        assert seen == []
    world.clock.advance(100)
    world.settings["long_transaction_since"] = None
    seen, _ = world.read(cursor)
    assert ids_of(seen) == [late]


@pytest.mark.parametrize("kind", ["CaseComment", "FeedItem", "EmailMessage"])
def test_what_is_said_shows_its_case_though_it_does_not_touch_it(world: World, kind: str) -> None:
    """Comments, posts and mails have stamps of their own, and are looked at on their own."""
    case, _other = many(world, 2)
    _, cursor = world.read()
    world.pass_time()
    _, cursor = world.read(cursor)
    stamp = world.raw(case)["SystemModstamp"]
    made = world.person("comment", record=case, body="One\nTwo", kind=kind)["id"]
    (seen,), cursor = world.read(cursor)
    assert seen.remote_id == case
    assert [(one.id, one.body) for one in seen.comments] == [(made, "One\nTwo")]
    assert seen.raw and seen.raw["SystemModstamp"] in {stamp, seen.version}
    _ = world.person("edit_comment", comment=made, body="Three")
    (seen,), cursor = world.read(cursor)
    assert [one.body for one in seen.comments] == ["Three"]
    _ = world.person("delete", record=made)
    (seen,), cursor = world.read(cursor)
    assert seen.comments == ()
    assert seen.comments_complete


def test_who_said_what_to_whom(world: World) -> None:
    """Authors, times and who may read it come with each comment, whatever it is."""
    case = world.case()
    _ = world.person("comment", record=case, body="Inside", by="dana@sales.example")
    _ = world.person("comment", record=case, body="Outside", public=True, by="dana@sales.example")
    _ = world.person("comment", record=case, body="Post", kind="FeedItem", by="eli@sales.example")
    _ = world.person(
        "comment", record=case, body="Mail", kind="EmailMessage", FromAddress="Ann@Shop.example",
        FromName="Ann", Incoming=True,
    )  # fmt: skip
    _ = world.person("comment", record=case, body="Draft", kind="EmailMessage", Status="5")
    said = {one.body: (one.author.email, one.public) for one in world.seen(case).comments}
    assert said == {
        "Inside": ("dana@sales.example", False),
        "Outside": ("dana@sales.example", True),
        "Post": ("eli@sales.example", False),
        "Mail": ("ann@shop.example", True),
    }


def test_a_file_shows_its_case_and_can_be_opened(world: World) -> None:
    """A file that is put on a Case turns up with it, with its name and size, and its bytes stream."""
    case = world.case()
    _, cursor = world.read()
    world.pass_time()
    _, cursor = world.read(cursor)
    made = world.person("attach", record=case, name="trace.log", content=b"x" * 5000)
    (seen,), _ = world.read(cursor)
    (file,) = seen.attachments
    assert (file.id, file.name, file.content_type, file.size) == (made["id"], "trace.log", "text/plain", 5000)
    attachment = Attachment(
        AttachmentId("a"), file.name, file.content_type, file.size, "internal", SALESFORCE, file.id, seen.remote_id
    )
    with world.connector.open(attachment) as content:
        assert b"".join(content) == b"x" * 5000


def test_a_file_that_came_with_a_mail_hangs_on_the_mail(world: World) -> None:
    """Mails bring their files along, which their customer knows of course."""
    case = world.case()
    mail = world.person("comment", record=case, body="See there", kind="EmailMessage")["id"]
    file = world.person("attach", record=mail, name="screen.png", content=b"png")["id"]
    world.vendor.state.rows["EmailMessage"][mail]["HasAttachment"] = True
    (seen,) = world.seen(case).attachments
    assert (seen.id, seen.comment, seen.public, seen.by_hub) == (file, mail, True, False)


def test_a_file_of_ours_is_known_by_its_mark(world: World) -> None:
    """What we put on a Case carries the key of the file that it is a copy of."""
    case = world.case()
    world.shelf.files["7"] = b"bytes"
    copied = Attachment(
        AttachmentId("zendesk:7"), "a.txt", "text/plain", 5, "public", ZENDESK, RemoteId("7"), RemoteId("1")
    )
    (done,) = world.do(AddAttachment(SALESFORCE, TicketId("t"), case, copied))
    (seen,) = world.seen(case).attachments
    assert isinstance(done, Done)
    assert (seen.id, seen.key, seen.by_hub) == (done.attachment, "zendesk:7", True)


def test_a_file_that_is_gone_is_not_there(world: World) -> None:
    """Opening what is not there any more is told as that."""
    attachment = Attachment(
        AttachmentId("a"), "x", "text/plain", 1, "internal", SALESFORCE,
        RemoteId("068Hs000000ZZZZ"), RemoteId("500Hs000000ZZZZ"),
    )  # fmt: skip
    with pytest.raises(FileNotFoundError), world.connector.open(attachment):
        pass


def test_deleted_and_merged_cases_come_with_the_feed(world: World) -> None:
    """Deletion and merging are seen as what they are, and undeleting too."""
    one, two, three = many(world, 3)
    _, cursor = world.read()
    _ = world.person("delete", record=one)
    _ = world.person("merge", into=two, others=[three])
    seen, cursor = world.read(cursor)
    gone = {found.remote_id: found.gone for found in seen if found.gone}
    assert gone[RemoteId(one)].how == "deleted"
    assert (gone[RemoteId(three)].how, gone[RemoteId(three)].into) == ("merged", two)
    _ = world.person("undelete", record=one)
    seen, _ = world.read(cursor)
    assert [(found.remote_id, found.gone) for found in seen if found.remote_id == one] == [(one, None)]


def test_a_query_that_takes_too_long_is_asked_in_halves(world: World) -> None:
    """QUERY_TIMEOUT halves the window of time, and every row is still shown once."""
    cases = []
    for n in range(8):
        cases.append(world.case(f"Case {n}"))
        world.clock.advance(86_400)
    _slow(world, most=3)
    seen, cursor = world.read()
    assert ids_of(seen) == cases
    assert world.read(cursor)[0] == []


def _slow(world: World, most: int) -> None:
    """Let the org take too long for queries on Case with more rows than `most`."""
    inner = world.wire.handle_request

    def slow(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        soql = parse_qs(urlsplit(str(request.url)).query).get("q", [""])[0]
        if "/query/" not in request.url.path or "FROM Case" not in soql or "COUNT" in soql:
            return response
        page = QueryPage if response.status_code != 200 else _page(response)
        if page is QueryPage or page <= most:
            return response
        late = [{"message": "Your query request was running for too long.", "errorCode": "QUERY_TIMEOUT"}]
        return httpx.Response(400, json=late, request=request)

    world.wire.handle_request = slow


def _page(response: httpx.Response) -> Any:
    _ = response.read()
    return response.json()["totalSize"]


def test_very_many_cases_come_by_a_bulk_job(world: World) -> None:
    """Above a number of rows the first reading is one job; what it shows is what pages show."""
    world.settings["bulk_polls"] = 2
    cases = many(world, 5)
    world.edit(
        cases[0], Description='One, "two"\nthree\r\n\r\nfour', Components__c="Web;Data", Affected_Users__c=12,
        SuppliedEmail="ann@shop.example", Customer_Blocked__c=True, Go_Live_Date__c="2026-07-01",
    )  # fmt: skip
    by_page = {one.remote_id: one for one in world.read()[0]}
    world.connector = world.connect(bulk_from=4)
    by_job = {one.remote_id: one for one in world.read()[0]}
    assert by_job == by_page
    assert "POST /services/data/v66.0/jobs/query" in world.connector.calls()
    assert by_job[RemoteId(cases[0])].raw["Components__c"] == ["Data", "Web"]  # type: ignore[index]


def test_a_bulk_reading_that_broke_off_goes_on_with_its_job(world: World) -> None:
    """The job's result is kept: what was stored is not asked for in a new job."""
    cases = many(world, 5)
    world.connector = world.connect(bulk_from=4)
    first = next(iter(world.connector.changes(None)))
    seen, _ = world.read(first.cursor)
    assert ids_of(seen) == cases
    assert world.connector.calls()["POST /services/data/v66.0/jobs/query"] == 1


@pytest.mark.parametrize("how", ["refused", "failed"])
def test_an_org_that_does_no_bulk_jobs_is_read_by_pages(world: World, how: str) -> None:
    """A feature that is switched off, or a job that fails, costs calls and nothing else."""
    cases = many(world, 5)
    inner = world.wire.handle_request

    def unwilling(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        if request.method == "POST" and request.url.path.endswith("/jobs/query") and how == "refused":
            no = [{"message": "Async API not enabled", "errorCode": "FEATURENOTENABLED"}]
            return httpx.Response(400, json=no, request=request)
        if request.method == "GET" and "/jobs/query/" in request.url.path:
            failed = {"id": "750", "state": "Failed", "errorMessage": "InternalServerError"}
            return httpx.Response(200, json=failed, request=request)
        return response

    world.wire.handle_request = unwilling
    world.connector = world.connect(bulk_from=4)
    assert ids_of(world.read()[0]) == cases


def test_more_posts_than_one_query_gives_are_all_read(world: World) -> None:
    """Salesforce gives users without View All 1,000 posts of a query: the next query goes on behind them."""
    case = world.case()
    for n in range(1003):
        _ = world.person("comment", record=case, body=f"Post {n}", kind="FeedItem")
    assert len(world.seen(case).comments) == 1003


def test_a_feed_has_a_place_that_only_it_can_read(world: World) -> None:
    """A cursor that is not ours is told as such, with what to do."""
    with pytest.raises(Unavailable, match="hub backfill salesforce"):
        _ = world.read(Cursor("yesterday"))

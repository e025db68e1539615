"""The Salesforce connector against an org stand-in over HTTP: signing in, reading Cases, accounts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.auth import BearerToken
from connectors.salesforce.client import QueryPage
from connectors.salesforce.ids import short
from hub.errors import Forbidden, HubError, SignInFailed, Unavailable
from hub.model import SALESFORCE, ZENDESK, Attachment, AttachmentId, RemoteId, TicketId
from hub.operations import AddAttachment, Done
from hub.ports import Rejected, Webhook
from hub.replica import Cursor
from sandbox.faults import Fault
from tests.contract.salesforce_world import Heard, World, ids_of

QUERY = "GET /services/data/v66.0/query/"


@pytest.fixture
def world() -> World:
    return World()


def many(world: World, count: int, subject: str = "Case") -> list[str]:
    return [world.case(f"{subject} {n}") for n in range(count)]


# --- signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["credentials", "refresh", "jwt"])
def test_three_ways_to_sign_in_work(world: World, how: str) -> None:
    """Client credentials, a refresh token and a key each open the org; tokens are asked for by form."""
    world.connector = world.connect(world.sign_in(how))
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    asked = world.wire.requests[0]
    assert asked.url.path == "/services/oauth2/token"
    assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert "authorization" not in asked.headers


def test_a_given_access_token_works_at_once(world: World) -> None:
    """A token that somebody else looks after needs no sign-in."""
    world.connector = world.connect(BearerToken(world.told()["access_token"]))
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    assert all(one.url.path != "/services/oauth2/token" for one in world.wire.requests)


def test_every_call_says_who_we_are_and_assigns_nothing(world: World) -> None:
    """The headers that keep echoes recognisable and assignment rules quiet go with each call, describe too."""
    _ = world.read(world.read()[1])
    _ = world.connector.schema()
    calls = [one for one in world.wire.requests if "/services/data/" in one.url.path]
    assert calls
    for one in calls:
        assert one.headers["sforce-call-options"] == "client=support-sync-hub"
        assert one.headers["sforce-auto-assign"] == "FALSE"
        assert one.headers["sforce-mru"] == "updateMru=false"
        assert "gzip" in one.headers["accept-encoding"]


def test_calls_go_to_the_instance_that_the_sign_in_names(world: World) -> None:
    """A sign-in at the login host answers with the org's own address, and everything else goes there."""
    login = "https://login.salesforce.com"
    auth = world.sign_in("refresh", url=login)
    world.connector = world.connect(auth, url=login)
    case = world.case("Hello")
    seen = world.seen(case)
    hosts = {one.url.path.startswith("/services/oauth2/token"): one.url.host for one in world.wire.requests}
    assert hosts == {True: "login.salesforce.com", False: "sales.my.salesforce.com"}
    assert seen.url == f"https://sales.my.salesforce.com/lightning/r/Case/{case}/view"


class Sending(Heard):
    """A sign-in that was taken over: it answers well, and names another host for the calls."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path != "/services/oauth2/token":
            return response
        body = response.read().replace(b"https://sales.my.salesforce.com", b"https://sales.my.salesforce.com.evil.example")
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body, request=request)


def test_no_call_follows_a_sign_in_to_a_foreign_host(world: World) -> None:
    """Credentials go to our own host and to Salesforce's, wherever an answer points."""
    wire = Sending(world.sandbox, "salesforce")
    wire.requests = world.wire.requests
    world.wire = wire
    world.connector = world.connect()
    with pytest.raises(SignInFailed, match="not a host of its own"):
        _ = world.read()
    assert {one.url.host for one in world.wire.requests} == {"sales.my.salesforce.com"}


def test_a_rotated_refresh_token_is_kept_before_it_is_used(world: World) -> None:
    """When the first call goes out, the new refresh token is in the vault already."""
    kept: list[bool] = []
    auth = world.sign_in("refresh")
    world.connector = world.connect(auth)
    first = world.told()["refresh_token"]

    def look(_: object) -> None:
        (held,) = world.vault.held.values()
        kept.append(first not in held and "5Aep861" in held)

    world.faults.follow([Fault(before=look)], endpoint="*/describe")
    _ = world.read()
    assert kept == [True]
    # the next process goes on with what was kept
    world.clock.advance(3 * 3600)
    world.connector = world.connect(world.sign_in("refresh"))
    _ = world.read()


def test_a_lost_refresh_token_says_what_to_do_and_a_new_one_mends_it(world: World) -> None:
    """The answer to a refresh was lost, and with it the only good token: a person has to put a new one."""
    auth = world.sign_in("refresh")
    world.connector = world.connect(auth)
    _ = world.read()
    context = world.vendor.context
    context.sessions.refresh.clear()
    world.clock.advance(3 * 3600)
    with pytest.raises(SignInFailed, match="put a new refresh token into hub"):
        _ = world.read()
    fresh = context.sessions.grant(context.hub)
    world.connector = world.connect(world.sign_in("refresh", refresh_token=fresh))
    _ = world.read()


@pytest.mark.parametrize(
    ("setting", "options", "words"),
    [
        ({"unapproved_users": ["hub@sales.example"]}, {}, "pre-authorise"),
        ({}, {"audience": "https://example.com"}, "audience` in hub.toml"),
    ],
)
def test_a_refused_key_says_what_an_administrator_has_to_do(
    world: World, setting: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    """The two ways in which a signed assertion is usually refused are told by their cure."""
    world.settings.update(setting)
    world.connector = world.connect(world.sign_in("jwt", **options))
    with pytest.raises(SignInFailed, match=words):
        _ = world.read()


def test_a_key_that_is_none_is_a_mistake_in_the_settings(world: World) -> None:
    """A key that cannot be read is told as what it is; its text is not shown."""
    world.connector = world.connect(world.sign_in("jwt", key="s3cret"))
    with pytest.raises(HubError, match="RSA key in PEM") as error:
        _ = world.read()
    assert "s3cret" not in str(error.value)


def test_a_session_that_ended_is_renewed_once(world: World) -> None:
    """A 401 costs one new sign-in, and the run goes on."""
    _, cursor = world.read()
    case = world.case("Hello")
    world.clock.advance(3 * 3600)
    seen, _ = world.read(cursor)
    assert ids_of(seen) == [case]
    assert world.wire.asked().count("POST /services/oauth2/token") == 2


def test_a_person_lets_us_in_once(world: World) -> None:
    """`hub init`: an address for a browser, the answer that it brings back, and a token that rotates."""
    told = world.told()
    auth = world.sign_in("credentials", grant="refresh_token", client_secret=told["client_secret"])
    begun = auth.start("http://localhost:8788/callback")
    answer = world.wire.handle_request(httpx.Request("GET", begun.url))
    auth.finish(begun, answer.headers["location"])
    world.connector = world.connect(auth)
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    world.clock.advance(3 * 3600)
    assert world.raw(case)["Subject"] == "Hello"


# --- the budget ----------------------------------------------------------------------------------


def test_the_reserve_of_the_daily_budget_is_left_to_others(world: World) -> None:
    """The hub stops before the reserve, says how things stand, and has lost nothing."""
    _, cursor = world.read()
    world.settings["daily_limit"] = 10
    case = world.case("Hello")
    with pytest.raises(Unavailable, match=r"used \d+ of its 10 calls .*leaves 2 of them to others") as error:
        _ = [world.read(cursor) for _ in range(10)]
    assert "nothing is lost" in str(error.value)
    assert world.vendor.context.limits.used == 8
    world.clock.advance(25 * 3600)
    world.connector = world.connect()
    assert ids_of(world.read(cursor)[0]) == [case]


def test_a_budget_that_others_spent_pauses_this_side(world: World) -> None:
    """403 REQUEST_LIMIT_EXCEEDED is not a refusal of our credentials, and no reason to try again at once."""
    _, cursor = world.read()
    world.settings["daily_limit"] = 1
    world.connector = world.connect()
    before = len(world.wire.requests)
    with pytest.raises(Unavailable, match=r"last 24 hours are used up.*nothing is lost"):
        _ = world.read(cursor)
    assert len(world.wire.requests) - before == 1
    assert world.naps == []


def test_a_quota_of_our_app_is_counted_too(world: World) -> None:
    """`per-app-api-usage` stops us as well, without a reserve: nobody else may use it."""
    world.settings["app_quota"] = 4
    with pytest.raises(Unavailable, match="our app has used 4 of its 4 calls"):
        _ = [world.read() for _ in range(10)]


def test_too_many_long_calls_at_once_are_waited_out(world: World) -> None:
    """The concurrent limit frees in seconds: the call goes again, and only then the run pauses."""
    _, cursor = world.read()
    world.settings["too_many_at_once"] = True
    case = world.case("Hello")

    def free(_: object) -> None:
        world.settings["too_many_at_once"] = len(world.naps) < 2

    world.faults.always(Fault(before=free))
    assert ids_of(world.read(cursor)[0]) == [case]
    assert all(nap >= 5 for nap in world.naps)
    assert len(world.naps) == 2


@pytest.mark.parametrize(("status", "body"), [(420, b"<h1>We are setting things up</h1>"), (406, b"")])
def test_the_edge_is_not_the_org(world: World, status: int, body: bytes) -> None:
    """What stands before the org may answer for it for a while; its pages are not JSON."""
    _, cursor = world.read()
    case = world.case("Hello")
    inner, left = world.wire.handle_request, [2]

    def edge(request: httpx.Request) -> httpx.Response:
        if left[0]:
            left[0] -= 1
            return httpx.Response(status, content=body, request=request)
        return inner(request)

    world.wire.handle_request = edge
    assert ids_of(world.read(cursor)[0]) == [case]


# --- what changed --------------------------------------------------------------------------------


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


# --- fields --------------------------------------------------------------------------------------


def test_raw_fields_are_spelt_for_the_hub(world: World) -> None:
    """Numbers without needless fractions, instants in UTC, lists as lists, people as people."""
    account = world.make("Account", Name="Shop")
    contact = world.make("Contact", LastName="Lee", FirstName="Ann", Email="Ann@Shop.example", AccountId=account)
    case = world.case(
        ContactId=contact, Affected_Users__c=12, Revenue_at_Risk__c=99.5, Components__c="Web;Backend",
        SLA_Due__c="2026-06-01T10:00:00.000+0000", Go_Live_Date__c="2026-07-01", Description="a\r\nb",
    )  # fmt: skip
    raw = world.raw(case)
    assert raw["Affected_Users__c"] == 12
    assert isinstance(raw["Affected_Users__c"], int)
    assert raw["Revenue_at_Risk__c"] == 99.5
    assert raw["Components__c"] == ["Backend", "Web"]
    assert raw["SLA_Due__c"] == "2026-06-01T10:00:00Z"
    assert raw["Go_Live_Date__c"] == "2026-07-01"
    assert raw["Description"] == "a\nb"
    assert raw["Customer_Blocked__c"] is False
    assert raw["requester"] == {"email": "ann@shop.example", "name": "Ann Lee"}
    assert raw["owner"]["email"].endswith("@sales.example")
    assert raw["queue"] is None
    assert "attributes" not in raw


def test_a_queue_owns_as_a_queue_and_a_web_case_is_from_whom_it_says(world: World) -> None:
    """Owner is a person or a queue; without a contact the Case itself says whom it is from."""
    queues = world.vendor.state.rows["Group"]
    queue = next(key for key, row in queues.items() if row["Name"] == "Escalations")
    raw = world.raw(world.case(OwnerId=queue, SuppliedEmail="Bo@Shop.example", SuppliedName="Bo"))
    assert (raw["owner"], raw["queue"]) == (None, "Escalations")
    assert raw["requester"] == {"email": "bo@shop.example", "name": "Bo"}


def test_a_hidden_field_is_simply_not_there(world: World) -> None:
    """Field-level security takes a field out of the schema and of what is read, and stops nothing."""
    case = world.case(Severity__c="S1")
    _, cursor = world.read()
    assert "Severity__c" in world.connector.schema().fields
    _ = world.person("permit", user="hub@sales.example", object="Case", field="Severity__c", access="none")
    world.clock.advance(5)
    world.edit(case, Subject="Another")
    (seen,), cursor = world.read(cursor)
    assert seen.raw and "Severity__c" not in seen.raw
    assert "Severity__c" not in world.connector.schema().fields


def test_a_field_that_is_hidden_between_description_and_query_is_left_out(world: World) -> None:
    """The query is refused for one column; the object is described anew, and the rest is read."""
    case = world.case(Severity__c="S1")
    _, cursor = world.read()
    world.edit(case, Subject="Another")

    def hide(_: object) -> None:
        _ = world.person("permit", user="hub@sales.example", object="Case", field="Severity__c", access="none")

    world.faults.follow([Fault(before=hide)], endpoint="*/composite")
    (seen,), _ = world.read(cursor)
    assert seen.raw
    assert "Severity__c" not in seen.raw
    assert seen.raw["Subject"] == "Another"


def test_comments_that_we_may_not_read_are_not_called_complete(world: World) -> None:
    """A lost right must not look as if everybody had taken back what they said."""
    case = world.case()
    _ = world.person("comment", record=case, body="Good day")
    _ = world.person("permit", user="hub@sales.example", object="CaseComment", field="CommentBody", access="none")
    seen = world.seen(case)
    assert seen.comments == ()
    assert not seen.comments_complete
    assert "CaseComment cannot be read" in world.connector.schema().fields["requester"].detail


# --- looking -------------------------------------------------------------------------------------


def test_a_case_is_found_by_either_form_of_its_id_and_by_its_number(world: World) -> None:
    """15 characters, 18, and the number as people write it name the same Case."""
    case = world.case()
    number = world.raw(case)["CaseNumber"]
    names = [case, short(case), number, f"#{number.lstrip('0')}", case.lower()[:15] + case[15:]]
    found = world.connector.fetch(names)
    assert {one.remote_id for one in found.values()} == {case}
    assert list(found) == names
    assert {one.label for one in found.values()} == {number}


def test_what_is_not_there_says_how(world: World) -> None:
    """Deleted, merged away, or never seen: each is told apart, and a strange name harms nothing."""
    one, two, three, four = many(world, 4)
    _ = world.person("delete", record=one)
    _ = world.person("merge", into=two, others=[three])
    _ = world.person("delete", record=four)
    found = world.connector.fetch([one, three, "500Hs00000000ZZ", "99999", "' OR Name != '", "500' OR '1'='1"])
    assert [seen.gone.how for seen in found.values() if seen.gone] == [
        "deleted", "merged", "absent", "absent", "absent", "absent",
    ]  # fmt: skip
    assert found[three].gone and found[three].gone.into == two


def test_our_own_cases_are_found_by_their_keys(world: World) -> None:
    """A key names at most one Case; keys with quotes in them are only keys."""
    key = TicketId("zendesk:7")
    case = world.case(Support_Hub_Key__c=key)
    _ = world.case(Support_Hub_Key__c="zendesk:8")
    found = world.connector.find([key, TicketId("zendesk:' OR Id != '"), TicketId("Zendesk:7")])
    assert {name: seen.remote_id for name, seen in found.items()} == {key: case}
    assert found[key].key == key


def test_without_the_key_field_nothing_is_found_nor_made_twice(world: World) -> None:
    """An org without the package cannot be searched for our Cases: that is an error, not an empty answer."""
    _ = world.person(
        "permit", user="hub@sales.example", object="Case", field="Support_Hub_Key__c", access="none"
    )
    with pytest.raises(Forbidden, match="hub provision salesforce"):
        _ = world.connector.find([TicketId("zendesk:7")])


def test_our_mark_counts_only_on_what_we_wrote(world: World) -> None:
    """Anybody can type our mark; only our own user's comment is ours by it."""
    case = world.case()
    body = "Good day\n\n[hub:zendesk:7:1]"
    _ = world.person("comment", record=case, body=body, by="dana@sales.example")
    _ = world.person("comment", record=case, body=body, by="hub@sales.example")
    typed, ours = world.seen(case).comments
    assert (typed.key, typed.body) == (None, body)
    assert (ours.key, ours.body) == ("zendesk:7:1", "Good day")


def test_the_schema_says_what_can_be_written(world: World) -> None:
    """Types, options, limits and rights, as the org describes them to our user."""
    schema = world.connector.schema()
    severity, area = schema.fields["Severity__c"], schema.fields["Workaround__c"]
    assert (severity.type, [one.value for one in severity.options]) == ("choice", ["S1", "S2", "S3", "S4"])
    assert "restricted" in severity.detail
    assert (area.type, area.limit) == ("long", 32768)
    assert schema.fields["Components__c"].type == "choices"
    assert schema.fields["Go_Live_Date__c"].type == "date"
    assert schema.fields["SLA_Due__c"].type == "instant"
    assert schema.fields["requester"].type == "person"
    assert not schema.fields["CaseNumber"].writable
    assert schema.limits["comment"] == 4000
    assert schema.me == world.told()["user_id"]


def test_values_that_a_record_type_lacks_are_told(world: World) -> None:
    """With several record types, the schema says which values cannot be had in which."""
    org = world.vendor.state
    kinds = [
        org.add("RecordType", {"Name": name, "DeveloperName": name, "SobjectType": "Case", "IsActive": True},
                org.admin_id)["Id"]
        for name in ("Support", "Internal")
    ]  # fmt: skip
    inner = world.wire.handle_request

    def narrow(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        if not request.url.path.endswith(f"/picklist-values/{kinds[1]}"):
            return response
        body = json.loads(response.read())
        severity = body["picklistFieldValues"]["Severity__c"]
        severity["values"] = [one for one in severity["values"] if one["value"] != "S1"]
        return httpx.Response(200, json=body, request=request)

    world.wire.handle_request = narrow
    schema = world.connector.schema()
    assert "'S1' is not in record type Internal" in schema.fields["Severity__c"].detail
    assert len(schema.fields["Severity__c"].options) == 4
    assert "record type" not in schema.fields["Status"].detail


def test_a_description_that_did_not_change_is_not_sent_again(world: World) -> None:
    """`If-Modified-Since` makes a description cheap within a process."""
    _, cursor = world.read()
    _, cursor = world.read(cursor)
    asked = [one for one in world.wire.requests if one.url.path.endswith("/describe")]
    assert [("if-modified-since" in one.headers) for one in asked] == [False, True]


def test_a_list_of_fields_that_is_too_long_for_an_address_goes_another_way(world: World) -> None:
    """An org with hundreds of fields is read as any other: addresses end at 16 KB, bodies do not."""
    from sandbox.salesforce.objects.defs import text  # noqa: PLC0415

    for n in range(500):
        world.vendor.state.add_field("Case", text(f"A_field_with_a_rather_long_name_{n:03}__c", 255))
    case = world.case(A_field_with_a_rather_long_name_499__c="here")
    seen, _ = world.read()
    assert ids_of(seen) == [case]
    assert seen[0].raw and seen[0].raw["A_field_with_a_rather_long_name_499__c"] == "here"


# --- accounts ------------------------------------------------------------------------------------


def test_accounts_and_contacts_are_read_and_then_what_changed(world: World) -> None:
    """A first reading shows all; a later one what changed; nothing new costs two calls."""
    account = world.make("Account", Name="Shop", Domains__c="shop.example, @shop.test", Website="www.Store.example/x")
    contact = world.make("Contact", LastName="Lee", Email="Ann@Shop.example", AccountId=account)
    accounts, contacts, cursor = world.read_accounts()
    (seen,) = [one for one in accounts if one.remote_id == account]
    assert seen.domains == ("shop.example", "shop.test", "store.example")
    (lee,) = [one for one in contacts if one.remote_id == contact]
    assert (lee.account, lee.email, lee.name) == (account, "ann@shop.example", "Lee")
    world.edit(account, Name="Shop & Co")
    accounts, contacts, cursor = world.read_accounts(cursor)
    assert [one.name for one in accounts] == ["Shop & Co"]
    assert contacts == []
    world.pass_time()
    _, _, cursor = world.read_accounts(cursor)
    before = world.calls()
    assert world.read_accounts(cursor)[:2] == ([], [])
    assert world.calls() - before == 2


@pytest.mark.parametrize("pages", [1, 3, 5])
def test_a_first_reading_of_accounts_that_broke_off_goes_on(world: World, pages: int) -> None:
    """In the middle of the accounts or of the contacts: what was stored is not read again, nothing is left out."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 2
    accounts = [world.make("Account", Name=f"Shop {n}") for n in range(5)]
    contacts = [world.make("Contact", LastName=f"Lee {n}", AccountId=accounts[n]) for n in range(5)]
    begun = world.connector.account_changes(None)
    first = [next(begun) for _ in range(pages)]
    rest, people, _ = world.read_accounts(first[-1].cursor)
    assert [one.remote_id for page in first for one in page.accounts] + [one.remote_id for one in rest] == accounts
    assert [one.remote_id for page in first for one in page.contacts] + [one.remote_id for one in people] == contacts


def test_an_opportunity_shows_its_account_again(world: World) -> None:
    """Renewal, open opportunities and their worth are made of other records, which have stamps of their own."""
    account = world.make("Account", Name="Shop")
    _, _, cursor = world.read_accounts()
    world.pass_time()
    _, _, cursor = world.read_accounts(cursor)
    deal = {"AccountId": account, "StageName": "Prospecting", "CurrencyIsoCode": "USD"}
    _ = world.make("Opportunity", Name="R", Type="Renewal", CloseDate="2026-12-10", Amount=100_000, **deal)
    upsell = world.make("Opportunity", Name="U", Type="Upsell", CloseDate="2026-11-01", Amount=20_000, **deal)
    (seen,), _, cursor = world.read_accounts(cursor)
    assert seen.raw
    assert seen.raw["renewal"] == "2026-12-10"
    assert seen.raw["opportunities"] == "2 open, 120,000 USD, next closes 2026-11-01"
    assert seen.raw["open_opportunities"] == 2
    world.edit(upsell, StageName="Closed Won")
    (seen,), _, cursor = world.read_accounts(cursor)
    assert seen.raw and seen.raw["open_opportunities"] == 1


def test_a_contract_says_when_an_account_renews_where_no_opportunity_does(world: World) -> None:
    """The nearest end of an activated contract that is not over."""
    account = world.make("Account", Name="Shop")
    contract = world.make("Contract", AccountId=account, StartDate="2026-01-01", ContractTerm=12, Status="Draft")
    assert _account(world, account)["renewal"] is None
    world.edit(contract, Status="Activated")
    assert str(_account(world, account)["renewal"]).startswith("2026-12")


def _account(world: World, account: str) -> Any:
    seen = world.connector.fetch_accounts([RemoteId(account)])[RemoteId(account)]
    assert seen.raw is not None
    return seen.raw


def test_merged_and_deleted_accounts_are_followed(world: World) -> None:
    """An account that was merged names the one it is now part of; contacts that moved are shown again."""
    one, two, three = (world.make("Account", Name=name) for name in ("One", "Two", "Three"))
    contact = world.make("Contact", LastName="Lee", Email="lee@two.example", AccountId=two)
    _, _, cursor = world.read_accounts()
    _ = world.person("merge", into=one, others=[two])
    _ = world.person("delete", record=three)
    accounts, contacts, cursor = world.read_accounts(cursor)
    gone = {seen.remote_id: seen.gone for seen in accounts if seen.gone}
    assert (gone[two].how, gone[two].into) == ("merged", one)
    assert gone[three].how == "deleted"
    assert [(seen.remote_id, seen.account) for seen in contacts] == [(contact, one)]
    looked = world.connector.fetch_accounts([one, two, three, RemoteId("001Hs00000000ZZ"), RemoteId("?")])
    assert [seen.gone.how if seen.gone else "" for seen in looked.values()] == [
        "", "merged", "deleted", "absent", "absent",
    ]  # fmt: skip


def test_re_parenting_is_a_change(world: World) -> None:
    """An account that gets a parent is shown with it."""
    one, two = (world.make("Account", Name=name) for name in ("One", "Two"))
    _, _, cursor = world.read_accounts()
    _ = world.person("reparent", record=two, parent=one)
    (seen,), _, _ = world.read_accounts(cursor)
    assert (seen.remote_id, seen.parent) == (two, one)


def test_a_lookup_to_a_colleague_is_that_person(world: World) -> None:
    """The customer success manager comes as a person, not as an id."""
    users = world.vendor.state.rows["User"]
    csm = next(key for key, row in users.items() if row["Email"] == "csm1@sales.example")
    account = world.make("Account", Name="Shop", CSM__c=csm)
    assert _account(world, account)["CSM__c"] == {
        "id": csm, "name": "Carla Stone", "email": "csm1@sales.example",
    }  # fmt: skip
    schema = world.connector.account_schema()
    assert schema.fields["CSM__c"].type == "person"
    assert not schema.fields["renewal"].writable


@pytest.mark.parametrize("sobject", ["Opportunity", "Contract"])
def test_an_org_that_hides_opportunities_goes_on_and_says_so(world: World, sobject: str) -> None:
    """Without the right, computed fields lack what they are made of; the schema says why."""
    account = world.make("Account", Name="Shop")
    _ = world.vendor.state.objects.pop(sobject)
    _ = world.vendor.state._names.pop(sobject.lower())
    accounts, _, cursor = world.read_accounts()
    assert account in {seen.remote_id for seen in accounts}
    world.edit(account, Name="Shop & Co")
    (seen,), _, _ = world.read_accounts(cursor)
    assert seen.name == "Shop & Co"
    world.connector = world.connect()
    assert f"may not read {sobject}" in world.connector.account_schema().fields["renewal"].detail


def test_an_account_without_a_currency_is_an_account(world: World) -> None:
    """A single-currency org has no currency field at all; sums then have no code."""
    world = World()
    world.settings["multi_currency"] = False
    _ = world.vendor.seed("empty")
    world.connector = world.connect()
    account = world.make("Account", Name="Shop", ARR__c=1000)
    _ = world.make(
        "Opportunity", Name="R", Type="Renewal", CloseDate="2026-12-10", Amount=5, AccountId=account,
        StageName="Prospecting",
    )  # fmt: skip
    raw = _account(world, account)
    assert "CurrencyIsoCode" not in raw
    assert raw["opportunities"] == "1 open, 5, next closes 2026-12-10"


# --- what is pushed ------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["outbound_messages", "change_data_capture"])
def test_what_the_org_pushes_is_a_hint(world: World, setting: str) -> None:
    """A message of the stand-in names the Case that changed; SOAP is answered by what Salesforce expects."""
    secret = "a secret of some length"
    world.connector = world.connect(webhook_secret=secret, org_id=world.told()["org_id"])
    pushed: list[Any] = []
    world.vendor.outbox._send = pushed.append
    world.settings[setting] = [{"url": f"http://127.0.0.1/webhooks/salesforce/{secret}", "object": "Case"}]
    case = world.case()
    _ = world.raw(case)  # messages leave with the next answer
    (message,) = pushed
    path = urlsplit(message.url).path
    headers = {name.lower(): value for name, value in message.headers.items()}
    webhook = Webhook("POST", path, headers, message.body, 0.0)
    (hint,) = world.connector.verify(webhook)
    assert hint.remote_id == case
    soap = setting == "outbound_messages"
    assert (world.connector.acknowledgement(webhook) is not None) == soap
    with pytest.raises(Rejected):
        _ = world.connector.verify(Webhook("POST", "/webhooks/salesforce/guess", headers, message.body, 0.0))


# --- whatever happens ----------------------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from([
        "create", "create", "edit", "edit", "comment", "delete", "undelete", "merge", "second", "minute", "hour",
        "lag", "no lag", "read", "read", "read a page", "expire",
    ]),
    max_size=25,
)  # fmt: skip


@settings(max_examples=40)
@given(steps=STEPS, data=st.data())
def test_whatever_happens_the_feed_ends_up_where_the_org_is(steps: list[str], data: st.DataObject) -> None:
    """Edits, deletions, late commits, ended sessions and readings that break off, in any order."""
    world = World()
    world.settings["page_size"] = world.settings["long_text_page_size"] = 3
    watcher = Watcher(world)
    for step in steps:
        watcher.do(step, data)
    world.settings["commit_lag"] = 0
    world.clock.advance(600)  # what was to be committed late is there now
    watcher.do("read", data)
    watcher.do("read", data)  # a pass that broke off shows what changed since only after it is done
    assert watcher.shown == watcher.true()


class Watcher:
    """Does what people do, reads the feed as it comes, and remembers what it showed last of each Case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cases: list[str] = []
        self.shown: dict[str, Any] = {}
        self.cursor: Cursor | None = None
        self.made = 0

    def do(self, step: str, data: st.DataObject) -> None:
        world = self.world
        if step in {"second", "minute", "hour"}:
            world.clock.advance({"second": 1, "minute": 60, "hour": 3600}[step])
        elif step in {"lag", "no lag"}:
            world.settings["commit_lag"] = 300 if step == "lag" else 0
        elif step == "expire":
            world.clock.advance(60)
            world.vendor.expire_tokens()
        elif step in {"read", "read a page"}:
            self.read(whole=step == "read")
        elif step == "create":
            self.made += 1
            self.cases.append(world.case(f"Case {self.made}"))
        elif self.cases:
            self.act(step, data.draw(st.sampled_from(self.cases)))

    def act(self, step: str, case: str) -> None:
        self.made += 1
        try:
            if step == "edit":
                self.world.edit(case, Subject=f"Edit {self.made}")
            elif step == "comment":
                _ = self.world.person("comment", record=case, body=f"Said {self.made}")
            elif step == "merge":
                _ = self.world.person("merge", into=self.cases[0], others=[case])
            else:
                _ = self.world.person(step, record=case)
        except (LookupError, ValueError):  # it is deleted, or not; it is itself; not committed yet
            pass

    def read(self, *, whole: bool) -> None:
        for page in self.world.connector.changes(self.cursor):
            for seen in page.observations:
                self.shown[seen.remote_id] = (
                    (seen.gone.how, seen.gone.into)
                    if seen.gone or seen.raw is None
                    else (seen.raw["Subject"], sorted(one.body for one in seen.comments))
                )  # type: ignore[union-attr]
            self.cursor = page.cursor
            if not whole:
                return

    def true(self) -> dict[str, Any]:
        """What the org has now, and what of it could ever be seen."""
        rows = self.world.vendor.state.rows
        found: dict[str, Any] = {}
        for key, row in rows["Case"].items():
            if row.get("IsDeleted"):
                into = row.get("MasterRecordId")
                if key in self.shown:  # what was made and deleted between two readings need not be shown
                    found[key] = ("merged", into) if into else ("deleted", None)
                continue
            said = [
                one["CommentBody"]
                for one in rows["CaseComment"].values()
                if one["ParentId"] == key and not one.get("IsDeleted")
            ]
            found[key] = (row["Subject"], sorted(said))
        return found

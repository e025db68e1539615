"""The real connector against the Zendesk stand-in: what the hub may rely on, call by call."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest

from connectors.auth import BasicAuth
from connectors.http import Http
from connectors.zendesk.connector import ZendeskConnector
from hub.errors import Forbidden, SignInFailed
from hub.model import (
    ZENDESK,
    Attachment,
    AttachmentId,
    CommentId,
    Person,
    RemoteId,
    TicketId,
)
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)
from hub.ports import Webhook
from hub.replica import Cursor, Observation
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

START = 1_780_000_000.0


class Unpaced:
    """A budget without limits."""

    def take(self, endpoint: str, target: str = "") -> None:
        del endpoint, target

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        del endpoint, status, headers


class Shelf:
    """Files of another system."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def open(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        content = self.files.get(attachment.remote_id)
        if content is None:
            raise FileNotFoundError(attachment.name)
        yield (content[at : at + 1000] for at in range(0, len(content), 1000))


class World:
    """A stand-in account with a frozen clock, and a connector to it."""

    def __init__(self, kind: str = "empty", **params: Any) -> None:
        self.clock = Clock(START)
        self.sandbox = Sandbox(self.clock, ["zendesk"])
        self.vendor = self.sandbox.vendors["zendesk"]
        self.seeded = self.vendor.seed(kind, **params)
        self.faults = self.sandbox.faults["zendesk"]
        self.shelf = Shelf()
        self.naps: list[float] = []
        self.connector = self.connect()
        self.fields = {
            field.title: f"cf:{field.id}"
            for field in self.vendor.state.ticket_fields.values()
            if not field.system
        }

    def connect(self, *, secret: str | None = None, **options: Any) -> ZendeskConnector:
        told = self.vendor.describe("http://acme.test", "https://acme.test")
        http = Http(
            "http://acme.test",
            system="zendesk",
            auth=BasicAuth(f"{told['email']}/token", secret or told["api_token"]),
            budget=Unpaced(),
            transport=InProcess(self.sandbox, "zendesk"),
            sleep=self.nap,
        )
        return ZendeskConnector(http, files=self.shelf, sleep=self.nap, **options)

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        return self.vendor.person(action, **params)

    def ticket(self, subject: str = "Broken", **fields: Any) -> RemoteId:
        return RemoteId(str(self.person("create", subject=subject, **fields)["ticket"]))

    def raw(self, ticket: RemoteId) -> Mapping[str, Any]:
        seen = self.connector.fetch([ticket])[ticket]
        assert seen.raw is not None
        return seen.raw

    def settle(self) -> None:
        """Let the last minute pass, which exports hold back."""
        self.clock.advance(61)

    def read(self, cursor: Cursor | None = None) -> tuple[list[Observation], Cursor]:
        self.settle()
        pages = list(self.connector.changes(cursor))
        return [seen for page in pages for seen in page.observations], pages[-1].cursor

    def calls(self) -> int:
        return sum(self.connector.calls().values())

    def do(self, *operations: Operation) -> list[Outcome]:
        """Execute, and check that each operation is answered exactly once."""
        outcomes = dict(self.connector.execute(operations))
        assert sorted(outcomes) == list(range(len(operations)))
        return [outcomes[n] for n in range(len(operations))]

    def update(self, ticket: RemoteId, expect: str = "", **changes: Any) -> UpdateReplica:
        named = {self.fields.get(k.replace("_", " "), k): v for k, v in changes.items()}
        return UpdateReplica(ZENDESK, TicketId("t"), ticket, expect, named)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connector.close()


def whole(seen: list[Observation], ticket: RemoteId) -> list[Observation]:
    return [one for one in seen if one.remote_id == ticket]


def say(ticket: RemoteId, body: str, key: str = "jira:1", **more: Any) -> AddComment:
    options: dict[str, Any] = {"public": False, "audience": "internal", **more}
    return AddComment(
        ZENDESK, TicketId("t"), ticket, CommentId(key), body,
        author=Person("1", "Eve", "eve@eng.example"), created_at="2026-05-28T00:00:00Z", **options,
    )  # fmt: skip


def file(name: str, content: bytes, shelf: Shelf, size: int | None = None) -> Attachment:
    shelf.files[name] = content
    return Attachment(
        AttachmentId(f"jira:{name}"), name, "text/plain", len(content) if size is None else size,
        "internal", ZENDESK, RemoteId(name), RemoteId("SUP-1"),
    )  # fmt: skip


# -- reading ---------------------------------------------------------------------------------------


class TestChanges:
    def test_a_first_read_shows_tickets_with_comments_and_descriptions(self, world: World) -> None:
        ticket = world.ticket("Login fails", body="It **does not** work")
        world.clock.advance(5)
        _ = world.person("comment", ticket=int(ticket), html_body="<p>On <b>it</b></p>", public=False)
        seen, _ = world.read()
        first, last = whole(seen, ticket)
        assert first.raw is None
        assert [(c.body, c.public) for c in first.comments] == [("On **it**", False)]
        assert last.raw is not None
        assert last.raw["subject"] == "Login fails"
        assert "does not" in last.raw["description"]
        assert last.comment_count == 2
        assert last.label == f"#{ticket}"
        assert last.version == last.raw["updated_at"]
        assert last.url.endswith(f"/agent/tickets/{ticket}")

    def test_nothing_changed_costs_two_calls(self, world: World) -> None:
        _ = world.ticket()
        _, cursor = world.read()
        before = world.calls()
        seen, again = world.read(cursor)
        assert seen == []
        assert world.calls() - before == 2
        assert world.read(again)[0] == []

    def test_a_fresh_process_goes_on_from_the_cursor(self, world: World) -> None:
        """The cursor holds all there is to know: another connector reads only what is new."""
        _ = world.ticket("old")
        _, cursor = world.read()
        world.connector = world.connect()
        new = world.ticket("new", body="fresh")
        seen, _ = world.read(cursor)
        assert {it.remote_id for it in seen} == {new}
        assert seen[-1].raw is not None
        assert seen[-1].raw["description"].count("fresh") == 1

    def test_an_old_ticket_comes_without_its_description(self, world: World) -> None:
        """It never changes, and the record has it only as plain text: absent means not shown."""
        ticket = world.ticket()
        world.clock.advance(1000)
        _ = world.ticket("later")
        _, cursor = world.read()
        _ = world.person("set", ticket=int(ticket), priority="high")
        before = world.calls()
        seen, _ = world.read(cursor)
        assert seen[0].raw is not None
        assert "description" not in seen[0].raw
        assert world.calls() - before == 2

    def test_a_death_between_the_feeds_loses_no_description(self, world: World) -> None:
        tickets = [world.ticket(f"n{n}", body=f"text {n}") for n in range(30)]
        world.settle()
        page = next(iter(world.connector.changes(None)))
        world.connector = world.connect()
        seen, _ = world.read(page.cursor)
        shown = {it.remote_id: it.raw["description"] for it in seen if it.raw}
        assert {t: f"text {n}" in shown[t] for n, t in enumerate(tickets)} == dict.fromkeys(tickets, True)
        assert world.connector.calls().get("GET /api/v2/tickets/{id}/comments") is None

    def test_a_single_unknown_description_is_fetched(self, world: World) -> None:
        ticket = world.ticket(body="the text")
        world.settle()
        page = next(iter(world.connector.changes(None)))
        world.connector = world.connect()
        seen, _ = world.read(page.cursor)
        assert seen[-1].remote_id == ticket
        assert seen[-1].raw is not None
        assert "the text" in seen[-1].raw["description"]

    def test_many_in_one_second_are_each_seen(self, world: World) -> None:
        """A second that spans pages is read whole, and nothing of it twice."""
        tickets = [world.ticket(f"n{n}") for n in range(1203)]
        seen, cursor = world.read()
        assert sorted(int(it.remote_id) for it in seen if it.raw) == sorted(map(int, tickets))
        assert all("description" in it.raw for it in seen if it.raw)
        assert world.read(cursor)[0] == []

    def test_deleted_scrubbed_and_merged_tickets_are_gone(self, world: World) -> None:
        gone, scrubbed, source, target = (world.ticket(n) for n in ("a", "b", "c", "d"))
        _, cursor = world.read()
        _ = world.person("delete", ticket=int(gone))
        _ = world.person("delete_forever", ticket=int(scrubbed))
        _ = world.person("merge", target=int(target), sources=[int(source)])
        seen, _ = world.read(cursor)
        found = {it.remote_id: it.gone for it in seen if it.raw is not None}
        assert found[gone] is not None
        assert found[gone].how == "deleted"
        assert found[scrubbed] is not None
        assert found[scrubbed].how == "scrubbed"
        assert found[source] is not None
        assert (found[source].how, found[source].into) == ("merged", target)
        assert found[target] is None

    def test_redaction_and_privacy_show_the_thread_anew(self, world: World) -> None:
        ticket = world.ticket()
        one = world.person("comment", ticket=int(ticket), body="secret 4711 here")["comment"]
        two = world.person("comment", ticket=int(ticket), body="oops, not for customers")["comment"]
        three = world.person("comment", ticket=int(ticket), body="all of this")["comment"]
        _, cursor = world.read()
        _ = world.person("redact", comment=one, text="4711")
        _ = world.person("make_private", comment=two)
        _ = world.person("redact", comment=three)
        seen, _ = world.read(cursor)
        thread = next(it for it in seen if it.comments_complete)
        assert [c.public for c in thread.comments] == [True, False, True]
        assert "4711" not in thread.comments[0].body
        assert [c.redacted for c in thread.comments] == [False, False, True]

    def test_attachments_come_with_their_comment(self, world: World) -> None:
        ticket = world.ticket()
        _ = world.person("attach", ticket=int(ticket), name="log.txt", data=b"hello", public=False)
        seen, _ = world.read()
        attachments = [a for it in seen for a in it.attachments]
        assert [(a.name, a.size, a.public, a.by_hub) for a in attachments] == [("log.txt", 5, False, False)]
        assert attachments[0].comment == seen[0].comments[-1].id

    def test_typed_values(self, world: World) -> None:
        ticket = world.ticket()
        wrote = world.do(world.update(
            ticket, Affected_users=12, Revenue_at_risk=99.5, Customer_blocked=True,
            Components=["comp_web", "comp_data"], **{"cf:nothing": 1},
        ))  # fmt: skip
        assert isinstance(wrote[0], Done)
        raw = world.raw(ticket)
        field = world.fields
        assert raw[field["Affected users"]] == 12
        assert raw[field["Revenue at risk"]] == 99.5
        assert raw[field["Customer blocked"]] is True
        assert raw[field["Needs engineering"]] is False
        assert raw[field["Components"]] == ["comp_data", "comp_web"]
        assert raw[field["Go-live date"]] is None

    def test_without_admin_rights_reading_is_forbidden(self, world: World) -> None:
        _ = world.person("set_role", user="hub@support.example", role="agent")
        with pytest.raises(Forbidden, match="administrator"):
            _ = world.read()

    def test_wrong_credentials(self, world: World) -> None:
        world.connector = world.connect(secret="wrong")
        with pytest.raises(SignInFailed):
            _ = world.read()


def test_ten_thousand_tickets_with_comments_cost_pages_only() -> None:
    world = World("bulk", tickets=3000, comments=2)
    seen, _ = world.read()
    tickets = [it for it in seen if it.raw is not None]
    assert len(tickets) >= 3000
    assert sum(len(it.comments) for it in seen) >= 3000
    assert all("description" in (it.raw or {}) for it in tickets)
    assert world.calls() < 40, world.connector.calls()


class TestFetch:
    def test_by_number_or_label(self, world: World) -> None:
        ticket = world.ticket("x", body="first words")
        _ = world.person("comment", ticket=int(ticket), body="second")
        seen = world.connector.fetch([f"#{ticket}", ticket, "999999", "nonsense"], whole=True)
        assert seen[ticket] == seen[f"#{ticket}"]
        assert seen[ticket].comments_complete
        assert [c.body for c in seen[ticket].comments] == ["second"]
        assert "first words" in (seen[ticket].raw or {})["description"]
        assert seen["999999"].gone is not None
        assert seen["999999"].gone.how == "absent"
        assert seen["nonsense"].gone is not None

    def test_a_deleted_ticket_is_told_from_an_absent_one(self, world: World) -> None:
        ticket = world.ticket()
        _ = world.person("delete", ticket=int(ticket))
        gone = world.connector.fetch([ticket])[ticket].gone
        assert gone is not None
        assert gone.how == "deleted"

    def test_a_hundred_a_call(self, world: World) -> None:
        tickets = [world.ticket(f"n{n}") for n in range(150)]
        _ = world.raw(tickets[0])
        before = world.calls()
        assert len(world.connector.fetch(tickets)) == 150
        assert world.calls() - before == 2

    def test_long_threads_are_read_to_the_end(self, world: World) -> None:
        ticket = world.ticket()
        for n in range(230):
            _ = world.person("comment", ticket=int(ticket), body=f"c{n}")
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert [c.body for c in seen.comments] == [f"c{n}" for n in range(230)]

    def test_organization_fields_and_sla(self) -> None:
        world = World("demo")
        rows = [t for t in world.vendor.state.tickets.values() if t.organization_id and t.deleted is None]
        raw = world.raw(RemoteId(str(rows[0].id)))
        organization = world.vendor.state.organizations[rows[0].organization_id]
        assert raw["organization.name"] == organization.name
        assert raw["organization"]["id"] == raw["organization.id"]
        assert "organization.tier" in raw
        assert raw["requester"]["email"]


# -- writing ---------------------------------------------------------------------------------------


class TestUpdates:
    def test_one_write_answers_with_the_record(self, world: World) -> None:
        ticket = world.ticket()
        version = world.connector.fetch([ticket])[ticket].version
        world.clock.advance(10)
        done = world.do(world.update(ticket, version, priority="high", Affected_users=3))[0]
        assert isinstance(done, Done)
        assert done.raw == {"priority": "high", world.fields["Affected users"]: 3}
        assert done.version > version
        assert done.refused == {}

    def test_a_stale_write_is_not_done(self, world: World) -> None:
        tickets = [world.ticket(f"n{n}") for n in range(4)]
        versions = {t: world.connector.fetch([t])[t].version for t in tickets}
        world.clock.advance(10)
        for ticket in tickets:
            _ = world.person("set", ticket=int(ticket), priority="low")
        assert isinstance(world.do(world.update(tickets[0], versions[tickets[0]], priority="high"))[0], Stale)
        bulk = world.do(*(world.update(t, versions[t], priority="high") for t in tickets))
        assert all(isinstance(outcome, Stale) for outcome in bulk)
        assert {world.raw(t)["priority"] for t in tickets} == {"low"}

    def test_many_writes_are_few_calls(self, world: World) -> None:
        tickets = [world.ticket(f"n{n}") for n in range(250)]
        operations: list[Operation] = []
        for ticket in tickets:
            operations += [world.update(ticket, subject="new"), say(ticket, "hello", f"k{ticket}")]
        before = world.calls()
        outcomes = world.do(*operations)
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert world.calls() - before <= 3 + 4
        assert all(n > 0 for n in world.naps)
        assert {world.raw(t)["subject"] for t in tickets[:3]} == {"new"}
        seen = world.connector.fetch(tickets[:1], whole=True)[tickets[0]]
        assert [(c.body, c.key, c.public) for c in seen.comments] == [("hello", f"k{tickets[0]}", False)]

    def test_comments_of_one_ticket_keep_their_order(self, world: World) -> None:
        tickets = [world.ticket(f"n{n}") for n in range(3)]
        asked = [say(t, f"c{n}", f"{t}-{n}") for n in range(4) for t in tickets]
        assert all(isinstance(o, Done) for o in world.do(*asked))
        for ticket in tickets:
            seen = world.connector.fetch([ticket], whole=True)[ticket]
            assert [c.body for c in seen.comments] == ["c0", "c1", "c2", "c3"]

    def test_one_refused_field_does_not_hold_back_the_others(self, world: World) -> None:
        for count in (1, 5):
            tickets = [world.ticket(priority="low") for _ in range(count)]
            asked = [
                world.update(t, subject="fine", Order_reference="nonsense", description="x",
                             assignee={"email": "nobody@nowhere.example"})
                for t in tickets
            ]  # fmt: skip
            for ticket, outcome in zip(tickets, world.do(*asked), strict=True):
                assert isinstance(outcome, Done)
                assert set(outcome.refused) == {world.fields["Order reference"], "description", "assignee"}
                assert "nobody@nowhere.example" in outcome.refused["assignee"]
                assert world.raw(ticket)["subject"] == "fine"

    def test_a_required_field_refuses_the_status_only(self, world: World) -> None:
        _ = world.person("require_field", field="Product area")
        ticket = world.ticket()
        done = world.do(world.update(ticket, subject="s", status="solved",
                                     assignee={"email": "hub@support.example"}))[0]  # fmt: skip
        assert isinstance(done, Done)
        assert set(done.refused) == {"status"}
        assert world.raw(ticket)["subject"] == "s"

    def test_people_and_groups_by_address_and_name(self, world: World) -> None:
        ticket = world.ticket()
        agent = next(u for u in world.vendor.state.users.values() if u.role != "end-user" and u.email)
        group = next(iter(world.vendor.state.groups.values()))
        done = world.do(world.update(ticket, assignee={"email": agent.email}, group=group.name))[0]
        assert isinstance(done, Done)
        assert done.raw is not None
        assert done.raw["assignee"]["email"] == agent.email
        assert done.raw["group"] == {"id": str(group.id), "name": group.name}

    def test_tags_of_others_stay(self, world: World) -> None:
        """Without a version only the difference is sent, so a tag added meanwhile is kept."""
        ticket = world.ticket(tags=["a", "b"])
        asked = UpdateReplica(
            ZENDESK, TicketId("t"), ticket, "", {"tags": ["a", "c"]}, before={"tags": ["a", "b"]}
        )
        _ = world.person("set", ticket=int(ticket), additional_tags=["theirs"])
        world.clock.advance(1)
        assert isinstance(world.do(asked)[0], Done)
        assert world.raw(ticket)["tags"] == ["a", "c", "theirs"]

    def test_a_closed_ticket_takes_tags_only(self, world: World) -> None:
        ticket = world.ticket(tags=["a"])
        _ = world.person("close", ticket=int(ticket))
        blind = world.do(world.update(ticket, subject="x"), say(ticket, "y"))
        assert [type(o) for o in blind] == [Refused, Refused]
        assert {o.code for o in blind if isinstance(o, Refused)} == {"closed"}
        closed = UpdateReplica(
            ZENDESK, TicketId("t"), ticket, "v", {"tags": ["a", "z"], "subject": "x"},
            before={"tags": ["a"]}, closed=True,
        )  # fmt: skip
        done = world.do(closed)[0]
        assert isinstance(done, Done)
        assert set(done.refused) == {"subject"}
        assert world.raw(ticket)["tags"] == ["a", "z"]
        only = UpdateReplica(ZENDESK, TicketId("t"), ticket, "v", {"subject": "x"}, closed=True)
        refused = world.do(only)[0]
        assert isinstance(refused, Refused)
        assert refused.code == "closed"

    def test_a_ticket_that_is_not_there(self, world: World) -> None:
        tickets = [world.ticket() for _ in range(3)]
        outcomes = world.do(*(world.update(t, subject="x") for t in [*tickets, RemoteId("99999")]))
        assert [type(o) for o in outcomes] == [Done, Done, Done, Refused]
        single = world.do(world.update(RemoteId("99999"), subject="x"))[0]
        assert isinstance(single, Refused)
        assert single.code == "gone"


class TestComments:
    def test_one_comment_is_shown_as_it_was_taken(self, world: World) -> None:
        ticket = world.ticket()
        done = world.do(say(ticket, "Hello **there**\n\n- a\n- b", public=True))[0]
        assert isinstance(done, Done)
        assert done.comment is not None
        assert (done.comment.body, done.comment.public) == ("Hello **there**\n\n- a\n- b", True)
        assert done.comment.key == "jira:1"
        seen, _ = world.read()
        assert done.comment in [c for it in seen for c in it.comments]

    def test_a_long_comment_is_cut_and_its_whole_text_attached(self, world: World) -> None:
        ticket = world.ticket()
        text = "\n\n".join(f"Paragraph {n} *with* words" for n in range(5000))
        done = world.do(say(ticket, text))[0]
        assert isinstance(done, Done)
        assert "comment" in done.cut
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert "Paragraph 0 " in seen.comments[0].body
        assert "full-text.md" in seen.comments[0].body
        assert seen.attachments == ()
        state = world.vendor.state.tickets[int(ticket)].comments[-1]
        assert state.attachments[0].data.decode() == text

    def test_files_travel_with_the_comment(self, world: World) -> None:
        ticket = world.ticket()
        one = file("a.txt", b"x" * 5000, world.shelf)
        lost = Attachment(AttachmentId("jira:b"), "b.txt", "", 3, "internal", ZENDESK, RemoteId("b"), RemoteId("1"))
        done = world.do(say(ticket, "see", attachments=(one, lost)))[0]
        assert isinstance(done, Done)
        assert done.attachments == {one.id: sha256(b"x" * 5000).hexdigest()}
        assert set(done.refused) == {f"attachment:{lost.id}"}
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert [(a.name, a.key, a.by_hub, a.size) for a in seen.attachments] == [("a.txt", one.id, True, 5000)]

    def test_a_file_alone_comes_as_a_note_that_is_no_comment(self, world: World) -> None:
        ticket = world.ticket()
        files = [file(f"{n}.txt", b"abc", world.shelf) for n in range(2)]
        done = world.do(*(AddAttachment(ZENDESK, TicketId("t"), ticket, it) for it in files))
        assert all(isinstance(o, Done) and o.attachment for o in done)
        seen, _ = world.read()
        assert [a.key for it in seen for a in it.attachments] == [it.id for it in files]
        assert all(a.comment is None for it in seen for a in it.attachments)
        assert [c for it in seen for c in it.comments] == []

    def test_a_file_that_is_too_large_is_refused_before_and_while_streaming(self, world: World) -> None:
        ticket = world.ticket()
        world.connector = world.connect(attachment_limit=1000)
        for told in (5000, 10):
            it = file("big.bin", b"x" * 5000, world.shelf, size=told)
            refused = world.do(AddAttachment(ZENDESK, TicketId("t"), ticket, it))[0]
            assert isinstance(refused, Refused)
            assert refused.code == "too_large"

    def test_removing_hides_and_editing_is_refused(self, world: World) -> None:
        ticket = world.ticket()
        done = world.do(say(ticket, "x", public=True))[0]
        assert isinstance(done, Done)
        assert done.comment is not None
        number = done.comment.id
        edit = EditComment(ZENDESK, TicketId("t"), ticket, number, CommentId("jira:1"), "y")
        assert isinstance(world.do(edit)[0], Refused)
        remove = RemoveComment(ZENDESK, TicketId("t"), ticket, number, CommentId("jira:1"))
        assert isinstance(world.do(remove)[0], Done)
        assert not world.connector.fetch([ticket], whole=True)[ticket].comments[0].public
        reference = SetReference(ZENDESK, TicketId("t"), ticket, "g", "https://x", "SUP-1")
        assert isinstance(world.do(reference)[0], Refused)


class TestCreations:
    def ask(self, key: str, **raw: Any) -> CreateReplica:
        return CreateReplica(
            ZENDESK, TicketId(key), TicketId(key), {"subject": key, "description": "<p>Hi</p>", **raw},
            requester=Person("", "Kim", "kim@new.example"),
        )  # fmt: skip

    @pytest.mark.parametrize("count", [1, 5, 130])
    @pytest.mark.parametrize("quiet", [False, True])
    def test_created_tickets_carry_their_key(self, world: World, count: int, quiet: bool) -> None:
        keys = [f"jira:{n}" for n in range(count)]
        asked = [self.ask(key, priority="high") for key in keys]
        if quiet:
            asked = [CreateReplica(a.system, a.ticket_id, a.key, a.raw, a.requester, quiet=True) for a in asked]
        outcomes = world.do(*asked)
        found = world.connector.find([TicketId(k) for k in keys[:5]] + [TicketId("jira:none")])
        assert set(found) == set(keys[:5])
        for key, outcome in zip(keys[:5], outcomes, strict=False):
            assert isinstance(outcome, Done)
            seen = found[TicketId(key)]
            assert (seen.remote_id, seen.key) == (outcome.remote_id, key)
            assert seen.raw is not None
            assert (seen.raw["subject"], seen.raw["priority"]) == (key, "high")
            assert seen.raw["requester"]["email"] == "kim@new.example"

    def test_its_first_comment_is_its_description(self, world: World) -> None:
        done = world.do(self.ask("jira:1"))[0]
        assert isinstance(done, Done)
        assert done.raw is not None
        assert "<p" in done.raw["description"]
        seen, _ = world.read()
        assert [c for it in seen for c in it.comments] == []
        assert "Hi" in (seen[-1].raw or {})["description"]

    def test_a_lost_answer_creates_no_second_ticket(self, world: World) -> None:
        _ = world.faults.always("lost", endpoint="POST /api/v2/tickets", times=1)
        done = world.do(self.ask("jira:1"))[0]
        assert isinstance(done, Done)
        assert len(world.vendor.state.tickets) == 1

    def test_a_refused_field_does_not_prevent_the_ticket(self, world: World) -> None:
        field = world.fields["Order reference"]
        for count in (1, 4):
            outcomes = world.do(*(self.ask(f"jira:{count}-{n}", **{field: "bad"}) for n in range(count)))
            assert all(isinstance(o, Done) and set(o.refused) == {field} for o in outcomes), outcomes

    def test_undo_deletes(self, world: World) -> None:
        done = world.do(self.ask("jira:1"))[0]
        assert isinstance(done, Done)
        gone = DeleteReplica(ZENDESK, TicketId("jira:1"), done.remote_id)
        assert [type(o) for o in world.do(gone)] == [Done]
        assert [type(o) for o in world.do(gone)] == [Done]


class TestFates:
    def test_a_lost_answer_to_a_comment_is_in_doubt(self, world: World) -> None:
        ticket = world.ticket()
        _ = world.faults.always("lost", endpoint="PUT /api/v2/tickets/*", times=1)
        outcomes = world.do(say(ticket, "x"), say(ticket, "y", "jira:2"))
        assert [type(o) for o in outcomes] == [Unanswered, Retryable]
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert [c.key for c in seen.comments] == ["jira:1"]

    def test_a_lost_bulk_call_is_in_doubt(self, world: World) -> None:
        tickets = [world.ticket() for _ in range(3)]
        _ = world.faults.always("lost", endpoint="PUT /api/v2/tickets/update_many", times=1)
        assert {type(o) for o in world.do(*(say(t, "x", f"k{t}") for t in tickets))} == {Unanswered}

    @pytest.mark.parametrize("fate", ["killed", "failed"])
    def test_a_job_that_dies_is_in_doubt(self, world: World, fate: str) -> None:
        tickets = [world.ticket() for _ in range(3)]
        world.vendor.settings["job_fate"] = fate
        assert {type(o) for o in world.do(*(say(t, "x", f"k{t}") for t in tickets))} == {Unanswered}

    def test_slow_jobs_are_waited_for(self, world: World) -> None:
        tickets = [world.ticket() for _ in range(3)]
        world.vendor.settings |= {"job_delay": 40, "job_looks": 0, "job_seconds": 40}
        assert {type(o) for o in world.do(*(say(t, "x", f"k{t}") for t in tickets))} == {Done}
        assert len(world.naps) < 20

    def test_more_jobs_than_the_account_runs(self, world: World) -> None:
        world.vendor.settings |= {"job_delay": 5, "job_looks": 0, "job_seconds": 5}
        tickets = [world.ticket() for _ in range(350)]
        outcomes = world.do(*(world.update(t, subject="x") for t in tickets * 1))
        assert {type(o) for o in outcomes} == {Done}


# -- files and webhooks ----------------------------------------------------------------------------


class TestFiles:
    def stored(self, world: World) -> Attachment:
        ticket = world.ticket()
        _ = world.person("attach", ticket=int(ticket), name="log.txt", data=b"hello" * 100_000)
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        it = seen.attachments[0]
        return Attachment(
            AttachmentId("z"), it.name, it.content_type, it.size, "internal", ZENDESK, it.id, ticket, it.url
        )

    def test_bytes_are_streamed(self, world: World) -> None:
        stored = self.stored(world)
        with world.connector.open(stored) as chunks:
            assert b"".join(chunks) == b"hello" * 100_000
        nameless = Attachment(
            stored.id, stored.name, "", 0, "internal", ZENDESK, stored.remote_id, stored.on
        )
        with world.connector.open(nameless) as chunks:
            assert len(b"".join(chunks)) == 500_000

    def test_a_foreign_host_never_sees_credentials(self, world: World) -> None:
        world.vendor.settings["content_host"] = "https://files.elsewhere.test"
        with world.connector.open(self.stored(world)) as chunks:
            assert sum(map(len, chunks)) == 500_000
        assert world.vendor.settings["leaked_credentials"] == 0

    def test_a_file_that_is_not_there(self, world: World) -> None:
        stored = self.stored(world)
        missing = Attachment(
            stored.id, "x", "", 0, "internal", ZENDESK, RemoteId("5"), stored.on,
            stored.url.replace("token/", "token/no"),
        )  # fmt: skip
        with pytest.raises(FileNotFoundError), world.connector.open(missing):
            pass


def test_the_schema_names_what_observations_show() -> None:
    """Every field of a ticket's record is described, under the same id."""
    world = World("demo")
    schema = world.connector.schema()
    raw = world.connector.fetch(["1"], whole=True)["1"].raw
    assert raw is not None
    assert set(raw) - {"updated_at", "sla:next_breach_at"} <= set(schema.fields)
    severity = schema.named("severity")[0]
    assert severity.type == "choice"
    assert ("sev_1", "S1 - Down") in [(o.value, o.label) for o in severity.options]
    assert schema.named("organization.tier")[0].type == "choice"
    assert not schema.fields["description"].writable
    assert {o.label for o in schema.fields["group"].options} >= {"Support", "Tier 2"}
    assert schema.limits["attachment"] == 50 * 1024 * 1024
    assert schema.me


def test_the_schema_is_not_read_anonymously(world: World) -> None:
    world.connector = world.connect(secret="wrong")
    with pytest.raises(SignInFailed):
        _ = world.connector.schema()


def test_the_stand_ins_webhooks_are_hints(world: World) -> None:
    secret = "s3cret"
    world.connector = world.connect(webhook_secret=secret)
    body = b'{"type":"zen:event-type:ticket.status_changed","subject":"zen:ticket:12","id":"e1"}'
    stamp = "2026-05-28T20:26:40Z"
    signature = base64.b64encode(hmac.new(secret.encode(), stamp.encode() + body, sha256).digest())
    headers = {
        "x-zendesk-webhook-signature": signature.decode(),
        "x-zendesk-webhook-signature-timestamp": stamp,
        "x-zendesk-webhook-invocation-id": "i1",
    }
    hints = world.connector.verify(Webhook("POST", "/", headers, body, START))
    assert [(h.remote_id, h.delivery) for h in hints] == [("12", "i1")]



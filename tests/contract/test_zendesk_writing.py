"""Writing to Zendesk by the real connector: every operation, every fate, and the truth about both."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Unavailable
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
from tests.contract.zendesk_world import Vague, World, file, say


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connector.close()


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

    @pytest.mark.parametrize("count", [1, 4])
    def test_a_refusal_that_names_no_field_is_found_out_field_by_field(
        self, world: World, count: int
    ) -> None:
        tickets = [world.ticket() for _ in range(count)]
        world.wire = Vague
        world.connector = world.connect()
        asked: list[Operation] = []
        for ticket in tickets:
            asked += [
                world.update(ticket, subject="fine", priority="high", Order_reference="bad"),
                say(ticket, "hello", f"k{ticket}"),
            ]
        outcomes = world.do(*asked)
        for ticket, updated, said in zip(tickets, outcomes[::2], outcomes[1::2], strict=True):
            assert isinstance(updated, Done)
            assert set(updated.refused) == {world.fields["Order reference"]}
            assert isinstance(said, Done)
            assert (world.raw(ticket)["subject"], world.raw(ticket)["priority"]) == ("fine", "high")
            seen = world.connector.fetch([ticket], whole=True)[ticket]
            assert [c.key for c in seen.comments] == [f"k{ticket}"]

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
        lost = Attachment(
            AttachmentId("jira:b"), "b.txt", "", 3, "internal", ZENDESK, RemoteId("b"), RemoteId("1")
        )
        done = world.do(say(ticket, "see", attachments=(one, lost)))[0]
        assert isinstance(done, Done)
        assert done.attachments == {one.id: sha256(b"x" * 5000).hexdigest()}
        assert set(done.refused) == {f"attachment:{lost.id}"}
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert [(a.name, a.key, a.by_hub, a.size) for a in seen.attachments] == [
            ("a.txt", one.id, True, 5000)
        ]

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
        world.connector = world.connect(redact_removed=True)
        assert isinstance(world.do(remove)[0], Done)
        seen = world.connector.fetch([ticket], whole=True)[ticket]
        assert seen.comments[0].redacted
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
            asked = [
                CreateReplica(a.system, a.ticket_id, a.key, a.raw, a.requester, quiet=True) for a in asked
            ]
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

    def test_an_answer_that_is_no_json_leaves_a_write_in_doubt(self, world: World) -> None:
        ticket = world.ticket()
        _ = world.faults.always("html", writes=True, times=1)
        assert isinstance(world.do(say(ticket, "x"))[0], Unanswered | Retryable)

    def test_a_busy_system_is_waited_for(self, world: World) -> None:
        tickets = [world.ticket() for _ in range(3)]
        _ = world.faults.always("throttle", writes=True, times=2)
        assert {type(o) for o in world.do(*(world.update(t, subject="x") for t in tickets))} == {Done}

    def test_more_jobs_than_the_account_runs(self, world: World) -> None:
        world.vendor.settings |= {"job_delay": 5, "job_looks": 0, "job_seconds": 5}
        tickets = [world.ticket() for _ in range(350)]
        outcomes = world.do(*(world.update(t, subject="x") for t in tickets))
        assert {type(o) for o in outcomes} == {Done}


FATES = st.lists(
    st.sampled_from(["ok", "ok", "fail", "fail_500", "lost", "lost_before", "throttle", "html"]), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(FATES, st.lists(st.integers(0, 4), min_size=1, max_size=9), st.booleans())
def test_whatever_happens_on_the_way_the_outcomes_tell_the_truth(
    fates: list[str], targets: list[int], writes: bool
) -> None:
    """
    Done was done once, refused and retryable not at all, unanswered at most once, in order.

    If the system fails for good, what was not answered was not asked.
    """
    world = World()
    tickets = [world.ticket(f"n{n}") for n in range(5)]
    operations = [say(tickets[n], f"c{at}", f"key-{at}") for at, n in enumerate(targets)]
    world.faults.follow(fates, writes=writes)
    outcomes: dict[int, Outcome] = {}
    try:
        for index, outcome in world.connector.execute(operations):
            assert index not in outcomes
            outcomes[index] = outcome
    except Unavailable:
        pass
    else:
        assert len(outcomes) == len(operations)
    world.faults.clear()
    seen = world.connector.fetch(tickets, whole=True)
    shown = {t: [c.key for c in seen[t].comments] for t in tickets}
    for at, operation in enumerate(operations):
        times = shown[operation.remote_id].count(operation.key)
        match outcomes.get(at):
            case Done():
                assert times == 1
            case Unanswered():
                assert times <= 1
            case _:
                assert times == 0
    for keys in shown.values():
        assert keys == sorted(keys, key=lambda key: int(str(key).removeprefix("key-")))
    world.connector.close()


@settings(max_examples=40, deadline=None)
@given(FATES, st.integers(1, 5), st.booleans())
def test_whatever_happens_no_ticket_is_created_twice(fates: list[str], count: int, writes: bool) -> None:
    """Done is one ticket, unanswered at most one, anything else none; `find` tells which."""
    world = World()
    asked = [
        CreateReplica(ZENDESK, TicketId(f"jira:{n}"), TicketId(f"jira:{n}"), {"subject": f"n{n}"})
        for n in range(count)
    ]
    world.faults.follow(fates, writes=writes)
    outcomes: dict[int, Outcome] = {}
    try:
        outcomes = dict(world.connector.execute(asked))
    except Unavailable:
        return  # `dict` lost what was yielded; the other property looks at that
    finally:
        world.faults.clear()
    made = [ticket.external_id for ticket in world.vendor.state.tickets.values()]
    found = world.connector.find([it.key for it in asked])
    for at, operation in enumerate(asked):
        times = made.count(operation.key)
        assert times == (operation.key in found)
        outcome = outcomes[at]
        assert times == 1 if isinstance(outcome, Done) else times <= isinstance(outcome, Unanswered)
    world.connector.close()

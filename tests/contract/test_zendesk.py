"""Reading Zendesk by the real connector: what the hub may rely on, call by call."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from hashlib import sha256

import pytest
from msgspec import structs

from connectors.zendesk import place
from hub.errors import Forbidden, SignInFailed
from hub.model import (
    ZENDESK,
    Attachment,
    AttachmentId,
    RemoteId,
)
from hub.operations import (
    Done,
)
from hub.ports import Webhook
from hub.replica import Cursor
from sandbox.zendesk import records
from tests.contract.zendesk_world import START, World, whole


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connector.close()


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

    def test_the_last_minute_is_shown_before_its_export(self, world: World) -> None:
        """The exports hold a minute back; the record of a new ticket is seen at once, and only once."""
        world.vendor.settings["export_delay"] = 60
        world.clock.advance(300)
        _, cursor = world.read()
        ticket = world.person("create", subject="new")["ticket"]
        pages = list(world.connector.changes(cursor))
        seen = [it for page in pages for it in page.observations]
        assert [(it.remote_id, it.early) for it in seen] == [(str(ticket), True)]
        pages = list(world.connector.changes(pages[-1].cursor))
        assert [it for page in pages for it in page.observations] == []
        seen, _ = world.read(pages[-1].cursor)
        assert {(it.remote_id, it.early) for it in seen} == {(str(ticket), False)}

    def test_nothing_changed_costs_three_calls(self, world: World) -> None:
        _ = world.ticket()
        _, cursor = world.read()
        before = world.calls()
        seen, again = world.read(cursor)
        assert seen == []
        assert world.calls() - before == 3
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
        assert world.calls() - before == 3

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

    def test_a_cursor_that_is_not_taken_any_more_is_replaced(self, world: World) -> None:
        """Zendesk may forget a cursor: reading goes on a little before the last complete read."""
        _ = world.ticket("old")
        _, cursor = world.read()
        broken = place.write(structs.replace(place.read(cursor), after="bm8="))
        new = world.ticket("new")
        seen, again = world.read(broken)
        assert new in {it.remote_id for it in seen if it.raw}
        assert world.read(again)[0] == []

    def test_a_text_that_is_no_cursor(self, world: World) -> None:
        with pytest.raises(ValueError, match="not a Zendesk cursor"):
            _ = world.connector.changes(Cursor("x"))

    def test_many_people_at_once_are_read_by_the_thousand(self, world: World) -> None:
        for n in range(300):
            email = f"c{n}@many.example"
            _ = world.vendor.state.add_user(
                records.User(
                    id=world.vendor.state.new_id(),
                    name=f"C{n}",
                    email=email,
                    role="end-user",
                    created=int(START),
                    updated=int(START),
                    generated=0,
                )
            )
            _ = world.person("create", subject=f"s{n}", requester=email)
            _ = world.person("reply", ticket=n + 1, body="more")
        seen, _ = world.read()
        authors = {c.author.email for it in seen for c in it.comments}
        assert authors == {f"c{n}@many.example" for n in range(300)}
        assert "GET /api/v2/users/show_many" not in world.connector.calls()

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
        found = {it.remote_id: it.gone for it in seen if it.version}
        assert next(it for it in seen if it.remote_id == scrubbed and it.version).raw is None
        assert "status" not in (next(it for it in seen if it.remote_id == gone and it.version).raw or {})
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


def test_the_demo_account_is_read_whole() -> None:
    """Every live ticket of a realistic account, its thread the same by both ways of reading."""
    world = World("demo")
    seen, cursor = world.read()
    state = world.vendor.state
    shown = {it.remote_id: it for it in seen if it.version}
    assert {int(n) for n, it in shown.items() if it.gone is None} <= set(state.tickets)
    assert set(shown) == {str(n) for n in state.tickets}
    said: dict[RemoteId, list[str]] = {}
    for it in seen:
        said.setdefault(it.remote_id, []).extend(c.id for c in it.comments)
    some = [n for n, it in shown.items() if it.gone is None][:40]
    for number, whole_ticket in world.connector.fetch(some, whole=True).items():
        assert sorted(said[RemoteId(number)]) == sorted(c.id for c in whole_ticket.comments)
        assert (whole_ticket.raw or {})["description"] == (shown[RemoteId(number)].raw or {})["description"]
    assert world.read(cursor)[0] == []


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
        nameless = Attachment(stored.id, stored.name, "", 0, "internal", ZENDESK, stored.remote_id, stored.on)
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

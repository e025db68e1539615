"""The mail connector keeps the contract of any connector: feed, looks, keys, operations, files, nudges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.email.connector import EmailConnector
from connectors.email.door import open_mailbox
from connectors.email.house import House
from connectors.email.server import Server
from hub.errors import HubError, Unavailable
from hub.model import EMAIL, Attachment, AttachmentId, CommentId, Person, RemoteId, TicketId
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
    SetReference,
    Stale,
    UpdateReplica,
)
from hub.replica import Cursor, Observation
from hub.store import SqlStore, open_store
from sandbox.clock import Clock
from sandbox.email import Email
from tests.unit.store.conftest import url

__all__ = ["url"]

KIM = "kim@customer.example"
KEY = TicketId("zendesk:7")


class Desk:
    """A connector on a mailbox of its own, and a customer."""

    def __init__(self, store_url: str) -> None:
        self.clock = Clock()
        self.clock.freeze(1_760_000_000.0)
        self.mail = Email(self.clock)
        _ = self.mail.__enter__()
        self.store: SqlStore = open_store(store_url, now=self.now)
        self.files: dict[str, bytes] = {}
        self.connector = self.open()

    def now(self) -> str:
        from datetime import UTC, datetime  # noqa: PLC0415

        return datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def open(self, **options: Any) -> EmailConnector:
        where = self.mail.where
        servers = [
            Server(where[n]["host"], where[n]["port"], where[n]["user"], "none", where[n]["password"])
            for n in ("imap", "smtp")
        ]
        house = House(where["address"], "Acme Support", (b"a key for tests",), "hub-1")
        groups = {where["address"]: "Support"}
        return open_mailbox(
            self.store, house, *servers, now=self.now, groups=groups, files=_Files(self.files), **options
        )

    def write(self, **draft: Any) -> None:
        self.clock.advance(1)
        _ = self.mail.person("write", **{"from": f"Kim <{KIM}>", "subject": "Printer", "body": "It burns.", **draft})

    def read(self, cursor: Cursor | None = None) -> tuple[list[Observation], Cursor]:
        pages = list(self.connector.changes(cursor))
        return [o for page in pages for o in page.observations], pages[-1].cursor

    def read_until_it_fails(self) -> tuple[list[Observation], HubError | None]:
        seen: list[Observation] = []
        try:
            for page in self.connector.changes(None):
                seen += page.observations
        except HubError as error:
            return seen, error
        return seen, None

    def do(self, *operations: Operation) -> list[Outcome]:
        return [outcome for _, outcome in sorted(self.connector.execute(operations), key=lambda pair: pair[0])]

    def got(self, address: str = KIM) -> list[Any]:
        return self.mail.person("inbox", address=address)["mails"]

    def begun(self) -> Observation:
        self.write()
        [seen], _ = self.read()
        return seen

    def close(self) -> None:
        self.connector.close()
        self.store.close()
        self.mail.close()


class _Files:
    def __init__(self, held: dict[str, bytes]) -> None:
        self._held = held

    def open(self, attachment: Attachment) -> Any:
        from contextlib import contextmanager  # noqa: PLC0415

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            if attachment.id not in self._held:
                raise Unavailable("down")
            yield iter([self._held[attachment.id]])

        return opened()


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    desk = Desk(url)
    yield desk
    desk.close()


def said(on: RemoteId, key: str = "zendesk:7:1", body: str = "Pull the *plug*.", **more: Any) -> AddComment:
    agent = Person("9", "Maya", "maya@acme.example")
    fields = {"created_at": "2026-01-01T00:00:00Z", "public": True, "audience": "public", **more}
    return AddComment(EMAIL, KEY, on, CommentId(key), body, author=agent, **fields)  # type: ignore[arg-type]


def create(**more: Any) -> CreateReplica:
    raw = {"subject": "Refund", "requester": {"email": KIM}, "status": "open", "followers": ["Bo@customer.example"]}
    return CreateReplica(EMAIL, KEY, KEY, {**raw, **more})


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


class TestFeed:
    def test_a_mail_is_a_replica(self, desk: Desk) -> None:
        desk.write(cc=["Bo <bo@customer.example>"], files=[{"name": "a.txt", "content": "hello"}])
        [seen], _ = desk.read()
        assert (seen.remote_id, seen.label, seen.key) == ("1", "mail-1", None)
        assert seen.raw is not None
        assert {**seen.raw, "description": ""} == {
            "subject": "Printer", "description": "", "status": "open",
            "requester": {"email": KIM, "name": "Kim"}, "followers": ["bo@customer.example"],
            "group": "Support", "channel": "email", "language": seen.raw["language"],
            "recipients": ["bo@customer.example", "support@helpdesk.example"], "merged_into": None,
        }  # fmt: skip
        assert (seen.comments, seen.comments_complete, seen.attachments_complete) == ((), True, True)
        [file] = seen.attachments
        assert (file.name, file.size, file.public, file.comment, file.by_hub) == ("a.txt", 5, True, None, False)

    def test_the_cursor_resumes_and_repeats_nothing_that_is_stored(self, desk: Desk) -> None:
        for n in range(3):
            desk.write(subject=f"Mail {n}")
        first, cursor = desk.read()
        assert [o.remote_id for o in first] == ["1", "2", "3"]
        assert desk.read(cursor) == ([], cursor)
        again, _ = desk.read()
        assert [o.remote_id for o in again] == ["1", "2", "3"]
        desk.write(subject="Mail 3")
        [last], later = desk.read(cursor)
        assert last.raw is not None and last.raw["subject"] == "Mail 3"
        assert int(later) > int(cursor)

    def test_a_cursor_that_is_not_ours(self, desk: Desk) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            desk.read(Cursor("yesterday"))

    def test_there_is_a_page_though_nothing_is_there(self, desk: Desk) -> None:
        assert len(list(desk.connector.changes(None))) == 1

    def test_what_is_there_is_shown_before_a_server_is_told_to_be_down(self, desk: Desk) -> None:
        desk.write()
        _ = desk.read()
        desk.connector.close()
        desk.mail.faults.follow(["lost_before"] * 9, endpoint="IMAP CONNECT")
        seen, error = desk.read_until_it_fails()
        assert [o.label for o in seen] == ["mail-1"]
        assert isinstance(error, Unavailable)

    def test_two_accounts_are_one_mailbox(self, desk: Desk) -> None:
        """What lies in both is heard once; one that is down does not stop the other."""
        where = desk.mail.where["imap"]
        other = Server(where["host"], where["port"], where["user"], "none", "wrong password")
        desk.connector.close()
        desk.connector = desk.open(also=[other])
        desk.write()
        seen, error = desk.read_until_it_fails()
        assert [o.label for o in seen] == ["mail-1"]
        assert "did not accept the password" in str(error)


class TestLooks:
    def test_by_number_and_by_label(self, desk: Desk) -> None:
        seen = desk.begun()
        assert desk.connector.fetch(["1", "mail-1"]) == {"1": seen, "mail-1": seen}

    @pytest.mark.parametrize("name", ["9", "mail-9", "SUP-1", "mail-", "", "-1", "١", "mailbox INBOX"])
    def test_what_is_not_there(self, desk: Desk, name: str) -> None:
        found = desk.connector.fetch([name], whole=True)[name]
        assert found.gone is not None and found.raw is None

    def test_what_the_hub_began_is_found_by_its_key(self, desk: Desk) -> None:
        [made] = desk.do(create())
        found = desk.connector.find([KEY, TicketId("zendesk:8")])
        assert found.keys() == {KEY}
        assert (found[KEY].remote_id, found[KEY].key) == (done(made).remote_id, KEY)


class TestConversations:
    def test_one_key_makes_one(self, desk: Desk) -> None:
        first, again = desk.do(create(), create())
        assert done(first).remote_id == done(again).remote_id
        seen = desk.connector.fetch([done(first).remote_id])[done(first).remote_id]
        assert seen.raw is not None
        assert (seen.raw["channel"], seen.raw["followers"]) == (None, ["bo@customer.example"])

    @pytest.mark.parametrize("who", [None, {"email": ""}, {"id": "12"}, "Kim"])
    def test_nobody_to_write_to(self, desk: Desk, who: Any) -> None:
        [refused] = desk.do(create(requester=who))
        assert isinstance(refused, Refused)
        assert "the ticket's requester has no e-mail address" in refused.reason

    def test_a_write_names_the_version_that_it_was_planned_on(self, desk: Desk) -> None:
        seen = desk.begun()
        solve = UpdateReplica(EMAIL, KEY, seen.remote_id, seen.version, {"status": "solved"})
        [solved] = desk.do(solve)
        assert done(solved).raw is not None and done(solved).raw["status"] == "solved"  # type: ignore[index]
        assert desk.do(replace(solve, changes={"status": "hold"})) == [Stale("a mail came meanwhile")]
        [later] = desk.do(replace(solve, expect=done(solved).version, changes={"status": "hold"}))
        assert isinstance(later, Done)

    def test_what_it_has_no_field_for_is_refused_alone(self, desk: Desk) -> None:
        seen = desk.begun()
        changes = {"subject": "Other", "status": "nonsense", "followers": ["bo@customer.example"]}
        [outcome] = desk.do(UpdateReplica(EMAIL, KEY, seen.remote_id, "", changes))
        assert done(outcome).refused.keys() == {"subject", "status"}
        assert done(outcome).raw is not None and done(outcome).raw["followers"] == ["bo@customer.example"]  # type: ignore[index]

    def test_only_what_the_hub_began_is_taken_back(self, desk: Desk) -> None:
        seen = desk.begun()
        [made] = desk.do(create())
        theirs, ours = desk.do(
            DeleteReplica(EMAIL, KEY, seen.remote_id), DeleteReplica(EMAIL, KEY, done(made).remote_id)
        )
        assert isinstance(theirs, Refused) and isinstance(ours, Done)
        gone = desk.connector.fetch([done(made).remote_id])[done(made).remote_id].gone
        assert gone is not None and gone.how == "deleted"

    def test_no_such_conversation(self, desk: Desk) -> None:
        for operation in (
            UpdateReplica(EMAIL, KEY, RemoteId("9"), "", {"status": "open"}),
            said(RemoteId("9")),
            RemoveComment(EMAIL, KEY, RemoteId("9"), RemoteId("1"), CommentId("k")),
            DeleteReplica(EMAIL, KEY, RemoteId("9")),
        ):
            [refused] = desk.do(operation)
            assert isinstance(refused, Refused) and refused.code == "no_such"

    def test_what_people_could_not_see_is_done_by_doing_nothing(self, desk: Desk) -> None:
        seen = desk.begun()
        [done_] = desk.do(SetReference(EMAIL, KEY, seen.remote_id, "g", "https://x.example", "SUP-1"))
        assert isinstance(done_, Done)
        [refused] = desk.do(EditComment(EMAIL, KEY, seen.remote_id, RemoteId("1"), CommentId("k"), "x"))
        assert isinstance(refused, Refused)


class TestComments:
    def test_said_once_however_often_it_is_asked(self, desk: Desk) -> None:
        seen = desk.begun()
        first, again = desk.do(said(seen.remote_id), said(seen.remote_id))
        assert done(first).comment == done(again).comment
        assert [m["text"].strip() for m in desk.got()] == ["Pull the plug."]
        shown = desk.connector.fetch(["1"])["1"]
        assert [(c.key, c.body, c.public) for c in shown.comments] == [("zendesk:7:1", "Pull the *plug*.", True)]

    @pytest.mark.parametrize("how", [{"public": False, "audience": "internal"}, {"audience": "internal"}])
    def test_only_what_is_public_is_ever_sent(self, desk: Desk, how: Any) -> None:
        seen = desk.begun()
        [refused] = desk.do(said(seen.remote_id, **how))
        assert isinstance(refused, Refused) and refused.code == "forbidden"
        assert desk.got() == []

    @pytest.mark.parametrize("how", [{"quiet": True}, {"created_at": "2025-01-01T00:00:00Z"}])
    def test_old_news_is_told_to_nobody(self, desk: Desk, how: Any) -> None:
        """It stands in the conversation, so that it is not asked for again."""
        seen = desk.begun()
        [outcome] = desk.do(said(seen.remote_id, **how))
        assert done(outcome).comment is not None
        assert desk.got() == []
        assert desk.connector.outbox.counts() == {"withheld": 1}

    def test_what_has_left_cannot_be_taken_back(self, desk: Desk) -> None:
        seen = desk.begun()
        [sent] = desk.do(said(seen.remote_id))
        assert done(sent).comment is not None
        back = RemoveComment(EMAIL, KEY, seen.remote_id, RemoteId("1"), CommentId("zendesk:7:1"))
        [refused] = desk.do(back)
        assert isinstance(refused, Refused) and "cannot be taken back" in refused.reason

    def test_what_waits_still_can(self, desk: Desk) -> None:
        seen = desk.begun()
        desk.mail.faults.follow(["fail"], endpoint="SMTP MESSAGE")
        _ = desk.do(said(seen.remote_id))
        [outcome] = desk.do(RemoveComment(EMAIL, KEY, seen.remote_id, RemoteId("1"), CommentId("zendesk:7:1")))
        assert isinstance(outcome, Done)
        desk.clock.advance(100_000)
        _ = desk.read()
        assert desk.got() == []
        assert desk.connector.fetch(["1"])["1"].comments == ()


class TestFiles:
    def attachment(self, size: int = 5, **more: Any) -> Attachment:
        fields: dict[str, Any] = {"audience": "public", "origin": "zendesk", **more}
        return Attachment(
            AttachmentId("zendesk:1"), "a.txt", "text/plain", size, remote_id=RemoteId("1"), on=RemoteId("7"), **fields
        )

    def test_a_customers_file_can_be_opened(self, desk: Desk) -> None:
        desk.write(files=[{"name": "a.txt", "content": "hello"}])
        [seen], _ = desk.read()
        [file] = seen.attachments
        held = self.attachment(origin="email")
        with desk.connector.open(replace(held, remote_id=file.id)) as stream:
            assert b"".join(stream) == b"hello"
        with pytest.raises(FileNotFoundError), desk.connector.open(replace(held, remote_id=RemoteId("99"))):
            pass

    def test_a_file_goes_along_with_its_comment(self, desk: Desk) -> None:
        seen = desk.begun()
        desk.files["zendesk:1"] = b"hello"
        [outcome] = desk.do(said(seen.remote_id, attachments=(self.attachment(),)))
        assert done(outcome).attachments.keys() == {"zendesk:1"}
        [mail] = desk.got()
        assert [(a["name"], a["size"]) for a in mail["attachments"]] == [("a.txt", 5)]
        [shown] = desk.connector.fetch(["1"])["1"].attachments
        assert (shown.key, shown.by_hub) == ("zendesk:1", True)

    @pytest.mark.parametrize(
        ("how", "why"), [({"audience": "internal"}, "is internal"), ({"size": 99_000_000}, "a mail takes")]
    )
    def test_one_that_may_not_go_does_not_hold_the_words_back(self, desk: Desk, how: Any, why: str) -> None:
        seen = desk.begun()
        [outcome] = desk.do(said(seen.remote_id, attachments=(self.attachment(**how),)))
        assert why in done(outcome).refused["attachment:zendesk:1"]
        [mail] = desk.got()
        assert mail["attachments"] == []

    def test_while_its_origin_is_down_nothing_is_said(self, desk: Desk) -> None:
        seen = desk.begun()
        [outcome] = desk.do(said(seen.remote_id, attachments=(self.attachment(),)))
        assert not isinstance(outcome, Done | Refused)
        assert desk.got() == []

    def test_one_without_words_is_kept_and_not_sent(self, desk: Desk) -> None:
        seen = desk.begun()
        desk.files["zendesk:1"] = b"hello"
        once, again = desk.do(*[AddAttachment(EMAIL, KEY, seen.remote_id, self.attachment())] * 2)
        assert done(once).attachment == done(again).attachment
        assert "not sent to the customer" in str(done(once).cut)
        assert desk.got() == []


def test_the_fields_are_described(desk: Desk) -> None:
    """Every field that an observation shows, and no other."""
    seen = desk.begun()
    assert seen.raw is not None
    assert desk.connector.schema().fields.keys() == seen.raw.keys()


def test_what_people_should_look_at_is_counted(desk: Desk) -> None:
    assert desk.connector.troubles() == {"mails held back": 0, "mails not delivered": 0}
    desk.write(auto="auto-generated", sender="")
    _ = desk.read()
    assert desk.connector.troubles() == {"mails held back": 1, "mails not delivered": 0}

"""Who is to be forgotten is found in no byte of the store, and no side notices that they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text

from flows.forgetting import forget
from hub.audit import Act
from hub.errors import Misconfigured
from hub.model import JIRA, TicketId
from hub.records import Conflict
from hub.store.codec import encode
from hub.store.every_table import metadata
from hub.store.mail_tables import outbox
from hub.store.tables import comments, conflicts, ticket_traces, tickets
from sandbox.zendesk.people import new_end_user
from tests.properties.correspondents import Mail
from tests.properties.sides import HANDED_OVER
from tests.world import World, writes

ANN, NAME = "ann.oakley@acme.example", "Ann Oakley"
SECRETS = ("ann.oakley", "Oakley", "my passport number is 4471")


def dump(store: Any) -> str:
    """Everything that stands in any table, as text."""
    with store.reading() as connection:
        return "\n".join(
            "|".join(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def found(world: World) -> list[str]:
    held = dump(world.store)
    return [f"{s}: …{held[max(held.find(s) - 80, 0) : held.find(s) + 60]}…" for s in SECRETS if s in held]


def live(world: World) -> int:
    """A customer writes in, an engineer gets it, everybody talks; then all is calm."""
    agent = world.zendesk.person
    _ = new_end_user(world.zendesk.state, NAME, ANN)
    ticket = int(
        agent(
            "create", subject="Login broken", body="Hello,\nmy passport number is 4471 and I cannot log in.",
            requester=ANN, **HANDED_OVER,
        )["ticket"]
    )
    _ = world.settle()
    _ = agent("comment", ticket=ticket, body="It is Ann Oakley again, call me.", public=True, author=ANN)
    _ = agent("comment", ticket=ticket, body=f"Ann Oakley ({ANN}) is waiting", public=False)
    _ = world.settle()
    return ticket


@pytest.fixture(params=["sqlite", *(["postgresql"] if "TEST_POSTGRES_URL" in os.environ else [])])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with address(request.param) as url:
        made = World(tmp_path, audit={"key": "a key of at least sixteen characters"}, **url)
        yield made
        made.close()


@contextmanager
def address(kind: str) -> Iterator[dict[str, Any]]:
    """Where the hub keeps its store: a file, or a schema of its own in the server for tests."""
    if kind == "sqlite":
        yield {}
        return
    server, schema = os.environ["TEST_POSTGRES_URL"], f"hub_forget_{uuid4().hex[:12]}"
    engine = create_engine(server)
    with engine.begin() as connection:
        _ = connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield {"store": {"url": f"{server}?options={quote(f'-csearch_path={schema}', safe='')}"}}
    with engine.begin() as connection:
        _ = connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def test_nothing_of_a_forgotten_person_is_left(world: World) -> None:
    """After `hub forget` no table holds the address, the name or the words, nor does the file of the database."""
    _ = live(world)
    assert len(found(world)) == len(SECRETS), "the test must look for what was there"
    told = forget(world.store, ANN)
    assert told.tickets == 1 and told.comments >= 1
    assert found(world) == []
    for file in world.folder.glob("hub.sqlite3*"):  # PostgreSQL's own files are its vacuum's business
        data = file.read_bytes()
        assert not [s for s in SECRETS if s.encode() in data], file


def test_forgetting_is_no_edit(world: World) -> None:
    """No side is written to because somebody was forgotten, no conflict comes of it, and runs stay quiet."""
    ticket = live(world)
    before = world.zendesk.person("show", ticket=ticket)
    _ = forget(world.store, ANN)
    for _ in range(3):
        run = world.sync()
        assert (run.state, writes(run)) == ("clean", 0)
    assert world.zendesk.person("show", ticket=ticket) == before
    assert world.store.conflicts() == []


def test_what_sides_still_show_does_not_bring_them_back(world: World) -> None:
    """The person's ticket lives on, is looked at whole and edited; what is held of it still knows nobody."""
    ticket = live(world)
    [issue] = world.jira.state.issues.values()
    said = [str(c.body) for c in issue.comments]
    _ = forget(world.store, ANN)
    _ = world.zendesk.person("set", ticket=ticket, priority="urgent")
    _ = world.settle()
    assert len(said) == 2 and [str(c.body) for c in issue.comments] == said, "copies on sides stay as they are"
    _ = world.zendesk.person("comment", ticket=ticket, body=f"{NAME} called, {ANN} as well", public=False)
    _ = world.settle()
    _ = world.sync("reconcile")
    _ = world.settle()
    assert found(world) == []
    held = world.store.load([f"zendesk:{ticket}"])[f"zendesk:{ticket}"]
    assert held.ticket.get("priority") == "urgent", "edits of others are still carried"


def test_a_first_name_is_gone_from_what_says_who_did_something(world: World) -> None:
    """Who is called by one word settled a conflict, chose too late, is named beside a copy: all that, and no other."""
    zoe = "zoe@acme.example"
    _ = new_end_user(world.zendesk.state, "Zoe", zoe)
    ticket = int(
        world.zendesk.person("create", subject="Login broken", body="It says no.", requester=zoe, **HANDED_OVER)["ticket"]
    )
    _ = world.settle()
    _ = world.zendesk.person("comment", ticket=ticket, body="Still no.", public=True, author=zoe)
    _ = world.settle()
    name, at = TicketId(f"zendesk:{ticket}"), world.store.now()
    told = Conflict(
        name, "priority", "high", {JIRA: "low"}, at=at, resolved="kept", by="Zoe in Zendesk", ended=at,
        unheard=("Zoe in Zendesk", "Bob in Jira"),
    )  # fmt: skip
    with world.store.beside() as connection:
        _ = connection.execute(conflicts.insert().values(ticket_id=name, resolved="kept", body=encode(told)))
    _ = world.store.act(Act("conflict resolved", at, actor="Zoe in Zendesk", ticket_id=name, subject="conflict 1"))
    assert world.store.seal() is None
    assert "Zoe" in dump(world.store)
    _ = forget(world.store, zoe)
    assert "Zoe" not in dump(world.store)
    [left] = world.store.conflicts(only_open=False)
    assert (left.by, left.unheard) == ("(forgotten) in Zendesk", ("(forgotten) in Zendesk", "Bob in Jira"))
    assert world.store.verify().intact
    assert world.sync().state == "clean"


def test_who_has_two_addresses_is_one_person(world: World) -> None:
    """Both, and the one without its tag, by which accounts look: gone, where rows are told apart by them, too."""
    me, other, tagged = "hub", "oakley@home.example", "ann+shop@acme.example"
    ticket = live(world)
    _ = world.zendesk.person("comment", ticket=ticket, body="Here I am.", public=True, author=ANN)
    _ = world.settle()
    name = f"zendesk:{ticket}"
    with world.store.beside() as connection:
        said = comments.c.body.contains("Here I am.")
        row = connection.execute(select(comments).where(said)).one()
        _ = connection.execute(comments.update().where(said).values(body=row.body.replace(ANN, other)))
        traces = sorted(f"email:{one}" for one in (ANN, other, tagged, "ann@acme.example"))
        _ = connection.execute(ticket_traces.delete().where(ticket_traces.c.trace.startswith("email:")))
        _ = connection.execute(ticket_traces.insert(), [{"ticket_id": name, "trace": trace} for trace in traces])
        _ = connection.execute(tickets.update().values(traces=encode(traces)))
        for one in (ANN, other):
            _ = connection.execute(outbox.insert().values(
                conversation=1, comment=1, recipient=one, message_id=me, state="sent", due_at="", at="", attempts=1,
                head="", body="{}",
            ))  # fmt: skip
    _ = forget(world.store, ANN)
    held = dump(world.store)
    assert not [one for one in (other, "ann+shop", "ann@acme") if one in held]
    assert found(world) == []
    with world.store.reading() as connection:
        assert len(connection.execute(select(outbox.c.recipient)).all()) == 2, "each mail stays one that was sent"
    assert world.sync().state == "clean"


def test_a_ticket_of_the_same_number_stays_a_ticket(world: World) -> None:
    """Somebody's number on a side may be a ticket's there, too: the ticket is not renamed."""
    ticket = live(world)
    with world.store.beside() as connection:
        row = connection.execute(select(comments).where(comments.c.body.contains(ANN))).first()
        assert row is not None
        body = row.body.replace('"author":{"id":"', f'"author":{{"id":"{ticket}","was":"')
        _ = connection.execute(comments.update().where(comments.c.id == row.id).values(body=body))
    told = forget(world.store, ANN)
    assert told.tickets == 1 and f"zendesk:{ticket}" in world.store.load([f"zendesk:{ticket}"])
    assert found(world) == []


def test_a_dry_run_counts_and_changes_nothing(world: World) -> None:
    """What a dry run tells is what the real one then does; the store is as it was."""
    _ = live(world)
    before = dump(world.store)
    tried = forget(world.store, ANN, dry_run=True)
    assert dump(world.store).replace(" ", "") == before.replace(" ", "") or "hub forget" not in before
    done = forget(world.store, ANN)
    assert (done.tickets, done.comments, done.alias[:9]) == (tried.tickets, tried.comments, "forgotten")
    assert done.rows == tried.rows


def test_the_trail_holds_after_a_forgetting(world: World) -> None:
    """Rows that were redacted are sealed anew, and the old seals tell nothing; changing them still shows."""
    _ = live(world)
    _ = forget(world.store, ANN)
    verdict = world.store.verify()
    assert verdict.intact, verdict.faults
    assert verdict.removed > 0
    assert [a.kind for a in world.store.acts()][-1] == "person forgotten"
    with world.store.beside() as connection:
        _ = connection.exec_driver_sql("UPDATE history SET body = replace(body, 'forgotten', 'ann')")
    assert not world.store.verify().intact


def test_who_is_meant_must_be_clear(world: World) -> None:
    """A name that nobody has, or that two people have, forgets nobody."""
    _ = live(world)
    with pytest.raises(Misconfigured, match="nobody is called"):
        _ = forget(world.store, "Zoe Nobody")
    told = forget(world.store, NAME, dry_run=True)
    assert told.tickets == 1, "a whole name that one person alone has is enough"


def test_a_mailbox_forgets_too(tmp_path: Path) -> None:
    """Who wrote by mail: address, words and bytes go; the thread's ticket lives on, and nothing is mailed."""
    world = World(tmp_path, mail=True)
    try:
        customer = Mail(world)
        _ = customer.write(f"{NAME} <{ANN}>", "Hello, my passport number is 4471 and nothing works.", subject="Broken")
        _ = world.settle()
        assert len(found(world)) == len(SECRETS)
        sent = customer.sent()
        told = forget(world.store, ANN)
        assert told.tickets == 1
        assert found(world) == []
        for _ in range(3):
            assert world.sync().state in ("clean", "attention")
        assert found(world) == []
        assert customer.sent() == sent
        assert world.store.verify().intact
    finally:
        world.close()


def test_what_an_agent_redacts_is_redacted_here(world: World) -> None:
    """Redacted in Zendesk: the copy on the issue follows, and no row of the hub's keeps the words."""
    ticket = live(world)
    said = "please use my card 4111 1111 1111 1111 for it"
    made = world.zendesk.person("comment", ticket=ticket, body=said, public=False)
    _ = world.settle()
    [issue] = world.jira.state.issues.values()
    assert "4111 1111" in str(issue.comments[-1].body) and "4111 1111" in dump(world.store)
    _ = world.zendesk.person("redact", comment=made["comment"], text="4111 1111 1111 1111")
    _ = world.settle()
    _ = world.sync("reconcile")
    assert "4111 1111" not in str([c.body for c in issue.comments])
    assert "4111 1111" not in dump(world.store)
    assert world.store.verify().intact

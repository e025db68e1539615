"""`hub export history` hands out what happened to tickets: whole, in order of time, and readable again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flows.histories import history_of, since_of
from flows.history_files import read_history
from hub.errors import Misconfigured
from hub.history.changes import changes
from hub.history.course import fold
from hub.model import ZENDESK, Course, Origin, Ticket, TicketId
from hub.settings import load
from hub.store import SqlStore, open_store
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import Desk
from tests.unit.store.samples import AT, RUN, comment, decision


@pytest.fixture(scope="module")
def stand_ins() -> Generator[Running]:
    with serve(Sandbox()) as running:
        yield running


@pytest.fixture
def desk(
    stand_ins: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    stand_ins.sandbox.reset()
    _ = stand_ins.sandbox.seed("empty")
    _ = (tmp_path / "line.json").write_text(json.dumps(stand_ins.line))
    made = Desk(tmp_path, stand_ins, capsys, monkeypatch)
    assert made.hub("init", "--sandbox", "line.json").code == 0
    return made


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_people_did_is_told_from_the_store(desk: Desk) -> None:
    """An agent answers, engineers raise the priority: the file says who, when and what, and folds to the course."""
    number = desk.ticket("It hangs")
    other = desk.ticket("It burns")
    _ = desk.sync()
    _ = desk.agent("comment", ticket=number, body="We look into it.", public=True)
    _ = desk.sync()
    _ = desk.engineer("set_fields", issue=desk.key(number), fields={"priority": "Highest"})
    _ = desk.sync()
    said = desk.hub("export", "history")
    assert said.code == 0
    told = lines(said.out)
    assert [(e["at"], e["ticket"]) for e in told] == sorted((e["at"], e["ticket"]) for e in told)
    assert {e["ticket"] for e in told} == {f"zendesk:{number}", f"zendesk:{other}"}
    [answer] = [e["comment"] for e in told if e.get("comment", {}).get("body") == "We look into it."]
    assert answer["audience"] == "public"
    assert [e["side"] for e in told if e.get("set", {}).get("priority") == "urgent"] == ["jira"]
    one = desk.hub("export", "history", "--ticket", f"#{number}", "--out", "one.jsonl")
    assert one.code == 0, one.err
    events = list(read_history(desk.folder / "one.jsonl"))
    assert f"{len(events)} events written to one.jsonl" in one.out
    store = open_store(load(desk.folder / "hub.toml").store_url)
    held = store.load([TicketId(f"zendesk:{number}")])[TicketId(f"zendesk:{number}")].ticket
    store.close()
    assert fold(Course(), events, {}) == held.course
    assert held.course.raised == 1
    quiet = desk.sync()
    assert quiet.code == 0
    assert desk.hub("export", "history").out == said.out, "nothing happened"
    assert (desk.folder / "one.jsonl").stat().st_mode & 0o077 == 0
    assert not list(desk.folder.glob("*.part"))
    _wrong(desk)


def _wrong(desk: Desk) -> None:
    said = desk.hub("export", "history", "--ticket", "nobody")
    assert (said.code, "No ticket is called 'nobody'" in said.err) == (2, True)
    said = desk.hub("export", "history", "--since", "yesterday")
    assert (said.code, "'yesterday' is neither a day nor an instant" in said.err) == (2, True)
    said = desk.hub("export", "history", "--out", "no/such/folder.jsonl")
    assert (said.code, "cannot be written (No such file or directory)" in said.err) == (2, True)
    assert desk.hub("export", "history", "--since", "2999-01-01").out == ""
    assert desk.hub("export", "history", "--since", "2999-01-01", "-o", "none.jsonl.gz").code == 0
    assert gzip.decompress((desk.folder / "none.jsonl.gz").read_bytes()) == b""
    assert desk.hub("export").code != 0


@pytest.fixture
def store(tmp_path: Path) -> Generator[SqlStore]:
    opened = open_store(str(tmp_path / "hub.sqlite3"))
    yield opened
    opened.close()


def held(store: SqlStore, ticket: Ticket, *, told: bool) -> None:
    """Put a ticket into the store; `told`: with its history, else as older software left it."""
    events = changes(None, ticket) if told else ()
    course = fold(Course(), events, {})
    made = replace(decision(ticket.id), ticket=replace(ticket, course=course), events=events)
    store.commit([made], [], RUN, AT)


def _ticket(name: str, *hours: int) -> Ticket:
    """A ticket on which something was set at each of these hours, and on which a word was said."""
    registers = {"requester": "ann@example.com", "status": "open", "priority": "high"}
    when = dict(zip(registers, (hours[0], *hours), strict=True))
    origins = {register: Origin(ZENDESK, f"2026-01-01T{when[register]:02}:00:00Z") for register in registers}
    said = replace(comment(f"{name}:1"), created_at="2026-01-01T03:00:00Z")
    return Ticket(TicketId(name), registers, origins, {said.id: said})


def test_tickets_from_before_histories_were_kept_tell_what_they_still_know(store: SqlStore) -> None:
    """They stand among the others in order of time, and are told the same way once they have a history."""
    old, new = (_ticket("zendesk:1", 1, 9), _ticket("zendesk:2", 0, 5))
    held(store, old, told=False)
    held(store, new, told=True)
    before = list(history_of(store))
    assert [(e.at, e.ticket) for e in before] == sorted((e.at, e.ticket) for e in before)
    assert {e.ticket for e in before} == {old.id, new.id}
    assert list(history_of(store, "zendesk:1")) == [e for e in before if e.ticket == old.id]
    held(store, old, told=True)
    assert list(history_of(store)) == before
    some = before[len(before) // 2].at
    assert list(history_of(store, since=some)) == [e for e in before if e.at >= some]


def test_a_file_that_is_no_history_says_where_it_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    _ = wrong.write_text('{"ticket": "1", "at": "2026-01-01"}\n{"ticket": "1", "when": ""}\n')
    with pytest.raises(Misconfigured, match=r"wrong\.jsonl:2:1: error: `when` is no key of an event"):
        _ = list(read_history(wrong))
    packed = tmp_path / "wrong.jsonl.gz"
    _ = packed.write_bytes(b"not packed")
    with pytest.raises(Misconfigured, match=r"wrong\.jsonl\.gz:1:5: error: this line is no JSON object"):
        _ = list(read_history(packed))
    _ = packed.write_bytes(gzip.compress(wrong.read_bytes())[:-12])
    with pytest.raises(Misconfigured, match=r"wrong\.jsonl\.gz"):
        _ = list(read_history(packed))
    whole = bytearray(gzip.compress(wrong.read_bytes() * 50))
    whole[10:14] = b"\xff" * 4  # no block begins so
    _ = packed.write_bytes(whole)
    with pytest.raises(Misconfigured, match=r"wrong\.jsonl\.gz: cannot be read to its end"):
        _ = list(read_history(packed))
    with pytest.raises(Misconfigured, match=r"none\.jsonl: cannot be read \(No such file"):
        _ = list(read_history(tmp_path / "none.jsonl"))


def test_days_and_instants_are_understood() -> None:
    assert since_of("") == ""
    assert since_of("2026-01-31") == "2026-01-31T00:00:00Z"
    assert since_of("2026-01-31T10:00+02:00") == "2026-01-31T08:00:00Z"

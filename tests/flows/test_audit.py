"""`hub audit` and `hub forget`: what people see of the trail, and what they can take out of the store."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from flows.audit_files import cell
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import MAYA, Desk


@pytest.fixture(scope="module")
def stand_ins() -> Generator[Running]:
    with serve(Sandbox()) as running:
        yield running


@pytest.fixture
def desk(
    stand_ins: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A hub that has carried one ticket over."""
    stand_ins.sandbox.reset()
    _ = stand_ins.sandbox.seed("empty")
    _ = (tmp_path / "line.json").write_text(json.dumps(stand_ins.line))
    monkeypatch.setenv("HUB_ACTOR", "ann@desk")
    made = Desk(tmp_path, stand_ins, capsys, monkeypatch)
    assert made.hub("init", "--sandbox", "line.json").code == 0
    _ = made.ticket("Printer on fire")
    assert made.sync().code in (0, 1)
    assert made.sync().code in (0, 1)
    return made


def sql(desk: Desk, statement: str) -> None:
    engine = create_engine(f"sqlite:///{desk.folder / 'hub.sqlite3'}")
    with engine.begin() as connection:
        _ = connection.execute(text(statement))
    engine.dispose()


def test_show_says_who_what_when_where_and_why(desk: Desk) -> None:
    """Of a ticket: what people set and said on each side, what the hub wrote, with before, after and why."""
    said = desk.hub("audit", "show", "#1", "--json")
    lines = json.loads(said.out)
    by_what = {(x["side"], x["what"]): x for x in lines}
    assert by_what["zendesk", "subject"]["after"] == "Printer on fire"
    assert by_what["zendesk", "subject"]["why"] == "somebody set it in zendesk"
    created = by_what["jira", "create"]
    assert created["who"] == "hub" and created["run"] and created["after"]["summary"] == "Printer on fire"
    assert all(x["ticket"] == "zendesk:1" for x in lines)
    assert [x["at"] for x in lines] == sorted(x["at"] for x in lines)


def test_show_takes_a_person_and_a_day(desk: Desk) -> None:
    """`--person` tells what one did; a day in the future nothing; neither, nor a ticket, is a mistake that is told."""
    assert desk.hub("audit", "show").code == 2
    assert json.loads(desk.hub("audit", "show", "--since", "2099-01-01", "--json").out) == []
    _ = desk.agent("comment", ticket=1, body="I am on it.", author=MAYA)
    _ = desk.sync()
    mine = json.loads(desk.hub("audit", "show", "--person", MAYA, "--json").out)
    assert mine and {x["who"] for x in mine} == {MAYA}
    assert desk.hub("audit", "show", "#99").code == 2


def test_csv_holds_no_formula(desk: Desk) -> None:
    """A spreadsheet that opens the export runs nothing that a customer wrote."""
    _ = desk.ticket("=cmd|' /C calc'!A0")
    _ = desk.sync()
    rows = list(csv.reader(io.StringIO(desk.hub("audit", "show", "#2", "--csv").out)))
    cells = [c for row in rows for c in row]
    assert any("cmd|" in c for c in cells)
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u202e=1", "\n=1"])
def test_no_cell_begins_like_a_formula(hostile: str) -> None:
    assert cell(hostile)[0] == "'"


def test_verify_passes_and_then_names_what_was_touched(desk: Desk) -> None:
    """Exit 0 while nothing was touched; after a change behind the hub's back, 1, with the first row named."""
    clean = desk.hub("audit", "verify")
    assert clean.code == 0 and "Nothing was changed" in clean.out
    sql(desk, "UPDATE history SET body = replace(body, 'Printer', 'Paper') WHERE body LIKE '%Printer%'")
    told = desk.hub("audit", "verify")
    assert told.code == 1 and "TAMPERED" in told.out and "zendesk:1" in told.out.replace("\n", " ")
    assert json.loads(desk.hub("audit", "verify", "--json").out)["faults"][0]["what"] == "changed"


def test_anchors_that_were_kept_show_a_cut(desk: Desk) -> None:
    """Anchors exported before are held against the chain: what was cut off and sealed anew is found out."""
    assert desk.hub("audit", "export", "--anchors", "-o", "anchors.jsonl").code == 0
    assert desk.hub("audit", "verify", "--anchors", "anchors.jsonl").code == 0
    for table in ("seals", "anchors"):
        sql(desk, f"DELETE FROM {table}")
    _ = desk.hub("sync")
    assert desk.hub("audit", "verify").code == 0, "from inside, a chain that was begun anew looks whole"
    told = desk.hub("audit", "verify", "--anchors", "anchors.jsonl")
    assert told.code == 1 and ("made anew" in told.out or "once went" in told.out)


def test_export_writes_all_of_it(desk: Desk) -> None:
    """As JSON lines or CSV, into a file that only its owner reads."""
    assert desk.hub("audit", "export", "-o", "trail.jsonl").code == 0
    assert desk.hub("audit", "export", "-o", "trail.csv").code == 0
    lines = (desk.folder / "trail.jsonl").read_text().splitlines()
    assert {json.loads(line)["side"] for line in lines} >= {"zendesk", "jira"}
    assert (desk.folder / "trail.csv").stat().st_mode & 0o077 == 0
    assert desk.hub("audit", "verify", "--anchors", "trail.jsonl").code == 2, "a trail is no list of anchors"
    whole = gzip.compress(b"{}" * 99)
    _ = (desk.folder / "a.jsonl.gz").write_bytes(whole[:12] + b"\xff\xff\xff" + whole[15:])
    assert desk.hub("audit", "verify", "--anchors", "a.jsonl.gz").code == 2, "damaged, and told in a sentence"


def test_forget_asks_first_and_then_forgets(desk: Desk) -> None:
    """A dry run counts; for good, it goes from the store and the sides keep theirs."""
    tried = json.loads(desk.hub("forget", MAYA, "--dry-run", "--json").out)
    assert tried["tickets"] == 1
    assert desk.hub("forget", MAYA, "--json").code == 2, "a program that asks must say that it means it"
    assert json.loads(desk.hub("forget", MAYA, "--dry-run", "--json").out)["tickets"] == 1
    done = desk.hub("forget", MAYA, "--yes")
    assert done.code == 0 and "forgotten" in done.out
    assert MAYA.encode() not in (desk.folder / "hub.sqlite3").read_bytes()
    assert desk.sync().code in (0, 1)
    assert desk.hub("audit", "verify").code == 0
    assert desk.hub("forget", MAYA, "--yes").code == 0, "again does no harm"


def test_prune_says_what_it_removed(desk: Desk) -> None:
    """Nothing is old here: nothing goes, and it is said."""
    assert desk.hub("audit", "prune", "--dry-run").code == 0
    assert json.loads(desk.hub("audit", "prune", "--json").out) == {}

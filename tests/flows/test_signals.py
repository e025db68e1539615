"""`hub signals`: anybody's texts, one line of JSON each, and a ticket's comments."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.signalling import texts_in
from hub.errors import Misconfigured
from hub.problems import FileRefused
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import Desk

TEXTS = "Great, thank you so much!\n\nПрод упал, срочно!\nOk\n\n> terrible\n"


@pytest.fixture(scope="module")
def stand_ins() -> Generator[Running]:
    """Serve stand-ins for all these tests."""
    with serve(Sandbox()) as running:
        _ = running.sandbox.seed("empty")
        yield running


@pytest.fixture
def desk(
    stand_ins: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A hub that has just been set up."""
    _ = (tmp_path / "line.json").write_text(json.dumps(stand_ins.line))
    made = Desk(tmp_path, stand_ins, capsys, monkeypatch)
    assert made.hub("init", "--sandbox", "line.json").code == 0
    return made


def run(*words: str, given: str = "") -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["signals", "--reader", "lexicon", *words], input=given)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_text_a_line(tmp_path: Path) -> None:
    """Each line has its answer, an empty one too, so that answers can be set beside the lines."""
    file = tmp_path / "texts.txt"
    file.write_text(TEXTS, "utf-8")
    found = run(str(file))
    assert [one["line"] for one in found] == [1, 2, 3, 4, 5, 6]
    assert [one["sentiment"] for one in found] == ["positive", *["neutral"], "negative", *["neutral"] * 3]
    assert {s["signal"] for s in found[2]["signals"]} == {"production_down", "urgency"}
    assert all(s["quote"] in TEXTS for one in found for s in [*one["signals"], *one["words"]])
    assert found == run("-", given=TEXTS) == run(given=TEXTS)


def test_objects_keep_what_stands_beside_the_text() -> None:
    """Labels and ids come back with the reading: that is what an evaluation needs."""
    rows = [
        {"text": "I want to speak to your manager", "label": "neg", "id": 7},
        {"text": "Thanks!", "label": "pos"},
    ]
    found = run(given="\n".join(map(json.dumps, rows)))
    assert [(one["label"], one.get("id")) for one in found] == [("neg", 7), ("pos", None)]
    assert found[0]["signals"][0]["signal"] == "escalation_request"


def test_texts_may_be_read_as_they_are() -> None:
    """By default what machines write is not read; with --texts everything is."""
    machine = "This is an automated message. It is a disaster."
    assert run(given=machine)[0]["sentiment"] == "neutral"
    assert run("--texts", given=machine)[0]["sentiment"] == "negative"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b'{"text": "a"}\n', b'{"txt": "b"}\n'], "f:2:1: error: write an object with a text"),
        ([b'{"text": "a"}\n', b"{\n"], "f:2:1: error: this is no JSON"),
        ([b'{"text": 7}\n'], "f:1:1: error: write an object with a text"),
        ([b"good\n", b"\xff\n"], "f:2:1: error: this is not UTF-8"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lines: list[bytes], said: str) -> None:
    """File, line, column, and what to do."""
    with pytest.raises(FileRefused) as refused:
        _ = list(texts_in(lines, "f"))
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_named() -> None:
    """And what to name instead."""
    done = CliRunner().invoke(app, ["signals", "--reader", "lexicon", "no-such-file"])
    assert isinstance(done.exception, Misconfigured)
    assert "no-such-file" in str(done.exception)


def test_the_marks_of_an_encoding_are_no_text() -> None:
    """Files that other programs wrote begin with a byte order mark."""
    assert [one.text for one in texts_in([b"\xef\xbb\xbfgood\r\n", b"bad"], "f")] == ["good", "bad"]


def test_a_ticket_is_told_comment_by_comment(desk: Desk) -> None:
    """What holds on it, each comment's own reading, and how many comments no person wrote."""
    number = desk.ticket()
    _ = desk.sync()
    [found] = desk.hub("signals", "--ticket", f"#{number}", "--reader", "lexicon", "--json").json
    assert found["heard"]["count"] == len(found["comments"]) > 0
    assert set(found["registers"]) == {"support.tone", "support.tone_trend", "support.signals"}
    shown = desk.hub("signals", "--ticket", f"#{number}", "--reader", "lexicon").out
    assert "Signals that hold" in shown
    said = desk.hub("signals", "--ticket", "#99", "--reader", "lexicon")
    assert (said.code, "#7 and SUP-7 work too" in said.err) == (2, True)

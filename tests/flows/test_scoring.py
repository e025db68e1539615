"""`hub score`: what a score is made of, what a change of scoring.yaml would do, and who waits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from flows.cli import main
from flows.setting_up import copy_mappings, write_settings
from flows.wires import utc_now
from hub.model import ZENDESK, Comment, CommentId, Course, Origin, Person, Ticket, TicketId
from hub.records import Decision, Reason, Score
from hub.settings import load
from hub.store import open_store

OPENED = "2020-11-23T09:00:00Z"
QUOTE = "If this goes on, we will switch to a competitor."


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub's folder with three open tickets, of which one waits on us, and a closed one."""
    file = tmp_path / "hub.toml"
    side = {"url": "https://example.invalid", "email": "a@example.com", "api_token": "not a real one"}
    write_settings(file, {"zendesk": side, "jira": side})
    _ = copy_mappings(tmp_path / "mappings")
    store = open_store(load(file).store_url)
    tickets = [
        ticket(7, Course(opened=utc_now(), last_ours=utc_now()), severity="s2", impact__blocked=True),
        ticket(8, Course(opened=utc_now(), last_ours=utc_now()), account__tier="enterprise", priority="low"),
        ticket(9, Course(opened=OPENED, waiting_since=OPENED), account__tier="starter"),
        ticket(10, Course(opened=OPENED), status="closed"),
    ]
    shown = Score(
        23, "low", 0.07, (Reason("severity", 13, "Severity is s2", "severity = s2"),), attention=17, at=OPENED
    )
    decisions = [Decision(t, (), None, (), (), (), dirty=False) for t in tickets]
    decisions[0] = replace(decisions[0], score=shown)
    decisions[3] = replace(decisions[3], done=True)
    _ = store.commit(decisions, [], "run", OPENED)
    store.close()
    return file


def ticket(number: int, course: Course, **registers: Any) -> Ticket:
    """Return a ticket; dots are `__`."""
    named = {name.replace("__", "."): value for name, value in registers.items()}
    given = {"subject": f"Export {number} fails", "status": "open", "requester": "ann@acme.example", **named}
    origins = {name: Origin(ZENDESK, OPENED) for name in given}
    key = CommentId(f"zendesk:{number}:1")
    said = Comment(key, QUOTE, Person(email="ann@acme.example"), utc_now(), "public", ZENDESK)
    comments = {key: said} if number == 7 else {}
    return Ticket(TicketId(f"zendesk:{number}"), given, origins, comments, course=course)


@pytest.fixture
def hub(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `hub score …` as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*words: str | Path) -> Ran:
        where = [] if words[0] == "measures" else ["-c", str(config)]
        monkeypatch.setattr(sys, "argv", ["hub", "score", *map(str, words), *where])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_score_is_explained_in_words(hub: Callable[..., Ran]) -> None:
    """What is shown, as of when, with evidence; the clocks; and what it would be now, with the words."""
    told = hub("show", "zendesk:7").out
    assert "Priority 23 (low), attention 17, as of 2020-11-23 09:00 UTC" in told
    assert "Escalation risk 7% by the rule alone, uncalibrated" in told
    assert "Customer SLA: ok" in told or "Customer SLA: soon" in told
    assert "it would be 30 (low)" in told
    assert f"“{QUOTE.rstrip('.')}" in told
    assert "No score is shown yet" in hub("show", "zendesk:8").out


def test_and_for_programs(hub: Callable[..., Ran]) -> None:
    """The same as one JSON document: the points add up."""
    [one] = json.loads(hub("show", "zendesk:7", "--json").out)
    assert sum(r["points"] for r in one["now"]["reasons"]) == one["now"]["priority"] == 30
    assert one["shown"]["attention"] == 17


def test_a_ticket_that_is_not_there(hub: Callable[..., Ran]) -> None:
    """Said in a sentence, with code 2."""
    assert hub("show", "nobody").err.startswith("hub: No ticket is called 'nobody' here.")


def test_weights_are_tried_before_they_are_used(hub: Callable[..., Ran], config: Path) -> None:
    """Which scores they move, by which factors; the same file moves none."""
    present = config.parent / "mappings" / "scoring.yaml"
    other = config.parent / "other.yaml"
    text = present.read_text(encoding="utf-8")
    _ = other.write_text(text.replace("s2: 13", "s2: 19"), encoding="utf-8")
    assert hub("check", "--rules", present).code == 0
    tried = hub("check", "--rules", other)
    assert tried.code == 1
    assert "3 open tickets; 1 score moves, 0 of them to another label" in tried.out
    assert "severity 13 → 19" in tried.out
    _ = other.write_text(text.replace("normal: 40", "normal: 20"), encoding="utf-8")
    data = json.loads(hub("check", "--rules", other, "--json").out)
    assert (data["relabelled"], data["moved"][0]["label_after"]) == (1, "normal")
    assert data["labels_before"] == {"low": 2, "normal": 0, "high": 0, "urgent": 1}
    assert data["labels_after"] == {"low": 1, "normal": 1, "high": 0, "urgent": 1}
    assert [p["tier"] for p in data["places"]] == ["starter"]


def test_the_rules_in_use_are_set_against_what_is_shown(hub: Callable[..., Ran]) -> None:
    """Nothing was shown of two tickets yet, and of one something old."""
    data = json.loads(hub("check", "--json").out)
    assert [m["ticket"] for m in data["moved"]] == ["zendesk:9", "zendesk:7", "zendesk:8"]
    assert data["moved"][0]["after"] == 100


def test_who_waits_is_told_by_tier(hub: Callable[..., Ran]) -> None:
    """In business hours."""
    [row] = json.loads(hub("waits", "--json").out)
    assert (row["tier"], row["tickets"]) == ("starter", 1)
    assert row["longest"] > 1000
    assert "starter" in hub("waits").out


def test_a_file_that_is_wrong_is_refused(hub: Callable[..., Ran], tmp_path: Path) -> None:
    """With code 2 and the place, or what to do where there is none."""
    wrong = tmp_path / "wrong.yaml"
    _ = wrong.write_text("labels: {low: 0}\n", encoding="utf-8")
    refused = hub("check", "--rules", wrong)
    assert refused.code == 2
    assert f"{wrong}:1:1: error: `priority` is missing here" in refused.err
    missing = hub("check", "--rules", tmp_path / "none.yaml")
    assert missing.err.endswith("cannot be read (No such file or directory).\n")


def test_measures_are_listed(hub: Callable[..., Ran]) -> None:
    """Each with one line of meaning."""
    found = {name: m["meaning"] for name, m in json.loads(hub("measures", "--json").out).items()}
    assert found["sla_used"].startswith("used part of the tightest running clock")
    assert "signal.production_down" in hub("measures").out

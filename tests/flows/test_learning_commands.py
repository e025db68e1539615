"""`hub feedback list`, `hub alerts`, `hub learn --propose`: what people read, and what programs read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.setting_up import copy_mappings, write_settings
from flows.wires import utc_now
from hub.model import ZENDESK, Origin, Ticket, TicketId
from hub.records import Decision, Reason, Score
from hub.score_records import Alert, Feedback
from hub.settings import load
from hub.store import open_store

AT = "2026-11-01T09:00:00Z"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub's folder with forty tickets, whose warnings people judged, and two alerts."""
    file = tmp_path / "hub.toml"
    side = {"url": "https://example.invalid", "email": "a@example.com", "api_token": "not a real one"}
    write_settings(file, {"zendesk": side, "jira": side})
    _ = copy_mappings(tmp_path / "mappings")
    store = open_store(load(file).store_url)
    decisions, said = [], []
    for n in range(40):
        ticket = Ticket(TicketId(f"zendesk:{n}"), {"status": "open"}, {"status": Origin(ZENDESK, AT)})
        factor = Reason("churn" if n < 20 else "sla", 5, "because")
        score = Score(45, "normal", 0.2, (factor,), at=AT)
        decisions.append(Decision(ticket, (), score, (), (), (), dirty=False))
        verdict = "dismissed" if n < 18 else "accepted"
        said.append(Feedback(ticket.id, AT, f"agent{n % 5}@x.example", "zendesk", verdict, risk=0.2))
    _ = store.commit(decisions, [], "run", AT)
    store.add_feedback(said)
    body = {"team": "billing", "title": "#7: Export", "why": "attention 90", "text": "…", "actions": ["look"]}
    _ = store.add_alert(Alert("attention", utc_now(), "zendesk:7", state="sent", body=body))
    _ = store.add_alert(
        Alert("risk", utc_now(), "zendesk:8", state="held", body={**body, "held": "quiet hours"})
    )
    store.close()
    return file


@pytest.fixture
def hub(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `hub …` as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hub", *words, "-c", str(config)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_proposals_are_a_diff_and_change_nothing(
    hub: Callable[..., tuple[int, str, str]], config: Path
) -> None:
    file = config.parent / "mappings" / "scoring.yaml"
    before = file.read_text("utf-8")
    code, out, err = hub("learn", "--propose")
    assert (code, err) == (0, "")
    assert "20 warnings with the factor churn were judged: 18 dismissed, 2 accepted" in out
    assert "-    points: {true: 5}\n+    points: {true: 3.8}\n" in out
    assert file.read_text("utf-8") == before


def test_what_people_said_is_listed_for_people_and_for_programs(
    hub: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = hub("feedback", "list", "--json")
    found: list[dict[str, Any]] = json.loads(out)
    assert (code, len(found), found[0]["verdict"]) == (0, 40, "dismissed")
    code, out, _ = hub("feedback", "list", "zendesk:39")
    assert (code, "agent4@x.example" in out) == (0, True)
    assert hub("feedback", "list", "zendesk:999")[0] == 2


def test_alerts_are_listed_with_what_was_held_back(hub: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = hub("alerts", "--json")
    states = [(a["state"], a["held"]) for a in json.loads(out)]
    assert (code, sorted(states)) == (0, [("held", "quiet hours"), ("sent", "")])
    number = json.loads(out)[-1]["id"]
    assert hub("alerts", "acknowledge", str(number))[0] == 0
    assert "acknowledged" in hub("alerts")[1]
    assert hub("alerts", "test")[0] == 2

"""`hub backtest` as a person calls it: a file in, figures, tables and a page out."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import histories
from flows.backtesting import Files, asked_for, moment_of, run_backtest, span_of, window_of
from flows.cli import main
from hub.history.event import write_event
from hub.risk.capacity import DAY
from hub.risk.reliability import FIGURES
from tests.unit.hub.risk.made_up import TELLING, a_history

Hub = Callable[..., tuple[int, str, str]]
KEYS = {
    "label", "says", "moment", "horizon_days", "capacity", "embargo_days", "resamples", "history", "train",
    "test", "left_out", "chosen", "version", "features", "models", "ahead_of_rule", "calibration", "calibration_noise", "recall", "begun",
    "daily", "slices", "weeks", "moved", "lost", "verdict", "notes",
}  # fmt: skip
ASKED = ("--label", "escalation_like", "--train-until", "2026-02-13", "--test", "2026-02-21..2026-03-08")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "history.jsonl"
    _ = file.write_bytes(b"".join(write_event(e) + b"\n" for e in a_history(TELLING, tickets=600)))
    return file


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Hub:
    """Run the command line as a shell would, where no hub was set up."""
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hub", "backtest", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def told(hub: Hub, *words: str | Path) -> Any:
    code, out, err = hub(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_programs_get_one_document_with_stable_keys(hub: Hub, history: Path) -> None:
    found = told(hub, "--history", history, *ASKED, "--resamples", "40")
    assert set(found) == KEYS
    assert [m["name"] for m in found["models"]][:4] == ["prior", "priority", "fifo", "rule"]
    assert {m["name"] for m in found["models"]} >= {"logistic", "chosen", "shown"}
    for model in found["models"]:
        assert set(model) == {"name", "says", "figures"}
        assert set(model["figures"]) == set(FIGURES)
        assert all(set(figure) == {"value", "low", "high"} for figure in model["figures"].values())
    assert found["ahead_of_rule"]["pr_auc"]["low"] > 0
    assert found["train"]["ends"] <= "2026-02-13"
    assert found["test"]["begins"] >= "2026-02-21"


def test_people_get_tables_and_sentences(hub: Hub, history: Path, tmp_path: Path) -> None:
    """And the page, if they ask for it; no command of a terminal's in what a history says."""
    page = tmp_path / "page.html"
    code, out, err = hub("--history", history, *ASKED, "--resamples", "40", "--capacity", "7", "--page", page)
    assert code == 0, err
    for expected in (
        "How well they rank",
        "PR-AUC",
        "P@7",
        "shown",
        "ahead of the rule",
        "Of 100 tickets on",
    ):
        assert expected in out
    assert max(len(line) for line in out.splitlines()) <= 110
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "daily lists of 7" in page.read_text(encoding="utf-8")


def test_nothing_is_cut_off_on_a_narrow_terminal(
    hub: Hub, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eighty columns hold every table whole: each interval has its end."""
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = hub("--history", history, *ASKED, "--resamples", "40")
    assert code == 0
    rows = [line for line in out.splitlines() if line.startswith((" priority  ", " logistic  "))]
    assert len(rows) == 8
    assert sum(line.count("]") for line in rows) == 2 * len(FIGURES)


def test_a_history_may_be_compressed_or_come_by_a_pipe(
    hub: Hub, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever name; the figures are the same."""
    packed = tmp_path / "history"
    _ = packed.write_bytes(gzip.compress(history.read_bytes()))
    options = (*ASKED, "--resamples", "0")
    plain = told(hub, "--history", history, *options)
    assert told(hub, "--history", packed, *options) == plain
    for raw in (history.read_bytes(), packed.read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        assert told(hub, "--history", "-", *options) == plain


def test_a_file_need_not_be_in_order_but_a_pipe_must(
    hub: Hub, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that stand ticket by ticket say the same; of what is read once and gone, the line is named."""
    lines = sorted(history.read_bytes().splitlines(keepends=True))
    by_ticket = tmp_path / "by_ticket.jsonl"
    _ = by_ticket.write_bytes(b"".join(lines))
    asked = (*ASKED, "--resamples", "0")
    assert told(hub, "--history", by_ticket, *asked) == told(hub, "--history", history, *asked)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(lines))))
    code, _, err = hub("--history", "-", *ASKED)
    assert code == 2
    assert "sort the file by its times" in err


def test_labels_of_ones_own(hub: Hub, history: Path, tmp_path: Path) -> None:
    """Another file of rules brings its own labels; a pattern, a word, a number: whatever the history tells."""
    rules = tmp_path / "risk.yaml"
    _ = rules.write_text(
        "label: hot\n"
        "labels:\n"
        "  hot:\n"
        "    moment: intake\n"
        "    any: {urgent: {becomes: {priority: [urgent]}, by: employee}}\n"
    )
    options = ("--train-until", "2026-02-13", "--test", "2026-02-21..2026-03-08", "--resamples", "0")
    found = told(hub, "--history", history, "--rules", rules, "--label", "hot", *options)
    assert found["label"] == "hot"
    assert found["moment"] == "intake"
    assert found["test"]["rows"] == found["test"]["tickets"]


def test_an_embargo_of_nothing_is_allowed(hub: Hub, history: Path) -> None:
    found = told(
        hub, "--history", history, "--label", "escalation_like", "--train-until", "2026-02-13",
        "--test", "2026-02-14..2026-03-01", "--embargo", "0", "--resamples", "0",
    )  # fmt: skip
    assert found["left_out"]["in_embargo"] == 0
    assert found["test"]["begins"] == "2026-02-14"


def test_days_are_whole() -> None:
    """Until a day includes it; a window has its last day; an instant is taken as it is."""
    asked = asked_for("2026-03-31", "2026-04-08..2026-04-30", "7d", 20, 300)
    assert asked.until == moment_of("2026-04-01T00:00:00Z", "")
    assert asked.begin == asked.until + 7 * DAY
    assert asked.end == moment_of("2026-05-01", "")
    assert asked.embargo == 7 * DAY
    assert moment_of("2026-03-31T12:00:00+02:00", "") == moment_of("2026-03-31T10:00:00", "")
    assert window_of("2026-04-08..2026-04-08", "").end - window_of("2026-04-08..2026-04-08", "").begin == DAY
    assert [span_of(text, "") for text in ("0", "12h", "1.5d", "2w")] == [0, DAY / 2, 1.5 * DAY, 14 * DAY]


# the converters ---------------------------------------------------------------------------------

UCI = """number,ident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_at,\
sys_updated_by,sys_updated_at,contact_type,category,category,impact,urgency,priority,assignment_group,\
assigned_to,knowledge,closed_code,resolved_by,resolved_at,closed_at
0000045,New,true,0,0,0,true,2403,29/2/2016 01:16,21,29/2/2016 01:23,Phone,55,170,2,2,3,56,?,true,5,149,29/2/2016 11:29,5/3/2016 12:00
0000045,Resolved,true,0,0,3,true,2403,29/2/2016 01:16,804,29/2/2016 11:29,Phone,55,170,2,2,3,56,?,true,5,149,29/2/2016 11:29,5/3/2016 12:00
0000045,Closed,false,0,0,4,false,2403,29/2/2016 01:16,908,5/3/2016 12:00,Phone,55,170,2,2,1 - Critical,?,7,true,5,149,29/2/2016 11:29,5/3/2016 12:00
"""
BPI = """SR Number;Change Date+Time;Status;Sub Status;Involved ST Function Div;Involved Org line 3;Involved ST;\
SR Latest Impact;Product;Country;Owner Country;Owner First Name
1-36;2010-03-31T15:59:42+01:00;Accepted;In Progress;A2_4;Org line A2;V30;Medium;PROD582;fr;France;Fr\xe9d\xe9ric
1-36;2010-03-31T16:45:48+01:00;Queued;Awaiting Assignment;A2_5;Org line A2;V5 3rd;Major;PROD582;fr;France;Anne
"""
XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="1-36"/>
<event><string key="org:group" value="V30"/><string key="concept:name" value="Accepted"/>
<string key="lifecycle:transition" value="In Progress"/><string key="impact" value="Medium"/>
<string key="org:resource" value="Fr\xe9d\xe9ric"/><string key="resource country" value="France"/>
<string key="product" value="PROD582"/><string key="organization country" value="fr"/>
<string key="org:role" value="A2_4"/><string key="organization involved" value="Org line A2"/>
<date key="time:timestamp" value="2010-03-31T15:59:42+01:00"/></event></trace></log>
"""


def converted(tmp_path: Path, log: str, content: bytes) -> list[dict[str, Any]]:
    file = tmp_path / "log"
    _ = file.write_bytes(content)
    return [json.loads(write_event(event)) for event in histories.convert(log, file)]


def test_the_uci_log_becomes_what_was_known_when(tmp_path: Path) -> None:
    """Only what an event changed; nothing of how the ticket ended; the miss when it came to be known."""
    first, second, third = converted(tmp_path, "uci", UCI.encode())
    assert (first["ticket"], first["at"], first["actor"]) == ("0000045", "2016-02-29T01:23:00Z", "21")
    assert first["set"]["priority"] == "normal"
    assert first["set"]["custom.opened_at"] == "2016-02-29T01:16:00Z"
    assert first["set"]["custom.subcategory"] == "170"
    assert "assignee" not in first["set"]
    assert second["set"] == {"status": "Resolved", "custom.update_count": 3}
    assert third["set"] == {
        "status": "Closed", "custom.update_count": 4, "priority": "urgent", "group": None, "assignee": "7",
        "sla.state": "breached",
    }  # fmt: skip
    assert "149" not in json.dumps([first, second, third]), "who resolved it in the end is not known before"


def test_the_bpi_log_tells_lines_of_support(tmp_path: Path) -> None:
    first, second = converted(tmp_path, "bpi2013", BPI.encode("cp1252"))
    assert first["at"] == "2010-03-31T14:59:42Z"
    assert first["actor"] == "Fr\xe9d\xe9ric (France)"
    assert (first["set"]["line"], second["set"]["line"]) == ("1", "3")
    assert (first["set"]["priority"], second["set"]["priority"]) == ("normal", "urgent")


def test_both_forms_of_the_bpi_log_say_the_same(tmp_path: Path) -> None:
    assert converted(tmp_path, "bpi2013", XES.encode())[0] == converted(tmp_path, "bpi2013", BPI.encode())[0]


def test_months_may_come_first(tmp_path: Path) -> None:
    """One time in the file whose second number is past twelve tells."""
    text = BPI.replace("2010-03-31T15:59:42+01:00", "3/31/2010 3:59 PM").replace(
        "2010-03-31T16:45:48+01:00", "04/01/2010 12:05 AM"
    )
    ats = [event["at"] for event in converted(tmp_path, "bpi2013", text.encode())]
    assert ats == ["2010-03-31T15:59:00Z", "2010-04-01T00:05:00Z"]


# on real data -----------------------------------------------------------------------------------


def test_a_real_log_bears_it_out(shared_data: Path, tmp_path: Path) -> None:
    """On a month of a company's incidents: better than the rule, with confidence, and chances that hold."""
    log = shared_data / "scoring" / "uci_incident_until_2016-04-30.csv.gz"
    if not log.exists():
        pytest.skip(f"the log of incidents is not at {log}")
    file = tmp_path / "history.jsonl"
    with file.open("wb") as out:
        for event in histories.convert("uci", log):
            _ = out.write(write_event(event) + b"\n")
    asked = asked_for("2016-03-31", "2016-04-08..2016-04-30", "7d", 20, 100)
    found = run_backtest(str(file), "sla_miss", asked, Files())
    shown = found.of("shown").figures
    assert found.ahead_of_rule["pr_auc"].above_zero
    assert (shown["pr_auc"].value or 0) >= 0.5
    assert (shown["ece"].value or 1) <= 0.05

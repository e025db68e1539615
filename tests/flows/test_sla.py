"""`hub sla`: why a ticket is due when it is, and what a change of sla.yaml would do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flows.cli import main
from flows.setting_up import copy_mappings, write_settings
from hub.model import ZENDESK, Course, Origin, Ticket, TicketId
from hub.records import Decision
from hub.settings import load
from hub.store import open_store

OPENED = "2020-11-23T09:00:00Z"


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub's folder with three tickets: an urgent one, one that a person pinned, and a closed one."""
    file = tmp_path / "hub.toml"
    side = {"url": "https://example.invalid", "email": "a@example.com", "api_token": "not a real one"}
    write_settings(file, {"zendesk": side, "jira": side})
    _ = copy_mappings(tmp_path / "mappings")
    store = open_store(load(file).store_url)
    tickets = [
        ticket(7, priority="urgent", needs_engineering=True, severity="s2"),
        ticket(8, sla__pinned="2020-11-25T12:00:00Z"),
        ticket(9, status="closed"),
    ]
    store.commit([Decision(t, (), None, (), (), (), dirty=False) for t in tickets], [], "run", OPENED)
    store.close()
    return file


def ticket(number: int, **registers: Any) -> Ticket:
    """Return a business customer's ticket; dots are `__`."""
    named = {name.replace("__", "."): value for name, value in registers.items()}
    given = {
        "subject": "Export fails",
        "status": "open",
        "priority": "high",
        "account.tier": "business",
        **named,
    }
    origins = {name: Origin(ZENDESK, OPENED) for name in given}
    return Ticket(TicketId(f"zendesk:{number}"), given, origins, course=Course(opened=OPENED))


@pytest.fixture
def hub(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `hub sla …` as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*words: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["hub", "sla", *map(str, words), "-c", str(config)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_ticket_is_explained_in_words(hub: Callable[..., Ran]) -> None:
    """Both clocks, each with its deadline, its state and its reasons."""
    told = hub("show", "zendesk:7").out
    assert "Customer SLA: breached, due 2020-11-23 10:00 UTC" in told
    assert "1 business hour for the first answer: business, urgent" in told
    assert "Engineering OLA: breached, due 2020-11-23 17:00 UTC" in told
    assert "8 business hours for engineering to respond: business, s2" in told
    pinned = hub("show", "zendesk:8").out
    assert "a person pinned it to 2020-11-25 12:00 UTC" in pinned
    assert "Engineering OLA: nothing is promised" in pinned
    assert "Customer SLA: met\n  Nothing is owed: the ticket is done" in hub("show", "zendesk:9").out


def test_and_for_programs(hub: Callable[..., Ran]) -> None:
    """The same as one JSON document."""
    [one] = json.loads(hub("show", "zendesk:7", "--json").out)
    assert one["customer"]["due"] == "2020-11-23T10:00:00Z"
    assert (one["customer"]["calendar"], one["customer"]["target_minutes"]) == ("office", 60)
    assert one["moves"][0].startswith("Customer SLA due 2020-11-23 10:00"), "nothing is shown yet"


def test_a_ticket_that_is_not_there(hub: Callable[..., Ran]) -> None:
    """Said in a sentence, with code 2."""
    assert hub("show", "nobody") == (
        2,
        "",
        "hub: No ticket is called 'nobody' here. Ids look like zendesk:7; #7 and SUP-7 work too.\n",
    )


def test_a_policy_is_tried_before_it_is_used(hub: Callable[..., Ran], config: Path) -> None:
    """Which deadlines it moves; the same file moves none; without one, against what is shown."""
    present = config.parent / "mappings" / "sla.yaml"
    other = config.parent / "tighter.yaml"
    text = present.read_text(encoding="utf-8")
    _ = other.write_text(
        text.replace("first_reply: {urgent: 1h", "first_reply: {urgent: 30m"), encoding="utf-8"
    )
    assert hub("check", "--rules", present).code == 0
    tried = hub("check", "--rules", other)
    assert tried.code == 1
    assert "2 open tickets; 1 deadline moves" in tried.out
    assert "1 earlier, 0 later" in tried.out
    assert "2020-11-23 09:30" in tried.out
    assert json.loads(hub("check", "--rules", other, "--json").out)["earlier"] == 1
    shown = json.loads(hub("check", "--json").out)
    assert (shown["begun"], shown["breaching"]) == (3, 3), "nothing was shown yet"
    told = hub("check").out
    assert "3 deadlines move" in told
    assert "3 would be over at once" in told


def test_a_file_that_is_wrong_is_refused(hub: Callable[..., Ran], config: Path, tmp_path: Path) -> None:
    """With code 2 and the place, or what to do where there is none."""
    wrong = tmp_path / "wrong.yaml"
    _ = wrong.write_text("calendars: {}\n", encoding="utf-8")
    refused = hub("check", "--rules", wrong)
    assert refused.code == 2
    assert f"{wrong}:1:1: error: `use` is missing here" in refused.err
    assert hub("check", "--rules", tmp_path / "none.yaml").err.endswith(
        "cannot be read (No such file or directory).\n"
    )
    _ = wrong.write_bytes(b"\xff\xfe")
    assert "this is not a text file in UTF-8" in hub("check", "--rules", wrong).err
    (config.parent / "mappings" / "sla.yaml").unlink()
    assert "`hub init` copies a full set of mapping files." in hub("show", "zendesk:7").err

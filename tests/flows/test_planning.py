"""`hub approvals`, `hub apply` and `hub reconcile`, as people type them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows.cli import main
from tests.flows.conftest import Office


class Terminal:
    """The command line of one hub."""

    def __init__(self, office: Office, printed: pytest.CaptureFixture[str]) -> None:
        self._office = office
        self._printed = printed

    def __call__(self, *words: str) -> tuple[int, str]:
        """Run a command; return its exit code, and what it printed."""
        code = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["hub", *words, "--config", str(self._office.config)])
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        said = self._printed.readouterr()
        return code, said.out + said.err

    def data(self, *words: str) -> Any:
        return json.loads(self(*words, "--json")[1])


@pytest.fixture
def hub(office: Office, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A hub that ran once, and may create one issue a run."""
    office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    policy = office.config.parent / "mappings" / "policy.yaml"
    _ = policy.write_text(policy.read_text().replace("create: 12000", "create: 1"))
    made = Terminal(office, capsys)
    assert made("sync")[0] == 0
    return made


def test_a_stopped_run_is_shown_and_approved(hub: Terminal, office: Office) -> None:
    """The run says what to type; the plan is listed, shown, approved, and done."""
    assert "No plan waits" in hub("approvals")[1]
    _ = office.hand_over("First"), office.hand_over("Second")
    code, said = hub("sync")
    [held] = hub.data("approvals")
    assert code == 2
    assert f"hub apply --checksum {held['checksum']}" in " ".join(said.split())
    assert "jira       create: 2 tickets" in hub("approvals")[1]
    assert "| jira | create | 2 |" in hub("approvals", "show", held["checksum"], "--markdown")[1]
    assert hub.data("plan")["held"][0]["checksum"] == held["checksum"]
    assert hub.data("status")["approvals"] == 1
    assert office.issues == []
    code, said = hub("apply", "--checksum", held["checksum"])
    assert code in (0, 1), said
    assert len(office.issues) == 2
    assert hub("approvals", "approve", held["checksum"])[0] == 2, "it is done already"
    assert hub("approvals", "show", "ffff")[0] == 2
    assert hub.data("approvals") == []
    assert [one["state"] for one in hub.data("approvals", "--all")] == ["done"]


def test_a_reconcile_says_what_it_costs_and_what_drifted(hub: Terminal, office: Office) -> None:
    _ = office.hand_over("First")
    assert hub("sync")[0] in (0, 1)
    code, said = hub("reconcile", "--forecast")
    assert (code, "1 of 1 tickets to compare: zendesk 1 calls, jira 1 calls" in said) == (0, True)
    told = hub.data("reconcile", "--report")
    assert (told["compared"], told["pass"]["state"]) == (1, "done")
    code, said = hub("reconcile", "--most", "1")
    assert code in (0, 1), said
    assert "1 tickets compared in this pass" in said

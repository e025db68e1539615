"""Each command of `hub` does what its help says, on the real connectors and a served sandbox."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from flows.cli import app
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import MAYA, Desk

ROOT = Path(__file__).parents[2]
SYNC_KEYS = {
    "run", "kind", "state", "observed", "written", "created", "comments", "parked", "conflicts", "losses",
    "waiting", "calls", "accounts", "refreshed", "unshown", "down", "seconds", "standing",
}  # fmt: skip


@pytest.fixture(scope="module")
def stand_ins() -> Generator[Running]:
    """Serve stand-ins for all these tests; each desk empties them first."""
    with serve(Sandbox()) as running:
        yield running


@pytest.fixture
def desk(
    stand_ins: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A hub that has just been set up for an empty account on both sides."""
    stand_ins.sandbox.reset()
    _ = stand_ins.sandbox.seed("empty")
    _ = (tmp_path / "line.json").write_text(json.dumps(stand_ins.line))
    made = Desk(tmp_path, stand_ins, capsys, monkeypatch)
    assert made.hub("init", "--sandbox", "line.json").code == 0
    return made


class TestInit:
    def test_writes_settings_that_only_their_owner_reads(self, desk: Desk) -> None:
        assert (desk.folder / "hub.toml").stat().st_mode & 0o077 == 0
        files = {file.name for file in (desk.folder / "mappings").iterdir()}
        systems = {"zendesk.yaml", "jira.yaml", "salesforce.yaml", "accounts.yaml", "email.yaml"}
        rules = {"policy.yaml", "scoring.yaml", "risk.yaml", "sla.yaml", "routing.yaml"}
        assert files == systems | rules | {"schema.json"}

    def test_never_replaces_settings(self, desk: Desk) -> None:
        said = desk.hub("init", "--sandbox", "line.json")
        assert said.code == 2
        assert "there already" in said.err

    def test_says_what_is_wrong_with_the_line(self, desk: Desk) -> None:
        _ = (desk.folder / "bad.json").write_text("{}")
        said = desk.hub("init", "--sandbox", "bad.json", "-c", "other.toml")
        assert said.code == 2
        assert "'zendesk' is missing" in said.err
        assert "no such file" in desk.hub("init", "--sandbox", "none.json", "-c", "other.toml").err

    def test_asks_for_accounts_and_fits_the_mapping_to_the_project(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        answers = [
            "https://acme.zendesk.com/", "acme.atlassian.net", "ops", "y", "hub", "env:ZD", "a@b.example", "env:J", "", ""
        ]  # fmt: skip
        said = CliRunner().invoke(app, ["init"], input="\n".join(answers) + "\n")
        assert said.exit_code == 0, said.output
        text = (tmp_path / "hub.toml").read_text()
        assert '"https://acme.zendesk.com"' in text
        assert '"https://acme.atlassian.net"' in text
        assert 'client_secret = "env:ZD"' in text
        mapping = (tmp_path / "mappings" / "jira.yaml").read_text()
        assert "scope: {project: OPS}" in mapping
        assert "project: SUP" not in mapping


class TestSync:
    def test_json_names_everything_and_the_next_run_is_quiet(self, desk: Desk) -> None:
        number = desk.ticket()
        said = desk.sync()
        assert said.code == 0
        assert said.json.keys() == SYNC_KEYS
        assert said.json["created"] == {"zendesk": 0, "jira": 1, "salesforce": 1, "email": 0}
        assert desk.issue(desk.key(number))["summary"] == "It hangs"
        _ = desk.sync()
        quiet = desk.sync().json
        assert set(quiet["written"].values()) == {0}
        # of Salesforce, two for Cases and two for accounts; of a mailbox, sign-in and a look at it
        most = {"zendesk": 3, "jira": 3, "salesforce": 4, "email": 5}
        assert all(calls <= most[system] for system, calls in quiet["calls"].items())

    def test_a_conflict_is_exit_code_1_and_people_settle_it(self, desk: Desk) -> None:
        number = desk.ticket()
        _ = desk.sync()
        key = desk.key(number)
        _ = desk.agent("set", ticket=number, priority="urgent")
        _ = desk.engineer("set_fields", issue=key, fields={"priority": "Low"})
        said = desk.sync()
        assert (said.code, said.json["state"], said.json["conflicts"]) == (1, "attention", 1)
        [conflict] = desk.hub("conflicts", "--json").json
        assert (conflict["kept"], conflict["dropped"]) == ("urgent", {"jira": "low"})
        assert "urgent (zendesk)" in desk.hub("conflicts").out
        settled = desk.hub("conflicts", "resolve", str(conflict["id"]), "--use", "jira")
        assert settled.code == 0
        assert desk.show(number)["priority"] == "low"
        assert desk.issue(key)["priority"]["name"] == "Low"
        assert desk.hub("conflicts", "--json").json == []

    def test_settling_what_is_not_there_says_so(self, desk: Desk) -> None:
        said = desk.hub("conflicts", "resolve", "7")
        assert (said.code, "no open conflict 7" in said.err) == (2, True)

    def test_without_settings_says_how_to_get_them(self, desk: Desk) -> None:
        said = desk.hub("sync", "-c", "nowhere.toml")
        assert said.code == 2
        assert "`hub init` writes one" in said.err

    def test_wrong_credentials_are_named_and_never_shown(self, desk: Desk) -> None:
        file = desk.folder / "hub.toml"
        token = desk.running.line["jira"]["api_token"]
        _ = file.write_text(file.read_text().replace(token, "wrong-secret"))
        said = desk.hub("sync")
        assert said.code == 2
        assert "jira" in (said.out + said.err).lower()
        assert "wrong-secret" not in said.out + said.err

    def test_people_read_a_short_report(self, desk: Desk) -> None:
        _ = desk.ticket()
        desk.later()
        said = desk.hub("sync")
        assert said.code == 0
        assert "clean" in said.out
        assert "created" in said.out


class TestPlan:
    def test_is_printed_and_applied_by_its_checksum_only(self, desk: Desk) -> None:
        number = desk.ticket()
        desk.later()
        planned = desk.hub("plan", "--json")
        assert planned.code == 1
        assert len(planned.json["operations"]) == 2
        assert planned.json["checksum"] in desk.hub("plan").out
        assert planned.json["checksum"] in desk.hub("plan", "--format", "markdown").out
        refused = desk.hub("apply", "--checksum", "0123", "--json")
        assert (refused.code, refused.json["state"]) == (2, "stopped")
        assert "Jira issue" not in desk.show(number)["fields"]
        done = desk.hub("apply", "--checksum", planned.json["checksum"], "--json")
        assert (done.code, done.json["created"]["jira"]) == (0, 1)
        assert desk.key(number).startswith("SUP-")

    def test_nothing_to_do_is_exit_code_0(self, desk: Desk) -> None:
        said = desk.hub("plan")
        assert (said.code, said.out.strip()) == (0, "Nothing to do.")


class TestLooking:
    def test_status_counts_and_names_what_is_late(self, desk: Desk) -> None:
        before = desk.hub("status", "--json").json
        assert "No run has ended well yet" in before["late"]
        _ = desk.ticket()
        run = desk.sync().json["run"]
        after = desk.hub("status", "--json").json
        assert after["tickets"] == 1
        assert after["links"] == {"zendesk": 1, "jira": 1, "salesforce": 1}
        assert (after["late"], after["runs"][0]["id"]) == ("", run)
        assert run in desk.hub("status").out

    def test_explain_says_where_values_came_from_and_adds_the_score_up(self, desk: Desk) -> None:
        number = desk.ticket()
        _ = desk.sync()
        [found] = desk.hub("explain", f"#{number}", "--json").json
        assert desk.hub("explain", desk.key(number), "--json").json == [found]
        origins = {v["register"]: v["from"] for v in found["values"]}
        assert (origins["priority"], origins["score.priority"]) == ("zendesk", "hub")
        assert sum(r["points"] for r in found["score"]["reasons"]) == pytest.approx(found["score"]["priority"])
        shown = desk.hub("explain", f"#{number}").out
        assert "It hangs" in shown
        assert "40 users are affected" in shown

    def test_explaining_a_stranger_says_how_tickets_are_called(self, desk: Desk) -> None:
        said = desk.hub("explain", "#99")
        assert (said.code, "#7 and SUP-7 work too" in said.err) == (2, True)

    def test_losses_name_what_was_cut(self, desk: Desk) -> None:
        number = desk.ticket()
        _ = desk.sync()
        _ = desk.engineer("set_fields", issue=desk.key(number), fields={"summary": "long " * 40})
        _ = desk.sync()
        [loss] = desk.hub("losses", "--json").json
        assert (loss["register"], loss["what"], loss["system"]) == ("subject", "cut", "zendesk")
        assert "subject" in desk.hub("losses").out


class TestParked:
    def test_what_a_closed_ticket_refuses_is_shown_retried_and_dropped(self, desk: Desk) -> None:
        policy = desk.folder / "mappings" / "policy.yaml"
        text = policy.read_text("utf-8")
        assert "follow_ups: true" in text
        _ = policy.write_text(text.replace("follow_ups: true", "follow_ups: false"), "utf-8")
        number = desk.ticket()
        _ = desk.sync()
        key = desk.key(number)
        _ = desk.agent("close", ticket=number)
        _ = desk.sync()
        _ = desk.engineer("comment", issue=key, body="Too late?")
        assert desk.sync().code == 1
        [parked] = desk.hub("parked", "--json").json
        assert parked["system"] == "zendesk"
        assert "closed" in parked["reason"].lower()
        assert "hub parked retry" in desk.hub("parked").out
        assert desk.sync().json["written"]["zendesk"] == 0
        assert desk.hub("parked", "retry", str(parked["id"])).code == 0
        assert desk.sync().code == 1
        [again] = desk.hub("parked", "--json").json
        assert desk.hub("parked", "drop", str(again["id"]), "--why", "it is closed").code == 0
        assert desk.hub("parked", "--json").json == []
        assert desk.sync().code == 0

    def test_an_unknown_number_says_so(self, desk: Desk) -> None:
        said = desk.hub("parked", "retry", "5")
        assert (said.code, "nothing is parked under 5" in said.err) == (2, True)


class TestLinks:
    def test_one_issue_serves_two_tickets_until_it_is_unlinked(self, desk: Desk) -> None:
        first = desk.ticket()
        second = desk.ticket("Also hangs", **{"Needs engineering": False, "Affected users": 2})
        _ = desk.sync()
        key = desk.key(first)
        said = desk.hub("link", f"#{second}", key)
        assert (said.code, "is linked to" in said.out) == (0, True)
        _ = desk.sync()
        assert desk.key(second) == key
        assert desk.issue(key)["customfield_10041"] == 42
        assert desk.hub("unlink", f"#{second}", key).code == 0
        _ = desk.sync()
        assert "Jira issue" not in {k: v for k, v in desk.show(second)["fields"].items() if v}
        assert desk.issue(key)["customfield_10041"] == 40

    def test_an_issue_that_nobody_shows_changes_nothing(self, desk: Desk) -> None:
        number = desk.ticket()
        _ = desk.sync()
        said = desk.hub("link", f"#{number}", "SUP-999")
        assert (said.code, "no issue 'SUP-999'" in said.err) == (2, True)


class TestUndo:
    def test_takes_a_run_back_except_what_people_changed_since(self, desk: Desk) -> None:
        number = desk.ticket()
        _ = desk.sync()
        key = desk.key(number)
        _ = desk.engineer("set_fields", issue=key, fields={"priority": "Highest", "summary": "Renamed"})
        run = desk.sync().json["run"]
        assert desk.show(number)["priority"] == "urgent"
        _ = desk.agent("set", ticket=number, actor=MAYA, subject="Renamed again")
        tried = desk.hub("undo", run, "--dry-run", "--json").json
        assert desk.show(number)["priority"] == "urgent"
        assert any("priority" in one["what"] for one in tried["restored"])
        done = desk.hub("undo", run, "--json")
        assert done.code == 0
        shown = desk.show(number)
        assert (shown["priority"], shown["subject"]) == ("normal", "Renamed again")
        assert any(one["what"] == "subject" for one in done.json["kept"])

    def test_an_unknown_run_says_where_runs_are_listed(self, desk: Desk) -> None:
        said = desk.hub("undo", "nope")
        assert (said.code, "`hub status` lists" in said.err) == (2, True)


class TestMappings:
    def test_check_shows_the_loss_ledger(self, desk: Desk) -> None:
        said = desk.hub("mappings", "check", "--json")
        assert (said.code, said.json["ok"]) == (0, True)
        assert {hop["from"] for hop in said.json["hops"]} == {"zendesk", "jira", "salesforce", "email"}
        assert "score" in desk.hub("mappings", "check").out

    def test_an_unknown_field_is_named_with_its_place(self, desk: Desk) -> None:
        file = desk.folder / "mappings" / "jira.yaml"
        _ = file.write_text(file.read_text().replace("field: ARR at risk", "field: ARR at rsk"))
        said = desk.hub("mappings", "check")
        assert said.code == 1
        line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "ARR at rsk" in text)
        assert f"jira.yaml:{line}:" in said.out
        assert "ARR at risk" in said.out

    def test_reconcile_and_backfill_end_well(self, desk: Desk) -> None:
        _ = desk.ticket()
        desk.later()
        assert desk.hub("backfill", "--json").json["created"]["jira"] == 1
        assert desk.hub("reconcile", "--json").json["state"] == "clean"


class TestProcess:
    def test_sandbox_up_prints_one_line_and_ends_at_a_signal(self) -> None:
        command = [sys.executable, "-m", "flows.cli", "sandbox", "up", "--seed", "empty", "--json"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert {"zendesk", "jira", "control", "ca", "proxy"} <= line.keys()
            assert httpx.get(f"{line['control']}/health").json()["status"] == "ok"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0

    def test_help_is_quick_because_it_loads_no_scheduler(self) -> None:
        heavy = "prefect', 'sqlalchemy', 'httpx', 'sandbox', 'zenpy', 'jira"
        code = f"import sys; from flows.cli import app; print([m for m in ['{heavy}'] if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

"""`hub provision`: what it shows, asks, makes and answers, on the real connectors and a served sandbox."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.provisioning import provision
from hub.errors import Misconfigured
from hub.provision import Provision, Step
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import Desk


@pytest.fixture(scope="module")
def stand_ins() -> Generator[Running]:
    """Serve stand-ins for all these tests; each empties them first."""
    with serve(Sandbox()) as running:
        yield running


@pytest.fixture
def desk(
    stand_ins: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A hub that was just set up, for systems that lack some of what it needs."""
    stand_ins.sandbox.reset()
    _ = stand_ins.sandbox.seed("empty")
    _without(stand_ins.sandbox, "Severity", "Components", "Components affected", "Tier")
    _ = (tmp_path / "line.json").write_text(json.dumps(stand_ins.line))
    made = Desk(tmp_path, stand_ins, capsys, monkeypatch)
    assert made.hub("init", "--sandbox", "line.json").code == 0
    return made


def _without(sandbox: Sandbox, *names: str) -> None:
    zendesk: Any = sandbox.vendors["zendesk"]
    jira: Any = sandbox.vendors["jira"]
    for table in (zendesk.state.ticket_fields, zendesk.state.organization_fields):
        for key in [key for key, it in table.items() if it.title in names and not it.system]:
            del table[key]
    for form in zendesk.state.forms.values():
        form["ticket_field_ids"] = [it for it in form["ticket_field_ids"] if it in zendesk.state.ticket_fields]
    for key in [key for key, it in jira.state.fields.items() if it.name in names and it.custom]:
        del jira.state.fields[key]


def _strip(sandbox: Sandbox) -> None:
    """Leave only the vendors' own fields, as on the day before the hub comes."""
    vendors: Any = sandbox.vendors
    zendesk, jira, org = vendors["zendesk"].state, vendors["jira"].state, vendors["salesforce"].state
    fields = (*zendesk.ticket_fields.values(), *zendesk.organization_fields.values(), *jira.fields.values())
    _without(sandbox, *(getattr(it, "title", "") or it.name for it in fields))
    for owner in org.objects.values():
        for key in [key for key, it in owner.fields.items() if it.custom]:
            del owner.fields[key]
    org.metadata_stamp = org.stamp() + 1


def _answer(monkeypatch: pytest.MonkeyPatch, *, yes: bool) -> list[str]:
    """Answer the question that is asked; return what was asked."""
    asked: list[str] = []

    def confirm(text: str, *, abort: bool = False) -> bool:
        asked.append(text)
        if not yes and abort:
            raise typer.Abort
        return yes

    monkeypatch.setattr(typer, "confirm", confirm)
    return asked


class TestCheck:
    def test_reports_and_changes_nothing(self, desk: Desk) -> None:
        """Exit code 1 while something is missing, however often it is asked."""
        for _ in range(2):
            said = desk.hub("provision", "jira", "--check")
            assert said.code == 1
            assert "+ make the drop-down `Severity` with S1, S2, S3, S4, on the screens of SUP" in said.out

    def test_a_complete_system_is_exit_code_0(self, desk: Desk) -> None:
        assert desk.hub("provision", "jira", "--yes").code == 0
        said = desk.hub("provision", "jira", "--check")
        assert said.code == 0 and "nothing to do" in said.out

    def test_json_is_one_document(self, desk: Desk) -> None:
        found = desk.hub("provision", "zendesk", "--check", "--json").json
        assert found["system"] == "zendesk" and found["complete"] is False and found["made"] == []
        assert "make the organization's drop-down `organization.tier` with Enterprise, Business, Starter" in found["missing"]


class TestMaking:
    def test_the_hub_starts_only_afterwards(self, desk: Desk) -> None:
        """A mapping whose field is missing is refused; provisioned, it is taken at once."""
        refused = desk.hub("plan")
        assert refused.code == 2 and "has no field `Severity`" in refused.err
        for system in ("zendesk", "jira"):
            said = desk.hub("provision", system, "--yes")
            assert said.code == 0, said.out + said.err
            assert "everything is there now" in said.out
        assert desk.hub("plan").code == 0

    def test_three_bare_systems_become_a_hubs(self, desk: Desk, stand_ins: Running) -> None:
        """Nothing of the shipped mapping files fits; one command a system, and all of it does."""
        _strip(stand_ins.sandbox)
        before = desk.hub("mappings", "check", "--json")
        assert before.code == 1 and len(before.json["problems"]) > 80
        for system in ("zendesk", "jira", "salesforce"):
            assert desk.hub("provision", system, "--yes").code == 0
            assert desk.hub("provision", system, "--check").code == 0
        after = desk.hub("mappings", "check", "--json")
        assert after.code == 0, after.out
        assert desk.hub("plan").code == 0

    def test_asks_first(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A no leaves everything as it is; a yes makes it."""
        asked = _answer(monkeypatch, yes=False)
        assert desk.hub("provision", "jira").code == 1
        assert asked == ["Make these 2 changes at jira?"]
        assert desk.hub("provision", "jira", "--check").code == 1
        _ = _answer(monkeypatch, yes=True)
        assert desk.hub("provision", "jira").code == 0

    def test_a_plan_that_is_out_of_date_is_not_carried_out(
        self, desk: Desk, stand_ins: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody changed the system while the plan was read: nothing is made, the new plan is shown next."""

        def confirm(text: str, *, abort: bool = False) -> bool:
            del text, abort
            _without(stand_ins.sandbox, "Accounts")
            return True

        monkeypatch.setattr(typer, "confirm", confirm)
        said = desk.hub("provision", "jira")
        assert said.code == 2 and "was changed while you read the plan" in said.err
        assert "`Accounts`" in desk.hub("provision", "jira", "--check").out

    def test_a_system_that_fails_ends_the_run_which_can_be_repeated(self, desk: Desk) -> None:
        """The message says how far it came, and that the same command goes on from there."""
        faults = desk.running.sandbox.faults["jira"]
        faults.follow(["fail"] * 5, endpoint="POST /rest/api/3/field")
        ended = desk.hub("provision", "jira", "--yes")
        assert ended.code == 2
        assert "0 of 2 steps are done; the same command goes on from there" in ended.err
        faults.clear()
        assert desk.hub("provision", "jira", "--yes").code == 0

    def test_with_json_it_asks_nobody(self, desk: Desk) -> None:
        said = desk.hub("provision", "jira", "--json")
        assert said.code == 2 and "add --check" in said.err
        found = desk.hub("provision", "jira", "--yes", "--json").json
        assert found["complete"] and len(found["made"]) == 2 and found["missing"] == []


class Stubborn:
    """A system of three fields that will not have the second."""

    def __init__(self) -> None:
        self.held: list[str] = []

    def plan(self) -> Provision:
        missing = [name for name in ("one", "two", "three") if name not in self.held]
        return Provision("toy", tuple(Step(f"make {name}", {"name": name}) for name in missing))

    def carry_out(self, step: Step) -> None:
        if step.asked["name"] == "two":
            raise Misconfigured("could not make two: the name is taken")
        self.held.append(str(step.asked["name"]))


def test_what_a_system_refuses_is_told_and_the_rest_is_made() -> None:
    """One refused field holds back no other, and is still missing afterwards."""
    work, told, refreshed = Stubborn(), list[str](), list[int]()
    done = provision(work, work.plan(), lambda: refreshed.append(len(work.held)), told.append)
    assert refreshed == [2]  # once, when all that can be made is made
    assert work.held == ["one", "three"]
    assert told == ["done: make one", "refused: could not make two: the name is taken", "done: make three"]
    assert [step.what for step in done.left.steps] == ["make two"]
    assert done.to_json()["refused"] == ["could not make two: the name is taken"]


class TestWrongWords:
    def test_an_unknown_system(self, desk: Desk) -> None:
        said = desk.hub("provision", "excel")
        assert said.code == 2 and "zendesk, jira or salesforce" in said.err

    def test_a_system_that_is_not_set_up(self, desk: Desk) -> None:
        config = desk.folder / "hub.toml"
        text = config.read_text(encoding="utf-8")
        _ = config.write_text(text.partition("[salesforce")[0] + "[sync]\npatience = 5.0\n", encoding="utf-8")
        said = desk.hub("provision", "salesforce", "--check")
        assert said.code == 2 and "has no [salesforce]" in said.err


class TestSalesforce:
    def test_permission_sets_are_made_and_given_to_the_hub(self, desk: Desk) -> None:
        """The stand-in has the fields; whom they are shown to is what is missing."""
        said = desk.hub("provision", "salesforce", "--check")
        assert said.code == 1
        assert "make the permission set `Support Hub Integration`" in said.out
        assert "give `Support Hub Integration` to the hub's user" in said.out
        assert desk.hub("provision", "salesforce", "--yes").code == 0
        again = desk.hub("provision", "salesforce", "--check")
        assert again.code == 0 and "nothing to do" in again.out

    def test_an_administrators_session_is_used_instead(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The session comes from the environment, and is shown nowhere."""
        token = str(desk.running.line["salesforce"]["access_token"])
        monkeypatch.setenv("ADMIN_SESSION", token)
        said = desk.hub(
            "provision", "salesforce", "--yes", "--as", "env:ADMIN_SESSION", "--user", "hub@sales.example"
        )
        assert said.code == 0 and token not in said.out + said.err
        monkeypatch.setenv("ADMIN_SESSION", "wrong")
        wrong = desk.hub("provision", "salesforce", "--check", "--as", "env:ADMIN_SESSION")
        assert wrong.code == 2 and "refused our credentials" in wrong.err

"""What a review of rule files foretells is what happens; the command, its exit codes, and its page."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flows.reconciling import run_reconcile
from flows.remapping import reviewed, with_rules
from hub.gate import changes_of
from hub.operations import UpdateReplica
from hub.reviews import UNPLANNED, Review, review_markdown
from tests.properties.sides import Jira, Zendesk
from tests.world import World, writes

USERS = "  impact.affected_users:     {field: Affected users, as: number, many: sum}\n"
EDITS = {
    "a register loses its field": ("jira.yaml", USERS, ""),
    "a register moves to a field that holds another": ("jira.yaml", "users:     {field: Affected users", "users:     {field: Reproducibility score"),
    "other points": ("scoring.yaml", "points: {s1: 20, s2: 13, s3: 6}", "points: {s1: 20, s2: 19, s3: 6}"),
    "a field more": ("jira.yaml", USERS, f"{USERS}  type: {{field: ARR at risk, as: text}}\n"),
    "no more files": ("jira.yaml", "creates: true", "creates: true"),
    "who wins": ("policy.yaml", "engineer: [jira, zendesk, salesforce, email]", "engineer: [zendesk, jira, salesforce, email]"),
}  # fmt: skip

FIELD_NEVER_READ = (
    "salesforce.yaml", "{field: Steps_to_Reproduce__c, as: long}", "{field: SuppliedCompany, as: text}",
)  # fmt: skip


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert text.count(old) == 1
    _ = (folder / file).write_text(text.replace(old, new))


def review(world: World, file: str, old: str, new: str) -> Review:
    folder = world.folder / "proposed"
    _ = shutil.copytree(world.folder / "mappings", folder)
    edit(folder, file, old, new)
    before = world.store.runs()
    found = reviewed(world.assembly, with_rules(world.assembly, folder))
    assert world.store.runs() == before
    return found


def written(world: World, run: str) -> Counter[tuple[str, str]]:
    """On how many tickets a run changed each register of each side at first."""
    found: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str]] = set()
    mappings = world.assembly.hub().policy.mappings
    for entry in world.store.journal(run):
        place = (entry.system, entry.ticket_id)
        if not isinstance(entry.operation, UpdateReplica) or place in seen:
            continue
        seen.add(place)
        for name, value in entry.operation.changes.items():
            before = entry.operation.before.get(name)
            lines = changes_of(name, before, value, mappings[entry.system])
            found.update((entry.system, what) for what, _, _ in lines)
    return found


@pytest.mark.parametrize("name", ["a register loses its field", "other points", "no more files", "who wins"])
def test_what_is_foretold_is_what_the_next_reconcile_does(tmp_path: Path, name: str) -> None:
    """Of the same tickets the same values are written, register by register, and no others."""
    world = World(tmp_path)
    try:
        agents, engineers = Zendesk(world), Jira(world)
        for i in range(4):
            _ = agents.create(f"case {i}", priority=("low", "normal", "high", "urgent")[i])
        _ = agents.create("plain", **{"Needs engineering": False})
        _ = world.settle()
        engineers.set(engineers.keys()[0], summary="from an engineer")
        _ = world.settle()
        told = review(world, *EDITS[name])
        edit(world.folder / "mappings", *EDITS[name])
        world.reborn()
        run = run_reconcile(world.assembly, approved=True)
        foretold = {(r.system, r.what): r.tickets for r in told.rows}
        assert foretold == dict(written(world, run.id))
        assert told.tickets == 0 or writes(run) > 0
    finally:
        world.close()


def test_a_field_that_was_never_read_is_looked_at(tmp_path: Path) -> None:
    """Only there a side is asked; what stands in that field already is part of the answer."""
    world = World(tmp_path)
    try:
        _ = Zendesk(world).create("case", type="incident")
        _ = world.settle()
        [key] = Jira(world).keys()
        edit(world.folder / "mappings", "jira.yaml", "  account.arr_reported: {field: ARR at risk, as: number, many: sum, distinct_by: account.key}\n", "")  # fmt: skip
        world.reborn()
        _ = world.settle()
        world.jira.person("set_fields", issue=key, fields={"ARR at risk": 77})
        _ = world.settle()
        told = review(world, "jira.yaml", "field: Affected users", "field: ARR at risk")
        assert told.looked == {"jira": 1}
        [row] = [r for r in told.values if r.what == "impact.affected_users"]
        assert (row.samples[0].before, row.samples[0].after) == ("3", "77")
    finally:
        world.close()


def test_a_side_that_is_down_is_asked_once_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are judged, the page says what is missing, and no run writes by files that nobody could count."""
    monkeypatch.setattr("flows.remapping.PAGE", 1)
    world = World(tmp_path, crm=True)
    try:
        agents = Zendesk(world)
        _ = agents.create("one"), agents.create("two")
        _ = world.settle()
        known = world.assembly.connectors["salesforce"]
        told = review(world, *FIELD_NEVER_READ)
        assert (told.down, bool(told.looked)) == ({}, True)
        shutil.rmtree(world.folder / "proposed")
        world.sandbox.faults["salesforce"].always("fail_500")
        before = sum(known.calls().values())
        told = review(world, *FIELD_NEVER_READ)
        once = sum(known.calls().values()) - before
        assert list(told.down) == ["salesforce"]
        assert once <= 8, "retried as ever, but not for every page"
        assert "salesforce did not answer" in review_markdown(told)
        assert not told.whole, "exit code 2, not a clean bill"
        broken = msgspec.structs.replace(told, down={}, unseen={f"{UNPLANNED}zendesk:1 (ValueError)": 3})
        assert not broken.whole
        assert "zendesk:1 (ValueError), and 2 more like it" in review_markdown(broken)
        edit(world.folder / "mappings", *FIELD_NEVER_READ)
        world.reborn()
        run = world.sync()
        assert (run.state, writes(run)) == ("failed", 0)
        assert "cannot be counted while salesforce does not answer" in run.summary["error"]
        world.sandbox.faults["salesforce"].clear()
        assert world.sync().state in ("clean", "attention")
    finally:
        world.close()


def test_a_page_for_a_pull_request_breaks_no_table_and_calls_nobody(tmp_path: Path) -> None:
    """What customers typed into a subject is text there: no mention, no link, no row of its own."""
    world = World(tmp_path)
    try:
        _ = Zendesk(world).create(
            "a | b @everybody [x](http://e.example) <b>`", **{"Needs engineering": False}, priority="urgent"
        )
        _ = world.settle()
        told = review(
            world,
            "jira.yaml",
            "create_when: ticket.needs_engineering ||",
            'create_when: ticket.needs_engineering || ticket.priority == "urgent" ||',
        )
        page = review_markdown(told)
        [line] = [line for line in page.splitlines() if "| jira | create |" in line]
        assert line.replace("\\|", "").count("|") == 5
        assert "@everybody" not in page
        assert "\\[x](http" in line, "a bracket that is escaped begins no link"
        assert "<b>" not in page
    finally:
        world.close()


class TestTheCommand:
    def test_exit_codes_are_for_a_ci_job(self, office: Any, capsys: pytest.CaptureFixture[str]) -> None:
        """0: nothing changes; 1: something does, and the page says what; 2: a file is wrong, with its place."""
        from flows.cli import main  # noqa: PLC0415

        office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
        _ = office.hand_over()

        def hub(*words: str) -> int:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.argv", ["hub", *words])
                try:
                    main()
                except SystemExit as ended:
                    return int(ended.code or 0)
            return 0

        where = ("--config", str(office.config))
        assert hub("sync", *where) in (0, 1)
        new = office.config.parent / "new"
        _ = shutil.copytree(office.config.parent / "mappings", new)
        _ = capsys.readouterr()
        assert hub("plan", "--mappings", str(new), *where) == 0
        assert "Nothing changes on any of 1 tickets" in capsys.readouterr().out
        edit(new, "jira.yaml", USERS, "")
        assert hub("plan", "--mappings", str(new), "--markdown", *where) == 1
        assert "## Rule files: `jira.yaml`" in capsys.readouterr().out
        assert hub("plan", "--mappings", str(new), "--json", *where) == 1
        assert json.loads(capsys.readouterr().out)["files"] == ["jira.yaml"]
        assert hub("plan", "--mappings", str(new), "--against", str(new), *where) == 0
        _ = capsys.readouterr()
        edit(new, "jira.yaml", "field: Severity", "field: Severty")
        assert hub("plan", "--mappings", str(new), *where) == 2
        assert "jira.yaml:" in capsys.readouterr().err

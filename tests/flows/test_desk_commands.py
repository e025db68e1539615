"""`hub conflicts` and `hub parked` as people call them, and what each mistake in calling them is answered with."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from flows.setting_up import copy_mappings, for_sandbox, write_settings
from hub.settings import load
from hub.store import open_store
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
    """A hub's folder beside empty stand-ins."""
    stand_ins.sandbox.reset()
    _ = stand_ins.sandbox.seed("empty")
    write_settings(tmp_path / "hub.toml", for_sandbox(stand_ins.line))
    _ = copy_mappings(tmp_path / "mappings")
    monkeypatch.setenv("HUB_ACTOR", "ann")
    return Desk(tmp_path, stand_ins, capsys, monkeypatch)


WRONG_CONFLICTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--older", "soon"), "--older 'soon' is no span; write it like 36h, 2d or 1w"),
    (("show", "9"), "there is no conflict 9; `hub conflicts` lists the open ones"),
    (("resolve",), "name one conflict by its id, or say --all (and --register), not both"),
    (("resolve", "1", "--all"), "name one conflict by its id, or say --all (and --register), not both"),
    (("resolve", "9"), "there is no open conflict 9; `hub conflicts` lists them"),
    (("resolve", "1", "--use", "moon"), "conflict 1 has no value of 'moon'; use one of jira, kept"),
    (("resolve", "1", "--yes"), "--register and --yes go with --all"),
    (("resolve", "--all", "--register", "priorty"), "`priorty` is not a register; did you mean `priority`?"),
)  # fmt: skip


WRONG_PARKED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("retry",), "say which: ids (`hub parked` lists them), --class CLASS, --system SIDE or --all"),
    (("retry", "--class", "no_permision"), "there is no class 'no_permision'; did you mean `no_permission`?"),
    (("retry", "--system", "moon"), "nothing is parked for 'moon'; something is parked for jira"),
    (("retry", "7", "9"), "nothing is parked under 7, 9; `hub parked` lists what is"),
    (("show", "7"), "nothing is parked under 7; `hub parked` lists what is"),
    (("drop", "1"), "--why: say in a few words why this is given up; `hub audit show` has it"),
    (("drop", "7", "--why", "x"), "nothing is parked under 7; `hub parked` lists what is"),
    (("edit", "1"), "say what to change: --set FIELD=VALUE"),
    (("edit", "7", "--set", "body=x"), "nothing is parked under 7; `hub parked` lists what is"),
    (("edit", "1", "--set", "body"), "--set 'body': write FIELD=VALUE"),
    (("edit", "1", "--set", "text=x"), "--set 'text=x': a comment has no 'text'; its text is called `body`"),
    (("edit", "1", "--set", "body="), "--set 'body=': a comment without words is none; drop it instead"),
)  # fmt: skip


def disputed(desk: Desk, *subjects: str) -> list[int]:
    """Tickets whose priority an agent and an engineer set differently, unseen by each other."""
    numbers = [desk.ticket(subject) for subject in subjects]
    _ = desk.sync()
    keys = [desk.key(number) for number in numbers]
    for number, key in zip(numbers, keys, strict=True):
        _ = desk.agent("set", ticket=number, priority="urgent")
        _ = desk.engineer("set_fields", issue=key, fields={"priority": "Low"})
    assert desk.sync().json["conflicts"] == len(numbers)
    return numbers


def refused(desk: Desk) -> int:
    """A ticket with a comment that Jira does not take."""
    number = desk.ticket()
    _ = desk.sync()
    _ = desk.engineer("revoke", permission="ADD_COMMENTS")
    _ = desk.agent("comment", ticket=number, body="a word with a secret", public=False)
    assert desk.sync().code == 1
    return number


class TestConflicts:
    def test_they_have_an_age_and_an_owner(self, desk: Desk) -> None:
        [number] = disputed(desk, "one")
        [found] = desk.hub("conflicts", "--json").json
        assert (found["owner"], found["overdue"]) == (MAYA, False)
        assert (found["kept_from"], found["dropped"]) == ("zendesk", {"jira": "low"})
        assert set(found["times"]) >= {"zendesk", "jira"}
        assert found["ticket_id"] == f"zendesk:{number}"
        shown = desk.hub("conflicts").out
        assert MAYA in shown and "urgent (zendesk)" in shown
        assert desk.hub("conflicts", "--mine", MAYA.upper(), "--json").json == [found]
        assert desk.hub("conflicts", "--mine", MAYA.partition("@")[0], "--json").json == [found]
        assert desk.hub("conflicts", "--mine", "somebody else", "--json").json == []
        assert desk.hub("conflicts", "--older", "1w", "--json").json == []

    def test_one_is_shown_in_full_open_and_settled(self, desk: Desk) -> None:
        _ = disputed(desk, "one")
        said = desk.hub("conflicts", "show", "1").out
        assert "urgent, zendesk" in said and "low, jira" in said and "not yet" in said
        settled = desk.hub("conflicts", "resolve", "1", "--use", "jira").out
        assert settled.strip() == "Conflict 1: priority is what jira had set, on every side."
        assert "jira by ann by" in desk.hub("conflicts", "show", "1").out
        found = desk.hub("conflicts", "show", "1", "--json").json
        assert (found["resolved"], found["kept"]) == ("jira", "urgent")

    def test_many_are_settled_after_a_look_at_what_would_be(self, desk: Desk) -> None:
        numbers = disputed(desk, "one", "two")
        words = ("conflicts", "resolve", "--all", "--register", "priority", "--use", "jira")
        preview = desk.hub(*words).out
        assert preview.count("priority") == 2 and "Nothing was changed" in preview
        assert len(desk.hub("conflicts", "--json").json) == 2
        assert "2 conflicts settled." in desk.hub(*words, "--yes").out
        assert [desk.show(number)["priority"] for number in numbers] == ["low", "low"]
        assert desk.hub("conflicts", "--json").json == []
        assert "none" in desk.hub(*words, "--yes").out, "there is nothing left to settle"

    def test_where_a_side_has_no_value_it_stays_open(self, desk: Desk) -> None:
        _ = disputed(desk, "one")
        said = desk.hub("conflicts", "resolve", "--all", "--use", "salesforce", "--yes").out
        assert "0 conflicts settled. 1 left open" in said
        assert len(desk.hub("conflicts", "--json").json) == 1

    def test_what_is_said_wrongly_is_answered(self, desk: Desk) -> None:
        _ = disputed(desk, "one")
        for words, why in WRONG_CONFLICTS:
            said = desk.hub("conflicts", *words)
            assert (said.code, said.err.strip()) == (2, f"hub: {why}")
        assert len(desk.hub("conflicts", "--json").json) == 1, "nothing was settled"


class TestParked:
    def test_they_are_grouped_by_what_went_wrong(self, desk: Desk) -> None:
        _ = refused(desk)
        said = desk.hub("parked").out
        assert "jira: no_permission, 1 parked, the oldest 0 min ago" in said
        assert "what to do: give the hub's account the right" in said
        [found] = desk.hub("parked", "--json").json
        assert (found["class"], found["code"], found["tries"]) == ("no_permission", "forbidden", 1)

    def test_one_is_shown_with_what_would_be_sent(self, desk: Desk) -> None:
        number = refused(desk)
        assert "a word with a secret" in desk.hub("parked", "show", "1").out
        found = desk.hub("parked", "show", "1", "--json").json
        assert (found["ticket_id"], found["overtaken_by"]) == (f"zendesk:{number}", 0)
        assert "expect" not in found["operation"]

    def test_a_class_is_tried_again_once_its_cause_is_mended(self, desk: Desk) -> None:
        _ = refused(desk)
        assert desk.sync().json["standing"] == {"parked": 1, "conflicts": 0}, "it is not forgotten"
        assert "1 wait in all, of earlier runs too" in desk.hub("sync").out
        _ = desk.engineer("restore", permission="ADD_COMMENTS")
        said = desk.hub("parked", "retry", "--class", "no_permission").out
        assert "asks again for 1 parked" in said
        assert desk.sync().code == 0
        assert desk.hub("parked", "--json").json == []

    def test_what_is_tried_in_vain_keeps_its_age(self, desk: Desk) -> None:
        _ = refused(desk)
        [first] = desk.hub("parked", "--json").json
        _ = desk.hub("parked", "retry", "--all")
        assert desk.sync().code == 1
        [again] = desk.hub("parked", "--json").json
        assert (again["id"], again["since"], again["tries"]) == (first["id"], first["since"], 2)

    def test_who_gave_up_what_and_why_is_kept(self, desk: Desk) -> None:
        _ = refused(desk)
        assert desk.hub("parked", "drop", "1", "--why", "the project is closed").code == 0
        assert desk.hub("parked", "--json").json == []
        [act] = [a for a in acts(desk) if a.kind == "parked: dropped"]
        assert (act.actor, act.why) == ("ann", "the project is closed")

    def test_the_words_of_a_comment_are_changed_on_one_side(self, desk: Desk) -> None:
        _ = refused(desk)
        _ = desk.engineer("restore", permission="ADD_COMMENTS")
        said = desk.hub("parked", "edit", "1", "--set", "body=a word")
        assert "asks jira again, in these words" in said.out
        assert desk.sync().code == 0
        assert [a.actor for a in acts(desk) if a.kind == "parked: edited"] == ["ann"]

    def test_words_for_a_closed_ticket_go_into_a_follow_up_once_that_is_allowed(self, desk: Desk) -> None:
        """What was parked while follow-ups were switched off has a way out: switch them on, and retry."""
        file = desk.folder / "mappings" / "policy.yaml"
        text = file.read_text("utf-8")
        assert "follow_ups: true" in text
        _ = file.write_text(text.replace("follow_ups: true", "follow_ups: false"), "utf-8")
        number = desk.ticket()
        _ = desk.sync()
        key = desk.key(number)
        _ = desk.agent("close", ticket=number)
        _ = desk.sync()
        _ = desk.engineer("comment", issue=key, body="It is in 2.4.1")
        assert desk.sync().code == 1
        assert "zendesk: closed_ticket, 1 parked" in desk.hub("parked").out
        _ = file.write_text(text, "utf-8")
        assert desk.hub("parked", "retry", "--class", "closed_ticket").code == 0
        _ = desk.sync()
        _ = desk.sync()
        assert desk.hub("parked", "--json").json == []
        follow_up = desk.show(int(desk.hub("explain", key, "--json").json[0]["links"][-1]["id"]))
        assert any("It is in 2.4.1" in c["body"] for c in follow_up["comments"])

    def test_what_is_said_wrongly_is_answered(self, desk: Desk) -> None:
        _ = refused(desk)
        for words, why in WRONG_PARKED:
            said = desk.hub("parked", *words)
            assert (said.code, said.err.strip()) == (2, f"hub: {why}")
        assert [p["state"] for p in desk.hub("parked", "--json").json] == ["parked"], "nothing was changed"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("conflicts: {overdue: soon}", "`soon` is no span; write it like 36h, 2d or 1w"),
        ("conflicts: {overdue: 0d}", "`0d` is no span"),
        ("conflicts: {tell: everybody}", "`everybody` is not one of note, none"),
        ("conflicts: {count: moons}", "`moons` is not one of wall, business"),
        ("conflicts: {owners: ann}", "unknown key `owners`; did you mean `owner`?"),
    ],
)
def test_what_the_policy_says_wrongly_is_answered(desk: Desk, line: str, why: str) -> None:
    file = desk.folder / "mappings" / "policy.yaml"
    lines = file.read_text("utf-8").splitlines()
    first = lines.index("conflicts:")
    _ = file.write_text("\n".join([*lines[:first], line, *lines[first + 5 :]]), "utf-8")
    said = desk.hub("conflicts")
    assert said.code == 2
    assert f"policy.yaml:{first + 1}:" in said.err and why in said.err


def acts(desk: Desk) -> list[Any]:
    store = open_store(load(desk.folder / "hub.toml").store_url)
    try:
        return list(store.acts())
    finally:
        store.close()

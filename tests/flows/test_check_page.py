"""`hub mappings check --html` as people call it, on the real connectors and served stand-ins of all three sides."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.flows.desk import Desk


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


def test_a_file_is_written_and_said(desk: Desk) -> None:
    """One line on the terminal, the whole page in the file; JSON may be had at the same time."""
    said = desk.hub("mappings", "check", "--html", "page.html")
    assert said.code == 0
    assert said.out.startswith("wrote page.html: 5 mapping files: ")
    page = (desk.folder / "page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    for hop in ("zendesk-jira", "jira-zendesk", "zendesk-salesforce", "salesforce-jira"):
        assert f'id="{hop}"' in page
    assert "What the hub reads of an account" in page
    both = desk.hub("mappings", "check", "--html", "page.html", "--json")
    assert both.json["ok"] is True
    assert len(both.json["hops"]) == 12
    assert {f["register"] for f in both.json["accounts"]["fields"]} >= {
        "account.tier",
        "support.open_tickets",
    }


def test_without_a_file_the_page_is_the_output(desk: Desk) -> None:
    """It can go down a pipe."""
    said = desk.hub("mappings", "check", "--html")
    assert said.out.startswith("<!DOCTYPE html>")
    assert said.out.rstrip().endswith("</html>")


def test_what_was_lost_is_on_it(desk: Desk) -> None:
    """The ledger of real runs: a subject that Zendesk could hold and Jira cuts, with its ticket."""
    number = desk.ticket(Workaround="word " * 8000)
    _ = desk.sync()
    losses = desk.hub("losses", "--json").json
    assert losses
    page = desk.hub("mappings", "check", "--html").out
    assert 'id="losses"' in page
    assert f"There are {len(losses)} entries on 1 ticket." in page
    assert f"<code>zendesk:{number}</code>" in page


def test_mistakes_are_shown_with_their_line(desk: Desk) -> None:
    """File, line, column, message, and the line itself; the exit code is that of the check."""
    file = desk.folder / "mappings" / "accounts.yaml"
    _ = file.write_text(file.read_text().replace("field: Tier__c", "field: Teir__c"))
    said = desk.hub("mappings", "check", "--html", "page.html")
    assert said.code == 1
    assert "1 error" in said.out
    page = (desk.folder / "page.html").read_text("utf-8")
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "Teir__c" in text)
    assert f"<code>mappings/accounts.yaml:{line}:" in page
    assert "Teir__c" in page.partition("<pre>")[2].partition("</pre>")[0]
    assert "does not run on these files" in page


def test_a_file_that_is_no_yaml_has_a_page_too(desk: Desk) -> None:
    """However wrong the file is, the page says where."""
    file = desk.folder / "mappings" / "jira.yaml"
    _ = file.write_text(file.read_text() + "\nfields: [\n")
    said = desk.hub("mappings", "check", "--html", "page.html")
    assert said.code == 1
    assert "mappings/jira.yaml:" in (desk.folder / "page.html").read_text("utf-8")


def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    """A file without --html, two documents on one output, a folder that is not there."""
    for words, told in (
        (("page.html",), "add --html"),
        (("--html", "--json"), "cannot both go to standard output"),
        (("--html", "no/such/folder.html"), "cannot be written"),
    ):
        said = desk.hub("mappings", "check", *words)
        assert said.code == 2
        assert told in said.err

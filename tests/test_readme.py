"""What the pages tell people to type, exists: commands, options, files, links, mapping examples."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from flows.cli import app
from hub.mapping import bind, load
from hub.policy import load_policy
from hub.scoring_file import load_scoring
from tests.worlds import PlainDialect, jira_schema, zendesk_schema

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PREFECT = {"server start", "work-pool create", "deploy", "worker start", "deployment schedule pause"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path, program: str) -> Iterator[str]:
    """Yield each call of a program on a page: lines of its blocks, and `code` in its text."""
    text = page.read_text("utf-8")
    lines = [line for _, body in BLOCK.findall(text) for line in body.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))
    for line in [*lines, *spans]:
        for part in re.split(r"&&|;", line.partition(" #")[0]):
            found = re.match(rf"(?:\$ )?(?:[A-Z_]+=\S+ )?({re.escape(program)}(?: .*)?)$", part.strip())
            if found:
                yield found[1].partition(">")[0].strip(" &…")


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow words into the command tree; return the command that they name, and what is left."""
    command: click.Command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        inner = getattr(command, "commands").get(words[0])  # noqa: B009  a group of any kind
        if inner is None:
            break
        command, words = inner, words[1:]
    return command, words


HUB = sorted({(name(p), c) for p in PAGES for c in commands(p, "hub")} | {
    (name(p), c.removeprefix("./run ")) for p in PAGES for c in commands(p, "./run") if c.startswith("./run hub ")
})  # fmt: skip


@pytest.mark.parametrize(("page", "command"), HUB, ids=[f"{p}: {c}" for p, c in HUB])
def test_hub_commands_exist(page: str, command: str) -> None:
    """Each `hub …` names a command, with options that it has."""
    words = shlex.split(command)[1:]
    found, rest = resolved(words)
    nameless = not hasattr(found, "commands") or found.invoke_without_command or not words
    assert nameless, f"{page}: `{command}` names no command"
    known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
    for word in rest:
        if word.startswith("-") and not re.fullmatch(r"-\d+", word):
            assert word.partition("=")[0] in known, f"{page}: `{command}` has no option {word}"


def test_the_readme_shows_the_main_commands() -> None:
    """A page that shows no command would pass the test above."""
    shown = {c.split()[1] for p, c in HUB if p == "README.md" and len(c.split()) > 1}
    assert {"init", "mappings", "plan", "apply", "sync", "link", "undo", "conflicts", "parked", "status"} <= shown


def test_run_knows_what_the_readme_calls() -> None:
    """Each `./run WORD` of the pages is a word that the script answers to."""
    script = (ROOT / "run").read_text("utf-8")
    called = {c.split()[1] for p in PAGES for c in commands(p, "./run") if len(c.split()) > 1}
    assert {"demo", "test"} <= called
    for word in called:
        assert re.search(rf"^ +{word}\)", script, re.MULTILINE), f"./run does not know {word}"


def test_run_without_a_word_explains_itself() -> None:
    done = subprocess.run(["sh", "run"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "./run demo" in done.stdout


def test_prefect_commands_are_those_that_we_know() -> None:
    """Prefect's own command line is not imported here: it takes seconds."""
    called = {c for p in PAGES for c in commands(p, "prefect")}
    assert called
    for command in called:
        plain = command.removeprefix("prefect ").replace("--no-prompt ", "")
        assert any(plain.startswith(known) for known in PREFECT), command


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{name(page)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_lines_are_short_enough_to_read_in_a_terminal(page: Path) -> None:
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        assert len(line) <= 130 or line.startswith("|"), f"{name(page)}:{number}"


def _examples() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "mapping-files.md").read_text("utf-8")
    return [(body.splitlines()[0].removeprefix("# "), body) for kind, body in BLOCK.findall(text) if kind == "yaml"]


@pytest.mark.parametrize(("file", "body"), _examples())
def test_mapping_examples_are_accepted(file: str, body: str) -> None:
    """Each example of the reference loads, and fits the demo's fields."""
    if file == "policy.yaml":
        assert load_policy(body, file).limits.close == 500
    elif file == "scoring.yaml":
        assert load_scoring(body, file).priority
    else:
        system = file.removesuffix(".yaml")
        schema = {"zendesk": zendesk_schema, "jira": jira_schema}[system]()
        assert bind(load(f"system: {system}\n{body}", file), schema, PlainDialect()).rules


def test_the_readme_s_mapping_example_is_accepted() -> None:
    [body] = [b for kind, b in BLOCK.findall((ROOT / "README.md").read_text("utf-8")) if kind == "yaml"]
    assert bind(load(f"system: jira\n{body}", "jira.yaml"), jira_schema(), PlainDialect()).rules


def test_the_glossary_s_words_are_used() -> None:
    """Each word of the glossary stands somewhere in our code or pages besides."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    folders = ("hub", "flows", "connectors", "mappings")
    files = [p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in {".py", ".yaml"}]
    used = "".join(p.read_text("utf-8") for p in files).casefold()
    for row in re.findall(r"^\| (.+?) \|", text, re.MULTILINE)[2:]:
        for word in re.findall(r"\*\*(.+?)\*\*", row):
            stem = word.strip("`").casefold()
            assert stem in used or stem.replace(" ", "_") in used or stem.replace("-", "") in used, word


def test_no_page_names_a_workplace() -> None:
    """Pages are about the product alone."""
    for page in PAGES:
        assert f"{os.sep}work{os.sep}" not in page.read_text("utf-8"), name(page)

"""What goes wrong for people: the whole product in one process, and the command line against served stand-ins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flows.cli import main
from flows.setting_up import copy_mappings, for_sandbox, write_settings
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.properties.sides import HANDED_OVER
from tests.world import World


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class People:
    """An agent of a world, with a ticket that has all that engineering asks for."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hand_over(self, subject: str = "Printer on fire", **fields: Any) -> int:
        made = self.world.zendesk.person(
            "create", subject=subject, body="It burns.", **{**HANDED_OVER, **fields}
        )
        return int(made["ticket"])

    def agent(self, action: str, **said: Any) -> Any:
        return self.world.zendesk.person(action, **said)

    def engineer(self, action: str, **said: Any) -> Any:
        return self.world.jira.person(action, **said)

    @property
    def issues(self) -> list[Any]:
        return list(self.world.jira.state.issues.values())

    def comments(self, ticket: int) -> list[str]:
        return [c["body"] for c in self.agent("show", ticket=ticket)["comments"]]

    def reasons(self) -> dict[str, str]:
        """Why each slot is parked."""
        return {parked.slot: parked.reason for parked in self.world.store.parked()}


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make worlds, and close them at the end."""
    made: list[World] = []

    def make(**changes: Any) -> World:
        folder = tmp_path / f"world-{len(made)}"
        folder.mkdir()
        made.append(World(folder, **changes))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    return worlds()


@pytest.fixture
def people(world: World) -> People:
    return People(world)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command line as a shell would, in this process."""
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["hub", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture(scope="session")
def served() -> Iterator[Running]:
    """Stand-ins on loopback, without tickets."""
    sandbox = Sandbox()
    for vendor in sandbox.vendors.values():
        _ = vendor.seed("empty")
    with serve(sandbox) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, served: Running) -> Path:
    """A `hub.toml` with mapping files for the served stand-ins, as `hub init` writes them."""
    file = tmp_path / "hub.toml"
    write_settings(file, for_sandbox(served.line))
    _ = copy_mappings(tmp_path / "mappings")
    return file


def replaced(file: Path, old: str, new: str) -> None:
    """Change a text in a file; it must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    _ = file.write_text(text.replace(old, new, 1), encoding="utf-8")


def place_of(file: Path, line_with: str, word: str) -> str:
    """Return `line:column` of a word in the first line that holds a text."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line_with in line:
            return f"{number}:{line.index(word) + 1}"
    raise AssertionError(f"no line with {line_with!r}")

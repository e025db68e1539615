"""Stories that people can read, each in a file of its own, played on the whole product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.properties.correspondents import MailWorld, mappings_with
from tests.scenarios.stage import Stage
from tests.world import World

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


def _stories() -> list[Any]:
    found: list[Any] = []
    for file in FILES:
        for number, story in enumerate(yaml.safe_load_all(file.read_text(encoding="utf-8")), 1):
            broken = story.get("broken")
            marks = [pytest.mark.xfail(strict=True, reason=broken)] if broken else []
            found.append(pytest.param(story, id=f"{file.stem}-{number}", marks=marks))
    return found


@pytest.mark.parametrize("story", _stories())
def test_story(story: dict[str, Any], tmp_path: Path) -> None:
    """Every step of the story goes as it is told."""
    if "create" in story or "policy" in story:
        mappings_with(tmp_path, story.get("create", {}), **story.get("policy", {}))
    mail, crm = story.get("mail"), story.get("crm", False)
    more = {"canary": {"on": True, **story["canary"]}} if "canary" in story else {}
    world = World(tmp_path, crm=crm, **more) if mail is None else MailWorld(tmp_path, mailbox=mail, crm=crm)
    try:
        stage = Stage(world)
        for number, step in enumerate(story["steps"], 1):
            try:
                stage.play(step)
            except Exception as error:
                raise AssertionError(f"{story['story']}: step {number} {step!r}: {error}") from error
    finally:
        world.close()


def test_stories_say_what_they_show() -> None:
    """Every story has a sentence and at least one expectation."""
    expects = ("ticket", "issue", "issues", "conflict", "conflicts", "parked", "quiet", "losses", "case", "account", "inbox", "mailbox", "drift")
    for file in FILES:
        for story in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            steps = [next(iter(s)) if isinstance(s, dict) else s for s in story["steps"]]
            assert story["story"], file.name
            assert any(step.split()[0] in expects for step in steps), file.name


def test_the_page_about_lives_names_every_file_of_theirs() -> None:
    """Each rule of docs/lifecycle.md has its story, and each file of stories its place on the page."""
    page = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    for file in FILES:
        assert not file.stem.startswith("lifecycle") or f"`{file.name}`" in page

"""Credentials that are wrong, permissions that are missing: who refused, and what to do; no secret is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.bad_input.conftest import People, Ran
from tests.world import World

WRONG = "hush-this-is-not-the-token"


def with_wrong_token(world: World, system: str) -> None:
    part = getattr(world.settings, system).model_copy(update={"api_token": SecretStr(WRONG)})
    world.settings = world.settings.model_copy(update={system: part})
    world.reborn()


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("zendesk", "zendesk refused our credentials (401 to GET /api/v2/users/me at 127.0.0.1): check user, "
                    "token and scopes under [zendesk] in hub.toml, and that the token still holds"),
        ("jira", "Jira does not know the hub: `email` or `api_token` in [jira] of hub.toml is wrong, or the "
                 "token has run out. Make a new token for that account, and write it there."),
    ],
)  # fmt: skip
def test_credentials_that_never_worked(world: World, people: People, system: str, said: str) -> None:
    _ = people.hand_over()
    right = world.settings
    with_wrong_token(world, system)
    run = world.sync()
    assert (run.state, run.summary["error"]) == ("failed", said)
    assert world.store.runs()[0] == run, "`hub status` shows it"
    assert people.issues == []
    world.settings = right
    world.reborn()
    assert world.sync().state == "clean"
    assert len(people.issues) == 1


@pytest.mark.parametrize("system", ["zendesk", "jira"])
def test_credentials_that_stop_working(world: World, people: People, system: str) -> None:
    """The other system's part goes on; nothing is lost."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    right = world.settings
    with_wrong_token(world, system)
    people.agent("comment", ticket=ticket, body="Still burning.")
    run = world.sync()
    assert run.state == "failed"
    error = str(run.summary["error"])
    assert error.startswith(f"{system} refused our credentials (401 to ")
    assert f"check user, token and scopes under [{system}] in hub.toml" in error
    assert WRONG not in repr(run)
    world.settings = right
    world.reborn()
    assert world.sync().state == "clean"
    assert len(people.issues[0].comments) == 1


def test_the_command_line(hub: Callable[..., Ran], config: Path) -> None:
    """Exit code 2, one clear sentence, and no secret on the screen or in the store."""
    text = config.read_text()
    tokens = [line for line in text.splitlines() if line.startswith("api_token")]
    config.write_text(text.replace(tokens[1], f'api_token = "{WRONG}"'))
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert "Jira does not know the hub" in ran.out
    status = hub("status", "-c", config)
    assert "Jira does not know the hub" in status.out
    everything = ran.out + ran.err + status.out + status.err
    assert WRONG not in everything
    store = b"".join(f.read_bytes() for f in config.parent.glob("hub.sqlite3*"))
    assert WRONG.encode() not in store


# permissions ----------------------------------------------------------------------------------


def test_an_agent_where_an_administrator_is_needed(world: World, people: People) -> None:
    """Zendesk lets only administrators export."""
    _ = people.hand_over()
    people.agent("set_role", user="hub@support.example", role="agent")
    run = world.sync()
    assert run.state == "failed"
    assert str(run.summary["error"]).startswith("Zendesk does not let the hub read /api/v2/incremental/")
    assert "Its agent must be an administrator, and an OAuth token needs the scope `read`." in str(
        run.summary["error"]
    )
    people.agent("set_role", user="hub@support.example", role="admin")
    assert world.sync().state == "clean"
    assert len(people.issues) == 1


def test_jira_hides_the_project(world: World, people: People) -> None:
    _ = people.hand_over()
    people.engineer("revoke", permission="BROWSE_PROJECTS")
    run = world.sync()
    assert (run.state, run.summary["error"]) == (
        "failed",
        "Jira shows our account no project SUP that it may create issues in. Check `project` in hub.toml, "
        "and give the account the permissions Browse Projects and Create Issues there.",
    )
    people.engineer("restore", permission="BROWSE_PROJECTS")
    assert world.sync().state == "clean"


@pytest.mark.parametrize(
    ("permission", "slot", "said"),
    [
        ("ADD_COMMENTS", "comment:", "You do not have the permission to comment on this issue. "
                                     "Give the hub's account the permission in this project"),
        ("CREATE_ATTACHMENTS", "attachment:", "You do not have permission to create attachments for this issue. "
                                              "Give the hub's account the permission in this project"),
        ("EDIT_ISSUES", "field:summary", "Jira refused the field Summary: Field 'summary' cannot be set. It is "
                                         "not on the appropriate screen, or unknown. Put it on this screen of "
                                         "the issue type, or give the hub's account Edit Issues"),
        ("TRANSITION_ISSUES", "field:status", "Jira lets our account take no step out of To Do in SUP, so not to In "
                                             "Progress either: give it the permission Transition Issues"),
    ],
)  # fmt: skip
def test_one_thing_that_jira_does_not_allow(
    world: World, people: People, permission: str, slot: str, said: str
) -> None:
    """It is parked with its reason, the rest goes on, and a retry does it once it is allowed."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.engineer("revoke", permission=permission)
    people.agent("set", ticket=ticket, subject="Printer is ash", status="pending", priority="urgent")
    people.agent("attach", ticket=ticket, name="smoke.txt", data=b"smoke", body="See the smoke.")
    run = world.sync()
    assert run.state == "attention"
    reasons = people.reasons()
    assert any(name.startswith(slot) for name in reasons)
    assert said in next(why for name, why in reasons.items() if name.startswith(slot))
    again = world.sync()
    assert again.state == "clean", "what is parked is not asked again by itself"
    people.engineer("restore", permission=permission)
    world.reborn()  # every run is a process of its own; within one the workflow is learnt once
    world.store.set_parked([p.id for p in world.store.parked()], "retry")
    assert world.sync().state == "clean"
    assert people.reasons() == {}
    issue = people.issues[0]
    assert issue.values["summary"] == "Printer is ash"
    assert len(issue.comments) == 1
    assert [file.filename for file in issue.attachments] == ["smoke.txt"]

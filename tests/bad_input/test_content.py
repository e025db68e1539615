"""What the other side cannot take: too long, too large, closed. It is kept, told, and the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bad_input.conftest import People, replaced
from tests.world import World


def text_of(node: Any) -> str:
    """The words in a document of Jira's."""
    if isinstance(node, Mapping):
        return str(node.get("text", "")) + "".join(text_of(one) for one in node.get("content", []))
    return str(node)


def files(issue: Any) -> dict[str, bytes]:
    return {file.filename: file.content for file in issue.attachments}


def test_a_comment_that_is_too_long(world: World, people: People) -> None:
    """Cut where people see it, with the whole text attached, and told in the loss ledger."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    words = " ".join(f"word{n}" for n in range(6000))
    people.agent("comment", ticket=ticket, body=words)
    run = world.sync()
    assert run.summary["losses"] == 1
    [issue] = people.issues
    [(name, whole)] = files(issue).items()
    shown = text_of(issue.comments[0].body)
    assert len(shown) < 32_767
    assert shown.endswith(f"(cut: the text goes on in the attached file {name})")
    assert words in whole.decode()
    [loss] = world.store.losses()
    assert (loss.system, loss.register, loss.what) == ("jira", "comment", "cut")
    assert loss.detail.endswith(f"characters are only in the attached file {name}")
    assert world.sync().state == "clean"
    assert len(issue.comments) == 1
    assert len(people.comments(ticket)) == 2, "and it does not come back"


def test_a_field_that_is_too_long(world: World, people: People) -> None:
    """The hub holds all of it; what the other side shows is never taken for an edit."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    [issue] = people.issues
    people.engineer("set_fields", issue=issue.key, fields={"summary": "t" * 250})
    assert world.sync().state in ("clean", "attention")
    assert len(people.agent("show", ticket=ticket)["subject"]) <= 150
    assert issue.values["summary"] == "t" * 250
    [loss] = [x for x in world.store.losses() if x.system == "zendesk"]
    assert (loss.register, loss.what) == ("subject", "cut")
    assert "the hub holds all of" in loss.detail
    _ = world.settle()
    assert issue.values["summary"] == "t" * 250, "the cut does not travel back"


def test_a_file_that_jira_finds_too_large(world: World, people: People) -> None:
    world.jira.settings["upload_limit"] = 100
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.agent("attach", ticket=ticket, name="big.bin", data=b"x" * 200, body="big one")
    people.agent("attach", ticket=ticket, name="small.bin", data=b"x" * 20, body="small one")
    run = world.sync()
    assert run.state == "attention"
    [issue] = people.issues
    assert files(issue) == {"small.bin": b"x" * 20}
    assert len(issue.comments) == 2, "what was said with it is there"
    [parked] = world.store.parked()
    assert parked.code == "too_large"
    assert parked.reason == (
        "big.bin has 200 bytes, and this Jira takes files of up to 100: raise its limit for attachments, or "
        "share the file another way"
    )
    assert world.sync().state == "clean", "it is not asked again by itself"
    world.jira.settings["upload_limit"] = 1000
    world.reborn()
    world.store.set_parked([parked.id], "retry")
    assert world.sync().state == "clean"
    assert files(issue)["big.bin"] == b"x" * 200
    assert world.store.parked() == []


def test_a_file_that_zendesk_finds_too_large(world: World, people: People) -> None:
    world.zendesk.settings["attachment_limit"] = 50
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    [issue] = people.issues
    people.engineer("attach", issue=issue.key, name="core.dump", content=b"y" * 500)
    people.engineer("attach", issue=issue.key, name="tiny.log", content=b"y" * 5)
    run = world.sync()
    assert run.state == "attention"
    shown = [name for c in people.agent("show", ticket=ticket)["comments"] for name in c["files"]]
    assert shown == ["tiny.log"]
    [parked] = world.store.parked()
    assert "core.dump" in parked.reason
    assert "larger than the allowed 50 bytes" in parked.reason


def test_context_that_is_too_long_for_the_description(world: World, people: People) -> None:
    """The block is cut and told; the field that holds it goes on taking what people write."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.agent("set", ticket=ticket, Workaround="around " * 6000)
    run = world.sync()
    assert run.summary["parked"] == 0
    [issue] = people.issues
    assert "around around" in text_of(issue.values["description"])
    [loss] = [x for x in world.store.losses() if x.register == "context.block"]
    assert loss.what == "cut"
    assert "the hub holds all of" in loss.detail


def test_a_ticket_that_is_closed(world: World, people: People) -> None:
    """Without follow-ups, an engineer's late words wait, visibly, and nothing is reopened."""
    replaced(world.folder / "mappings" / "policy.yaml", "follow_ups: true", "follow_ups: false")
    world.reborn()
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.agent("close", ticket=ticket)
    _ = world.settle()
    [issue] = people.issues
    people.engineer("set_fields", issue=issue.key, fields={"summary": "Too late"})
    people.engineer("comment", issue=issue.key, body="One more thing.")
    other = people.hand_over("Another fire")
    run = world.sync()
    assert run.state == "attention"
    assert run.summary["parked"] == 2
    reasons = people.reasons()
    assert "a closed ticket takes no change but of its tags" in reasons["field:subject"]
    assert f"ticket #{ticket}" in reasons["field:subject"]
    comment = next(why for slot, why in reasons.items() if slot.startswith("comment:"))
    assert comment.startswith(f"Zendesk: ticket #{ticket} is closed and cannot be changed any more")
    assert {parked.code for parked in world.store.parked()} == {"closed"}
    assert people.agent("show", ticket=ticket)["status"] == "closed"
    assert people.agent("show", ticket=other)["fields"]["Jira issue"], "other tickets go on"
    assert world.sync().state == "clean"
    world.store.set_parked([p.id for p in world.store.parked()], "retry")
    assert world.sync().summary["parked"] == 2, "a retry asks again, and is told the same"

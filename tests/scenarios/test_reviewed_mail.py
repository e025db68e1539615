"""Corners of the mail side in which a promise was broken once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from flows.inline import plan_now
from flows.mailing import recover
from flows.undoing import undo_run
from hub.errors import Misconfigured
from hub.model import EMAIL
from hub.operations import Operation
from hub.settings import EmailSettings
from sandbox.zendesk.people import new_end_user
from tests.properties.correspondents import MailWorld
from tests.properties.sides import Zendesk
from tests.scenarios.mailing import Mailing
from tests.world import MAPPINGS, World, summary

KIM = "kim@customer.example"


class Dead(BaseException):
    """The process died here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, mail=True)
    yield made
    made.close()


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[World]:
    """Here, what begins in Zendesk is told by mail, and kim is known to it."""
    (tmp_path / "mappings").mkdir()
    for file in MAPPINGS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("  zendesk: [jira, salesforce]", "  zendesk: [jira, email]")
        (tmp_path / "mappings" / file.name).write_text(text, encoding="utf-8")
    made = World(tmp_path, mail=True)
    _ = new_end_user(made.zendesk.state, "Kim", KIM)
    yield made
    made.close()


def write(world: World, body: str, who: str = KIM, **given: Any) -> str:
    return str(
        world.mail.person("write", **{"from": who, "subject": body, "body": body, **given})["message_id"]
    )


def got(world: World, who: str = KIM) -> list[dict[str, Any]]:
    return list(world.mail.person("inbox", address=who)["mails"])


def texts(world: World, who: str = KIM) -> list[str]:
    return [mail["text"].strip() for mail in got(world, who)]


def mailbox(world: World) -> list[str]:
    return Mailing(world, {}).mailbox()


def outbox(world: World) -> dict[str, int]:
    return Mailing(world, {}).outbox()


def answer(world: World, body: str, who: str = KIM, **given: Any) -> str:
    """Answer the first mail that `who` got from the support."""
    return write(world, body, who, reply_to_mail=got(world, who)[0]["uid"], **given)


def spoken_to(world: World) -> Zendesk:
    """Kim wrote, and got an answer."""
    _ = write(world, "It burns")
    _ = world.settle()
    agents = Zendesk(world)
    assert agents.say(1, "Take the plug out", public=True)
    _ = world.settle()
    return agents


def solve(agents: Zendesk) -> None:
    assert agents.set(1, status="solved", assignee_email="hub@support.example")


def mails_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.assembly.connectors[EMAIL].outbox, "deliver", lambda: 0)


# where a mail belongs -------------------------------------------------------------------------------


def test_isolates_when_a_customer_adds_to_what_followed_a_closed_ticket(world: World) -> None:
    """The address names the ticket that is closed, the mail before it the one that follows: that is no riddle."""
    agents = spoken_to(world)
    solve(agents)
    _ = world.settle()
    world.zendesk.person("close", ticket=1)
    _ = world.settle()
    first = answer(world, "It burns again")
    _ = world.settle()
    ids = f"<{got(world)[0]['message_id']}> <{first}>"
    headers = {"In-Reply-To": f"<{first}>", "References": ids}
    _ = write(world, "And it smells", to=got(world)[0]["reply_to"], headers=headers)
    _ = world.settle()
    assert len(agents.texts(2)) == 1
    assert not [line for line in mailbox(world) if line.startswith("suspended")]


def test_isolates_a_mail_under_the_name_of_another_one(world: World) -> None:
    """Who sends a mail under the Message-ID of somebody else's does not keep the answers to that from being heard."""
    first = write(world, "It burns")
    _ = world.settle()
    _ = write(world, "Mine", "mallory@evil.example", headers={"Message-ID": f"<{first}>"})
    _ = world.settle()
    _ = write(world, "It still burns", headers={"References": f"<{first}>"})
    _ = world.settle()
    assert len(Zendesk(world).texts(1)) == 1


def test_keeps_secrets_when_a_false_name_answers_what_is_closed(tmp_path: Path) -> None:
    """Whom its domain does not vouch for begins no ticket, not even by an answer to a closed one."""
    world = MailWorld(tmp_path, mailbox={"trusted": ["mx.helpdesk.example"]})
    agents = spoken_to(world)
    solve(agents)
    _ = world.settle()
    world.zendesk.person("close", ticket=1)
    _ = world.settle()
    world.mail.settings["authentication"] = {"customer.example": "fail"}
    _ = answer(world, "Send it to me")
    _ = world.settle()
    assert [line for line in mailbox(world) if line.startswith("suspended")]
    world.close()


# what customers wait for ----------------------------------------------------------------------------


def test_survives_death_between_a_solution_and_the_customer_s_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that was to tell the conversation of the solution died: what the customer says opens the ticket."""
    agents = spoken_to(world)
    solve(agents)

    def die(_: Sequence[Operation]) -> None:
        raise Dead

    monkeypatch.setattr(world.assembly.connectors[EMAIL], "execute", die)
    with pytest.raises(Dead):
        _ = world.sync()
    world.reborn()
    _ = answer(world, "It still burns")
    _ = world.settle()
    assert agents.see(1)["status"] == "open"


def test_never_leaves_a_customer_waiting_who_wrote_while_the_ticket_was_set_pending(world: World) -> None:
    """Neither had seen the other: it is not the customer's turn."""
    agents = spoken_to(world)
    assert agents.set(1, status="pending", assignee_email="hub@support.example")
    _ = answer(world, "It still burns")
    _ = world.settle()
    assert agents.see(1)["status"] == "open"
    assert [(c.kept, dict(c.dropped)) for c in world.store.conflicts()] == [("open", {"zendesk": "pending"})]


def test_stays_deleted_and_hears_what_the_customer_says_then(world: World) -> None:
    """What a customer writes to a ticket that was deleted begins another one; the deletion stands."""
    agents = spoken_to(world)
    world.zendesk.person("delete", ticket=1)
    _ = world.settle()
    _ = answer(world, "It still burns")
    runs = world.settle()
    assert "It still burns" in agents.see(2)["comments"][0]["body"]
    assert not any(summary(runs[-1], "written").values())
    world.zendesk.person("restore", ticket=1)
    _ = world.settle()
    assert agents.see(1)["status"] == "open"
    _ = answer(world, "Now it is out")
    _ = world.settle()
    assert len(agents.texts(1)) == 2


def test_tells_the_truth_of_an_answer_to_what_was_deleted_at_that_moment(world: World) -> None:
    """What the customer wrote is seen by nobody at work: so the run says that somebody must look."""
    _ = spoken_to(world)
    world.zendesk.person("delete", ticket=1)
    _ = answer(world, "It still burns")
    assert world.sync().state == "attention"
    assert [(c.register, c.kept) for c in world.store.conflicts()] == [("status", "closed")]


# who is written to ----------------------------------------------------------------------------------


def test_keeps_secrets_of_a_ticket_that_a_customer_is_merged_into(world: World) -> None:
    """What was said there before was said to somebody else."""
    _ = write(world, "Mine")
    _ = world.settle()
    _ = new_end_user(world.zendesk.state, "Xavier", "xavier@other.example")
    agents = Zendesk(world)
    other = agents.create("Web", requester="xavier@other.example")
    _ = world.settle()
    assert agents.say(other, "for Xavier only", public=True)
    _ = world.settle()
    assert agents.say(other, "for Xavier, too", public=True)
    world.tick(5)
    world.zendesk.person("merge", target=other, sources=[1])
    world.tick(5)
    assert agents.say(other, "for both", public=True)
    _ = world.settle()
    _ = world.sync("reconcile")
    assert texts(world) == ["for both"]
    _ = answer(world, "Thank you")
    _ = world.settle()
    assert agents.texts(other, public=True)[-1].find("Thank you") > 0


def test_keeps_secrets_of_whom_a_ticket_is_for_now(world: World) -> None:
    """Where agents name another requester, it is them who is answered, and nobody else."""
    agents = spoken_to(world)
    other = new_end_user(world.zendesk.state, "Xavier", "xavier@other.example")
    assert agents.set(1, requester_id=other.id)
    _ = world.settle()
    assert agents.say(1, "for Xavier", public=True)
    runs = world.settle()
    assert texts(world) == ["Take the plug out"]
    assert texts(world, "xavier@other.example") == ["for Xavier"]
    assert not any(summary(runs[-1], "written").values())


def test_tells_the_truth_where_a_clock_is_ahead(world: World) -> None:
    """A mail that came tomorrow, as its server says, is no reason to keep today's answer back."""
    _ = write(world, "It burns")
    box = world.mail.office.anybody(world.mail.where["address"]).mailbox("INBOX")
    box.mails[-1].date = world.clock.now() + 86_400
    _ = world.settle()
    assert Zendesk(world).say(1, "Take the plug out", public=True)
    _ = world.settle()
    assert texts(world) == ["Take the plug out"]


def test_tells_the_truth_about_a_bounce_where_the_ticket_goes_on(world: World) -> None:
    """What could not be delivered for a ticket that was merged is told on the one that it went into."""
    agents = spoken_to(world)
    _ = write(world, "Smoke", "bo@customer.example")
    _ = world.settle()
    world.zendesk.person("merge", target=2, sources=[1])
    _ = world.settle()
    world.mail.person("bounce", address=KIM, mail=got(world)[0]["uid"])
    _ = world.settle()
    assert any("could not be delivered" in text for text in agents.texts(2, public=False))


def test_tells_the_truth_about_a_bounce_of_a_closed_ticket(world: World) -> None:
    """A closed ticket takes no notes: the mail shows as not delivered, and nothing is parked for ever."""
    agents = spoken_to(world)
    solve(agents)
    _ = world.settle()
    world.zendesk.person("close", ticket=1)
    _ = world.settle()
    world.mail.person("bounce", address=KIM, mail=got(world)[0]["uid"])
    run = world.sync()
    assert run.summary["news"] == {"mails not delivered": 1}
    assert not world.store.parked()


# what leaves ----------------------------------------------------------------------------------------


def test_a_plan_sends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """tells_the_truth: who only looks at what a run would do lets no mail leave, not even an old one."""
    agents = spoken_to(world)
    with monkeypatch.context() as patch:
        mails_wait(world, patch)
        assert agents.say(1, "It is out", public=True)
        _ = world.settle(2)
    _ = plan_now(world.assembly)
    assert outbox(world) == {"sent": 1, "pending": 1}
    _ = world.sync()
    assert outbox(world) == {"sent": 2}


def test_keeps_secrets_that_were_taken_back_while_the_mail_waited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not for the customer any more does not leave when the mail server is back."""
    agents = spoken_to(world)
    with monkeypatch.context() as patch:
        mails_wait(world, patch)
        assert agents.say(1, "The password is 1234", public=True)
        _ = world.settle(2)
    world.zendesk.person("make_private", comment=agents.see(1)["comments"][-1]["id"])
    _ = world.settle()
    assert texts(world) == ["Take the plug out"]


def test_isolates_mails_from_one_in_doubt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the mailbox that holds the evidence is gone, what is in doubt waits, and the others leave."""
    agents = spoken_to(world)
    world.mail.faults.follow(["lost_before"], endpoint="SMTP MESSAGE")
    assert agents.say(1, "Is it out?", public=True)
    _ = world.sync()
    delivering = world.assembly.connectors[EMAIL].outbox._delivering

    def gone(_: Sequence[str]) -> set[str]:
        raise Misconfigured("there is no mailbox 'Sent'")

    monkeypatch.setattr(delivering, "_holds", gone)
    assert agents.say(1, "It is", public=True)
    assert "no mailbox" in world.sync().summary["error"]
    assert texts(world)[-1] == "It is"


def test_can_be_undone_with_what_still_waits(telling: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the hub takes back a conversation that it began, nothing is sent in it any more."""
    agents = Zendesk(telling)
    ticket = agents.create("Printer", requester=KIM)
    begun = telling.sync()
    _ = telling.settle()
    with monkeypatch.context() as patch:
        mails_wait(telling, patch)
        assert agents.say(ticket, "Take the plug out", public=True)
        _ = telling.settle(2)
    _ = undo_run(telling.assembly, begun.id)
    _ = telling.settle()
    assert outbox(telling) == {"cancelled": 1}


def test_an_undo_says_what_cannot_be_taken_back(telling: World) -> None:
    """tells_the_truth: a conversation in which customers were written to stays, and the reason is told."""
    agents = Zendesk(telling)
    ticket = agents.create("Printer", requester=KIM)
    begun = telling.sync()
    _ = telling.settle()
    assert agents.say(ticket, "Take the plug out", public=True)
    _ = telling.settle()
    told = undo_run(telling.assembly, begun.id)
    [kept] = [it for it in told["kept"] if it["system"] == EMAIL]
    assert "mails were sent" in kept["why"]
    _ = answer(telling, "It is out")
    _ = telling.settle()
    assert any("It is out" in text for text in agents.texts(ticket))


def test_an_answer_to_nobody_is_told(world: World) -> None:
    """tells_the_truth: where a mail does not say who sent it, an answer goes nowhere, and its author is told so."""
    _ = world.mail.person("deliver", raw="Subject: It burns\r\n\r\nHelp\r\n", sender=KIM)
    _ = world.settle()
    recover(world.store, [1])
    _ = world.settle()
    agents = Zendesk(world)
    assert agents.say(1, "Who are you?", public=True)
    assert world.sync().summary["news"] == {"mails not delivered": 1}
    _ = world.settle()
    assert "nobody" in agents.texts(1, public=False)[-1]


def test_no_number_is_too_large_to_ask_for(world: World) -> None:
    """tells_the_truth: a conversation that cannot be is one that is not there."""
    _ = world.mail.person("deliver", raw="Subject: It burns\r\n\r\nHelp\r\n", sender=KIM)
    _ = world.settle()
    with pytest.raises(Misconfigured, match="no conversation"):
        recover(world.store, [1], to=f"mail-{'9' * 30}")


def test_a_mail_held_up_by_a_cap_is_told(world: World) -> None:
    """tells_the_truth: what an agent says too often in a short time does not stay behind in silence."""
    agents = spoken_to(world)
    world.pause = 1
    for number in range(11):
        assert agents.say(1, f"Step {number}", public=True)
    runs = world.settle()
    assert outbox(world)["withheld"] > 0
    assert any("mails held up by a cap" in run.summary.get("news", {}) for run in runs)


def test_machines_are_capped_like_people(world: World) -> None:
    """stops_in_time: a machine that answers without end leaves no more notes than a person may write mails."""
    _ = spoken_to(world)
    world.pause = 1
    for number in range(20):
        _ = answer(world, f"Your call {number} is important to us", auto="auto-replied")
        _ = world.sync()
    assert len([line for line in mailbox(world) if line.startswith("noted")]) < 15


# settings -------------------------------------------------------------------------------------------


def _settings(**changes: Any) -> EmailSettings:
    server = {"host": "mail.example", "port": 1}
    given = {"address": "support@acme.example", "name": "Acme", "imap": server, "smtp": server}
    return EmailSettings.model_validate({**given, "keys": ["a key for tests alone"], **changes})


@pytest.mark.parametrize("changes", [{"mailboxes": []}, {"since": "2026-13-45"}])
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    """tells_the_truth: no mailbox would be read in silence, and no day that there is not stops a run."""
    with pytest.raises(ValueError, match=next(iter(changes))):
        _ = _settings(**changes)


def test_an_address_is_the_same_in_any_case() -> None:
    """The group of an address is found however its address is written in the settings."""
    assert _settings(groups={"Sales@Acme.example": "Sales"}).groups == {"sales@acme.example": "Sales"}


def test_keeps_secrets_when_a_mail_takes_the_name_of_one_of_our_own_notes(world: World) -> None:
    """What the hub remembers beside Message-IDs cannot be said by a Message-ID: an answer goes to no stranger."""
    solve(spoken_to(world))
    _ = world.settle()
    world.zendesk.person("close", ticket=1)
    _ = world.settle()
    eve = b"From: eve@evil.example\r\nTo: support@helpdesk.example\r\nCc: kim@customer.example\r\n"
    _ = world.mail.person("deliver", raw=eve + b"Message-ID: <follows:1>\r\nSubject: Trap\r\n\r\nhello\r\n")
    _ = world.settle()
    _ = answer(world, "My PIN is 1234.")
    _ = world.settle()
    trap = next(t.id for t in world.zendesk.state.tickets.values() if t.subject == "Trap")
    assert not any("1234" in c["body"] for c in world.zendesk.person("show", ticket=trap)["comments"])
    assert len(world.zendesk.state.tickets) == 3


def test_keeps_secrets_when_a_stranger_goes_on_with_a_closed_ticket(world: World) -> None:
    """Who got hold of a mail may begin a ticket with it, and put its reader into Cc; the reader's answer is not theirs."""
    solve(spoken_to(world))
    _ = world.settle()
    world.zendesk.person("close", ticket=1)
    _ = world.settle()
    [mail] = got(world)
    headers = {"References": f"<{mail['message_id']}>"}
    _ = write(world, "Trap", "eve@evil.example", cc=[KIM], to=mail["reply_to"], headers=headers)
    _ = world.settle()
    _ = write(world, "My PIN is 1234.", to=mail["reply_to"], headers=headers)
    _ = world.settle()
    trap = [t.id for t in world.zendesk.state.tickets.values() if t.subject == "Trap"]
    assert not any("1234" in c["body"] for t in trap for c in world.zendesk.person("show", ticket=t)["comments"])
    assert any(t.subject == "My PIN is 1234." for t in world.zendesk.state.tickets.values())

"""What goes wrong with a mailbox: who refused what, what to do, that nothing is lost, and that the others go on."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from flows.intake import Intake
from flows.serve import accept
from hub.model import EMAIL
from hub.ports import Rejected, Webhook
from sandbox.faults import Fault
from tests.world import World, summary, writes

Worlds = Callable[..., World]
KIM = "kim@customer.example"
SUPPORT = "support@helpdesk.example"


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds(mail=True)


def write(world: World, **draft: Any) -> None:
    _ = world.mail.person(
        "write", **{"from": f"Kim Doe <{KIM}>", "subject": "Printer", "body": "It burns.", **draft}
    )


def raw(world: World, *lines: str, body: str = "hello") -> None:
    """Put a mail into the mailbox, byte for byte."""
    head = [f"From: {KIM}", f"To: {SUPPORT}", "Message-ID: <raw@customer.example>", *lines]
    _ = world.mail.person("deliver", raw="\r\n".join([*head, "", body, ""]).encode())


def mails(world: World) -> list[tuple[str, str]]:
    """What became of each mail, and why."""
    with world.store.reading() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT state, reason FROM mails ORDER BY id"))]


def tickets(world: World) -> list[str]:
    return [t.subject for t in world.zendesk.state.tickets.values()]


def got(world: World, address: str = KIM) -> list[Any]:
    return world.mail.person("inbox", address=address)["mails"]


def at_rest(world: World) -> None:
    run = world.settle()[-1]
    assert (run.state, writes(run)) == ("clean", 0), run.summary


# signing in -----------------------------------------------------------------------------------


def test_a_wrong_password(world: World) -> None:
    write(world)
    _ = world.mail.person("change_password", password="another")
    number = world.zendesk.person("create", subject="From Zendesk", body="x")["ticket"]
    run = world.sync()
    [(system, why)] = run.summary["down"].items()
    assert (run.state, system) == ("failed", "email")
    assert f"did not accept the password of {SUPPORT} ([AUTHENTICATIONFAILED]" in why
    assert "correct `user` and `password` of this mailbox in hub.toml" in why
    assert "mail-password" not in json.dumps(run.summary)
    assert world.store.named(f"zendesk:{number}"), "the other sides went on"
    _ = world.mail.person("change_password", password="mail-password")
    _ = world.sync()
    assert "Printer" in tickets(world)
    at_rest(world)


def test_a_wrong_password_for_sending_keeps_the_mail(world: World) -> None:
    write(world)
    _ = world.sync()
    _ = world.zendesk.person("comment", ticket=1, body="Pull the plug.", public=True)
    world.mail.faults.follow(["fail_500"], endpoint="SMTP AUTH")
    run = world.sync()
    assert run.state == "failed"
    assert "password" in run.summary["down"]["email"] or "sign" in run.summary["down"]["email"]
    assert got(world) == []
    _ = world.sync()
    assert [m["text"].strip() for m in got(world)] == ["Pull the plug."]
    at_rest(world)


class TokenGiver:
    """Who gives access tokens: each one is new, until nobody is known any more."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.given = 0
        self.knows_us = True

    def __call__(self, _: httpx.Request) -> httpx.Response:
        if not self.knows_us:
            said = {"error": "invalid_grant", "error_description": "AADSTS70008: the refresh token has expired"}
            return httpx.Response(400, json=said)
        self.given += 1
        token = f"token-{self.given}"
        _ = self.world.mail.person("issue_token", token=token)
        return httpx.Response(200, json={"access_token": token, "expires_in": 3600, "refresh_token": "hush-next"})


@pytest.fixture
def giver(world: World) -> TokenGiver:
    """The mailbox is signed in to by OAuth."""
    giver = TokenGiver(world)
    email = world.settings.email
    assert email is not None
    oauth = {"provider": "microsoft", "client_id": "app", "client_secret": "hush", "refresh_token": "hush-first"}
    servers = {
        name: {**getattr(email, name).model_dump(), "password": None, "user": email.address} for name in ("imap", "smtp")
    }
    by_token = type(email).model_validate({**email.model_dump(), **servers, "oauth": oauth})
    world.settings = world.settings.model_copy(update={"email": by_token})
    world.transports[EMAIL] = httpx.MockTransport(giver)
    world.reborn()
    return giver


def test_an_access_token_that_lapsed(world: World, giver: TokenGiver) -> None:
    """A new one is asked for, and nobody notices."""
    write(world)
    assert world.sync().state == "clean"
    world.mail.office.expire_tokens()
    world.reborn()
    write(world, subject="Another")
    assert world.sync().state == "clean"
    assert tickets(world) == ["Printer", "Another"]
    assert giver.given == 2


def test_a_refresh_token_that_is_worth_nothing_any_more(world: World, giver: TokenGiver) -> None:
    """Who refused, and what to do; what waits is taken once somebody signed in again."""
    write(world)
    giver.knows_us = False
    run = world.sync()
    assert run.state == "failed"
    why = run.summary["down"]["email"]
    assert "Microsoft 365 gave us no token (invalid_grant: AADSTS70008: the refresh token has expired)" in why
    assert "hush" not in json.dumps(run.summary)
    giver.knows_us = True
    world.reborn()
    assert world.sync().state == "clean"
    assert tickets(world) == ["Printer"]


# the mailbox ------------------------------------------------------------------------------------


def test_a_mailbox_that_is_gone(world: World) -> None:
    write(world)
    _ = world.sync()
    _ = world.mail.person("create", mailbox="Support")
    world.settings = world.settings.model_copy(
        update={"email": world.settings.email.model_copy(update={"mailboxes": ("Support",)})}  # type: ignore[union-attr]
    )
    world.reborn()
    _ = world.sync()
    _ = world.mail.person("remove", mailbox="Support")
    run = world.sync()
    assert run.state == "failed"
    assert "Support" in run.summary["down"]["email"]
    assert "INBOX" in run.summary["down"]["email"], "it says which mailboxes there are"
    _ = world.mail.person("create", mailbox="Support")
    _ = world.mail.person("deliver", raw=b"From: kim@customer.example\r\nSubject: Later\r\n\r\nhello\r\n", mailbox="Support")
    _ = world.sync()
    assert tickets(world) == ["Printer", "Later"]


@pytest.mark.parametrize("moment", ["FETCH", "SEARCH", "LOGIN"])
def test_a_connection_that_is_cut(world: World, moment: str) -> None:
    for n in range(3):
        write(world, subject=f"Mail {n}")
    world.mail.faults.follow(["lost"], endpoint=moment)
    _ = world.sync()
    _ = world.sync()
    assert sorted(tickets(world)) == ["Mail 0", "Mail 1", "Mail 2"]
    at_rest(world)


def test_a_full_disk_while_storing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the mail nor the cursor is taken in half: the run says so, and the next one has it all."""
    write(world)
    with world.store.reading() as connection:
        size = connection.execute(text("PRAGMA page_count")).scalar_one()
    _ = world.mail.person("deliver", raw=b"From: kim@customer.example\r\nSubject: Big\r\n\r\n" + b"x" * 3_000_000)
    full = f"PRAGMA max_page_count = {size + 30}"
    with world.store.fenced() as connection:
        _ = connection.exec_driver_sql(full)
    run = world.sync()
    assert run.state == "failed"
    assert "full" in str(run.summary.get("error", "")) + str(run.summary["down"])
    world.reborn()
    _ = world.settle()
    assert sorted(tickets(world)) == ["Big", "Printer"]
    del monkeypatch


# mails --------------------------------------------------------------------------------------------


def test_a_mail_of_200_mb(world: World) -> None:
    """Its beginning becomes a ticket that says where the rest is; the rest is never fetched."""
    line = b"QUJD" * 18 + b"\r\n"
    head = (
        b"From: kim@customer.example\r\nSubject: big\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n"
        b"--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    _ = world.mail.person("deliver", raw=head + line * 2_700_000 + b"--b--\r\n")
    assert world.sync().state == "clean"
    said = world.zendesk.person("show", ticket=1)["comments"][0]
    assert "This mail has 200 MB, more than are taken in" in said["body"]
    assert "still in the mailbox INBOX" in said["body"]
    assert "See the file." in said["body"]
    assert said["files"] == []
    with world.store.reading() as connection:
        kept = connection.execute(text("SELECT SUM(LENGTH(data)) FROM mail_chunks")).scalar_one()
    assert kept < 200_000
    at_rest(world)


def test_ten_thousand_recipients(world: World) -> None:
    """It is no word to support alone: it waits for a person, who can let it in."""
    raw(world, "Cc: " + ",\r\n ".join(f"P {i} <p{i}@customer.example>" for i in range(10_000)), "Subject: all")
    write(world, subject="Another")
    run = world.sync()
    assert (run.state, run.summary["news"]) == ("attention", {"mails held back": 1})
    assert mails(world)[0] == (
        "suspended", "it was sent to 10001 addresses at once; 1000 is the most that is heard"
    )  # fmt: skip
    assert tickets(world) == ["Another"]


def test_few_follow_however_many_were_written_to(world: World) -> None:
    """Nobody can make us write to hundreds."""
    raw(world, "Cc: " + ",\r\n ".join(f"p{i}@customer.example" for i in range(300)), "Subject: many")
    _ = world.settle()
    _ = world.zendesk.person("comment", ticket=1, body="Answer", public=True)
    _ = world.settle()
    with world.store.reading() as connection:
        rows = connection.execute(text("SELECT COUNT(*) FROM outbox")).scalar_one()
    assert rows == 1 + 48


def test_a_zip_bomb(world: World) -> None:
    """What is packed is never unpacked: it goes along as the file that it is."""
    bomb = b"PK\x03\x04" + b"\0" * 200
    _ = world.mail.person(
        "write", **{"from": KIM, "subject": "zip", "body": "see", "files": [{"name": "bomb.zip", "content": bomb.decode("latin-1")}]}
    )
    _ = world.settle()
    attached = world.zendesk.person("show", ticket=1)["comments"][1]
    assert (attached["files"], attached["public"]) == (["bomb.zip"], False)


@pytest.mark.parametrize(
    "body", [b"\x00\xff" * 5000, b"", b"\r\n" * 100, b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n" * 50]
)
def test_bytes_that_are_no_mail_stop_nothing(world: World, body: bytes) -> None:
    _ = world.mail.person("deliver", raw=body)
    write(world)
    run = world.sync()
    assert run.state in ("clean", "attention")
    assert "Printer" in tickets(world)
    [(state, why), _] = mails(world)
    assert state in ("suspended", "quarantined", "heard")
    assert why or state == "heard"


def test_headers_cannot_be_injected(world: World) -> None:
    """Line breaks in names and subjects are blanks before anything is made of them."""
    _ = world.mail.person(
        "deliver",
        raw=(
            b"From: =?utf-8?q?Kim=0D=0ABcc=3A_evil=40x.example?= <kim@customer.example>\r\n"
            b"To: support@helpdesk.example\r\nMessage-ID: <i@x>\r\n"
            b"Subject: =?utf-8?q?Hi=0D=0ABcc:_evil@x.example=0D=0A=0D=0Abody?=\r\n\r\nhello\r\n"
        ),
    )
    _ = world.settle()
    assert tickets(world) == ["Hi Bcc: evil@x.example body"]
    _ = world.zendesk.person("comment", ticket=1, body="Answer\n\nBcc: evil@x.example", public=True)
    _ = world.settle()
    [mail] = got(world)
    assert mail["subject"] == "Re: Hi Bcc: evil@x.example body"
    assert "bcc" not in mail["headers"]
    assert got(world, "evil@x.example") == []


# tokens and nudges ----------------------------------------------------------------------------------


@pytest.fixture
def answered(world: World) -> Any:
    """A conversation in which an agent answered: the customer has a reply address."""
    write(world)
    _ = world.settle()
    _ = world.zendesk.person("comment", ticket=1, body="Pull the plug.", public=True)
    _ = world.settle()
    return got(world)[-1]


def test_a_forged_token(world: World, answered: Any) -> None:
    """One character of it changed: it opens no conversation, and somebody is told."""
    [right] = answered["reply_to"]
    local, _, domain = right.partition("@")
    last = "b" if local[-1] == "a" else "a"
    _ = world.mail.person(
        "write", **{"from": "eve@evil.example", "to": f"{local[:-1]}{last}@{domain}", "subject": "Re: Printer", "body": "So?"}
    )
    run = world.sync()
    assert run.summary["news"] == {"mails held back": 1}
    state, why = mails(world)[-1]
    assert state == "suspended"
    assert "a token that we did not sign" in why
    assert len(world.zendesk.person("show", ticket=1)["comments"]) == 2


def test_a_token_that_was_passed_on_tells_agents_alone(world: World, answered: Any) -> None:
    """Whoever holds it may write there; it is not shown to the customer, nor are they told anything."""
    _ = world.mail.person(
        "write", **{"from": "eve@evil.example", "to": answered["reply_to"], "subject": "Re: Printer", "body": "So?"}
    )
    _ = world.settle()
    said = world.zendesk.person("show", ticket=1)["comments"][-1]
    assert said["public"] is False
    assert "Not shown to others: eve@evil.example takes no part in this conversation" in said["body"]
    _ = world.zendesk.person("comment", ticket=1, body="Still burning?", public=True)
    _ = world.settle()
    assert got(world, "eve@evil.example") == []


def _nudge(secret: str, body: bytes, at: float, now: float) -> Webhook:
    stamp = str(int(at))
    proof = hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
    headers = {"x-hub-timestamp": stamp, "x-hub-signature": f"sha256={proof}"}
    return Webhook("POST", "/webhooks/email", headers, body, now)


def test_a_nudge_that_is_replayed(worlds: Worlds) -> None:
    """Soon, it is known by its id; later, by its time; and it never says more than `read now`."""
    world = worlds(mail=True)
    email = world.settings.email.model_copy(update={"webhook_secret": SecretStr("hush")})  # type: ignore[union-attr]
    world.settings = world.settings.model_copy(update={"email": email})
    world.reborn()
    connector: Any = world.assembly.connectors["email"]  # type: ignore[index]
    body = b'{"id": "n-1", "mailbox": "INBOX"}'
    first = _nudge("hush", body, 1000, 1010)
    for new in (1, 0):
        answer = asyncio.run(accept(Intake(world.store), connector, first))
        assert json.loads(bytes(answer.body)) == {"hints": new}
    for wrong, why in (
        (_nudge("hush", body, 1000, 2000), "too old, or replayed"),
        (_nudge("other", body, 1000, 1010), "another secret, or another body"),
        (_nudge("hush", b"[]", 1000, 1010), "not the JSON that was agreed on"),
    ):
        with pytest.raises(Rejected, match=why):
            connector.verify(wrong)
    write(world)
    assert world.sync().state == "clean"
    assert tickets(world) == ["Printer"]
    assert summary(world.sync(), "observed")["email"] == 0


# too much at once ---------------------------------------------------------------------------------


def test_a_run_that_would_write_to_too_many_customers(worlds: Worlds) -> None:
    """It stops before the first mail, and says which limit; a person lets it go on."""
    world = worlds(mail=True)
    policy = world.folder / "mappings" / "policy.yaml"
    _ = policy.write_text(policy.read_text("utf-8").replace("tell: 500", "tell: 2"), "utf-8")
    world.reborn()
    for n in range(3):
        write(world, subject=f"Case {n}")
    _ = world.settle()
    for ticket in list(world.zendesk.state.tickets):
        _ = world.zendesk.person("comment", ticket=ticket, body="We are closing down.", public=True)
    run = world.sync()
    assert run.state == "stopped"
    assert "this run would write to the customers of 3 tickets; the limit is 2" in run.summary["error"]
    assert got(world) == []
    assert world.sync(approved=True).state == "clean"
    assert [m["text"].strip() for m in got(world)] == ["We are closing down."] * 3


# servers that fail ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", ["lost", "lost_before", "fail", "throttle", "full"])
def test_a_server_that_fails_while_a_mail_leaves(world: World, fate: str) -> None:
    """The customer gets it once, whatever was answered."""
    write(world)
    _ = world.settle()
    _ = world.zendesk.person("comment", ticket=1, body="Pull the plug.", public=True)
    world.mail.faults.follow([Fault.of(fate)], endpoint="SMTP MESSAGE")
    _ = world.sync()
    for _ in range(6):
        world.tick(1200)
        _ = world.sync()
    assert [m["text"].strip() for m in got(world)] == ["Pull the plug."]
    at_rest(world)


def test_an_address_that_does_not_exist(world: World) -> None:
    """Agents read that it did not arrive, and why; nothing is reopened."""
    _ = world.mail.person("write", **{"from": "gone@nowhere.fail", "subject": "Lost", "body": "x"})
    _ = world.settle()
    _ = world.zendesk.person("comment", ticket=1, body="Are you there?", public=True)
    _ = world.sync()
    run = world.sync()
    assert run.summary.get("news") == {"mails not delivered": 1}
    _ = world.settle()
    said = world.zendesk.person("show", ticket=1)["comments"][-1]
    assert said["public"] is False
    assert "gone@nowhere.fail" in said["body"]
    assert "5.1.1" in said["body"]
    at_rest(world)

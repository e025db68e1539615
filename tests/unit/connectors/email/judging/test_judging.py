"""What a mail is taken for: each filter on what it must catch, and on what looks like it and is a person's."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email import tokens
from connectors.email.filters import bounces
from connectors.email.house import House
from connectors.email.judging import judge
from connectors.email.model import Address, FilePart, Message, Recipient, Report
from connectors.email.placing import place
from connectors.email.trust import trust
from tests.unit.connectors.email.judging.recalled import (
    CHECKED,
    HOUSE,
    NOW,
    Recalled,
    mail,
    to_token,
    with_headers,
)

OURS = Address("support@acme.example", "Acme")
OUR_ID = tokens.message_id(HOUSE, "17")
LOOP = (tokens.LOOP_HEADER.lower(), tokens.loop_header(HOUSE, 17))
VERP = (Address(tokens.bounce_address(HOUSE, 17)),)
KNOWN = Recalled(
    rows={OUR_ID: 17, "rewritten@ses.example": 17}, ids={OUR_ID: (3,), "m0@client.example": (3,)}
)
DAEMON = Address("mailer-daemon@mx.client.example", "Mail Delivery System")
FAILED = Report("delivery", (Recipient("ann@client.example", "failed", "5.1.1", "550 5.1.1 no such user"),))
IN_THREAD = {"in_reply_to": ("m0@client.example",)}


def judged(message: Message, house: House = HOUSE, known: Recalled = KNOWN) -> tuple[str, int, str]:
    found = judge(message, house, known, NOW)
    assert bool(found.reason) == (found.what != "hear")
    assert not found.reason.endswith(".")
    return found.what, found.outbox, found.rewritten


# own echoes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (mail(sender=OURS, message_id=OUR_ID), ("echo", 17, "")),
        (mail(sender=OURS, message_id=tokens.message_id(HOUSE, "lost")), ("echo", 0, "")),
        (mail(message_id="rewritten@ses.example"), ("echo", 17, "")),
        (with_headers(LOOP, sender=OURS, message_id="new@ses.example"), ("echo", 17, "new@ses.example")),
        (with_headers(("x-microsoft-original-message-id", f"<{OUR_ID}>"), sender=OURS, message_id="n@outlook.example"),
         ("echo", 17, "n@outlook.example")),
        (mail(sender=OURS, message_id="n@x", reply_to=to_token(3), references=(OUR_ID,)), ("echo", 17, "n@x")),
        (with_headers(("auto-submitted", "auto-generated"), sender=OURS, message_id=OUR_ID), ("echo", 17, "")),
    ],
)  # fmt: skip
def test_our_own_mails_are_echoes(message: Message, expected: tuple[str, int, str]) -> None:
    """By a Message-ID, a mark or a reply address that only we can have signed, or a Message-ID that is known."""
    assert judged(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        mail(message_id="o.aaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaa@acme.example"),
        mail(in_reply_to=(OUR_ID,), references=(OUR_ID,)),
        with_headers(("x-sync-hub-loop", "hub-1;aaaa.aaaaaaaaaaaaaaaa")),
        mail(reply_to=to_token(3), to=to_token(3)),
    ],
    ids=["a false id", "an answer", "a false mark", "a customer's own Reply-To"],
)
def test_what_others_wrote_is_no_echo(message: Message) -> None:
    assert judged(message) == ("hear", 0, "")


# bounces ---------------------------------------------------------------------------------------


BOUNCE = mail(sender=DAEMON, subject="Undelivered Mail Returned to Sender", return_path="", report=FAILED)
TEXT = "Your message could not be delivered:\n\n\\<ann@client.example>:\\\n550 5.1.1 user unknown"


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"to": VERP}, 17),
        ({"delivered_to": (VERP[0].email,)}, 17),
        ({"to": VERP, "report": msgspec.structs.replace(FAILED, original_message_id="other@x")}, 17),
        ({"report": msgspec.structs.replace(FAILED, original_message_id=OUR_ID)}, 17),
        ({"report": msgspec.structs.replace(FAILED, original_message_id="rewritten@ses.example")}, 17),
        ({"report": msgspec.structs.replace(FAILED, original_envelope_id=OUR_ID)}, 17),
        ({"report": msgspec.structs.replace(FAILED, original_envelope_id=OUR_ID.replace("@", "+40"))}, 17),
        ({"report": None, "text": TEXT, "in_reply_to": (OUR_ID,)}, 17),
        ({"report": None, "text": f"{TEXT}\n\nMessage-ID: \\<{OUR_ID}\\>"}, 17),
        ({"report": None, "text": f"{TEXT}\n\nMessage-ID: <rewritten@ses.example>"}, 17),
        ({"report": None, "text": TEXT}, 0),
        ({"to": (Address(VERP[0].email.replace("+b.", "+b.x")),)}, 0),
        ({"subject": "??", "report": None, "text": "??", "to": VERP}, 17),
    ],
)
def test_a_bounce_names_its_row(changes: dict[str, object], row: int) -> None:
    """By the address that it came to first, then by the machine-readable part, then by ids in the text."""
    assert judged(msgspec.structs.replace(BOUNCE, **changes)) == ("bounce", row, "")


@pytest.mark.parametrize(
    ("action", "said"),
    [("failed", "returned"), ("delayed", "still being tried"), ("delivered", "was delivered")],
)
def test_a_delay_is_not_a_failure(action: str, said: str) -> None:
    report = Report("delivery", (Recipient("a@b.example", action),))  # pyright: ignore[reportArgumentType]
    assert said in judge(msgspec.structs.replace(BOUNCE, report=report), HOUSE, KNOWN, NOW).reason


@pytest.mark.parametrize(
    "message",
    [
        mail(subject="Fwd: Undelivered Mail Returned to Sender", text=f"I got this from you:\n\n> {TEXT}"),
        mail(
            subject="Mail delivery failed",
            text="I could not be reached, your mail was returned. Please help.",
        ),
        mail(report=FAILED, subject="What does this mean?"),
        mail(text="550 5.1.1 user unknown is what I see"),
        mail(to=VERP, subject="Re: The printer"),
    ],
    ids=[
        "forwards one",
        "speaks of one",
        "attaches one",
        "quotes an answer",
        "answers to the envelope sender",
    ],
)
def test_a_person_who_speaks_of_a_bounce_is_heard(message: Message) -> None:
    assert judged(message)[0] == "hear"


# machines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        with_headers(("auto-submitted", "auto-replied; owner-email=a@b.example")),
        with_headers(("auto-submitted", "auto-generated (vacation)")),
        with_headers(("auto-submitted", "auto-notified")),
        with_headers(("precedence", "bulk")),
        with_headers(("x-precedence", "auto_reply")),
        with_headers(("x-autoreply", "yes")),
        with_headers(("x-auto-reply-from", "ann@client.example")),
        with_headers(("x-autorespond", "The printer")),
        with_headers(("x-fc-machinegenerated", "true")),
        with_headers(("x-amazon-mail-relay-type", "notification")),
        mail(return_path="", subject="Away"),
        mail(sender=Address("no-reply@client.example")),
        mail(sender=Address("do_not_reply+x@client.example")),
        mail(calendar="REPLY"),
        mail(report=Report("disposition")),
        mail(report=Report("feedback")),
        with_headers(
            ("x-ms-exchange-inbox-rules-loop", "ann@client.example"), subject="Automatische Antwort: Drucker"
        ),
        mail(subject="Out of Office: The printer", reply="I am on vacation until Monday."),
        mail(subject="Автоответ: Принтер", reply="Я в отпуске до понедельника."),
        mail(subject="Réponse automatique : imprimante", reply="Je suis en congé."),
        mail(subject="Abwesenheitsnotiz", reply="Ich bin im Urlaub."),
        mail(to=VERP, return_path="", subject="Away", text="I am away."),
    ],
)
def test_machines_leave_notes(message: Message) -> None:
    """Never a comment, wherever they belong."""
    assert judged(message)[0] == "note"
    assert judged(msgspec.structs.replace(message, to=to_token(3)))[0] == "note"


@pytest.mark.parametrize(
    "message",
    [
        with_headers(("x-auto-response-suppress", "All")),
        with_headers(("x-auto-response-suppress", "DR, RN, NRN, OOF, AutoReply"), subject="Re: The printer"),
        with_headers(("auto-submitted", "no")),
        with_headers(("precedence", "normal")),
        with_headers(("x-autoreply", "no")),
        mail(subject="Out of office hours support?"),
        mail(reply="I will be out of office tomorrow, so please answer today."),
        mail(calendar="REQUEST"),
        mail(sender=Address("noreplay.smith@client.example")),
    ],
)
def test_people_are_heard(message: Message) -> None:
    """One weak hint is none; X-Auto-Response-Suppress is none at all."""
    assert judged(message) == ("hear", 0, "")


def test_an_automatic_answer_names_the_mail_that_it_answers() -> None:
    message = with_headers(("auto-submitted", "auto-replied"), in_reply_to=(OUR_ID,))
    assert judged(message) == ("note", 17, "")


# lists -----------------------------------------------------------------------------------------

LIST = ("list-id", "Printers <printers.lists.example>")


def test_lists_are_held_back() -> None:
    found = judge(with_headers(LIST), HOUSE, KNOWN, NOW)
    assert (found.what, found.reason) == (
        "suspend",
        "it came through the mailing list printers.lists.example",
    )
    assert judged(with_headers(("precedence", "list")))[0] == "suspend"
    assert judged(with_headers(("list-unsubscribe", "<mailto:x@y.example>")))[0] == "suspend"


def test_a_list_that_hands_on_an_answer_to_us_is_heard() -> None:
    assert judged(with_headers(LIST, **IN_THREAD))[0] == "hear"
    assert judged(with_headers(LIST, to=(Address("printers@lists.example"),), **IN_THREAD))[0] == "suspend"


@pytest.mark.parametrize(
    "headers",
    [
        (("list-id", "<support.acme.example>"),),
        (("list-id", "x"), ("list-post", "<https://groups.example/x>, <mailto:help@acme.example>")),
        (("mailing-list", "list support@acme.example; contact support+owners@acme.example"),),
        (("list-id", "x"), ("x-beenthere", "support@acme.example")),
    ],
)
def test_our_own_address_may_be_a_group(headers: tuple[tuple[str, str], ...]) -> None:
    """A group that customers write to, and that hands their mails on to our mailbox."""
    assert judged(with_headers(*headers, ("precedence", "list")))[0] == "hear"


# peers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        with_headers(("x-zendesk-from-account-id", "1")),
        with_headers(("x-mailer", "Zendesk Mailer")),
        mail(message_id="8PWZ2K_65a1_sprut@zendesk.com"),
        mail(message_id="8PWZ2K@zendesk.com"),
        mail(sender=Address("support@acme.zendesk.com")),
        mail(sender=OURS, message_id="8PWZ2K_65a1_sprut@zendesk.com"),
        with_headers(("x-jira-fingerprint", "abc")),
        with_headers(("x-atlassian-mail-message-id", "abc"), ("auto-submitted", "auto-generated")),
        mail(message_id="JIRA.1.1.1@Atlassian.JIRA"),
        mail(sender=Address("jira@acme.atlassian.net")),
        with_headers(("x-sfdc-lk", "00D")),
        with_headers(("x-mail_abuse_inquiries", "http://www.salesforce.com/company/abuse.jsp")),
        mail(message_id="x.1@sfdc.net"),
        mail(message_id="AbC@na1.salesforce.com"),
    ],
)
def test_notifications_of_peers_are_not_heard_twice(message: Message) -> None:
    assert judged(message)[0] == "peer"


def test_peers_can_be_named() -> None:
    """By address or by domain; what is of the same vendor, but not ours, waits for a person."""
    house = msgspec.structs.replace(HOUSE, peers=("alerts@tool.example", "@acme.zendesk.com"))
    assert judged(mail(sender=Address("alerts@tool.example")), house)[0] == "peer"
    assert judged(mail(sender=Address("other@tool.example")), house)[0] == "hear"
    assert judged(mail(sender=Address("x@acme.zendesk.com")), house)[0] == "peer"
    named = mail(message_id="a@zendesk.com", reply_to=(Address("support+id1@acme.zendesk.com"),))
    assert judged(named, house)[0] == "peer"
    foreign = judge(mail(sender=Address("support@client.zendesk.com")), house, KNOWN, NOW)
    assert foreign.what == "suspend" and "not by @acme.zendesk.com" in foreign.reason


def test_a_customers_own_helpdesk_is_not_silently_dropped() -> None:
    """It answers a mail of ours, which ours never does: a person looks."""
    message = with_headers(("x-zendesk-from-account-id", "1"), to=to_token(3))
    found = judge(message, HOUSE, KNOWN, NOW)
    assert found.what == "suspend" and "let it in" in found.reason


@pytest.mark.parametrize(
    "message",
    [
        mail(text="> From: support@acme.zendesk.com\n> X-Zendesk-From-Account-Id: 1\n\nWhat is this?"),
        mail(subject="Fwd: [JIRA] (SUP-1) created", references=("JIRA.1@Atlassian.JIRA",)),
        mail(in_reply_to=("8PWZ2K_sprut@zendesk.com",), to=(Address("support@acme.example"), Address("x@acme.zendesk.com"))),
        mail(subject="Re: thread::abc:: case", text="ref:_00D.._500..:ref"),
        mail(sender=Address("someone@salesforce.com")),
    ],
)  # fmt: skip
def test_who_answers_or_forwards_a_notification_is_a_person(message: Message) -> None:
    assert judged(message)[0] == "hear"


# loops -----------------------------------------------------------------------------------------


def test_our_mark_on_somebody_elses_mail_is_a_loop() -> None:
    found = judge(with_headers(LOOP, LOOP, to=to_token(3)), HOUSE, KNOWN, NOW)
    assert found.what == "suspend" and "2 times" in found.reason


def test_too_many_hosts_are_a_loop() -> None:
    assert judged(with_headers(*[("received", f"by h{n}.example") for n in range(60)]))[0] == "suspend"
    assert judged(with_headers(*[("received", f"by h{n}.example") for n in range(25)]))[0] == "hear"


def _heard(count: int, at: str, conversation: int, email: str = "ann@client.example") -> Recalled:
    return Recalled(ids=KNOWN.ids, rows=KNOWN.rows, heard=[(email, at, conversation)] * count)


@pytest.mark.parametrize(
    ("known", "what"),
    [
        (_heard(9, "2026-03-01T11:59:00Z", 3), "hear"),
        (_heard(10, "2026-03-01T11:59:00Z", 3), "suspend"),
        (_heard(10, "2026-03-01T11:40:00Z", 3), "hear"),
        (_heard(25, "2026-03-01T11:40:00Z", 3), "suspend"),
        (_heard(29, "2026-03-01T11:59:00Z", 4), "hear"),
        (_heard(30, "2026-03-01T11:59:00Z", 4), "suspend"),
        (_heard(100, "2026-03-01T11:59:00Z", 4, "bob@client.example"), "hear"),
        (_heard(400, "2026-02-01T00:00:00Z", 3), "hear"),
    ],
)
def test_caps(known: Recalled, what: str) -> None:
    """So many in a conversation, so many in all, within each time; others' mails do not count."""
    assert judged(mail(**IN_THREAD), known=known)[0] == what


def test_a_capped_machine_is_held_back_too() -> None:
    message = with_headers(("auto-submitted", "auto-replied"), **IN_THREAD)
    assert judged(message, known=_heard(10, "2026-03-01T11:59:00Z", 3))[0] == "suspend"


def test_a_quiet_sender_costs_two_questions() -> None:
    """Caps are asked for from the longest time down, and the rest follows."""
    asked: list[int | None] = []

    class Counted(Recalled):
        def mails_from(self, email: str, since: str, conversation: int | None) -> int:
            asked.append(conversation)
            return super().mails_from(email, since, conversation)

    assert judged(mail(**IN_THREAD), known=Counted(ids=KNOWN.ids))[0] == "hear"
    assert asked == [3, None]


# false names, and measure ----------------------------------------------------------------------


def test_a_forged_sender_begins_nothing() -> None:
    failed = ("authentication-results", "mx.acme.example; dmarc=fail header.from=client.example")
    found = judge(with_headers(failed), CHECKED, KNOWN, NOW)
    assert found.what == "suspend" and found.reason.startswith("failed authentication")
    assert judged(with_headers(failed, **IN_THREAD), CHECKED)[0] == "hear"
    assert judged(with_headers(failed), HOUSE)[0] == "hear"


def test_our_own_address_in_a_strangers_mail_is_held_back() -> None:
    for email in ("support@acme.example", "help@acme.example", "support+x@acme.example"):
        assert judged(mail(sender=Address(email), **IN_THREAD))[0] == "suspend"


def test_nothing_is_too_much_or_too_little() -> None:
    assert judged(mail(subject=" ", text="", reply=""))[0] == "suspend"
    assert judged(mail(text="", reply=""))[0] == "hear"
    assert judged(mail(subject="", text="", files=(FilePart("a", "image/png", 0, 1),)))[0] == "hear"
    assert judged(mail(subject="", text="", encrypted=True))[0] == "hear"
    crowd = tuple(Address(f"a{n}@client.example") for n in range(10_000))
    assert judged(mail(to=crowd))[0] == "suspend"
    assert judged(mail(files=(FilePart("a", "x/y", 0, 1, size=50_000_000),)))[0] == "suspend"


# anything --------------------------------------------------------------------------------------

_TEXT = st.one_of(
    st.text(max_size=40), st.sampled_from([OUR_ID, TEXT, LOOP[1], "Undelivered Mail", "<>", "\\", "\x00"])
)
_EMAIL = st.one_of(
    _TEXT,
    st.sampled_from(
        ["", "@", "ann@client.example", OURS.email, VERP[0].email, to_token(3)[0].email, "+t.@acme.example"]
    ),
)
_ADDRESSES = st.lists(st.builds(Address, _EMAIL, _TEXT), max_size=3).map(tuple)
_HEADER = st.sampled_from(
    ["received", "authentication-results", "list-id", "list-post", "auto-submitted", "precedence", "content-type", "x-mailer",
     "x-failed-recipients", "x-sync-hub-loop", "x-zendesk-x", "arc-seal", "arc-authentication-results", "sender"]
)  # fmt: skip
_REPORTS = st.one_of(
    st.none(),
    st.builds(
        Report,
        kind=st.sampled_from(["delivery", "disposition", "feedback"]),
        recipients=st.lists(st.builds(Recipient, _EMAIL, status=_TEXT, diagnostic=_TEXT), max_size=2).map(
            tuple
        ),
        original_message_id=_TEXT,
        original_envelope_id=_TEXT,
    ),
)
_MESSAGES = st.builds(
    Message,
    message_id=_TEXT,
    in_reply_to=st.lists(_TEXT, max_size=2).map(tuple),
    references=st.lists(_TEXT, max_size=2).map(tuple),
    subject=_TEXT,
    sender=st.builds(Address, _EMAIL, _TEXT),
    reply_to=_ADDRESSES,
    to=_ADDRESSES,
    cc=_ADDRESSES,
    delivered_to=st.lists(_EMAIL, max_size=2).map(tuple),
    return_path=st.one_of(st.none(), _EMAIL),
    headers=st.lists(st.tuples(_HEADER, _TEXT), max_size=6).map(tuple),
    text=_TEXT,
    report=_REPORTS,
)


@given(_MESSAGES)
def test_every_mail_is_judged(message: Message) -> None:
    """Whatever a mail holds, there is a verdict with a reason, and nothing is raised; no token is in a reason."""
    found = judge(message, CHECKED, KNOWN, NOW)
    assert bool(found.reason) == (found.what != "hear")
    assert not found.rewritten or found.what == "echo"
    _ = bounces.report_of(message)
    placement = place(message, CHECKED, KNOWN)
    assert not (placement.question and placement.conversation)
    believed = trust(message, placement, CHECKED, KNOWN)
    assert believed.public or believed.flag
    if placement.forged:
        assert believed.flag

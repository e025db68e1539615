"""What happens in the demo: the tickets that the story follows, and what people do to them."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.demo_stage import Stage

MAYA = "maya.lindqvist@support.example"
TOM = "tom.becker@support.example"
ADA = "ada.park@eng.example"
DANA = "dana@sales.example"
ALICE, BEN = "contact1@northwind.example", "contact2@northwind.example"
"""They work for Northwind, and know nothing but their mail program."""
SAM, OPS = "sam@umbrella.example", "ops@umbrella.example"
PAT = "pat@twohats.example"
JUNIPER, VOLGA = "contact1@juniper.example", "contact1@volga.example"

NORTHWIND, BLUE_HARBOR, BRIGHTSIDE = "Northwind Retail", "Blue Harbor Foods", "Brightside Clinics"
TWO_HATS = ("Kestrel Logistics", "Copperline Energy")
RENEWS_IN = 40
"""Days until Northwind decides whether it stays, whenever the demo is shown."""
IMPACT = "Card is 70 % of their sales. Their board talks about the renewal on Thursday."
PROMISE = "A fix this week, or a month free of charge"
SUBJECT = "Checkout hangs after card payment"
LATE = "Webhook deliveries are late"
"""What Sam wrote about, in a mail of the morning."""
QUESTION = "We are on it. Which payment provider do you use? A notice for your shoppers is attached."
AMONG_AGENTS = "Their renewal is near and their board is watching. Not for the customer."
REPLY = "Swedbank Pay, on phones and desktops alike."
ON_TIME = "A queue was full. Since 11:00 deliveries are on time."
STILL_LATE = "Since noon they are late again."
IT_IS_FIXED = "The fix is live since 14:00. Paying by card works again; thank you for your patience."
PATIENCE = 7200.0
"""Seconds after which Alice asks again."""
IMPATIENT = (
    "This is not acceptable any more. Two hours, and nobody has told us anything. We lose orders every "
    "minute, and our board asks me to look for another provider. Please escalate this to your manager."
)
IN_RUSSIAN = (
    "Отчёты не выгружаются третий день подряд. Это уже не в первый раз, мы очень недовольны. Если до "
    "пятницы не заработает, перейдём к другому поставщику."
)
"""The reports cannot be exported for three days; not the first time, very displeased; else they leave."""
VERDICT = "they write like that every quarter, and the reports are on their way"
ASKED = "Does this happen with every card, and since when?"
GROWN = 240_000
"""What Blue Harbor pays a year from now on."""

ANSWER = "We found the cause, and a fix is being tested. I will write again today by 17:00."
FOR_THE_CUSTOMER = "The fix is in review and ships tonight. Paying by bank transfer works meanwhile."
AMONG_US = "Cause: the 3-D Secure answer is read before the gateway has signed it. Do not quote this."
NEW_NAME = (
    "Checkout hangs after card payment: the 3-D Secure answer is read before the gateway has signed it, "
    "so the order is never confirmed and the shopper looks at a spinner"
)
_A_MOMENT = 2.0
_TRACE = b"09:14:02 WARN gateway answer unsigned, waiting\n09:14:32 WARN gateway answer unsigned, gave up\n"
_OPENING = """Hello,

since this morning our shoppers pay by card and then look at a spinner:

1. put anything into the basket
2. pay by card
3. confirm on the phone

We lose every card order. A screenshot is attached.

Alice Morgan
Northwind Retail, IT
"""
_NOTICE = "Cards do not work at the moment. Please pay by bank transfer.\n"


@dataclass(frozen=True)
class Tickets:
    """Numbers of the tickets that the story follows."""

    hang: int
    """Began as Alice's mail: what the story follows. 0: the hub has not read it yet."""
    same: int
    """Another customer, the same problem: linked to the same issue later."""
    waiting: int
    """Engineering would not know enough: it waits until an agent has asked."""
    unclear: int
    """From somebody who is a contact of two accounts."""
    case: str
    """Began in Salesforce: the number of its Case."""
    third: int = 0
    """The same problem as well, as its words tell; nobody has looked yet."""
    reports: int = 0
    """Another problem, told in Russian and in anger."""
    late: int = 0
    """Began as Sam's mail; answered, solved, and answered again."""


def customers_write(stage: Stage) -> Tickets:
    """Alice writes a mail, three others into the helpdesk's form; agents fill in what they know."""
    _ = stage.mail(
        "write", subject=SUBJECT, body=_OPENING, cc=[f"Ben Carter <{BEN}>"],
        files=[{"name": "spinner.png", "type": "image/png", "base64": base64.b64encode(_spinner()).decode()}],
        **{"from": f"Alice Morgan <{ALICE}>"},
    )  # fmt: skip
    same = _asks(
        stage,
        "Card payments never finish",
        "<p>Shoppers pay by card and look at a spinner. Some paid twice, no order.</p>",
        "contact2@blueharbor.example",
    )
    _ = stage.agent(
        "set", ticket=same, actor=TOM, assignee_email=TOM, status="open", priority="normal", type="incident",
        fields={"Affected users": 340, "Severity": "S3 - Minor", "Product area": "Checkout"},
    )  # fmt: skip
    waiting = _asks(
        stage, "Receipts lack the loyalty points", "<p>Since the update.</p>", "contact1@alderfinch.example"
    )
    _ = stage.agent(
        "set", ticket=waiting, actor=TOM, priority="normal",
        fields={
            "Needs engineering": True, "Severity": "S3 - Minor", "Product area": "Billing",
            "Environment": "Production, eu-west",
        },
    )  # fmt: skip
    stage.writes_first("Pat Rivera", PAT)
    unclear = _asks(stage, "Which of our invoices are open?", "<p>Please send me a list.</p>", PAT)
    third = _asks(
        stage, "Card payment hangs", "<p>Pay by card at the checkout: a spinner, no order.</p>", JUNIPER
    )
    reports = _asks(stage, "Отчёты не выгружаются", f"<p>{IN_RUSSIAN}</p>", VOLGA)
    return Tickets(0, same, waiting, unclear, _in_salesforce(stage), third, reports)


def _in_salesforce(stage: Stage) -> str:
    """What the sales org knows that day, and the Case that its rep opens."""
    for name, days in ((NORTHWIND, RENEWS_IN), (BLUE_HARBOR, 3 * RENEWS_IN)):
        renewal = stage.record("Opportunity", f"Account.Name = '{name}' AND IsClosed = false")["Id"]
        _ = stage.rep("set_fields", record=renewal, by=DANA, CloseDate=stage.day(days))
        account = stage.account(name)["Id"]
        _ = stage.rep("set_fields", record=account, by=DANA, Renewal_Date__c=stage.day(days))
    for name in TWO_HATS:
        _ = stage.rep(
            "create", object="Contact", by=DANA, FirstName="Pat", LastName="Rivera", Email=PAT,
            AccountId=stage.account(name)["Id"],
        )  # fmt: skip
    account = stage.account(BRIGHTSIDE)["Id"]
    caller = stage.record("Contact", f"AccountId = '{account}' AND Email = 'contact1@brightside.example'")
    made = stage.rep(
        "create", by=DANA, Subject="Invoices carry an old VAT number", Origin="Phone", Priority="High",
        Description="All invoices since Monday. Their auditor sends them back.", AccountId=account,
        ContactId=caller["Id"], Needs_Engineering__c=True, Affected_Users__c=35, Severity__c="S2",
        Product_Area__c="Billing", Environment__c="Production, eu-west",
        Steps_to_Reproduce__c="1. Open any invoice of this week\n2. Look at the VAT number",
    )  # fmt: skip
    return str(made["number"])


def _spinner() -> bytes:
    """Draw a screenshot: a grey ring with a gap, 96 pixels square."""
    size, middle, inner, outer = 96, 47.5, 28, 36
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            far = ((x - middle) ** 2 + (y - middle) ** 2) ** 0.5
            rows.append(120 if inner <= far <= outer and not (x > middle and y < middle) else 250)
    head = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def agent_answers(stage: Stage, hang: int) -> None:
    """Maya reads the mail in Zendesk, asks back with a file, and fills in what engineering needs."""
    _ = stage.agent(
        "attach", ticket=hang, author=MAYA, body=QUESTION, public=True, name="notice.txt",
        data=_NOTICE.encode(), content_type="text/plain",
    )  # fmt: skip
    _ = stage.agent("comment", ticket=hang, author=MAYA, body=AMONG_AGENTS, public=False)
    _ = stage.agent(
        "set", ticket=hang, actor=MAYA, assignee_email=MAYA,
        fields={
            "Needs engineering": True, "Affected users": 1200, "Customer blocked": True,
            "Severity": "S2 - Degraded", "Product area": "Checkout", "Environment": "Production, us-east",
            "Steps to reproduce": "1. Put anything into the basket\n2. Pay by card\n3. Confirm on the phone",
            "Business impact": "Every card order is lost.", "Promised to customer": "News every two hours",
            "Revenue at risk": "85000",
        },
    )  # fmt: skip


def customers_answer(stage: Stage) -> None:
    """Alice answers with the whole thread below, and it is delivered twice; Ben's mailbox is full."""
    _ = stage.mail("bounce", address=BEN, status="5.2.2", diagnostic="552 5.2.2 mailbox is full")
    last = stage.mail("inbox", address=ALICE)["mails"][-1]
    _ = stage.mail(
        "write", body=f"{REPLY}\n\nAlice\n\n{_quoted(last)}", reply_to_mail=last["uid"], quotes=False,
        **{"from": f"Alice Morgan <{ALICE}>"},
    )  # fmt: skip
    _ = stage.mail("redeliver", travelled=True)


def _quoted(mail: Mapping[str, Any]) -> str:
    """Return the whole thread as mail programs put it below an answer."""
    older = [
        f"On {mail['date']}, Alice Morgan <{ALICE}> wrote:",
        *(f"> {line}" for line in _OPENING.splitlines()),
    ]
    below = [f"> {line}".rstrip() for line in (*mail["text"].splitlines(), "", *older)]
    return "\n".join([f"On {mail['date']}, {mail['from_name']} <{mail['from']}> wrote:", *below])


def late_is_solved(stage: Stage, late: int) -> None:
    """Tom answers Sam's mail and is done with it."""
    _ = stage.agent("comment", ticket=late, author=TOM, body=ON_TIME, public=True)
    _ = stage.agent("set", ticket=late, actor=TOM, assignee_email=TOM, status="solved")


def is_away(stage: Stage) -> None:
    """Sam's mail program answers by itself."""
    _ = stage.mail("vacation", address=SAM, body="I am out of office until noon.")


def is_back(stage: Stage) -> None:
    """Sam answers himself."""
    _ = stage.mail(
        "write", body=f"{STILL_LATE}\n\nSam", **{"from": f"Sam Ortiz <{SAM}>"},
        reply_to_mail=stage.mail("inbox", address=SAM)["mails"][-1]["uid"],
    )  # fmt: skip


def _asks(stage: Stage, subject: str, html: str, requester: str) -> int:
    comment = {"html_body": html, "public": True}
    return int(stage.agent("create", subject=subject, comment=comment, requester=requester)["ticket"])


def people_edit(stage: Stage, tickets: Tickets, issue: str) -> None:
    """Agents, an engineer and a rep work at the same time, none seeing what the others do."""
    _ = stage.agent("comment", ticket=tickets.hang, author=MAYA, body=ANSWER, public=True)
    _ = stage.agent(
        "set", ticket=tickets.hang, actor=MAYA, fields={"Affected users": 1500, "Severity": "S1 - Down"}
    )
    _ = stage.agent("set", ticket=tickets.same, actor=TOM, fields={"Jira issue": issue})
    _ = stage.agent("comment", ticket=tickets.third, author=TOM, body=ASKED, public=True)
    _ = stage.agent(
        "set", ticket=tickets.waiting, actor=TOM,
        fields={
            "Affected users": 60,
            "Steps to reproduce": "1. Pay with a loyalty card\n2. Print the receipt\n=> no points",
        },
    )  # fmt: skip
    stage.let_pass(_A_MOMENT)  # what is said in one second has no order
    _engineer_works(stage, issue)
    _ = stage.rep(
        "set_fields", record=stage.case(tickets.hang)["Id"], by=DANA, Business_Impact__c=IMPACT,
        Promised_to_Customer__c=PROMISE,
    )  # fmt: skip


def _engineer_works(stage: Stage, issue: str) -> None:
    _ = stage.engineer("set_fields", issue=issue, by=ADA, fields={"Severity": "S3"})
    _ = stage.engineer(
        "set_fields", issue=issue, by=ADA,
        fields={"assignee": ADA, "summary": NEW_NAME, "Fix versions": ["2026.4"], "priority": "Highest"},
    )  # fmt: skip
    for step in ("Start", "Send to review"):
        _ = stage.engineer("transition", issue=issue, to=step, by=ADA)
    _ = stage.engineer("comment", issue=issue, by=ADA, body=AMONG_US)
    _ = stage.engineer("comment", issue=issue, by=ADA, body=FOR_THE_CUSTOMER, customer=True)
    _ = stage.engineer(
        "attach", issue=issue, by=ADA, name="gateway-trace.log", content=_TRACE, mime="text/plain"
    )


def patience_ends(stage: Stage, tickets: Tickets, issue: str) -> None:
    """Alice asks again, and not kindly; an engineer and an agent say what they think of two warnings."""
    _ = stage.mail(
        "write", body=f"{IMPATIENT}\n\nAlice", **{"from": f"Alice Morgan <{ALICE}>"}, quotes=False,
        reply_to_mail=stage.mail("inbox", address=ALICE)["mails"][-1]["uid"],
    )  # fmt: skip
    labels = [*stage.issue(issue).body["fields"]["labels"], "risk_accepted"]
    _ = stage.engineer("set_fields", issue=issue, by=ADA, fields={"labels": labels})
    said = f"/risk dismiss: {VERDICT}"
    _ = stage.agent("comment", ticket=tickets.reports, author=TOM, body=said, public=False)


def engineer_fixes(stage: Stage, issue: str) -> None:
    """The fix is live."""
    _ = stage.engineer("transition", issue=issue, to="Done", by=ADA, Resolution="Done")


def tells(stage: Stage, tickets: Tickets) -> None:
    """One of the two customers is told."""
    _ = stage.agent("comment", ticket=tickets.hang, author=MAYA, body=IT_IS_FIXED, public=True)


def grows(stage: Stage) -> None:
    """The other one buys more."""
    _ = stage.rep(
        "set_fields", record=stage.account(BLUE_HARBOR)["Id"], by=DANA, Tier__c="enterprise", ARR__c=GROWN
    )

"""What happens in the demo: the tickets that the story follows, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass

from flows.demo_stage import Stage

MAYA = "maya.lindqvist@support.example"
TOM = "tom.becker@support.example"
ADA = "ada.park@eng.example"
DANA = "dana@sales.example"
PAT = "pat@twohats.example"

NORTHWIND, BLUE_HARBOR, BRIGHTSIDE = "Northwind Retail", "Blue Harbor Foods", "Brightside Clinics"
TWO_HATS = ("Kestrel Logistics", "Copperline Energy")
RENEWS_IN = 40
"""Days until Northwind decides whether it stays, whenever the demo is shown."""
IMPACT = "Card is 70 % of their sales. Their board talks about the renewal on Thursday."
PROMISE = "A fix this week, or a month free of charge"
IT_IS_FIXED = "The fix is live since 14:00. Paying by card works again; thank you for your patience."
GROWN = 240_000
"""What Blue Harbor pays a year from now on."""

ANSWER = "We found the cause, and a fix is being tested. I will write again today by 17:00."
FOR_THE_CUSTOMER = "The fix is in review and ships tonight. Paying by bank transfer works meanwhile."
AMONG_US = "Cause: the 3-D Secure answer is read before the gateway has signed it. Do not quote this."
NEW_NAME = (
    "Checkout hangs after card payment: the 3-D Secure answer is read before the gateway has signed it, "
    "so the order is never confirmed and the shopper looks at a spinner"
)
_TRACE = b"09:14:02 WARN gateway answer unsigned, waiting\n09:14:32 WARN gateway answer unsigned, gave up\n"
_OPENING = (
    "<p>Hello,</p><p>since this morning our shoppers pay by card and then look at a spinner:</p>"
    "<ol><li>put anything into the basket</li><li>pay by card</li><li>confirm on the phone</li></ol>"
    "<p>The page stays at <code>/checkout/confirm</code>. <b>We lose every card order.</b></p>"
)


@dataclass(frozen=True)
class Tickets:
    """Numbers of the tickets that the story follows."""

    hang: int
    """Handed to engineering in the first run."""
    same: int
    """Another customer, the same problem: linked to the same issue later."""
    waiting: int
    """Engineering would not know enough: it waits until an agent has asked."""
    unclear: int
    """From somebody who is a contact of two accounts."""
    case: str
    """Began in Salesforce: the number of its Case."""


def customers_write(stage: Stage) -> Tickets:
    """Three customers write, and agents fill in what they know."""
    hang = _mail(stage, "Checkout hangs after card payment", _OPENING, "contact1@northwind.example")
    _ = stage.agent(
        "set", ticket=hang, actor=MAYA, assignee_email=MAYA, status="open", priority="high", type="incident",
        fields={
            "Needs engineering": True, "Affected users": 1200, "Customer blocked": True,
            "Severity": "S2 - Degraded", "Product area": "Checkout", "Environment": "Production, us-east",
            "Steps to reproduce": "1. Put anything into the basket\n2. Pay by card\n3. Confirm on the phone",
            "Business impact": "Every card order is lost.", "Promised to customer": "News every two hours",
            "Revenue at risk": "85000",
        },
    )  # fmt: skip
    same = _mail(
        stage, "Card payments never finish", "<p>Paid twice, no order.</p>", "contact2@blueharbor.example"
    )
    _ = stage.agent(
        "set", ticket=same, actor=TOM, assignee_email=TOM, status="open", priority="normal", type="incident",
        fields={"Affected users": 340, "Severity": "S3 - Minor", "Product area": "Checkout"},
    )  # fmt: skip
    waiting = _mail(
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
    unclear = _mail(stage, "Which of our invoices are open?", "<p>Please send me a list.</p>", PAT)
    return Tickets(hang, same, waiting, unclear, _in_salesforce(stage))


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


def _mail(stage: Stage, subject: str, html: str, requester: str) -> int:
    comment = {"html_body": html, "public": True}
    return int(stage.agent("create", subject=subject, comment=comment, requester=requester)["ticket"])


def people_edit(stage: Stage, tickets: Tickets, issue: str) -> None:
    """Agents, an engineer and a rep work at the same time, none seeing what the others do."""
    _ = stage.agent("comment", ticket=tickets.hang, author=MAYA, body=ANSWER, public=True)
    _ = stage.agent(
        "set", ticket=tickets.hang, actor=MAYA, fields={"Affected users": 1500, "Severity": "S1 - Down"}
    )
    _ = stage.agent("set", ticket=tickets.same, actor=TOM, fields={"Jira issue": issue})
    _ = stage.agent(
        "set", ticket=tickets.waiting, actor=TOM,
        fields={
            "Affected users": 60,
            "Steps to reproduce": "1. Pay with a loyalty card\n2. Print the receipt\n=> no points",
        },
    )  # fmt: skip
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

"""What happens in the demo: the tickets that the story follows, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass

from flows.demo_stage import Stage

MAYA = "maya.lindqvist@support.example"
TOM = "tom.becker@support.example"
ADA = "ada.park@eng.example"

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


def customers_write(stage: Stage) -> Tickets:
    """Three customers write, and agents fill in what they know."""
    hang = _mail(stage, "Checkout hangs after card payment", _OPENING, "contact1@northwind.example")
    _ = stage.agent(
        "set", ticket=hang, actor=MAYA, assignee_email=MAYA, status="open", priority="high", type="incident",
        fields={
            "Needs engineering": True, "Affected users": 1200, "Customer blocked": True,
            "Severity": "S2 - Degraded", "Product area": "Checkout", "Environment": "Production, us-east",
            "Steps to reproduce": "1. Put anything into the basket\n2. Pay by card\n3. Confirm on the phone",
            "Business impact": "Every card order is lost; card is 70 % of their sales.",
            "Promised to customer": "News every two hours", "Revenue at risk": "85000",
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
    return Tickets(hang, same, waiting)


def _mail(stage: Stage, subject: str, html: str, requester: str) -> int:
    comment = {"html_body": html, "public": True}
    return int(stage.agent("create", subject=subject, comment=comment, requester=requester)["ticket"])


def people_edit(stage: Stage, tickets: Tickets, issue: str) -> None:
    """Agents and an engineer work at the same time, neither seeing what the other does."""
    _ = stage.agent("set", ticket=tickets.hang, actor=MAYA, priority="urgent")
    _ = stage.agent("comment", ticket=tickets.hang, author=MAYA, body=ANSWER, public=True)
    _ = stage.agent("set", ticket=tickets.hang, actor=MAYA, fields={"Severity": "S1 - Down"})
    _ = stage.agent("set", ticket=tickets.same, actor=TOM, fields={"Jira issue": issue})
    _ = stage.agent(
        "set", ticket=tickets.waiting, actor=TOM,
        fields={
            "Affected users": 60,
            "Steps to reproduce": "1. Pay with a loyalty card\n2. Print the receipt\n=> no points",
        },
    )  # fmt: skip
    _ = stage.engineer("set_fields", issue=issue, by=ADA, fields={"Severity": "S3"})
    _ = stage.engineer(
        "set_fields", issue=issue, by=ADA,
        fields={
            "assignee": ADA, "summary": NEW_NAME, "Fix versions": ["2026.4"],
        },
    )  # fmt: skip
    for step in ("Start", "Send to review"):
        _ = stage.engineer("transition", issue=issue, to=step, by=ADA)
    _ = stage.engineer("comment", issue=issue, by=ADA, body=AMONG_US)
    _ = stage.engineer("comment", issue=issue, by=ADA, body=FOR_THE_CUSTOMER, customer=True)
    _ = stage.engineer(
        "attach", issue=issue, by=ADA, name="gateway-trace.log", content=_TRACE, mime="text/plain"
    )

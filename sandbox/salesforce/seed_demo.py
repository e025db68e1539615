"""
The demo org: an Account for each company of the world, its Contacts, renewals, and a few Cases.

Nothing here is random; times lie before the org's present. Not everything is tidy: one address belongs
to two Accounts, one Account has no currency, two Accounts have a parent that buys for both.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import hooks, merging, people
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Context
from sandbox.salesforce.org import Org, Row
from sandbox.salesforce.world import Company, companies

DAY = 86_400
NO_CURRENCY = "Juniper Schools"
PARENT, UNDER_PARENT = "Nordlicht Holding", ("Hanse Handel GmbH", "Rheintal Maschinenbau")
SHARED = ("contact1@tidewater.example", "Alder & Finch")
WITH_CONTRACT = "Northwind Retail"
_TITLES = ("Head of IT", "Operations", "Accountant")
_INDUSTRIES = {"Retail": "Retail", "Industry": "Manufacturing", "Services": "Consulting"}
_CASES = (
    ("Northwind Retail", "Checkout total differs from the invoice", "Phone", "High", "Working"),
    ("Kestrel Logistics", "Export stops after page three", "Email", "High", "Escalated"),
    ("Blue Harbor Foods", "Invoice in the wrong language", "Web", "Low", "New"),
    ("Hanse Handel GmbH", "Mehrwertsteuer auf Büchern falsch", "Phone", "Medium", "Working"),
    ("Lumière Services", "Le rapport mensuel est vide", "Email", "Medium", "New"),
    ("桜ロジスティクス", "通知を開くとアプリが終了する", "Email", "High", "Working"),
    ("Copperline Energy", "Question about user limits", "Web", "Low", "Closed"),
    ("Alder & Finch", "Dashboard shows last year's totals", "Web", "Medium", "New"),
)
_LOG = "\n".join(f"2026-03-01T09:{line:02d}:11Z ERROR totals mismatch order={line}" for line in range(40))


def plant(context: Context) -> dict[str, Any]:
    """Fill the org; return what there is besides Accounts and Contacts."""
    org = context.org
    accounts = {it.name: _account(org, it) for it in companies()}
    for company in companies():
        for turn, (name, email) in enumerate(company.people()):
            _contact(org, accounts[company.name], name, email, turn, _past(org, 200 - company.number))
        _deals(org, company, accounts[company.name])
    _family(org, accounts)
    _shared_contact(org, accounts)
    _contract(org, accounts[WITH_CONTRACT])
    cases = _cases(context, accounts)
    return {"opportunities": len(org.rows["Opportunity"]), "contracts": 1, "open_cases": cases}


def _past(org: Org, days: float) -> int:
    return org.stamp() - int(days * DAY)


def _account(org: Org, it: Company) -> Row:
    csm = people.by_email(org, it.csm).id
    currency = None if it.name == NO_CURRENCY else it.currency
    values = {
        "Name": it.name, "Website": f"https://www.{it.domain}", "Domains__c": it.domain, "Tier__c": it.tier,
        "ARR__c": float(it.arr), "Renewal_Date__c": it.renewal, "Health__c": it.health,
        "Segment__c": it.segment, "Region__c": it.region, "CSM__c": csm, "OwnerId": csm,
        "Industry": _INDUSTRIES[it.segment], "Type": "Customer - Direct",
        "Phone": f"+1 555 01{it.number:02d}", "AnnualRevenue": float(it.arr * 200),
    }  # fmt: skip
    row = org.add("Account", values, org.admin_id, _past(org, 300 - it.number))
    if org.settings.multi_currency:
        row["CurrencyIsoCode"] = currency
    return org.put("Account", row)


def _contact(org: Org, account: Row, name: str, email: str, turn: int, at: int) -> Row:
    first, _, last = name.rpartition(" ")
    values = {"FirstName": first or None, "LastName": last, "Email": email, "AccountId": account["Id"],
              "Title": _TITLES[turn % 3], "OwnerId": account["OwnerId"]}  # fmt: skip
    return org.add("Contact", values, org.admin_id, at)


def _deals(org: Org, it: Company, account: Row) -> None:
    """Add the deal that won the customer, and, for all but the smallest, the renewal that is open."""
    common = {"AccountId": account["Id"], "OwnerId": account["OwnerId"], "Amount": float(it.arr)}
    if org.settings.multi_currency:
        common["CurrencyIsoCode"] = account["CurrencyIsoCode"] or org.settings.currency
    won = {"Name": f"{it.name} - first contract", "StageName": "Closed Won", "Type": "New Business",
           "CloseDate": it.renewal.replace("2027", "2025")}  # fmt: skip
    org.add("Opportunity", {**common, **won}, account["OwnerId"], _past(org, 250 - it.number))
    if it.tier == "starter":
        return
    stage = "Negotiation/Review" if it.number % 2 else "Proposal/Price Quote"
    renewal = {"Name": f"{it.name} - renewal 2027", "StageName": stage, "Type": "Renewal",
               "CloseDate": it.renewal}  # fmt: skip
    org.add("Opportunity", {**common, **renewal}, account["OwnerId"], _past(org, 60 - it.number))


def _family(org: Org, accounts: dict[str, Row]) -> None:
    values = {"Name": PARENT, "Website": "https://www.nordlicht.example", "Tier__c": "enterprise",
              "Type": "Customer - Direct", "Industry": "Consulting"}  # fmt: skip
    parent = org.add("Account", values, org.admin_id, _past(org, 299))
    for name in UNDER_PARENT:
        accounts[name]["ParentId"] = parent["Id"]
        org.put("Account", accounts[name])


def _shared_contact(org: Org, accounts: dict[str, Row]) -> None:
    email, account = SHARED
    known = org.find("Contact", "Email", email)[0]
    name = f"{known.get('FirstName') or ''} {known['LastName']}".strip()
    _contact(org, accounts[account], name, email, 2, _past(org, 90))


def _contract(org: Org, account: Row) -> None:
    values = {"AccountId": account["Id"], "Status": "Activated", "StartDate": "2026-01-02",
              "ContractTerm": 12, "OwnerId": account["OwnerId"]}  # fmt: skip
    org.add("Contract", values, account["OwnerId"], _past(org, 320))


def _cases(context: Context, accounts: dict[str, Row]) -> int:
    """Add Cases of every kind of talk; the last is a double that was merged away."""
    org = context.org
    rep = people.by_email(org, "dana@sales.example").id
    made = [
        _case(org, accounts[name], number, rep, (subject, origin, priority, status))
        for number, (name, subject, origin, priority, status) in enumerate(_CASES)
    ]
    for number, case in enumerate(made):
        _talk(org, case, number, rep)
    double = _case(
        org, accounts["Northwind Retail"], 8, rep, ("Checkout total is wrong", "Web", "High", "New")
    )
    tx = Transaction(context, rep)
    definition = org.object("Case")
    assert definition is not None
    merging.merge(tx, definition, made[0], [double])
    _file(Transaction(context, rep), made[1])
    for row in (made[0], double):
        row["SystemModstamp"] = row["LastModifiedDate"] = _past(org, 2)
        org.put("Case", row)
    return sum(row["Status"] != "Closed" for row in made)


def _case(org: Org, account: Row, number: int, rep: str, told: tuple[str, str, str, str]) -> Row:
    subject, origin, priority, status = told
    contact = org.find("Contact", "AccountId", account["Id"])[number % 3]
    at = _past(org, 20 - 2 * number)
    queue = people.queue(org, "Escalations" if status == "Escalated" else "Support")
    values = {
        "Subject": subject, "Origin": origin, "Priority": priority, "Status": status, "Type": "Problem",
        "Description": f"{subject}.\n\nReported by {contact['LastName']}, it happens every time.",
        "ContactId": contact["Id"], "AccountId": account["Id"], "IsEscalated": status == "Escalated",
        "OwnerId": rep if number % 2 == 0 else queue,
        "Product_Area__c": "Reporting" if number > 4 else "Checkout",
    }  # fmt: skip
    if status == "Closed":
        values["ClosedDate"] = at + DAY
    return org.add("Case", values, rep, at)


def _talk(org: Org, case: Row, number: int, rep: str) -> None:
    at = case["CreatedDate"] + 3600
    note = {
        "ParentId": case["Id"],
        "CommentBody": "Can be reproduced in a test account.",
        "IsPublished": False,
    }
    org.add("CaseComment", note, rep, at)
    answer = {
        "ParentId": case["Id"],
        "CommentBody": "Thank you, we are looking into it.",
        "IsPublished": True,
    }
    org.add("CaseComment", answer, rep, at + 900)
    if case["Origin"] == "Email":
        contact = org.row("Contact", case["ContactId"]) or {}
        mail = {"ParentId": case["Id"], "RelatedToId": case["Id"], "FromAddress": contact.get("Email"),
                "FromName": contact.get("LastName"), "ToAddress": "support@sales.example", "Incoming": True,
                "Subject": case["Subject"], "TextBody": "Any news? We need this today.", "Status": "1",
                "MessageDate": at + 1800, "MessageIdentifier": f"<case-{number}@mail.example>"}  # fmt: skip
        org.add("EmailMessage", mail, rep, at + 1800)
    if number % 3 == 0:
        post = {"ParentId": case["Id"], "Type": "TextPost", "Body": "<p>Customer is on the phone again.</p>",
                "IsRichText": True, "Visibility": "InternalUsers", "InsertedById": rep}  # fmt: skip
        org.add("FeedItem", post, rep, at + 2700)


def _file(tx: Transaction, case: Row) -> None:
    values: dict[str, Any] = {
        "Title": "payments", "PathOnClient": "payments.log", "VersionData": _LOG.encode(),
        "FirstPublishLocationId": case["Id"],
    }  # fmt: skip
    hooks.before_create(tx, "ContentVersion", values)
    row = tx.insert("ContentVersion", values)
    hooks.after_create(tx, "ContentVersion", row, {})
    tx.commit()

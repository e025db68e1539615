"""Many Cases for benchmarks, with the fields that people fill in."""

from __future__ import annotations

import gc
from typing import Any

from sandbox.salesforce import people
from sandbox.salesforce.org import Org

_AREAS = ("Checkout", "Billing", "API", "Mobile app", "Reporting")
_SEVERITIES = ("S1", "S2", "S3", "S4")
_COMPONENTS = ("Web", "Backend", "Mobile", "Data")
_PRIORITIES = (("low", "Low"), ("normal", "Medium"), ("high", "High"), ("urgent", "High"))
_STATUSES = (
    ("open", "Working"),
    ("pending", "Working"),
    ("hold", "Working"),
    ("open", "Working"),
    ("new", "New"),
)
_TIERS, _HEALTHS = ("enterprise", "business", "starter"), ("green", "yellow", "red")
_SYMPTOMS = (
    "Checkout fails after entering a voucher",
    "Invoice shows the wrong VAT amount",
    "API answers 500 for large exports",
    "App crashes when opening a notification",
    "Report totals differ from the dashboard",
)


def plant(org: Org, *, cases: int = 20_000, accounts: int = 1_000, contacts: int = 0) -> dict[str, Any]:
    """Make Accounts, their Contacts (by default two each) and Cases spread over both."""
    gc.disable()
    try:
        made = [_account(org, number) for number in range(max(accounts, 1))]
        known = [
            _contact(org, number, made[number % len(made)]) for number in range(contacts or 2 * len(made))
        ]
        start = org.stamp() - 30 * 86_400
        for number in range(cases):
            at = start + number * 30 * 80_000 // max(cases, 1)
            _case(org, number, known[number % len(known)], at)
    finally:
        gc.freeze()
        gc.enable()
    return {"made": cases}


def _account(org: Org, number: int) -> str:
    csm = people.by_email(org, f"csm{1 + number % 4}@sales.example").id
    domain = f"company{number:04d}.example"
    values = {
        "Name": f"Company {number:04d}", "Website": f"https://www.{domain}", "Domains__c": domain,
        "Tier__c": _TIERS[number % 3], "ARR__c": float(12_000 + 500 * (number % 90)),
        "Renewal_Date__c": f"2027-{1 + number % 12:02d}-01", "Health__c": _HEALTHS[number % 3],
        "CSM__c": csm, "OwnerId": csm, "CurrencyIsoCode": "EUR",
    }  # fmt: skip
    if not org.settings.multi_currency:
        del values["CurrencyIsoCode"]
    return str(org.add("Account", values, org.admin_id, org.stamp() - 60 * 86_400)["Id"])


def _contact(org: Org, number: int, account: str) -> tuple[str, str]:
    company = (org.row("Account", account) or {})["Domains__c"]
    values = {"FirstName": "Customer", "LastName": f"{number:05d}", "AccountId": account,
              "Email": f"customer{number:05d}@{company}"}  # fmt: skip
    return str(org.add("Contact", values, org.admin_id, org.stamp() - 60 * 86_400)["Id"]), account


def _case(org: Org, number: int, contact: tuple[str, str], at: int) -> None:
    symptom = _SYMPTOMS[number % 5]
    state, status = _STATUSES[number % 5]
    urgency, priority = _PRIORITIES[number % 4]
    org.add(
        "Case",
        {
            "Subject": f"{symptom} (case {number:05d})", "Status": status, "Priority": priority,
            "Description": f"{symptom}. It began this morning and happens on every try. Our reference is "
                           f"{number:05d}.",
            "Origin": "Email", "Type": "Problem", "ContactId": contact[0], "AccountId": contact[1],
            "Support_Status__c": state, "Support_Priority__c": urgency, "Needs_Engineering__c": True,
            "Affected_Users__c": float(5 + number % 400), "Customer_Blocked__c": number % 3 == 0,
            "Environment__c": "Production, region eu-west", "Revenue_at_Risk__c": 1000.5 + number % 9000,
            "Business_Impact__c": f"Orders worth about {number % 90 + 10} thousand a day are at stake.",
            "Steps_to_Reproduce__c": f"1. Sign in\n2. Open order {number}\n3. Press Pay",
            "Product_Area__c": _AREAS[number % 5], "Severity__c": _SEVERITIES[number % 4],
            "Components__c": _COMPONENTS[number % 4], "Tags__c": f"batch_{number % 50}",
        },
        org.admin_id,
        at,
    )  # fmt: skip

"""The custom fields that the hub's package adds, and those of its optional part for Accounts."""

from __future__ import annotations

from sandbox.salesforce.objects.defs import (
    FieldDef,
    area,
    day,
    flag,
    moment,
    money,
    multi,
    number,
    picklist,
    ref,
    text,
    url,
)

LONG = 32_768
LONGEST = 131_072
SIGNALS = (
    "frustration", "urgency", "churn", "escalation_request", "production_down", "follow_up", "confusion",
    "gratitude", "closure",
)  # fmt: skip


def typed_on_case() -> list[FieldDef]:
    """Return the fields of a Case that people fill in."""
    return [
        picklist("Support_Priority__c", ("low", "normal", "high", "urgent"), restricted=True),
        picklist(
            "Support_Status__c", ("new", "open", "pending", "hold", "solved", "closed"), restricted=True
        ),
        number("Affected_Users__c", 9, 0),
        flag("Customer_Blocked__c"),
        area("Workaround__c", LONG),
        area("Environment__c", LONG),
        area("Business_Impact__c", LONG),
        number("Revenue_at_Risk__c", 16, 2),
        area("Promised_to_Customer__c", LONG),
        area("Steps_to_Reproduce__c", LONG),
        picklist(
            "Product_Area__c", ("Checkout", "Billing", "API", "Mobile app", "Reporting"), restricted=True
        ),
        picklist("Severity__c", ("S1", "S2", "S3", "S4"), restricted=True),
        multi("Components__c", ("Web", "Backend", "Mobile", "Data")),
        flag("Needs_Engineering__c"),
        day("Go_Live_Date__c"),
        area("Tags__c", LONG),
        moment("SLA_Pinned_To__c"),
        flag("Risk_Accepted__c"),
        flag("Risk_Dismissed__c"),
        day("Risk_Snoozed_Until__c"),
        text("Verdict_Reason__c", 255),
        multi("Wrong_Signals__c", SIGNALS),
    ]


def written_on_case() -> list[FieldDef]:
    """Return the fields of a Case that only the hub writes."""
    key = text(
        "Support_Hub_Key__c", 64, external_id=True, unique=True, case_sensitive=True, id_lookup=True,
    )  # fmt: skip
    return [
        key,
        number("Support_Score__c", 3, 0),
        text("Score_Label__c", 16),
        number("Escalation_Risk__c", 3, 2),
        area("Score_Reasons__c", LONG),
        number("Attention__c", 3, 0),
        text("Risk_Told__c", 255),
        area("Risk_Reasons__c", LONG),
        moment("Customer_SLA_Due__c"),
        text("Customer_SLA__c", 16),
        moment("Engineering_OLA_Due__c"),
        text("Engineering_OLA__c", 16),
        area("SLA_Why__c", LONG),
        text("Customer_Tone__c", 16),
        text("Tone_Trend__c", 16),
        text("Signals__c", 255),
        area("Hand_off_Brief__c", LONG),
        area("Suggestions__c", LONG),
        area("Same_Problem__c", LONG),
        text("Engineering_Issues__c"),
        text("Engineering_Status__c"),
        text("Engineer__c"),
        text("Fix_Version__c"),
        moment("SLA_Due__c"),
        text("SLA_State__c", 16),
        moment("Last_Contact__c"),
        flag("Fixed_Not_Told__c"),
        text("Hand_off__c"),
        url("Helpdesk_Ticket__c"),
        area("Support_Context__c", LONGEST),
        area("Hub_Copy__c", LONGEST),
    ]


def written_on_account() -> list[FieldDef]:
    """Return the fields of an Account that only the hub writes."""
    return [
        number("Open_Tickets__c", 6, 0),
        number("Worst_Escalation_Risk__c", 3, 2),
        text("Worst_Ticket__c"),
        text("Sentiment_Trend__c", 16),
        moment("Last_Contact__c"),
        text("Engineering_Status__c"),
        text("Fix_Version__c"),
        text("SLA_State__c", 16),
        number("Fixed_Not_Told__c", 6, 0),
        area("Support_Summary__c", LONG),
        number("Support_Health__c", 3, 0),
        number("Support_Attention__c", 3, 0),
    ]


def account_basics() -> list[FieldDef]:
    """Return what a customer keeps on its Accounts: tier, ARR, renewal, health."""
    return [
        picklist("Tier__c", ("enterprise", "business", "starter")),
        money("ARR__c", 16, 2),
        day("Renewal_Date__c"),
        picklist("Health__c", ("green", "yellow", "red")),
        text("Segment__c", 80),
        text("Region__c", 80),
        ref("CSM__c", "User"),
        text("Domains__c", 255),
    ]


def package_fields() -> dict[str, list[FieldDef]]:
    """Return the package's own fields by object."""
    return {"Case": [*typed_on_case(), *written_on_case()], "Account": written_on_account()}

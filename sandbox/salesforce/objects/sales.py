"""Account and Contact, Opportunity and Contract."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.salesforce.objects.defs import (
    FieldDef,
    ObjectDef,
    area,
    audit,
    day,
    deleted,
    email,
    flag,
    master,
    moment,
    money,
    phone,
    picklist,
    read_only,
    record_id,
    ref,
    text,
    url,
    whole,
)

STAGES = (
    ("Prospecting", 10), ("Qualification", 10), ("Needs Analysis", 20), ("Value Proposition", 50),
    ("Proposal/Price Quote", 75), ("Negotiation/Review", 90), ("Closed Won", 100), ("Closed Lost", 0),
)  # fmt: skip
INDUSTRIES = (
    "Banking", "Biotechnology", "Construction", "Consulting", "Education", "Electronics", "Energy",
    "Food & Beverage", "Government", "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing",
    "Media", "Retail", "Shipping", "Technology", "Telecommunications", "Transportation", "Utilities", "Other",
)  # fmt: skip
SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")


def objects() -> list[ObjectDef]:
    """Return the sales objects."""
    return [_account(), _contact(), _opportunity(), _contract()]


def _owner() -> FieldDef:
    return ref("OwnerId", "User", nillable=False, defaulted=True, system=True)


def _seen() -> list[FieldDef]:
    fixed = {"createable": False, "updateable": False, "system": True}
    return [day("LastActivityDate", label="Last Activity", **fixed), moment("LastViewedDate", **fixed),
            moment("LastReferencedDate", **fixed)]  # fmt: skip


def _address(kind: str) -> list[FieldDef]:
    """Return the parts of an address; the compound field is theirs together."""
    whole_name = f"{kind}Address"
    parts = (("Street", 255), ("City", 40), ("State", 80), ("PostalCode", 20), ("Country", 80))
    made = [
        FieldDef(
            f"{kind}{part}", "textarea" if part == "Street" else "string", length=length, compound=whole_name,
            extra="plaintextarea" if part == "Street" else None,
        )
        for part, length in parts
    ]  # fmt: skip
    return [*made, FieldDef(whole_name, "address", createable=False, updateable=False)]


def _account() -> ObjectDef:
    made = ObjectDef("Account", "Account", "001", "Accounts", mergeable=True, feed=True)
    kinds = ("Prospect", "Customer - Direct", "Customer - Channel", "Technology Partner", "Other")
    made.add(
        record_id("Account"),
        deleted(),
        master("Account"),
        text(
            "Name",
            255,
            label="Account Name",
            nillable=False,
            name_field=True,
            system=True,
            compound="Name",
            extra="switchablepersonname",
        ),
        picklist("Type", kinds, label="Account Type"),
        ref("RecordTypeId", "RecordType", system=True),
        ref("ParentId", "Account", children="ChildAccounts", label="Parent Account ID"),
        *_address("Billing"),
        *_address("Shipping"),
        phone("Phone", label="Account Phone"),
        phone("Fax", label="Account Fax"),
        text("AccountNumber", 40),
        url("Website"),
        picklist("Industry", INDUSTRIES),
        money("AnnualRevenue", 18, 0),
        whole("NumberOfEmployees", label="Employees"),
        area("Description", label="Account Description"),
        picklist("Rating", ("Hot", "Warm", "Cold"), label="Account Rating"),
        _owner(),
        *audit(),
        *_seen(),
        picklist("AccountSource", SOURCES),
    )
    return made


def _contact() -> ObjectDef:
    made = ObjectDef("Contact", "Contact", "003", "Contacts", mergeable=True, feed=True)
    name = text("Name", 121, label="Full Name", nillable=False, name_field=True, system=True)
    name.extra = "personname"
    made.add(
        record_id("Contact"),
        deleted(),
        master("Contact"),
        ref("AccountId", "Account", children="Contacts", cascade=True),
        text("LastName", 80, nillable=False, compound="Name", extra="personname", system=True),
        text("FirstName", 40, compound="Name", extra="personname", system=True),
        picklist(
            "Salutation",
            ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
            compound="Name",
            length=40,
            extra="personname",
            system=True,
        ),
        read_only(name),
        *_address("Mailing"),
        *_contact_ways(),
        ref("ReportsToId", "Contact"),
        text("Title", 128),
        text("Department", 80),
        picklist("LeadSource", SOURCES),
        area("Description", label="Contact Description"),
        _owner(),
        *audit(),
        *_seen(),
        text("EmailBouncedReason", 255, system=True),
        moment("EmailBouncedDate", system=True),
        read_only(flag("IsEmailBounced", system=True)),
    )
    return made


def _contact_ways() -> Iterable[FieldDef]:
    yield phone("Phone", label="Business Phone")
    yield phone("Fax", label="Business Fax")
    yield phone("MobilePhone")
    yield phone("HomePhone")
    yield email("Email", id_lookup=True)


def _opportunity() -> ObjectDef:
    made = ObjectDef("Opportunity", "Opportunity", "006", "Opportunities", feed=True)
    made.add(
        record_id("Opportunity"),
        deleted(),
        ref("AccountId", "Account", children="Opportunities", cascade=True),
        ref("RecordTypeId", "RecordType", system=True),
        text("Name", 120, nillable=False, name_field=True, id_lookup=True, system=True),
        area("Description"),
        picklist("StageName", (name for name, _ in STAGES), label="Stage", nillable=False, system=True),
        money("Amount"),
        FieldDef("Probability", "percent", "Probability (%)", precision=3, defaulted=True),
        day("CloseDate", nillable=False, system=True),
        picklist("Type", ("New Business", "Renewal", "Upsell"), label="Opportunity Type"),
        text("NextStep", 255),
        picklist("LeadSource", SOURCES),
        read_only(flag("IsClosed", label="Closed", system=True)),
        read_only(flag("IsWon", label="Won", system=True)),
        ref("ContactId", "Contact", children="Opportunities", updateable=False, system=True),
        _owner(),
        *audit(),
        *_seen(),
    )
    return made


def _contract() -> ObjectDef:
    made = ObjectDef("Contract", "Contract", "800", "Contracts", feed=True)
    states = ("In Approval Process", "Activated", "Draft")
    serial = text("ContractNumber", 30, nillable=False, defaulted=True, system=True, auto_number=True)
    serial.name_field = serial.id_lookup = True
    made.add(
        record_id("Contract"),
        ref(
            "AccountId", "Account", children="Contracts", cascade=True, restrict_delete=True, nillable=False,
            system=True,
        ),
        _owner(),
        day("StartDate", label="Contract Start Date"),
        read_only(day("EndDate", label="Contract End Date")),
        whole("ContractTerm"),
        picklist("Status", states, default="Draft", nillable=False, system=True),
        ref("CustomerSignedId", "Contact", children="ContractsSigned", relationship="CustomerSigned"),
        day("CustomerSignedDate"),
        area("SpecialTerms", 4000),
        read_only(moment("ActivatedDate")),
        read_only(FieldDef(
            "StatusCode", "picklist", "Status Category", length=40, nillable=False, defaulted=True,
            system=True,
        )),
        area("Description"),
        read_only(serial),
        deleted(),
        *audit(),
        text("Name", 80, label="Contract Name"),
    )  # fmt: skip
    return made

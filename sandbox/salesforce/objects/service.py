"""Case and what is said in it: comments, feed items, e-mails."""

from __future__ import annotations

from sandbox.salesforce.objects.defs import (
    FieldDef,
    ObjectDef,
    area,
    audit,
    deleted,
    email,
    flag,
    master,
    moment,
    phone,
    picklist,
    read_only,
    record_id,
    ref,
    text,
    url,
    whole,
)

STATUSES = ("New", "Working", "Escalated", "Closed")


def objects() -> list[ObjectDef]:
    """Return the service objects."""
    return [_case(), _comment(), _feed_item(), _email(), _case_status()]


def _case() -> ObjectDef:
    made = ObjectDef("Case", "Case", "500", "Cases", feed=True)
    made.add(record_id("Case"), deleted(), master("Case"), *_case_relations(), *_case_texts())
    made.add(
        read_only(moment("ClosedDate")),
        flag("IsEscalated", label="Escalated"),
        ref("OwnerId", "Group", "User", nillable=False, defaulted=True, system=True),
        *audit(),
        *(read_only(phone(name, system=True)) for name in ("ContactPhone", "ContactMobile", "ContactFax")),
        read_only(email("ContactEmail", system=True)),
        area("Comments", 4000, label="Internal Comments", system=True),
        read_only(moment("LastViewedDate", system=True)),
        read_only(moment("LastReferencedDate", system=True)),
    )
    return made


def _case_relations() -> list[FieldDef]:
    number = text("CaseNumber", 30, nillable=False, defaulted=True, system=True, auto_number=True)
    number.name_field = number.id_lookup = True
    return [
        read_only(number),
        ref("ContactId", "Contact", children="Cases", restrict_delete=True),
        ref("AccountId", "Account", children="Cases", restrict_delete=True),
        ref("ParentId", "Case", children="Cases", label="Parent Case ID"),
        ref("RecordTypeId", "RecordType", system=True),
    ]


def _case_texts() -> list[FieldDef]:
    reasons = ("Installation", "Performance", "Breakdown", "Feedback", "Other")
    closed = flag("IsClosed", label="Closed", system=True)
    return [
        text("SuppliedName", 80, label="Name"),
        email("SuppliedEmail", label="Email Address"),
        text("SuppliedPhone", 40, label="Phone"),
        text("SuppliedCompany", 80, label="Company"),
        picklist("Type", ("Question", "Problem", "Feature Request"), label="Case Type"),
        picklist("Status", STATUSES, default="New", system=True),
        picklist("Reason", reasons, label="Case Reason"),
        picklist("Origin", ("Phone", "Email", "Web", "Zendesk", "Jira"), label="Case Origin"),
        text("Subject", 255),
        picklist("Priority", ("High", "Medium", "Low"), default="Medium"),
        area("Description"),
        read_only(closed),
    ]


def _comment() -> ObjectDef:
    made = ObjectDef("CaseComment", "Case Comment", "00a", "Case Comments", layoutable=False)
    made.add(
        record_id("Case Comment"),
        ref(
            "ParentId", "Case", children="CaseComments", nillable=False, updateable=False, cascade=True,
            label="Parent ID", system=True,
        ),
        flag("IsPublished", label="Published", system=True),
        area("CommentBody", 4000, label="Body", system=True),
        *audit(),
        deleted(),
    )  # fmt: skip
    return made


def _feed_item() -> ObjectDef:
    made = ObjectDef("FeedItem", "Feed Item", "0D5", "Feed Items", layoutable=False, undeletable=False)
    kinds = ("TextPost", "LinkPost", "ContentPost", "TrackedChange", "CreateRecordEvent", "EmailMessageEvent")
    made.add(
        record_id("Feed Item"),
        ref(
            "ParentId", "Account", "Case", "Contact", "Opportunity", "User", "Group",
            nillable=False, updateable=False, cascade=True, label="Parent ID", system=True,
        ),
        picklist("Type", kinds, updateable=False, restricted=True, label="Feed Item Type", system=True),
        *audit(),
        deleted(),
        whole("Revision", createable=False, updateable=False, system=True),
        text("Title", 255, updateable=False, system=True),
        area("Body", 10_000, system=True, html=True, extra="richtextarea"),
        url("LinkUrl", 1000, label="Link Url", updateable=False, system=True),
        flag("IsRichText", system=True),
        ref("RelatedRecordId", "ContentVersion", relationship="RelatedRecord", updateable=False, system=True),
        ref("InsertedById", "User", createable=False, updateable=False, system=True),
        picklist("Visibility", ("AllUsers", "InternalUsers"), default="AllUsers", system=True),
        picklist(
            "Status", ("Published", "PendingReview"), default="Published", createable=False, restricted=True,
            system=True,
        ),
    )  # fmt: skip
    return made


def _email() -> ObjectDef:
    made = ObjectDef("EmailMessage", "Email Message", "02s", "Email Messages")
    made.add(
        record_id("Email Message"),
        ref(
            "ParentId", "Case", children="EmailMessages", cascade=True, label="Case ID", updateable=False,
            system=True,
        ),
        *audit(),
        area("TextBody", 32_000, label="Text Body"),
        area("HtmlBody", 131_072, label="HTML Body", html=True, extra="richtextarea"),
        area("Headers", 32_000),
        text("Subject", 3000),
        text("FromName", 1000),
        email("FromAddress"),
        text("ValidatedFromAddress", 1000),
        *(text(name, 4000) for name in ("ToAddress", "CcAddress", "BccAddress")),
        flag("Incoming", label="Is Incoming", updateable=False),
        read_only(flag("HasAttachment")),
        picklist("Status", ("0", "1", "2", "3", "4", "5"), default="0", nillable=False, restricted=True),
        moment("MessageDate"),
        deleted(),
        ref("ReplyToEmailMessageId", "EmailMessage", updateable=False),
        text("MessageIdentifier", 765, label="Message ID", updateable=False),
        text("ThreadIdentifier", 765, label="Thread ID", updateable=False),
        flag("IsExternallyVisible"),
        ref("RelatedToId", "Account", "Case", "Opportunity", "Contract", children="Emails"),
    )  # fmt: skip
    return made


def _case_status() -> ObjectDef:
    made = ObjectDef("CaseStatus", "Case Status Value", "01J", "Case Status Values", triggerable=False)
    made.createable = made.updateable = made.deletable = made.undeletable = made.searchable = False
    fixed = {"createable": False, "updateable": False, "system": True}
    made.add(
        record_id("Case Status Value"),
        text("MasterLabel", 255, nillable=False, **fixed),
        text("ApiName", 255, nillable=False, **fixed),
        whole("SortOrder", **fixed),
        flag("IsDefault", **fixed),
        flag("IsClosed", **fixed),
        *audit(),
    )
    return made

"""Fields that nobody stores: read from other fields, or from other records, at each look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Protocol

from sandbox.salesforce.objects.sales import STAGES
from sandbox.salesforce.objects.table import Row


class Records(Protocol):
    """What a computed field may ask of the org."""

    closed_statuses: set[str]

    def row(self, name: str, key: str | None) -> Row | None:
        """Return a record, deleted or not."""
        ...


Reader = Callable[[Records, Row], Any]
_WON = frozenset({"Closed Won"})
_LOST = frozenset({"Closed Lost"})
_PROBABILITY = dict(STAGES)


def _full_name(_: Records, row: Row) -> str:
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def _of_contact(field: str) -> Reader:
    def read(org: Records, row: Row) -> Any:
        contact = org.row("Contact", row.get("ContactId"))
        return contact.get(field) if contact else None

    return read


def _of_latest(field: str) -> Reader:
    def read(org: Records, row: Row) -> Any:
        version = org.row("ContentVersion", row.get("LatestPublishedVersionId"))
        return version.get(field) if version else row.get(field)

    return read


def _is_latest(org: Records, row: Row) -> bool:
    document = org.row("ContentDocument", row.get("ContentDocumentId"))
    return bool(document) and document.get("LatestPublishedVersionId") == row["Id"]


def _end_date(_: Records, row: Row) -> str | None:
    """Return the last day of a contract: its term of months after its start."""
    start, term = row.get("StartDate"), row.get("ContractTerm")
    if not start or not term:
        return None
    begin = date.fromisoformat(start)
    months = begin.month - 1 + int(term)
    year, month = begin.year + months // 12, months % 12 + 1
    first_after = date(year + month // 12, month % 12 + 1, 1)
    last_of_month = (first_after - timedelta(days=1)).day
    if begin.day > last_of_month:
        return date(year, month, last_of_month).isoformat()
    return (date(year, month, begin.day) - timedelta(days=1)).isoformat()


def address_reader(kind: str) -> Reader:
    """Return the reader of a compound address: null where all of its parts are."""
    parts = ("city", "country", "postalCode", "state", "street")

    def read(_: Records, row: Row) -> dict[str, Any] | None:
        found = {part: row.get(f"{kind}{part[0].upper()}{part[1:]}") for part in parts}
        if not any(found.values()):
            return None
        return {**found, "geocodeAccuracy": None, "latitude": None, "longitude": None}

    return read


def _status_code(_: Records, row: Row) -> Any:
    return {"Activated": "Activated", "In Approval Process": "InApproval"}.get(
        row.get("Status") or "", "Draft"
    )


def _probability(_: Records, row: Row) -> Any:
    stored = row.get("Probability")
    return _PROBABILITY.get(row.get("StageName") or "") if stored is None else stored


COMPUTED: dict[tuple[str, str], Reader] = {
    ("Contact", "Name"): _full_name,
    ("User", "Name"): _full_name,
    ("Case", "IsClosed"): lambda org, row: row.get("Status") in org.closed_statuses,
    ("Case", "ContactEmail"): _of_contact("Email"),
    ("Case", "ContactPhone"): _of_contact("Phone"),
    ("Case", "ContactMobile"): _of_contact("MobilePhone"),
    ("Case", "ContactFax"): _of_contact("Fax"),
    ("Account", "BillingAddress"): address_reader("Billing"),
    ("Account", "ShippingAddress"): address_reader("Shipping"),
    ("Contact", "MailingAddress"): address_reader("Mailing"),
    ("Opportunity", "IsClosed"): lambda _, row: row.get("StageName") in _WON | _LOST,
    ("Opportunity", "IsWon"): lambda _, row: row.get("StageName") in _WON,
    ("Opportunity", "Probability"): _probability,
    ("Contract", "EndDate"): _end_date,
    ("Contract", "StatusCode"): _status_code,
    ("ContentVersion", "IsLatest"): _is_latest,
    ("ContentDocument", "Title"): _of_latest("Title"),
    ("ContentDocument", "FileType"): _of_latest("FileType"),
    ("ContentDocument", "FileExtension"): _of_latest("FileExtension"),
    ("ContentDocument", "ContentSize"): _of_latest("ContentSize"),
}

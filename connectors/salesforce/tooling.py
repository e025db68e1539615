"""
What an org's administrators ask of it, through simple-salesforce on our own wire: fields, permission sets.

The library knows the addresses and the errors' classes; sign-in, pacing, retries and timeouts are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from connectors.http import Http, InDoubt, NotDone
from hub.errors import Forbidden, Misconfigured, Unavailable

T = TypeVar("T")
_MOST = 200
_RIGHTS = (
    "a user who makes fields needs the permissions Customize Application, Manage Profiles and Permission "
    "Sets, Assign Permission Sets and View Setup and Configuration. Give them for as long as this takes, "
    "name an administrator's session with --as, or deploy the package instead (docs/salesforce-package.md)"
)
_REFUSED = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "API_DISABLED_FOR_ORG",
    }
)
ALREADY = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})
"""What an org says when there is one of that name: somebody else, or an earlier try of ours, was quicker."""


class Tooling:
    """Calls of one org. Raises `Forbidden`, `Misconfigured` and `Unavailable`."""

    def __init__(self, http: Http, version: str = "66.0") -> None:
        from simple_salesforce import api, exceptions  # noqa: PLC0415 (slow to import)

        self._errors: Any = exceptions
        # The library insists on https; the alias says that this is our base URL all the same.
        session = http.session(alias=f"https://{urlsplit(http.home).netloc}")
        self._org: Any = api.Salesforce(
            instance_url=http.home, session_id="our wire's", session=session, version=version
        )

    def custom_fields(self, sobjects: Iterable[str]) -> frozenset[str]:
        """Return every custom field of these objects (`Case.Tags__c`), whether or not we may see it."""
        from simple_salesforce.format import format_soql  # noqa: PLC0415

        soql = format_soql(
            "SELECT DeveloperName, TableEnumOrId, NamespacePrefix FROM CustomField WHERE TableEnumOrId IN {}",
            list(sobjects),
        )
        rows: list[dict[str, Any]] = []
        found = self._try("read the org's custom fields", lambda: self._tooling(f"query/?q={quote(soql)}"))
        while True:
            rows += found["records"]
            if found.get("done", True):
                break
            rest = str(found["nextRecordsUrl"]).rpartition("/tooling/")[2]
            found = self._try("read the org's custom fields", lambda rest=rest: self._tooling(rest))
        return frozenset(
            f"{row['TableEnumOrId']}.{row['DeveloperName']}__c" for row in rows if not row["NamespacePrefix"]
        )

    def _tooling(self, action: str) -> Any:
        return self._org.toolingexecute(action)

    def create_field(self, full_name: str, metadata: Mapping[str, Any]) -> None:
        """Make a custom field, unless there is one of that name. Nobody sees it before it is granted."""
        body = {"FullName": full_name, "Metadata": dict(metadata)}
        self._try(
            f"make the field {full_name}",
            lambda: self._org.toolingexecute("sobjects/CustomField", method="POST", data=body),
            allowed=ALREADY,
        )

    def described(self, sobject: str) -> Mapping[str, Mapping[str, Any]]:
        """Return an object's fields by name, as far as we may see them."""
        found = self._try(f"describe {sobject}", lambda: getattr(self._org, sobject).describe())
        return {str(field["name"]): field for field in found["fields"]}

    def rows(self, soql: str, *values: str) -> list[dict[str, Any]]:
        """Return a query's rows; `{}` in it stands for a value, quoted as SOQL wants it."""
        from simple_salesforce.format import format_soql  # noqa: PLC0415

        asked = format_soql(soql, *values)
        return self._try("read permissions", lambda: self._org.query_all(asked)["records"])

    def create(self, sobject: str, values: Mapping[str, Any]) -> None:
        """Make one record, unless the org says that there is one."""
        self._try(
            f"make a {sobject}", lambda: getattr(self._org, sobject).create(dict(values)), allowed=ALREADY
        )

    def update(self, sobject: str, record: str, values: Mapping[str, Any]) -> None:
        self._try(f"change a {sobject}", lambda: getattr(self._org, sobject).update(record, dict(values)))

    def collect(self, method: str, sobject: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Make (`POST`) or change (`PATCH`) many records, 200 a call; tell of every one that was refused."""
        for start in range(0, len(records), _MOST):
            chunk = records[start : start + _MOST]
            body = {
                "allOrNone": False,
                "records": [{"attributes": {"type": sobject}, **row} for row in chunk],
            }
            answered: list[dict[str, Any]] = self._try(
                f"set {sobject}",
                lambda body=body: self._org.restful("composite/sobjects", method=method, json=body),
            )
            self._judge(sobject, chunk, answered)

    def _judge(
        self, sobject: str, asked: Sequence[Mapping[str, Any]], answered: Sequence[Mapping[str, Any]]
    ) -> None:
        faults: list[str] = []
        for row, answer in zip(asked, answered, strict=True):
            for error in () if answer["success"] else answer["errors"]:
                if error["statusCode"] in _REFUSED:
                    raise Forbidden(f"could not set {sobject}: {_RIGHTS}")
                if error["statusCode"] not in ALREADY:
                    faults.append(f"{row.get('Field') or row.get('SobjectType')}: {error['message']}")
        if faults:
            raise Misconfigured(f"could not set {sobject}: {'; '.join(faults)}")

    def _try(self, what: str, ask: Callable[[], T], allowed: frozenset[str] = frozenset()) -> T:
        try:
            return ask()
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"could not {what}: {error}") from error
        except self._errors.SalesforceError as error:
            found: Any = error.content
            rows = cast("list[dict[str, Any]]", found) if isinstance(found, list) else []
            rows = rows or [{"message": str(error)[:300]}]
            codes = {str(row.get("errorCode")) for row in rows}
            if codes & allowed:
                return None  # type: ignore[return-value]  # nobody asks what was there before us
            said = "; ".join(" ".join(str(row.get("message")).split()) for row in rows)
            if error.status == 403 or codes & _REFUSED or "'CustomField' is not supported" in said:  # noqa: PLR2004
                raise Forbidden(f"could not {what} ({said}): {_RIGHTS}") from error
            if error.status >= 500:  # noqa: PLR2004
                raise Unavailable(f"could not {what}: Salesforce answered {error.status}") from error
            raise Misconfigured(f"could not {what}: {said}") from error

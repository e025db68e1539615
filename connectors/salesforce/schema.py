"""
What can be read and written in Salesforce: asked of the org through the `simple-salesforce` library.

Slow by the measure of a run, and asked seldom (`hub mappings check`, `hub init`), so the vendor's
library may do what it is good at; it rides on our own wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from connectors.http import Http
from connectors.salesforce import renewals
from connectors.salesforce.client import HEADERS, SalesforceClient
from connectors.salesforce.fields import readable, type_of
from connectors.salesforce.shapes import Described, FieldShape, described
from connectors.wire import origin_of
from hub.errors import Forbidden, HubError, SignInFailed, Unavailable
from hub.model import SALESFORCE
from hub.schema import Field, Option, Schema

COMMENT_LIMIT = 4000
FILE_LIMIT = 2_000_000_000
_TEXTS = frozenset({"text", "long", "rich"})
Library: TypeAlias = Any
"""`simple_salesforce.Salesforce`, which is imported only when it is needed: that takes half a second."""


def case_schema(http: Http, client: SalesforceClient, missing: Mapping[str, str]) -> Schema:
    """
    Describe the fields of Cases. `missing`: objects that our user may not read.

    Raises `SignInFailed`, `Forbidden` if we may not see Cases, and `Unavailable`.
    """
    shape, options = _asked(http, client, "Case")
    fields = {field.name: _field(field, shape, options) for field in readable(shape)}
    gaps = "; ".join(f"{name} cannot be read by our user" for name in sorted(missing))
    beside = f"from Contact, else SuppliedEmail and SuppliedName{f'; {gaps}' if gaps else ''}"
    fields |= {
        "requester": Field("requester", "Requester", "person", detail=beside),
        "owner": Field("owner", "Owner", "person", writable=False, detail="Owner, if it is a user"),
        "queue": Field("queue", "Queue", "text", writable=False, detail="Owner, if it is a queue"),
    }
    limits = {"comment": COMMENT_LIMIT, "attachment": FILE_LIMIT}
    return Schema(SALESFORCE, fields, limits, me=client.me())


def account_schema(http: Http, client: SalesforceClient, missing: Mapping[str, str]) -> Schema:
    """Describe the fields of accounts, with those that are computed; see `case_schema`."""
    shape, options = _asked(http, client, "Account")
    fields = {field.name: _field(field, shape, options) for field in readable(shape)}
    gaps = ", ".join(sorted(set(missing) & {"Opportunity", "Contract"}))
    of = "computed from open opportunities and active contracts"
    detail = f"{of}; our user may not read {gaps}: give it Read on these objects" if gaps else of
    fields |= {
        renewals.RENEWAL: Field(renewals.RENEWAL, "Next renewal", "date", writable=False, detail=detail),
        renewals.OPPORTUNITIES: Field(
            renewals.OPPORTUNITIES, "Open opportunities, told", "text", writable=False, detail=detail
        ),
        renewals.OPEN: Field(renewals.OPEN, "Open opportunities", "number", writable=False, detail=detail),
        "owner": Field("owner", "Account owner", "person", writable=False, detail="Owner"),
        "parent": Field("parent", "Parent account, by name", "text", writable=False, detail="Parent"),
        "currency": Field("currency", "Currency", "text", writable=False, detail="CurrencyIsoCode, if any"),
    }
    return Schema(SALESFORCE, fields, me=client.me())


def _asked(http: Http, client: SalesforceClient, sobject: str) -> tuple[Described, dict[str, dict[str, str]]]:
    """Return an object's description, and for each value of a picklist what to know of it."""
    library = _library(http, client)
    from simple_salesforce.exceptions import SalesforceError  # noqa: PLC0415 (slow to import)

    try:
        shape = described(getattr(library, sobject).describe())
        return shape, _by_record_type(client, shape)
    except SalesforceError as error:
        raise _explained(error, sobject) from None
    except ValueError as error:  # the library's own decoding: a login page, say
        raise Unavailable(
            "Salesforce answered with something that is not JSON when asked for its fields. Check that `url` "
            "in hub.toml is the org's My Domain, and whether a proxy or maintenance stands in between."
        ) from error


def _explained(error: Any, sobject: str) -> HubError:
    """Say what the library's error means; its own text holds whole answers."""
    status = int(getattr(error, "status", 0) or 0)
    if status == HTTPStatus.UNAUTHORIZED:
        return SignInFailed(
            "Salesforce does not know the hub any more: check the sign-in under [salesforce] in hub.toml"
        )
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Forbidden(
            f"Salesforce shows our user no object {sobject}. Give the user the package's permission set "
            f"(`hub provision salesforce`), and check that its licence covers this object."
        )
    return Unavailable(
        f"Salesforce answered {status} when asked for its fields. If this lasts, check its status page."
    )


def _library(http: Http, client: SalesforceClient) -> Library:
    from simple_salesforce.api import Salesforce  # noqa: PLC0415 (slow to import)

    origin = origin_of(http.home)
    netloc = http.home.partition("://")[2]
    alias = f"https://{netloc}"
    session = http.session(alias if origin.scheme != "https" else "")
    session.headers.update(HEADERS)
    # The wire signs in; the library wants some session id before it speaks.
    return Salesforce(instance=netloc, session_id="-", version=client.version, session=session)


def _by_record_type(client: SalesforceClient, shape: Described) -> dict[str, dict[str, str]]:
    """Return the picklist values that some record type of ours lacks: field -> value -> which lack it."""
    kinds = [kind for kind in shape.record_type_infos if kind.active and kind.available and not kind.master]
    if len(kinds) < 2:  # noqa: PLR2004 (of one, the description tells all)
        return {}
    lacking: dict[str, dict[str, list[str]]] = {}
    for kind in kinds:
        allowed = _allowed(client, shape.name, kind.record_type_id)
        for field in shape.fields:
            for value in set(_values(field)) - allowed.get(field.name, set(_values(field))):
                lacking.setdefault(field.name, {}).setdefault(value, []).append(kind.name)
    return {
        field: {value: ", ".join(names) for value, names in values.items()}
        for field, values in lacking.items()
    }


def _allowed(client: SalesforceClient, sobject: str, record_type: str) -> dict[str, set[str]]:
    """Return the values that a record type has, by field; nothing where we may not ask for them."""
    path = f"/ui-api/object-info/{sobject}/picklist-values/{record_type}"
    reply = client.get(path)
    if reply.status != HTTPStatus.OK:
        return {}
    fields: Mapping[str, Any] = reply.json().get("picklistFieldValues") or {}
    return {name: {str(one["value"]) for one in told.get("values") or ()} for name, told in fields.items()}


def _values(field: FieldShape) -> Iterator[str]:
    return (one.value for one in field.picklist_values if one.active)


def _field(field: FieldShape, shape: Described, lacking: Mapping[str, Mapping[str, str]]) -> Field:
    kind = type_of(field)
    writable = field.updateable and shape.updateable
    return Field(
        id=field.name,
        name=field.label or field.name,
        type=kind,
        options=_options(field),
        writable=writable or (field.createable and not field.calculated),
        required=field.createable and not field.nillable and not field.defaulted_on_create,
        limit=field.length or None if kind in _TEXTS else None,
        detail=_detail(field, lacking.get(field.name, {})),
    )


def _options(field: FieldShape) -> tuple[Option, ...]:
    found = (Option(one.value, one.label or one.value) for one in field.picklist_values if one.active)
    return tuple(found)


def _detail(field: FieldShape, lacking: Mapping[str, str]) -> str:
    parts = [field.type]
    if field.picklist_values:
        parts.append("restricted" if field.restricted_picklist else "takes other values too")
    if field.calculated:
        parts.append("a formula: it changes without its record's showing it")
    if field.reference_to:
        parts.append(f"to {', '.join(field.reference_to)}")
    parts += [f"{value!r} is not in record type {kinds}" for value, kinds in sorted(lacking.items())]
    return "; ".join(parts)

"""What the API tells of itself: versions, resources, objects, describes, limits."""

from __future__ import annotations

import zlib

from sandbox.salesforce import errors
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json
from sandbox.salesforce.objects import describe as described
from sandbox.salesforce.rows import definition_of
from sandbox.salesforce.times import http_date, read_http_date
from sandbox.salesforce.wire import Answer

OLDEST, NEWEST = 31, 67
_SEASONS = ("Spring", "Summer", "Winter")
_RESOURCES = (
    "tooling", "metadata", "eclair", "folders", "prechatForms", "contact-tracing", "jsonxform", "chatter",
    "payments", "tabs", "appMenu", "quickActions", "queryAll", "commerce", "wave", "iot", "analytics",
    "search", "smartdatadiscovery", "identity", "composite", "parameterizedSearch", "fingerprint", "theme",
    "nouns", "domino", "event", "serviceTemplates", "recent", "connect", "licensing", "limits", "process",
    "dedupe", "async-queries", "query", "jobs", "localizedvalue", "mobile", "emailConnect", "consent",
    "tokenizer", "compactLayouts", "sobjects", "actions", "support",
)  # fmt: skip


def versions() -> Answer:
    """Return the versions served; nobody needs to sign in to ask."""
    return Answer(200, [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ])  # fmt: skip


def _label(number: int) -> str:
    """Return the release of a version: 31 was Summer '14, and there are three a year."""
    season = _SEASONS[(number - 30) % 3]
    year = 14 + (number - 30) // 3
    return f"{season} '{year + (season == 'Winter')}"


def resources(call: Call) -> Answer:
    """Return the resources of a version."""
    shown = {name: f"{call.root}/{name}" for name in _RESOURCES}
    return Answer(200, {**shown, "identity": f"{call.request.base}/id/{call.context.org.org_id}/{call.user}"})


def limits(call: Call) -> Answer:
    """Return every limit of the org and what is left of it."""
    return Answer(200, call.context.limits.describe())


def global_body(call: Call) -> Json:
    """Return the list of all objects."""
    return described.describe_global(call.context.org, call.user, call.version.removeprefix("v"))


def describe_all(call: Call) -> Answer:
    """Return all objects, unless the client knows them as they are."""
    return _cached(call) or Answer(200, global_body(call), _validators(call))


def about(call: Call, name: str) -> Answer:
    """Tell of an object, and of the records that were last looked at: none, for an API's user."""
    definition = definition_of(call, name)
    found = next(it for it in global_body(call)["sobjects"] if it["name"] == definition.name)
    return Answer(200, {"objectDescribe": found, "recentItems": []})


def describe(call: Call, name: str) -> Answer:
    """Return an object's describe, unless the client knows it as it is."""
    definition = definition_of(call, name)
    if (unchanged := _cached(call)) is not None:
        return unchanged
    body = described.describe(call.context.org, definition, call.user, call.version.removeprefix("v"))
    return Answer(200, body, _validators(call))


def _validators(call: Call) -> list[tuple[str, str]]:
    """Return the two headers; one stamp stands for the metadata of the whole org."""
    org = call.context.org
    hidden = org.access(call.user)
    seed = f"{org.metadata_stamp}:{sorted(hidden.hidden)}:{sorted(hidden.read_only)}".encode()
    return [("ETag", f'"{zlib.crc32(seed):08x}--gzip"'), ("Last-Modified", http_date(org.metadata_stamp))]


def _cached(call: Call) -> Answer | None:
    """Return 304 if the client's copy is still good."""
    headers = _validators(call)
    if tags := call.header("if-none-match"):
        return Answer.empty(304, headers) if headers[0][1] in tags else None
    since = read_http_date(call.header("if-modified-since"))
    if since is None or call.context.org.metadata_stamp > since:
        return None
    return Answer.empty(304, headers)


def identity(call: Call) -> Answer:
    """Return who the session's user is, as the identity URL shows it."""
    org, root = call.context.org, call.request.base
    user = org.row("User", call.user)
    if user is None:
        raise errors.expired()
    name = org.value("User", user, "Name")
    rest, soap = f"{root}/services/data/v{{version}}/", f"{root}/services/Soap"
    urls = {
        "rest": rest, "sobjects": f"{rest}sobjects/", "query": f"{rest}query/", "recent": f"{rest}recent/",
        "profile": f"{root}/{call.user}", "enterprise": f"{soap}/c/{{version}}/{org.org_id}",
        "partner": f"{soap}/u/{{version}}/{org.org_id}", "tooling_rest": f"{rest}tooling/",
        "custom_domain": root,
    }  # fmt: skip
    return Answer(200, {
        "id": f"https://login.salesforce.com/id/{org.org_id}/{call.user}", "asserted_user": True,
        "sub": f"https://login.salesforce.com/id/{org.org_id}/{call.user}",
        "user_id": call.user, "organization_id": org.org_id, "username": user["Username"],
        "preferred_username": user["Username"], "nick_name": user.get("Alias"), "nickname": user.get("Alias"),
        "name": name, "display_name": name, "email": user["Email"], "email_verified": True,
        "first_name": user.get("FirstName"), "last_name": user.get("LastName"),
        "given_name": user.get("FirstName"), "family_name": user.get("LastName"),
        "timezone": user.get("TimeZoneSidKey"), "zoneinfo": user.get("TimeZoneSidKey"), "urls": urls,
        "active": bool(user.get("IsActive")), "is_active": bool(user.get("IsActive")),
        "user_type": "STANDARD", "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"), "utcOffset": 0,
    })  # fmt: skip

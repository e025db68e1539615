"""Attachments: upload, description, and content by way of a media link."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from typing import Any

from sandbox.jira import additions, edits, history
from sandbox.jira.context import Call, Context
from sandbox.jira.errors import Refusal, refusal
from sandbox.jira.render import View
from sandbox.jira.state import Attachment, Issue, User
from sandbox.web import BadForm, Request, Response

Json = Any

MOST_FILES = 60
MEDIA_SECONDS = 600
MEDIA_HOST = "api.media.atlassian.com"
_VENDOR = (".atlassian.net", ".atlassian.com")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


def upload(call: Call, which: str) -> Response:
    """Attach files sent as parts named `file`; the answer is a list."""
    if call.request.headers.get("x-atlassian-token", "").lower() not in {"no-check", "nocheck"}:
        return Response.text("XSRF check failed", 403)
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "CREATE_ATTACHMENTS", issue.project):
        raise refusal(403, "You do not have permission to create attachments for this issue.")
    try:
        parts = [part for part in call.request.parts() if part.filename]
    except BadForm as bad:
        raise Refusal(415, None) from bad
    files = [part for part in parts if part.name == "file"]
    if not files:
        raise refusal(400, "No file was attached: the part must be named 'file'.")
    if len(files) > MOST_FILES:
        raise refusal(413, f"The number of files cannot exceed {MOST_FILES}.")
    limit = int(call.context.settings["upload_limit"])
    for part in files:
        if len(part.body) > limit:
            raise refusal(
                413, f"The file '{part.filename}' exceeds its maximum permitted size of "
                f"{limit} bytes."
            )
    additions.check_cap(issue, "attachments", len(files))
    made = [
        attach(call.context, issue, user, part.filename or "", part.content_type, part.body)
        for part in files
    ]
    view = View(call)
    return Response.json([view.attachment(one) for one in made])


def attach(
    context: Context, issue: Issue, user: User, name: str, mime: str, content: bytes
) -> Attachment:
    """Attach one file. The same name twice is two attachments."""
    if mime == "application/octet-stream":
        mime = mimetypes.guess_type(name)[0] or mime
    number = context.site.next("attachment")
    with context.write(issue, user.account_id) as change:
        one = Attachment(number, user.account_id, name, mime, content, context.now())
        issue.attachments.append(one)
        context.site.attachments[number] = issue.id
        change.items.append(
            history.plain_item("Attachment", "attachment", (None, None), (str(number), name))
        )
        change.tell("attachment_created")
    return one


def _found(call: Call, number: str) -> tuple[Issue, Attachment]:
    owner = call.site.attachments.get(int(number)) if number.isdigit() else None
    issue = call.site.issues.get(owner) if owner is not None else None
    if issue is not None and call.site.sees(call.user, issue):
        for one in issue.attachments:
            if str(one.id) == number:
                return issue, one
    raise refusal(404, f"The attachment with id '{number}' does not exist")


def get(call: Call, number: str) -> Response:
    """An attachment's description. Here the id is a number, unlike everywhere else."""
    _, one = _found(call, number)
    return Response.json({**View(call).attachment(one), "id": one.id})


def delete(call: Call, number: str) -> Response:
    user = call.person()
    issue, one = _found(call, number)
    mine = one.author == user.account_id
    needed = "DELETE_OWN_ATTACHMENTS" if mine else "DELETE_ALL_ATTACHMENTS"
    if not call.site.may(user, needed, issue.project):
        raise refusal(403, f"You do not have permission to delete attachment with id: {number}")
    with call.context.write(issue, user.account_id) as change:
        issue.attachments.remove(one)
        del call.site.attachments[one.id]
        change.items.append(
            history.plain_item(
                "Attachment", "attachment", (str(one.id), one.filename), (None, None)
            )
        )
        change.tell("attachment_deleted")
    return Response.empty()


def meta(call: Call) -> Response:
    limit = int(call.context.settings["upload_limit"])
    return Response.json({"enabled": True, "uploadLimit": limit})


def content(call: Call, number: str) -> Response:
    """Lead to the media service; with `redirect=false` send the bytes, whole or a range."""
    _, one = _found(call, number)
    if not call.flag("redirect", default=True):
        return _bytes(call.request, one)
    until = int(call.context.clock.now()) + MEDIA_SECONDS
    host = call.request.host.partition(":")[0]
    base = f"https://{MEDIA_HOST}" if host.endswith(_VENDOR) else call.request.base
    link = f"{base}/media/file/{one.id}/binary?token={_sign(one, until)}&until={until}"
    return Response.empty(303, [("Location", link)])


def media(context: Context, request: Request, number: str) -> Response:
    """The media service: whoever has the link may read for a while, and nobody else."""
    owner = context.site.attachments.get(int(number)) if number.isdigit() else None
    issue = context.site.issues.get(owner) if owner is not None else None
    one = next((a for a in issue.attachments if str(a.id) == number), None) if issue else None
    until = request.arg("until", "0")
    # Under its own name the service refuses Jira credentials that a client carried along; on one
    # loopback origin clients cannot tell that they left the site.
    stray = request.host.startswith(MEDIA_HOST) and "authorization" in request.headers
    if one is None or stray or not until.isdigit() or request.arg("token") != _sign(
        one, int(until)
    ):
        return Response.json({"error": {"code": "JwtAuthoriser:TokenInvalidError"}}, 403)
    if int(until) < context.clock.now():
        return Response.json({"error": {"code": "JwtAuthoriser:AuthorisationExpired"}}, 401)
    return _bytes(request, one)


def _sign(one: Attachment, until: int) -> str:
    return hashlib.blake2b(f"{one.id}:{until}:{one.created}".encode(), digest_size=12).hexdigest()


def _bytes(request: Request, one: Attachment) -> Response:
    body, size = one.content, len(one.content)
    name = one.filename.replace('"', "'").encode("ascii", "replace").decode()
    headers = [
        ("Content-Type", one.mime),
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("Accept-Ranges", "bytes"),
    ]
    asked = request.headers.get("range")
    if not asked:
        return Response(200, headers, body)
    found = _RANGE.match(asked)
    if found is None or found.groups() == ("", ""):
        raise Refusal(400, None)
    first, last = _span(found[1], found[2], size)
    if first >= size or first > last:
        return Response.empty(416, [("Content-Range", f"bytes */{size}")])
    headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    return Response(206, headers, body[first : last + 1])


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


ROUTES = (
    ("POST", "/issue/{issueIdOrKey}/attachments", upload),
    ("GET", "/attachment/meta", meta),
    ("GET", "/attachment/{id}", get),
    ("DELETE", "/attachment/{id}", delete),
    ("GET", "/attachment/content/{id}", content),
    ("GET", "/attachment/thumbnail/{id}", content),
)

"""Files: sent as uploads, named by comments, fetched through a redirect to another host."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.web import Request, Response, Router
from sandbox.zendesk import errors, render
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.records import Attachment
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account, found
from sandbox.zendesk.uploads import new_file, open_upload

CONTENT_PATH = "/sc/attachments"


def routes(router: Router) -> None:
    """Serve uploads and attachments."""

    @router.route("POST", "/api/v2/uploads")
    def _upload(call: Call) -> Response:
        _ = call.user
        name, data = call.request.arg("filename"), call.request.body
        limit = int(call.account.settings["attachment_limit"])
        if not name:
            raise errors.titled(400, "Invalid attribute", "Parameter filename is required")
        if len(data) > limit:
            raise errors.ApiError(
                413,
                {
                    "error": "AttachmentTooLarge",
                    "description": f"File is larger than the allowed {limit} bytes.",
                },
            )
        if not data:
            raise errors.ApiError(
                422,
                {
                    "error": "AttachmentUnprocessable",
                    "description": "Attachment file could not be processed.",
                },
            )
        upload = open_upload(call.account, call.request.arg("token"))
        kind = call.request.headers.get("content-type", "application/binary").split(";")[0]
        file = new_file(call.account, name, kind, data)
        file.inline = call.request.arg("inline") == "true"
        upload.files.append(file)
        body = {
            "upload": {
                "token": upload.token,
                "expires_at": stamp(upload.expires),
                "attachments": [render.attachment(one, call.base) for one in upload.files],
                "attachment": render.attachment(file, call.base),
            }
        }
        return call.created(body, render.url(call.base, "attachments", file.id))

    @router.route("DELETE", "/api/v2/uploads/{token}")
    def _drop(call: Call, token: str) -> Response:
        _ = call.user
        if call.account.uploads.pop(token, None) is None:
            raise errors.not_found()
        return Response.empty()

    @router.route("GET", "/api/v2/attachments/{key}")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        file = found(call.account.attachments, key)
        return ok({"attachment": render.attachment(file, call.base)})

    @router.route("PUT", "/api/v2/attachments/{key}")
    def _override(call: Call, key: str) -> Response:
        call.agents_only()
        file = found(call.account.attachments, key)
        file.malware_override = bool(call.part("attachment").get("malware_access_override"))
        return ok({"attachment": render.attachment(file, call.base)})


def content(account: Account, request: Request, signed_in: bool) -> Response | None:
    """Answer a request for a file's content, or None if it is not one."""
    if request.path.startswith("/attachments/token/"):
        return _redirect(account, request, signed_in)
    if request.path.startswith(f"{CONTENT_PATH}/"):
        return _bytes(account, request)
    return None


def _file(account: Account, path: str) -> Attachment:
    file = account.by_file_token.get(path.rstrip("/").rsplit("/", 1)[-1])
    if file is None:
        raise errors.not_found()
    return file


def _redirect(account: Account, request: Request, signed_in: bool) -> Response:
    file = _file(account, request.path)
    if account.settings["private_attachments"] and not signed_in:
        raise errors.ApiError(403, "You are not authorized to view this attachment")
    if file.malware == "malware_found" and not file.malware_override:
        raise errors.ApiError(403, "This attachment contains malware")
    host = account.settings["content_host"] or _content_host(account, request)
    where = f"{host}{CONTENT_PATH}/{file.token}?name={quote(file.name)}"
    return Response.html("<html><body>You are being redirected.</body></html>", 302, [("Location", where)])


def _content_host(account: Account, request: Request) -> str:
    if request.host.endswith(".zendesk.com"):
        return f"{request.scheme}://{account.subdomain}.zdusercontent.com"
    return request.base


def _bytes(account: Account, request: Request) -> Response:
    file = _file(account, request.path)
    if "authorization" in request.headers:
        # The real content host is another party: our credentials have no business there.
        account.settings["leaked_credentials"] += 1
    kind = file.content_type or "application/octet-stream"
    name = quote(file.name)
    return Response(
        200,
        [
            ("Content-Type", kind),
            ("Content-Disposition", f"attachment; filename*=UTF-8''{name}"),
        ],
        file.data,
    )

"""
requests on our wire: zenpy, jira and requests-oauthlib are paced, counted and retried by us.

A library never sees a 429 or a broken connection, so its own retry loops have nothing to loop on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from connectors.reply import Reply
from connectors.wire import origin_of

_HARD_CODED = {"zendesk": ".zendesk.com", "salesforce": ".salesforce.com"}
"""Domains that the vendors' libraries let nobody change."""
_OURS_TO_SET = frozenset({"authorization", "accept-encoding", "connection", "user-agent", "cookie"})
_OPAQUE = re.compile(
    r"^(?:\d+|[A-Z][A-Z0-9_]+-\d+|[0-9a-f]{8}-[0-9a-f-]{27,}|V3-[0-9a-f]+|(?=[^/]*\d)[\w.:=-]{20,})$"
)


class Send(Protocol):
    """`Http.request`, as far as it is needed here."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
    ) -> Reply: ...


class WireSession(requests.Session):
    """A session of requests that leaves proxies, credentials and certificates to our wire."""

    authorized = True
    """As requests-oauthlib says it: libraries need not add credentials of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False


class HttpAdapter(HTTPAdapter):
    """Sends requests' prepared requests through `Http`."""

    def __init__(
        self,
        send: Send,
        *,
        system: str,
        base_url: str,
        alias: str = "",
        safe: bool | None = None,
    ) -> None:
        super().__init__(max_retries=0)
        self._send = send
        self._base_url = base_url
        self._base = origin_of(base_url)
        self._alias = origin_of(alias) if alias else None
        self._domain = _HARD_CODED.get(system.lower(), "")
        self._safe = safe

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> requests.Response:
        """
        Send, with our timeouts and credentials instead of the library's.

        The answer's body is read whole. Raises what `Http.request` raises.
        """
        method, url = request.method or "GET", request.url or ""
        reply = self._send(
            method,
            self._rewritten(url),
            endpoint=f"{method} {template(urlsplit(url).path)}",
            content=_body(request.body),
            headers={
                name: _text(value)
                for name, value in request.headers.items()
                if name.lower() not in _OURS_TO_SET
            },
            safe=self._safe,
        )
        # `request.url` stays as the library wrote it: zenpy chooses its parser by it.
        return self.build_response(request, _as_urllib3(reply))

    def _rewritten(self, url: str) -> str:
        origin = origin_of(url)
        stands_in = origin == self._alias or (
            self._domain and origin.host.endswith(self._domain) and not self._base.host.endswith(self._domain)
        )
        if not stands_in:
            return url
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return f"{self._base_url}/{path.lstrip('/')}"


def template(path: str) -> str:
    """An endpoint's name: the path with what names one object replaced (`/tickets/{id}`)."""
    parts = path.removesuffix(".json").split("/")
    # `/rest/api/3`: a number after `api` is the API's version.
    before = ["", *parts]
    return "/".join(
        "{id}" if _is_opaque(part) and last != "api" else part
        for last, part in zip(before, parts, strict=False)
    )


def _is_opaque(segment: str) -> bool:
    # show_many's ids come as a query; `123,124` in a path is zenpy's way for some endpoints.
    return all(_OPAQUE.match(piece) for piece in segment.split(",")) if segment else False


def _body(body: Any) -> bytes | Iterable[bytes] | None:
    return body.encode() if isinstance(body, str) else body


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _as_urllib3(reply: Reply) -> urllib3.HTTPResponse:
    # The body is decoded already: what described its encoding would be untrue now.
    headers = {
        name: value
        for name, value in reply.headers.items()
        if name not in ("content-encoding", "transfer-encoding", "content-length")
    }
    return urllib3.HTTPResponse(
        body=io.BytesIO(reply.content),
        headers=headers,
        status=reply.status,
        reason=None,
        preload_content=False,
        decode_content=False,
        enforce_content_length=False,  # it was read whole, also where the status says that there is nothing
    )

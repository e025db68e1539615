"""The sandbox as an httpx transport: the real connectors against it, without sockets."""

from __future__ import annotations

import time

import httpx

from sandbox.sandbox import Sandbox
from sandbox.web import Request, Response


class InProcess(httpx.BaseTransport):
    """
    Carries an httpx client's requests straight to one vendor.

    A dropped answer raises what httpx raises when a server closes the connection. A late answer
    raises `ReadTimeout` at once if the client would not wait for it; else a frozen clock is moved
    on by the delay, and a running one is waited for. A `Crash` from a fault's callback passes.
    """

    def __init__(self, sandbox: Sandbox, vendor: str) -> None:
        self._sandbox = sandbox
        self._vendor = vendor

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = self._sandbox.handle(self._vendor, _request(request))
        if response.delay:
            self._wait(response, request)
        if response.drop:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        return _response(request, response)

    def _wait(self, response: Response, request: httpx.Request) -> None:
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and response.delay > patience:
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        if self._sandbox.clock.frozen:
            self._sandbox.clock.advance(response.delay)
        else:
            time.sleep(response.delay)


def _request(request: httpx.Request) -> Request:
    url = request.url
    headers = {name.lower(): value for name, value in request.headers.items()}
    host = headers.get("host") or url.netloc.decode("ascii")
    target = url.raw_path.decode("ascii")
    return Request.of(request.method, url.scheme, host, target, headers, request.read())


def _response(request: httpx.Request, response: Response) -> httpx.Response:
    body = b"" if request.method == "HEAD" else response.body
    return httpx.Response(
        response.status,
        headers=response.wire_headers(),
        stream=httpx.ByteStream(body),
        request=request,
    )

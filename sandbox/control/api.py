"""Requests to the control API, answered: routing and errors; `actions` holds what they do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.control.actions import ENDPOINTS, Bad, Endpoint, json_object
from sandbox.control.page import openapi, page
from sandbox.sandbox import Sandbox
from sandbox.web import BadJson, Request, Response, Router


class Control:
    """The control API of one sandbox, on a port of its own, so that no vendor path is taken."""

    def __init__(self, sandbox: Sandbox, line: Mapping[str, Any]) -> None:
        """Act on `sandbox`; `line` is what its servers told when they were ready."""
        self._sandbox = sandbox
        self._line = line
        self._router = Router()
        self._router.add("GET", "/", self._page)
        self._router.add("GET", "/openapi.json", self._openapi)
        self._router.add("GET", "/line", self._tell)
        for endpoint in ENDPOINTS:
            if endpoint.act is not None:
                self._router.add(endpoint.method, endpoint.path, partial(self._act, endpoint))

    def handle(self, request: Request) -> Response:
        """Answer one request; what is wrong with it is said in `error`."""
        match = self._router.match(request.method, request.path)
        if match:
            return match.handler(request, **match.params)
        if allowed := self._router.allowed(request.path):
            methods = ", ".join(allowed)
            problem = f"{request.path} is for {methods}, not {request.method}"
            return Response.json({"error": problem}, 405, [("Allow", methods)])
        problem = f"no such path: {request.path}; GET / lists what there is"
        return Response.json({"error": problem}, 404)

    def _act(self, endpoint: Endpoint, request: Request, **params: str) -> Response:
        assert endpoint.act is not None
        try:
            body = _body(request)
            with self._sandbox.lock:
                return Response.json(endpoint.act(self._sandbox, body, **params))
        except LookupError as missing:
            return Response.json({"error": _said(missing)}, 404)
        except (Bad, ValueError, TypeError) as wrong:
            return Response.json({"error": _said(wrong)}, 400)

    def _page(self, request: Request) -> Response:
        return Response.html(page(request.base, self._line))

    def _openapi(self, request: Request) -> Response:
        return Response.json(openapi(request.base))

    def _tell(self, request: Request) -> Response:
        del request
        return Response.json(self._line)


def _body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; no body is an empty one."""
    if not request.body:
        return {}
    try:
        body = request.json()
    except BadJson as bad:
        raise Bad(f"the body is not JSON: {bad}") from bad
    return json_object(body, 'the body must be a JSON object such as {"kind": "demo"}')


def _said(error: BaseException) -> str:
    # A KeyError's text is its key's repr; its argument is what was meant to be read.
    return str(error.args[0]) if error.args else type(error).__name__

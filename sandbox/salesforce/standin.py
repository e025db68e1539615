"""The Salesforce org as one vendor of the sandbox."""

from __future__ import annotations

import copy
import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from sandbox import outbox
from sandbox.clock import Clock
from sandbox.mails import Mails
from sandbox.outbox import Outbox
from sandbox.salesforce import bulk_batches, discovery, errors, persons, rights, routes, seeds, signing, soap
from sandbox.salesforce import sessions as signed_in
from sandbox.salesforce.context import SETTINGS, Call, Context
from sandbox.salesforce.errors import Refusal, Unsigned
from sandbox.salesforce.limits import Limits, at_the_edge, oversized
from sandbox.salesforce.mailing import Mailing
from sandbox.salesforce.notices import Notices
from sandbox.salesforce.oauth import SignIn
from sandbox.salesforce.org import Org
from sandbox.salesforce.sessions import Session, Sessions
from sandbox.salesforce.soql_errors import SoqlError
from sandbox.salesforce.wire import Answer, sent
from sandbox.web import Request, Response, Router

ROOT = "/services/data/{version}"
ASYNC = "/services/async/{version}"
_VERSION = re.compile(r"/services/(?:data/v|async/)(\d{1,3})\.0(?=/|$)")
_OWN = (".my.salesforce.com", ".salesforce.com", ".force.com")
_READING_POSTS = ("/composite/sobjects/{object}", "/parameterizedSearch")


class Salesforce:
    """A Salesforce org and its sign-in service, on one origin or under their names."""

    name = "salesforce"
    reads = frozenset(f"POST {ROOT}{path}" for path in _READING_POSTS) | {"POST /services/oauth2/token"}

    def __init__(self, clock: Clock) -> None:
        self.settings: dict[str, Any] = _settings()
        self.outbox = Outbox(self.settings)
        self.mails = Mails()
        self._clock = clock
        self._asked = 0
        self._router = self._routes()
        self._begin()

    def _begin(self, *, package: bool = True) -> None:
        """Start over: the org's shape, its users and its queues."""
        org, hub = seeds.found(self._clock, self.settings, package=package)
        sessions = Sessions(self._clock, self.settings, org.org_id)
        sessions.start(hub)
        limits = Limits(self.settings, self._clock)
        self.context = Context(org, self._clock, self.settings, sessions, limits, hub, self._served)
        self._sign_in = SignIn(org, sessions, self.settings, hub)
        self.notices = Notices(self.context, self.outbox)
        self.mails.clear()
        mailing = Mailing(org, self.mails)
        self.context.listeners += [partial(rights.happened, org), self.notices.happened, mailing.happened]

    def _routes(self) -> Router:
        router = Router()
        for method, path, handler in routes.CORE:
            router.add(method, ROOT + path, cast("Any", handler))
        for method, path, handler in bulk_batches.ROUTES:
            router.add(method, ASYNC + path, cast("Any", handler))
        return router

    @property
    def _doors(self) -> Mapping[tuple[str, str], Callable[[Request], Answer]]:
        """What is answered without a session."""
        sign_in = self._sign_in
        return {
            ("POST", "/services/oauth2/token"): sign_in.token,
            ("GET", "/services/oauth2/authorize"): sign_in.authorize,
            ("POST", "/services/oauth2/revoke"): sign_in.revoke,
            ("GET", "/services/oauth2/revoke"): sign_in.revoke,
            ("POST", "/services/oauth2/introspect"): sign_in.introspect,
            ("GET", "/services/data"): lambda _: discovery.versions(),
        }

    @property
    def state(self) -> Org:
        """What the org holds."""
        return self.context.org

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if (page := oversized(request) or at_the_edge(self.settings["edge_status"])) is not None:
            return page
        self._asked += 1
        self.context.settle()
        try:
            request = _plain(request)
            answer = self._answer(request)
        except Refusal as refused:
            answer = Answer.refusal(refused)
        except Unsigned as refused:
            answer = Answer.unsigned(refused)
        self.notices.flush()
        return sent(answer, request, self._asked, zipped=bool(self.settings["gzip"]))

    def _answer(self, request: Request) -> Answer:
        path = request.path.rstrip("/")
        door = self._doors.get((request.method, path))
        if door is not None:
            return door(request)
        if path.startswith("/services/Soap/"):
            return soap.login(self._sign_in, request)
        try:
            session = self._session(request)
        except Refusal as refused:
            if path.startswith("/services/async/"):
                return bulk_batches.refused(refused)
            raise
        if path == "/services/oauth2/userinfo" or path.startswith("/id/"):
            return discovery.identity(Call(self.context, request, session, "v66.0"))
        try:
            self.context.limits.take()
            call = Call(self.context, request, session, _version_of(path))
            answer = self._asynchronous(call) if path.startswith("/services/async/") else call.serve()
        except Refusal as refused:
            answer = Answer.refusal(refused)
        answer.headers.append(self.context.limits.header())
        return answer

    def _asynchronous(self, call: Call) -> Answer:
        """Answer a call to the first Bulk API, whose refusals have a shape of their own."""
        match = self._router.match(call.request.method, call.request.path.rstrip("/"))
        if match is None:
            return bulk_batches.refused(errors.not_found())
        try:
            return routes.call_of(cast("Any", match.handler), call, match.params)
        except Refusal as refused:
            return bulk_batches.refused(refused)
        except SoqlError as refused:
            return bulk_batches.refused(Refusal(refused.code, refused.message))

    def _session(self, request: Request) -> Session:
        """Return the session of a request. Raises `Refusal` if it has none."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme and request.path.startswith("/id/"):
            scheme, token = "bearer", request.arg("oauth_token")
        if request.path.startswith("/services/async/"):
            scheme, token = "bearer", request.headers.get("x-sfdc-session", token)
        session = self.context.sessions.find(token.strip())
        if scheme.lower() not in ("bearer", "oauth") or session is None:
            raise errors.expired()
        return session

    def _served(self, call: Call) -> Answer:
        """Answer a signed-in call, or a part of a composite one."""
        path = call.request.path.rstrip("/")
        call.version = _version_of(path)
        match = self._router.match(call.request.method, path)
        if match is None:
            raise self._nowhere(call.request.method, path)
        try:
            return routes.call_of(cast("Any", match.handler), call, match.params)
        except SoqlError as refused:
            raise Refusal(refused.code, refused.message) from refused

    def _nowhere(self, method: str, path: str) -> Refusal:
        if allowed := self._router.allowed(path):
            message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
            return Refusal("METHOD_NOT_ALLOWED", message, status=405)
        return errors.not_found()

    def endpoint(self, request: Request) -> str:
        """Return method and path template of a request."""
        method = _method(request)
        match = self._router.match(method, request.path.rstrip("/"))
        return f"{method} {match.template if match else request.path}"

    def owns_host(self, host: str) -> bool:
        """Claim the login hosts and every My Domain."""
        return host.endswith(_OWN) or host == "salesforce.com"

    def describe(self, url: str, tls_url: str) -> Mapping[str, Any]:
        """Return where the org is and the credentials that it takes."""
        return {
            "url": url,
            "tls_url": tls_url,
            "client_id": signed_in.CLIENT_ID,
            "client_secret": signed_in.CLIENT_SECRET,
            "access_token": self.context.sessions.first_token(),
            "refresh_token": signed_in.REFRESH_TOKEN,
            "username": seeds.HUB,
            "password": signed_in.PASSWORD,
            "security_token": signed_in.SECURITY_TOKEN,
            "jwt_key": str(signing.key_file()),
            "org_id": self.state.org_id,
            "user_id": self.context.hub,
        }

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """
        Replace all data with a seed: `empty` (schema and people), `demo`, or `bulk` (cases=N, ...).

        `package=False` makes an empty org in which the hub's fields were never installed.
        """
        package = bool(params.pop("package", True))
        seeds.check(kind, package=package)
        self._begin(package=package)
        return seeds.fill(self.context, kind, **params)

    def reset(self) -> None:
        """Return to the schema without records, and put the settings back."""
        self.settings.clear()
        self.settings.update(_settings())
        self._begin()

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Act as a person does in the browser: see `persons.ACTIONS`."""
        self.context.settle()
        done = persons.act(self.context, action, params)
        self.notices.flush()
        return done

    def throttled(self, _request: Request) -> Response:
        """Return the vendor's own refusal: 403, and no word on when to come again."""
        self._asked += 1
        answer = Answer.refusal(errors.over_limit())
        most = self.settings["daily_limit"]
        answer.headers.append(("Sforce-Limit-Info", f"api-usage={most}/{most}"))
        return sent(answer, _request, self._asked, zipped=False)

    def expire_tokens(self) -> None:
        """Let every session lapse."""
        self.context.sessions.expire()


def _settings() -> dict[str, Any]:
    return {**copy.deepcopy(dict(SETTINGS)), **outbox.SETTINGS}


def _plain(request: Request) -> Request:
    """Undo what the transport may do to a request: gzip, and a method in the query."""
    if request.headers.get("content-encoding", "").lower() == "gzip":
        try:
            request = replace(request, body=gzip.decompress(request.body))
        except (OSError, EOFError):
            raise errors.unreadable("the body is not gzip") from None
    method = _method(request)
    return request if method == request.method else replace(request, method=method)


def _method(request: Request) -> str:
    """Return the method; clients that know no PATCH send POST and `_HttpMethod`."""
    return request.arg("_HttpMethod", request.method) if request.method == "POST" else request.method


def _version_of(path: str) -> str:
    """Return the version of a path. Raises `Refusal` for one that is retired or unknown."""
    found = _VERSION.match(path)
    if found is None:
        raise errors.not_found()
    number = int(found[1])
    if number < discovery.OLDEST:
        message = f"The requested API version {number}.0 is retired. Use a supported version."
        raise Refusal("GONE", message, status=410)
    if number > discovery.NEWEST:
        raise errors.not_found()
    return f"v{number}.0"

"""The Jira Cloud site as one vendor of the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox import outbox
from sandbox.clock import Clock
from sandbox.jira import (
    attachments,
    bulk,
    catalogue,
    comments,
    engineers,
    issues,
    limits,
    links,
    oauth,
    people,
    projects,
    properties,
    screens,
    search,
    seed,
    transitions,
    webhook_api,
    worklogs,
    world,
)
from sandbox.jira.context import SETTINGS, Call, Context
from sandbox.jira.errors import EDGE_403, Refusal
from sandbox.jira.index import SearchIndex
from sandbox.jira.mailing import Mailing
from sandbox.jira.state import Site, User
from sandbox.jira.webhooks import Webhooks
from sandbox.mails import Mails
from sandbox.outbox import Outbox
from sandbox.web import Request, Response, Router

CLOUD_ID = "11223344-a1b2-3b33-c444-def123456789"
SITE_HOST = "support-sandbox.atlassian.net"
_HOSTS = frozenset({"api.atlassian.com", "auth.atlassian.com", attachments.MEDIA_HOST})
_VERSIONS = {"2": 2, "3": 3, "latest": 2}
_ROOMS = (
    issues, transitions, comments, properties, links, attachments, bulk, people, projects,
    catalogue, screens, worklogs, webhook_api,
)
_SEARCHES = (
    ("GET", "/search/jql", search.search_jql),
    ("POST", "/search/jql", search.search_jql),
    ("POST", "/search/approximate-count", search.approximate_count),
    ("POST", "/jql/match", search.match),
    ("POST", "/jql/parse", search.parse),
)
_READING_POSTS = (
    "/search/jql", "/search/approximate-count", "/jql/match", "/jql/parse", "/issue/bulkfetch",
    "/changelog/bulkfetch", "/comment/list", "/issue/{issueIdOrKey}/changelog/list",
)


class Jira:
    """A Jira Cloud site, its gateway and its sign-in service, on one origin or under their names."""

    name = "jira"
    reads = frozenset(
        f"POST /rest/api/{version}{path}" for version in _VERSIONS for path in _READING_POSTS
    ) | {"POST /oauth/token"}

    def __init__(self, clock: Clock) -> None:
        self.settings: dict[str, Any] = {**SETTINGS, **outbox.SETTINGS}
        self.outbox = Outbox(self.settings)
        self.mails = Mails()
        self._clock = clock
        self._accounts = oauth.Accounts(clock, CLOUD_ID, world.HUB)
        self._limits = limits.Limits(self.settings)
        self._asked = 0
        self._begin(world.build())

    def _begin(self, site: Site) -> None:
        """Start over with a site."""
        self.context = Context(site, self._clock, self.settings, SearchIndex(), SITE_HOST)
        self.mails.clear()
        self.context.listeners.append(Webhooks(self.context, self.outbox).happened)
        self.context.listeners.append(Mailing(self.context, self.mails).happened)
        self._finder = search.Finder(self.context)
        self._limits.clear()
        self._accounts.start(world.HUB_EMAIL)
        self._router = self._routes()

    def _routes(self) -> Router:
        router = Router()
        rows = [row for room in _ROOMS for row in room.ROUTES]
        rows += [(m, path, partial(_with, act, self._finder)) for m, path, act in _SEARCHES]
        rows += [(m, "/search", search.removed) for m in ("GET", "POST")]
        for version in _VERSIONS:
            for method, path, handler in rows:
                router.add(method, f"/rest/api/{version}{path}", handler)
        for method, path, handler in webhook_api.ADMIN_ROUTES:
            router.add(method, path, handler)
        router.add("GET", "/rest/applinks/latest/listApplicationlinks", _no_links)
        router.add("GET", "/_edge/tenant_info", self._tenant)
        router.add("GET", "/authorize", self._authorize)
        router.add("POST", "/oauth/token", self._token)
        router.add("GET", "/oauth/token/accessible-resources", self._resources)
        router.add("GET", "/media/file/{number}/binary", self._media)
        return router

    @property
    def state(self) -> Site:
        """What the site holds."""
        return self.context.site

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if self.settings["html_from_edge"] or (request.method == "GET" and request.body):
            return Response.html(EDGE_403, 403, (("Server", "CloudFront"),))
        try:
            return self._traced(self._answer(request))
        except Refusal as refused:
            return self._traced(refused.response())

    def _answer(self, request: Request) -> Response:
        path, gateway = self._site_path(request.path)
        match = self._router.match(request.method, path)
        if match is None:
            raise self._nowhere(request, path)
        if not match.template.startswith("/rest/"):
            return match.handler(request, *match.params.values())
        caller = self._accounts.caller(request, gateway=gateway)
        if not oauth.allowed(caller, request.method, _below(path)):
            raise Refusal(401, {"code": 401, "message": "Unauthorized; scope does not match"})
        user = oauth.user_of(caller, self.state.users)
        points = None if caller.scopes is None else limits.points_of(_short(request, match.template))
        refused, headers = self._limits.check(
            _short(request, match.template), self._written(request, match), points,
            self._clock.now(),
        )
        if refused is not None:
            return refused
        response = self._called(request, path, gateway, user, caller, match)
        if user is not None:
            headers.append(("X-AAccountId", user.account_id))
        if caller.failed:
            headers.append(("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"))
        response.headers.extend(headers)
        return response

    def _called(
        self, request: Request, path: str, gateway: bool, user: User | None,
        caller: oauth.Caller, match: Any,
    ) -> Response:
        root = f"{request.base}/ex/jira/{CLOUD_ID}" if gateway else request.base
        version = _VERSIONS.get(path.split("/")[3], 3)
        client = oauth.CLIENT_ID if caller.scopes is not None else None
        call = Call(self.context, request, user, version, root, client)
        try:
            return match.handler(call, *match.params.values())
        except Refusal as refused:
            return refused.response()

    def _written(self, request: Request, match: Any) -> str | None:
        """Return the id of the one issue that a request writes to."""
        if request.method in {"GET", "HEAD"} or "/issue/{issueIdOrKey}" not in match.template:
            return None
        issue = self.state.issue(match.params["issueIdOrKey"])
        return None if issue is None else str(issue.id)

    def _site_path(self, path: str) -> tuple[str, bool]:
        """Take the gateway's part off a path. Raises the gateway's 404 for a foreign site."""
        if not path.startswith("/ex/jira/"):
            return path, False
        cloud, _, rest = path.removeprefix("/ex/jira/").partition("/")
        if cloud != CLOUD_ID:
            raise Refusal(
                404,
                {"timestamp": int(self._clock.now() * 1000), "status": 404, "error": "Not Found",
                 "message": "No message available", "path": path},
            )
        return f"/{rest}", True

    def _nowhere(self, request: Request, path: str) -> Refusal:
        if allowed := self._router.allowed(path):
            return Refusal(
                405, {"errorMessages": ["Method Not Allowed"], "errors": {}},
                (("Allow", ", ".join(allowed)),),
            )
        return Refusal(404, {"message": f"null for uri: {request.path}", "status-code": 404})

    def _traced(self, response: Response) -> Response:
        self._asked += 1
        trace = hashlib.blake2b(str(self._asked).encode(), digest_size=16).hexdigest()
        response.headers += [("ATL-TraceId", trace), ("Server", "AtlassianEdge")]
        return response

    def _tenant(self, _request: Request) -> Response:
        return Response.json({"cloudId": CLOUD_ID})

    def _authorize(self, request: Request) -> Response:
        return self._accounts.authorize(request)

    def _token(self, request: Request) -> Response:
        return self._accounts.token(request)

    def _resources(self, request: Request) -> Response:
        own = request.host.partition(":")[0] not in _HOSTS
        return self._accounts.resources(request, request.base if own else f"https://{SITE_HOST}")

    def _media(self, request: Request, number: str) -> Response:
        return attachments.media(self.context, request, number)

    def endpoint(self, request: Request) -> str:
        """Return method and path template, the same for the site and through the gateway."""
        try:
            path, _ = self._site_path(request.path)
        except Refusal:
            return f"{request.method} /ex/jira/{{unknown}}"
        match = self._router.match(request.method, path)
        return f"{request.method} {match.template if match else path}"

    def owns_host(self, host: str) -> bool:
        """Claim the site's host, and the gateway's, the sign-in's and the media service's."""
        return host in _HOSTS or host == SITE_HOST or host.endswith(".atlassian.net")

    def describe(self, url: str, tls_url: str) -> Mapping[str, Any]:
        """Return where the site is and the credentials that it takes."""
        return {
            "url": url,
            "tls_url": tls_url,
            "email": world.HUB_EMAIL,
            "api_token": oauth.API_TOKEN,
            "cloud_id": CLOUD_ID,
            "client_id": oauth.CLIENT_ID,
            "client_secret": oauth.CLIENT_SECRET,
            "refresh_token": oauth.REFRESH_TOKEN,
            "access_token": oauth.ACCESS_TOKEN,
            "api_url": f"{url}/ex/jira/{CLOUD_ID}",
            "auth_url": url,
        }

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """Replace all data with a seed: `empty` (schema only), `demo`, or `bulk` (issues=N)."""
        site = seed.start(kind)
        self._begin(site)
        return seed.fill(self.context, kind, **params)

    def reset(self) -> None:
        """Return to the schema without issues, and put the settings back."""
        self.settings.clear()
        self.settings.update({**SETTINGS, **outbox.SETTINGS})
        self._begin(world.build())

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Act as an engineer does in the browser: see `engineers.ACTIONS`."""
        return engineers.act(self.context, action, params)

    def throttled(self, _request: Request) -> Response:
        """Return the vendor's own 429 for a burst."""
        return self._traced(limits.refused("jira-burst-based", 350, 1.0, self._clock.now()))

    def expire_tokens(self) -> None:
        """Let every OAuth access token lapse."""
        self._accounts.expire()


def _with(act: Any, finder: search.Finder, call: Call) -> Response:
    return act(call, finder)


def _no_links(call: Call) -> Response:
    call.person()
    return Response.json({"list": []})


def _below(path: str) -> str:
    """Return what follows `/rest/api/<version>`."""
    return "/" + "/".join(path.split("/")[4:])


def _short(request: Request, template: str) -> str:
    """Return `PUT /issue/{issueIdOrKey}` whatever the version."""
    return f"{request.method} {_below(template)}"

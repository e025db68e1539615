"""The Zendesk stand-in: one account behind the framework's `Vendor` protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox import outbox
from sandbox.clock import Clock
from sandbox.mails import Mails
from sandbox.web import Handler, Request, Response, Router
from sandbox.zendesk import (
    attachments,
    bulk,
    comments,
    deleted,
    errors,
    exports,
    forms,
    groups,
    jobs,
    limits,
    misc,
    oauth_routes,
    organizations,
    schema,
    search,
    setup,
    tickets,
    user_routes,
    users_bulk,
    views,
    webhook_routes,
    webhooks,
)
from sandbox.zendesk.auth import Credentials, sign_in
from sandbox.zendesk.call import Call
from sandbox.zendesk.idempotency import Idempotency
from sandbox.zendesk.jobs import Jobs
from sandbox.zendesk.limits import Limits
from sandbox.zendesk.mailing import Mailing
from sandbox.zendesk.oauth import OAuth
from sandbox.zendesk.persons import Persons
from sandbox.zendesk.state import Account
from sandbox.zendesk.webhooks import Webhooks

SETTINGS: Mapping[str, Any] = {
    "rate_limits": None,  # a plan's name, or requests a minute
    "endpoint_limits": {},  # limit name -> requests in its window
    "export_delay": 60,  # seconds that incremental exports hold back; 0: none
    "search_lag": 3,  # seconds until search knows a new ticket
    "job_delay": 0,  # seconds until a job's work is done
    "job_looks": 2,  # looks until a job shows as ended
    "job_seconds": 5,  # seconds after which it shows so anyway
    "job_fate": None,  # "failed" or "killed" for the next job
    "attachment_limit": 50 * 1024 * 1024,
    "private_attachments": False,
    "content_host": None,  # where files are really served from
    "leaked_credentials": 0,  # requests to that host that carried an Authorization header
    **outbox.SETTINGS,
}

_ROOMS = (
    tickets, bulk, comments, deleted, attachments, user_routes, users_bulk, organizations, groups,
    schema, forms, exports, search, views, jobs, webhook_routes, oauth_routes, misc,
)  # fmt: skip


class Zendesk:
    """
    One Zendesk account on its own host.

    Beyond `Vendor`: `deliver` may be set to a function that sends webhooks out; until then, and
    beside it, they gather in `outbox`.
    """

    name = "zendesk"
    reads: frozenset[str] = frozenset({"POST /api/v2/views/preview", "POST /oauth/tokens"})

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._router = Router(suffix=".json")
        self._served: list[str] = []
        for room in _ROOMS:
            room.routes(_Recording(self._router, self._served))
        self.settings: dict[str, Any] = {}
        self.credentials = Credentials({setup.API_TOKEN: True})
        self.deliver: Callable[[webhooks.Delivery], object] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget all data and put the settings back; credentials stay as described."""
        self.settings.clear()
        self.settings.update(SETTINGS)
        self.settings["endpoint_limits"] = {}
        self.credentials.api_tokens = {setup.API_TOKEN: True}
        self.state = Account(self._clock, self.settings, setup.SUBDOMAIN)
        self.oauth = OAuth(self.state)
        self.jobs = Jobs(self.state)
        self.limits = Limits(self.state)
        self.idempotency = Idempotency()
        self.webhooks = Webhooks(self.state, self.send_webhook)
        self.mails = Mails()
        self.state.watchers.append(Mailing(self.state, self.mails).happened)
        self.outbox: list[webhooks.Delivery] = []
        self.persons = Persons(self)
        setup.found_account(self.state, self.oauth)

    def send_webhook(self, delivery: webhooks.Delivery) -> None:
        """Let a delivery go out."""
        self.outbox.append(delivery)
        if self.deliver is not None:
            self.deliver(delivery)

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        endpoint = self.endpoint(request)
        self.jobs.run_due()
        headers, refused = self.limits.take(endpoint, request.path)
        if refused is not None:
            return _dressed(refused, [])
        call = Call(self.state, request, services=self)
        try:
            response = self._answer(call, request)
        except errors.ApiError as problem:
            response = problem.response()
        return _dressed(response, [*call.headers, *headers])

    def _answer(self, call: Call, request: Request) -> Response:
        if request.path.startswith("/sc/"):
            return attachments.content(self.state, request, signed_in=False) or Response.empty(404)
        match = self._router.match(request.method, request.path)
        public = request.path.startswith("/oauth/")
        if not public:
            call.actor = sign_in(self.state, self.oauth, self.credentials, request, request.path)
        file = attachments.content(self.state, request, signed_in=call.actor is not None)
        if file is not None:
            return file
        if match is None:
            raise errors.unauthenticated() if call.actor is None else errors.invalid_endpoint()
        return match.handler(call, **match.params)

    def endpoint(self, request: Request) -> str:
        """Return method and path template of a request."""
        match = self._router.match(request.method, request.path)
        if match is not None:
            return f"{request.method} {_named(match.template)}"
        if request.path.startswith("/attachments/token/"):
            return f"{request.method} /attachments/token/{{token}}"
        if request.path.startswith("/sc/attachments/"):
            return f"{request.method} /sc/attachments/{{token}}"
        return f"{request.method} {request.path}"

    def endpoints(self) -> list[str]:
        """Return every endpoint that the stand-in serves."""
        return sorted(self._served)

    def owns_host(self, host: str) -> bool:
        """Tell whether a host is the account's, or the one its files are served from."""
        sub = self.state.subdomain
        return host in (f"{sub}.zendesk.com", f"{sub}.zdusercontent.com", "api.zendesk.com")

    def describe(self, url: str, tls_url: str) -> Mapping[str, Any]:
        """Return where and who to be."""
        return {
            "url": url,
            "tls_url": tls_url,
            "subdomain": self.state.subdomain,
            "email": setup.EMAIL,
            "api_token": setup.API_TOKEN,
            "oauth_token": setup.OAUTH_TOKEN,
            "client_id": setup.CLIENT_ID,
            "client_secret": setup.CLIENT_SECRET,
        }

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """Fill in `demo`, `empty` or `bulk` (`tickets`, `comments`)."""
        from sandbox.zendesk import seeds  # noqa: PLC0415  only those who seed pay for the texts

        return seeds.plant(self, kind, params)

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Do what a person does in the vendor's own pages. See `persons`."""
        return self.persons.do(action, params)

    def throttled(self, request: Request) -> Response:
        """Return the vendor's own 429."""
        return limits.throttled(request)

    def expire_tokens(self) -> None:
        """Let every access token lapse now."""
        self.oauth.expire()


class _Recording(Router):
    """A router that passes its routes on and keeps their names."""

    def __init__(self, router: Router, served: list[str]) -> None:
        super().__init__()
        self._router = router
        self._names = served

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Serve a route, and remember it."""
        self._router.add(method, template, handler)
        self._names.append(f"{method} {_named(template)}")


def _named(template: str) -> str:
    return template.replace("{key}", "{id}")


def _dressed(response: Response, headers: list[tuple[str, str]]) -> Response:
    response.headers.extend(headers)
    response.headers.append(("x-zendesk-api-version", "v2"))
    response.headers.append(("cache-control", "max-age=0, private, must-revalidate"))
    return response

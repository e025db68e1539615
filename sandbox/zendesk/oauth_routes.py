"""OAuth over HTTP: the consent page, the token endpoint, and the account's list of tokens."""

from __future__ import annotations

import html
import secrets
from urllib.parse import parse_qsl, urlencode

from sandbox.web import BadForm, Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.oauth import CODE_LIFETIME, Code, OAuth, Token
from sandbox.zendesk.paging import listing
from sandbox.zendesk.state import as_id


def routes(router: Router) -> None:
    """Serve OAuth."""
    _granting(router)
    _tokens(router)


def _granting(router: Router) -> None:
    @router.route("POST", "/oauth/tokens")
    def _grant(call: Call) -> Response:
        kind = call.request.headers.get("content-type", "")
        if "form" in kind:
            try:
                body = dict(call.request.form())
            except BadForm:
                raise errors.unprocessable_json() from None
        else:
            body = call.body()
        return Response.json(call.services.oauth.grant(body), 200)

    @router.route("GET", "/oauth/authorizations/new")
    def _consent(call: Call) -> Response:
        """Show who asks for what; the demo's people press the button."""
        asked = dict(call.request.query)
        client = call.services.oauth.client(asked.get("client_id"))
        if client is None:
            return Response.html("<h1>Invalid Authorization Request</h1>No such client", 400)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        return Response.html(
            f"<h1>{html.escape(client.name)} asks for access</h1>"
            f"<p>Scopes: {html.escape(asked.get('scope', 'read'))}</p>"
            f'<form method="post" action="/oauth/authorizations">{hidden}'
            '<button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny">Deny</button></form>'
        )

    @router.route("POST", "/oauth/authorizations")
    def _decide(call: Call) -> Response:
        asked = dict(parse_qsl(call.request.body.decode("utf-8", "replace")))
        return Response.empty(302, [("Location", authorize(call.services.oauth, call, asked))])


def authorize(oauth: OAuth, call: Call, asked: dict[str, str]) -> str:
    """Return where the browser goes after the user decided."""
    client = oauth.client(asked.get("client_id"))
    back = asked.get("redirect_uri", "")
    if client is None or back not in client.redirect_uris:
        raise errors.ApiError(400, "Invalid Authorization Request: unknown client or redirect_uri")
    answer = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("decision") == "deny":
        answer |= {"error": "access_denied", "error_description": "The end-user denied the request"}
        return f"{back}?{urlencode(answer)}"
    code = secrets.token_hex(24)
    oauth.codes[code] = Code(
        client_id=client.id,
        user_id=client.user_id,
        scopes=asked.get("scope", "read").split(),
        redirect_uri=back,
        challenge=asked.get("code_challenge", ""),
        method=asked.get("code_challenge_method", "S256"),
        expires=call.account.clock.now() + CODE_LIFETIME,
    )
    return f"{back}?{urlencode({'code': code} | answer)}"


def _tokens_current(call: Call) -> Token:
    kind, _, value = call.request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise errors.not_found()
    return call.services.oauth.valid(value.strip())


def _tokens_named(call: Call, key: str) -> Token:
    if key == "current":
        return _tokens_current(call)
    call.admins_only()
    for token in call.services.oauth.tokens.values():
        if token.id == as_id(key):
            return token
    raise errors.not_found()


def _tokens(router: Router) -> None:
    @router.route("GET", "/api/v2/oauth/tokens/current")
    def _current(call: Call) -> Response:
        return ok({"token": call.services.oauth.shown(_tokens_current(call), call.base)})

    @router.route("GET", "/api/v2/oauth/tokens/{key}")
    def _show(call: Call, key: str) -> Response:
        return ok({"token": call.services.oauth.shown(_tokens_named(call, key), call.base)})

    @router.route("DELETE", "/api/v2/oauth/tokens/{key}")
    def _revoke(call: Call, key: str) -> Response:
        call.services.oauth.revoke(_tokens_named(call, key))
        return Response.empty()

    _all_tokens(router)


def _all_tokens(router: Router) -> None:
    @router.route("GET", "/api/v2/oauth/tokens")
    def _list(call: Call) -> Response:
        call.agents_only()
        rows = [it for it in call.services.oauth.tokens.values() if it.user_id == call.user.id]
        return listing(
            call,
            rows,
            lambda page: {"tokens": [call.services.oauth.shown(it, call.base) for it in page]},
        )

    @router.route("POST", "/api/v2/oauth/tokens")
    def _create(call: Call) -> Response:
        call.admins_only()
        body = call.part("token")
        client = call.services.oauth.client(body.get("client_id"))
        if client is None:
            raise errors.not_found()
        scopes = [str(one) for one in body.get("scopes") or ["read", "write"]]
        token = call.services.oauth.issue(client.id, call.user.id, scopes)
        shown = call.services.oauth.shown(token, call.base, whole=True)
        return call.created({"token": shown}, shown["url"])

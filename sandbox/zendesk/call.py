"""One request on its way through a handler: who asks, of which account, and what to answer with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.web import BadJson, Request, Response
from sandbox.zendesk import errors
from sandbox.zendesk.records import Json, User
from sandbox.zendesk.state import Account


@dataclass(slots=True)
class Call:
    """A request with its signed-in user. `headers` are added to whatever the handler answers."""

    account: Account
    request: Request
    actor: User | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    services: Any = None

    @property
    def base(self) -> str:
        """Scheme and host, for absolute links."""
        return self.request.base

    @property
    def user(self) -> User:
        """The signed-in user. Answers 401 if there is none."""
        if self.actor is None:
            raise errors.unauthenticated()
        return self.actor

    @property
    def agent(self) -> User:
        """The signed-in agent. Answers 403 to customers."""
        if self.user.role == "end-user":
            raise errors.forbidden()
        return self.user

    @property
    def admin(self) -> User:
        """The signed-in admin. Answers 403 to everyone else."""
        if self.user.role != "admin":
            raise errors.forbidden()
        return self.user

    def agents_only(self) -> None:
        """Answer 401 or 403 to anyone but agents and admins."""
        _ = self.agent

    def admins_only(self) -> None:
        """Answer 401 or 403 to anyone but admins."""
        _ = self.admin

    @property
    def client(self) -> str:
        """The client program's name."""
        return self.request.headers.get("user-agent", "")

    def includes(self) -> list[str]:
        """Return the side-loads that the request names."""
        return [name.strip() for name in self.request.arg("include").split(",") if name.strip()]

    def body(self) -> Json:
        """Return the body, which must be a JSON object. An empty body is an empty object."""
        if not self.request.body.strip():
            return {}
        try:
            body = self.request.json()
        except BadJson:
            raise errors.unprocessable_json() from None
        if not isinstance(body, dict):
            raise errors.unprocessable_json()
        return body

    def part(self, name: str) -> Json:
        """Return the body's one object `name`. Answers 400 if it is missing."""
        part = self.body().get(name)
        if not isinstance(part, dict):
            raise errors.titled(
                400, "Invalid attribute", f"Parameter {name} is required and must be an object"
            )
        return part

    def warn(self, unpermitted: list[str]) -> None:
        """Say which keys of the body were skipped."""
        if unpermitted:
            keys = ", ".join(f'"{key}"' for key in unpermitted)
            self.headers.append(
                (
                    "x-zendesk-api-warn",
                    f"{{:allowed_parameters=>{{:unpermitted_keys=>[{keys}], :invalid_values=>[]}}}}",
                )
            )

    def created(self, body: Json, location: str) -> Response:
        """Return 201 with the address of what was made."""
        return Response.json(body, 201, [("Location", location)])


def ok(body: Any) -> Response:
    """Return 200 with a JSON body."""
    return Response.json(body)

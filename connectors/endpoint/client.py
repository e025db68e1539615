"""
One question to an OpenAI-compatible endpoint: what it is told, what is sent, and the JSON it answered.

What people wrote goes as data in a message of its own, never into the instructions, and whatever comes back
is checked by whoever asked: a text that talks to the model can at worst spoil its own reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import httpx
import msgspec

from connectors.auth import BearerToken, NoAuth
from connectors.http import Http, InDoubt, NotDone
from connectors.reply import NOT_JSON
from hub.endpoint_settings import EndpointSettings
from hub.errors import Misconfigured, Unavailable

_PATH: Final = "chat/completions"
_ENDPOINT: Final = "POST /v1/chat/completions"
_REFUSED: Final = 400
_SAID: Final = 200
_FENCE: Final = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)


class Unlimited:
    """The endpoint tells its limits by 429 only."""

    def take(self, endpoint: str, target: str = "") -> None: ...
    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None: ...


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]


class Endpoint:
    """Asks the configured model. Safe to share between threads."""

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        transport: httpx.BaseTransport | None = None,
        attempts: int = 4,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.settings = settings
        self._key = settings.key.get_secret_value() if settings.key else ""
        waits: dict[str, Any] = {"sleep": sleep} if sleep else {}
        self._http = Http(
            settings.url,
            system="endpoint",
            auth=BearerToken(self._key) if self._key else NoAuth(),
            budget=Unlimited(),
            transport=transport,
            ca=settings.ca,
            timeout=settings.timeout,
            attempts=attempts,
            connections=2,
            **waits,
        )

    def __repr__(self) -> str:
        return f"Endpoint({self.settings.url!r}, {self.settings.model!r})"

    def ask(self, told: str, data: object, *, name: str, schema: Mapping[str, Any]) -> object:
        """
        Return the JSON that the model answers to instructions and data.

        Raises `Unavailable` if it does not answer, or not with JSON; `SignInFailed` if it refuses the key;
        `Misconfigured` if it refuses the request.
        """
        shape: dict[str, Any] = {"type": self.settings.answers}
        if self.settings.answers == "json_schema":
            shape["json_schema"] = {"name": name, "strict": True, "schema": schema}
        asked = {
            "model": self.settings.model,
            "temperature": 0,
            "response_format": shape,
            "messages": [
                {"role": "system", "content": told},
                {"role": "user", "content": msgspec.json.encode(data).decode()},
            ],
        }
        try:
            # A question changes nothing there: it may be repeated.
            reply = self._http.request("POST", _PATH, endpoint=_ENDPOINT, json=asked, safe=True)
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"the endpoint did not answer: {self._without_key(str(error))}") from None
        if reply.status >= _REFUSED:
            said = self._without_key(reply.content[:_SAID].decode("utf-8", "replace"))
            raise Misconfigured(
                f"the endpoint refused the question ({reply.status}): {said}. Check url, model and answers "
                "under [endpoint] in hub.toml."
            )
        return self._content(cast("_Completion", reply.decode(_Completion)))

    def calls(self) -> Mapping[str, int]:
        return self._http.calls()

    def close(self) -> None:
        self._http.close()

    def _content(self, completion: _Completion) -> object:
        choice = completion.choices[0] if completion.choices else None
        content = choice.message.content if choice else None
        if choice is None or not content:
            why = choice.message.refusal if choice and choice.message.refusal else "it said nothing"
            raise Unavailable(f"the endpoint gave no answer: {self._without_key(why[:_SAID])}")
        if choice.finish_reason == "length":
            raise Unavailable("the endpoint's answer was cut off; a smaller `batch` under [endpoint] helps")
        fenced = _FENCE.match(content)
        try:
            return msgspec.json.decode(fenced.group(1) if fenced else content)
        except NOT_JSON:
            raise Unavailable(
                "the endpoint did not answer in JSON as it was asked to; is this model able to?"
            ) from None

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "…") if self._key else text

"""
An OpenAI-compatible chat endpoint as one vendor of the sandbox.

It knows no language: it finds a few words, answers in the shape it is asked for, and can be told to answer
as models sometimes do: with garbage, inventions, or what the text told it to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from sandbox.clock import Clock
from sandbox.web import BadJson, Request, Response, Router

KEY = "sk-sandbox-0123456789abcdef"
SETTINGS: Mapping[str, Any] = {"answer": "honest", "schemas": True}
"""`answer`: honest, garbage, fenced, empty, cut, or a text to answer with. `schemas`: knows json_schema."""
_WORDS = {
    "frustration": ("fed up", "надоело"),
    "urgency": ("urgent", "срочно"),
    "churn": ("cancel our contract", "уходим"),
    "gratitude": ("thank you", "спасибо"),
}
_BAD, _GOOD = {"frustration", "churn"}, {"gratitude"}


class Endpoint:
    """One model behind one key."""

    name = "endpoint"
    reads = frozenset({"POST /v1/chat/completions"})

    def __init__(self, clock: Clock) -> None:
        self.settings: dict[str, Any] = dict(SETTINGS)
        self._clock = clock
        self._asked: list[Any] = []
        self._key = KEY
        self._router = Router()
        self._router.add("POST", "/v1/chat/completions", self._complete)

    @property
    def state(self) -> list[Any]:
        """Every request's body, as it came."""
        return self._asked

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return _error(401, "invalid_api_key", "Incorrect API key provided.")
        found = self._router.match(request.method, request.path)
        if found is None:
            return _error(404, "not_found", f"Unknown request URL: {request.method} {request.path}.")
        try:
            return found.handler(request)
        except BadJson as bad:
            return _error(400, "invalid_request_error", f"We could not parse the JSON body: {bad}")

    def endpoint(self, request: Request) -> str:
        """Return method and path template."""
        found = self._router.match(request.method, request.path)
        return f"{request.method} {found.template}" if found else f"{request.method} {request.path}"

    def owns_host(self, host: str) -> bool:
        """No name is this endpoint's: it is called by its address."""
        return host == "endpoint.example"

    def describe(self, url: str, tls_url: str) -> Mapping[str, Any]:
        """Return the URLs and the key."""
        return {"url": f"{url}/v1", "tls_url": f"{tls_url}/v1", "key": self._key, "model": "sandbox-1"}

    def throttled(self, request: Request) -> Response:
        """Return a 429 as such endpoints word it."""
        del request
        answer = _error(429, "rate_limit_exceeded", "Rate limit reached for requests.")
        answer.headers.append(("Retry-After", "1"))
        return answer

    def expire_tokens(self) -> None:
        """Revoke the key: nobody knows the new one."""
        self._key = f"{KEY}-revoked"

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """It holds no data."""
        raise ValueError(f"the endpoint has no data set {kind!r} {params}")

    def reset(self) -> None:
        """Forget what was asked."""
        self._asked.clear()
        self.settings.clear()
        self.settings.update(SETTINGS)
        self._key = KEY

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Nobody does anything there."""
        raise ValueError(f"nobody can {action!r} at the endpoint {params}")

    def _complete(self, request: Request) -> Response:
        body = request.json()
        self._asked.append(body)
        shape = body.get("response_format", {}).get("type", "text")
        if shape == "json_schema" and not self.settings["schemas"]:
            return _error(400, "invalid_request_error", "json_schema is not supported by this model.")
        said = str(self.settings["answer"])
        answer = _ANSWERS.get(said, _given(said))(msgspec.json.decode(body["messages"][-1]["content"]))
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer},
            "finish_reason": "length" if said == "cut" else "stop",
        }
        return Response.json(
            {
                "id": f"chatcmpl-{len(self._asked)}",
                "object": "chat.completion",
                "created": int(self._clock.now()),
                "model": body["model"],
                "choices": [choice],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            }
        )


def _honest(data: Any) -> str:
    if "texts" in data:
        return msgspec.json.encode({"readings": [_reading(one) for one in data["texts"]]}).decode()
    lines = [{"text": line["text"], "lines": [line["id"]]} for line in data["lines"][:3]]
    return msgspec.json.encode({"sentences": lines}).decode()


def _reading(one: Mapping[str, str]) -> Mapping[str, Any]:
    low = one["text"].lower()
    signals = [
        {"signal": signal, "quote": one["text"][low.find(word) : low.find(word) + len(word)], "sure": 0.9}
        for signal, words in _WORDS.items()
        for word in words
        if word in low
    ]
    told = {signal["signal"] for signal in signals}
    sentiment = "negative" if told & _BAD else "positive" if told & _GOOD else "neutral"
    mood = {"negative": -0.7, "neutral": 0.0, "positive": 0.7}[sentiment]
    return {"id": one["id"], "sentiment": sentiment, "mood": mood, "signals": signals}


def _given(said: str) -> Callable[[Any], str]:
    return lambda _: said


_ANSWERS: Mapping[str, Callable[[Any], str]] = {
    "honest": _honest,
    "cut": lambda data: _honest(data)[:40],
    "garbage": lambda _: "Sure! Here is what I think about these messages:",
    "fenced": lambda data: f"```json\n{_honest(data)}\n```",
    "empty": lambda _: "",
}


def _error(status: int, code: str, message: str) -> Response:
    return Response.json({"error": {"message": message, "type": code, "code": code, "param": None}}, status)

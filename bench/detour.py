"""Sessions that reach a stand-in for a library that knows its vendor by a fixed address."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter


def through(url: str, instead_of: str) -> requests.Session:
    """Return a session that asks `url` for whatever a library wants of `instead_of`."""

    class Detour(HTTPAdapter):
        def send(self, request: Any, *args: Any, **more: Any) -> Any:
            wanted = request.url
            request.url = wanted.replace(instead_of, url, 1)
            answer = super().send(request, *args, **more)
            request.url = answer.url = wanted  # zenpy chooses its parser by the address it asked for
            return answer

    session = requests.Session()
    session.mount("https://", Detour())
    session.mount("http://", Detour())
    return session

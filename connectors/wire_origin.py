"""Scheme, host and port of an address."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from hub.errors import Misconfigured

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """Scheme, host and port of a URL. Raises `Misconfigured` if it is not an http(s) URL."""
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname and parts.username is None:
            return Origin(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])
    except ValueError:  # a port that is no number, a bracket that is not closed
        pass
    raise Misconfigured(f"{url[:200]!r} is no http(s) address; write it like https://acme.example.com")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""
Whom we ask for a file beside the system itself: only hosts that are its own, and only at public addresses.

Where a file lies, the system says, and whoever can write there may make it say anything: an address
inside our own network, a cloud's metadata service, a name that stands for either the second time it is
looked up. So a foreign host must be on a list, it is asked without credentials, its name is looked up
once for a connection, and that goes to just that address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from connectors.wire_origin import Origin, is_loopback, origin_of
from hub.errors import Misconfigured, Unavailable
from hub.operations import Refused

Resolve: TypeAlias = Callable[..., Iterable[Any]]

FILES: Mapping[str, tuple[str, ...]] = {
    "zendesk": (".zendesk.com", ".zdusercontent.com", ".zendeskusercontent.com"),
    "jira": (".atlassian.net", ".atlassian.com", ".atl-paas.net"),
    "salesforce": (".salesforce.com", ".force.com", ".documentforce.com", ".salesforce-sites.com"),
}
"""Where each vendor keeps files, beside the account's own host. More: `file_hosts` in hub.toml."""

_NAME = re.compile(r"[a-z0-9_.:-]+")
_WRAPPED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind NAT64."""


class Untrusted(Unavailable, FileNotFoundError):
    """
    A file lies where we do not go for it. `str()` says where, and what to do if it is right.

    To who wants the file it is not there, however often it is asked for; a feed that leads us away is down.
    """


def unreachable(what: str, error: FileNotFoundError) -> Refused:
    """Return how to park a file whose bytes cannot be had, with what to do about it."""
    if isinstance(error, Untrusted):
        return Refused(f"{what}: {error}", "forbidden")
    return Refused(f"{what} is not at its origin any more", "no_such")


class Hosts:
    """Which hosts beside its own a system may send us to."""

    def __init__(
        self,
        system: str,
        own: Callable[[], Collection[Origin]],
        more: Collection[str] = (),
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        """`more`: names, or endings that begin with a dot."""
        self._system = system
        self._own = own
        self._allowed = (*FILES.get(system, ()), *(name.lower() for name in more))
        self._resolve = resolve

    def is_own(self, origin: Origin) -> bool:
        return origin in self._own()

    def admit(self, url: str) -> None:
        """Raise `Untrusted` if we do not go there."""
        try:
            there = origin_of(url)
        except Misconfigured as error:
            raise Untrusted(f"{self._system} says that a file lies at an odd address: {error}") from None
        if self.is_own(there) or self._is_neighbour(there):
            return
        host = there.host.rstrip(".").lower()
        if not _NAME.fullmatch(host):  # some parsers end a host at a backslash, others do not
            raise Untrusted(f"{self._system} says a file lies at the odd host {host[:80]!r}; not fetched")
        listed = any(host == name.lstrip(".") or host.endswith(_ending(name)) for name in self._allowed)
        if not listed:
            raise Untrusted(
                f"{self._system} says that a file lies at {host}, which is none of its hosts; if it is "
                f'right, add "{host}" to `file_hosts` under [{self._system}] in hub.toml'
            )
        if there.scheme != "https":
            raise Untrusted(f"{self._system} says a file lies at {host} without https; not fetched")

    def address(self, origin: Origin) -> str:
        """
        Return the address to connect to: the name's, looked up once, if all it stands for is public.

        Raises `Untrusted`; `OSError` if the name cannot be looked up.
        """
        if self._is_neighbour(origin):
            return origin.host
        found = [str(row[4][0]) for row in self._resolve(origin.host, origin.port, type=socket.SOCK_STREAM)]
        private = [one for one in found if not is_public(one)]
        if private or not found:
            raise Untrusted(
                f"{self._system} says that a file lies at {origin.host}, which stands for "
                f"{', '.join(private) or 'nothing'}: no public address, so it is not fetched"
            )
        return found[0]

    def _is_neighbour(self, origin: Origin) -> bool:
        """Whether both are on this machine: stand-ins, which serve everything from there."""
        return is_loopback(origin.host) and all(is_loopback(own.host) for own in self._own())


def _ending(name: str) -> str:
    return name if name.startswith(".") else f"\0{name}"  # a name without a dot before it has no ending


def is_public(address: str) -> bool:
    """Return whether an address is everybody's: not private, local, reserved or a wrapped one that is."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _WRAPPED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)

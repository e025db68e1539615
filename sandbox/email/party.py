"""The mail side as one stand-in: its ports, its switches, and what people do with it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from sandbox.calls import Calls
from sandbox.clock import Clock
from sandbox.email import people, seeds
from sandbox.email.desk import Desk
from sandbox.email.imap import Imap
from sandbox.email.loopback import Door, Loopback
from sandbox.email.office import DOMAIN, PASSWORD, TOKEN, Office
from sandbox.email.smtp import Smtp
from sandbox.email.wire import Wire
from sandbox.faults import Faults

_HOST = "127.0.0.1"


class Email:
    """
    A support mailbox with its mail servers, and the world that writes to it and hears from it.

    `with Email() as mail:` serves it alone, on two free ports; `mail.where` then tells where, and
    `mail.faults` what goes wrong. In a `Sandbox` it shares that one's clock, lock and control API.
    """

    name = "email"
    places = ("imap", "smtp", "imap tls", "smtp tls")

    def __init__(self, clock: Clock | None = None, domain: str = DOMAIN) -> None:
        self.office = Office(clock or Clock(), domain)
        self.desk = Desk(self.office)
        self.where: dict[str, Any] = {}
        self._loopback: Loopback | None = None

    @property
    def state(self) -> Office:
        """Everybody's mailboxes."""
        return self.office

    @property
    def settings(self) -> dict[str, Any]:
        return self.office.settings

    @property
    def faults(self) -> Faults:
        """What goes wrong: endpoints are `SMTP MESSAGE`, `IMAP FETCH` and so on."""
        return self.desk.faults

    @property
    def calls(self) -> Calls:
        return self.desk.calls

    # as a part of the sandbox -------------------------------------------------------------------

    def join(self, lock: threading.RLock, faults: Faults, calls: Calls) -> None:
        """Act under the sandbox's lock, with its faults, and count into its counts."""
        self.office.lock, self.desk.faults, self.desk.calls = lock, faults, calls

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """Fill the mailbox: `empty` or `demo`."""
        with self.office.lock:
            return seeds.plant(self.office, kind, params)

    def reset(self) -> None:
        """Forget every mail; who is connected must sign in anew."""
        if self._loopback is not None:
            self._loopback.drop()
        with self.office.lock:
            self.office.reset()
            self.desk.crashed = None

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """Do what a customer does in a mail program, or an agent or operator in the support mailbox."""
        with self.office.lock:
            return people.act(self.office, action, params)

    # serving ------------------------------------------------------------------------------------

    def listen(self, sockets: Mapping[str, socket.socket], context: ssl.SSLContext | None) -> None:
        """Serve on bound sockets until `hang_up`, which closes them."""
        self.desk.stopping.clear()
        serve = {"imap": self._imap, "smtp": self._smtp}
        doors = [
            Door(sock, serve[place.partition(" ")[0]], tls=place.endswith(" tls"))
            for place, sock in sockets.items()
        ]
        self._loopback = Loopback(doors, context)

    def hang_up(self) -> None:
        """Stop serving; nothing is left of it but the mails."""
        self.desk.stopping.set()
        if self._loopback is not None:
            self._loopback.close()
            self._loopback = None

    def close(self) -> None:
        """Stop serving and forget the mails."""
        self.hang_up()
        self.office.spool.close()

    def line(self, host: str, ports: Mapping[str, int]) -> dict[str, Any]:
        """Return where the servers are, and the credentials that are good there."""
        account = {"user": self.office.address, "password": PASSWORD, "token": TOKEN}
        made: dict[str, Any] = {"address": self.office.address, "trusted": [self.office.host]}
        for name in ("imap", "smtp"):
            made[name] = {"host": host, "port": ports[name], **account}
            if f"{name} tls" in ports:
                made[name]["tls_port"] = ports[f"{name} tls"]
        return made

    def __enter__(self) -> Self:
        sockets = {place: _bound() for place in ("imap", "smtp")}
        ports = {place: sock.getsockname()[1] for place, sock in sockets.items()}
        self.listen(sockets, None)
        self.where = self.line(_HOST, ports)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _imap(self, wire: Wire) -> None:
        Imap(self.desk, wire).converse()

    def _smtp(self, wire: Wire) -> None:
        Smtp(self.desk, wire).converse()


def _bound() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind((_HOST, 0))
    return bound

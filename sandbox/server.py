"""
The sandbox on loopback: a plain and a TLS port per vendor, a control port, a proxy, and the ports of
whatever does not speak HTTP.

`serve` runs them on a thread of their own, for tests and the demo; `main` runs them until it is
told to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.control.page import ways
from sandbox.email.real import NoServers, RealMail
from sandbox.http1 import Answer, Connection
from sandbox.outbox import Delivers, Outbox
from sandbox.proxy import ProxyConnection, Routes
from sandbox.sandbox import VENDORS, Sandbox
from sandbox.tls import server_context
from sandbox.vendor import Listens, Vendor

_PEOPLES = range(8000, 9000)
_LAST_PORT = 65_535
_TURNS = 5


class PortTaken(OSError):
    """A port that was asked for is in use, or is none."""


class Running:
    """Servers that run. `line` tells clients where they are; `close` stops them."""

    def __init__(self, sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> None:
        """Bind the ports and start answering. Raises `PortTaken`."""
        self.sandbox = sandbox
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._sockets: dict[str, socket.socket] = {}
        try:
            self._bind(port, host)
        except OSError:
            self._release()
            raise
        self.line = self._describe(host)
        self.control = Control(sandbox, self.line)
        self._loop = asyncio.new_event_loop()
        self._live: set[Connection] = set()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        delivers = [it for it in sandbox.vendors.values() if isinstance(it, Delivers)]
        self.outbox = Outbox(delivers[0].settings if delivers else {})
        self._deliver(self.outbox)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(host), self._loop).result()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop answering, drop open connections, free the ports. May be called twice."""
        if self._thread.is_alive():
            self._deliver(None)
            for party in self.sandbox.listening.values():
                party.hang_up()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _bind(self, port: int, host: str) -> None:
        vendors = list(self.sandbox.vendors)
        places = [*vendors, "control", *(f"{name} tls" for name in vendors), "proxy", *self._other_places()]
        if not 0 <= port <= _LAST_PORT - len(places):
            raise PortTaken(f"there are no {len(places)} ports from {port} on; choose with --port")
        for offset, place in enumerate(places):
            self._sockets[place] = _bound(host, port + offset if port else 0, place)

    def _other_places(self) -> list[str]:
        return [f"{name} {place}" for name, it in self.sandbox.listening.items() for place in it.places]

    def _release(self) -> None:
        for bound in self._sockets.values():
            bound.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _deliver(self, outbox: Outbox | None) -> None:
        """Make the vendors' webhooks real, or (None) leave them with the vendors again."""
        for vendor in self.sandbox.vendors.values():
            if isinstance(vendor, Delivers):
                vendor.deliver = outbox.forward if outbox else None

    def _port(self, place: str) -> int:
        return self._sockets[place].getsockname()[1]

    def _describe(self, host: str) -> dict[str, Any]:
        line: dict[str, Any] = {
            name: dict(
                vendor.describe(
                    f"http://{host}:{self._port(name)}",
                    # By address: `localhost` may mean ::1 first, where nobody listens.
                    f"https://{host}:{self._port(f'{name} tls')}",
                )
            )
            for name, vendor in self.sandbox.vendors.items()
        }
        for name, party in self.sandbox.listening.items():
            ports = {place: self._port(f"{name} {place}") for place in party.places}
            line[name] = dict(party.line(host, ports))
        line["control"] = f"http://{host}:{self._port('control')}"
        line["ca"] = str(self._folder / "ca.pem")
        line["proxy"] = f"http://{host}:{self._port('proxy')}"
        return line

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._shut())
            self._loop.close()

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A connection that was being accepted may still come to life, and then goes as well;
        # one that was cut is gone only a turn of the loop later.
        for _ in range(_TURNS):
            for connection in list(self._live):
                connection.close()
            await asyncio.sleep(0)

    async def _listen(self, host: str) -> None:
        context = server_context(self._folder / "ca.pem")
        answers: dict[str, Answer] = {
            name: partial(self.sandbox.handle, name) for name in self.sandbox.vendors
        }
        local: dict[str, tuple[str, bool]] = {}
        for name, answer in answers.items():
            await self._serve(name, self._plain(answer))
            tls = partial(Connection, answer, "https", self._live)
            await self._serve(f"{name} tls", tls, ssl=context)
            for alias in {host, "127.0.0.1", "localhost"}:
                local[f"{alias}:{self._port(name)}"] = (name, False)
                local[f"{alias}:{self._port(f'{name} tls')}"] = (name, True)
        await self._serve("control", self._plain(self.control.handle))
        routes = Routes(answers, self.sandbox.owner, local, context)
        await self._serve("proxy", partial(ProxyConnection, routes, self._live))
        for name, party in self.sandbox.listening.items():
            party.listen({place: self._sockets[f"{name} {place}"] for place in party.places}, context)

    def _plain(self, answer: Answer) -> Callable[[], Connection]:
        return partial(Connection, answer, "http", self._live)

    async def _serve(
        self, place: str, protocol: Callable[[], asyncio.Protocol], **options: Any
    ) -> None:
        await self._loop.create_server(protocol, sock=self._sockets[place], backlog=512, **options)


def _bound(host: str, port: int, place: str) -> socket.socket:
    """Return a bound socket; a free port is never one of 8000 to 8999, which people use."""
    while True:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError as taken:
            bound.close()
            raise PortTaken(
                f"port {port} on {host} cannot be had for the {place} server "
                f"({taken.strerror}); choose another with --port, or 0 for free ports"
            ) from taken
        if port or bound.getsockname()[1] not in _PEOPLES:
            return bound
        bound.close()


def serve(sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> Running:
    """
    Serve the sandbox until the result is closed (or left, as a context).

    The ports are, from `port` on: the vendors, control, the vendors over TLS, the proxy, and those of
    the mail servers; with 0, free ones. Raises `PortTaken`.
    """
    return Running(sandbox, port, host)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sandbox in the foreground until SIGINT or SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Stand-ins for the vendors' APIs, on loopback."
    )
    parser.add_argument(
        "--seed", choices=("demo", "empty"), default="demo", help="data to begin with"
    )
    parser.add_argument("--port", type=int, default=0, help="first of the ports (0: free ones)")
    parser.add_argument(
        "--mail", choices=("stand-in", "real"), default="stand-in", help="real: Dovecot and Exim"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line when ready")
    parser.add_argument("--verbose", action="store_true", help="log every request on stderr")
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    # From here on: an early Ctrl-C, while the data are seeded, stops us as cleanly as a late one.
    stop = threading.Event()

    def told_to_stop(*_: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told_to_stop)
    try:
        sandbox = Sandbox(vendors=_vendors(options.mail))
    except NoServers as none:
        sys.stderr.write(f"sandbox: {none}\n")
        return 2
    sandbox.seed(options.seed)
    # Thousands of seeded objects that stay: no collection needs to look at them again.
    gc.freeze()
    try:
        running = serve(sandbox, options.port)
    except PortTaken as taken:
        for party in sandbox.listening.values():
            party.hang_up()
        sys.stderr.write(f"sandbox: {taken}\n")
        return 2
    with running:
        told = json.dumps(running.line) if options.json else summary(running.line)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _vendors(mail: str) -> Sequence[str | Callable[[Clock], Vendor | Listens]]:
    return (*VENDORS, RealMail if mail == "real" else "email")


def summary(line: dict[str, Any]) -> str:
    """Return what a person wants to know first: where everything is."""
    rows: list[tuple[str, str]] = []
    for name, part in line.items():
        if isinstance(part, dict) and "url" in part:
            rows += [(name, f"{part['url']}   {part['tls_url']}")]
        elif isinstance(part, dict):
            rows += [(name, "   ".join(f"{way} {where}" for way, where in ways(part)))]
        else:
            rows += [(name, part)]
    shown = "\n".join(f"  {name:<8} {value}" for name, value in rows)
    return f"Sandbox ready. Ctrl-C stops it; the control page explains how to use it.\n{shown}"

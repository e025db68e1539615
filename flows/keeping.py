"""
A worker kept beside the receiver of webhooks (`hub serve --sync`), in a process of its own.

A run that computes must not keep a vendor waiting for an answer.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_LAST_RUN = 600.0
"""Seconds to wait for the run in progress at the end."""
_AGAIN = 10.0
"""Seconds until a worker that ended by itself is started again."""
_KEPT = "HUB_KEPT"
"""Set for a process that ends with who keeps it: its standard input is a pipe that only that one has open."""


def end_with_keeper(end: Callable[[], object]) -> None:
    """In a process that `working` keeps: call `end` once its keeper is gone, be it by `kill -9`."""
    if os.environ.pop(_KEPT, None) is None:
        return

    def wait() -> None:
        while os.read(0, 1024):  # not `sys.stdin`: its lock would be held when the process ends
            pass
        end()

    threading.Thread(target=wait, name="keeper's end", daemon=True).start()


@contextmanager
def working(command: Sequence[str], tell: Callable[[str], None]) -> Generator[None]:
    """
    Keep a process with this command at work meanwhile: one that ends by itself is started again.

    At the end it is asked to end, and waited for: its run in progress comes to its end. Should we be
    killed, it ends by itself (`end_with_keeper`).
    """
    keeper = _Keeper(command, tell)
    thread = threading.Thread(target=keeper.run, name="keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.stop()
        thread.join(_LAST_RUN)


@dataclass
class _Keeper:
    command: Sequence[str]
    tell: Callable[[str], None]
    _ends: threading.Event = field(default_factory=threading.Event, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def run(self) -> None:
        while True:
            with self._lock:
                if self._ends.is_set():
                    return
                # In a session of its own: Ctrl-C is ours to pass on, once; twice would break its run off.
                process = subprocess.Popen(  # noqa: S603  `serve` gives it
                    self.command,
                    start_new_session=True,
                    stdin=subprocess.PIPE,
                    env={**os.environ, _KEPT: "1"},
                )
                self._process = process
            code = process.wait()
            if process.stdin is not None:
                process.stdin.close()
            if self._ends.is_set():
                return
            self.tell(f"the worker ended with {code}; it is started again in {_AGAIN:.0f} s")
            _ = self._ends.wait(_AGAIN)

    def stop(self) -> None:
        with self._lock:
            self._ends.set()
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

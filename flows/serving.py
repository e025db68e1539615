"""
`hub watch` and `hub serve --sync`: runs by the clock, and at once of what webhooks name.

In one process the two kinds of runs take turns on SQLite, which takes one run at a time; on PostgreSQL
they are two workers beside each other. Who takes webhooks in is a process of its own: a run that
computes must not keep a vendor waiting for an answer.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from flows.inline import run_sync
from flows.prompting import Prompt
from flows.watching import Colour, Watch
from flows.wiring import Assembly
from hub.records import RunRecord

_LAST_RUN = 600.0
"""Seconds to wait for the run in progress at the end."""
_AGAIN = 10.0
"""Seconds until a worker that ended by itself is started again."""


@dataclass
class Workers:
    """The runs of one process: by the clock (and when mail comes), and at once on hints."""

    opened: Callable[[], AbstractContextManager[Assembly]]
    tell: Callable[[str, Colour], None]
    record: Callable[[RunRecord], None] = lambda _: None
    every: float = 60.0
    once_idle: bool = False
    stamp: Callable[[], object] = lambda: None
    shared: bool = False
    """Whether several workers may be at work on the store at once."""
    clock: Watch = field(init=False)
    prompt: Prompt = field(init=False)

    def __post_init__(self) -> None:
        lock = threading.Lock()
        turn: Callable[[], AbstractContextManager[object]] = nullcontext if self.shared else (lambda: lock)

        def by_the_clock(assembly: Assembly) -> RunRecord:
            with turn():
                record = run_sync(assembly)
            assembly.fleet.rest()
            return record

        self.clock = Watch(
            self.opened,
            self.tell,
            self.record,
            self.every,
            once_idle=self.once_idle,
            stamp=self.stamp,
            work=by_the_clock,
        )
        self.prompt = Prompt(
            self.opened, turn, lambda text: self.tell(text, "yellow"), self.record, stamp=self.stamp
        )

    def run(self) -> int:
        """Run and wait until the end is asked for (`clock.stop`); return the exit code."""
        if self.once_idle:
            return self.clock.run()
        with self._prompted():
            return self.clock.run()

    @contextmanager
    def _prompted(self) -> Generator[None]:
        """Run at once on hints meanwhile, in a thread of its own."""
        thread = threading.Thread(target=self.prompt.run, name="hints", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.prompt.stop()
            thread.join(_LAST_RUN)


@contextmanager
def working(command: Sequence[str], tell: Callable[[str], None]) -> Generator[None]:
    """
    Keep a process with this command at work meanwhile: one that ends by itself is started again.

    At the end it is asked to end, and waited for: its run in progress comes to its end.
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
                process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603  `serve` gives it
                self._process = process
            code = process.wait()
            if self._ends.is_set():
                return
            self.tell(f"the worker ended with {code}; it is started again in {_AGAIN:.0f} s")
            _ = self._ends.wait(_AGAIN)

    def stop(self) -> None:
        with self._lock:
            self._ends.set()
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

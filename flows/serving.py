"""
`hub watch` and `hub serve --sync`: runs by the clock, and at once of what webhooks name.

In one process the two kinds of runs take turns on SQLite, which takes one run at a time; on PostgreSQL
they are two workers beside each other, and a run by the clock that lasts does not hold up the next one:
whoever is free begins it, here or in another process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from flows.inline import run_sync
from flows.prompting import Prompt
from flows.watching import Colour, Watch
from flows.wiring import Assembly
from hub.records import RunRecord

_LAST_RUN = 600.0
"""Seconds to wait for the run in progress at the end."""


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
            shared=self.shared,
        )
        self.prompt = Prompt(
            self.opened,
            turn,
            lambda text: self.tell(text, "yellow"),
            self.record,
            stamp=self.stamp,
            take_over=lambda store: self.shared and self.clock.take_over(store),
            relieve=by_the_clock,
            give_back=self.clock.turn.give_back,
            leaving=lambda: self.clock.stopping,
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
        longest = _LAST_RUN
        try:
            yield
        except KeyboardInterrupt:  # asked twice: nobody waits for any run
            longest = 0.0
            raise
        finally:
            self.prompt.stop()
            thread.join(longest)

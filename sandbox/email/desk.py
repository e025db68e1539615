"""What happens to each command on its way: it is counted, and may go wrong on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.calls import Calls
from sandbox.email.content import Content
from sandbox.email.mailbox import Account
from sandbox.email.office import Office
from sandbox.faults import Crash, Fate, Fault, Faults


class Lost(Exception):
    """The connection dies here, without an answer."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a fault's callbacks are told: `SMTP MESSAGE`, and of whom it is about."""

    endpoint: str
    user: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()


_OK = Fault()
_REFUSALS = {Fate.FAIL, Fate.FAIL_500, Fate.THROTTLE, Fate.HTML, Fate.FULL}


@dataclass(frozen=True, slots=True)
class Fated:
    """One command with what becomes of it."""

    event: Event
    fault: Fault = _OK

    @property
    def refused(self) -> bool:
        return self.fault.fate in _REFUSALS

    @property
    def lost(self) -> bool:
        return self.fault.fate is Fate.LOST

    def smtp(self, later: str, never: str, text: str) -> str:
        """Return the SMTP reply of a refused command; `later` and `never` are its usual codes."""
        match self.fault.fate:
            case Fate.FULL:
                return "452 4.3.1 Insufficient system storage"
            case Fate.THROTTLE:
                return "421 4.7.0 Too many connections or messages, slow down"
            case Fate.FAIL_500:
                return f"{never} {text}"
            case _:
                return f"{later} {text}"

    def imap(self, later: str, never: str) -> str:
        """Return the IMAP answer (without its tag) of a refused command."""
        match self.fault.fate:
            case Fate.FULL:
                return "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"
            case Fate.THROTTLE:
                return "NO [OVERQUOTA] Account exceeded command or bandwidth limits."
            case Fate.FAIL_500:
                return f"NO {never}"
            case _:
                return f"NO [UNAVAILABLE] {later}"


@dataclass(slots=True)
class Desk:
    """Faults and counts around an office. `crashed`: what a fault's callback raised last."""

    office: Office
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    stopping: threading.Event = field(default_factory=threading.Event)
    crashed: Crash | None = None

    def draw(self, event: Event, *, writes: bool = False) -> Fated:
        """Count a command and return its fate. Raises `Lost` if it dies before it has any effect."""
        with self.office.lock:
            self.calls.endpoints[event.endpoint] += 1
            fault = self.faults.draw(event.endpoint, writes=writes) or _OK
            if before := fault.before:
                self._call(lambda: before(event))
            if fault.fate is Fate.EXPIRE_TOKEN:
                self.office.expire_tokens()
        if fault.fate is Fate.SLOW and self.stopping.wait(fault.seconds):
            self.lose()
        if fault.fate is Fate.LOST_BEFORE:
            self.lose()
        return Fated(event, fault)

    def settle(self, fated: Fated, result: object = None) -> None:
        """Run what is to happen after a command's effect. Raises `Lost` if its answer is lost."""
        after = fated.fault.after
        if after:
            with self.office.lock:
                self._call(lambda: after(fated.event, result))
        if fated.lost:
            self.lose()

    def lose(self) -> None:
        """Let the connection die."""
        with self.office.lock:
            self.calls.dropped += 1
        raise Lost

    def answered(self, status: int) -> None:
        """Count an answer by its SMTP code (or 200 and 400 for IMAP's OK and NO)."""
        with self.office.lock:
            self.calls.statuses[status] += 1

    def submit(
        self, sender: str, recipients: Sequence[str], content: Content, client: str, by: Account | None
    ) -> str:
        """Deliver a mail that was handed in; return its queue id."""
        if by is not None and self.office.settings["rewrite_message_id"]:
            content = self.office.renamed(content)
        self.office.post(sender, recipients, content, client, by)
        return self.office.key()

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Crash as crash:
            # The client's death, which a server sees as a connection that ends.
            self.crashed = crash
            self.lose()

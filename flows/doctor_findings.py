"""What the doctor found: one line a finding, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol, TypeAlias, cast

from connectors.http import Http
from connectors.reply import InDoubt, NotDone, Reply
from flows.wiring import Assembly
from hub.errors import HubError
from hub.model import System
from hub.vitals import span

Verdict: TypeAlias = Literal["ok", "warn", "fail"]
_CLOCK_WARN, _CLOCK_FAIL = 5.0, 60.0
_MOST = 8
"""Names that one line lists."""


@dataclass(frozen=True)
class Finding:
    """`warn`: the hub works, and not as it should. `fail`: some of it does not work."""

    part: str
    verdict: Verdict
    what: str
    todo: str = ""

    def to_json(self) -> dict[str, str]:
        return {"part": self.part, "verdict": self.verdict, "what": self.what, "todo": self.todo}


class Wired(Protocol):
    """A connector with its way to the system."""

    @property
    def http(self) -> Http: ...


@dataclass(frozen=True)
class Part:
    """Makes the findings of one part."""

    name: str

    def ok(self, what: str) -> Finding:
        return Finding(self.name, "ok", what)

    def warn(self, what: str, todo: str) -> Finding:
        return Finding(self.name, "warn", what, todo)

    def fail(self, what: str, todo: str) -> Finding:
        return Finding(self.name, "fail", what, todo)


def guarded(part: Part, look: Callable[[], Iterable[Finding]], todo: str) -> Iterator[Finding]:
    """Yield what is found; what cannot be looked at is a finding, too, and stops no other part."""
    try:
        yield from look()
    except (HubError, NotDone, InDoubt, OSError) as error:
        yield part.fail(str(error), todo)


def asked(
    assembly: Assembly, system: System, path: str, endpoint: str = "", params: Mapping[str, str] | None = None
) -> Reply:
    """Ask a system to read something, and return its answer, whatever its status."""
    http = cast("Wired", assembly.connectors[system]).http
    return http.request("GET", path, endpoint=f"GET {endpoint or path}", params=params)


def clock(part: Part, reply: Reply, now: float) -> Finding:
    """Hold our clock against the one that an answer tells."""
    try:
        shown = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return part.ok("its answers tell no time, so clocks are not compared")
    return clocks_apart(part, now - shown)


def clocks_apart(part: Part, ahead: float) -> Finding:
    """Judge by how many seconds our clock is ahead of another one."""
    apart = abs(ahead)
    if apart < _CLOCK_WARN:
        return part.ok("its clock and ours agree")
    told = f"our clock is {span(apart)} {'ahead of' if ahead > 0 else 'behind'} its clock"
    todo = "let NTP set the clock of this machine (`timedatectl`): signatures and tokens go by it"
    return part.fail(told, todo) if apart >= _CLOCK_FAIL else part.warn(told, todo)


def listed(names: Iterable[str]) -> str:
    """Return some names, cut where there are many."""
    found = sorted(names)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


def json_of(reply: Reply) -> Any:
    """Return an answer's body. Raises `Unavailable` if it is not JSON."""
    return reply.json()

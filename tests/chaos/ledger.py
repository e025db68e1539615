"""The independent reckoning: what each person typed, and what stood before them when they did."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.chaos.plan import Act, Birth


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that somebody put into a field. `saw`: what stood there; `agreed`: every side showed that."""

    act: int
    side: str
    register: str
    value: str
    saw: str | None
    agreed: bool
    at: float


@dataclass(frozen=True, slots=True)
class Said:
    """A comment or a file. `key`: unlike any other text of the run."""

    act: int
    side: str
    audience: str
    """`public`, `internal`, `customer` (an engineer's, marked)."""
    key: str
    file: str
    at: float
    remote: str = ""


@dataclass(slots=True)
class Story:
    """One ticket, as people know it, wherever it is."""

    birth: Birth
    typed: list[Typed] = field(default_factory=list[Typed])
    said: list[Said] = field(default_factory=list[Said])
    corrected: dict[str, str] = field(default_factory=dict[str, str])
    """What a comment says now, by what it said."""
    ends: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    """What people did to the whole: act, `delete`, `merge`, `move`, `link`, `unlink`; and where."""
    history: list[str] = field(default_factory=list[str])

    @property
    def number(self) -> int:
        return self.birth.story

    @property
    def begins_with(self) -> str:
        return f"b{self.number}x begins"

    @property
    def customer(self) -> str:
        return f"c{self.number}@a{self.number % ACCOUNTS}.example"

    def has(self, *ends: str) -> bool:
        return any(what in ends for _, what, _ in self.ends)

    def note(self, act: Act, came: str) -> None:
        said = " ".join(word for word in (act.kind, act.what, act.value) if word)
        self.history.append(f"#{act.number} {act.side}: {said} -> {came}")


ACCOUNTS = 40


@dataclass
class Ledger:
    stories: list[Story]
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    """Acts that could not be done, by why."""
    done: int = 0

    def skip(self, why: str) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + 1

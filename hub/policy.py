"""policy.yaml: who wins a conflict, how much one run may do, and whether it may make a noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from pydantic import Field

from hub.mapping.models import Strict
from hub.marked import Marked, hold, parse
from hub.model import System
from hub.problems import Problem, refuse_errors
from hub.registers import REGISTERS, find, nearest
from hub.safety import Limits


class PolicyFile(msgspec.Struct, frozen=True):
    """What the user decides beforehand, for every mapping together."""

    order: tuple[System, ...]
    by_register: Mapping[str, tuple[System, ...]] = {}
    limits: Limits = Limits()
    quiet: bool = False
    patience: float = 120.0

    def prefer(self, register: str) -> Sequence[System]:
        """Return whose value stands, first to last, where two people set this register unseen."""
        return self.by_register.get(register, self.order)


class _Limits(Strict):
    touch: int = Field(default=Limits().touch, ge=1, description="Tickets that one run may write to")
    create: int = Field(default=Limits().create, ge=0)
    close: int = Field(default=Limits().close, ge=0, description="Tickets that one run may solve or close")
    delete: int = Field(default=Limits().delete, ge=0)
    delete_share: float = Field(default=Limits().delete_share, gt=0, le=1)


class PolicySpec(Strict):
    """The file's shape."""

    prefer: dict[str, list[str]] = Field(description="`default`, and registers that differ from it")
    limits: _Limits = _Limits()
    quiet: bool = Field(default=False, description="Never notify anyone, where a system lets us")
    patience: float = Field(
        default=120.0, ge=0, description="Seconds until a creation without an answer is looked for"
    )


def load_policy(text: str, filename: str, systems: Iterable[str] = ("zendesk", "jira")) -> PolicyFile:
    """Return the policy. Raises `FileRefused` with every problem found, each with its place."""
    marked = parse(text, filename)
    spec = hold(marked, PolicySpec)
    refuse_errors([*_problems(marked, spec, tuple(systems))])
    orders = {name: tuple(map(System, order)) for name, order in spec.prefer.items()}
    default = orders.pop("default")
    return PolicyFile(default, orders, Limits(**spec.limits.model_dump()), spec.quiet, spec.patience)


def _problems(marked: Marked, spec: PolicySpec, systems: Sequence[str]) -> Iterator[Problem]:
    if "default" not in spec.prefer:
        yield Problem(marked.at("prefer"), f"`prefer` needs a `default: [{', '.join(systems)}]`")
    for name, order in spec.prefer.items():
        at = ("prefer", name)
        if name != "default" and find(name) is None:
            hint = nearest(name, REGISTERS)
            yield Problem(marked.at(*at), f"`{name}` is not a register{hint}")
        for i, system in enumerate(order):
            if system not in systems:
                known = f"; it is one of {', '.join(systems)}"
                hint = nearest(system, systems) or known
                yield Problem(marked.inside(*at, i), f"`{system}` is not a system here{hint}")
        missing = [s for s in systems if s not in order]
        if missing:
            yield Problem(marked.at(*at), f"say where {', '.join(missing)} stands in this order too")

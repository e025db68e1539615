"""Ways to spoil what is given: JSON that is cut, retyped, nested, doubled or huge; bytes that are flipped."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1e308, -0.0, "", " ", "\0", "\ud800", "a" * 100_000, [], {}, [[]], [None],
    "<script>alert(1)</script>", "' OR 1=1 --", "${jndi:ldap://x}", "../../etc/passwd", "\r\nX-Evil: 1",
    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "zendesk:7", "\u202egnp.exe", {"$ref": "#"}, "1" * 5_000,
)  # fmt: skip
"""Values that a program trips over where it expected another one."""


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands in a JSON value, at most the first thousand places."""
    found = [at] if at else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in list(inner)[:60]:
        found += paths(one, (*at, key))
    return found[:1_000]


def changed(value: Any, path: tuple[Any, ...], how: Callable[[Any], Any]) -> Any:
    """Return a copy with one place changed; what `how` returns as `GONE` is left out."""
    if not path:
        return how(value)
    key, *rest = path
    if isinstance(value, dict):
        new = {k: v for k, v in value.items() if k != key}
        inner = changed(value[key], tuple(rest), how)
        return new if inner is GONE else {**new, key: inner}
    inner = changed(value[key], tuple(rest), how)
    return [*value[:key], *([] if inner is GONE else [inner]), *value[key + 1 :]]


GONE = object()


def _deep(value: Any) -> Any:
    for _ in range(120):
        value = {"x": [value]}
    return value


@st.composite
def spoiled(draw: st.DrawFn, value: Any, most: int = 3) -> Any:
    """Draw a value of JSON with up to `most` places spoiled."""
    return spoiled_by(draw(st.randoms(use_true_random=False)), value, most)


def spoiled_by(random: Random, value: Any, most: int = 3) -> Any:
    """Return a value of JSON with up to `most` places spoiled."""
    for _ in range(random.randint(1, most)):
        places = paths(value)
        if not places:
            return random.choice(HOSTILE)
        how = random.choice(("hostile", "gone", "doubled", "wrapped", "deep", "text"))
        constant = _constant(random.choice(HOSTILE))
        value = changed(value, random.choice(places), _WAYS.get(how) or constant)
    return value


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


_WAYS: dict[str, Callable[[Any], Any]] = {
    "gone": lambda _: GONE,
    "doubled": lambda v: [v, v],
    "wrapped": lambda v: {"value": v},
    "deep": _deep,
    "text": str,
}


@st.composite
def bitten(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw bytes like these: cut, doubled, with some replaced or put in."""
    return bitten_by(draw(st.randoms(use_true_random=False)), content)


def bitten_by(random: Random, content: bytes) -> bytes:
    """Return bytes like these: cut, doubled, with some replaced or put in."""
    at = random.randint(0, len(content))
    match random.choice(("cut", "flip", "insert", "double", "tail")):
        case "cut":
            return content[:at]
        case "flip":
            return content[:at] + random.randbytes(random.randint(1, 4)) + content[at + 1 :]
        case "insert":
            return content[:at] + random.randbytes(random.randint(0, 20)) + content[at:]
        case "double":
            return content + content
        case _:
            return content[at:]

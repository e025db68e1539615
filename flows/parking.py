"""Parked work as people handle it: grouped by what went wrong, shown, edited, tried again, given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from flows.inline import directed
from flows.wiring import Assembly
from hub.desk.mending import Mended, mended
from hub.desk.refusals import names, refusal_of
from hub.desk.standing import age
from hub.errors import Misconfigured
from hub.model import HUB, Origin
from hub.operations import AddComment, CreateReplica, Operation
from hub.ports import Store
from hub.records import Parked
from hub.registers import nearest
from hub.sync import Run

_HIDDEN = {"url", "expect"}
"""Addresses of files may hold a token; versions mean nothing to people."""


def groups(store: Store, now: str) -> list[dict[str, Any]]:
    """Return what is parked by side and class of refusal, the largest group first."""
    found: dict[tuple[str, str], list[Parked]] = {}
    for one in store.parked():
        found.setdefault((one.system, refusal_of(one).name), []).append(one)
    told = [_group(name, ones, now) for (_, name), ones in found.items()]
    return sorted(told, key=lambda g: (-int(g["count"]), str(g["system"]), str(g["class"])))


def _group(name: str, ones: Sequence[Parked], now: str) -> dict[str, Any]:
    refusal = refusal_of(ones[0])
    return {
        "system": ones[0].system,
        "class": name,
        "count": len(ones),
        "hours": round(max(age(_since(p), now) for p in ones), 1),
        "means": refusal.means,
        "do": refusal.do,
        "ids": [p.id for p in ones],
    }


def listed(store: Store, now: str) -> list[dict[str, Any]]:
    """Return everything that is parked, with its class, age, and what to do."""
    return [_listed(one, now) for one in store.parked()]


def _listed(one: Parked, now: str) -> dict[str, Any]:
    refusal = refusal_of(one)
    plain: dict[str, Any] = msgspec.to_builtins(one)
    return {
        "state": "parked",
        **plain,
        "operation": would_send(one.operation),
        "class": refusal.name,
        "means": refusal.means,
        "do": refusal.do,
        "since": _since(one),
        "tries": one.tries,
        "hours": round(age(_since(one), now), 1),
    }


def _since(one: Parked) -> str:
    return one.since or one.at


def one_parked(store: Store, number: int) -> Parked:
    """Return what is parked under a number. Raises `Misconfigured` if nothing is."""
    [found] = _known(store, [number])
    return found


def shown(store: Store, number: int, now: str) -> dict[str, Any]:
    """Return all about one: what would be sent, why it was refused, what overtook it."""
    one = one_parked(store, number)
    return {**_listed(one, now), "overtaken_by": _overtaken_by(store, one)}


def would_send(operation: Operation) -> dict[str, Any]:
    """Return an operation as it would be asked, without what may hold a secret."""
    return _plain(msgspec.to_builtins(operation))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if k not in _HIDDEN}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _overtaken_by(store: Store, one: Parked) -> int:
    """How many comments that were said later stand on that side already."""
    held = store.load([one.ticket_id]).get(one.ticket_id)
    if held is None or not isinstance(one.operation, AddComment):
        return 0
    mine = held.ticket.comments.get(one.operation.key)
    links = [k for k in held.links if (k.system, k.remote_id) == (one.system, one.remote_id)]
    there = {key for link in links for key in link.shadow.comments}
    said = held.ticket.comments.values()
    return sum(1 for c in said if mine is not None and c.place > mine.place and c.id in there)


# deciding -----------------------------------------------------------------------------------------


def selected(
    store: Store, numbers: Collection[int] = (), *, of_class: str = "", system: str = "", every: bool = False
) -> list[Parked]:
    """Return what these words choose. Raises `Misconfigured` where they choose nothing, or say nothing."""
    if not (numbers or of_class or system or every):
        raise Misconfigured("say which: ids (`hub parked` lists them), --class CLASS, --system SIDE or --all")
    if of_class and of_class not in names():
        raise Misconfigured(f"there is no class {of_class!r}{nearest(of_class, names())}")
    known = {str(p.system) for p in store.parked()}
    if system and system not in known:
        there = f"; something is parked for {', '.join(sorted(known))}" if known else ""
        raise Misconfigured(f"nothing is parked for {system!r}{there}")
    found = _known(store, numbers) if numbers else list(store.parked())
    return [p for p in found if (not of_class or refusal_of(p).name == of_class) and system in ("", p.system)]


def _known(store: Store, numbers: Collection[int]) -> list[Parked]:
    parked = {p.id: p for p in store.parked()}
    if missing := sorted(set(numbers) - parked.keys()):
        listing = ", ".join(map(str, missing))
        raise Misconfigured(f"nothing is parked under {listing}; `hub parked` lists what is")
    return [parked[n] for n in sorted(set(numbers))]


def retry(store: Store, found: Sequence[Parked]) -> str:
    """Let the next run ask again, in the order in which things were said; return it in words."""
    store.decide_parked([p.id for p in found], "retry", "")
    return f"The next run asks again for {len(found)} parked operations."


def drop(store: Store, numbers: Collection[int], why: str) -> str:
    """Give up, and say why; return it in words. Raises `Misconfigured` without a reason."""
    if not why.strip():
        raise Misconfigured("--why: say in a few words why this is given up; `hub audit show` has it")
    found = _known(store, numbers)
    store.decide_parked([p.id for p in found], "dropped", why.strip())
    return f"{len(found)} parked operations will not be asked again."


def edit(assembly: Assembly, number: int, sets: Sequence[str]) -> str:
    """
    Change what is parked, and try it again; return what was done, in words.

    A field's value becomes the ticket's, on every side; a comment's words are changed on that side alone.
    """
    one = one_parked(assembly.store, number)
    changes = [_read(assembly, one, text) for text in sets]
    if not changes:
        raise Misconfigured("say what to change: --set FIELD=VALUE")
    if words := next((c.words for c in changes if c.words), ""):
        assembly.store.reword_parked(one, words)
        return f"The next run asks {one.system} again, in these words. The comment itself stays as it is."
    left = _set(assembly, one, changes)
    what = ", ".join(c.register for c in changes)
    return f"{one.ticket_id}: {what} set, on every side; what was refused is asked again.{left}"


def _read(assembly: Assembly, one: Parked, text: str) -> Mended:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise Misconfigured(f"--set {text!r}: write FIELD=VALUE")
    mapping = assembly.hub().policy.mappings.get(one.system)
    if mapping is None:
        raise Misconfigured(f"{one.system} is not configured here; drop it, or configure {one.system}")
    try:
        return mended(one, mapping, name, value)
    except ValueError as wrong:
        raise Misconfigured(f"--set {text!r}: {wrong}") from None


def _set(assembly: Assembly, one: Parked, changes: Sequence[Mended]) -> str:
    """Set registers as a person would who sees every side."""
    assembly.store.decide_parked([one.id], "retry", f"edited: {', '.join(c.register for c in changes)}")

    def act(run: Run) -> None:
        batch = run.gatherer.batch((), [one.ticket_id])
        held = batch.held[one.ticket_id]
        given = {c.register: c.value for c in changes}
        kept = {name: value for name, value in held.ticket.registers.items() if name not in given}
        there = {name: value for name, value in given.items() if value is not None}
        origins = {**held.ticket.origins, **dict.fromkeys(given, Origin(HUB, run.now, run.id))}
        changed = replace(held.ticket, registers={**kept, **there}, origins=origins)
        batch.held[one.ticket_id] = replace(held, ticket=changed, before=held.ticket, dirty=True)
        run.carry_out(batch, run.decide(batch))

    return directed(assembly, "edit", f"hub parked edit {one.id}", act)


def told(operation: Operation) -> str:
    """Return in a few words what an operation would do."""
    match operation:
        case CreateReplica():
            return f"create, with {', '.join(sorted(operation.raw))}"
        case AddComment():
            return "add a comment"
        case _:
            return type(operation).__name__

"""The hub's jobs as plain functions: the CLI calls them as they are, Prefect flows wrap them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from flows.holding import Holder
from flows.vitals_round import begun as begun_with
from flows.vitals_round import tended
from flows.wiring import Assembly
from hub.audit import Act
from hub.claiming import alone, send_claim
from hub.cluster import Plan, Replica
from hub.errors import Halted, HubError, Misconfigured, unforeseen
from hub.model import JIRA, ZENDESK, System, TicketId
from hub.ports import Connector, Sends, Store, Troubled
from hub.records import RunRecord
from hub.sync import Progress, Run
from hub.tally import Tally

Kind: TypeAlias = Literal["sync", "hints", "backfill", "apply", "reconcile"]
"""`hints`: a sync of what waits already (webhooks named it, another worker left it), reading no feed."""
Ending: TypeAlias = Literal["clean", "attention", "stopped", "failed"]
BEGUN = "begun"
"""Kept in the store once a run came to its end: from then on no run goes unguarded by itself."""
SHARED: Collection[Kind] = ("sync", "hints", "backfill")
"""What several workers may do at once, where the store takes several; all else has the store alone."""
EXIT: Mapping[str, int] = {"clean": 0, "attention": 1, "stopped": 2, "failed": 2}
"""Of `hub sync`: 0 clean, 1 something is parked, in conflict or waiting, 2 stopped or failed."""


def run_sync(
    assembly: Assembly,
    kind: Kind = "sync",
    *,
    approved: bool = False,
    checksum: str = "",
    progress: Progress | None = None,
    look: Callable[[Run], None] = Run.look_at_all,
) -> RunRecord:
    """
    Do one run, record it, and return the record. With a checksum, only what `plan_now` found, or what
    of a held plan is still the same. `look`: how a reconcile looks at all there is.

    `summary` holds: observed, written, created, comments, calls (each per system), parked,
    conflicts, losses, waiting, down (system: reason), drift (what mapping files need and a system
    does not have any more), news (what else people should look at: mails held back), standing (what is
    parked and in conflict now, of earlier runs too), waited (seconds, by limit of a vendor), seconds.
    Raises `StoreInUse`, `StoreBroken` and `Misconfigured`; whatever else goes wrong is in the record,
    whose state is then `stopped` (nothing was written) or `failed`.
    """
    begun = time.perf_counter()
    before, troubled = _Spent.by(assembly), _troubles(assembly)
    store = assembly.store
    record = RunRecord(new_run_id(), kind, assembly.wires.now())
    right = store.work if kind in SHARED and not checksum else store.lease
    with right(f"hub {kind} {record.id}"):
        first = kind != "hints" and not _begun(store)
        store.begin_run(record)
        begun_with(assembly, record)
        if approved:
            store.act(Act("limits lifted", record.started, subject=f"run {record.id}", why="--approve"))
        tally, told = Tally(), dict[str, object]()
        wrong: Misconfigured | None = None
        try:
            hub = assembly.hub(progress=progress, quiet=kind == "backfill", afresh=kind == "reconcile")
            run = Run(hub, record.id)
            tally = run.tally
            guarded = not (approved or first or kind == "backfill")
            holder = Holder(assembly, run, checksum)
            every = look if kind == "reconcile" else None
            state, error = _work(run, holder, every, guarded=guarded, feeds=kind != "hints")
            told = holder.told()
        except HubError as failed:  # a system that does not say what fields it has, a file that does not fit
            state, error = "failed", str(failed)
            wrong = failed if isinstance(failed, Misconfigured) else None
        except (Exception, KeyboardInterrupt) as bug:  # not foreseen: shown as it is, and not left as running
            summary = _summary(tally, assembly, time.perf_counter() - begun, before)
            summary["error"] = unforeseen(bug)
            at = assembly.wires.now()
            store.end_run(RunRecord(record.id, kind, record.started, at, "failed", summary))
            raise
        assembly.schemas.doubt(tally.misfits)
        drift = [str(problem) for problem in assembly.schemas.drift()]
        news = _more(troubled, _troubles(assembly))
        if (drift or news or told) and state == "clean":
            state = "attention"
        summary = _summary(tally, assembly, time.perf_counter() - begun, before)
        summary |= ({"error": error} if error else {}) | ({"drift": drift} if drift else {})
        summary |= ({"news": news} if news else {}) | told
        summary["standing"] = dict(store.standing())  # of earlier runs too: nothing that waits is forgotten
        ended = RunRecord(record.id, kind, record.started, assembly.wires.now(), state, summary)
        store.end_run(ended)
        if first and state in ("clean", "attention"):
            store.keep(BEGUN, record.id, ended.ended)
    tended(assembly, ended)
    if wrong is not None:
        raise wrong
    return ended


def _begun(store: Store) -> bool:
    """Whether a run ever came to its end; however many were stopped or failed since."""
    if store.kept(BEGUN) is not None:
        return True
    return any(r.state in ("clean", "attention") for r in store.runs(200))


def _work(
    run: Run, holder: Holder, look: Callable[[Run], None] | None, *, guarded: bool, feeds: bool
) -> tuple[Ending, str]:
    try:
        if guarded and holder.plan is None:
            holder.check_rules()
        with withholding(run.hub.connectors.values()):  # what waits to be sent may have been taken back
            if look is not None:
                look(run)
            run.work(guarded=guarded and holder.plan is None, checksum=holder.checksum, feeds=feeds)
        _send(run)
    except Halted as halted:
        return "stopped", holder.hold(halted)
    except HubError as error:
        return "failed", str(error)
    holder.finish(guarded=guarded)
    return _ending(run.tally)


@contextmanager
def withholding(connectors: Iterable[Connector]) -> Generator[None]:
    """Within it, nothing leaves that waits to be sent: only a run first looks whether it still may."""
    with ExitStack() as held:
        for connector in connectors:
            if isinstance(connector, Sends):
                held.enter_context(connector.withholding())
        yield


def _send(run: Run) -> None:
    """Send what waits to be sent; of several workers, one at a time for each system."""
    for connector in run.hub.connectors.values():
        try:
            if isinstance(connector, Sends):
                with alone(run.hub.store, send_claim(connector.system)) as mine:
                    if mine:
                        connector.send()
        except HubError as error:
            run.tally.down.setdefault(connector.system, str(error))


def _ending(tally: Tally) -> tuple[Ending, str]:
    """Say how a run ended that went to its end, and what is wrong all the same."""
    wrong = [_told(tally.down)] if tally.down else []
    wrong += [
        f"{ticket} {what}; please report this" for ticket, what in sorted(tally.unforeseen.items())
    ]
    if wrong:
        return "failed", "; ".join(wrong)
    wanting = tally.parked or tally.conflicts or tally.waiting or tally.unshown
    return ("attention" if wanting else "clean"), ""


def _told(down: Mapping[str, str]) -> str:
    """Name every system that is down once: most reasons begin with it."""
    return "; ".join(
        why if why.lower().startswith(system) else f"{system}: {why}" for system, why in sorted(down.items())
    )


def _troubles(assembly: Assembly) -> dict[str, int]:
    """What wants a person's eye and is no operation: counted by the connectors that have such things."""
    found = [c.troubles() for c in assembly.connectors.values() if isinstance(c, Troubled)]
    return {what: count for one in found for what, count in one.items()}


N = TypeVar("N", int, float)


def _more(before: Mapping[str, N], after: Mapping[str, N]) -> dict[str, N]:
    return {what: n - before.get(what, 0) for what, n in after.items() if n > before.get(what, 0)}


class _Spent(NamedTuple):
    """What a process spent of the vendors' limits so far, and how long it waited for them."""

    calls: Mapping[System, int]
    waited: Mapping[str, float]

    @classmethod
    def by(cls, assembly: Assembly) -> _Spent:
        calls = {system: sum(c.calls().values()) for system, c in assembly.connectors.items()}
        return cls(calls, assembly.fleet.waited())


def _summary(tally: Tally, assembly: Assembly, seconds: float, before: _Spent) -> dict[str, object]:
    spent = _Spent.by(assembly)
    waited = _more(before.waited, spent.waited)
    return {
        "observed": dict(tally.observed),
        "written": {s: tally.written[s] for s in assembly.connectors},
        "created": {s: tally.created[s] for s in assembly.connectors},
        "comments": {s: tally.comments[s] for s in assembly.connectors},
        "parked": tally.parked,
        "conflicts": tally.conflicts,
        "losses": tally.losses,
        "waiting": tally.waiting,
        "calls": {s: calls - before.calls[s] for s, calls in spent.calls.items()},
        "accounts": tally.accounts,
        "refreshed": tally.refreshed,
        "unshown": tally.unshown[:20],
        "down": tally.down,
        **({"waited": {limit: round(s) for limit, s in waited.items()}} if waited else {}),
        "seconds": round(seconds, 3),
    }


def new_run_id() -> str:
    """Return a name for a run that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def plan_now(assembly: Assembly, progress: Progress | None = None) -> list[Plan]:
    """Observe, and return what a run would do first. Stores what was seen; writes to no system."""
    hub = assembly.hub(progress=progress)
    with hub.store.lease("hub plan"), withholding(hub.connectors.values()):
        run = Run(hub, "plan")
        run.observe()
        return run.decide(run.everything())


def set_link(assembly: Assembly, ticket: str, issue: str, *, wanted: bool) -> str:
    """Link or unlink a ticket and an issue; return what was done, in words."""
    store = assembly.store
    ids = [t for t in store.named(ticket) if t.startswith(f"{ZENDESK}:")] or list(store.named(ticket))
    if len(ids) != 1:
        found = ", ".join(ids) or "none"
        raise Misconfigured(f"{ticket!r} names {found} of the hub's tickets; name one, as zendesk:7")
    if not wanted and not _is_linked(store, ids[0], issue):
        raise Misconfigured(f"{ids[0]} is not linked to {issue}; nothing was changed")
    kind = "link" if wanted else "unlink"
    linked: list[Replica | None] = []

    def link(run: Run) -> None:
        linked.append(run.link(ids[0], JIRA, issue, wanted=wanted))

    left = directed(assembly, kind, f"hub {kind} {ticket}", link)
    if linked == [None]:
        raise Misconfigured(f"Jira shows no issue {issue!r} to this account; nothing was changed")
    verb = "linked to" if wanted else "unlinked from"
    store.act(Act(f"{kind}ed", assembly.wires.now(), ticket_id=ids[0], subject=issue))
    return f"{ids[0]} is {verb} {issue} now.{left}"


def directed(assembly: Assembly, kind: str, holder: str, act: Callable[[Run], None]) -> str:
    """Do what a person asked for as a run of its own; return what is not done of it yet, in words."""
    begun, before = time.perf_counter(), _Spent.by(assembly)
    hub, store = assembly.hub(), assembly.store
    record = RunRecord(new_run_id(), kind, hub.clock.now())
    with store.lease(holder):
        store.begin_run(record)
        run = Run(hub, record.id)
        state, error = "failed", "it broke off"
        try:
            with withholding(hub.connectors.values()):
                act(run)
            state, error = _ending(run.tally)
        except Exception as failed:
            error = str(failed)
            raise
        finally:
            summary = _summary(run.tally, assembly, time.perf_counter() - begun, before)
            summary |= {"error": error} if error else {}
            ended = RunRecord(record.id, kind, record.started, hub.clock.now(), state, summary)
            store.end_run(ended)
    if state == "clean":
        return ""
    why = error or "something waits, is parked or in conflict: see `hub status`"
    return f" Not every side shows it yet: {why}."


def _is_linked(store: Store, ticket: TicketId, issue: str) -> bool:
    return any(
        link.state == "live" and issue.casefold() in (link.label.casefold(), link.remote_id)
        for held in store.load([ticket]).values()
        for link in held.links
    )

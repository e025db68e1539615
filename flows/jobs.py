"""
The hub's jobs as Prefect flows: `sync`, `backfill`, `reconcile`, `rescore`, `learn`.

A flow run does one whole run of the hub, which moves batches; one ticket a task would cost more than
the work itself. The flows are async because a sync flow takes a second longer; the hub's blocking
work runs in a thread. Retrying is safe: planning starts from what is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import flows.prefect_env  # noqa: F401  # pyright: ignore[reportUnusedImport]  # must stand before prefect

# isort: split
from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from flows.approving import NO_DEPLOYMENT, NO_PLAN, ask_people, hear_answer
from flows.canary import run_canary
from flows.inline import Kind, run_sync
from flows.learning import run_learn
from flows.prefect_blocks import block
from flows.reconciling import run_reconcile
from flows.rescoring import run_rescore
from flows.wiring import Assembly, assemble
from hub.errors import HubError, StoreInUse
from hub.records import RunRecord
from hub.settings import load

Job: TypeAlias = Kind | Literal["rescore", "learn", "canary"]
RETRIES = 2
_COUNTS = ("observed", "written", "created", "comments", "calls")
_HINTS = {
    "conflicts": "`hub conflicts`",
    "parked": "`hub parked`",
    "losses": "`hub losses`",
    "waiting": "the next run goes on with them",
}


@dataclass(frozen=True)
class NotRun:
    """Why there was no run to record."""

    reason: str
    overlap: bool = False
    """Another run is at work, which is no fault of this one."""


@task(name="run the hub", retries=RETRIES, retry_delay_seconds=[10, 60])
async def run_hub(config: str, kind: Job, most: int = 0) -> RunRecord | NotRun:
    """
    Do one run of the hub.

    What the hub says is an answer, not an exception: asked again at once it would say the same.
    So only what nobody foresaw is retried.
    """
    return await asyncio.to_thread(_run, Path(config), kind, most)


def _run(config: Path, kind: Job, most: int = 0) -> RunRecord | NotRun:
    try:
        with assemble(load(config, block)) as assembly:
            return _act(assembly, kind, most)
    except StoreInUse as busy:
        return NotRun(str(busy), overlap=True)
    except HubError as error:
        return NotRun(str(error))


def _act(assembly: Assembly, kind: Job, most: int) -> RunRecord:
    match kind:
        case "rescore":
            return run_rescore(assembly)
        case "learn":
            return run_learn(assembly)
        case "canary":
            return run_canary(assembly)
        case "reconcile":
            return run_reconcile(assembly, most=most)
        case _:
            return run_sync(assembly, kind)


@flow(name="sync")
async def sync(config: str = "hub.toml") -> State[Any]:
    """Bring every side up to date with what changed."""
    return await _job(config, "sync")


@flow(name="backfill")
async def backfill(config: str = "hub.toml") -> State[Any]:
    """Bring in everything there is, in quiet mode."""
    return await _job(config, "backfill")


@flow(name="reconcile")
async def reconcile(config: str = "hub.toml", most: int = 0) -> State[Any]:
    """Look at linked replicas, whatever the feeds say, and mend what drifted; `most` tickets a night."""
    return await _job(config, "reconcile", most)


@flow(name="rescore")
async def rescore(config: str = "hub.toml") -> State[Any]:
    """Follow the clock: mark the tickets whose score moves, and warn of what is about to happen."""
    return await _job(config, "rescore")


@flow(name="learn")
async def learn(config: str = "hub.toml") -> State[Any]:
    """Learn from what came of tickets, and from what people said of warnings."""
    return await _job(config, "learn")


@flow(name="canary")
async def canary(config: str = "hub.toml") -> State[Any]:
    """Let a ticket of the hub's own walk over all sides, and prove that changes arrive."""
    if not load(Path(config), block).canary.on:
        return Completed(message="the canary is off: [canary] in hub.toml")
    return await _job(config, "canary")


async def _job(config: str, kind: Job, most: int = 0) -> State[Any]:
    """Run, leave a summary as an artifact, and end in a state whose message says all that matters."""
    _ = await hear_answer(config)
    done = await run_hub(config, kind, most)
    while isinstance(done, RunRecord) and done.state == "stopped":
        asked = await ask_people(config)
        if asked in (NO_PLAN, NO_DEPLOYMENT):
            break
        if asked:
            return Cancelled(message=asked)
        done = await run_hub(config, kind, most)
    log = get_run_logger()
    if isinstance(done, NotRun) and done.overlap:
        log.info("left out: %s", done.reason)
        return Cancelled(message=done.reason)
    log.log(logging.ERROR if _is_bad(done) else logging.INFO, "%s", message_of(done))
    _ = await acreate_markdown_artifact(
        key=f"hub-{kind}", markdown=as_markdown(done), description=message_of(done)[:200]
    )
    ended = Failed if _is_bad(done) else Completed
    return ended(message=message_of(done))


def _is_bad(done: RunRecord | NotRun) -> bool:
    return isinstance(done, NotRun) or done.state in ("stopped", "failed")


def message_of(done: RunRecord | NotRun) -> str:
    """Return one line for the list of runs: what was done, or why not."""
    if isinstance(done, NotRun):
        return done.reason
    if _is_bad(done):
        return f"{done.id} {done.state}: {done.summary.get('error', '')}"
    if done.kind in _SAID:
        return f"{done.id} {done.state}: {_SAID[done.kind](done.summary)}"
    written = sum(_counts(done, "written").values())
    waits = [f"{done.summary[name]} {name}" for name in _HINTS if done.summary.get(name)]
    return ", ".join([f"{done.id} {done.state}: {written} written", *waits])


def as_markdown(done: RunRecord | NotRun) -> str:
    """Return a run's summary as the artifact shows it."""
    if isinstance(done, NotRun):
        return f"### No run\n\n**{done.reason}**\n"
    if done.kind in _SAID:
        return _as_list(done)
    systems = sorted(_counts(done, "calls"))
    lines = [f"### Run {done.id}: {done.state}", ""]
    if done.summary.get("error"):
        lines += [f"**{done.summary['error']}**", ""]
    lines += ["| | " + " | ".join(systems) + " |", "|---|" + "---:|" * len(systems)]
    for name in _COUNTS:
        cells = [str(_counts(done, name).get(system, 0)) for system in systems]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("")
    waits = {name: hint for name, hint in _HINTS.items() if done.summary.get(name)}
    lines += [f"- {name}: {done.summary[name]} ({hint})" for name, hint in waits.items()]
    news: Any = done.summary.get("news") or {}
    lines += [f"- {what}: {count} (`hub mail`)" for what, count in news.items()]
    drift: Any = done.summary.get("drift") or ()
    lines += [f"- drift: {problem} (`hub mappings check`)" for problem in drift]
    lines.append(f"- seconds: {done.summary.get('seconds', 0)}")
    return "\n".join(lines)


def _as_list(done: RunRecord) -> str:
    lines = [f"### Run {done.id}: {done.kind} {done.state}", ""]
    for name, value in done.summary.items():
        said = cast("list[object]", value) if isinstance(value, list) else [value]
        lines += [f"- {name.replace('_', ' ')}: {one}" for one in said]
    return "\n".join(lines)


def _rescored(summary: Mapping[str, object]) -> str:
    alerts: Any = summary.get("alerts") or {}
    warned = f", {alerts.get('sent', 0)} warnings sent, {alerts.get('held', 0)} held" if alerts else ""
    return f"{summary.get('marked', 0)} of {summary.get('tickets', 0)} open tickets marked{warned}"


def _learned(summary: Mapping[str, object]) -> str:
    """What went wrong with the model comes first: it is what somebody must look at."""
    fallen, missing, model = (summary.get(name) for name in ("fallen_back", "missing", "model"))
    lacks = cast("list[str]", missing or [])
    return str(fallen or "; ".join(lacks) or f"{model} speaks, of {summary.get('outcomes', 0)} outcomes")


def _walked(summary: Mapping[str, object]) -> str:
    hops = cast("Mapping[str, float]", summary.get("hops") or {})
    return f"{len(hops)} hops, the slowest in {max(hops.values(), default=0):.0f} s"


_SAID: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "rescore": _rescored,
    "learn": _learned,
    "canary": _walked,
}


def _counts(record: RunRecord, name: str) -> Mapping[str, int]:
    found: Any = record.summary.get(name) or {}
    return found

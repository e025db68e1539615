"""
The hub's jobs as Prefect flows: `sync`, `backfill`, `reconcile`.

A flow run does one whole run of the hub, which moves batches; one ticket a task would cost more than
the work itself. The flows are async because a sync flow takes a second longer; the hub's blocking
work runs in a thread. Retrying is safe: planning starts from what is stored.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import flows.prefect_env  # pyright: ignore[reportUnusedImport]  # must stand before prefect
from flows.inline import Kind, run_sync
from flows.wiring import assemble
from hub.records import RunRecord
from hub.settings import load
from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.states import Completed, Failed, State

RETRIES = 2


@task(name="run the hub", retries=RETRIES, retry_delay_seconds=[10, 60])
async def run_hub(config: str, kind: Kind) -> RunRecord:
    """Do one run of the hub; retried only if the process around it failed."""
    return await asyncio.to_thread(_run, Path(config), kind)


def _run(config: Path, kind: Kind) -> RunRecord:
    with assemble(load(config)) as assembly:
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
async def reconcile(config: str = "hub.toml") -> State[Any]:
    """Look at every linked replica, whatever the feeds say, and mend what drifted."""
    return await _job(config, "reconcile")


async def _job(config: str, kind: Kind) -> State[Any]:
    record = await run_hub(config, kind)
    log = get_run_logger()
    log.info("run %s ended %s: %s", record.id, record.state, dict(record.summary))
    _ = await acreate_markdown_artifact(key=f"hub-{kind}", markdown=as_markdown(record))
    message = f"{record.id}: {record.state}"
    if record.state in ("stopped", "failed"):
        return Failed(message=f"{message}: {record.summary.get('error', '')}")
    return Completed(message=message)


def as_markdown(record: RunRecord) -> str:
    """Return a run's summary as the artifact shows it."""
    lines = [
        f"### Run {record.id}: {record.state}",
        "",
        "| | " + " | ".join(_systems(record)) + " |",
        "|---|" + "---:|" * len(_systems(record)),
    ]
    for name in ("observed", "written", "created", "comments", "calls"):
        counts: Any = record.summary.get(name, {})
        cells = [str(counts.get(system, 0)) for system in _systems(record)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for name in ("conflicts", "parked", "losses", "waiting", "seconds"):
        lines.append(f"\n{name}: {record.summary.get(name, 0)}")
    if record.summary.get("error"):
        lines.append(f"\n**{record.summary['error']}**")
    return "\n".join(lines)


def _systems(record: RunRecord) -> list[str]:
    calls: Any = record.summary.get("calls", {})
    return sorted(calls)

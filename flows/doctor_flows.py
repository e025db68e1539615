"""The doctor on what starts the hub: flows that are late, Prefect's server, pool and schedules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from flows.doctor_findings import Finding, Part, listed
from flows.vitals import health_of
from flows.wiring import Assembly
from hub.vitals import RUNS

POOL = "hub"
PINNED = "3.8."
"""Prefect's versions that the hub is tested with."""
_SECONDS = 5.0


def of_flows(assembly: Assembly) -> Iterator[Finding]:
    """Yield what `hub status` finds wrong, and which flows never ran."""
    part, health = Part("flows"), health_of(assembly.store, assembly.settings)
    for alarm in health.alarms:
        urgent = alarm.grade == "urgent"
        yield part.fail(alarm.says, alarm.todo) if urgent else part.warn(alarm.says, alarm.todo)
    wanted = [name for name in RUNS if name != "canary" or assembly.settings.canary.on]
    never = [name for name in wanted if name not in health.vitals.beats]
    if never:
        yield part.warn(f"never ran yet: {listed(never)}", "schedule them, as docs/operations.md says")
    if not health.alarms:
        yield part.ok(f"nothing is late or failing: {listed(health.vitals.beats) or 'nothing ran yet'}")


def of_prefect(assembly: Assembly) -> Iterator[Finding]:
    """Yield how Prefect is, where it is used: asked over its own API, never imported."""
    del assembly
    part, url = Part("prefect"), os.environ.get("PREFECT_API_URL", "").rstrip("/")
    yield _pin(part)
    if not url:
        yield part.ok("PREFECT_API_URL is not set: whatever starts the hub, it is not asked about")
        return
    headers = {"Authorization": f"Bearer {key}"} if (key := os.environ.get("PREFECT_API_KEY")) else {}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=_SECONDS) as client:
            yield from _server(part, client)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        yield part.fail(
            f"the Prefect server of PREFECT_API_URL does not answer as it should ({type(error).__name__})",
            "is `prefect server start` running, and is the address right?",
        )


def _pin(part: Part) -> Finding:
    try:
        found = version("prefect")
    except PackageNotFoundError:
        return part.fail("Prefect is not installed", "install the hub with its requirements")
    if found.startswith(PINNED):
        return part.ok(f"Prefect {found} is installed")
    return part.warn(
        f"Prefect {found} is installed; the hub is tested with {PINNED}x", "install the pinned version"
    )


def _server(part: Part, client: httpx.Client) -> Iterator[Finding]:
    found = str(client.get("/admin/version").raise_for_status().json())
    installed = version("prefect")
    if found.split(".")[:2] == installed.split(".")[:2]:
        yield part.ok(f"its server answers, version {found}")
    else:
        yield part.warn(
            f"its server is {found}, and {installed} is installed here", "bring both to one version"
        )
    yield from _pool(part, client)
    yield from _deployments(part, client)


def _pool(part: Part, client: httpx.Client) -> Iterator[Finding]:
    answer = client.get(f"/work_pools/{POOL}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        yield part.fail(f"there is no work pool `{POOL}`", f"prefect work-pool create {POOL} --type process")
        return
    pool: dict[str, Any] = answer.raise_for_status().json()
    if pool.get("is_paused"):
        yield part.fail(f"the work pool `{POOL}` is paused: nothing runs", f"prefect work-pool resume {POOL}")
    elif pool.get("status") == "NOT_READY":
        yield part.fail(f"no worker is alive in the work pool `{POOL}`", f"prefect worker start -p {POOL}")
    else:
        yield part.ok(f"the work pool `{POOL}` has a worker")


def _deployments(part: Part, client: httpx.Client) -> Iterator[Finding]:
    rows: list[dict[str, Any]] = client.post("/deployments/filter", json={}).raise_for_status().json()
    ours = {row["name"]: row for row in rows if str(row.get("entrypoint", "")).startswith("flows.jobs.")}
    if not ours:
        yield part.fail("none of the hub's deployments is there", "prefect --no-prompt deploy --all")
        return
    scheduled = {name: row for name, row in ours.items() if row.get("schedules")}
    idle = [
        name
        for name, row in scheduled.items()
        if row.get("paused") or not any(one.get("active") for one in row["schedules"])
    ]
    if idle:
        yield part.warn(f"paused: {listed(idle)}", "prefect deployment schedule resume, if that is not meant")
    else:
        yield part.ok(f"{len(scheduled)} deployments are scheduled")

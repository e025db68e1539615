"""
A flow run that stops asks people, in Prefect: it is suspended, shows counts and examples, and goes on when
somebody answers.

Suspended, not paused: no process waits, and a worker may be restarted meanwhile. It then begins from the top,
which is right here, as planning starts from what is stored. Only one flow run asks at a time.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import flows.prefect_env  # noqa: F401  # pyright: ignore[reportUnusedImport]  # must stand before prefect

# isort: split
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_base_key

from flows.holding import decide
from flows.prefect_blocks import block
from flows.wiring import assemble
from hub.approvals import HeldPlan
from hub.reviews import held_markdown
from hub.settings import load
from hub.store import open_store

NO_PLAN = "no plan is held"
NO_DEPLOYMENT = "a flow run without a deployment cannot be suspended"


class Answer(RunInput):
    """What somebody says to a plan that is held."""

    decision: Literal["approve", "reject"]
    by: str = "somebody in Prefect"


def _flow_run() -> FlowRun | None:
    """Return the flow run that this is, if it can be suspended: one of a deployment."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run if run is not None and run.deployment_id is not None else None


async def hear_answer(config: str) -> bool:
    """Take up what somebody answered while this flow run was suspended; return whether there was anything."""
    run = _flow_run()
    if run is None:
        return False
    asked = await asyncio.to_thread(_asked_by, Path(config), str(run.id))
    if asked is None:
        return False
    await _ask(config, asked)
    return True


async def ask_people(config: str) -> str:
    """
    Ask about the plan that waits, and return "" once somebody answered; suspends the flow run till then.

    Where another flow run asks already, or none can be suspended, return why nobody is asked here.
    """
    run = _flow_run()
    plan = await asyncio.to_thread(_waiting, Path(config))
    if run is None or plan is None:
        return NO_PLAN if plan is None else NO_DEPLOYMENT
    if plan.asks not in ("", str(run.id)):
        if await _still_asks(plan.asks):
            return f"{plan.why} Flow run {plan.asks} asks for a decision."
        if await _heard_elsewhere(config, plan.asks):
            return ""
    await asyncio.to_thread(_note_asking, Path(config), plan, str(run.id))
    _ = await acreate_markdown_artifact(
        key="hub-held", markdown=held_markdown(plan), description=f"plan {plan.checksum} waits for approval"
    )
    await _ask(config, plan)
    return ""


async def _ask(config: str, plan: HeldPlan) -> None:
    """Suspend until somebody answered about this plan; at once, if that is so already."""
    shown: Any = Answer.with_initial_data(description=held_markdown(plan), decision="reject")
    answer: Answer | None = await asuspend_flow_run(wait_for_input=shown, key=plan.checksum)
    if answer is not None:
        await asyncio.to_thread(_decide, Path(config), plan, answer)


async def _heard_elsewhere(config: str, flow_run: str) -> bool:
    """Take up what was answered to a flow run that could not go on (its turn fell upon another run's)."""
    asked = await asyncio.to_thread(_asked_by, Path(config), flow_run)
    if asked is None:
        return False
    keys = keyset_from_base_key(f"suspended-{asked.checksum}")
    try:
        answer = await Answer.aload(keys, flow_run_id=UUID(flow_run))
    except (ObjectNotFound, ValueError):  # nobody answered it
        return False
    await asyncio.to_thread(_decide, Path(config), asked, answer)
    return True


async def _still_asks(flow_run: str) -> bool:
    async with get_client() as client:
        try:
            found = await client.read_flow_run(UUID(flow_run))
        except (ObjectNotFound, ValueError):
            return False
    return found.state is not None and (found.state.is_paused() or not found.state.is_final())


def _waiting(config: Path) -> HeldPlan | None:
    store = open_store(load(config, block).store_url)
    try:
        return next(iter(store.held_plans(("waiting",), 1)), None)
    finally:
        store.close()


def _asked_by(config: Path, flow_run: str) -> HeldPlan | None:
    """Return the first plan about which this flow run asked and nobody decided."""
    store = open_store(load(config, block).store_url)
    try:
        found = [p for p in store.held_plans(("waiting", "replaced")) if p.asks == flow_run]
    finally:
        store.close()
    return found[-1] if found else None


def _note_asking(config: Path, plan: HeldPlan, flow_run: str) -> None:
    store = open_store(load(config, block).store_url)
    try:
        store.ask_about(plan.id, flow_run)
    finally:
        store.close()


def _decide(config: Path, plan: HeldPlan, answer: Answer) -> None:
    state: Literal["approved", "rejected"] = "approved" if answer.decision == "approve" else "rejected"
    with assemble(load(config, block)) as assembly:
        _ = decide(assembly, str(plan.id), state, answer.by)

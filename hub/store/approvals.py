"""Plans held for approval, and reconciles: their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, tuple_, update

from hub.approvals import HeldPlan, Part, PlanState
from hub.drift import Pass
from hub.model import TicketId
from hub.store.approval_tables import held_parts, held_plans, passes
from hub.store.codec import encode
from hub.store.statements import batches
from hub.store.tables import inbox

PLANS_WITH_PARTS = 10
"""So many of the newest plans can still be decided on."""
_to_plan = msgspec.json.Decoder(HeldPlan).decode
_to_pass = msgspec.json.Decoder(Pass).decode
_newest = held_plans.c.id.desc()


def hold(connection: Connection, plan: HeldPlan, parts: Mapping[TicketId, str]) -> HeldPlan:
    waiting = list(read(connection, ("waiting",), 1))
    same = waiting[0] if waiting and waiting[0].checksum == plan.checksum else None
    if waiting:
        plan = msgspec.structs.replace(plan, since=waiting[0].since, asks=waiting[0].asks)
    if same is not None:
        kept = msgspec.structs.replace(plan, id=same.id)
        connection.execute(update(held_plans).where(held_plans.c.id == same.id).values(**_row(kept)))
        return kept
    connection.execute(update(held_plans).where(held_plans.c.state == "waiting").values(state="replaced"))
    number = connection.execute(insert(held_plans).values(**_row(plan))).inserted_primary_key
    assert number is not None
    made = msgspec.structs.replace(plan, id=int(number[0]))
    rows = [{"plan_id": made.id, "ticket_id": t, "digest": d} for t, d in parts.items()]
    for batch in batches(rows):
        connection.execute(held_parts.insert(), batch)
    _let_go(connection)
    return made


def _row(plan: HeldPlan) -> dict[str, object]:
    return {"state": plan.state, "checksum": plan.checksum, "at": plan.since, "body": encode(plan)}


def _let_go(connection: Connection) -> None:
    """Keep the parts of the newest plans, and of those on which a decision holds."""
    newest = select(held_plans.c.id).order_by(_newest).limit(PLANS_WITH_PARTS).scalar_subquery()
    holds = select(held_plans.c.id).where(held_plans.c.state.in_(("approved", "rejected", "waiting")))
    connection.execute(
        delete(held_parts).where(held_parts.c.plan_id.not_in(newest), held_parts.c.plan_id.not_in(holds))
    )


def read(connection: Connection, states: Sequence[PlanState], limit: int) -> Iterator[HeldPlan]:
    query = select(held_plans).order_by(_newest).limit(limit)
    return _plans(connection, query.where(held_plans.c.state.in_(states)) if states else query)


def called(connection: Connection, name: str) -> HeldPlan | None:
    """Find by checksum, or by id."""
    number = int(name) if name.isdigit() and len(name) < len("9" * 16) else 0
    query = select(held_plans).where(or_(held_plans.c.checksum == name, held_plans.c.id == number))
    return next(_plans(connection, query.order_by(_newest).limit(1)), None)


def _plans(connection: Connection, query: Select[tuple[object, ...]]) -> Iterator[HeldPlan]:
    return iter([_plan(row) for row in connection.execute(query)])


def _plan(row: Row[tuple[object, ...]]) -> HeldPlan:
    return msgspec.structs.replace(_to_plan(row.body), id=row.id, state=row.state)


def change(connection: Connection, plan: HeldPlan) -> None:
    connection.execute(update(held_plans).where(held_plans.c.id == plan.id).values(**_row(plan)))


def parts(connection: Connection, states: Sequence[PlanState], plan_id: int | None) -> list[Part]:
    query = select(held_parts.c.ticket_id, held_parts.c.digest)
    if plan_id is not None:
        query = query.where(held_parts.c.plan_id == plan_id)
    else:
        chosen = select(held_plans.c.id).where(held_plans.c.state.in_(states)).scalar_subquery()
        query = query.where(held_parts.c.plan_id.in_(chosen))
    return [(TicketId(ticket), digest) for ticket, digest in connection.execute(query)]


def let_go(connection: Connection, given: Sequence[Part]) -> None:
    """Forget what was rejected; of a plan of which nothing is left, that it was."""
    rejected = select(held_plans.c.id).where(held_plans.c.state == "rejected").scalar_subquery()
    for batch in batches(given):
        named = tuple_(held_parts.c.ticket_id, held_parts.c.digest).in_(batch)
        connection.execute(delete(held_parts).where(held_parts.c.plan_id.in_(rejected), named))
    left = select(held_parts.c.plan_id)
    over = (held_plans.c.state == "rejected") & held_plans.c.id.not_in(left)
    connection.execute(update(held_plans).where(over).values(state="replaced"))


def inbox_mark(connection: Connection) -> int:
    return connection.execute(select(func.max(inbox.c.id))).scalar_one() or 0


# reconcile --------------------------------------------------------------------------------------


def read_passes(connection: Connection, limit: int) -> list[Pass]:
    rows = connection.execute(select(passes).order_by(passes.c.id.desc()).limit(limit))
    return [msgspec.structs.replace(_to_pass(row.body), id=row.id) for row in rows]


def save_pass(connection: Connection, done: Pass) -> Pass:
    row = {"state": done.state, "started": done.started, "after": done.after, "body": encode(done)}
    if done.id:
        connection.execute(update(passes).where(passes.c.id == done.id).values(**row))
        return done
    number = connection.execute(insert(passes).values(**row)).inserted_primary_key
    assert number is not None
    return msgspec.structs.replace(done, id=int(number[0]))


def open_pass(connection: Connection, *, report: bool) -> Pass | None:
    """Return the one of its kind that is under way: the last that was begun, if it did not end."""
    last = next((p for p in read_passes(connection, 20) if p.report == report), None)
    return last if last is not None and last.state == "open" else None

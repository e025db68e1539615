"""What was read in texts, what people said of predictions, what was learned and what was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from hub.model import Json, TicketId
from hub.score_records import Alert, AlertState, Feedback, Model, ModelState, Snapshot
from hub.store.codec import encode, to_alert, to_feedback, to_json
from hub.store.score_tables import alerts, feedback, models, outlooks, readings
from hub.store.statements import Statements, batches
from hub.store.tables import is_current, tickets

WHOLE = 20
"""Models of a label that are neither champion nor challenger, and yet kept with all that they are."""
_STANDING: tuple[ModelState, ...] = ("champion", "challenger")


# readings ---------------------------------------------------------------------------------------


def readings_of(connection: Connection, digests: Collection[str]) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for batch in batches(digests):
        rows = connection.execute(
            select(readings.c.digest, readings.c.body).where(readings.c.digest.in_(batch))
        )
        found.update((name, to_json(body)) for name, body in rows)
    return found


def readings_by_ticket(connection: Connection, ids: Collection[str]) -> dict[str, dict[str, Json]]:
    found: dict[str, dict[str, Json]] = {}
    if connection.execute(select(readings.c.digest).limit(1)).first() is None:
        return found
    for batch in batches(ids):
        query = select(readings.c.ticket_id, readings.c.digest, readings.c.body)
        for ticket_id, name, body in connection.execute(query.where(readings.c.ticket_id.in_(batch))):
            found.setdefault(ticket_id, {})[name] = to_json(body)
    return found


def read_by(connection: Connection, version: str, digests: Collection[str]) -> set[str]:
    found: set[str] = set()
    for batch in batches(digests):
        query = select(readings.c.digest).where(readings.c.digest.in_(batch), readings.c.version == version)
        found.update(connection.execute(query).scalars())
    return found


def keep_readings(
    connection: Connection,
    statements: Statements,
    ticket: TicketId,
    version: str,
    given: Mapping[str, Json],
) -> None:
    rows = [
        {"digest": name, "version": version, "ticket_id": ticket, "body": encode(body)}
        for name, body in given.items()
    ]
    if not rows:
        return
    of_others = update(readings).where(readings.c.digest == bindparam("name"))
    newer = of_others.values(version=bindparam("newer"), body=bindparam("told"))
    connection.execute(newer, [{"name": r["digest"], "newer": version, "told": r["body"]} for r in rows])
    connection.execute(statements.reading, rows)


# feedback ---------------------------------------------------------------------------------------


def add_feedback(connection: Connection, given: Iterable[Feedback]) -> None:
    rows = [{"ticket_id": f.ticket_id, "at": f.at, "body": encode(f)} for f in given]
    if rows:
        connection.execute(feedback.insert(), rows)


def read_feedback(
    connection: Connection, since: str, ticket: TicketId | None, after: Feedback | None, limit: int
) -> list[Feedback]:
    """Return a page of what people said, in order of time; behind `after`, if there is a page before."""
    query = select(feedback).order_by(feedback.c.at, feedback.c.id).limit(limit)
    if ticket is not None:
        query = query.where(feedback.c.ticket_id == ticket)
    if after is not None:
        later = (feedback.c.at == after.at) & (feedback.c.id > after.id)
        query = query.where(later | (feedback.c.at > after.at))
    elif since:
        query = query.where(feedback.c.at >= since)
    return [msgspec.structs.replace(to_feedback(row.body), id=row.id) for row in connection.execute(query)]


# models -----------------------------------------------------------------------------------------


def save_model(connection: Connection, statements: Statements, model: Model) -> None:
    of_label = models.c.label == model.label
    if model.state == "champion":
        before = of_label & (models.c.state == "champion") & (models.c.version != model.version)
        connection.execute(update(models).where(before).values(state="retired"))
    row = {
        "label": model.label,
        "version": model.version,
        "state": model.state,
        "at": model.at,
        "metrics": encode(model.metrics),
        "body": "" if model.body is None else encode(model.body),
    }
    connection.execute(statements.model, [row])
    over = (
        select(models.c.version)
        .where(of_label, models.c.state.not_in(_STANDING), models.c.body != "")
        .order_by(models.c.at.desc(), models.c.version.desc())
        .offset(WHOLE)
    )
    names = connection.execute(over).scalars().all()
    for batch in batches(names):
        connection.execute(update(models).where(of_label, models.c.version.in_(batch)).values(body=""))


def state_of(connection: Connection, model: Model) -> str | None:
    """Return the state that this model has had up to now; None: it is new."""
    this = (models.c.label == model.label) & (models.c.version == model.version)
    return connection.execute(select(models.c.state).where(this)).scalar()


def read_models(connection: Connection, label: str, limit: int) -> Sequence[Model]:
    columns = [c for c in models.c if c.name != "body"]
    newest = select(*columns).where(models.c.label == label).order_by(models.c.at.desc(), models.c.version)
    return [
        Model(row.label, row.version, row.state, row.at, to_json(row.metrics))
        for row in connection.execute(newest.limit(limit))
    ]


def one_model(connection: Connection, label: str, version: str | None) -> Model | None:
    """Return a model with its body; without a version, the champion."""
    wanted = models.c.state == "champion" if version is None else models.c.version == version
    row = connection.execute(select(models).where(models.c.label == label, wanted)).one_or_none()
    if row is None:
        return None
    body = to_json(row.body) if row.body else None
    return Model(row.label, row.version, row.state, row.at, to_json(row.metrics), body)


def save_outlook(connection: Connection, statements: Statements, name: str, body: Json, at: str) -> None:
    connection.execute(statements.outlook, [{"name": name, "at": at, "body": encode(body)}])


def outlook(connection: Connection, name: str) -> Snapshot | None:
    row = connection.execute(select(outlooks).where(outlooks.c.name == name)).one_or_none()
    return None if row is None else Snapshot(row.at, to_json(row.body))


# alerts -----------------------------------------------------------------------------------------


def add_alert(connection: Connection, alert: Alert) -> int:
    row = {
        "ticket_id": alert.ticket_id,
        "account": alert.account,
        "at": alert.at,
        "kind": alert.kind,
        "state": alert.state,
        "body": encode(alert),
    }
    return connection.execute(alerts.insert().values(row).returning(alerts.c.id)).scalar_one()


def read_alerts(connection: Connection, since: str, states: Collection[AlertState]) -> Sequence[Alert]:
    query = select(alerts).where(alerts.c.at >= since).order_by(alerts.c.at, alerts.c.id)
    if states:
        query = query.where(alerts.c.state.in_(states))
    rows = connection.execute(query)
    return [msgspec.structs.replace(to_alert(r.body), id=r.id, state=r.state) for r in rows]


def set_alert(connection: Connection, number: int, state: AlertState) -> None:
    """Raises `LookupError` where there is no such alert."""
    if not connection.execute(update(alerts).where(alerts.c.id == number).values(state=state)).rowcount:
        raise LookupError(f"There is no alert {number}.")


def open_tickets(connection: Connection, limit: int, after: str) -> Sequence[TicketId]:
    query = select(tickets.c.id).where(is_current, tickets.c.id > after).order_by(tickets.c.id).limit(limit)
    return [TicketId(name) for name in connection.execute(query).scalars()]

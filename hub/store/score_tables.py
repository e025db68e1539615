"""
The tables of the scoring side: what happened to tickets, what was read in their texts, what people said of
predictions, the models that were learned from it, and the alerts that were raised.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from hub.store.tables import metadata, number, text


def _of_ticket() -> Column[str]:
    return Column("ticket_id", Text, ForeignKey("tickets.id"), nullable=False)


history = Table(  # one event; rows are only added
    "history",
    metadata,
    number(),
    _of_ticket(),
    text("at"),
    text("body"),  # JSON: `hub.history.event.Event`; what a comment says is in `comments`
    Index("ix_history_at_ticket_id_id", "at", "ticket_id", "id"),
    Index("ix_history_ticket_id", "ticket_id"),
    sqlite_autoincrement=True,
)

readings = Table(  # what a reader that takes its time made of a text, once for each ticket that holds it
    "readings",
    metadata,
    text("digest", key=True),
    text("ticket_id", key=True),
    text("version"),  # of the reader
    text("body"),  # JSON: `hub.signals.reading.Reading`
    Index("ix_readings_ticket_id", "ticket_id"),
)

feedback = Table(  # what people said of a prediction or of a signal; rows are only added
    "feedback",
    metadata,
    number(),
    _of_ticket(),
    text("at"),
    text("body"),  # JSON: `hub.score_records.Feedback`
    Index("ix_feedback_at_id", "at", "id"),
    Index("ix_feedback_ticket_id", "ticket_id"),
    sqlite_autoincrement=True,
)

models = Table(  # one learned model
    "models",
    metadata,
    text("label", key=True),
    text("version", key=True),
    text("state"),  # champion, challenger, retired or rejected
    text("at"),
    text("metrics"),  # JSON: how good it was found to be
    text("body"),  # JSON: the model itself; empty once it is let go
    Index("ix_models_label_at", "label", "at"),
)

outlooks = Table(  # what is known of the crowd of tickets, frozen, by name
    "outlooks",
    metadata,
    text("name", key=True),
    text("at"),
    text("body"),
)

alerts = Table(
    "alerts",
    metadata,
    number(),
    text("ticket_id"),  # empty: it concerns an account
    text("account"),  # empty: it concerns a ticket
    text("at"),
    text("kind"),
    text("state"),
    text("body"),  # JSON: `hub.score_records.Alert`
    Index("ix_alerts_at_id", "at", "id"),
    Index("ix_alerts_ticket_id", "ticket_id"),
    sqlite_autoincrement=True,
)

"""What people ask of the store, as plain data: the CLI prints it, programs read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import make_url

from flows.mailing import conversations_of, mail_status
from flows.vitals import as_data, health_of
from hub.errors import Misconfigured
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK
from hub.ports import Store
from hub.records import Held, RunRecord
from hub.settings import Settings

LATE = timedelta(hours=1)
_MANY = 100_000


def status_of(store: Store, *, mail: bool = False, settings: Settings | None = None) -> dict[str, Any]:
    """
    Return counts, the last runs, and in `late` what has not happened for too long; with `mail`, more.

    With the settings, also how each flow and side is, and in `alarms` all that is wrong.
    """
    runs = store.runs(10)
    return {
        "tickets": store.ticket_count(),
        "links": _links(store),
        "inbox": dict(store.inbox_size()),
        "unfinished": len(store.dirty(_MANY)),
        "conflicts": len(store.conflicts()),
        "parked": len(store.parked()),
        "runs": [msgspec.to_builtins(r) for r in runs],
        "late": _late(runs),
        **({"mail": {"read_at": _read_at(runs), **mail_status(store)}} if mail else {}),
        **(as_data(health_of(store, settings), settings.watch) if settings is not None else {}),
    }


def _links(store: Store) -> dict[str, int]:
    """How many tickets each side shows; the CRM and the mailbox only where there is one."""
    counts = {str(s): store.ticket_count(s) for s in (ZENDESK, JIRA, SALESFORCE, EMAIL)}
    return {s: n for s, n in counts.items() if n or s in (ZENDESK, JIRA)}


def _read_at(runs: Sequence[RunRecord]) -> str:
    """Return when the mailbox was read last: the newest run that got through it."""
    through = (r for r in runs if EMAIL in _told(r, "calls") and EMAIL not in _told(r, "down"))
    return next((r.ended for r in through if r.ended and r.state != "running"), "")


def _told(run: RunRecord, name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", run.summary.get(name) or {})


def display_url(url: str) -> str:
    """Return a database's URL fit to be shown: without its password."""
    return str(make_url(url).render_as_string(hide_password=True))


def _late(runs: list[RunRecord] | Any) -> str:
    good = next((r for r in runs if r.state in ("clean", "attention") and r.kind != "canary"), None)
    if good is None:
        return "No run has ended well yet. `hub sync` starts one."
    age = datetime.now(UTC) - datetime.fromisoformat(good.ended or good.started)
    if age < LATE:
        return ""
    return f"The last run that ended well was {age.total_seconds() / 3600:.1f} hours ago ({good.id})."


def explained(store: Store, name: str) -> list[dict[str, Any]]:
    """Return everything the hub knows of the tickets of that name. Raises `Misconfigured` if none."""
    ids = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    return [_explained(store, held) for held in store.load(ids).values()]


def _explained(store: Store, held: Held) -> dict[str, Any]:
    ticket = held.ticket
    return {
        "id": ticket.id,
        "subject": ticket.get("subject") or "",
        "links": [
            {"system": k.system, "id": k.remote_id, "label": k.label, "state": k.state, "url": k.url}
            for k in held.links
        ],
        "values": [
            {
                "register": register,
                "value": value,
                "from": origin.system if (origin := ticket.origins.get(register)) else "",
                "at": origin.at if origin else "",
                "run": origin.run if origin else "",
            }
            for register, value in sorted(ticket.registers.items())
        ],
        "score": msgspec.to_builtins(_full(held)),
        "comments": [
            {
                "id": c.id,
                "at": c.created_at,
                "from": c.origin,
                "author": c.author.name or c.author.email or "",
                "audience": c.audience,
                "text": c.body,
                "removed": c.removed,
            }
            for c in sorted(ticket.comments.values(), key=lambda c: c.created_at)
        ],
        "mail": conversations_of(store, held.links),
        "parked": [
            {"id": p.id, "system": p.system, "slot": p.slot, "reason": p.reason, "state": p.state}
            for p in held.parked
        ],
        "losses": [
            {"system": x.system, "register": x.register, "what": x.what, "detail": x.detail}
            for x in store.losses(ticket.id)
        ],
    }


def _full(held: Held) -> dict[str, Any] | None:
    """A score with every key there, for programs that do not know our defaults."""
    if held.score is None:
        return None
    return {
        "priority": held.score.priority,
        "label": held.score.label,
        "escalation_risk": held.score.escalation_risk,
        "reasons": [
            {"factor": r.factor, "points": r.points, "sentence": r.sentence, "evidence": r.evidence}
            for r in held.score.reasons
        ],
        "risk_reasons": [
            {"factor": r.factor, "points": r.points, "sentence": r.sentence, "evidence": r.evidence}
            for r in held.score.risk_reasons
        ],
    }

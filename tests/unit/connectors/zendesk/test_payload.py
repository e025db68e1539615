"""Zendesk's records as observations, on bodies recorded from real accounts where they are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.zendesk import marks, payload, place, records
from connectors.zendesk.errors import failure
from connectors.zendesk.fields import Layout, typed
from connectors.zendesk.payload import Names
from hub.model import Person, RemoteId

LAYOUT = Layout(
    {1: "integer", 2: "decimal", 3: "checkbox", 4: "multiselect", 5: "date", 6: "tagger", 7: "text"},
    {"tier": "dropdown", "arr": "decimal", "renewal_date": "date", "active": "checkbox"},
    {},
)
ORGANIZATION = records.Organization(
    9, "Acme", "crm-1", {"tier": "tier_gold", "arr": "12.50", "renewal_date": "2026-01-31T00:00:00+00:00"}
)


def names(**organizations: records.Organization) -> Names:
    def people(number: int) -> dict[str, Any]:
        return {"id": str(number), "name": "Kim", "email": "kim@acme.example"}

    return Names(people, {3: "Tier 2"}, {it.id: it for it in organizations.values()})


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", "12", 12),
        ("decimal", "12.50", 12.5),
        ("decimal", "12.00", 12),
        ("integer", None, None),
        ("integer", "", None),
        ("decimal", 7, 7),
        ("checkbox", None, False),
        ("checkbox", True, True),
        ("checkbox", "true", True),
        ("multiselect", ["b", "a"], ["a", "b"]),
        ("multiselect", None, []),
        ("multiselect", "a", ["a"]),
        ("date", "2026-01-31T00:00:00+00:00", "2026-01-31"),
        ("date", "2026-01-31", "2026-01-31"),
        ("tagger", "", None),
        ("text", "x", "x"),
        ("lookup", 5, "5"),
        (None, "as it is", "as it is"),
    ],
)
def test_values_have_their_fields_type(kind: str | None, value: Any, expected: Any) -> None:
    assert typed(kind, value) == expected
    assert type(typed(kind, value)) is type(expected)


def test_a_record_shows_its_fields_under_the_ids_of_the_schema() -> None:
    ticket = records.Ticket(
        12, "https://acme.zendesk.com/api/v2/tickets/12.json", external_id="jira:7", status="open",
        tags=["b", "a"], requester_id=5, group_id=3, organization_id=9, updated_at="2026-01-01T00:00:00Z",
        custom_fields=[records.FieldValue(1, "4"), records.FieldValue(99, "new")],
        via={"channel": "email"}, comment_count=3,
        slas={"policy_metrics": [
            {"breach_at": "2026-03-01T00:00:00Z", "stage": "active"},
            {"breach_at": "2026-02-01T00:00:00Z", "stage": "achieved"},
            {"breach_at": None, "stage": "paused"},
        ]},
    )  # fmt: skip
    seen = payload.observation(ticket, names(acme=ORGANIZATION), LAYOUT)
    raw = seen.raw
    assert raw is not None
    assert (seen.remote_id, seen.label, seen.key) == ("12", "#12", "jira:7")
    assert seen.url == "https://acme.zendesk.com/agent/tickets/12"
    assert raw["tags"] == ["a", "b"]
    assert raw["group"] == {"id": "3", "name": "Tier 2"}
    assert (raw["cf:1"], raw["cf:99"]) == (4, "new")
    assert (raw["organization.tier"], raw["organization.arr"]) == ("tier_gold", 12.5)
    assert (raw["organization.renewal_date"], raw["organization.active"]) == ("2026-01-31", False)
    assert (raw["organization.id"], raw["organization.external_id"]) == ("9", "crm-1")
    assert raw["sla:next_breach_at"] == "2026-03-01T00:00:00Z"
    assert raw["via"] == "email"
    assert "description" not in raw


def test_no_organization_shows_empty_fields_and_an_unseen_one_shows_none() -> None:
    without = payload.observation(records.Ticket(1), names(), LAYOUT).raw
    unseen = payload.observation(records.Ticket(1, organization_id=9), names(), LAYOUT).raw
    assert without is not None
    assert unseen is not None
    assert without["organization.tier"] is None
    assert without["organization"] is None
    assert "organization.tier" not in unseen


def comment(number: int, html: str, **more: Any) -> records.Event:
    return records.Event(number, "Comment", author_id=5, html_body=html, public=True, **more)


def test_the_first_comment_is_the_description_and_no_comment() -> None:
    file = records.Attachment(7, "a.txt", "https://x/7", "text/plain", 3)
    thread = payload.thread(
        [
            (comment(1, "<p>first</p>", attachments=[file]), marks.NO_MARK, "t1"),
            (comment(2, "<p>second</p>", attachments=[file]), marks.NO_MARK, "t2"),
        ],
        1,
        lambda _: Person("5"),
    )
    assert thread.description == "<p>first</p>"
    assert [(c.id, c.body, c.created_at) for c in thread.comments] == [("2", "second", "t2")]
    assert [a.comment for a in thread.attachments] == [None, "2"]


def test_marks_survive_the_ways_in_which_metadata_is_shown() -> None:
    custom = marks.write(comment="jira:1", files=[("f", "a.txt")])
    for shown in ({"system": {}, "custom": custom}, custom):
        mark = marks.read(None, "text", shown)
        assert (mark.ours, mark.comment, mark.files) == (True, "jira:1", (("f", "a.txt"),))
    assert marks.read({"custom": {"theirs": 1}}, {}) == marks.NO_MARK
    assert marks.read({"custom": {"hub": "nonsense"}}) == marks.NO_MARK


def test_merges_redactions_and_unknown_events_are_recognised() -> None:
    merge = comment(1, "<p>This request was closed and merged into request #77 &quot;x&quot;.</p>")
    assert payload.merged_into(merge) == RemoteId("77")
    assert payload.merged_into(comment(1, "we merged into main")) is None
    update = records.Update(
        5, 12, child_events=[records.Event(1, event_type="CommentRedactionEvent"),
                             records.Event(2, event_type="SomethingNew")],
    )  # fmt: skip
    told = payload.told(update)
    assert (told.alters, told.creates, told.comments) == (True, False, [])
    gone = payload.remote_comment(comment(3, "<p>▇▇▇ ▇</p>"), marks.NO_MARK, "", Person())
    partly = payload.remote_comment(comment(3, "<p>my ▇▇▇</p>"), marks.NO_MARK, "", Person())
    assert (gone.redacted, partly.redacted) == (True, False)


def test_a_cursor_is_read_as_it_was_written() -> None:
    there = place.Place(events=5, seen=(1, 2), after="abc", since=4, base=3, first=2)
    assert place.read(place.write(there)) == there
    with pytest.raises(ValueError, match="cursor"):
        _ = place.read("nonsense")  # type: ignore[arg-type]


# -- real bodies -----------------------------------------------------------------------------------


def recorded() -> Iterator[tuple[int, str, Any]]:
    shared = os.environ.get("SHARED_DATA")
    folder = Path(shared) if shared else Path(__file__).parents[5] / "shared" / "data"
    for file in sorted((folder / "zendesk" / "recorded-zenpy").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            exchange = json.loads(line)
            yield exchange["status"], exchange["uri"], exchange["response_body"]


TYPES: dict[str, Any] = {
    "tickets": records.TicketsPage,
    "users": records.UsersPage,
    "groups": records.GroupsPage,
    "comments": records.CommentsPage,
    "ticket_fields": records.FieldsPage,
    "organization_fields": records.FieldsPage,
    "ticket_events": records.UpdatesPage,
    "job_status": records.OneJob,
    "job_statuses": records.Jobs,
    "upload": records.OneUpload,
    "ticket": records.OneTicket,
    "user": records.OneUser,
}


def test_bodies_recorded_from_real_accounts_are_understood() -> None:
    """Each is decoded by the type that its endpoint's answers have, and tickets become observations."""
    seen: dict[str, int] = {}
    for status, _, body in recorded():
        if not isinstance(body, dict):
            continue
        content = json.dumps(body).encode()
        if status >= 400:
            assert failure(content).words != "no reason was given"
            seen["error"] = seen.get("error", 0) + 1
            continue
        for key, type_ in TYPES.items():
            if key not in body or body[key] is None:
                continue
            decoded = msgspec.json.decode(content, type=type_)
            seen[key] = seen.get(key, 0) + 1
            rows = decoded.tickets if key == "tickets" else [decoded.ticket] if key == "ticket" else []
            for ticket in rows:
                shown = payload.observation(ticket, names(), LAYOUT)
                assert shown.remote_id == str(ticket.id)
                assert shown.version
    if not seen:
        pytest.skip("no recorded bodies: put them at ../shared/data or name the folder in SHARED_DATA")
    assert {"tickets", "ticket", "users", "job_status", "error"} <= set(seen)
    assert seen["tickets"] > 20

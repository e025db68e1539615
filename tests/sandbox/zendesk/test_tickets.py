"""What a ticket does and refuses, in the vendor's words."""

from __future__ import annotations

import pytest

from tests.sandbox.zendesk.conftest import Desk

MAYA = "maya.lindqvist@support.example"


def error(answer: object) -> str:
    body = answer.body  # type: ignore[attr-defined]
    return next(iter(body["details"].values()))[0]["description"]


def test_a_new_ticket_opens_when_it_is_assigned_and_never_is_new_again(desk: Desk) -> None:
    """Assigning also moves the ticket into the agent's group."""
    number = desk.make()
    ticket = desk.put(number, assignee_id=desk.agent("priya.nair@support.example")).body["ticket"]
    assert ticket["status"] == "open"
    assert desk.vendor.state.groups[ticket["group_id"]].name == "Tier 2"
    assert desk.put(number, status="new").body["ticket"]["status"] == "open"


def test_closed_refuses_everything_but_what_admins_may_still_edit(desk: Desk) -> None:
    """The exact refusal, and the exceptions."""
    number = desk.make(assignee_id=desk.agent(MAYA))
    desk.vendor.person("close", ticket=number)
    refused = desk.put(number, comment={"body": "hello"})
    assert refused.status == 422
    assert refused.body == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
    }
    assert desk.put(number, subject="Another").status == 200
    assert desk.ask("PUT", f"/api/v2/tickets/{number}/tags", {"tags": ["x"]}).status == 422
    target = f"/api/v2/tickets/update_many?ids={number}"
    job = desk.job(desk.ask("PUT", target, {"ticket": {"additional_tags": ["x"]}}))
    assert job["results"][0]["success"]
    job = desk.job(desk.ask("PUT", target, {"ticket": {"status": "open"}}))
    assert job["results"] == [
        {"index": 0, "error": "TicketUpdateFailed", "id": number,
         "details": "Status: closed prevents ticket update"}
    ]  # fmt: skip


def test_solving_needs_an_assignee_and_the_required_fields(desk: Desk) -> None:
    """The whole write is refused, and says which field is missing."""
    number = desk.make()
    refused = desk.put(number, status="solved", priority="high")
    assert error(refused) == "Assignee: is required when solving a ticket"
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["priority"] is None
    desk.vendor.person("require_field", field="Severity")
    refused = desk.put(number, status="solved", assignee_id=desk.agent(MAYA))
    entry = refused.body["details"]["base"][0]
    assert entry["ticket_field_id"] == desk.field("Severity")
    assert entry["ticket_field_type"] == "FieldTagger"
    filled = [{"id": desk.field("Severity"), "value": "sev_1"}]
    solved = desk.put(number, status="solved", assignee_id=desk.agent(MAYA), custom_fields=filled)
    assert solved.body["ticket"]["status"] == "solved"


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
def test_a_customers_answer_reopens(desk: Desk, status: str) -> None:
    """An agent's own comment, even in the customer's name, does not."""
    number = desk.make(assignee_id=desk.agent(MAYA), requester={"name": "C", "email": "c@x.example"})
    desk.put(number, status=status)
    desk.put(number, comment={"body": "copied", "author_id": desk.agent("c@x.example")})
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["status"] == status
    assert desk.vendor.person("reply", ticket=number, body="Still broken")["status"] == "open"


def test_an_answer_to_a_closed_ticket_is_a_follow_up(desk: Desk) -> None:
    """The new ticket names the old one and has its tags."""
    number = desk.make(tags=["vip"], requester={"name": "C", "email": "c@x.example"})
    desk.vendor.person("close", ticket=number)
    made = desk.vendor.person("reply", ticket=number, body="Again!")["ticket"]
    assert made != number
    assert desk.get(f"/api/v2/tickets/{made}")["ticket"]["tags"] == ["vip"]
    assert desk.get(f"/api/v2/tickets/{made}/related")["followup_source_ids"] == [str(number)]
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["followup_ids"] == [made]


def test_priority_cannot_be_taken_back(desk: Desk) -> None:
    """Once set it can only be changed."""
    number = desk.make(priority="high")
    assert error(desk.put(number, priority=None)) == "Priority: cannot be reset"


def test_fields_and_tags_mirror_each_other(desk: Desk) -> None:
    """A choice is a tag; taking the tag away empties the field, another choice replaces it."""
    severity, flag = desk.field("Severity"), desk.field("Customer blocked")
    number = desk.make(
        tags=["vip"],
        custom_fields=[{"id": severity, "value": "sev_2"}, {"id": flag, "value": True}],
    )

    def seen() -> tuple[list[str], object, object]:
        ticket = desk.get(f"/api/v2/tickets/{number}")["ticket"]
        values = {one["id"]: one["value"] for one in ticket["custom_fields"]}
        assert ticket["fields"] == ticket["custom_fields"]
        return ticket["tags"], values[severity], values[flag]

    assert seen() == (["customer_blocked", "sev_2", "vip"], "sev_2", True)
    desk.put(number, custom_fields=[{"id": severity, "value": "sev_1"}])
    assert seen() == (["customer_blocked", "sev_1", "vip"], "sev_1", True)
    desk.ask("DELETE", f"/api/v2/tickets/{number}/tags", {"tags": ["sev_1", "customer_blocked"]})
    assert seen() == (["vip"], None, False)


@pytest.mark.parametrize(
    ("title", "value", "kept"),
    [
        ("Affected users", 12, "12"),
        ("Revenue at risk", "12.50", "12.50"),
        ("Components", ["comp_web", "comp_data"], ["comp_web", "comp_data"]),
        ("Go-live date", "2027-02-01", "2027-02-01"),
        ("Order reference", "DE-1", "DE-1"),
    ],
)
def test_a_field_keeps_what_its_type_takes(desk: Desk, title: str, value: object, kept: object) -> None:
    """Numbers come back as text."""
    number = desk.make(custom_fields=[{"id": desk.field(title), "value": value}])
    ticket = desk.get(f"/api/v2/tickets/{number}")["ticket"]
    assert {"id": desk.field(title), "value": kept} in ticket["custom_fields"]


@pytest.mark.parametrize(
    ("title", "value"),
    [("Affected users", "many"), ("Revenue at risk", "a lot"), ("Severity", "sev_9"),
     ("Components", ["comp_none"]), ("Go-live date", "soon"), ("Order reference", "nonsense")],
)  # fmt: skip
def test_a_field_refuses_what_its_type_does_not_take(desk: Desk, title: str, value: object) -> None:
    """422 names the field, and nothing of the ticket is written."""
    number = desk.make()
    refused = desk.put(number, priority="low", custom_fields=[{"id": desk.field(title), "value": value}])
    assert refused.status == 422
    assert refused.body["details"]["base"][0]["ticket_field_id"] == desk.field(title)
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["priority"] is None


def test_safe_update_wants_the_present_stamp(desk: Desk) -> None:
    """Naming `safe_update` counts, whatever its value; an old stamp is a 409."""
    number = desk.make()
    old = desk.get(f"/api/v2/tickets/{number}")["ticket"]["updated_at"]
    desk.clock.advance(5)
    desk.put(number, priority="low")
    refused = desk.put(number, priority="high", safe_update=False, updated_stamp=old)
    assert (refused.status, refused.body["error"]) == (409, "UpdateConflict")
    now = desk.get(f"/api/v2/tickets/{number}")["ticket"]["updated_at"]
    assert desk.put(number, priority="high", safe_update=True, updated_stamp=now).status == 200


def test_an_idempotency_key_makes_one_ticket(desk: Desk) -> None:
    """A replay answers the same; another body under the key is refused; keys live two hours."""
    body = {"ticket": {"subject": "once", "comment": {"body": "x"}}}
    first = desk.ask("POST", "/api/v2/tickets", body, idempotency_key="k1")
    again = desk.ask("POST", "/api/v2/tickets", body, idempotency_key="k1")
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == (
        "miss",
        "hit",
    )
    assert first.body == again.body
    other = {"ticket": {"subject": "twice", "comment": {"body": "x"}}}
    refused = desk.ask("POST", "/api/v2/tickets", other, idempotency_key="k1")
    assert (refused.status, refused.body["error"]) == (400, "IdempotentRequestError")
    desk.clock.advance(7201)
    late = desk.ask("POST", "/api/v2/tickets", body, idempotency_key="k1")
    assert late.body["ticket"]["id"] != first.body["ticket"]["id"]


def test_unknown_keys_are_skipped_with_a_warning(desk: Desk) -> None:
    """No refusal: a header."""
    answer = desk.put(desk.make(), id=5, nonsense=1, priority="low")
    assert answer.status == 200
    assert '"ticket.nonsense"' in answer.headers["x-zendesk-api-warn"]


def test_comments(desk: Desk) -> None:
    """HTML is cleaned, text is cut at 64 kB without a word, audience is inherited when not said."""
    number = desk.make(comment={"body": "psst", "public": False})
    desk.put(number, comment={"html_body": "<p onclick='x()'>Hi <script>bad()</script><b>you</b></p>"})
    desk.put(number, comment={"body": "ä" * 50_000, "public": True})
    rows = desk.get(f"/api/v2/tickets/{number}/comments")["comments"]
    assert [row["public"] for row in rows] == [False, False, True]
    assert "script" not in rows[1]["html_body"]
    assert "onclick" not in rows[1]["html_body"]
    assert rows[1]["plain_body"] == "Hi you"
    assert len(rows[2]["body"].encode()) <= 65_535
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["is_public"]


def test_metadata_stays_with_the_update(desk: Desk) -> None:
    """The durable mark of an update: in its audit and in the event export."""
    number = desk.make(metadata={"run": "r1"})
    desk.put(number, priority="low", metadata={"run": "r2"})
    audits = desk.get(f"/api/v2/tickets/{number}/audits")["audits"]
    assert [audit["metadata"]["custom"] for audit in audits] == [{"run": "r1"}, {"run": "r2"}]
    events = desk.get("/api/v2/incremental/ticket_events?start_time=0")["ticket_events"]
    assert [event["metadata"] for event in events] == [{"run": "r1"}, {"run": "r2"}]


def test_merge_closes_the_source(desk: Desk) -> None:
    """With a tag; a ticket is not merged into itself."""
    target, source = desk.make(), desk.make(tags=["vip"])
    refused = desk.ask("POST", f"/api/v2/tickets/{target}/merge", {"ids": [target]})
    assert (refused.status, refused.body["error"]) == (400, "SourceInvalid")
    desk.job(desk.ask("POST", f"/api/v2/tickets/{target}/merge", {"ids": [source]}))
    closed = desk.get(f"/api/v2/tickets/{source}")["ticket"]
    assert (closed["status"], "closed_by_merge" in closed["tags"]) == ("closed", True)
    assert "vip" in desk.get(f"/api/v2/tickets/{target}")["ticket"]["tags"]


def test_deletion_restoration_and_the_end(desk: Desk) -> None:
    """Soft, back, gone; the export shows each."""
    number = desk.make()
    assert desk.ask("DELETE", f"/api/v2/tickets/{number}").status == 204
    assert desk.ask("GET", f"/api/v2/tickets/{number}").status == 404
    assert desk.get("/api/v2/deleted_tickets")["deleted_tickets"][0]["id"] == number
    assert desk.ask("PUT", f"/api/v2/deleted_tickets/{number}/restore").body == {}
    assert desk.get(f"/api/v2/tickets/{number}")["ticket"]["status"] == "new"
    desk.ask("DELETE", f"/api/v2/tickets/{number}")
    job = desk.job(desk.ask("DELETE", f"/api/v2/deleted_tickets/{number}"))
    assert job["results"] == {"success": True}
    assert desk.ask("PUT", f"/api/v2/deleted_tickets/{number}/restore").status == 404
    row = desk.get("/api/v2/incremental/tickets/cursor?start_time=0")["tickets"][-1]
    assert (row["subject"], row["description"], row["status"]) == ("SCRUBBED", "X", "deleted")


def test_solving_a_problem_solves_its_incidents(desk: Desk) -> None:
    """And the list of incidents is the problem's."""
    problem = desk.make(type="problem", assignee_id=desk.agent(MAYA))
    incident = desk.make(type="incident", problem_id=problem)
    assert desk.get(f"/api/v2/tickets/{problem}/incidents")["tickets"][0]["id"] == incident
    desk.put(problem, status="solved")
    assert desk.get(f"/api/v2/tickets/{incident}")["ticket"]["status"] == "solved"


def test_redaction_blots_out(desk: Desk) -> None:
    """Even on a closed ticket, by the newer endpoint; the older refuses."""
    number = desk.make(comment={"body": "my card is 4111"})
    comment = desk.get(f"/api/v2/tickets/{number}/comments")["comments"][0]
    desk.vendor.person("close", ticket=number)
    old = f"/api/v2/tickets/{number}/comments/{comment['id']}/redact"
    assert desk.ask("PUT", old, {"text": "4111"}).status == 422
    body = {"ticket_id": number, "html_body": "<p>my card is <redact>4111</redact></p>"}
    assert desk.ask("PUT", f"/api/v2/comment_redactions/{comment['id']}", body).status == 200
    seen = desk.get(f"/api/v2/tickets/{number}/comments")["comments"][0]
    assert "4111" not in str(seen)
    assert "▇▇▇▇" in seen["body"]

"""The Salesforce connector against an org stand-in over HTTP: fields, looks, and what is pushed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from connectors.salesforce.ids import short
from hub.errors import Forbidden
from hub.model import TicketId
from hub.ports import Rejected, Webhook
from sandbox.faults import Fault
from tests.contract.salesforce_world import World, ids_of


@pytest.fixture
def world() -> World:
    return World()


def many(world: World, count: int, subject: str = "Case") -> list[str]:
    return [world.case(f"{subject} {n}") for n in range(count)]


# --- fields --------------------------------------------------------------------------------------


def test_raw_fields_are_spelt_for_the_hub(world: World) -> None:
    """Numbers without needless fractions, instants in UTC, lists as lists, people as people."""
    account = world.make("Account", Name="Shop")
    contact = world.make("Contact", LastName="Lee", FirstName="Ann", Email="Ann@Shop.example", AccountId=account)
    case = world.case(
        ContactId=contact, Affected_Users__c=12, Revenue_at_Risk__c=99.5, Components__c="Web;Backend",
        SLA_Due__c="2026-06-01T10:00:00.000+0000", Go_Live_Date__c="2026-07-01", Description="a\r\nb",
    )  # fmt: skip
    raw = world.raw(case)
    assert raw["Affected_Users__c"] == 12
    assert isinstance(raw["Affected_Users__c"], int)
    assert raw["Revenue_at_Risk__c"] == 99.5
    assert raw["Components__c"] == ["Backend", "Web"]
    assert raw["SLA_Due__c"] == "2026-06-01T10:00:00Z"
    assert raw["Go_Live_Date__c"] == "2026-07-01"
    assert raw["Description"] == "a\nb"
    assert raw["Customer_Blocked__c"] is False
    assert raw["requester"] == {"email": "ann@shop.example", "name": "Ann Lee"}
    assert raw["owner"]["email"].endswith("@sales.example")
    assert raw["queue"] is None
    assert "attributes" not in raw


def test_a_queue_owns_as_a_queue_and_a_web_case_is_from_whom_it_says(world: World) -> None:
    """Owner is a person or a queue; without a contact the Case itself says whom it is from."""
    queues = world.vendor.state.rows["Group"]
    queue = next(key for key, row in queues.items() if row["Name"] == "Escalations")
    raw = world.raw(world.case(OwnerId=queue, SuppliedEmail="Bo@Shop.example", SuppliedName="Bo"))
    assert (raw["owner"], raw["queue"]) == (None, "Escalations")
    assert raw["requester"] == {"email": "bo@shop.example", "name": "Bo"}


def test_a_hidden_field_is_simply_not_there(world: World) -> None:
    """Field-level security takes a field out of the schema and of what is read, and stops nothing."""
    case = world.case(Severity__c="S1")
    _, cursor = world.read()
    assert "Severity__c" in world.connector.schema().fields
    _ = world.person("permit", user="hub@sales.example", object="Case", field="Severity__c", access="none")
    world.clock.advance(5)
    world.edit(case, Subject="Another")
    (seen,), cursor = world.read(cursor)
    assert seen.raw and "Severity__c" not in seen.raw
    assert "Severity__c" not in world.connector.schema().fields


def test_a_field_that_is_hidden_between_description_and_query_is_left_out(world: World) -> None:
    """The query is refused for one column; the object is described anew, and the rest is read."""
    case = world.case(Severity__c="S1")
    _, cursor = world.read()
    world.edit(case, Subject="Another")

    def hide(_: object) -> None:
        _ = world.person("permit", user="hub@sales.example", object="Case", field="Severity__c", access="none")

    world.faults.follow([Fault(before=hide)], endpoint="*/composite")
    (seen,), _ = world.read(cursor)
    assert seen.raw
    assert "Severity__c" not in seen.raw
    assert seen.raw["Subject"] == "Another"


def test_comments_that_we_may_not_read_are_not_called_complete(world: World) -> None:
    """A lost right must not look as if everybody had taken back what they said."""
    case = world.case()
    _ = world.person("comment", record=case, body="Good day")
    _ = world.person("permit", user="hub@sales.example", object="CaseComment", field="CommentBody", access="none")
    seen = world.seen(case)
    assert seen.comments == ()
    assert not seen.comments_complete
    assert "CaseComment cannot be read" in world.connector.schema().fields["requester"].detail


# --- looking -------------------------------------------------------------------------------------


def test_a_case_is_found_by_either_form_of_its_id_and_by_its_number(world: World) -> None:
    """15 characters, 18, and the number as people write it name the same Case."""
    case = world.case()
    number = world.raw(case)["CaseNumber"]
    names = [case, short(case), number, f"#{number.lstrip('0')}", case.lower()[:15] + case[15:]]
    found = world.connector.fetch(names)
    assert {one.remote_id for one in found.values()} == {case}
    assert list(found) == names
    assert {one.label for one in found.values()} == {number}


def test_what_is_not_there_says_how(world: World) -> None:
    """Deleted, merged away, or never seen: each is told apart, and a strange name harms nothing."""
    one, two, three, four = many(world, 4)
    _ = world.person("delete", record=one)
    _ = world.person("merge", into=two, others=[three])
    _ = world.person("delete", record=four)
    found = world.connector.fetch([one, three, "500Hs00000000ZZ", "99999", "' OR Name != '", "500' OR '1'='1"])
    assert [seen.gone.how for seen in found.values() if seen.gone] == [
        "deleted", "merged", "absent", "absent", "absent", "absent",
    ]  # fmt: skip
    assert found[three].gone and found[three].gone.into == two


def test_our_own_cases_are_found_by_their_keys(world: World) -> None:
    """A key names at most one Case; keys with quotes in them are only keys."""
    key = TicketId("zendesk:7")
    case = world.case(Support_Hub_Key__c=key)
    _ = world.case(Support_Hub_Key__c="zendesk:8")
    found = world.connector.find([key, TicketId("zendesk:' OR Id != '"), TicketId("Zendesk:7")])
    assert {name: seen.remote_id for name, seen in found.items()} == {key: case}
    assert found[key].key == key


def test_without_the_key_field_nothing_is_found_nor_made_twice(world: World) -> None:
    """An org without the package cannot be searched for our Cases: that is an error, not an empty answer."""
    _ = world.person(
        "permit", user="hub@sales.example", object="Case", field="Support_Hub_Key__c", access="none"
    )
    with pytest.raises(Forbidden, match="hub provision salesforce"):
        _ = world.connector.find([TicketId("zendesk:7")])


def test_our_mark_counts_only_on_what_we_wrote(world: World) -> None:
    """Anybody can type our mark; only our own user's comment is ours by it."""
    case = world.case()
    body = "Good day\n\n[hub:zendesk:7:1]"
    _ = world.person("comment", record=case, body=body, by="dana@sales.example")
    _ = world.person("comment", record=case, body=body, by="hub@sales.example")
    typed, ours = world.seen(case).comments
    assert (typed.key, typed.body) == (None, body)
    assert (ours.key, ours.body) == ("zendesk:7:1", "Good day")


def test_the_schema_says_what_can_be_written(world: World) -> None:
    """Types, options, limits and rights, as the org describes them to our user."""
    schema = world.connector.schema()
    severity, area = schema.fields["Severity__c"], schema.fields["Workaround__c"]
    assert (severity.type, [one.value for one in severity.options]) == ("choice", ["S1", "S2", "S3", "S4"])
    assert "restricted" in severity.detail
    assert (area.type, area.limit) == ("long", 32768)
    assert schema.fields["Components__c"].type == "choices"
    assert schema.fields["Go_Live_Date__c"].type == "date"
    assert schema.fields["SLA_Due__c"].type == "instant"
    assert schema.fields["requester"].type == "person"
    assert not schema.fields["CaseNumber"].writable
    assert schema.limits["comment"] == 4000
    assert schema.me == world.told()["user_id"]


def test_values_that_a_record_type_lacks_are_told(world: World) -> None:
    """With several record types, the schema says which values cannot be had in which."""
    org = world.vendor.state
    kinds = [
        org.add("RecordType", {"Name": name, "DeveloperName": name, "SobjectType": "Case", "IsActive": True},
                org.admin_id)["Id"]
        for name in ("Support", "Internal")
    ]  # fmt: skip
    inner = world.wire.handle_request

    def narrow(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        if not request.url.path.endswith(f"/picklist-values/{kinds[1]}"):
            return response
        body = json.loads(response.read())
        severity = body["picklistFieldValues"]["Severity__c"]
        severity["values"] = [one for one in severity["values"] if one["value"] != "S1"]
        return httpx.Response(200, json=body, request=request)

    world.wire.handle_request = narrow
    schema = world.connector.schema()
    assert "'S1' is not in record type Internal" in schema.fields["Severity__c"].detail
    assert len(schema.fields["Severity__c"].options) == 4
    assert "record type" not in schema.fields["Status"].detail


def test_a_description_that_did_not_change_is_not_sent_again(world: World) -> None:
    """`If-Modified-Since` makes a description cheap within a process."""
    _, cursor = world.read()
    _, cursor = world.read(cursor)
    asked = [one for one in world.wire.requests if one.url.path.endswith("/describe")]
    assert [("if-modified-since" in one.headers) for one in asked] == [False, True]


def test_a_list_of_fields_that_is_too_long_for_an_address_goes_another_way(world: World) -> None:
    """An org with hundreds of fields is read as any other: addresses end at 16 KB, bodies do not."""
    from sandbox.salesforce.objects.defs import text  # noqa: PLC0415

    for n in range(500):
        world.vendor.state.add_field("Case", text(f"A_field_with_a_rather_long_name_{n:03}__c", 255))
    case = world.case(A_field_with_a_rather_long_name_499__c="here")
    seen, _ = world.read()
    assert ids_of(seen) == [case]
    assert seen[0].raw and seen[0].raw["A_field_with_a_rather_long_name_499__c"] == "here"


# --- what is pushed ------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["outbound_messages", "change_data_capture"])
def test_what_the_org_pushes_is_a_hint(world: World, setting: str) -> None:
    """A message of the stand-in names the Case that changed; SOAP is answered by what Salesforce expects."""
    secret = "a secret of some length"
    world.connector = world.connect(webhook_secret=secret, org_id=world.told()["org_id"])
    pushed: list[Any] = []
    world.vendor.outbox._send = pushed.append
    world.settings[setting] = [{"url": f"http://127.0.0.1/webhooks/salesforce/{secret}", "object": "Case"}]
    case = world.case()
    _ = world.raw(case)  # messages leave with the next answer
    (message,) = pushed
    path = urlsplit(message.url).path
    headers = {name.lower(): value for name, value in message.headers.items()}
    webhook = Webhook("POST", path, headers, message.body, 0.0)
    (hint,) = world.connector.verify(webhook)
    assert hint.remote_id == case
    soap = setting == "outbound_messages"
    assert (world.connector.acknowledgement(webhook) is not None) == soap
    with pytest.raises(Rejected):
        _ = world.connector.verify(Webhook("POST", "/webhooks/salesforce/guess", headers, message.body, 0.0))

"""`hub mappings check` finds drift and broken laws, and says what a hand-over loses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from hub.check import Report, as_text, check
from hub.context import rest
from hub.hops import Hop
from hub.mapping import load
from hub.model import Ticket, TicketId
from hub.schema import Schema
from tests.worlds import MAPPINGS, SCHEMAS, PlainDialect, demo_mapping, jira_schema

FILES = {name: (MAPPINGS / f"{name}.yaml").read_text("utf-8") for name in SCHEMAS}


def checked(schema: Schema | None = None, *, crm: bool = False, **texts: str) -> Report:
    """Return the report on the demo files, some of them or Jira's schema changed; with `crm`, of all three sides."""
    names = ("zendesk", "jira", *(("salesforce",) if crm else ()))
    told = {**FILES, **texts}
    files = [load(told[name], f"{name}.yaml") for name in names]
    accounts = (load(told["accounts"], "accounts.yaml"), SCHEMAS["accounts"]) if crm else None
    schemas = {**SCHEMAS, "jira": schema or SCHEMAS["jira"]}
    return check(files, schemas, {name: PlainDialect() for name in names}, accounts)


def arrivals(report: Report, origin: str, destination: str = "") -> dict[str, str]:
    """Return how each register arrives on the hop from `origin`."""
    return {a.register: a.how for a in found(report, origin, destination).arrivals}


def found(report: Report, origin: str, destination: str = "") -> Hop:
    return next(h for h in report.hops if h.origin == origin and destination in {"", h.destination})


def test_the_demo_files_are_clean() -> None:
    """What we ship has no problem, and every context register arrives in some form."""
    for crm in (False, True):
        report = checked(crm=crm)
        assert report.problems == ()
        assert all(hop.at_all == 1 for hop in report.hops)


def test_the_loss_ledger() -> None:
    """For each hop, each register: in a field, in the block, only in the copy, or not at all, and why."""
    how = arrivals(checked(), "zendesk")
    assert how["impact.affected_users"] == "native"
    assert how["status"] == "retyped"
    assert how["description"] == "cut"
    assert how["impact.workaround"] == "block"
    assert how["custom.order_reference"] == "block"
    assert how["needs_engineering"] == "copy only"
    assert not any(name.startswith("organization.") for name in how)


def test_what_is_only_given_to_a_new_replica() -> None:
    """A description is set when the ticket is created there: it arrives, and what people should know is said."""
    there = next(a for a in found(checked(), "jira").arrivals if a.register == "description")
    assert there.how in {"native", "cut"}
    assert "set when it is created there" in there.detail


def test_a_field_that_is_only_read_is_no_field_to_arrive_in() -> None:
    """What the destination reads but never writes is carried in the block or the copy, and says why."""
    zendesk = FILES["zendesk"].replace(
        "{field: Environment, as: text}", "{field: Environment, as: text, direction: read}"
    )
    hop = found(checked(zendesk=zendesk, crm=True), "salesforce", "zendesk")
    there = next(a for a in hop.arrivals if a.register == "impact.environment")
    assert there.how == "copy only"
    assert "`Environment` is only read there (zendesk.yaml:" in there.detail


class TestAccounts:
    def test_at_their_home_they_arrive_by_definition(self) -> None:
        """Nobody writes to Salesforce what is read from the account there: it is at home, not dropped."""
        report = checked(crm=True)
        hop = found(report, "zendesk", "salesforce")
        home = {a.register: a for a in hop.arrivals if a.how == "at home"}
        assert {"account.name", "account.tier", "account.arr", "account.renewal_date"} <= home.keys()
        assert home["account.tier"].field == "Tier"
        assert home["account.tier"].detail == "this is the account itself"
        assert hop.natively >= len(home) / len(hop.context)
        assert "at home" not in arrivals(report, "zendesk", "jira").values()

    def test_what_is_chosen_on_the_case_is_written_there(self) -> None:
        """The account's id is a field of the Case, which the hub fills."""
        assert arrivals(checked(crm=True), "zendesk", "salesforce")["account.name"] == "at home"
        without = FILES["accounts"].replace("  account.segment:", "  # account.segment:")
        assert (
            arrivals(checked(crm=True, accounts=without), "zendesk", "salesforce")["account.segment"]
            == "block"
        )

    def test_every_hop_carries_the_account(self) -> None:
        """Wherever a ticket begins, what Salesforce knows of its account goes along, and says where it is read."""
        hop = found(checked(crm=True), "jira", "zendesk")
        tier = next(a for a in hop.arrivals if a.register == "account.tier")
        assert (tier.read, tier.source, tier.of_account) == ("Tier", "salesforce", True)
        own = next(
            a for a in found(checked(crm=True), "salesforce", "jira").arrivals if a.register == "account.tier"
        )
        assert (own.source, own.of_account, own.how) == ("", True, "native")

    def test_without_a_crm_nothing_is_at_home(self) -> None:
        """Two sides: the helpdesk's word is carried as before."""
        report = checked()
        assert report.accounts is None
        assert "accounts" not in report.to_json()
        assert arrivals(report, "zendesk")["account.tier"] == "native"

    def test_revenue_in_one_currency_is_retyped(self) -> None:
        """A sum over accounts is shown in one currency."""
        hop = found(checked(crm=True), "salesforce", "jira")
        arr = next(a for a in hop.arrivals if a.register == "account.arr")
        assert (arr.how, arr.field) == ("retyped", "ARR at risk")
        assert "one currency" in arr.detail

    def test_what_is_read_and_shown_is_listed(self) -> None:
        """The file on accounts has a table of its own, and counts as a file."""
        report = checked(crm=True)
        assert report.accounts is not None
        assert {"account.tier", "account.opportunities"} <= {f.register for f in report.accounts.read}
        assert {"support.open_tickets", "sla.state"} <= {f.register for f in report.accounts.shown}
        assert report.mappings == 4
        text = as_text(report)
        assert "accounts of salesforce" in text
        assert "Worst ticket" in text

    def test_a_mistake_in_it_is_told_with_its_place(self) -> None:
        """As in every mapping file."""
        report = checked(crm=True, accounts=FILES["accounts"].replace("field: Tier__c", "field: Teir__c"))
        [problem] = report.errors
        assert str(problem).startswith("accounts.yaml:")
        assert "did you mean" in problem.message

    def test_a_tier_that_another_side_cannot_write(self) -> None:
        """An open choice of the account must be writable wherever it is shown."""
        accounts = FILES["accounts"].replace("starter: starter}", "starter: basic}")
        said = [p.message for p in checked(crm=True, accounts=accounts).problems]
        assert "salesforce can say basic; add `basic: …` to `write`" in said


@pytest.mark.parametrize("destination", ["jira", "salesforce"])
def test_the_block_holds_what_the_ledger_says(destination: str) -> None:
    """Whatever the ledger calls `block` stands in the block of a ticket that has it all, and nothing else does."""
    hop = found(checked(crm=True), "zendesk", destination)
    registers = {a.register: "x" for a in hop.arrivals}
    ticket = Ticket(TicketId("zendesk:1"), registers)
    shown = set(rest([ticket], demo_mapping(destination)))
    once = "set when it is created there"  # and the block goes on telling it
    known = {a.register for a in hop.arrivals if a.how in {"at home", "retyped"} or once in a.detail}
    assert {a.register for a in hop.arrivals if a.how == "block"} == shown - known


def test_a_mapping_without_a_block_scores_lower() -> None:
    """What has no field, no block and no copy is dropped, and the score says so."""
    bare = FILES["jira"].replace("  rest: block ", "  rest: none ")
    bare = "\n".join(line for line in bare.splitlines() if not line.startswith("  copy:"))
    report = checked(jira=bare)
    assert arrivals(report, "zendesk")["impact.workaround"] == "dropped"
    assert report.hops[0].score < checked().hops[0].score
    assert report.hops[0].at_all < 1


def test_drift_is_told_with_the_line_to_change() -> None:
    """A field deleted and an option added at the vendor show before they do harm."""
    schema = jira_schema()
    fields = {k: f for k, f in schema.fields.items() if f.name != "Renewal date"}
    severity = next(f for f in fields.values() if f.name == "Severity")
    option = severity.options[0]
    added = replace(option, value="S0", label="S0")
    fields[severity.id] = replace(severity, options=(*severity.options, added))
    problems = [str(p) for p in checked(replace(schema, fields=fields)).problems]
    assert any("jira has no field `Renewal date`" in p and p.startswith("jira.yaml:") for p in problems)
    assert any("`Severity` has options that `read` does not know; add `S0: …`" in p for p in problems)


def test_a_custom_register_has_one_kind() -> None:
    """Two files that disagree about a field of the user's own are told so."""
    own = "  custom.order_reference: {field: Support tickets, as: number}\n"
    jira = re.sub(r"  tickets\.count:.*\n", own, FILES["jira"])
    said = [p.message for p in checked(jira=jira).problems]
    assert said == ["`custom.order_reference` is a text in zendesk.yaml and a number here"]


def test_a_value_that_the_other_side_cannot_write() -> None:
    """An open choice that one file reads must be writable in the other."""
    jira = FILES["jira"].replace("Reporting: reporting}", "Reporting: reports}")
    said = [p.message for p in checked(jira=jira).problems]
    assert "zendesk can say reporting; add `reporting: …` to `write`" in said


class Forgetful(PlainDialect):
    """A dialect that breaks its word: it drops what stands in a second paragraph."""

    def from_markdown(self, markdown: str, onto: Any) -> Any:
        return super().from_markdown(markdown.partition("\n\n")[0], onto)


def test_a_broken_law_is_found() -> None:
    """A lens that does not read back what it wrote is reported at its line."""
    files = [load(FILES["jira"], "jira.yaml")]
    report = check(files, {"jira": jira_schema()}, {"jira": Forgetful()})
    assert any("`description` does not keep its word" in p.message for p in report.errors)


def test_the_report_is_plain_data_and_text() -> None:
    """JSON for programs, a table for people; both say the same."""
    report = checked()
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["ok"] is True
    assert plain["hops"][0]["score"] == report.hops[0].score
    text = as_text(report)
    assert text.startswith("2 mapping files: no problems.\n")
    assert f"zendesk → jira: score {report.hops[0].score} of 100" in text
    assert re.search(
        r"^  Workaround +block +in the context block, and in the machine copy$", text, re.MULTILINE
    )

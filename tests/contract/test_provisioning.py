"""Every provisioner against its stand-in: the plan is right, twice is once, and death in the middle is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.salesforce.provisioning import SalesforceProvisioner
from hub.errors import Forbidden, Misconfigured, Unavailable
from hub.mapping import bind
from hub.provision import Provision, Provisioner
from sandbox.faults import Crash, Fate, Fault
from sandbox.jira.state import Option
from tests.contract.provisioning_world import (
    SALESFORCE_FILE,
    ZENDESK_FILE,
    Bench,
    JiraBench,
    Refused,
    Rewritten,
    SalesforceBench,
    ZendeskBench,
    bench_of,
)
from tests.worlds import MAPPINGS


@pytest.fixture(params=["zendesk", "jira", "salesforce"])
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bare(system: str) -> Bench:
    """A stand-in with the vendor's own fields only."""
    found = bench_of(system)
    found.strip()
    return found


def _all(work: Provisioner) -> Provision:
    """Make everything that is missing; return what is still missing then."""
    for step in work.plan().steps:
        work.carry_out(step)
    return work.plan()


class TestBareSystem:
    def test_a_mapping_that_could_not_bind_binds_afterwards(self, bare: Bench) -> None:
        """Provisioning works where the hub itself refuses to start, and ends that."""
        with pytest.raises(Misconfigured):
            bind(bare.file, bare.schema(), bare.dialect)
        assert _all(bare.work()).complete
        mapping = bind(bare.file, bare.schema(), bare.dialect)
        assert not [it for it in mapping.warnings if it.severity == "error"]

    def test_the_shipped_mapping_file_binds_too(self, system: str) -> None:
        """With all its fields and kinds."""
        bench = bench_of(system, (MAPPINGS / f"{system}.yaml").read_text("utf-8"))
        bench.strip()
        left = _all(bench.work())
        assert left.steps == () and left.by_hand == ()
        assert bind(bench.file, bench.schema(), bench.dialect).rules

    def test_planning_changes_nothing(self, bare: Bench) -> None:
        plan = bare.work().plan()
        assert plan.steps and not plan.complete
        before = bare.made()
        assert [it.what for it in plan.steps] == [it.what for it in bare.work().plan().steps]
        assert bare.made() == before

    def test_a_second_run_has_nothing_to_do(self, bare: Bench) -> None:
        _ = _all(bare.work())
        made = bare.made()
        again = bare.work().plan()
        assert again.complete and again.present > 0
        assert _all(bare.work()).complete and bare.made() == made


def _writes(bench: Bench) -> int:
    """How many calls that change something a whole run takes."""
    counted: list[object] = []
    bench.sandbox.faults[bench.system].always(
        Fault(after=lambda request, _: counted.append(request)), writes=True
    )
    _ = _all(bench.work())
    bench.sandbox.faults[bench.system].clear()
    return len(counted)


def _die(*_: object) -> None:
    raise Crash


class TestDeathInTheMiddle:
    @pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
    def test_at_every_write_the_next_run_ends_the_same(self, system: str, *, before: bool) -> None:
        """Killed just before or after each change, the same command ends where an undisturbed run ends."""
        whole = bench_of(system)
        whole.thin()
        count = _writes(whole)
        for at in range(count):
            bench = bench_of(system)
            bench.thin()
            last = Fault(before=_die) if before else Fault(after=_die)
            bench.sandbox.faults[system].follow([Fault()] * at + [last], writes=True)
            with pytest.raises(Crash):
                _ = _all(bench.work())
            assert _all(bench.work()).complete
            assert bench.made() == whole.made(), f"killed at write {at}"

    def test_a_lost_answer_is_told_and_found_by_the_next_run(self, system: str) -> None:
        """Nobody knows whether it was made: so the run ends, and the next one looks."""
        whole = bench_of(system)
        whole.thin()
        _ = _all(whole.work())
        bench = bench_of(system)
        bench.thin()
        bench.sandbox.faults[system].follow([Fate.LOST], writes=True)
        with pytest.raises(Unavailable):
            _ = _all(bench.work())
        assert _all(bench.work()).complete and bench.made() == whole.made()


class TestRights:
    def test_zendesk_says_that_only_administrators_make_fields(self) -> None:
        bench = bench_of("zendesk")
        assert isinstance(bench, ZendeskBench)
        bench.strip()
        work = bench.work()
        plan = work.plan()
        hub = next(it for it in bench.state.users.values() if it.email == "hub@support.example")
        hub.role = "agent"
        with pytest.raises(Forbidden, match="the role Administrator"):
            work.carry_out(plan.steps[0])
        assert bench.made() == []

    def test_jira_says_which_permission_is_missing(self) -> None:
        bench = bench_of("jira")
        assert isinstance(bench, JiraBench)
        bench.strip()
        plan = bench.work().plan()
        for user in bench.state.users.values():
            user.admin = False
        with pytest.raises(Forbidden, match="Administer Jira"):
            bench.work().carry_out(plan.steps[0])
        assert bench.made() == []


    def test_salesforce_says_which_permissions_a_user_needs(self) -> None:
        """Whatever a user without rights is refused, the message says what to give, or what else to do."""
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        bench.thin()
        plan = bench.work().plan()
        refusal = Refused(
            403, "INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id", "CustomField"
        )
        bench.http._wire = refusal.over(bench.sandbox)  # type: ignore[assignment]
        with pytest.raises(Forbidden, match="Customize Application, Manage Profiles and Permission Sets"):
            bench.work().carry_out(plan.steps[0])


def _salesforce() -> SalesforceBench:
    bench = bench_of("salesforce")
    assert isinstance(bench, SalesforceBench)
    return bench


class TestSalesforce:
    def test_the_hub_sees_its_fields_only_after_the_grant(self) -> None:
        """A new field is seen by nobody; the permission set lets the hub's user see and edit it."""
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        bench.drop("Severity__c")
        work = bench.work()
        fields = [it for it in work.plan().steps if it.asked["do"] == "field"]
        assert [it.what for it in fields] == ["make the field `Case.Severity__c` (Picklist)"]
        work.carry_out(fields[0])
        assert not bench.schema().named("Severity__c")
        assert _all(work).complete
        [severity] = bench.schema().named("Severity__c")
        assert severity.writable and [o.value for o in severity.options] == ["S1", "S2", "S3", "S4"]

    def test_the_optional_part_comes_where_it_is_named_or_asked_for(self) -> None:
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        bench.drop("Tier__c", "Health__c", "ARR__c")
        assert not [it for it in bench.work().plan().steps if "Tier__c" in it.what]
        named = SalesforceProvisioner(bench.http, named={"Tier__c"}, user=lambda: bench.hub)
        made = [it.what for it in named.plan().steps if it.asked["do"] == "field"]
        assert made == ["make the field `Account.Tier__c` (Picklist)"]
        bench.basics = True
        made = [it.what for it in bench.work().plan().steps if it.asked["do"] == "field"]
        assert [it.partition("`")[2].partition("`")[0] for it in made] == [
            "Account.ARR__c", "Account.Health__c", "Account.Tier__c",
        ]  # fmt: skip
        assert _all(bench.work()).complete

    def test_a_weaker_permission_is_strengthened(self) -> None:
        """Somebody made the field read-only for the hub's set; somebody took the API away."""
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        _ = _all(bench.work())
        whole = bench.made()
        for row in bench.org.rows["FieldPermissions"].values():
            if row["Field"] == "Case.Workaround__c":
                row["PermissionsEdit"] = False
        for row in bench.org.rows["PermissionSet"].values():
            row["PermissionsApiEnabled"] = False
        plan = bench.work().plan()
        assert [it.what for it in plan.steps] == [
            "let `Support Hub Integration` use the API",
            "let `Support Hub Integration` use 1 field and 0 objects",
            "let `Support Hub Reader` use 1 field and 0 objects",
        ]
        assert _all(bench.work()).complete and bench.made() == whole

    def test_another_user_can_be_given_the_rights(self) -> None:
        """An administrator provisions for the integration user; one that is not there is told."""
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        other = next(r["Id"] for r in bench.org.rows["User"].values() if r["Username"] == "dana@sales.example")

        def work(username: str) -> SalesforceProvisioner:
            return SalesforceProvisioner(bench.http, named=(), user=lambda: bench.hub, username=username)

        assert _all(work("dana@sales.example")).complete
        assert {r["AssigneeId"] for r in bench.org.rows["PermissionSetAssignment"].values()} == {other}
        with pytest.raises(Misconfigured, match="no user called nobody"):
            _ = work("nobody@sales.example").plan()

    def test_what_somebody_else_made_meanwhile_is_taken_as_made(self) -> None:
        """The org says that there is such a field: that is what was wanted."""
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        bench.drop("Severity__c")
        [step] = [it for it in bench.work().plan().steps if it.asked["do"] == "field"]
        bench.work().carry_out(step)
        bench.work().carry_out(step)
        assert _all(bench.work()).complete

    def test_rights_of_a_set_that_is_gone_are_not_given(self) -> None:
        """Somebody deleted it again, or it could not be made: that is said, not stumbled over."""
        bench = _salesforce()
        grants = [it for it in bench.work().plan().steps if it.asked["do"] in ("grant", "assign")]
        for step in grants:
            with pytest.raises(Misconfigured, match="there is no permission set"):
                bench.work().carry_out(step)

    def test_every_step_may_be_carried_out_twice(self) -> None:
        bench = _salesforce()
        for step in bench.work().plan().steps:
            bench.work().carry_out(step)
            bench.work().carry_out(step)
        assert bench.work().plan().complete

    def test_a_field_that_neither_the_package_nor_the_org_has_is_told(self) -> None:
        bench = bench_of("salesforce", SALESFORCE_FILE.replace("Severity__c", "How_Bad__c"))
        plan = bench.work().plan()
        assert "names `How_Bad__c`, which neither the package nor the org has" in plan.by_hand[0]

    @pytest.mark.parametrize(
        ("name", "changes", "said"),
        [
            ("Engineer__c", {"length": 40}, "holds 40 characters, and the hub needs 255"),
            ("Escalation_Risk__c", {"scale": 0}, "keeps 0 decimals, and the hub needs 2"),
            ("Severity__c", {"type": "string"}, "is a string field in the org, and the hub needs a Picklist"),
            ("Support_Hub_Key__c", {"unique": False}, "must be unique and an external id"),
        ],
    )
    def test_a_field_that_does_not_fit_is_a_persons_business(
        self, name: str, changes: Mapping[str, Any], said: str
    ) -> None:
        bench = bench_of("salesforce")
        assert isinstance(bench, SalesforceBench)
        _ = _all(bench.work())
        for key, value in changes.items():
            setattr(bench.org.object("Case").field(name), key, value)
        bench.org.metadata_stamp = bench.org.stamp() + 1
        plan = bench.work().plan()
        assert plan.steps == () and said in plan.by_hand[0]


class TestJira:
    def test_fields_of_a_team_managed_project_are_made_by_hand(self) -> None:
        """No API makes them: the plan says where a person does."""
        bench = bench_of("jira")
        assert isinstance(bench, JiraBench)
        bench.strip()
        bench.http._wire = Rewritten(bench.sandbox)  # type: ignore[assignment]
        plan = bench.work().plan()
        assert plan.steps == ()
        assert "team-managed" in plan.by_hand[0] and "`Severity`" in plan.by_hand[0]

    def test_a_field_off_the_screens_is_put_there(self) -> None:
        """A field that was made by hand may stand on no screen of the project: nobody could fill it in."""
        bench = bench_of("jira")
        assert isinstance(bench, JiraBench)
        severity = next(it for it in bench.state.fields.values() if it.name == "Severity")
        severity.options = severity.options[:3]
        support = bench.state.project("SUP")
        support.off_screen.add(severity.id)
        plan = bench.work().plan()
        assert [it.what for it in plan.steps] == ["add S4 to `Severity`", "put `Severity` on the screens of SUP"]
        assert _all(bench.work()).complete
        assert support.off_screen == set()
        assert [o.value for o in severity.options] == ["S1", "S2", "S3", "S4"]

    def test_an_option_that_somebody_else_added_is_not_added_again(self) -> None:
        bench = bench_of("jira")
        assert isinstance(bench, JiraBench)
        severity = next(it for it in bench.state.fields.values() if it.name == "Severity")
        severity.options = severity.options[:2]
        [step] = bench.work().plan().steps
        bench.work().carry_out(step)
        bench.work().carry_out(step)
        assert [o.value for o in severity.options] == ["S1", "S2", "S3", "S4"]

    def test_options_beyond_the_first_page_are_seen(self) -> None:
        """A long list comes in pages; what is on a later one is not missing."""
        bench = bench_of("jira")
        assert isinstance(bench, JiraBench)
        severity = next(it for it in bench.state.fields.values() if it.name == "Severity")
        severity.options = [*(Option(f"9{n}", f"Old {n}") for n in range(150)), *severity.options]
        bench.state.project("SUP").off_screen.add(severity.id)
        assert [it.what for it in bench.work().plan().steps] == ["put `Severity` on the screens of SUP"]

    def test_a_status_that_is_not_there_is_a_persons_business(self) -> None:
        text = "system: jira\nfields:\n  status: {field: status, as: choice, direction: read, read: {Parked: hold}}\n"
        plan = bench_of("jira", text).work().plan()
        assert plan.steps == () and "no `Parked`" in plan.by_hand[0]


class TestZendesk:
    def test_an_option_that_is_missing_is_added_and_the_others_stay(self) -> None:
        """Of ticket fields and of organization fields, where an option left out of a body is deleted."""
        bench = bench_of("zendesk")
        assert isinstance(bench, ZendeskBench)
        bench.strip()
        _ = _all(bench.work())
        whole = bench.made()
        ids: dict[str, int] = {}
        for table in (bench.state.ticket_fields, bench.state.organization_fields):
            for it in table.values():
                if it.title in ("Severity", "Tier"):
                    _ = it.options.pop()
                    ids |= {o.value: o.id for o in it.options}
        bench.state.fields_changed()
        plan = bench.work().plan()
        assert [it.what for it in plan.steps] == ["add Question to `Severity`", "add Small to `Organization: Tier`"]
        assert _all(bench.work()).complete and bench.made() == whole
        tables = (bench.state.ticket_fields, bench.state.organization_fields)
        now = {o.value: o.id for table in tables for it in table.values() for o in it.options}
        assert {value: now[value] for value in ids} == ids

    def test_a_field_of_the_wrong_type_is_not_touched(self) -> None:
        text = ZENDESK_FILE.replace("impact.blocked: {field: Blocked, as: flag}", "impact.blocked: {field: Engineer, as: flag}")
        bench = bench_of("zendesk", text)
        plan = bench.work().plan()
        assert "`Engineer` is a text field, which cannot hold `as: flag`" in plan.by_hand[0]
        assert not [it for it in plan.steps if "Engineer" in it.what]

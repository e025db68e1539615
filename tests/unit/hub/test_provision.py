"""What a mapping file wants of a system's schema, worked out without the system."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.mapping import MappingFile, load
from hub.model import ZENDESK
from hub.provision import Wanted, compare, describe, wanted_fields
from hub.schema import Field, Option, Schema
from tests.worlds import MAPPINGS, jira_schema, zendesk_schema

FILE = """system: jira
fields:
  priority: {field: Urgency, as: choice, write: {low: Minor, normal: Plain, high: Bad, urgent: Awful}}
  severity: {field: Severity, as: choice, read: {S1: s1, S2: s2, S3: s3, S4: s4}}
  score.label: {field: Score label, as: choice}
  impact.blocked: {field: Blocked, as: flag, write: {"true": Yes it is, "false": Not so}}
  impact.affected_users: {field: Affected users, as: number, decimals: 0}
  engineering.status: {field: status, as: text, direction: read}
context: {rest: block, block: Notes, copy: Copy}
"""


def _file(text: str = FILE) -> MappingFile:
    return load(text, "jira.yaml")


def _named(name: str, file: MappingFile | None = None) -> Wanted:
    return next(it for it in wanted_fields(file or _file()) if it.name == name)


def _schema(*fields: Field) -> Schema:
    return Schema(ZENDESK, {it.id: it for it in fields})


class TestWanted:
    def test_every_named_field_is_wanted_once(self) -> None:
        """Rules and the two places of the context, in the file's order, each with its place."""
        names = [it.name for it in wanted_fields(_file())]
        assert names == ["Urgency", "Severity", "Score label", "Blocked", "Affected users", "status", "Notes", "Copy"]
        assert str(_named("Urgency").place) == "jira.yaml:3:14"

    def test_options_are_what_the_tables_say(self) -> None:
        """The side's names, with what they stand for; a choice without a table has the hub's own words."""
        assert [o.label for o in _named("Urgency").options] == ["Minor", "Plain", "Bad", "Awful"]
        assert _named("Severity").options[0] == Option("s1", "S1")
        assert [o.value for o in _named("Score label").options] == ["low", "normal", "high", "urgent"]
        assert {o.label: o.value for o in _named("Blocked").options} == {"Yes it is": "true", "Not so": "false"}
        assert _named("Affected users").options == ()

    def test_two_rules_on_one_field_are_one_wish(self) -> None:
        """Who writes it says what kind it is."""
        file = load((MAPPINGS / "jira.yaml").read_text("utf-8"), "jira.yaml")
        status = _named("status", file)
        assert status.as_ == "choice" and status.direction == "both"


class TestCompare:
    @pytest.mark.parametrize("system", ["zendesk", "jira"])
    def test_the_demo_world_lacks_nothing(self, system: str) -> None:
        """The shipped files fit the schemas that they were written for."""
        file = load((MAPPINGS / f"{system}.yaml").read_text("utf-8"), system)
        found = compare(file, zendesk_schema() if system == "zendesk" else jira_schema())
        assert (found.missing, found.lacking, found.unfit) == ((), (), ())

    def test_missing_fields_are_told_in_the_files_order(self) -> None:
        found = compare(_file(), _schema(Field("1", "Severity", "choice")))
        assert [it.name for it in found.missing][:2] == ["Urgency", "Score label"]

    def test_a_field_of_another_type_is_a_persons_business(self) -> None:
        """With its place, what it is, and what to write instead."""
        found = compare(_file(), _schema(Field("1", "Affected users", "text")))
        [fault] = found.unfit
        assert fault.startswith("jira.yaml:7:27: `Affected users` is a text field, which cannot hold `as: number`")
        assert "write `as: text`" in fault

    def test_what_is_only_read_may_be_read_as_text(self) -> None:
        found = compare(_file(), _schema(Field("status", "Status", "status")))
        assert found.unfit == () and found.present[0][1].id == "status"

    def test_two_fields_of_one_name_cannot_be_told_apart(self) -> None:
        found = compare(_file(), _schema(Field("1", "Severity", "choice"), Field("2", "severity", "choice")))
        assert "2 fields called `Severity`; write `1` or `2`" in found.unfit[0]

    def test_lacking_options_are_those_that_no_name_matches(self) -> None:
        """Letter case does not matter, and either the name or the value will do."""
        field = Field("1", "Severity", "choice", (Option("s1", "Down"), Option("x", "s2")))
        [(wanted, at, options)] = compare(_file(), _schema(field)).lacking
        assert wanted.name == "Severity" and at.id == "1"
        assert [o.label for o in options] == ["S3", "S4"]

    def test_what_a_schema_only_remembers_is_missing(self) -> None:
        """A field that was deleted is made again, though mapping files still bind to its memory."""
        gone = replace(Field("1", "Severity", "choice"), gone=True)
        assert "Severity" in [it.name for it in compare(_file(), _schema(gone)).missing]


class TestDescribe:
    def test_a_slip_of_the_pen_is_asked_about(self) -> None:
        """A name that is nearly that of a field of the same type may be meant for it."""
        schema = _schema(Field("1", "Severity level", "choice"), Field("2", "Severty", "choice"))
        said = describe(_named("Severity"), "drop-down", schema)
        assert said == (
            "make the drop-down `Severity` with S1, S2, S3, S4; or did you mean `Severty`, which is there?"
        )

    def test_a_field_of_another_type_is_not_meant(self) -> None:
        schema = _schema(Field("2", "Severty", "date"))
        assert "did you mean" not in describe(_named("Severity"), "drop-down", schema)

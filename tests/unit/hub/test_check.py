"""`hub mappings check` finds drift and broken laws, and says what a hand-over loses."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec.structs import replace

from hub.check import Report, as_text, check
from hub.mapping import load
from hub.schema import Schema
from tests.worlds import MAPPINGS, PlainDialect, jira_schema, zendesk_schema

FILES = {name: (MAPPINGS / f"{name}.yaml").read_text("utf-8") for name in ("zendesk", "jira")}


def checked(schema: Schema | None = None, **texts: str) -> Report:
    """Return the report on the demo files, some of them or the schema changed."""
    files = [load({**FILES, **texts}[name], f"{name}.yaml") for name in ("zendesk", "jira")]
    schemas = {"zendesk": zendesk_schema(), "jira": schema or jira_schema()}
    return check(files, schemas, {"zendesk": PlainDialect(), "jira": PlainDialect()})


def arrivals(report: Report, origin: str) -> dict[str, str]:
    """Return how each register arrives on the hop from `origin`."""
    hop = next(h for h in report.hops if h.origin == origin)
    return {a.register: a.how for a in hop.arrivals}


def test_the_demo_files_are_clean() -> None:
    """What we ship has no problem, and every context register arrives in some form."""
    report = checked()
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
    assert how["account.id"] == "copy only"
    assert arrivals(checked(), "jira")["description"] == "dropped"


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
    assert "  Workaround                block      in the context block, and in the machine copy" in text

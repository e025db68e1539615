"""A mapping file that cannot be used is refused with file, line, column, and what to write instead."""

from __future__ import annotations

import json

import pytest

from hub.mapping import bind, load
from hub.mapping.jsonschema import rendered
from hub.model import JIRA, Value
from hub.problems import FileRefused
from hub.schema import Field, Option, Schema
from tests.worlds import MAPPINGS, PlainDialect, demo_mapping, jira_schema, zendesk_schema

HEAD = "system: jira\nfields:\n"


def loaded(text: str) -> list[str]:
    """Return what is wrong with a file by itself."""
    with pytest.raises(FileRefused) as refused:
        _ = load(text, "jira.yaml")
    return str(refused.value).splitlines()


def bound(fields: str, schema: Schema | None = None) -> list[str]:
    """Return what the system says to a file's fields."""
    with pytest.raises(FileRefused) as refused:
        _ = bind(load(HEAD + fields, "jira.yaml"), schema or jira_schema(), PlainDialect())
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "system: jira\nfields: {subject: {field: summary, as: text}",
            ("jira.yaml:2:45: error: this is not YAML: while parsing a flow mapping, "
            "expected ',' or '}', but got '<stream end>'"),
        ),
        (
            "system: jira\nfields: a: b\n",
            ("jira.yaml:2:10: error: this is not YAML: mapping values are not allowed here; "
            "put the text before this colon in quotes"),
        ),
        ("- a\n", "jira.yaml:1:1: error: this file must hold `key: value` lines"),
        ("", "jira.yaml:1:1: error: this file must hold `key: value` lines"),
        ("fields: {}\n", "jira.yaml:1:1: error: `system` is missing here"),
        (
            HEAD + "  subject: {feild: summary, as: text}\n",
            "jira.yaml:3:3: error: `field` is missing here",
        ),
        (
            HEAD + "  subject: {field: summary, as: text, limt: 3}\n",
            "jira.yaml:3:39: error: unknown key `limt`; did you mean `limit`?",
        ),
        (
            HEAD + "  subject: {field: summary, as: txt}\n",
            ("jira.yaml:3:33: error: `txt` is not one of text, long, markdown, choice, labels, number, "
            "flag, instant, date, person, reference; did you mean `text`?"),
        ),
        (
            HEAD + "  subject: {field: summary}\n",
            "jira.yaml:3:3: error: `as` is missing here: say what kind of field this is",
        ),
        (
            HEAD + "  subject: {field: 12, as: text}\n",
            "jira.yaml:3:20: error: this must be text, not `12`; put it in quotes",
        ),
        (
            HEAD + "  subject: {field: summary, as: text, limit: many}\n",
            "jira.yaml:3:46: error: this must be a whole number, not `many`",
        ),
        (
            HEAD + "  subject: {field: summary, as: text, direction: bth}\n",
            "jira.yaml:3:50: error: `bth` is not one of both, read, write, create; did you mean `both`?",
        ),
        (
            HEAD + "  impact.blocked: {field: Blocked, as: flag, read: {Yes: true, No: false}}\n",
            'jira.yaml:3:53: error: YAML takes a bare `Yes` for a truth value; write it as "Yes"',
        ),
        (
            HEAD + "  on: {field: summary, as: text}\n",
            'jira.yaml:3:3: error: YAML takes a bare `on` for a truth value; write it as "on"',
        ),
        (
            "system: jira\ncreates: yes\nfields: {}\n",
            ("jira.yaml:2:10: error: YAML takes a bare `yes` for a truth value; write `true` if you "
            'mean that, or "yes" if you mean the word'),
        ),
        (
            HEAD + "  subject: {field: summary, as: text}\n  subject: {field: x, as: text}\n",
            "jira.yaml:4:3: error: `subject` stands here twice; the first is in line 3",
        ),
        (
            HEAD + "  impact.afected_users: {field: x, as: number}\n",
            ("jira.yaml:3:3: error: `impact.afected_users` is not a register; "
            "did you mean `impact.affected_users`?"),
        ),
        (
            HEAD + "  order_number: {field: x, as: text}\n",
            ("jira.yaml:3:3: error: `order_number` is not a register; "
            "a field of your own is called `custom.<name>`"),
        ),
        (
            HEAD + "  impact.blocked: {field: x, as: text}\n",
            "jira.yaml:3:30: error: `impact.blocked` is a flag; write `as: flag`, not `as: text`",
        ),
        (
            HEAD + "  score.priority: {field: x, as: number, direction: both}\n",
            ("jira.yaml:3:42: error: people do not edit `score.priority` in a field; write "
            "`direction: write` to show it here, or `direction: read` if this is where it comes from"),
        ),
        (
            HEAD + "  severity: {field: x, as: choice, many: sum}\n",
            "jira.yaml:3:36: error: `severity` is a choice; only numbers have a sum",
        ),
        (
            "system: jira\ncreate_when: ticket.needs_enginering || true\ncreates: true\nfields: {}\n",
            ("jira.yaml:2:14: error: `ticket.needs_enginering` is not a register; "
            "did you mean `ticket.needs_engineering`?"),
        ),
        (
            'system: jira\ncreate_when: "score.risk > 1"\ncreates: true\nfields: {}\n',
            "jira.yaml:2:15: error: `score.risk` is not a register; did you mean `score.escalation_risk`?",
        ),
        (
            "system: jira\ncreate_when: ticket.impact.blocked\nfields: {}\n",
            "jira.yaml:2:1: error: nothing is created here; add `creates: true`, or drop this line",
        ),
        (
            "system: jira\nfields: {}\nhandoff: {required: [severty]}\n",
            "jira.yaml:3:22: error: `severty` is not a register; did you mean `severity`?",
        ),
        (
            "system: jira\nfields: {}\ncontext: {rest: block}\n",
            "jira.yaml:3:11: error: `rest: block` needs a field; add `block: <field>`",
        ),
    ],
)
def test_what_is_wrong_with_a_file(text: str, said: str) -> None:
    """Each mistake is told where it stands, with what to write instead."""
    assert said in loaded(text)


CHOICE = HEAD + "  priority:\n    field: priority\n    as: choice\n"


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            ("    read: {Low: low, Mid: normal, High: high, Top: urgent}\n"
            "    write: {low: Low, normal: Mid, high: High, urgent: High}\n"),
            ("jira.yaml:7:48: error: `urgent` is written as `High`, which reads back as `high`; write "
            "another option, or list `urgent` under `lossy` if looking like `high` there is what you want"),
        ),
        (
            ("    read: {Low: low, Mid: normal, High: high}\n"
            "    write: {low: Low, normal: Mid, high: High, urgent: Top}\n"),
            "jira.yaml:7:48: error: `Top` is written but not read; add `Top: urgent` to `read`",
        ),
        (
            ("    read: {Low: low, Mid: normal, High: high, Top: urgent}\n"
            "    write: {low: Low, normal: Mid, high: High}\n"),
            "jira.yaml:7:5: error: `write` does not say what to show for every priority; add `urgent: …`",
        ),
        (
            "    read: {Low: low, Mid: normal, High: high, Top: urgnt}\n",
            "jira.yaml:6:47: error: `urgnt` is not a priority of the hub; did you mean `urgent`?",
        ),
        (
            "    read: {Low: low, Lowest: low, Mid: normal, High: high, Top: urgent}\n",
            ("jira.yaml:6:22: error: `Low` and `Lowest` both mean `low`; "
            "add a `write` table that says which one to use"),
        ),
        (
            "    read: {Low: low, Mid: normal, High: high, Top: urgent}\n    lossy: [low]\n",
            "jira.yaml:7:5: error: `low` is shown exactly; take it out of `lossy`",
        ),
    ],
)
def test_tables_that_do_not_agree(tables: str, said: str) -> None:
    """`read` and `write` of a choice keep the lens laws, or the file is refused."""
    assert said in loaded(CHOICE + tables)


def test_every_problem_is_told_at_once() -> None:
    """One reading of a file shows all that is wrong with it, in its order."""
    text = HEAD + "  subjekt: {field: a, as: text}\n  severity: {field: b, as: tex}\ncoments: {}\n"
    assert [line.split(": error")[0] for line in loaded(text)] == [
        "jira.yaml:3:3",
        "jira.yaml:4:28",
        "jira.yaml:5:1",
    ]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (
            "  impact.affected_users: {field: Afected users, as: number}\n",
            "jira.yaml:3:34: error: jira has no field `Afected users`; did you mean `Affected users`?",
        ),
        (
            "  subject: {field: summary, as: text, limit: 1000}\n",
            "jira.yaml:3:39: error: `Summary` keeps 255 characters; write `limit: 255`",
        ),
        (
            "  impact.affected_users: {field: Severity, as: number}\n",
            "jira.yaml:3:44: error: `Severity` is a choice field, which is not `number`; write `as: choice`",
        ),
        (
            "  severity: {field: Severity, as: choice, read: {S1: s1, S2: s2, S3: s3, S5: s4}}\n",
            "jira.yaml:3:74: error: `Severity` has no option `S5`; it has S1, S2, S3, S4",
        ),
        (
            "  severity: {field: Severity, as: choice, direction: read, read: {S1: s1, S2: s2}}\n",
            "jira.yaml:3:60: error: `Severity` has options that `read` does not know; add `S3: …`, `S4: …`",
        ),
        (
            "  priority: {field: priority, as: choice}\n",
            ("jira.yaml:3:14: error: add a `read` table: the hub knows no priority called Lowest, Medium, "
            "Highest"),
        ),
        (
            "  impact.workaround: {field: summary, as: text}\n  subject: {field: summary, as: text}\n",
            ("jira.yaml:4:3: error: `subject` and `impact.workaround` (line 3) both write `summary`; "
            "let one of them read only"),
        ),
        (
            "  impact.blocked: {field: Severity, as: flag}\n",
            "jira.yaml:3:20: error: `Severity` is a select; add `write: {true: <option>, false: <option>}`",
        ),
    ],
)
def test_what_the_system_says_to_it(field: str, said: str) -> None:
    """A name, an option, a type or a limit that the system does not have is told with its place."""
    assert said in bound(field)


def test_other_words_of_the_file_are_held_to_the_schema_too() -> None:
    """Scope, create, fill and context name fields and options that must exist."""
    text = (
        "transitions: {fill: {resolution: Fixed}}\nscope: {projct: SUP}\n"
        "create: {issuetype: Bgu}\ncreates: true\ncontext: {copy: Severity}\n"
    )
    with pytest.raises(FileRefused) as refused:
        _ = bind(load("system: jira\nfields: {}\n" + text, "jira.yaml"), jira_schema(), PlainDialect())
    assert [
        line for line in str(refused.value).splitlines() if "error" in line
    ] == [
        ("jira.yaml:3:34: error: `Resolution` has no option `Fixed`; it has Done, Won't Do, Duplicate, "
        "Cannot Reproduce"),
        "jira.yaml:4:9: error: jira has no field `projct`; did you mean `project`?",
        "jira.yaml:5:21: error: `Issue Type` has no option `Bgu`; did you mean `Bug`?",
        "jira.yaml:7:11: error: `Severity` is a choice field; a copy needs a property or long text",
    ]


def test_an_ambiguous_name_asks_for_the_id() -> None:
    """Two fields of one name cannot be told apart; the message lists their ids."""
    schema = jira_schema()
    twin = schema.fields["customfield_10030"]
    fields = {**schema.fields, "customfield_99": type(twin)("customfield_99", twin.name, "number")}
    assert bound(
        "  impact.affected_users: {field: Affected users, as: number}\n", Schema(JIRA, fields)
    ) == [
        ("jira.yaml:3:34: error: jira has 2 fields called `Affected users`; "
        "write `customfield_10030` or `customfield_99`")
    ]


def test_a_field_that_cannot_be_written() -> None:
    """A read-only field with a rule that writes is refused."""
    text = "system: zendesk\nfields:\n  description: {field: description, as: markdown}\n"
    with pytest.raises(FileRefused) as refused:
        _ = bind(load(text, "z.yaml"), zendesk_schema(), PlainDialect())
    assert str(refused.value) == (
        "z.yaml:3:17: error: `Description` cannot be written through the API; add `direction: read`"
    )


def test_a_status_of_another_project_is_only_a_warning() -> None:
    """A status list holds those of every workflow; what never comes here must not stop the hub."""
    text = HEAD + "  status: {field: status, as: choice, direction: read, read: {To Do: open}}\n"
    mapping = bind(load(text, "jira.yaml"), jira_schema(), PlainDialect())
    assert [str(w) for w in mapping.warnings] == [
        ("jira.yaml:3:56: warning: `Status` has options that `read` does not know; "
        "add `In Progress: …`, `In Review: …`, `Blocked: …`, `Done: …`")
    ]


def test_a_select_can_say_yes_and_no() -> None:
    """A flag may be a select on one side."""
    blocked = Field("f", "Blocked", "choice", (Option("1", "Yes"), Option("2", "No")))
    text = HEAD + '  impact.blocked: {field: Blocked, as: flag, write: {true: "Yes", false: "No"}}\n'
    rule = bind(load(text, "j.yaml"), Schema(JIRA, {"f": blocked}), PlainDialect()).rule("impact.blocked")
    assert rule is not None
    assert rule.lens.render(True, None) == "1"
    assert rule.lens.read({"id": "2", "value": "No"}) is False
    assert rule.lens.read(None) is False


def test_the_demo_mapping_in_the_words_of_the_api() -> None:
    """People write labels; the lenses speak the API's values, and read either."""
    jira, zendesk = demo_mapping("jira"), demo_mapping("zendesk")
    status, severity = jira.rule("status"), zendesk.rule("severity")
    assert status is not None
    assert severity is not None
    assert status.lens.render("hold", "2") == "4"
    assert status.lens.read({"id": "3", "name": "In Review"}) == "open"
    assert severity.lens.render("s1", None) == "sev_1"
    assert severity.order == ("s4", "s3", "s2", "s1")
    assert jira.fill == {"resolution": "Done"}
    assert jira.in_scope({"project": {"key": "SUP"}})
    assert not jira.in_scope({"project": "OPS"})
    assert jira.carries("public").read == "only_if_marked"
    assert not jira.carries("engineering").write
    assert not jira.carries_files("engineering").write


def test_a_condition_over_several_lines_is_told_where_it_begins() -> None:
    """Within a folded text no column can be told; its first line is."""
    text = "system: jira\ncreates: true\ncreate_when: >-\n  true ||\n  ticket.zzzzz\nfields: {}\n"
    assert loaded(text) == ["jira.yaml:3:14: error: `ticket.zzzzz` is not a register"]


@pytest.mark.parametrize(
    ("register", "value", "lost"),
    [
        ("subject", "short", ""),
        ("subject", "x" * 300, "cut"),
        ("status", "pending", "retyped"),
        ("status", "open", ""),
        ("impact.affected_users", "many", "unwritable"),
        ("account.name", ("Acme Ltd",), ""),
    ],
)
def test_a_rule_knows_what_its_field_loses(register: str, value: Value, lost: str) -> None:
    """What a reader of the field would miss of a value, for the loss ledger."""
    rule = demo_mapping("jira").rule(register)
    assert rule is not None
    assert rule.lost(value) == lost


def test_the_handoff_contract_names_what_is_missing() -> None:
    """A flag that says no has said something; an empty text has not."""
    handoff = demo_mapping("jira").handoff
    assert handoff is not None
    known = {"impact.affected_users": 0, "severity": "s1", "product_area": "api"}
    assert handoff.missing({**known, "impact.environment": ""}) == (
        "impact.environment",
        "impact.steps_to_reproduce",
    )


def test_the_schema_for_editors_is_current() -> None:
    """`mappings/schema.json` is what the models say now; write it anew with `rendered()`."""
    assert (MAPPINGS / "schema.json").read_text("utf-8") == rendered()


def test_the_schema_for_editors_accepts_the_demo_files() -> None:
    """What the loader takes, an editor does not underline."""
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    schema = json.loads(rendered())
    for name in ("zendesk", "jira", "salesforce", "accounts", "email"):
        jsonschema.validate(yaml.safe_load((MAPPINGS / f"{name}.yaml").read_text("utf-8")), schema)

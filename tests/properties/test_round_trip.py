"""
The context of a ticket goes Zendesk -> Jira -> Salesforce -> Zendesk, and comes back as it was typed.

First over the mapping files alone, each hop by its own lenses; then through the whole product.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.context import machine_copy, read_copy, rest
from hub.lens import write
from hub.lenses import Number
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule, bind, load
from hub.model import Ticket, TicketId, Value
from hub.registers import REGISTERS, is_context
from hub.schema import Field, Option
from tests.properties.sides import Salesforce
from tests.properties.typed import raws
from tests.world import World, writes
from tests.worlds import MAPPINGS, SCHEMAS, PlainDialect, demo_mapping

# by the mapping files alone -------------------------------------------------------------------

HERE = TicketId("zendesk:1")
WAY = ("jira", "salesforce")
BY_MAIL = {"channel", "language", "recipients", "followers"}
TYPED = tuple(n for n, register in REGISTERS.items() if register.group == "context" and n not in BY_MAIL)
"""What support types; of what an account is, and how a customer wrote, Zendesk is only told."""

_OWN = (
    ("custom.discount", Field("d1", "Discount", "number"), "number"),
    ("custom.on_call", Field("d2", "On call", "flag"), "flag"),
    ("custom.kick_off", Field("d3", "Kick-off", "date"), "date"),
    ("custom.outage_since", Field("d4", "Outage since", "instant"), "instant"),
    ("custom.modules", Field("d5", "Modules", "labels"), "labels"),
    ("custom.plan_b", Field("d6", "Plan B", "long", limit=65535), "long"),
    ("custom.sponsor", Field("d7", "Sponsor", "person"), "person"),
    ("custom.data_center", Field("d8", "Data center", "choice", options=(Option("dc_eu", "EU"),)), "choice"),
)
"""A custom register of every kind, which only Zendesk has fields for."""


def _with_own_fields() -> FieldMapping:
    lines = [f"  {register}: {{field: {field.name}, as: {as_}}}" for register, field, as_ in _OWN]
    text = (MAPPINGS / "zendesk.yaml").read_text("utf-8").replace("fields:\n", "\n".join(["fields:", *lines, ""]), 1)
    schema = SCHEMAS["zendesk"]
    more = {field.id: field for _, field, _ in _OWN}
    return bind(load(text, "mappings/zendesk.yaml"), replace(schema, fields={**schema.fields, **more}), PlainDialect())


def _typed_in(rule: Rule) -> st.SearchStrategy[Any]:
    """As a form sends it: whole numbers where the field keeps such, and no blanks around a text."""
    if isinstance(rule.lens, Number) and rule.lens.decimals == 0:
        return st.one_of(st.none(), st.integers(0, 10**9))
    return raws(rule).map(lambda raw: raw.strip() or None if isinstance(raw, str) else raw)


ZENDESK = _with_own_fields()
CONTEXT = tuple(rule for rule in ZENDESK.rules if is_context(rule.register) and rule.reads and rule.writes)
ANYTHING = st.fixed_dictionaries({rule.register: _typed_in(rule) for rule in CONTEXT})
MAPS = {system: demo_mapping(system) for system in WAY}


def shown_by(mapping: FieldMapping, ticket: Ticket) -> Ticket:
    """Return what a reader makes of a fresh replica of this ticket: its fields, else the machine copy."""
    copied = mapping.rule("context.copy")
    assert copied is not None
    kept = copied.lens.read(write(copied.lens, machine_copy([ticket]), None))
    seen: dict[str, Value] = dict(read_copy(str(kept)).get(ticket.id, {}))
    for rule in mapping.rules:
        value = ticket.get(rule.register)
        if is_context(rule.register) and rule.reads and rule.writes and value is not None:
            seen[rule.register] = rule.lens.read(write(rule.lens, value, None))
    return replace(ticket, registers=seen)


def test_support_can_type_all_of_it() -> None:
    """Every context register has a field in Zendesk that takes edits, so nothing below is left out."""
    assert {rule.register for rule in CONTEXT} >= set(TYPED)
    assert {rule.register for rule in CONTEXT} >= {register for register, _, _ in _OWN}


@settings(max_examples=60)
@given(typed=ANYTHING)
def test_what_was_typed_comes_back(typed: Mapping[str, Any]) -> None:
    """Hop by hop, no register changes its value, and Zendesk is asked for nothing at the end."""
    begun = Ticket(HERE, {rule.register: rule.lens.read(typed[rule.register]) for rule in CONTEXT})
    ticket = begun
    for system in WAY:
        ticket = shown_by(MAPS[system], ticket)
    for rule in CONTEXT:
        value, raw = ticket.get(rule.register), typed[rule.register]
        assert value == begun.get(rule.register) or (not value and not begun.get(rule.register))
        assert write(rule.lens, value, raw) == raw


@pytest.mark.parametrize("system", WAY)
@settings(max_examples=60)
@given(typed=ANYTHING)
def test_people_see_what_has_no_field(system: str, typed: Mapping[str, Any]) -> None:
    """What a side has no field for stands in its block, but for the wish that made the replica."""
    ticket = Ticket(HERE, {rule.register: rule.lens.read(typed[rule.register]) for rule in CONTEXT})
    mapping = MAPS[system]
    native = {rule.register for rule in mapping.rules if rule.writes}
    held = {name for name, value in ticket.registers.items() if value not in (None, "", ())}
    assert held - native - {"needs_engineering"} <= set(rest([ticket], mapping))


# through the whole product --------------------------------------------------------------------

FIELDS: Mapping[str, tuple[str, str]] = {
    "impact.affected_users": ("Affected users", "Affected_Users__c"),
    "impact.blocked": ("Customer blocked", "Customer_Blocked__c"),
    "impact.workaround": ("Workaround", "Workaround__c"),
    "impact.environment": ("Environment", "Environment__c"),
    "impact.business_impact": ("Business impact", "Business_Impact__c"),
    "impact.revenue_at_risk": ("Revenue at risk", "Revenue_at_Risk__c"),
    "impact.promised_to_customer": ("Promised to customer", "Promised_to_Customer__c"),
    "impact.steps_to_reproduce": ("Steps to reproduce", "Steps_to_Reproduce__c"),
    "product_area": ("Product area", "Product_Area__c"),
    "severity": ("Severity", "Severity__c"),
    "components": ("Components", "Components__c"),
    "needs_engineering": ("Needs engineering", "Needs_Engineering__c"),
    "go_live_date": ("Go-live date", "Go_Live_Date__c"),
    "custom.order_reference": ("Order reference", ""),
}
"""Each context register's field in Zendesk, and on the Case if it has one there."""
PROSE = (
    "impact.workaround", "impact.business_impact", "impact.promised_to_customer", "impact.steps_to_reproduce",
)  # fmt: skip
RICH = (
    "Grüße aus 東京 🙂👩‍👩‍👧 — “quotes”, 'single', \\backslash",
    "مرحبا بالعالم\nשלום עולם \u202eabc\u202c end",
    "first line\r\n\r\n  - indented\r\n\tTabbed\r\nlast",
    "**not bold** _nor this_ # no heading\n> no quote\n1. one\n2. two\n`code` ~~gone~~ [a](http://b) <b>&amp;</b>",
    "SELECT Id FROM Case WHERE Name = 'O\\'Neil' -- \"x\"\n```\nfence\n```\n---\n| a | b |",
    "e\u0301 and é, ﬁ and fi, non\u00a0breaking, zero\u200bwidth",
    "=1+1\n+49 30 1\n-1\n@user",
)
LINES = (
    "prod, eu-west-1", "Ünïcode 🙂 “quoted” 'single' \\ / * _ # < > & ;", "العربية 123 עברית", "a  b   c", "`x` **y** [z](w)",
)
SHORT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60)
LONG = st.tuples(st.sampled_from(["x", "word ", "🙂", "東", "line\r\n", "a*b_c "]), st.integers(300, 65_000)).map(
    lambda drawn: (drawn[0] * 65_535)[: drawn[1] // (2 if drawn[0] == "🙂" else 1)]
)


def _typable(text: str) -> str:
    """As Zendesk's form sends it: nothing but blanks is nothing."""
    return text.strip() and text


_PROSE = st.sampled_from(RICH) | SHORT.map(_typable)
CONTEXTS = st.fixed_dictionaries({
    "impact.affected_users": st.integers(1, 999_999_999),
    "impact.blocked": st.booleans(),
    **{name: _PROSE for name in PROSE if name != "impact.steps_to_reproduce"},
    # what engineering asks for is there, so that there is an issue
    "impact.steps_to_reproduce": st.sampled_from(RICH) | SHORT.map(lambda text: f"1. {text}"),
    "impact.environment": st.sampled_from(LINES) | SHORT.map(lambda text: f"on {text}"),
    "impact.revenue_at_risk": st.integers(0, 10**12).map(lambda cents: cents / 100),
    "product_area": st.sampled_from(["Checkout", "Billing", "API", "Mobile app", "Reporting"]),
    "severity": st.sampled_from(["S1 - Down", "S2 - Degraded", "S3 - Minor", "S4 - Question"]),
    "components": st.sets(st.sampled_from(["Web", "Backend", "Mobile", "Data"])).map(sorted),
    "needs_engineering": st.just(value=True),
    "go_live_date": st.dates().map(str).filter(lambda day: day >= "1900"),
    "custom.order_reference": st.from_regex(r"[A-Z]{2}-[0-9]{1,6}", fullmatch=True),
})


@contextmanager
def worlds() -> Generator[World]:
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    world = World(folder, crm=True)
    try:
        yield world
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def in_zendesk(world: World, ticket: int) -> dict[str, Any]:
    shown = world.zendesk.person("show", ticket=ticket)["fields"]
    return {register: shown.get(title) for register, (title, _) in FIELDS.items()}


def begin(world: World, context: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Type it all into a ticket, let the hub carry it, and return what Zendesk showed before that."""
    typed = {FIELDS[register][0]: value for register, value in context.items()}
    ticket = int(world.zendesk.person("create", subject="Round trip", body="It goes round.", **typed)["ticket"])
    before = in_zendesk(world, ticket)
    settle(world)
    return ticket, before


def settle(world: World) -> None:
    runs = world.settle(10)
    for run in runs:
        assert run.state == "clean", run.summary
    assert writes(runs[-1]) == 0, "it comes to rest"
    assert world.store.parked() == []
    assert world.store.conflicts(only_open=False) == []


def as_held(text: Any) -> str:
    """Without the blanks around it, which Salesforce does not keep."""
    return str(text or "").replace("\r\n", "\n").strip()


def cut_of(world: World, system: str) -> set[str]:
    return {loss.register for loss in world.store.losses() if loss.system == system and loss.what == "cut"}


@settings(max_examples=12)
@given(context=CONTEXTS, data=st.data())
def test_it_comes_back_through_the_whole_product(context: Mapping[str, Any], data: st.DataObject) -> None:
    """Rich words, numbers, dates and labels are on all three sides, and one edit on the Case moves only itself."""
    with worlds() as world:
        ticket, before = begin(world, context)
        people = Salesforce(world)
        [case] = people.cases()
        shown = people.see(case)
        held = world.store.load([TicketId(f"zendesk:{ticket}")])[TicketId(f"zendesk:{ticket}")].ticket
        for register, (_, field) in FIELDS.items():
            if field and register in (*PROSE, "impact.environment"):
                assert as_held(shown[field]) == as_held(before[register]) == as_held(held.get(register))
        assert shown["Affected_Users__c"] == context["impact.affected_users"]
        assert shown["Revenue_at_Risk__c"] == pytest.approx(context["impact.revenue_at_risk"], abs=0)
        assert bool(shown["Customer_Blocked__c"]) is context["impact.blocked"]
        assert shown["Go_Live_Date__c"] == context["go_live_date"]
        assert shown["Severity__c"] == context["severity"][:2]
        assert set(filter(None, (shown["Components__c"] or "").split(";"))) == set(context["components"])
        [issue] = world.jira.state.issues.values()
        own = {name: value for name, value in held.registers.items() if is_context(name) and value is not None}
        for text in (issue.properties["support-hub"], json.loads(shown["Hub_Copy__c"])):
            [copied] = read_copy(text).values()
            assert {name: copied[name] for name in own} == own
        assert cut_of(world, "salesforce") == set()
        assert in_zendesk(world, ticket) == before

        register, value, wanted = data.draw(st.sampled_from(EDITS))
        assert people.set(case, **{FIELDS[register][1]: value})
        settle(world)
        after = in_zendesk(world, ticket)
        assert {n: v for n, v in after.items() if n != register} == {n: v for n, v in before.items() if n != register}
        assert _same(after[register], wanted), (after[register], wanted)


EDITS: tuple[tuple[str, Any, Any], ...] = (
    ("impact.business_impact", "They leave\r\non *Monday*", "They leave\non *Monday*"),
    ("impact.environment", "staging only", "staging only"),
    ("impact.affected_users", 1_000_000, 1_000_000),
    ("impact.revenue_at_risk", 12.5, 12.5),
    ("impact.blocked", False, False),
    ("impact.steps_to_reproduce", "1. `once`\r\n2. <twice> & _again_", "1. `once`\n2. <twice> & _again_"),
    ("impact.workaround", None, ""),
    ("severity", "S4", "sev_4"),
    ("product_area", "Reporting", "product_reporting"),
    ("components", "Data;Web", ["comp_data", "comp_web"]),
    ("go_live_date", "2031-12-24", "2031-12-24"),
)
"""What a rep types on the Case, and what Zendesk shows then."""


RICHEST: Mapping[str, Any] = {
    "impact.affected_users": 3, "impact.blocked": True, "impact.workaround": RICH[2],
    "impact.environment": LINES[1], "impact.business_impact": RICH[1], "impact.revenue_at_risk": 1234.56,
    "impact.promised_to_customer": RICH[3], "impact.steps_to_reproduce": RICH[4], "product_area": "API",
    "severity": "S1 - Down", "components": ["Backend"], "needs_engineering": True, "go_live_date": "2030-01-31",
    "custom.order_reference": "DE-4711",
}  # fmt: skip


def test_each_edit_on_the_case_moves_only_itself() -> None:
    """One after the other, over all kinds of fields: what nobody touched stays to the letter."""
    with worlds() as world:
        ticket, expected = begin(world, RICHEST)
        people = Salesforce(world)
        [case] = people.cases()
        for register, value, wanted in EDITS:
            assert people.set(case, **{FIELDS[register][1]: value})
            settle(world)
            now = in_zendesk(world, ticket)
            assert _same(now[register], wanted), (now[register], wanted)
            expected[register] = now[register]
            assert now == expected, register


def _same(shown: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(shown) is wanted
    if isinstance(wanted, int | float):
        return float(shown) == wanted
    return sorted(shown) == wanted if isinstance(wanted, list) else as_held(shown) == wanted


@settings(max_examples=6)
@example(long="東" * 12_000, where="impact.workaround")
@example(long="x" * 40_000, where="impact.business_impact")
@given(long=LONG, where=st.sampled_from(PROSE))
def test_long_texts_are_cut_where_they_must_and_come_back_whole(long: str, where: str) -> None:
    """Whatever a side has no room for stands in the loss ledger, and the cut never travels back."""
    context = {
        "impact.affected_users": 3, "impact.environment": "production", "impact.steps_to_reproduce": "1. click",
        "severity": "S2 - Degraded", "product_area": "API", "needs_engineering": True, where: long,
    }  # fmt: skip
    with worlds() as world:
        ticket, before = begin(world, context)
        people = Salesforce(world)
        [case] = people.cases()
        [issue] = world.jira.state.issues.values()
        shown = as_held(people.see(case)[FIELDS[where][1]])
        whole = as_held(before[where])
        assert as_held(world.store.load([TicketId(f"zendesk:{ticket}")])[TicketId(f"zendesk:{ticket}")].ticket.get(where)) == whole
        assert (shown != whole) == (where in cut_of(world, "salesforce"))
        assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1].rstrip()))
        for system, text in (("jira", issue.properties["support-hub"]), ("salesforce", people.see(case)["Hub_Copy__c"])):
            [copied] = read_copy(text).values()
            assert (copied[where] != whole) == ("context.copy" in cut_of(world, system))
        assert people.set(case, Business_Impact__c="One more", Affected_Users__c=4) or where == "impact.business_impact"
        settle(world)
        after = in_zendesk(world, ticket)
        assert after["impact.affected_users"] in ("4", 4)
        if where != "impact.business_impact":
            assert after[where] == before[where]


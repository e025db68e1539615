"""Random conditions over random Cases: the engine, with its indexes, agrees with a plain reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.salesforce.org import Org, Row
from sandbox.salesforce.soql_run import parse, run

NOW = 1_790_000_000
Truth = Callable[[Row], bool]
Made = tuple[str, Truth]

WORDS = ["alpha", "Alpha", "beta gamma", "100% sure", "o'clock", "under_score", "back\\slash", "", None]
NUMBERS = [None, -1, 0, 1, 2.5, 7]
DAYS = [None, "2026-09-20", "2026-09-21", "2026-09-22", "2027-12-24"]  # the second is today
RELATIVE = {
    "TODAY": ("2026-09-21", "2026-09-22"),
    "YESTERDAY": ("2026-09-20", "2026-09-21"),
    "LAST_N_DAYS:1": ("2026-09-20", "2026-09-22"),
    "THIS_MONTH": ("2026-09-01", "2026-10-01"),
    "NEXT_YEAR": ("2027-01-01", "2028-01-01"),
}
STAMPS = [NOW, NOW + 1, NOW + 2, NOW + 3]
PARTS = ["Web", "Backend", "Mobile", "Data"]
PRIORITIES = ["High", "Medium", "Low", None]


def world(seed: int) -> Org:
    """Return an org with a few Accounts and up to 25 Cases, the same for the same seed."""
    dice = Random(seed)
    org = Org(Clock(NOW))
    accounts = [org.add("Account", {"Name": name}, org.admin_id)["Id"] for name in ("Acme", "beta", "Zoo")]
    for number in range(dice.randrange(26)):
        values = {
            "Subject": dice.choice(WORDS),
            "Affected_Users__c": dice.choice(NUMBERS),
            "Go_Live_Date__c": dice.choice(DAYS),
            "Priority": dice.choice(PRIORITIES),
            "Customer_Blocked__c": dice.random() < 0.5,
            "AccountId": dice.choice([None, *accounts]),
            "Components__c": ";".join(dice.sample(PARTS, dice.randrange(4))) or None,
            "Support_Hub_Key__c": dice.choice([None, f"Z:{number}"]),
            "IsDeleted": dice.random() < 0.2,
        }
        org.add("Case", values, org.admin_id, at=dice.choice(STAMPS))
    return org


worlds = st.integers(0, 10_000).map(world)


def quoted(text: str, *, like: bool = False) -> str:
    """Return a literal with everything escaped that must be."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    if like:
        escaped = escaped.replace("%", "\\%").replace("_", "\\_")
    return f"'{escaped}'"


def shown(value: Any) -> str:
    """Return a value as a literal."""
    if value is None:
        return "null"
    return quoted(value) if isinstance(value, str) else str(value)


def folded(value: Any) -> Any:
    """Return text as it is compared: without case, and empty as null."""
    return (value.lower() or None) if isinstance(value, str) else value


def holds(op: str, left: Any, right: Any) -> bool:
    """Return whether a comparison holds: null is equal to null, and on no side of anything."""
    if op == "=":
        return left == right
    if op == "!=":
        return left != right
    if left is None or right is None:
        return False
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


OPS = ["=", "!=", "<", "<=", ">", ">="]


def compared(field: str, op: str, value: Any, show: Callable[[Any], str] = shown) -> Made:
    """Return a condition on a field against a value."""
    return f"{field} {op} {show(value)}", lambda row: holds(op, folded(row.get(field)), folded(value))


@st.composite
def listed(draw: st.DrawFn, field: str, values: list[Any]) -> Made:
    """Return IN or NOT IN."""
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
    op = draw(st.sampled_from(["IN", "NOT IN"]))
    text = f"{field} {op} ({', '.join(shown(it) for it in chosen)})"
    among = [folded(it) for it in chosen]
    return text, lambda row: (folded(row.get(field)) in among) == (op == "IN")


@st.composite
def like(draw: st.DrawFn) -> Made:
    """Return a LIKE: a text with one of its characters, or what follows, made a wildcard."""
    piece = draw(st.sampled_from([it for it in WORDS if it]))
    cut = draw(st.integers(0, len(piece) - 1))
    wild, rest = draw(
        st.sampled_from([("_", piece[cut + 1 :]), ("%", piece[cut + 1 :]), ("%", ""), ("", piece[cut:])])
    )
    text = f"Subject LIKE '{quoted(piece[:cut], like=True)[1:-1]}{wild}{quoted(rest, like=True)[1:-1]}'"
    pattern = re.escape(piece[:cut]) + {"": "", "%": ".*", "_": "."}[wild] + re.escape(rest)
    flags = re.IGNORECASE | re.DOTALL
    return text, lambda row: re.fullmatch(pattern, row.get("Subject") or "", flags) is not None


def relative(op: str, name: str) -> Made:
    """Return a condition on a date against a stretch of days."""
    first, end = RELATIVE[name]

    def truth(row: Row) -> bool:
        value = row.get("Go_Live_Date__c")
        if value is None:
            return op == "!="
        within = first <= value < end
        return {
            "=": within, "!=": not within, "<": value < first, "<=": value < end, ">": value >= end,
            ">=": value >= first,
        }[op]  # fmt: skip

    return f"Go_Live_Date__c {op} {name}", truth


@st.composite
def includes(draw: st.DrawFn) -> Made:
    """Return INCLUDES or EXCLUDES; values joined by `;` must all be there."""
    sets = draw(st.lists(st.lists(st.sampled_from(PARTS), min_size=1, unique=True), min_size=1, max_size=2))
    op = draw(st.sampled_from(["INCLUDES", "EXCLUDES"]))
    text = f"Components__c {op} ({', '.join(quoted(';'.join(it)) for it in sets)})"

    def truth(row: Row) -> bool:
        chosen = set((row.get("Components__c") or "").split(";"))
        return any(set(it) <= chosen for it in sets) == (op == "INCLUDES")

    return text, truth


def moment(value: int) -> str:
    """Return epoch seconds as a literal."""
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def comparisons(org: Org) -> list[Made]:
    """Return every comparison of a field of each kind with every value of it."""
    accounts = list(org.rows["Account"].values())
    names = {row["Id"]: row["Name"].lower() for row in accounts}
    ids: list[Any] = [None, *names]
    cases = [*org.rows["Case"], "500000000000000AAA"]

    def by_parent(op: str, name: str) -> Made:
        text = f"Account.Name {op} '{name}'"
        return text, lambda row: holds(op, names.get(row.get("AccountId") or ""), name.lower())

    kinds: list[tuple[str, list[Any], Callable[[Any], str]]] = [
        ("Subject", WORDS, shown),
        ("Affected_Users__c", NUMBERS, shown),
        ("Go_Live_Date__c", DAYS, lambda it: it or "null"),
        ("SystemModstamp", STAMPS, moment),
        ("Priority", PRIORITIES, shown),
        ("Id", cases, shown),
        ("AccountId", ids, shown),
    ]
    found = [compared(field, op, it, show) for field, values, show in kinds for op in OPS for it in values]
    found += [(f"Customer_Blocked__c = {it}", _is(it)) for it in (True, False)]
    found += [(f"Support_Hub_Key__c = '{it}'", _keyed(it)) for it in ("Z:1", "z:2", "Z:3", "Z:4")]
    found += [by_parent(op, name) for op in OPS for name in ("acme", "BETA", "Nobody")]
    return found + [relative(op, name) for op in OPS for name in RELATIVE]


def _is(wanted: bool) -> Truth:
    return lambda row: row["Customer_Blocked__c"] is wanted


def _keyed(key: str) -> Truth:
    return lambda row: row.get("Support_Hub_Key__c") == key


def conditions(org: Org) -> st.SearchStrategy[Made]:
    """Return random trees of conditions."""
    leaves = st.one_of(
        st.sampled_from(comparisons(org)),
        listed("Priority", PRIORITIES),
        listed("AccountId", [None, *org.rows["Account"]]),
        listed("Id", [*org.rows["Case"], "500000000000000AAA"]),
        like(),
        includes(),
    )
    return st.booleans().flatmap(
        lambda plain: leaves if plain else st.recursive(leaves, _joined, max_leaves=6)
    )


def _joined(inner: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    def join(word: str, parts: list[Made]) -> Made:
        text = f" {word} ".join(f"({text})" for text, _ in parts)
        rule = all if word == "AND" else any
        return text, lambda row: rule(truth(row) for _, truth in parts)

    def negated(made: Made) -> Made:
        return f"NOT ({made[0]})", lambda row: not made[1](row)

    joined = st.builds(join, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3))
    return joined | inner.map(negated)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("deleted", [False, True])
def test_every_comparison_means_what_it_says(seed: int, deleted: bool) -> None:
    """Each operator on each kind of field, with each value, alone and negated."""
    org = world(seed)
    for text, truth in comparisons(org):
        agrees(org, text, truth, deleted=deleted)
        agrees(org, f"NOT ({text})", lambda row, truth=truth: not truth(row), deleted=deleted)


def agrees(org: Org, text: str, truth: Truth, *, deleted: bool) -> None:
    """Check that the engine finds what the plain reading finds."""
    query = parse(f"SELECT Id FROM Case WHERE {text}")
    found = run(org, query, org.admin_id, include_deleted=deleted).ids
    rows = org.rows["Case"].items()
    assert sorted(found) == [key for key, row in rows if truth(row) and (deleted or not row["IsDeleted"])], (
        text
    )
    assert len(found) == len(set(found))


@settings(max_examples=30, deadline=None)
@given(data=st.data(), org=worlds, deleted=st.booleans())
def test_any_condition_means_what_it_says(data: st.DataObject, org: Org, deleted: bool) -> None:
    """Whatever the tree, and whether an index serves it, the same records are found."""
    for text, truth in data.draw(st.lists(conditions(org), min_size=4, max_size=10)):
        agrees(org, text, truth, deleted=deleted)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), org=worlds)
def test_keyset_paging_sees_every_record_once(data: st.DataObject, org: Org) -> None:
    """Reading on from the last `(SystemModstamp, Id)`, page by page, is reading everything."""
    size = data.draw(st.integers(1, 7))
    seen: list[str] = []
    where = ""
    while True:
        text = f"SELECT Id, SystemModstamp FROM Case {where} ORDER BY SystemModstamp, Id LIMIT {size}"
        ids = run(org, parse(text), org.admin_id, include_deleted=True).ids
        seen += ids
        if len(ids) < size:
            break
        stamp = moment(org.rows["Case"][ids[-1]]["SystemModstamp"])
        where = f"WHERE SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{ids[-1]}')"
    rows = org.rows["Case"]
    assert seen == sorted(rows, key=lambda it: (rows[it]["SystemModstamp"], it))


@settings(max_examples=25, deadline=None)
@given(data=st.data(), org=worlds)
def test_indexes_follow_every_change(data: st.DataObject, org: Org) -> None:
    """Records changed in place, moved to another Account, stamped anew or removed are found where they are."""
    accounts = list(org.rows["Account"])
    for key in list(org.rows["Case"]):
        row = org.rows["Case"][key]
        what = data.draw(st.sampled_from(["leave", "move", "stamp", "remove", "key"]))
        if what == "move":
            row["AccountId"] = data.draw(st.sampled_from([None, *accounts]))
            org.put("Case", row)
        elif what == "stamp":
            org.touch("Case", row, org.admin_id, at=data.draw(st.sampled_from(STAMPS)))
        elif what == "key":
            org.put("Case", {**row, "Support_Hub_Key__c": f"n:{key}"})
        elif what == "remove":
            org.remove("Case", key)
    for account in accounts:
        result = run(
            org,
            parse(f"SELECT Id FROM Case WHERE AccountId = '{account}'"),
            org.admin_id,
            include_deleted=True,
        )
        assert result.ids == sorted(k for k, row in org.rows["Case"].items() if row["AccountId"] == account)
    order = [(row["SystemModstamp"], key) for key, row in org.rows["Case"].items()]
    assert org.tables["Case"].by_stamp() == sorted(order)

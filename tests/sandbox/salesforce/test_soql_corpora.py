"""Queries that others collected: the parser reads what is SOQL, and refuses what is not."""

from __future__ import annotations

import json
import os
from pathlib import Path as File
from typing import Any

import pytest

from sandbox.salesforce.soql_ast import Call, Path, Query, TypeOf
from sandbox.salesforce.soql_errors import Malformed
from sandbox.salesforce.soql_parser import parse

ROOT = File(os.environ.get("SHARED_DATA") or File(__file__).parents[4] / "shared" / "data")
CORPUS = ROOT / "salesforce" / "soql-parser-js"
WHY = f"the query corpora are not at {CORPUS}; set SHARED_DATA to the folder that holds salesforce/"


def _read(name: str) -> list[dict[str, Any]]:
    file = CORPUS / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


PARSED, JUDGED = _read("parse.json"), _read("is_valid.json")
# Waived, and no others: `:name` binds a variable of Apex, which a query over REST cannot have. The
# corpus reads them (or wants them read when its option `allowApexBindVariables` is set); the vendor's
# REST API refuses them, and so does the parser.
BINDS = {62, 112, 113, 114, 115, 116, 117}

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=WHY)


@pytest.mark.parametrize("case", PARSED, ids=[f"{at}" for at in range(len(PARSED))])
def test_a_collected_query_is_read(case: dict[str, Any]) -> None:
    """Every query is read as its collectors read it; those with Apex variables are refused."""
    if case["testCase"] in BINDS:
        with pytest.raises(Malformed, match="Bind variables only allowed in Apex code"):
            parse(case["soql"])
        return
    query, wanted = parse(case["soql"]), case["output"]
    assert query.source.parts[-1] == wanted["sObject"]
    assert _fields(query) == [_wanted(it) for it in wanted.get("fields", [])]
    assert query.limit == wanted.get("limit")
    assert (query.offset or None) == wanted.get("offset")
    assert (query.where is not None) == ("where" in wanted)
    assert (query.having is not None) == ("having" in wanted)
    assert len(query.order) == len(_listed(wanted.get("orderBy")))
    assert len(query.group) == _grouped(wanted)
    assert (query.scope or "").lower() == wanted.get("usingScope", "").lower()


@pytest.mark.parametrize("case", JUDGED, ids=[f"{at}" for at in range(len(JUDGED))])
def test_a_collected_query_is_judged(case: dict[str, Any]) -> None:
    """What the collectors call valid is read, the rest is refused; Apex variables always are."""
    apex = bool(case.get("options", {}).get("allowApexBindVariables"))
    if case["isValid"] and not apex:
        assert isinstance(parse(case["soql"]), Query)
    else:
        with pytest.raises(Malformed):
            parse(case["soql"])


def test_the_corpora_are_whole() -> None:
    """Neither corpus came out empty, and no more is waived than was said."""
    assert len(PARSED) > 140 and len(JUDGED) > 160
    assert sum(case["testCase"] in BINDS for case in PARSED) == len(BINDS)


def _fields(query: Query) -> list[str]:
    found = []
    for item in query.items:
        what = item.what
        if isinstance(what, Path):
            found.append(what.parts[-1].lower())
        elif isinstance(what, Call):
            found.append(what.name.lower())
        else:
            found.append("typeof" if isinstance(what, TypeOf) else "subquery")
    return found


def _wanted(field: dict[str, Any]) -> str:
    kind = field["type"]
    if kind == "FieldTypeof":
        return "typeof"
    if kind == "FieldSubquery":
        return "subquery"
    name = field["functionName"] if kind == "FieldFunctionExpression" else field["field"]
    return name.lower()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _grouped(wanted: dict[str, Any]) -> int:
    count = 0
    for term in _listed(wanted.get("groupBy")):
        function = term.get("fn", {})
        rolled = function.get("functionName", "").upper() in {"ROLLUP", "CUBE"}
        count += len(function["parameters"]) if rolled else 1
    return count

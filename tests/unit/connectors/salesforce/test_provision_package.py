"""The Salesforce package is complete, consistent and harmless, as far as its files alone can show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from connectors.salesforce.packaged import BASICS, CORE, PackagedField, fields, permission_sets

PACKAGE = Path(str(resources.files("connectors.salesforce") / "package"))
NS = "{http://soap.sforce.com/2006/04/metadata}"
MAPPINGS = Path(__file__).parents[4] / "mappings"

TEXTS = {"Score_Label__c": 16, "SLA_State__c": 16, "Support_Hub_Key__c": 64}
CASE: dict[str, tuple[Any, ...]] = {
    "Support_Priority__c": ("Picklist", "low", "normal", "high", "urgent"),
    "Support_Status__c": ("Picklist", "new", "open", "pending", "hold", "solved", "closed"),
    "Affected_Users__c": ("Number", 9, 0),
    "Customer_Blocked__c": ("Checkbox",),
    "Workaround__c": ("LongTextArea", 32768),
    "Environment__c": ("LongTextArea", 32768),
    "Business_Impact__c": ("LongTextArea", 32768),
    "Revenue_at_Risk__c": ("Number", 16, 2),
    "Promised_to_Customer__c": ("LongTextArea", 32768),
    "Steps_to_Reproduce__c": ("LongTextArea", 32768),
    "Product_Area__c": ("Picklist", "Checkout", "Billing", "API", "Mobile app", "Reporting"),
    "Severity__c": ("Picklist", "S1", "S2", "S3", "S4"),
    "Components__c": ("MultiselectPicklist", "Web", "Backend", "Mobile", "Data"),
    "Needs_Engineering__c": ("Checkbox",),
    "Go_Live_Date__c": ("Date",),
    "Tags__c": ("LongTextArea", 32768),
    "SLA_Pinned_To__c": ("DateTime",),
    "Risk_Accepted__c": ("Checkbox",),
    "Risk_Dismissed__c": ("Checkbox",),
    "Risk_Snoozed_Until__c": ("Date",),
    "Verdict_Reason__c": ("Text", 255),
    "Wrong_Signals__c": ("MultiselectPicklist", "frustration", "urgency", "churn", "escalation_request", "production_down", "follow_up", "confusion", "gratitude", "closure"),
    "Support_Hub_Key__c": ("Text", 64),
    "Support_Score__c": ("Number", 3, 0),
    "Score_Label__c": ("Text", 16),
    "Escalation_Risk__c": ("Number", 3, 2),
    "Score_Reasons__c": ("LongTextArea", 32768),
    "Attention__c": ("Number", 3, 0),
    "Risk_Told__c": ("Text", 255),
    "Risk_Reasons__c": ("LongTextArea", 32768),
    "Customer_SLA_Due__c": ("DateTime",),
    "Customer_SLA__c": ("Text", 16),
    "Engineering_OLA_Due__c": ("DateTime",),
    "Engineering_OLA__c": ("Text", 16),
    "SLA_Why__c": ("LongTextArea", 32768),
    "Customer_Tone__c": ("Text", 16),
    "Tone_Trend__c": ("Text", 16),
    "Signals__c": ("Text", 255),
    "Hand_off_Brief__c": ("LongTextArea", 32768),
    "Suggestions__c": ("LongTextArea", 32768),
    "Same_Problem__c": ("LongTextArea", 32768),
    "Engineering_Issues__c": ("Text", 255),
    "Engineering_Status__c": ("Text", 255),
    "Engineer__c": ("Text", 255),
    "Fix_Version__c": ("Text", 255),
    "SLA_Due__c": ("DateTime",),
    "SLA_State__c": ("Text", 16),
    "Last_Contact__c": ("DateTime",),
    "Fixed_Not_Told__c": ("Checkbox",),
    "Hand_off__c": ("Text", 255),
    "Helpdesk_Ticket__c": ("Url",),
    "Support_Context__c": ("LongTextArea", 131072),
    "Hub_Copy__c": ("LongTextArea", 131072),
}
ACCOUNT: dict[str, tuple[Any, ...]] = {
    "Open_Tickets__c": ("Number", 6, 0),
    "Worst_Escalation_Risk__c": ("Number", 3, 2),
    "Worst_Ticket__c": ("Text", 255),
    "Sentiment_Trend__c": ("Text", 16),
    "Last_Contact__c": ("DateTime",),
    "Engineering_Status__c": ("Text", 255),
    "Fix_Version__c": ("Text", 255),
    "SLA_State__c": ("Text", 16),
    "Fixed_Not_Told__c": ("Number", 6, 0),
    "Support_Summary__c": ("LongTextArea", 32768),
    "Support_Health__c": ("Number", 3, 0),
    "Support_Attention__c": ("Number", 3, 0),
}
ACCOUNT_BASICS: dict[str, tuple[Any, ...]] = {
    "Tier__c": ("Picklist", "enterprise", "business", "starter"),
    "ARR__c": ("Currency", 16, 2),
    "Renewal_Date__c": ("Date",),
    "Health__c": ("Picklist", "green", "yellow", "red"),
    "Segment__c": ("Text", 80),
    "Region__c": ("Text", 80),
    "CSM__c": ("Lookup",),
    "Domains__c": ("Text", 255),
}
WRITTEN_BY_PEOPLE = [*list(CASE)[2:15], *list(CASE)[16:22]]
"""The rest is the hub's."""


def _files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.xml"))


def _root(file: Path) -> ET.Element:
    return ET.parse(file).getroot()


def _texts(root: ET.Element, tag: str) -> list[str]:
    return [it.text or "" for it in root.iter(f"{NS}{tag}")]


def _text(root: ET.Element, tag: str) -> str:
    return root.findtext(f"{NS}{tag}") or ""


def _shape(field: PackagedField) -> tuple[Any, ...]:
    it = field.metadata
    if field.values:
        return (field.type, *field.values)
    size = [it["length"]] if "length" in it else [it["precision"], it["scale"]] if "precision" in it else []
    return (field.type, *size)


def _members(file: str) -> dict[str, list[str]]:
    root = _root(PACKAGE / "manifest" / file)
    return {_text(it, "name"): _texts(it, "members") for it in root.findall(f"{NS}types")}


def _components(part: str) -> Iterator[tuple[str, str]]:
    """Every component of a package directory, as a manifest names it."""
    kinds = {
        "field-meta.xml": "CustomField", "listView-meta.xml": "ListView", "compactLayout-meta.xml": "CompactLayout",
        "permissionset-meta.xml": "PermissionSet", "flexipage-meta.xml": "FlexiPage", "report-meta.xml": "Report",
        "reportFolder-meta.xml": "Report",
    }  # fmt: skip
    for file in sorted((PACKAGE / part).rglob("*.xml")):
        name, _, kind = file.name.partition(".")
        owner = ""
        if file.parents[2].name == "objects":
            owner = f"{file.parents[1].name}."
        elif kind == "report-meta.xml":
            owner = f"{file.parent.name}/"
        yield kinds[kind], f"{owner}{name}"


@pytest.mark.parametrize("file", _files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_file_is_metadata_of_the_kind_that_its_name_says(file: Path) -> None:
    """Namespace, root element and indentation are as the tools of the vendor write them."""
    root = _root(file)
    kinds = {"field": "CustomField", "listView": "ListView", "compactLayout": "CompactLayout", "report": "Report",
             "permissionset": "PermissionSet", "flexipage": "FlexiPage", "reportFolder": "ReportFolder"}  # fmt: skip
    kind = re.search(r"\.(\w+)-meta\.xml$", file.name)
    assert root.tag == f"{NS}{kinds[kind[1]] if kind else 'Package'}"
    text = file.read_text(encoding="utf-8")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    assert "\t" not in text and text.endswith(">\n")
    name = _text(root, "fullName")
    assert name in ("", file.name.partition(".")[0])


def test_the_fields_are_the_agreed_ones() -> None:
    """Case and Account get these fields, of these types and sizes; nothing else."""
    core = {(f.sobject, f.name): _shape(f) for f in fields(CORE)}
    assert core == {
        **{("Case", name): shape for name, shape in CASE.items()},
        **{("Account", name): shape for name, shape in ACCOUNT.items()},
    }
    basics = {(f.sobject, f.name): _shape(f) for f in fields(BASICS)}
    assert basics == {("Account", name): shape for name, shape in ACCOUNT_BASICS.items()}


@pytest.mark.parametrize("field", [*fields(CORE), *fields(BASICS)], ids=lambda field: field.full_name)
def test_a_field_explains_itself_and_asks_nothing_of_anybody(field: PackagedField) -> None:
    """Label, description and help text are there and short enough; no field is required or computed."""
    it = field.metadata
    assert 0 < len(it["label"]) <= 40
    assert 0 < len(it["description"]) <= 1000
    assert 0 < len(it["inlineHelpText"]) <= 510
    assert not it.get("required") and "formula" not in it
    assert it["trackHistory"] is False  # counters change often: a history of them is noise
    assert len(field.name.removesuffix("__c")) <= 40
    if field.type == "LongTextArea":
        assert 256 <= it["length"] <= 131_072 and it["visibleLines"] >= 2
    if field.type == "Checkbox":
        assert it["defaultValue"] == "false"
    if field.values:
        assert it["valueSet"]["restricted"] is True


def test_hub_written_fields_say_so() -> None:
    """Whoever meets such a field in Setup learns that edits are put back."""
    for field in fields(CORE):
        ours = field.sobject == "Account" or field.name not in WRITTEN_BY_PEOPLE
        assert ("Written by Support Sync Hub" in field.metadata["description"]) == ours


def test_only_the_key_is_an_external_id() -> None:
    """The key is unique and case-sensitive, so that an upsert by it never makes a second Case."""
    keys = [f for f in fields(CORE) if f.metadata.get("externalId")]
    assert [f.full_name for f in keys] == ["Case.Support_Hub_Key__c"]
    assert keys[0].metadata["unique"] is True and keys[0].metadata["caseSensitive"] is True


def test_long_text_stays_within_an_object_allowance() -> None:
    """All long text fields of an object together may hold 1.6 million characters."""
    for sobject in ("Case", "Account"):
        assert sum(f.metadata["length"] for f in fields(CORE)
                   if f.sobject == sobject and f.type == "LongTextArea") < 1_600_000  # fmt: skip


def test_the_manifests_name_every_component_and_nothing_else() -> None:
    """Deploying by manifest and by folder is the same; uninstalling takes back exactly that."""
    for part, manifest, gone in (
        (CORE, "package.xml", "uninstall/destructiveChanges.xml"),
        (BASICS, "account-basics.xml", "uninstall/destructiveChanges-account-basics.xml"),
    ):
        found: dict[str, set[str]] = {}
        for kind, name in _components(part):
            found.setdefault(kind, set()).add(name)
        for file in (manifest, gone):
            listed = _members(file)
            assert {kind: set(names) for kind, names in listed.items()} == found
            assert all(len(names) == len(set(names)) for names in listed.values())
    assert _members("uninstall/package.xml") == {}


def test_the_project_file_names_the_two_directories() -> None:
    """`force-app` is the default directory; `account-basics` is deployed by whoever wants it."""
    project = json.loads((PACKAGE / "sfdx-project.json").read_text(encoding="utf-8"))
    assert [it["path"] for it in project["packageDirectories"]] == [CORE, BASICS]
    assert [it.get("default", False) for it in project["packageDirectories"]] == [True, False]
    version = project["sourceApiVersion"]
    assert {_text(_root(file), "version") for file in (PACKAGE / "manifest").glob("*.xml")} == {version}


def _own_fields(*parts: str) -> set[str]:
    return {f.full_name for part in parts for f in fields(part)}


def _own_references(root: ET.Element, sobject: str) -> set[str]:
    """Custom fields that a page, view or report names, as `Object.Field__c`."""
    names = {word for it in root.iter() for word in re.findall(r"[\w.]*\w+__c", it.text or "")}
    return {f"{sobject}.{name.removeprefix(f'{sobject}.').removeprefix('Record.')}" for name in names}


def test_views_pages_layouts_and_reports_name_fields_of_the_same_directory() -> None:
    """A component that names a field which is not deployed with it fails the whole deployment."""
    checked = 0
    for file in sorted((PACKAGE / CORE).rglob("*.xml")):
        if file.name.endswith(("field-meta.xml", "permissionset-meta.xml", "reportFolder-meta.xml")):
            continue
        sobject = "Account" if "account" in str(file.relative_to(PACKAGE)).lower() else "Case"
        named = _own_references(_root(file), sobject)
        assert named and named <= _own_fields(CORE), file.name
        checked += 1
    assert checked == 9


def test_permission_sets_name_fields_that_are_there() -> None:
    """Each set deploys with its own directory: it names only its fields, or standard ones."""
    for part in (CORE, BASICS):
        for it in permission_sets(part):
            own = {name for name in it.fields if name.endswith("__c")}
            assert own <= _own_fields(part), it.name
            assert {name.partition(".")[0] for name in it.fields} <= set(it.objects)
            assert 0 < len(it.description) <= 255 and len(it.label) <= 80


def test_the_integration_user_gets_no_more_than_it_needs() -> None:
    """All of the hub's fields; no deleting, no Modify All, no right of the user's own but the API."""
    [hub, reader] = permission_sets(CORE)
    assert {name for name in hub.fields if name.endswith("__c")} == _own_fields(CORE)
    assert all(hub.fields[name] for name in _own_fields(CORE))
    for rights in hub.objects.values():
        assert "PermissionsModifyAllRecords" not in rights and "PermissionsDelete" not in rights
    assert {name for name, rights in hub.objects.items() if "PermissionsEdit" in rights} == {"Account", "Case"}
    assert {name for name, rights in hub.objects.items() if "PermissionsCreate" in rights} == {"Case"}
    assert not any(edit for name, edit in hub.fields.items() if name.startswith(("Contact.", "Opportunity.")))
    assert hub.user == {"PermissionsApiEnabled"}
    assert reader.user == frozenset()


def test_readers_edit_what_people_type_and_read_what_the_hub_writes() -> None:
    """The machine's copy is shown to nobody."""
    [_, reader] = permission_sets(CORE)
    assert {name for name, edit in reader.fields.items() if edit} == {f"Case.{it}" for it in WRITTEN_BY_PEOPLE}
    assert set(reader.fields) == _own_fields(CORE) - {"Case.Hub_Copy__c"}
    assert all(rights == {"PermissionsRead"} for rights in reader.objects.values())


def test_pages_show_hub_written_fields_read_only() -> None:
    """On the record pages, what the hub writes cannot be edited by mistake."""
    for file in (PACKAGE / CORE).rglob("*.flexipage-meta.xml"):
        root = _root(file)
        sobject = _text(root, "sobjectType")
        for it in root.iter(f"{NS}fieldInstance"):
            name = _text(it, "fieldItem").removeprefix("Record.")
            people = sobject == "Case" and name in WRITTEN_BY_PEOPLE
            [behaviour] = _texts(it, "value")
            assert behaviour == ("none" if people else "readonly"), name


def test_pages_hold_together() -> None:
    """Every facet that a component names is there, and each once; identifiers are unique on a page."""
    for file in (PACKAGE / CORE).rglob("*.flexipage-meta.xml"):
        root = _root(file)
        regions = [_text(it, "name") for it in root.iter(f"{NS}flexiPageRegions")]
        assert len(regions) == len(set(regions))
        named = {
            _text(it, "value")
            for it in root.iter(f"{NS}componentInstanceProperties")
            if _text(it, "name") in {"body", "columns", "tabs"}
        }
        assert named == {name for name in regions if name.startswith("Facet-")}
        assert {name for name in regions if not name.startswith("Facet-")} == {"header", "main", "sidebar"}
        identifiers = _texts(root, "identifier")
        assert len(identifiers) == len(set(identifiers))


def test_logic_of_filters_counts_right() -> None:
    """`1 AND (2 OR 3)` needs three filters."""
    seen = 0
    for file in _files():
        root = _root(file)
        for it in (root, *root.iter(f"{NS}filter")):
            logic = _text(it, "booleanFilter")
            if logic:
                rows = it.findall(f"{NS}filters") or it.findall(f"{NS}criteriaItems")
                assert sorted(map(int, re.findall(r"\d+", logic))) == list(range(1, len(rows) + 1))
                seen += 1
    assert seen == 3


def test_the_shipped_mapping_files_name_fields_of_the_package() -> None:
    """What `mappings/salesforce.yaml` and `mappings/accounts.yaml` name and ends in __c comes with the package."""
    for name, sobject in (("salesforce.yaml", "Case"), ("accounts.yaml", "Account")):
        file = MAPPINGS / name
        if not file.exists():
            pytest.skip(f"there is no {file.name}")
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        context = data.get("context", {})
        named = {rule["field"] for rule in data["fields"].values()} | {context.get("block"), context.get("copy")}
        wanted = {f"{sobject}.{it}" for it in named if it and it.endswith("__c")}
        assert wanted <= _own_fields(CORE, BASICS)


def test_the_picture_in_the_documentation_shows_the_page_as_it_is() -> None:
    """Section by section, column by column, the mock-up names the labels of the Case page's fields."""
    labels = {f.name: f.metadata["label"] for f in fields(CORE) if f.sobject == "Case"}
    root = _root(PACKAGE / CORE / "main/default/flexipages/Support_Hub_Case.flexipage-meta.xml")
    page = [labels[name.removeprefix("Record.")] for name in _texts(root, "fieldItem")]
    html = (Path(__file__).parents[4] / "docs/img/case-support-context.html").read_text(encoding="utf-8")
    assert re.findall(r"<dt>([^<]+)</dt>", html) == page
    assert (Path(__file__).parents[4] / "docs/img/case-support-context.png").stat().st_size > 50_000

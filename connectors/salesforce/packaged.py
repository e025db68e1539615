"""
The package beside this file, read back: its XML is the one place where the hub's fields are defined.

`sf project deploy start` deploys it; `hub provision salesforce` makes the same fields through the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any
from xml.etree import ElementTree as ET

_NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
_NUMBERS = frozenset({"length", "precision", "scale", "visibleLines"})
_NOT_ASKED = frozenset({"fullName"})
CORE, BASICS = "force-app", "account-basics"
"""The package directories: what the hub needs, and account fields for those who have none of their own."""


OBJECT_RIGHTS: Mapping[str, str] = {
    "PermissionsCreate": "allowCreate",
    "PermissionsRead": "allowRead",
    "PermissionsEdit": "allowEdit",
    "PermissionsDelete": "allowDelete",
    "PermissionsViewAllRecords": "viewAllRecords",
    "PermissionsModifyAllRecords": "modifyAllRecords",
}
"""Rights over an object: what the API calls them, and the package."""


@dataclass(frozen=True)
class PackagedField:
    """One custom field, as the package defines it."""

    sobject: str
    name: str
    metadata: Mapping[str, Any]
    """As the Tooling API takes it."""

    @property
    def full_name(self) -> str:
        return f"{self.sobject}.{self.name}"

    @property
    def type(self) -> str:
        return str(self.metadata["type"])

    @property
    def values(self) -> tuple[str, ...]:
        """A picklist's values."""
        values = self.metadata.get("valueSet", {}).get("valueSetDefinition", {}).get("value", ())
        return tuple(str(value["valueName"]) for value in values)


@dataclass(frozen=True)
class PackagedSet:
    """One permission set, as the package defines it."""

    name: str
    label: str
    description: str
    fields: Mapping[str, bool]
    """`Case.Tags__c`: whether it may be edited; all may be read."""
    objects: Mapping[str, frozenset[str]]
    """`Case`: the permissions, as the object `ObjectPermissions` calls them."""
    user: frozenset[str]
    """Rights of the user's own, as the object `PermissionSet` calls them."""


def fields(part: str = CORE) -> tuple[PackagedField, ...]:
    """Return the custom fields of a package directory, by object and name."""
    found = [
        PackagedField(sobject.name, _text(root, "fullName"), _metadata(root))
        for sobject in _folder(part, "objects")
        for root in _parsed(sobject / "fields", ".field-meta.xml")
    ]
    return tuple(sorted(found, key=lambda field: field.full_name))


def permission_sets(part: str = CORE) -> tuple[PackagedSet, ...]:
    """Return the permission sets of a package directory, by name."""
    folder = _root() / part / "main" / "default" / "permissionsets"
    return tuple(
        _permission_set(file.name.partition(".")[0], _read(file))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
    )


def _permission_set(name: str, root: ET.Element) -> PackagedSet:
    return PackagedSet(
        name=name,
        label=_text(root, "label"),
        description=_text(root, "description"),
        fields={_text(it, "field"): _text(it, "editable") == "true" for it in _all(root, "fieldPermissions")},
        objects={
            _text(it, "object"): frozenset(r for r, tag in OBJECT_RIGHTS.items() if _text(it, tag) == "true")
            for it in _all(root, "objectPermissions")
        },
        user=frozenset(
            f"Permissions{_text(it, 'name')}"
            for it in _all(root, "userPermissions")
            if _text(it, "enabled") == "true"
        ),
    )


def _root() -> Traversable:
    return resources.files("connectors.salesforce") / "package"


def _folder(part: str, name: str) -> list[Traversable]:
    folder = _root() / part / "main" / "default" / name
    return sorted((it for it in folder.iterdir() if it.is_dir()), key=lambda it: it.name)


def _parsed(folder: Traversable, suffix: str) -> Iterator[ET.Element]:
    for file in sorted(folder.iterdir(), key=lambda it: it.name) if folder.is_dir() else ():
        if file.name.endswith(suffix):
            yield _read(file)


def _read(file: Traversable) -> ET.Element:
    return ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  our own files


def _all(root: ET.Element, tag: str) -> list[ET.Element]:
    return root.findall(f"{_NAMESPACE}{tag}")


def _text(root: ET.Element, tag: str) -> str:
    return root.findtext(f"{_NAMESPACE}{tag}") or ""


def _metadata(root: ET.Element) -> dict[str, Any]:
    """Return an element's children as JSON: numbers and truth values as such, values by `valueName`."""
    found: dict[str, Any] = {}
    for child in root:
        tag = child.tag.removeprefix(_NAMESPACE)
        if tag in _NOT_ASKED:
            continue
        if tag == "valueSetDefinition":
            found[tag] = {"sorted": _text(child, "sorted") == "true", "value": _values(child)}
        elif len(child):
            found[tag] = _metadata(child)
        else:
            found[tag] = _plain(tag, child.text or "")
    return found


def _values(root: ET.Element) -> list[dict[str, Any]]:
    return [
        {
            "valueName": _text(it, "fullName"),
            "label": _text(it, "label"),
            "default": _text(it, "default") == "true",
        }
        for it in _all(root, "value")
    ]


def _plain(tag: str, text: str) -> Any:
    if tag in _NUMBERS:
        return int(text)
    if text in ("true", "false") and tag != "defaultValue":
        return text == "true"
    return text

"""
The org: its objects, their records, its users' rights and its clock.

Values have one inner form per type: text, `bool`, numbers as `int` or `float`, a date as ISO text, a
moment as whole epoch seconds, a multi-select picklist as text with `;` between, a file as bytes, an
id as its 18 characters. A field that is absent or None is null. Business rules (who may write what,
what a delete takes along) are not here: this is the store that they act upon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce.objects import catalogue
from sandbox.salesforce.objects.access import Access
from sandbox.salesforce.objects.computed import COMPUTED
from sandbox.salesforce.objects.defs import ChildDef, FieldDef, ObjectDef
from sandbox.salesforce.objects.ids import id18, made, restored
from sandbox.salesforce.objects.package import account_basics, package_fields
from sandbox.salesforce.objects.service import STATUSES
from sandbox.salesforce.objects.table import Row, Table

__all__ = ["Access", "FieldDef", "ObjectDef", "Org", "Row", "Settings", "id18"]


@dataclass(slots=True)
class Settings:
    """What an administrator chose for the whole org."""

    multi_currency: bool = True
    currency: str = "USD"
    instance_url: str = "https://sales.my.salesforce.com"
    name: str = "Sales Example"
    fiscal_start: int = 1


class Org:
    """A Salesforce org in memory."""

    def __init__(self, clock: Clock, settings: Settings | None = None, *, package: bool = True) -> None:
        """Begin with an administrator and no records; with `package`, the hub's fields are installed."""
        self.clock = clock
        self.settings = settings or Settings()
        self.objects: dict[str, ObjectDef] = catalogue(multi_currency=self.settings.multi_currency)
        self.tables: dict[str, Table] = {name: Table(it) for name, it in self.objects.items()}
        self.closed_statuses = {"Closed"}
        self.metadata_stamp = self.stamp()
        self._names = {name.lower(): name for name in self.objects}
        self._prefixes = {it.prefix: it for it in self.objects.values() if it.prefix}
        self._access: dict[str, Access] = {}
        self._ungranted: set[tuple[str, str]] = set()
        self._made: dict[str, int] = defaultdict(int)
        self._numbers: dict[str, int] = defaultdict(lambda: 1000)
        self.admin_id = self.new_id("005")
        self.org_id = self.new_id("00D")
        self._begin()
        if package:
            self.install_package()
            self.install_account_basics()

    # -- metadata -----------------------------------------------------------------------------------

    def object(self, name: str) -> ObjectDef | None:
        """Return the object of that name, whatever its case."""
        found = self._names.get(name.lower())
        return self.objects[found] if found else None

    def object_of(self, key: str) -> ObjectDef | None:
        """Return the object whose records have ids like this one."""
        return self._prefixes.get(key[:3])

    def children(self, name: str) -> list[ChildDef]:
        """Return the child relationships of an object."""
        return [
            ChildDef(child.name, field.name, field.children, field.cascade, field.restrict_delete)
            for child in self.objects.values()
            for field in child.fields.values()
            if name in field.reference_to
        ]

    def add_object(self, definition: ObjectDef) -> None:
        """Take a custom object in."""
        self.objects[definition.name] = definition
        self._names[definition.name.lower()] = definition.name
        if definition.prefix:
            self._prefixes[definition.prefix] = definition
        self.tables[definition.name] = Table(definition)
        self.metadata_stamp = self.stamp()

    def add_field(self, name: str, field: FieldDef, *, visible: bool = True) -> None:
        """Add a custom field. Without `visible`, nobody sees it before `grant`: as the APIs make fields."""
        definition = self._definition(name)
        definition.add(field)
        self.tables[definition.name].reindex()
        self.metadata_stamp = self.stamp()
        if not visible:
            self._ungranted.add((definition.name, field.name))
            for access in self._access.values():
                access.revoke(definition.name, field.name)

    def install_package(self) -> None:
        """Add the fields of the hub's package, seen by all."""
        for name, fields in package_fields().items():
            for field in fields:
                self.add_field(name, field)

    def install_account_basics(self) -> None:
        """Add the customer's own Account fields, seen by all."""
        for field in account_basics():
            self.add_field("Account", field)

    # -- rights -------------------------------------------------------------------------------------

    def access(self, user: str) -> Access:
        """Return what a user may not do; to be changed by whoever sets permissions."""
        if user not in self._access:
            self._access[user] = Access(hidden=set(self._ungranted))
        return self._access[user]

    def grant(self, user: str, name: str, field: str, *, edit: bool = True) -> None:
        """Let a user read, or edit, a field."""
        self.access(user).grant(name, field, edit=edit)

    def can_read(self, user: str, name: str, field: str) -> bool:
        """Whether a user sees a field."""
        return (name, field) not in self.access(user).hidden

    def can_edit(self, user: str, name: str, field: str) -> bool:
        """Whether a user's rights let it write a field, as far as the field itself can be written."""
        access = self.access(user)
        return (name, field) not in access.hidden and (name, field) not in access.read_only

    def visible(self, name: str, user: str) -> list[FieldDef]:
        """Return the fields of an object that a user sees."""
        definition, hidden = self._definition(name), self.access(user).hidden
        return [it for it in definition.fields.values() if (definition.name, it.name) not in hidden]

    # -- records ------------------------------------------------------------------------------------

    @property
    def rows(self) -> dict[str, dict[str, Row]]:
        """All records by object and id, deleted ones too."""
        return {name: table.rows for name, table in self.tables.items()}

    def stamp(self) -> int:
        """Return this moment in whole seconds: stamps are no finer."""
        return int(self.clock.now())

    def new_id(self, prefix: str) -> str:
        """Return a fresh 18-character id."""
        self._made[prefix] += 1
        return made(prefix, self._made[prefix])

    def next_number(self, name: str) -> str:
        """Return the next automatic number of an object: `00001026`."""
        self._numbers[name] += 1
        return f"{self._numbers[name]:08d}"

    def row(self, name: str, key: str | None) -> Row | None:
        """Return a record by its id of 15 or 18 characters, deleted or not."""
        if not key:
            return None
        rows = self._table(name).rows
        found = rows.get(key)
        if found is None and (other := restored(key)):
            found = rows.get(other)
        return found

    def find(self, name: str, field: str, value: Any, *, include_deleted: bool = False) -> list[Row]:
        """Return the records with that value in a field: by index where there is one."""
        table = self._table(name)
        if table.has_index(field):
            found = [table.rows[key] for key in table.having(field, value)]
        else:
            found = [row for row in table.rows.values() if self.value(name, row, field) == value]
        return [row for row in found if include_deleted or not row.get("IsDeleted")]

    def put(self, name: str, row: Row) -> Row:
        """Keep a record, new or changed, as it is."""
        self._table(name).put(row)
        return row

    def add(self, name: str, values: dict[str, Any], by: str, at: int | None = None) -> Row:
        """Make a record with an id, defaults, an automatic number and its audit fields. No rule is asked."""
        definition = self._definition(name)
        row: Row = {"Id": self.new_id(definition.prefix or "000")}
        stamp = self.stamp() if at is None else at
        given = {
            "CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp, "CreatedById": by,
            "LastModifiedById": by, "OwnerId": by, "CurrencyIsoCode": self.settings.currency,
        }  # fmt: skip
        for field in definition.fields.values():
            if field.auto_number:
                row[field.name] = self.next_number(definition.name)
            elif (value := given.get(field.name, field.default)) is not None:
                row[field.name] = value
        row |= values
        return self.put(name, row)

    def touch(self, name: str, row: Row, by: str, at: int | None = None) -> Row:
        """Stamp a record as modified now by a user, and keep it."""
        stamp = self.stamp() if at is None else at
        row |= {"LastModifiedDate": stamp, "SystemModstamp": stamp, "LastModifiedById": by}
        return self.put(name, row)

    def remove(self, name: str, key: str) -> None:
        """Forget a record for good."""
        self._table(name).remove(key)

    def value(self, name: str, row: Row, field: str) -> Any:
        """Return a field of a record, computed where nobody stores it."""
        return self.getter(self._definition(name), self._definition(name).fields[field.lower()])(row)

    def getter(self, definition: ObjectDef, field: FieldDef) -> Callable[[Row], Any]:
        """Return the quickest way to read a field of many records."""
        computed = COMPUTED.get((definition.name, field.name))
        if computed is not None:
            return lambda row: computed(self, row)
        name = field.name
        if field.type == "boolean":
            return lambda row: bool(row.get(name))
        return lambda row: row.get(name)

    def parents(self, field: FieldDef, row: Row) -> Iterator[tuple[ObjectDef, Row]]:
        """Yield the record that a reference of this record points to, with its object; or nothing."""
        key = row.get(field.name)
        definition = self.object_of(key) if key else None
        if definition is not None and key in self.tables[definition.name].rows:
            yield definition, self.tables[definition.name].rows[key]

    # -- inner --------------------------------------------------------------------------------------

    def _definition(self, name: str) -> ObjectDef:
        found = self.object(name)
        if found is None:
            raise KeyError(f"the org has no object {name}")
        return found

    def _table(self, name: str) -> Table:
        return self.tables.get(name) or self.tables[self._definition(name).name]

    def _begin(self) -> None:
        """Plant what an org has from its first day."""
        admin = {
            "Id": self.admin_id, "FirstName": "Org", "LastName": "Admin", "Username": "admin@sales.example",
            "Email": "admin@sales.example", "Alias": "admin", "IsActive": True, "UserType": "Standard",
        }  # fmt: skip
        self.add("User", admin, self.admin_id)
        company = {
            "Id": self.org_id, "Name": self.settings.name, "OrganizationType": "Enterprise Edition",
            "InstanceName": "EXA1", "FiscalYearStartMonth": self.settings.fiscal_start, "IsSandbox": False,
        }  # fmt: skip
        self.add("Organization", company, self.admin_id)
        for order, status in enumerate(STATUSES, start=1):
            kind = {
                "MasterLabel": status,
                "ApiName": status,
                "SortOrder": order,
                "IsDefault": status == "New",
            }
            closed = status in self.closed_statuses
            self.add("CaseStatus", {**kind, "IsClosed": closed}, self.admin_id)

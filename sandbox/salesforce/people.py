"""The org's users, as sign-in and persons name them."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce.org import Org, Row


@dataclass(frozen=True, slots=True)
class User:
    """A user, as far as sign-in asks."""

    id: str
    username: str
    email: str
    name: str
    active: bool


def of(row: Row) -> User:
    """Return the user that a record is."""
    name = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
    return User(row["Id"], row["Username"], row["Email"], name, bool(row.get("IsActive")))


def by_username(org: Org, name: str) -> User | None:
    """Return the user who signs in with a name."""
    return next(
        (of(row) for row in org.rows["User"].values() if row["Username"].lower() == name.lower()), None
    )


def by_email(org: Org, email: str) -> User:
    """Return the user with an e-mail address. Raises LookupError."""
    for row in org.rows["User"].values():
        if row["Email"].lower() == email.lower():
            return of(row)
    raise LookupError(f"no user with the address {email!r} in the org")


def by_id(org: Org, key: str) -> User | None:
    """Return the user of an id."""
    row = org.row("User", key)
    return None if row is None else of(row)


def queue(org: Org, name: str) -> str | None:
    """Return the id of a queue by its name."""
    rows = org.rows["Group"].values()
    return next((it["Id"] for it in rows if it.get("Type") == "Queue" and it.get("Name") == name), None)

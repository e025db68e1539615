"""Who is meant: everything that the store knows a person by, found from one word for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Connection, select

from hub.errors import Misconfigured
from hub.forget import ADDRESS, Someone, folded
from hub.store.codec import to_comment, to_contact, to_json
from hub.store.mail_tables import conversations, mails
from hub.store.tables import comments, contacts

_SIDE_ID = re.compile(r"(zendesk|jira|salesforce|email):(.+)")


class _Face:
    """One mention of a person: how some side names them."""

    def __init__(self, system: str, number: str, name: str, email: str) -> None:
        self.id = f"{system}:{number}" if number and "@" not in number else ""
        self.name = " ".join(name.split())
        self.email = email.strip().lower()

    def is_one_of(self, emails: set[str], ids: set[str]) -> bool:
        return (bool(self.email) and self.email in emails) or (bool(self.id) and self.id in ids)


def identify(connection: Connection, word: str) -> Someone:
    """
    Return whom a word means: an address, `<side>:<id>`, or a name that one person alone has.

    Raises `Misconfigured` where a name is nobody's, or several people's.
    """
    word = " ".join(word.split())
    faces = list(_faces(connection))
    side = _SIDE_ID.fullmatch(word)
    if ADDRESS.fullmatch(word):
        emails, ids = {word.lower()}, set[str]()
    elif side:
        emails, ids = set[str](), {word}
    else:
        emails, ids = _by_name(word, faces)
    for _ in range(3):  # an address leads to an id, which may lead to one more address
        mine = [face for face in faces if face.is_one_of(emails, ids)]
        emails |= {face.email for face in mine if face.email}
        ids |= {face.id for face in mine if face.id}
    names = {face.name for face in faces if face.name and face.is_one_of(emails, ids)}
    others = {folded(face.name) for face in faces if face.name and not face.is_one_of(emails, ids)}
    whole = {name for name in names if " " in name and folded(name) not in others}
    return Someone(
        tuple(sorted(emails)), tuple(sorted(whole)), tuple(sorted(ids)), tuple(sorted(names - whole))
    )


def _by_name(name: str, faces: list[_Face]) -> tuple[set[str], set[str]]:
    mine = [face for face in faces if folded(face.name) == folded(name)]
    emails = {face.email for face in mine if face.email}
    ids = {face.id for face in mine if face.id and not face.email}
    if not mine:
        raise Misconfigured(
            f"nobody is called {name!r} here; give the person's address, or their id on a side (zendesk:7)"
        )
    if len(emails) > 1:
        several = ", ".join(sorted(emails))
        raise Misconfigured(f"several people are called {name!r}: {several}; give the address of one of them")
    return emails, ids


def _faces(connection: Connection) -> Iterator[_Face]:
    for (body,) in connection.execute(select(comments.c.body)):
        one = to_comment(body)
        yield _Face(one.origin, one.author.id, one.author.name, one.author.email or "")
    for (body,) in connection.execute(select(contacts.c.body)):
        person = to_contact(body)
        yield _Face(person.system, person.id, person.name, person.email)
    for table, keys in ((conversations, ("requester", "followers")), (mails, ("sender",))):
        for (body,) in connection.execute(select(table.c.body).where(table.c.body != "")):
            told: dict[str, Any] = to_json(body)
            for key in keys:
                found: Any = told.get(key) or []
                some = cast("list[dict[str, str]]", found if isinstance(found, list) else [found])
                for address in some:
                    yield _Face("email", "", address.get("name", ""), address.get("email", ""))

"""Who is who in Zendesk: by id for reading, by address for writing; each looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.zendesk import records
from connectors.zendesk.client import MOST, Client, FeedRefused
from hub.errors import Forbidden
from hub.model import Json, Person

_MANY = 2 * MOST
_READ_AHEAD = 20


class People:
    """
    A bounded memory of people and groups.

    Whoever comes along with tickets is learned for nothing; the others are looked up by the hundred,
    or, when very many are unknown at once (a first read), by reading the export of all people.
    """

    def __init__(self, client: Client, *, remembered: int = 50_000) -> None:
        self._client = client
        self._remembered = remembered
        self._shown: dict[int, Mapping[str, Json]] = {}
        self._persons: dict[int, Person] = {}
        self._ids: dict[str, int | None] = {}
        self._read_all = False
        self._agents_known = False
        self._groups_known = False
        self.groups: dict[int, str] = {}

    def learn(self, users: Iterable[records.User] | None) -> None:
        """Remember people that came along with something else."""
        for user in users or ():
            if user.id is None:
                continue
            email = user.email.strip().lower() if user.email else None
            number = str(user.id)
            self._shown[user.id] = {"id": number, "name": user.name or "", "email": email}
            self._persons[user.id] = Person(number, user.name or "", email)
            if email and user.active is not False:
                self._ids[email] = user.id
        if len(self._shown) > self._remembered:
            self._forget()

    def learn_groups(self, groups: Iterable[records.Group] | None) -> None:
        for group in groups or ():
            self.groups[group.id] = group.name or ""

    def shown(self, number: int) -> Mapping[str, Json]:
        """A person as a raw value. Someone who is not known any more has only an id."""
        return self._shown.get(number) or {"id": str(number), "name": "", "email": None}

    def person(self, number: int | None) -> Person:
        if number is None or number < 0:  # Zendesk's own -1: the system, or someone unknown
            return Person()
        return self._persons.get(number) or Person(str(number))

    def look_up(self, numbers: Iterable[int | None]) -> None:
        """Make these people known, as far as Zendesk knows them."""
        missing = sorted({n for n in numbers if n is not None and n > 0} - self._shown.keys())
        if len(missing) > _MANY and not self._read_all:
            self._read_export()
            missing = [n for n in missing if n not in self._shown]
        for at in range(0, len(missing), MOST):
            asked = missing[at : at + MOST]
            self.learn(self._client.users(asked))
            self.learn(records.User(id=n) for n in asked if n not in self._shown)

    def id_of(self, email: str, *, agent: bool) -> int | None:
        """Return who has this address, None if nobody. The first unknown agent costs one list."""
        email = email.strip().lower()
        if email not in self._ids and agent and not self._agents_known:
            self._agents_known = True
            self.learn(self._client.agents())
        if email not in self._ids:
            self.learn(self._client.users_by_email(email))
            _ = self._ids.setdefault(email, None)
        return self._ids[email]

    def group_id(self, name: str) -> int | None:
        """Return the group with this name or id, None if there is none."""
        if not self._groups_known:
            self._groups_known = True
            self.learn_groups(g for g in self._client.groups() if not g.deleted)
        if name.isdigit() and int(name) in self.groups:
            return int(name)
        wanted = name.strip().casefold()
        return next((n for n, called in self.groups.items() if called.casefold() == wanted), None)

    def _read_export(self) -> None:
        """Read people by the thousand, as far as that is worth it."""
        self._read_all = True
        cursor: str | None = None
        try:
            for _ in range(_READ_AHEAD):
                page = self._client.changed_users(cursor)
                self.learn(page.users)
                cursor = page.after_cursor
                if page.end_of_stream or not cursor:
                    return
        except (FeedRefused, Forbidden):
            return  # then they are looked up by the hundred

    def _forget(self) -> None:
        """Drop the half that was learned first."""
        for number in list(self._shown)[: self._remembered // 2]:
            shown = self._shown.pop(number)
            _ = self._persons.pop(number, None)
            email = shown["email"]
            if email and self._ids.get(email) == number:
                del self._ids[email]

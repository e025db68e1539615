"""People who write to a support mailbox and hear from it, and those who work in it with a mail program."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.world import MAPPINGS, World

DONE = "Done"
"""A second mailbox that is read, too: people move there what they have seen to."""
GRACE = 16 * 60
"""Seconds after which a mail in doubt is settled, one way or the other."""


def mappings_with(folder: Path, create: Mapping[str, Sequence[str]], **policy: Any) -> None:
    """Put the mapping files into a hub's folder, with another rule of where tickets may be created, and the like."""
    _ = shutil.copytree(MAPPINGS, folder / "mappings")
    file = folder / "mappings" / "policy.yaml"
    said = yaml.safe_load(file.read_text("utf-8"))
    said["create"] |= {born: list(where) for born, where in create.items()}
    said |= policy
    _ = file.write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")


class MailWorld(World):
    """
    A world in which the hub's process can die while it talks to a mail server.

    The servers are other threads, so that a `Crash` there is first of all a connection that ends. Whoever
    dies looks at no clock again: nothing is written between that and the end of the process. `mailbox`:
    settings of `[email]` that differ.
    """

    def __init__(self, folder: Path, *, mailbox: Mapping[str, Any] | None = None, **changes: Any) -> None:
        self._differs = mailbox or {}
        super().__init__(folder, mail=True, **changes)

    def _mailbox(self, where: Any) -> dict[str, Any]:
        return {**World._mailbox(where), **self._differs}

    def iso(self) -> str:
        if self.mail is not None and self.mail.desk.crashed is not None:
            crash, self.mail.desk.crashed = self.mail.desk.crashed, None
            raise crash
        return super().iso()

    def unsettled(self) -> bool:
        """Return whether a mail waits to be sent, or nobody knows whether it was."""
        counts = self.store_of_mails.counts()
        return any(counts.get(state) for state in ("pending", "sending", "unknown"))

    @property
    def store_of_mails(self) -> Any:
        """The outbox."""
        return self.assembly.connectors["email"].outbox


class Mail:
    """Customers, each by their address; and colleagues in the support mailbox."""

    def __init__(self, world: World) -> None:
        self._do = world.mail.person
        self._office = world.mail.office
        self.support = str(world.mail.where["address"])

    # customers --------------------------------------------------------------------------------------

    def write(self, author: str, text: str, **more: Any) -> str:
        """Write a mail; return its Message-ID. `reply_to_mail`, `cc`, `files`: see the stand-in."""
        return str(self._do("write", **{"from": author, "body": text, **more})["message_id"])

    def answer(self, author: str, text: str, **more: Any) -> str | None:
        """Answer the last mail that one got from the support; None where there is none."""
        got = self.got(author)
        return self.write(author, text, reply_to_mail=got[-1]["uid"], **more) if got else None

    def got(self, address: str) -> list[dict[str, Any]]:
        """Everything that the support sent to one."""
        mails = self._do("inbox", address=address)["mails"]
        return [mail for mail in mails if mail["from"] == self.support]

    def arrivals(self, address: str) -> dict[str, list[float]]:
        """When each mail of the support came to one, by its Message-ID; all copies have the same bytes."""
        found: dict[str, list[float]] = {}
        bodies: dict[str, set[bytes]] = {}
        for mail in self._office.anybody(address).mailbox("INBOX").mails:
            name, raw = mail.content.message_id, mail.content.read()
            if f"<{self.support}>".encode() in _header(raw, b"from"):
                found.setdefault(name, []).append(mail.date)
                bodies.setdefault(name, set()).add(raw[raw.index(b"\r\nDate:") :])
        assert all(len(copies) == 1 for copies in bodies.values())
        return found

    def bounces(self, address: str, **more: Any) -> bool:
        """The last mail of the support to this address comes back."""
        got = self.got(address)
        if got:
            _ = self._do("bounce", address=address, mail=got[-1]["uid"], **more)
        return bool(got)

    def is_away(self, address: str, text: str) -> bool:
        """A machine answers the last mail of the support to this address."""
        got = self.got(address)
        if got:
            _ = self._do("vacation", address=address, mail=got[-1]["uid"], body=text)
        return bool(got)

    # what left the house ----------------------------------------------------------------------------

    def sent(self) -> dict[str, list[bytes]]:
        """Every mail of the support, byte for byte, by who got it."""
        found: dict[str, list[bytes]] = {}
        for address, account in self._office.world.items():
            for box in account.mailboxes.values():
                raw = [mail.content.read() for mail in box.mails]
                ours = [one for one in raw if f"<{self.support}>".encode() in _header(one, b"from")]
                found.setdefault(address, []).extend(ours)
        return found

    # in the support mailbox -------------------------------------------------------------------------

    def comes_again(self, *, travelled: bool) -> None:
        """The last mail of the mailbox is delivered once more."""
        with suppress(LookupError):
            _ = self._do("redeliver", travelled=travelled)

    def is_renumbered(self) -> None:
        _ = self._do("new_uidvalidity")

    def is_read(self) -> None:
        with suppress(LookupError):
            _ = self._do("read", all=True)

    def is_filed(self, place: int) -> None:
        """Somebody moves a mail into the other mailbox."""
        mails = self._office.accounts[self.support].mailbox("INBOX").mails
        if mails:
            _ = self._do("move", mail=mails[place % len(mails)].uid, to=DONE)

    def makes_a_mailbox(self) -> None:
        _ = self._do("create", mailbox=DONE)


def _header(raw: bytes, name: bytes) -> bytes:
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    return next((line for line in head.split(b"\r\n") if line.lower().startswith(name + b":")), b"")

"""The verbs of stories that are told by mail, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from connectors.email.model import Glance
from hub.store.mail_tables import mails as mail_rows
from tests.world import World

Details = Mapping[str, Any]
_IN_MAILBOX = {"redeliver", "read", "move", "delete", "new_uidvalidity", "create", "deliver"}


class Mailing:
    """Customers and the support mailbox: what they do, and what they see. `kim` is kim@customer.example."""

    def __init__(self, world: World, names: dict[str, Any]) -> None:
        self._world = world
        self._names = names

    def act(self, words: str, details: Details) -> None:
        """
        `mail write kim: {subject, body, …}`; `answers`: words of the mail of ours that is answered.

        `forwarded_from`: who got it; somebody else answers. `mail bounce kim`, `mail vacation kim`: of the
        last mail that kim got. `mail redeliver` and so on: in the support mailbox. `mail fate: {of, is}`: what
        becomes of the next commands.
        """
        action, _, name = words.partition(" ")
        given = dict(details)
        if action == "fate":
            self._world.mail.faults.follow(given["is"], endpoint=given["of"])
        elif action == "authentication":
            self._world.mail.settings["authentication"] = given
        elif action in _IN_MAILBOX:
            self._world.mail.person(action, **given)
        elif action == "write":
            self._write(_address(name), given)
        else:
            got = self._got(_address(name), given.pop("answers", ""))
            self._world.mail.person(action, address=_address(name), mail=got["uid"], **given)

    def _write(self, author: str, given: dict[str, Any]) -> None:
        answers, forwarded_from = given.pop("answers", None), given.pop("forwarded_from", None)
        given["cc"] = [_address(one) for one in given.get("cc", ())]
        if forwarded_from:
            # whoever gets a forwarded mail may answer to the address that it names
            got = self._got(_address(forwarded_from), answers or "")
            headers = {"In-Reply-To": f"<{got['message_id']}>", "References": f"<{got['message_id']}>"}
            given |= {"to": got["reply_to"], "headers": headers, "subject": f"Re: {got['subject']}"}
        elif answers is not None:
            given["reply_to_mail"] = self._got(author, answers)["uid"]
        name = author.partition("@")[0].capitalize()
        made = self._world.mail.person("write", **{"from": f"{name} <{author}>", **given})
        self._names["last_mail"] = made["message_id"]

    def _got(self, address: str, words: str) -> dict[str, Any]:
        """Return the last mail that somebody got with these words in it."""
        return next(mail for mail in reversed(self._mails(address)) if words in mail["text"])

    def _mails(self, address: str) -> list[dict[str, Any]]:
        return list(self._world.mail.person("inbox", address=address)["mails"])

    # what is seen then ------------------------------------------------------------------------------

    def inbox(self, name: str) -> dict[str, Any]:
        """Return what somebody got from the support, oldest first."""
        ours = self._world.mail.where["address"]
        mails = [mail for mail in self._mails(_address(name)) if mail["from"] == ours]
        return {
            "texts": [mail["text"].strip() for mail in mails],
            "subjects": [mail["subject"] for mail in mails],
            "from": [mail["from_name"] for mail in mails],
            "to": [sorted({*mail["to"], *mail["cc"]}) for mail in mails],
            "answers": [mail["headers"].get("in-reply-to", [""])[0].strip("<>") for mail in mails],
            "files": [{file["name"]: file["size"] for file in mail["attachments"]} for mail in mails],
        }

    def mailbox(self) -> list[str]:
        """Return what became of the mails that came in, but for our own: `state subject: reason`."""
        columns = mail_rows.c
        with self._world.store.reading() as connection:
            rows = connection.execute(select(mail_rows).where(columns.state != "echo").order_by(columns.id)).all()
        return [f"{row.state} {_subject(row.body)}: {row.reason}" for row in rows]

    def outbox(self) -> dict[str, int]:
        """Return how many mails are in which state."""
        return dict(self._world.assembly.connectors["email"].outbox.counts())


def _address(name: str) -> str:
    return name if "@" in name else f"{name}@customer.example"


def _subject(body: str) -> str:
    return msgspec.json.decode(body, type=Glance).subject if body else ""

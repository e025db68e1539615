"""People on four sides: they do what the plan says, and the ledger notes what they typed and saw."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.ledger import ACCOUNTS, Ledger, Said, Story, Typed
from tests.chaos.plan import GROUP, VENDORS, Act
from tests.chaos.sight import EXACT, FIELDS, Sight
from tests.chaos.stage import House
from tests.properties.sides import HANDED_OVER
from tests.properties.test_three_sides import IN_SALESFORCE

DONE = "Done"


class Refused(Exception):
    """What was to be done cannot be done there and then; `str()` says why."""


class People:
    """Everybody. `act` does one thing; many threads may call it, each with stories of its own."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self.house, self.ledger = house, ledger
        self.sight = Sight(house)
        self.accounts: list[str] = []
        self._do: dict[str, Callable[[Story, Act], str]] = {
            "text": self._types, "number": self._types, "date": self._types, "choice": self._types,
            "tag": self._tags, "status": self._moves, "comment": self._says, "file": self._says,
            "answer": self._answers, "correct": self._corrects, "link": self._links, "merge": self._merges,
            "delete": self._deletes, "move": self._moves_away, "again": self._again, "read": self._reads,
        }  # fmt: skip

    # the beginning --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open the accounts, and every ticket on the side on which it begins."""
        house = self.house
        with house.lock:
            for n in range(ACCOUNTS):
                made = house.salesforce.person(
                    "create",
                    object="Account",
                    Name=f"Account {n}",
                    Domains__c=f"a{n}.example",
                    Tier__c="business",
                )
                self.accounts.append(str(made["id"]))
        for story in self.ledger.stories:
            with house.lock:
                self._begin(story)

    def _begin(self, story: Story) -> None:
        subject, body = story.begins_with, f"It broke. case-{story.number}q"
        born = story.birth.born
        if born == "zendesk":
            fate = story.birth.fate
            wanted = fate != "sharing" or story.number % GROUP == 0
            fields = {**HANDED_OVER, "Needs engineering": wanted}
            requester = self._customer(story)
            self.house.zendesk.person("create", subject=subject, body=body, requester=requester, **fields)
        elif born == "email":
            self.house.email.person("write", **{"from": story.customer, "subject": subject, "body": body})
        elif born == "salesforce":
            account = self.accounts[story.number % ACCOUNTS]
            fields = {"AccountId": account, "Subject": subject, "Description": body, **IN_SALESFORCE}
            self.house.salesforce.person("create", object="Case", **fields)
        else:
            self.house.jira.person(
                "create", project="SUP", summary=subject, labels=["customer-report"], description=body
            )

    def _customer(self, story: Story) -> str:
        from sandbox.zendesk.people import new_end_user  # noqa: PLC0415

        account = self.house.zendesk.state
        if account.user_by_email(story.customer) is None:
            _ = new_end_user(account, f"Customer {story.number}", story.customer)
        return story.customer

    def take_on(self) -> None:
        """Agents take every ticket on, and say what engineering needs, where nobody did."""
        with self.house.lock:
            self.sight.look_around()
        for story in self.ledger.stories:
            with self.house.lock:
                it = self.sight.ticket(story.number)
                if it is None:
                    continue
                fields = HANDED_OVER if story.birth.born == "email" else {}
                self.house.zendesk.person("set", ticket=it.id, assignee_email="hub@support.example", **fields)

    # one act --------------------------------------------------------------------------------------

    def act(self, act: Act) -> None:
        story = self.ledger.stories[act.story]
        self._waits_for_a_quiet_second(act)
        with self.house.lock:
            self.sight.look_around()
            try:
                came = self._do[act.kind](story, act)
            except Refused as why:
                came = f"not done: {why}"
                self.ledger.skip(str(why))
            except (ValueError, LookupError) as refused:  # the side itself does not let people do it
                came = f"refused: {refused}"[:120]
                self.ledger.skip(f"{act.side} refuses: {act.kind}")
            story.note(act, came)
            self.ledger.done += 1

    def _waits_for_a_quiet_second(self, act: Act) -> None:
        """Versions of Zendesk and Salesforce are seconds: an edit in the second of another is not told apart."""
        if act.side not in ("zendesk", "salesforce"):
            return
        for _ in range(3):
            with self.house.lock:
                it = self.sight.on(act.side, act.story)
                if it is None:
                    return
                last = it.updated if act.side == "zendesk" else it["SystemModstamp"]
                now = self.house.sandbox.clock.now()
            if int(last) < int(now):
                return
            time.sleep(1.01 - now % 1)

    def _there(self, story: Story, side: str) -> Any:
        it = self.sight.on(side, story.number)
        if it is None:
            raise Refused(f"not on {side} (yet, or any more)")
        return it

    def _put(self, side: str, it: Any, **fields: Any) -> None:
        if side == "zendesk":
            self.house.zendesk.person("set", ticket=it.id, **fields)
        elif side == "jira":
            self.house.jira.person("set_fields", issue=it.key, fields=fields)
        else:
            self.house.salesforce.person("set_fields", record=it["Id"], **fields)

    def _types(self, story: Story, act: Act) -> str:
        it = self._there(story, act.side)
        field, words = FIELDS[act.what][act.side]
        if words and act.value not in words:
            raise Refused(f"{act.side} has no word for it")
        saw = self.sight.shows(act.side, act.what, it)
        agreed = self._agreed(story, act.what)
        value: Any = words.get(act.value, act.value)
        if act.what == "impact.affected_users":
            value = int(value)
        if saw == act.value:
            return "stands there already"
        self._put(act.side, it, **{field: value})
        story.typed.append(
            Typed(act.number, act.side, act.what, act.value, saw, agreed, self.house.sandbox.clock.now())
        )
        return f"over {saw!r}"

    def _agreed(self, story: Story, register: str) -> bool:
        sides = [(s, self.sight.on(s, story.number)) for s in FIELDS[register]]
        return len({self.sight.shows(s, register, it) for s, it in sides if it is not None}) <= 1

    def _tags(self, story: Story, act: Act) -> str:
        it = self._there(story, act.side)
        if act.side == "zendesk":
            self._put("zendesk", it, tags=[*it.tags, act.value])
        else:
            self._put("jira", it, labels=[*(it.values.get("labels") or []), act.value])
        story.typed.append(
            Typed(act.number, act.side, "tags", act.value, None, False, self.house.sandbox.clock.now())
        )
        return "added"

    def _moves(self, story: Story, act: Act) -> str:
        it = self._there(story, act.side)
        saw = self.sight.status(act.side, it)
        if act.side == "jira":
            extra = {"resolution": "Done"} if act.value == "Done" else {}
            self.house.jira.person("transition", issue=it.key, to=act.value, **extra)
        else:
            self._put(act.side, it, **{"status" if act.side == "zendesk" else "Status": act.value})
        story.typed.append(
            Typed(act.number, act.side, "status", act.value, saw, False, self.house.sandbox.clock.now())
        )
        return f"over {saw!r}"

    def _says(self, story: Story, act: Act) -> str:
        it = self._there(story, act.side)
        name = f"{act.value.split()[0]}.txt" if act.file else ""
        text, public = f"{act.value} by somebody", act.what == "public"
        remote = ""
        if act.side == "zendesk":
            files = [{"name": name, "data": f"bytes of {name}".encode()}] if name else None
            self.house.zendesk.person("comment", ticket=it.id, body=text, public=public, files=files)
        elif act.side == "jira" and not name:
            made = self.house.jira.person("comment", issue=it.key, body=text, customer=act.what == "customer")
            remote = str(made["id"])
        elif act.side == "jira":
            self.house.jira.person("attach", issue=it.key, name=name, content=f"bytes of {name}".encode())
        elif not name:
            made = self.house.salesforce.person("comment", record=it["Id"], body=text, public=public)
            remote = str(made["id"])
        else:
            self.house.salesforce.person(
                "attach", record=it["Id"], name=name, content=f"bytes of {name}".encode()
            )
        key = "" if name and act.side != "zendesk" else act.value
        story.said.append(
            Said(act.number, act.side, act.what, key, name, self.house.sandbox.clock.now(), remote)
        )
        return "said"

    def _corrects(self, story: Story, act: Act) -> str:
        """Somebody rewrites the last of their own comments on that side."""
        _ = self._there(story, act.side)
        own = [s for s in story.said if s.side == act.side and s.remote and s.key not in story.corrected]
        if not own:
            raise Refused("nothing of their own to correct")
        said = own[-1]
        text = f"{act.value} by somebody"
        if act.side == "jira":
            body = f"#customer\n{text}" if said.audience == "customer" else text
            it = self._there(story, "jira")
            self.house.jira.person("edit_comment", issue=it.key, comment=said.remote, body=body)
        else:
            self.house.salesforce.person("edit_comment", comment=said.remote, body=text)
        story.corrected[said.key] = act.value
        return f"instead of {said.key!r}"

    def _answers(self, story: Story, act: Act) -> str:
        """The customer answers the last mail of the support; without one they write no more."""
        got = [m for m in self.sight.got(story.customer) if is_ours(self.house.support, m)]
        if not got:
            raise Refused("the customer has got no mail yet")
        name = f"{act.value.split()[0]}.txt" if act.file else ""
        files = [{"name": name, "content": f"bytes of {name}"}] if name else []
        text = f"{act.value} by the customer"
        given = {"from": story.customer, "body": text, "reply_to_mail": got[-1].uid, "files": files}
        self.house.email.person("write", **given)
        story.said.append(
            Said(act.number, "email", "public", act.value, name, self.house.sandbox.clock.now())
        )
        return "written"

    # what becomes of the whole --------------------------------------------------------------------

    def _links(self, story: Story, act: Act) -> str:
        """An agent types the key of the group's issue into their ticket, or takes it away."""
        it = self._there(story, "zendesk")
        shared = self.sight.issue(story.number - story.number % GROUP)
        if shared is None:
            raise Refused("there is no issue to share yet")
        value = shared.key if act.what == "link" else ""
        self._put("zendesk", it, **{"Jira issue": value})
        story.ends.append((act.number, act.what, shared.key))
        return act.what

    def _merges(self, story: Story, act: Act) -> str:
        """The ticket is merged into the next one of its group."""
        it, target = self._there(story, "zendesk"), self.sight.ticket(int(act.what))
        if target is None or story.has("merge"):
            raise Refused("nothing to merge into")
        self.house.zendesk.person("merge", target=target.id, sources=[it.id])
        story.ends.append((act.number, "merge", act.what))
        self.ledger.stories[int(act.what)].ends.append((act.number, "heir", str(story.number)))
        return "merged"

    def _deletes(self, story: Story, act: Act) -> str:
        if story.has("delete"):
            raise Refused("something of it was deleted already")
        it = self._there(story, act.side)
        if act.side == "zendesk":
            self.house.zendesk.person("delete", ticket=it.id)
        elif act.side == "jira":
            self.house.jira.person("delete", issue=it.key)
        else:
            self.house.salesforce.person("delete", record=it["Id"])
        story.ends.append((act.number, "delete", act.side))
        return "deleted"

    def _moves_away(self, story: Story, act: Act) -> str:
        if story.has("move"):
            raise Refused("it was moved already")
        it = self._there(story, "jira")
        self.house.jira.person("move", issue=it.key, project=act.value)
        story.ends.append((act.number, "move", it.key))
        return f"{it.key} now"

    # the mailbox ----------------------------------------------------------------------------------

    def _again(self, story: Story, act: Act) -> str:
        del story
        self.house.email.person("redeliver", travelled=random.Random(act.number).random() < 0.5)
        return "delivered once more"

    def _reads(self, story: Story, act: Act) -> str:
        del story, act
        self.house.email.person("read", all=True)
        return "all mails are read"


def is_ours(support: str, mail: Any) -> bool:
    head = mail.content.read().partition(b"\r\n\r\n")[0].lower()
    return b"from:" in head and f"<{support}>".encode() in head


__all__ = ["EXACT", "VENDORS", "People"]

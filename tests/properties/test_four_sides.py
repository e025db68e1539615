"""
Random people on four sides: the support mailbox is one of them. Cut connections, repeated deliveries; then calm.

The promises of `test_three_sides`, and those that only mail can break: what reached a customer cannot be
taken back.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from connectors.email.delivering import GRACE as TIME_TO_TURN_UP
from sandbox.faults import Crash, Fault
from sandbox.zendesk.people import new_end_user
from tests.properties.correspondents import DONE, GRACE, Mail, MailWorld, mappings_with
from tests.properties.fates import IMAP_FATES, MAIL_FATES, fault_of
from tests.properties.sides import HANDED_OVER
from tests.properties.test_three_sides import IN_SALESFORCE, VENDORS, ThreeSides
from tests.world import World

KIM, HOME = "kim@globex.example", "kim@home.example"
BO, CARL, EVE = "bo@globex.example", "carl@elsewhere.example", "eve@elsewhere.example"
EVERYWHERE = {
    "zendesk": ["jira", "salesforce", "email"],
    "salesforce": ["zendesk", "jira", "email"],
}
MOST = 9
"""Mails within the time for which calm is kept."""
_TYPED = re.compile(r"[mcxvb]\d+xquite")


class FourSides(ThreeSides):
    """One ticket of one customer, wherever it begins; on tickets that began elsewhere no mail is sent."""

    told: ClassVar[bool] = False
    evidence: ClassVar[str] = "copy"
    mail_fates: ClassVar[tuple[str, ...]] = MAIL_FATES
    imap_fates: ClassVar[tuple[str, ...]] = IMAP_FATES

    def __init__(self) -> None:
        super().__init__()
        self.mail = Mail(self.world)
        self.mail.makes_a_mailbox()
        self.contact = self.salesforce.create("Contact", LastName="Kim", Email=KIM, AccountId=self.account)
        self.mailed: set[str] = set()
        """What takes part in the conversation said by mail."""
        self.flagged: set[str] = set()
        """What outsiders and machines said by mail: for agents alone."""
        self.returned: set[str] = set()
        self.files: set[str] = set()
        self.readers: set[str] = set()
        self.joining: set[str] = set()
        self.age = 0
        self.ages: dict[str, int] = {}
        """Of each text, how often calm had returned before it."""
        self.due: dict[str, set[str]] = {}
        """Who must get what was said in public."""
        self.solved = self.touched = False
        self.said = 0

    def make_world(self) -> World:
        if self.told:
            mappings_with(self.folder, EVERYWHERE)
        return MailWorld(self.folder, mailbox={"mailboxes": ["INBOX", DONE], "evidence": self.evidence}, crm=True)

    @initialize(born=st.sampled_from(["email", "zendesk", "salesforce"]), follower=st.booleans(), file=st.booleans())
    def a_ticket_begins(self, born: str, follower: bool, file: bool) -> None:
        self.born = born
        subject = self.new("s")
        self.typed["subject"].add(subject)
        if born == "email":
            self.readers = {KIM, BO} if follower else {KIM}
            more = {"cc": [BO]} if follower else {}
            _ = self.mail.write(KIM, "It broke", subject=subject, files=self.files_of(file), **more)
        elif born == "zendesk":
            _ = new_end_user(self.world.zendesk.state, "Kim", KIM)
            self.world.zendesk.person("create", subject=subject, body="It broke", requester=KIM, **HANDED_OVER)
        else:
            fields = {"AccountId": self.account, "ContactId": self.contact, **IN_SALESFORCE}
            _ = self.salesforce.create("Case", Subject=subject, **fields)
        if born != "email" and self.told:
            self.readers = {KIM}
        self.settle()
        assert self.number is not None
        # without an assignee Zendesk refuses to solve a ticket: a scenario of its own
        assert self.zendesk.set(self.number, assignee_email="hub@support.example", **HANDED_OVER)
        self.someone_comments("zendesk", public=True)  # who got a mail can answer it
        self.settle()

    def new(self, kind: str) -> str:
        value = f"{super().new(kind)}quite"  # long enough not to stand in a digest by chance
        self.ages[value] = self.age
        return value

    def files_of(self, some: bool) -> list[dict[str, str]]:
        if not some:
            return []
        name = f"{self.new('f')}.txt"
        self.files.add(name)
        return [{"name": name, "content": f"bytes of {name}"}]

    # people -----------------------------------------------------------------------------------------

    @rule(side=st.sampled_from(VENDORS), public=st.booleans())
    def someone_comments(self, side: str, public: bool) -> None:
        if not self.may_write():
            return
        text = self.new("m")
        if side == "zendesk" and self.number is not None:
            if not self.zendesk.say(self.number, text, public=public):
                return
        elif side == "salesforce" and self.case is not None:
            self.salesforce.say(self.case, text, public=public)
        elif side == "jira" and self.key is not None:
            _ = self.jira.say(self.key, text, customer=public)
        else:
            return
        if public:
            self.public.add(text)
            self.due[text] = set(self.readers)
        else:
            (self.engineers if side == "jira" else self.internal).add(text)
        self.world.clock.advance(1.0)

    @rule(who=st.sampled_from([KIM, BO]), copied=st.booleans(), file=st.booleans(), quotes=st.booleans())
    def a_customer_answers(self, who: str, copied: bool, file: bool, quotes: bool) -> None:
        if who in self.readers:
            self.answer(who, cc=[CARL] if copied else [], files=self.files_of(file), quotes=quotes)

    def answer(self, who: str, **more: Any) -> None:
        if not self.mail.got(who) or not self.may_write():
            self.files -= {file["name"] for file in more.get("files", ())}
            return
        text = self.new("c")
        _ = self.mail.answer(who, text, **more)
        self.mailed.add(text)
        self.joining |= set(more.get("cc", ()))
        self.touched = True

    def may_write(self) -> bool:
        """Within the caps on mails, each way: what stops a loop would stop a chatterer, too."""
        self.said += 1
        return self.said <= MOST

    @rule(who=st.sampled_from([HOME, EVE]))
    def somebody_answers_in_anothers_place(self, who: str) -> None:
        """From another address of their own, or as one to whom the mail was forwarded."""
        got = self.mail.got(KIM)
        if got and who not in self.readers | self.joining and self.may_write():
            text = self.new("x")
            name = f"<{got[-1]['message_id']}>"
            _ = self.mail.write(
                who, text, to=got[-1]["reply_to"], subject=f"Fwd: {got[-1]['subject']}",
                headers={"In-Reply-To": name, "References": name},
            )  # fmt: skip
            self.flagged.add(text)
            self.touched = True

    @rule(who=st.sampled_from([KIM, BO]))
    def a_customer_is_away(self, who: str) -> None:
        text = self.new("v")
        if self.mail.is_away(who, text):
            self.flagged.add(text)

    @rule(who=st.sampled_from([KIM, BO]))
    def a_mail_comes_back(self, who: str) -> None:
        got = self.mail.got(who)
        if got and got[-1]["message_id"] not in self.returned:
            self.returned.add(got[-1]["message_id"])
            text = self.new("b")
            assert self.mail.bounces(who, diagnostic=f"550 5.1.1 {text}")
            self.flagged.add(text)

    @rule(
        where=st.sampled_from(["open", "pending", "hold", "solved", "solved", "Working", "Closed", "In Progress", "Done"])
    )
    def somebody_sets_the_status(self, where: str) -> None:
        if self.number is None or self.case is None or self.key is None:
            return
        self.touched = True
        if where.islower():
            _ = self.zendesk.set(self.number, status=where)
        elif where in ("Working", "Closed"):
            _ = self.salesforce.set(self.case, Status=where)
        else:
            _ = self.jira.move_to(self.key, where)

    # what three sides show, without a mailbox
    def a_rep_sets_the_status(self) -> None: ...
    def an_engineer_moves_the_issue(self) -> None: ...
    def someone_tells_the_impact(self) -> None: ...
    def lone_edit_wins(self) -> None: ...

    # the mailbox ------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["again", "travelled", "renumbered", "read"]), place=st.integers(0, 20))
    def something_happens_to_the_mailbox(self, what: str, place: int) -> None:
        if what == "renumbered":
            self.mail.is_renumbered()
        elif what == "read":
            self.mail.is_read()
            self.mail.is_filed(place)
        else:
            self.mail.comes_again(travelled=what == "travelled")

    # the hub ----------------------------------------------------------------------------------------

    @rule(data=st.data(), side=st.sampled_from(VENDORS), others=st.booleans())
    def something_is_said_while_mail_goes_wrong(self, data: st.DataObject, side: str, others: bool) -> None:
        """What is said in public is sent in the same run; `others`: the other sides go wrong, too."""
        self.someone_comments(side, public=True)
        if others:
            self.the_hub_runs(data)
            return
        self.mail_goes_wrong(data)
        with suppress(Crash):
            _ = self.world.sync()
        self.calm_down()
        self.world.reborn()

    @rule(data=st.data())
    def the_hub_runs(self, data: st.DataObject) -> None:
        self.mail_goes_wrong(data)
        super().the_hub_runs(data)

    def mail_goes_wrong(self, data: st.DataObject) -> None:
        for endpoint, fates in ("SMTP MESSAGE", self.mail_fates), ("IMAP FETCH", self.imap_fates):
            for fate in data.draw(st.lists(st.sampled_from(fates), max_size=3), label=endpoint):
                _ = self.world.mail.faults.always(self.mail_fault(fate), endpoint=endpoint, times=1)

    @rule()
    def the_hub_runs_undisturbed(self) -> None:
        _ = self.world.sync()

    def mail_fault(self, fate: str) -> Fault:
        return fault_of(fate, partial(self.meanwhile, "email"))

    def meanwhile(self, vendor: str, request: Any) -> None:
        if vendor != "email":
            super().meanwhile(vendor, request)
        elif self.readers:
            self.answer(KIM)
            self.mail.is_filed(0)

    def calm_down(self) -> None:
        super().calm_down()
        self.world.mail.faults.clear()
        self.world.mail.desk.crashed = None

    # what must hold ---------------------------------------------------------------------------------

    def settle(self) -> None:
        self.calm_down()
        self.world.tick(GRACE)
        for _ in range(8):
            if not self.world.unsettled():
                break
            self.world.tick(GRACE)
            _ = self.world.sync()
        super().settle()
        self.reaches_each_reader_once()
        self.tells_by_mail_what_was_said_in_public()
        self.never_reopens()
        self.keeps_order()
        self.keeps_files()
        self.age += 1
        self.readers |= self.joining
        self.joining, self.said = set(), 0

    def goes_quiet(self) -> None:
        before = self.world.mail.calls.endpoints["SMTP MESSAGE"]
        super().goes_quiet()
        assert self.world.mail.calls.endpoints["SMTP MESSAGE"] == before
        assert not self.world.unsettled()

    def reaches_each_reader_once(self) -> None:
        """Whoever took part when it was said got it, once; nobody gets anything twice, or of their own."""
        for address in (KIM, HOME, BO, CARL, EVE):
            got = self.mail.got(address)
            texts = [mail["text"].strip() for mail in got]
            self.gets_nothing_twice(address, texts)
            for text, readers in self.due.items():
                assert address not in readers or text in texts, (address, text, texts)
            if address not in self.readers | self.joining:
                assert not got

    def gets_nothing_twice(self, address: str, texts: list[str]) -> None:
        assert len(set(texts)) == len(texts), (address, texts)

    def tells_by_mail_what_was_said_in_public(self) -> None:
        """Each mail is one public comment, and nothing else; nothing internal is in any of its bytes."""
        for address in (KIM, BO, CARL):
            for mail in self.mail.got(address):
                assert mail["text"].strip() in self.public, mail["text"]
        secret = self.internal | self.engineers | self.flagged
        for raws in self.mail.sent().values():
            for raw in raws:
                assert not any(text.encode() in raw for text in secret)

    def never_reopens(self) -> None:
        """No machine's answer, bounce, copy or echo opens what is solved."""
        status = self.zendesk.see(int(self.number or 0))["status"] if self.number is not None else ""
        if self.solved and not self.touched:
            assert status == "solved", status
        self.solved, self.touched = status == "solved", False

    def keeps_order(self) -> None:
        """What was said after calm had returned stands behind what was said before."""
        rows = [[mail["text"].strip() for mail in self.mail.got(address)] for address in (KIM, BO, CARL)]
        rows += [texts for texts, _ in self._heard()]
        for row in rows:
            ages = [self.ages[text] for one in row for text in _TYPED.findall(one)[-1:]]
            assert len(ages) == len(row)
            assert ages == sorted(ages), row

    def keeps_files(self) -> None:
        """Each file stands once on every side."""
        if self.number is None:
            return
        comments = self.world.zendesk.state.ticket(self.number).comments
        places = [[file.name for comment in comments for file in comment.attachments]]
        if self.key is not None:
            places.append([file.filename for file in self.jira.issue(self.key).attachments])
        for names in places:
            assert sorted(names) == sorted(self.files), (names, self.files)

    def _heard(self) -> list[tuple[list[str], set[str]]]:
        found: list[tuple[list[str], set[str]]] = []
        for texts, said in super()._heard():
            others = [one for one in texts if "Attached:" not in one]
            found.append((others, said | self.mailed | self.flagged))
        return found

    def keeps_secrets(self) -> None:
        super().keeps_secrets()
        read = self.zendesk.texts(self.number, public=True) if self.number is not None else []
        read += self.salesforce.texts(self.case, public=True) if self.case is not None else []
        for text in self.flagged:
            assert not any(text in one for one in read)


class ToldByMail(FourSides):
    """Tickets of Zendesk and Salesforce get a conversation, too."""

    told: ClassVar[bool] = True


class UndisturbedMail(ToldByMail):
    """No faults: people alone must not be able to break a promise."""

    fates: ClassVar[tuple[str, ...]] = ("ok",)
    mail_fates: ClassVar[tuple[str, ...]] = ("ok",)
    imap_fates: ClassVar[tuple[str, ...]] = ("ok",)


class DoubtfulMail(ToldByMail):
    """Mails whose acceptance was never heard of, and processes that die on either side of one."""

    fates: ClassVar[tuple[str, ...]] = ("ok",)
    mail_fates: ClassVar[tuple[str, ...]] = ("ok", "lost", "lost_before", "crash before", "crash after")


class WithoutEvidence(DoubtfulMail):
    """A provider that keeps no trace: a mail in doubt is sent again, the same one, and not before its time."""

    evidence: ClassVar[str] = "none"

    def gets_nothing_twice(self, address: str, texts: list[str]) -> None:
        arrivals = self.mail.arrivals(address)
        assert len(arrivals) == len(set(texts)), (address, texts)
        for times in arrivals.values():
            assert all(later - earlier >= TIME_TO_TURN_UP for earlier, later in pairwise(times)), times


TestFourSides = FourSides.TestCase
TestToldByMail = ToldByMail.TestCase
TestUndisturbedMail = UndisturbedMail.TestCase
TestDoubtfulMail = DoubtfulMail.TestCase
TestWithoutEvidence = WithoutEvidence.TestCase
for _case in (TestFourSides, TestToldByMail, TestUndisturbedMail, TestDoubtfulMail, TestWithoutEvidence):
    _case.settings = settings(max_examples=3, stateful_step_count=8)
del _case

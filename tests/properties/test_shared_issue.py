"""Many tickets, one issue: whatever people do to either, the issue shows what its tickets add up to."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sandbox.faults import Crash
from tests.properties.fates import fault_of
from tests.properties.sides import PRIORITY, SHOWS_STATUS, Jira, Zendesk
from tests.world import World, summary, writes

RANK = ["low", "normal", "high", "urgent"]
DONE = ("solved", "closed")
which = st.integers(0, 2)


class Sharing(RuleBasedStateMachine):
    """Three tickets; the first is handed over, the others may be linked to its issue and unlinked."""

    fates: ClassVar[tuple[str, ...]] = ("ok", "lost", "crash before", "crash after", "throttle")
    vendors: ClassVar[tuple[str, ...]] = ("zendesk", "jira")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.world = World(self.folder, crm="salesforce" in self.vendors)
        self.zendesk, self.jira = Zendesk(self.world), Jira(self.world)
        self.numbers: list[int] = []
        self.linked: set[int] = set()
        self.count = 0
        self.said: dict[int, set[str]] = {}
        self.engineers: set[str] = set()

    @initialize()
    def one_is_handed_over(self) -> None:
        for i in range(3):
            fields = self.about(i) | ({} if i == 0 else {"Needs engineering": False})
            number = self.zendesk.create(f"t{i}x", **fields)
            _ = self.zendesk.set(number, assignee_email="hub@support.example", priority=RANK[i])
            self.numbers.append(number)
            self.said[number] = set()
        _ = self.world.settle()
        self.linked = {self.numbers[0]}

    def about(self, i: int) -> dict[str, Any]:
        """What else is known of a ticket."""
        del i
        return {}

    @property
    def key(self) -> str:
        return self.jira.keys()[0]

    @rule(i=st.integers(1, 2))
    def an_agent_types_the_key(self, i: int) -> None:
        if self.zendesk.set(self.numbers[i], **{"Jira issue": self.key}):
            self.linked.add(self.numbers[i])

    @rule(i=st.integers(1, 2))
    def an_engineer_adds_a_remote_link(self, i: int) -> None:
        self.settle()
        if self.numbers[i] in self.linked:
            return
        number = self.numbers[i]
        url = f"{self.world.settings.zendesk.url}/agent/tickets/{number}"
        if url in [link.body["object"]["url"] for link in self.jira.issue(self.key).remote_links]:
            _ = self.world.jira.person("delete_remote_link", issue=self.key, link=url)
            self.settle()  # an old link of theirs was still there: anew is anew
        _ = self.world.jira.person("add_remote_link", issue=self.key, url=url, title="see")
        self.linked.add(number)
        self.settle()

    @rule(i=which)
    @precondition(lambda self: len(self.linked) > 1)
    def an_agent_takes_the_key_away(self, i: int) -> None:
        self.settle()
        number = self.numbers[i]
        if number not in self.linked or len(self.linked) == 1:
            return
        if self.zendesk.set(number, **{"Jira issue": ""}):
            self.linked.discard(number)
        self.settle()

    @rule(i=which, users=st.integers(1, 50))
    def an_agent_counts_users(self, i: int, users: int) -> None:
        _ = self.zendesk.set(self.numbers[i], **{"Affected users": users})

    @rule(i=which, priority=st.sampled_from(RANK))
    def an_agent_sets_the_priority(self, i: int, priority: str) -> None:
        _ = self.zendesk.set(self.numbers[i], priority=priority)

    @rule(i=which, status=st.sampled_from(["open", "pending", "hold", "solved"]))
    def an_agent_sets_the_status(self, i: int, status: str) -> None:
        _ = self.zendesk.set(self.numbers[i], status=status)

    @rule(i=which, public=st.booleans())
    def an_agent_comments(self, i: int, public: bool) -> None:
        self.count += 1
        text = f"m{self.count}x"
        if self.zendesk.say(self.numbers[i], text, public=public):
            self.said[self.numbers[i]].add(text)

    @rule()
    def an_engineer_comments(self) -> None:
        self.settle()
        self.count += 1
        text = f"e{self.count}x"
        _ = self.jira.say(self.key, text)
        self.settle()
        for number in self.linked:
            heard = self.zendesk.texts(number)
            assert sum(text in one for one in heard) == 1, heard

    @rule(status=st.sampled_from(["In Progress", "In Review", "Blocked", "Done"]))
    def an_engineer_moves_the_issue(self, status: str) -> None:
        _ = self.jira.move_to(self.key, status)

    @rule()
    def an_engineer_is_done(self) -> None:
        """An engineer's Done reaches every ticket."""
        self.settle()
        for step in ("In Progress", "In Review", "Done"):
            _ = self.jira.move_to(self.key, step)
        if self.jira.see(self.key)["status"] == "Done":
            self.settle()
            for number in self.linked:
                assert self.zendesk.see(number)["status"] in DONE

    @rule(data=st.data())
    def the_hub_runs(self, data: st.DataObject) -> None:
        for vendor in self.vendors:
            drawn = data.draw(st.lists(st.sampled_from(self.fates), max_size=3), label=vendor)
            self.world.sandbox.faults[vendor].follow([fault_of(f) for f in drawn], writes=True)
        with suppress(Crash):
            _ = self.world.sync()
        self.calm_down()
        self.world.reborn()

    def calm_down(self) -> None:
        for vendor in self.vendors:
            self.world.sandbox.faults[vendor].clear()

    def settle(self) -> None:
        self.calm_down()
        for _ in range(8):
            run = self.world.sync()
            assert run.state in ("clean", "attention"), run.summary
            if not writes(run) and not any(summary(run, "observed").values()):
                break
        else:
            raise AssertionError(f"still writing: {run.summary}")
        assert writes(self.world.sync()) == 0
        self.rolls_up()
        self.keeps_apart()

    def rolls_up(self) -> None:
        """What the issue shows is what its tickets, as people see them, add up to."""
        assert len(self.jira.keys()) == 1
        tickets = [self.zendesk.see(n) for n in self.numbers if n in self.linked]
        issue = self.jira.issue(self.key)
        users = [int(t["fields"]["Affected users"]) for t in tickets if t["fields"].get("Affected users")]
        assert issue.values.get(self.field("Affected users")) == (sum(users) if users else None)
        assert issue.values.get(self.field("Support tickets")) == len(tickets)
        priorities = [t["priority"] for t in tickets if t["priority"]]
        worst = max(priorities, key=RANK.index)
        assert PRIORITY[self.jira.see(self.key)["priority"]] == worst
        status = self.jira.see(self.key)["status"]
        if all(t["status"] in DONE for t in tickets):
            assert status == "Done"
        else:
            least = [t["status"] for t in tickets if t["status"] not in DONE]
            assert any(status in SHOWS_STATUS[s] for s in least), (status, least)
        for number in self.numbers:
            shown = self.zendesk.see(number)["fields"].get("Jira issue") or ""
            assert shown == (self.key if number in self.linked else "")
        links = {link.global_id for link in issue.remote_links if link.global_id}
        assert links >= {f"system=zendesk&id={n}" for n in self.linked}

    def keeps_apart(self) -> None:
        """keeps_secrets: what one customer's ticket says never reaches another customer's ticket."""
        for number in self.numbers:
            heard = "\n".join(self.zendesk.texts(number))
            for other, texts in self.said.items():
                if other != number:
                    assert not any(text in heard for text in texts)

    def field(self, name: str) -> str:
        return next(f.id for f in self.world.jira.state.fields.values() if f.name == name)

    def teardown(self) -> None:
        try:
            if self.numbers:
                self.settle()
        finally:
            self.world.close()
            shutil.rmtree(self.folder, ignore_errors=True)


TestSharing = Sharing.TestCase
TestSharing.settings = settings(max_examples=12, stateful_step_count=10)

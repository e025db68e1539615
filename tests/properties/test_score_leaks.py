"""
What a score, a deadline, a suggestion or a brief tells of a ticket: nothing that its reader may not see.

Through the real plan, to random sides: their mappings lose fields and comments at random. Every comment
and every register holds a word that stands nowhere else, and what is told by kind (a tier, a signal) is
told by words that are looked for. Looked through is all that is asked of a side, to the last byte.

Two things are meant for others. What people say to the hub itself (`/risk dismiss: why`) is shown where
the verdict is. What solved another ticket is quoted from its public words, for staff who read such words.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import hub.brief.sharing
import hub.telling
from hub.alert_causes import Levels, of_ticket
from hub.appraise import Surroundings
from hub.brief import EVERYTHING, Reader
from hub.cluster import Cluster, Policy, Replica, Traits
from hub.fingerprint import fingerprint
from hub.mapping import Mapping as FieldMapping
from hub.mapping.rules import Flow
from hub.model import (
    EMAIL,
    HUB,
    JIRA,
    SALESFORCE,
    ZENDESK,
    Audience,
    Comment,
    CommentId,
    Course,
    Origin,
    Person,
    RemoteId,
    System,
    Ticket,
    TicketId,
    Value,
)  # fmt: skip
from hub.operations import AddComment, Operation
from hub.plan import plan
from hub.records import Held
from hub.replica import Agreed, Link, Observation, Shadow
from hub.suggest.rows import Near, row_of
from hub.telling import sees
from tests.properties.correspondents import Mail, MailWorld
from tests.properties.sides import HANDED_OVER, Jira, Salesforce, Zendesk
from tests.properties.test_appraising import APPRAISE
from tests.scoring import NOW, later
from tests.worlds import MAPPINGS, demo_mapping

SIDES = {s: demo_mapping(s) for s in (ZENDESK, JIRA, SALESFORCE, EMAIL)}
TRAITS = {
    ZENDESK: Traits(conditional_writes=True, hears_notes=True, files_on_comments=True),
    JIRA: Traits(edits_comments=True, workflow=True, conditional_writes=True),
    SALESFORCE: Traits(conditional_writes=True),
    EMAIL: Traits(conditional_writes=True, own_voice=True, customers=True),
}
AUDIENCES: tuple[Audience, ...] = ("public", "internal", "engineering")
MADE_OF = tuple(
    r
    for r in dict.fromkeys(rule.register for mapping in SIDES.values() for rule in mapping.rules)
    if r.partition(".")[0] in {"account", "impact", "custom"}
    or r in {"go_live_date", "severity", "description"}
)
"""What sides may or may not show: all that an explanation can rest on."""
SIGNALS = {
    "escalation_request": (
        "Please escalate this to your manager, {}.",
        "for an escalation",
        "somebody higher up",
        "escalation_request",
    ),
    "churn": ("We will cancel our contract because of {}.", "speaks of leaving", "may leave", "churn"),
    "production_down": ("Our production is down with {}!", "production is down", "production_down"),
}
"""How each is said, and by which words it is told."""
TALK = (
    *(said[0] for said in SIGNALS.values()),
    "It fails with error 502 since yesterday, {}.", "We tried {} and it did not help.", "I promise {} by Friday.",
    "Can engineering check {}?", "Root cause was {}.", "This is unacceptable, I am angry about {}.",
    "Order {}-77123 is stuck for 4711 users.", "> quoted {}", "Any update on {}?", "Invoices of {} are wrong.",
)  # fmt: skip
TELLING: Mapping[str, tuple[str, ...]] = {
    "account.arr": ("77,310,001", "77310001"),
    "account.tier": ("enterprise",),
    "account.health": ("health is red", "Health: red"),
    "account.renewal_date": ("2026-12-11", "renews", "renewal is"),
    "impact.affected_users": ("9,931", "9931"),
    "impact.revenue_at_risk": ("88,310,001", "88310001"),
    "go_live_date": ("2026-11-27", "go-live date is"),
    "severity": ("Severity is", "of severity"),
}
"""By what each register is told that holds no word of its own."""


ACCOUNT = {
    f"account.{name}" for name in ("name", "tier", "segment", "arr", "currency", "renewal_date", "health")
}  # fmt: skip


class Word(NamedTuple):
    """Where a word stands: a comment's audience, a register, or nowhere any more."""

    ticket: TicketId
    kind: str
    of: str


class Case:
    """Two customers' tickets behind one issue, a third one that is solved, and the sides that show them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.words: dict[str, Word] = {}
        self.from_crm = draw(st.booleans())
        self.sides = {system: self._side(mapping) for system, mapping in SIDES.items()}
        self.tickets = [self._ticket(number) for number in (1, 2)]
        self.solved = self._solved()
        self.held = {ticket.id: self._held(ticket) for ticket in self.tickets}
        near = (
            Near(row_of(self.solved), 0.9),
            Near(replace(row_of(self.solved), id=TicketId("zendesk:8")), 0.9),
        )
        around = Surroundings({}, {self.tickets[0].id: near})
        self.appraise = replace(APPRAISE, surroundings=around)
        self.policy = Policy(self.sides, TRAITS, lambda _: tuple(SIDES), self.appraise)

    def word(self, ticket: TicketId, kind: str, of: str) -> str:
        made = f"Zq{ticket.partition(':')[2]}x{len(self.words)}qZ"
        self.words[made] = Word(ticket, kind, of)
        return made

    # sides --------------------------------------------------------------------------------------

    def _side(self, mapping: FieldMapping) -> FieldMapping:
        """That side with fewer fields and fewer comments; a mail server stays as it is."""
        if mapping.system == EMAIL:
            return mapping
        dropped = self.draw(
            st.sets(st.sampled_from((*MADE_OF, "account.summary", "sla.customer_due", "sla.due")))
        )
        flows = {a: Flow(self.draw(st.booleans()), read=True) for a in AUDIENCES}
        rest = self.draw(st.sampled_from(["block", "none"])) if mapping.rest == "block" else mapping.rest
        rules = tuple(
            r for r in mapping.rules if r.register not in dropped | {"context.copy", "account.name"}
        )
        return dataclasses.replace(mapping, rules=rules, comments=flows, rest=rest, creates=False)

    # tickets ------------------------------------------------------------------------------------

    def _ticket(self, number: int) -> Ticket:
        name = TicketId(f"zendesk:{number}")
        registers: dict[str, Value] = {
            "subject": f"Crash of {self.word(name, 'register', 'subject')}",
            "status": self.draw(st.sampled_from(["open", "open", "pending", "solved"])),
            "requester": f"ana@globex{number}.example",
            "priority": "high",
            "needs_engineering": True,
            "product_area": "api",
        }
        may: dict[str, Value] = {
            "severity": "s1", "account.tier": "enterprise", "account.health": "red", "account.currency": "EUR",
            "account.renewal_date": "2026-12-11", "account.arr": 77_310_001, "account.arr_reported": 77_310_001,
            "impact.affected_users": 9_931, "impact.revenue_at_risk": 88_310_001, "impact.blocked": True,
            "go_live_date": "2026-11-27", "sla.due": later(self.draw(st.integers(-5, 90))),
        }  # fmt: skip
        own = ("account.name", "account.segment", "impact.workaround", "impact.environment", "impact.business_impact",
               "impact.promised_to_customer", "impact.steps_to_reproduce", "custom.order_reference", "description")  # fmt: skip
        may |= {name_: self._said(name, "register", name_) for name_ in own}
        kept = self.draw(st.sets(st.sampled_from(sorted(may)), min_size=4))
        registers |= {register: value for register, value in may.items() if register in kept}
        comments = dict(self._comment(name, i) for i in range(self.draw(st.integers(0, 6))))
        said_by = HUB if self.from_crm else ZENDESK
        origins = {r: Origin(said_by if r in ACCOUNT else HUB, later(-400)) for r in registers}
        course = Course(opened=later(-300), waiting_since=later(-9), customer_said=4, events=9)
        return Ticket(name, registers, origins, comments, course=course)

    def _comment(self, ticket: TicketId, i: int) -> tuple[CommentId, Comment]:
        audience, origin = self.draw(st.sampled_from(AUDIENCES)), self.draw(st.sampled_from([ZENDESK, JIRA]))
        removed = self.draw(st.sampled_from([False, False, True]))
        kind = "removed" if removed else "audience"
        customer = self.draw(st.booleans()) and origin == ZENDESK
        who = f"ana@globex{ticket.partition(':')[2]}.example" if customer else "bo@us.example"
        author = Person(str(customer), self.word(ticket, kind, audience), who)
        key = CommentId(f"{origin}:{'100' if origin == JIRA else ticket.partition(':')[2]}:{i}")
        body = self._said(ticket, kind, audience)
        return key, Comment(key, body, author, later(-200 + 10 * i), audience, origin, removed)

    def _said(self, ticket: TicketId, kind: str, of: str) -> str:
        own = self.word(ticket, kind, of)
        return "\n".join(self.draw(st.lists(st.sampled_from(TALK), min_size=1, max_size=3))).replace(
            "{}", own
        )

    def _solved(self) -> Ticket:
        """What others solved: only its public words may be quoted."""
        ticket = self._ticket(9)
        fixed = {
            CommentId(f"zendesk:9:f{i}"): Comment(
                CommentId(f"zendesk:9:f{i}"),
                f"We fixed {self.word(ticket.id, 'audience', audience)} by a restart.",
                Person("b", "Bo", "bo@us.example"),
                later(-20),
                audience,
                ZENDESK,
            )
            for i, audience in enumerate(reversed(AUDIENCES))
        }
        registers = {**ticket.registers, "status": "solved", "group": "Tier 2", "type": "incident"}
        return replace(ticket, registers=registers, comments={**ticket.comments, **fixed})

    # what is held and seen ------------------------------------------------------------------------

    def places(self, ticket: TicketId) -> list[Replica]:
        number = ticket.partition(":")[2]
        places = [Replica(ZENDESK, RemoteId(number)), Replica(JIRA, RemoteId("100"))]
        return [
            *places,
            Replica(SALESFORCE, RemoteId(f"500{number}")),
            Replica(EMAIL, RemoteId(f"m{number}")),
        ]

    def _held(self, ticket: Ticket) -> Held:
        links = [self._link(ticket, place) for place in self.places(ticket.id)]
        return Held(ticket, tuple(links), dirty=True)

    def _link(self, ticket: Ticket, place: Replica) -> Link:
        """That side shows already all of it that its people can write."""
        raw = self.raw(place.system)
        shadow = Shadow(
            {
                rule.register: Agreed(
                    fingerprint(rule.lens.focus(raw[rule.lens.field])), ticket.get(rule.register)
                )
                for rule in self.sides[place.system].rules
                if rule.reads and rule.kind != "reference"
            }
        )
        primary = ticket.id == "zendesk:1" or place.system != JIRA
        label = "SUP-1" if place.system == JIRA else place.remote_id
        return Link(ticket.id, *place, label=label, version="v1", shadow=shadow, primary=primary)

    def raw(self, system: System) -> dict[str, Any]:
        """What that side shows: nothing yet of what the hub makes."""
        return {rule.lens.field: None for rule in self.sides[system].rules}

    def cluster(self) -> Cluster:
        """All of it as held and seen, looked at just now."""
        seen = {
            place: Observation(place.system, place.remote_id, "v1", raw=self.raw(place.system), at=NOW)
            for ticket in self.tickets
            for place in self.places(ticket.id)
        }
        return Cluster(self.held, seen, fresh=frozenset(seen))

    def operations(self) -> Iterator[Operation]:
        made = plan(self.cluster(), replace(self.policy, afresh=True), NOW, "run")
        assert not made.looks
        yield from made.operations

    # what may be told -----------------------------------------------------------------------------

    def reader(self, system: System) -> Reader:
        """By the letter of the mapping, and not by the code that is looked at here."""
        mapping = self.sides[system]
        if system == EMAIL:
            return Reader()
        fields = {rule.register for rule in mapping.rules}
        if "account.summary" not in fields:
            # a field of the helpdesk's own, which is only read: what the CRM says does not stand there
            fields -= {
                r.register for r in mapping.rules if not r.writes and self.from_crm and r.register in ACCOUNT
            }
        else:
            fields |= ACCOUNT
        shown = {audience for audience in AUDIENCES if mapping.comments[audience].write}
        return Reader("support", frozenset(shown), frozenset(fields), context=mapping.rest == "block")

    def check(self, operation: Operation) -> None:
        system, text = operation.system, _texts(operation)
        reader, mine = self.reader(system), {operation.ticket_id}
        behind = {t.id for t in self.tickets} if system == JIRA else mine
        for found in re.findall(r"Zq\d+x\d+qZ", text):
            word = self.words[found]
            assert word.ticket in behind or self._may_quote(word, reader), (system, found, word, text)
            carried = isinstance(operation, AddComment) and word.kind == "audience" and word.of == "public"
            assert self.may(word, reader) or (system == EMAIL and carried), (system, found, word, text)
        if system == EMAIL:
            shown = [w for words in TELLING.values() for w in words] + ["points", "SLA", "priority"]
            assert not [w for w in shown if w in _machine_text(operation)], text
        self.check_telling(_machine_text(operation), reader, [t for t in self.tickets if t.id in behind])

    def check_telling(self, text: str, reader: Reader, tickets: list[Ticket]) -> None:
        for register, words in TELLING.items():
            assert reader.shows(register) or not [w for w in words if w in text], (register, text)
        for signal, (said, *told) in SIGNALS.items():
            if any(w in text for w in told):
                begin = said.partition("{}")[0]
                comments = [
                    c for t in tickets for c in t.comments.values() if begin in c.body and not c.removed
                ]
                described = any(
                    begin in str(value)
                    for t in tickets
                    for register, value in t.registers.items()
                    if register == "description" or reader.shows(register)
                )
                assert described or any(c.audience in reader.audiences for c in comments), (signal, text)

    def may(self, word: Word, reader: Reader) -> bool:
        if word.kind == "register":
            return reader.shows(word.of) or word.of == "subject"
        return word.kind == "audience" and word.of in reader.audiences

    def _may_quote(self, word: Word, reader: Reader) -> bool:
        """Of the solved ticket: its public words, to those who may read such words at all."""
        return word.ticket == self.solved.id and word.of == "public" and "public" in reader.audiences


def _texts(operation: Operation) -> str:
    """All that an operation brings to a side; not what that side showed before."""
    kept = {name: value for name, value in msgspec.to_builtins(operation).items() if name != "before"}
    return json.dumps(kept, ensure_ascii=False, default=str)


def _machine_text(operation: Operation) -> str:
    """What the hub itself says there: fields, not the comments that it carries."""
    changes: Any = getattr(operation, "changes", {})
    made = [v for v in changes.values() if isinstance(v, str)]
    return _without_talk("\n".join(made))


def _without_talk(text: str) -> str:
    for said, *_ in SIGNALS.values():
        text = re.sub(re.escape(said).replace(r"\{\}", r"\S+"), "", text)
    return text


CASES = st.composite(Case)()


def check_all(case: Case) -> None:
    for operation in case.operations():
        case.check(operation)


@given(CASES)
def test_no_side_is_told_what_its_readers_may_not_see(case: Case) -> None:
    """No byte of any write: reasons, risk, brief, block, deadlines, suggestions, signals; and no other customer's."""
    check_all(case)


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (hub.telling, "sees", lambda reader: lambda name: True),  # noqa: ARG005
        (hub.brief.sharing, "reader_of", lambda mapping, tickets=(): EVERYTHING),  # noqa: ARG005
        (hub.telling, "why_for", lambda clocks, may_see: "\n".join(clocks.why)),  # noqa: ARG005
    ],
    ids=["reasons", "brief", "deadlines"],
)
def test_these_tests_notice_a_leak(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, broken: Callable[..., Any]
) -> None:
    """What a reader may see is asked for nothing: each time, some ticket is told that should not be."""
    monkeypatch.setattr(module, name, broken)
    quick = settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    looking = settings(quick, report_multiple_bugs=False)(given(CASES)(check_all))
    with pytest.raises(AssertionError):
        looking()


@given(CASES, st.sampled_from([ZENDESK, JIRA, SALESFORCE]), st.booleans())
def test_no_alert_tells_what_its_readers_may_not_see(case: Case, system: System, quotes: bool) -> None:
    """A warning goes to a chat room: it tells what the people of one side may see; internal words if asked to."""
    reader, levels = case.reader(system), Levels(attention=0, risk=0, silent=0, quotes=quotes)
    for ticket in case.tickets:
        made = case.appraise(Held(ticket), ticket, NOW)
        subject = of_ticket(Held(ticket), made, NOW, levels, sees(reader), low=0.0)
        assert subject is not None or ticket.get("status") == "solved"
        text = msgspec.json.encode(subject).decode()
        for found in re.findall(r"Zq\d+x\d+qZ", text):
            assert case.may(case.words[found], reader), (found, case.words[found], text)
        case.check_telling(_without_talk(text), reader, [ticket])


# the whole product ------------------------------------------------------------------------------


def narrower(folder: Path) -> None:
    """
    Put mapping files into a hub's folder by which the sides see less.

    Internal words stay in the helpdesk; engineers know nothing of the account, and support nothing but
    what its own helpdesk says of it.
    """
    _ = shutil.copytree(MAPPINGS, folder / "mappings")
    for name, fields, rest in (
        ("zendesk", ("account.summary",), "none"),
        (
            "jira",
            ("account.tier", "account.arr_reported", "account.renewal_date", "impact.affected_users"),
            "none",
        ),
        ("salesforce", (), "block"),
    ):
        file = folder / "mappings" / f"{name}.yaml"
        spec = yaml.safe_load(file.read_text("utf-8"))
        for field in fields:
            del spec["fields"][field]
        spec["comments"]["internal"]["write"] = name == "zendesk"
        spec["context"] = {"rest": rest} | ({"block": spec["context"]["block"]} if rest == "block" else {})
        _ = file.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    narrower(tmp_path)
    found = MailWorld(tmp_path, crm=True)
    yield found
    found.close()


NOTE = "ZqnoteqZ"


def test_no_system_is_told_what_its_people_may_not_see(world: MailWorld) -> None:
    """
    Through the real connectors: a customer writes, an agent notes, engineers and reps look at what they see.

    The note raises the score on every side, and is quoted on none but its own; the account counts on
    every side, and is told where it is known alone.
    """
    zendesk, jira, salesforce, mail = Zendesk(world), Jira(world), Salesforce(world), Mail(world)
    account = salesforce.create(
        "Account",
        Name="Globex",
        Domains__c="globex.example",
        Tier__c="enterprise",
        ARR__c=7_310_003,
        Health__c="red",
    )
    _ = salesforce.create("Contact", LastName="Kim", Email="kim@globex.example", AccountId=account)
    words = "Our production is down. It fails with error 502. Any update?"
    world.mail.person("write", **{"from": "Kim <kim@globex.example>", "subject": "Checkout", "body": words})
    _ = world.settle()
    ticket = next(t.id for t in world.zendesk.state.tickets.values() if t.subject == "Checkout")
    assert zendesk.set(ticket, assignee_email="hub@support.example", **HANDED_OVER)
    agent = "owner@support.example"
    note = f"Please escalate this to your manager, {NOTE}. We tried {NOTE}, no luck."
    for body, public in ((note, False), ("We look into it.", True)):
        _ = world.zendesk.person("comment", ticket=ticket, body=body, public=public, author=agent)
        world.clock.advance(1)
    _ = world.settle()

    here = json.dumps(zendesk.see(ticket), ensure_ascii=False, default=str)
    assert NOTE in here and "Somebody asked for an escalation" in here
    assert "The account counts for" in here
    assert not [word for word in ("7,310,003", "enterprise", "health is red") if word in here]

    [key] = jira.keys()
    issue = json.dumps(jira.issue(key).values, ensure_ascii=False, default=str) + "\n".join(jira.texts(key))
    assert "Where it stands" in issue and "error 502" in issue
    assert not [
        w for w in (NOTE, "escalation", "7,310,003", "7310003", "enterprise", "health is red") if w in issue
    ]

    [case] = salesforce.cases()
    shown = json.dumps(salesforce.see(case), ensure_ascii=False, default=str) + "\n".join(
        salesforce.texts(case)
    )
    assert "What the customer wrote counts for" in shown and "7,310,003" in shown
    assert not [
        word
        for word in (NOTE, "for an escalation", "escalation_request", "somebody higher up")
        if word in shown
    ]

    mails = "\n".join(raw.decode("utf-8", "replace") for raw in mail.sent()["kim@globex.example"])
    assert "We look into it" in mails
    told = (
        NOTE,
        "7,310,003",
        "enterprise",
        "points",
        "SLA",
        "score",
        "escalat",
        "Where it stands",
        "counts for",
    )
    assert not [word for word in told if word in mails]

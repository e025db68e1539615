"""
The verbs that stories are told in: what people do, what the hub does, what everybody sees then.

A step is a word (`sync`) or one word with its details (`zendesk comment crash: {body: Any news?}`).
Tickets and issues go by the names that the story gives them; `$name` stands for one within a text.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flows.inline import set_link
from flows.matching import find_matches, offers
from flows.matching_choices import accept, chosen, reject
from flows.matching_choices import undo as undo_match
from flows.parking import drop, edit, groups, retry, selected
from flows.settling import resolve_conflict
from sandbox.zendesk.organizations import create as create_organization
from sandbox.zendesk.people import new_end_user
from tests.properties.sides import HANDED_OVER, _plain, is_conflict_note
from tests.properties.sides import shown as shown_as
from tests.scenarios.auditing import Auditing
from tests.scenarios.crm import Crm
from tests.scenarios.mailing import Mailing
from tests.scenarios.operating import Operating
from tests.world import World, summary, writes

Details = Mapping[str, Any]
_OF_NO_TICKET = {
    "merge_users", "change_address", "rename_field", "retype_field", "delete_field", "deactivate_field", "rename_option", "delete_option",
}  # fmt: skip
_OF_NO_ISSUE = {
    "rename_field", "delete_field", "rename_option", "delete_option", "add_option", "rename_status", "add_status",
    "add_transition",
    "revoke", "restore",
}  # fmt: skip
_NAMED = re.compile(r"\$([A-Za-z_]\w*)")


class Stage(Auditing, Operating):
    """One world, and the names that a story has for what is in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names: dict[str, Any] = {"zendesk": world.settings.zendesk.url}
        self.last: Any = None
        self.crm = Crm(world, self.names)
        self.mailing = Mailing(world, self.names)

    def play(self, step: str | Mapping[str, Any]) -> None:
        """Do one step, or check what it expects. Raises `AssertionError` where it is otherwise."""
        [(words, details)] = step.items() if isinstance(step, Mapping) else [(step, None)]
        verb, _, rest = words.partition(" ")
        act = getattr(self, f"do_{verb}", None)
        if act is None:
            raise ValueError(f"no verb {verb!r} in {words!r}")
        act(rest, self._filled(details))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return _NAMED.sub(lambda m: str(self.names.get(m[1], m[0])), value)
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        return value

    def _of(self, name: str) -> Any:
        return self.names.get(name, name)

    # what people do -------------------------------------------------------------------------------

    def do_zendesk(self, words: str, details: Details | None) -> None:
        """`zendesk ACTION TICKET`: a person acts in Zendesk; `hand_over` creates all that is required."""
        action, _, name = words.partition(" ")
        given = dict(details or {})
        if action in ("create", "hand_over"):
            fields = {**HANDED_OVER, **given} if action == "hand_over" else given
            fields.setdefault("subject", name)
            self.names[name] = self.world.zendesk.person("create", **fields)["ticket"]
            return
        if action == "set_organization":
            given["organization"] = name
        elif action in ("redact", "make_private"):
            said = self.ticket(name)["comments"]
            given["comment"] = next(c["id"] for c in said if given["comment"] in c["body"])
        elif action in _OF_NO_TICKET:
            pass
        elif action == "merge":
            given |= {"target": self._of(name), "sources": [self._of(one) for one in given["sources"]]}
        else:
            given["ticket"] = self._of(name)
        if action == "attach":
            given["data"] = given.pop("text").encode()
        self.world.zendesk.person(action, **given)

    def do_jira(self, words: str, details: Details | None) -> None:
        """`jira ACTION ISSUE`: a person acts in Jira; `set` sets fields by name."""
        action, _, name = words.partition(" ")
        given = dict(details or {})
        if action == "create":
            made = self.world.jira.person("create", **{"project": "SUP", "summary": name, **given})
            self.names[name] = made["key"]
            return
        if action in _OF_NO_ISSUE:
            self.world.jira.person(action, **given)
            return
        key = self._of(name)
        if action == "set":
            action, given = "set_fields", {"fields": given}
        elif action in ("edit_comment", "delete_comment"):
            said = self.world.jira.state.issue(key).comments
            given["comment"] = str(next(c.id for c in said if given["comment"] in _plain(c.body)))
        elif action == "attach":
            given["content"] = given.pop("text").encode()
        self.world.jira.person(action, issue=key, **given)

    def do_salesforce(self, words: str, details: Details | None) -> None:
        """`salesforce ACTION NAME`: a rep acts in Salesforce; `create Case x`, `create Account y`, …"""
        self.crm.act(words, details or {})

    def do_mail(self, words: str, details: Details | None) -> None:
        """`mail write kim`, `mail vacation kim`, `mail redeliver`, …: see `Mailing.act`."""
        self.mailing.act(words, details or {})

    def do_company(self, name: str, details: Details | None) -> None:
        """`company NAME`: an organization with one person in it, `someone@<domain>`."""
        fields = dict(details or {})
        domain = fields.pop("domain")
        account = self.world.zendesk.state
        body = {"name": name, "domain_names": [domain], "organization_fields": fields}
        create_organization(account, body)
        _ = new_end_user(account, f"Someone at {name}", f"someone@{domain}")

    def do_customer(self, email: str, _: Details | None) -> None:
        """`customer EMAIL`: somebody without an organization in Zendesk."""
        _ = new_end_user(self.world.zendesk.state, email.partition("@")[0].capitalize(), email)

    def do_type(self, name: str, details: Details | None) -> None:
        """`type ISSUE`: an engineer adds a paragraph to the description: at its end, `first`, or `inside` the block."""
        assert details
        issue = self.world.jira.state.issue(self._of(name))
        doc = copy.deepcopy(issue.values["description"])
        said = {"type": "paragraph", "content": [{"type": "text", "text": details["paragraph"]}]}
        if details.get("inside"):
            panel = next(node for node in doc["content"] if node["type"] == "panel")
            panel["content"].append(said)
        else:
            doc["content"].insert(0 if details.get("first") else len(doc["content"]), said)
        self.world.jira.person("set_fields", issue=issue.key, fields={"description": doc})

    # what the hub does ----------------------------------------------------------------------------

    def do_sync(self, _: str, __: Details | None) -> None:
        self._ran(self.world.sync())

    def do_settle(self, _: str, __: Details | None) -> None:
        for run in self.world.settle():
            self._ran(run)

    def do_backfill(self, _: str, __: Details | None) -> None:
        """Everything is taken over, and nobody is told."""
        self._ran(self.world.sync("backfill"))

    def do_restart(self, _: str, __: Details | None) -> None:
        """The hub's process ends and a new one starts."""
        self.world.reborn()

    def _ran(self, run: Any) -> None:
        assert run.state in ("clean", "attention"), run.summary
        if writes(run):
            self.last = run

    def do_tick(self, _: str, seconds: Any) -> None:
        self.world.tick(float(seconds))

    def do_link(self, _: str, pair: Any) -> None:
        _ = set_link(self.world.assembly, f"#{self._of(pair[0])}", self._of(pair[1]), wanted=True)

    def do_unlink(self, _: str, pair: Any) -> None:
        _ = set_link(self.world.assembly, f"#{self._of(pair[0])}", self._of(pair[1]), wanted=False)

    def do_match(self, _: str, expected: Any) -> None:
        """`hub match`: what it proposes, by the labels of both, and how many others could be it."""
        found = [o.proposal for o in find_matches(self.world.assembly) if o.state == "proposed"]
        shown = [{"ticket": p.label, "other": p.other, "rivals": len(p.rivals)} for p in found]
        assert len(shown) == len(expected), shown
        for one, wanted in zip(shown, expected, strict=True):
            assert wanted.items() <= {**one, "rivals": one["rivals"]}.items(), (one, wanted)

    def do_match_accept(self, _: str, which: Any) -> None:
        _ = accept(self.world.assembly, self._offers(which, 0.8))

    def do_match_reject(self, _: str, which: Any) -> None:
        _ = reject(self.world.assembly, self._offers(which, 0.0))

    def do_match_undo(self, _: str, which: Any) -> None:
        [offer] = self._offers(which, 0.0)
        _ = undo_match(self.world.assembly, offer)

    def _offers(self, which: str, above: float) -> list[Any]:
        store = self.world.store
        if which == "all":
            return list(chosen(store, (), above))
        return [o for o in offers(store) if o.proposal.other == which]

    def do_cases(self, _: str, expected: int) -> None:
        """How many Cases there are."""
        rows = self.world.salesforce.state.rows["Case"].values()
        assert sum(not r.get("IsDeleted") for r in rows) == expected

    def do_held(self, _: str, expected: int) -> None:
        """How many tickets the hub holds, each a customer's one problem."""
        assert self.world.store.ticket_count() == expected

    def do_resolve(self, _: str, details: Details | None) -> None:
        """Settle the open conflict of a register."""
        assert details
        [found] = [c for c in self.world.store.conflicts() if c.register == details["register"]]
        _ = resolve_conflict(self.world.assembly, found.id, details["use"])

    def do_retry(self, _: str, details: Details | None) -> None:
        """A person asks to try again what is parked: all of it, or of a `class`, of a `system`."""
        words = dict(details or {"every": True})
        store = self.world.store
        _ = retry(store, selected(store, of_class=words.pop("class", ""), **words))

    def do_edit(self, _: str, details: Details | None) -> None:
        """A person changes the one thing that is parked, and tries it again."""
        [found] = self.world.store.parked()
        _ = edit(self.world.assembly, found.id, [f"{name}={value}" for name, value in (details or {}).items()])

    def do_drop(self, _: str, details: Details | None) -> None:
        """A person gives up what is parked, and says why."""
        numbers = [one.id for one in self.world.store.parked()]
        _ = drop(self.world.store, numbers, (details or {})["why"])

    # what is seen then ----------------------------------------------------------------------------

    def ticket(self, name: str) -> dict[str, Any]:
        return dict(self.world.zendesk.person("show", ticket=self._of(name)))

    def do_ticket(self, name: str, expected: Details | None) -> None:
        """
        `ticket NAME`: what agents see. `public`, `internal`: the comments after the first.

        `notes`, here and elsewhere: what the hub itself says of conflicts, which is all internal.
        """
        seen = self.ticket(name)
        said = [c for c in seen["comments"][1:] if not is_conflict_note(c["body"])]
        shown = {
            **{k: v for k, v in seen.items() if k not in ("fields", "comments")},
            "notes": [shown_as(c["body"]) for c in seen["comments"][1:] if is_conflict_note(c["body"])],
            "public": [c["body"] for c in said if c["public"]],
            "internal": [c["body"] for c in said if not c["public"]],
            "files": self._ticket_files(name),
        }
        for what, wanted in (expected or {}).items():
            _check(
                f"ticket {name}: {what}", shown[what] if what in shown else seen["fields"].get(what), wanted
            )

    def _ticket_files(self, name: str) -> dict[str, str]:
        comments = self.world.zendesk.state.ticket(self._of(name)).comments
        return {f.name: bytes(f.data).decode() for c in comments for f in c.attachments}

    def do_issue(self, name: str, expected: Details | None) -> None:
        """`issue NAME`: what engineers see, fields by name; `links`: addresses of remote links."""
        issue = self.world.jira.state.issue(self._of(name))
        assert issue is not None, f"there is no issue {name}"
        site = self.world.jira.state
        special = {
            "key": issue.key,
            "status": site.statuses[issue.status].name,
            "labels": sorted(w for w in issue.values.get("labels") or [] if not w.startswith("hub-")),
            "description": _text(issue.values.get("description")),
            "comments": [t for c in issue.comments if not is_conflict_note(t := _plain(c.body))],
            "notes": [t for c in issue.comments if is_conflict_note(t := _plain(c.body))],
            "files": {f.filename: f.content.decode() for f in issue.attachments},
            "links": [link.body["object"]["url"] for link in issue.remote_links],
            "property": issue.properties.get("support-hub"),
        }
        for what, wanted in (expected or {}).items():
            shown = special[what] if what in special else self._value(issue, what)
            _check(f"issue {name}: {what}", shown, wanted)

    def _value(self, issue: Any, name: str) -> Any:
        site = self.world.jira.state
        field = next(f for f in site.fields.values() if name.lower() in (f.name.lower(), f.id))
        held = issue.values.get(field.id)
        pools = {"priority": site.priorities, "resolution": site.resolutions, "user": site.users}
        words = {o.id: o.value for o in field.options}
        if field.kind in pools and held in pools[field.kind]:
            return pools[field.kind][held].name
        if isinstance(held, list):
            return [words.get(one, one) for one in held]
        return _text(held) if isinstance(held, dict) else words.get(held, held)

    def do_case(self, name: str, expected: Details | None) -> None:
        """`case NAME`: what reps see on the Case of a ticket or an issue; `none`: there is none."""
        if expected is None:
            assert self.crm.case(name) is None, f"there is a Case for {name}"
            return
        shown = self.crm.shown_case(name)
        for what, wanted in expected.items():
            _check(f"case {name}: {what}", shown.get(what), wanted)

    def do_account(self, name: str, expected: Details | None) -> None:
        """`account NAME`: what reps see on an Account."""
        shown = self.crm.shown_account(name)
        for what, wanted in (expected or {}).items():
            _check(f"account {name}: {what}", shown.get(what), wanted)

    def do_inbox(self, name: str, expected: Details | None) -> None:
        """`inbox kim`: what a customer got from the support; without details: nothing."""
        shown = self.mailing.inbox(name)
        for what, wanted in (expected or {"texts": []}).items():
            _check(f"inbox {name}: {what}", shown[what], wanted)

    def do_mailbox(self, _: str, expected: Any) -> None:
        """What became of every mail that came in, but for our own."""
        _check("mailbox", self.mailing.mailbox(), expected)

    def do_outbox(self, _: str, expected: Any) -> None:
        """How many mails are in which state."""
        _check("outbox", self.mailing.outbox(), expected)

    def do_follow_up(self, name: str, called: Any) -> None:
        """`follow_up TICKET: NAME`: there is one follow-up of a closed ticket, and the story calls it so; `none`."""
        rows = self.world.zendesk.state.tickets.values()
        found = [t.id for t in rows if t.followup_source_id == self._of(name)]
        assert len(found) == (called is not None), f"{name} has {len(found)} follow-ups"
        if called is not None:
            self.names[str(called)] = found[0]

    def do_tickets(self, _: str, expected: Any) -> None:
        """Subjects of all tickets in Zendesk; each is then called by its subject."""
        there = {t.subject: t.id for t in self.world.zendesk.state.tickets.values()}
        assert sorted(there) == sorted(expected), sorted(there)
        self.names |= {str(subject): number for subject, number in there.items()}

    def do_issues(self, _: str, expected: Any) -> None:
        """All issues that there are, by key."""
        there = sorted(issue.key for issue in self.world.jira.state.issues.values())
        assert there == sorted(self._of(name) for name in expected), there

    def do_conflicts(self, _: str, expected: Any) -> None:
        """Open conflicts: register, what stands, what gave way."""
        found = self.world.store.conflicts()
        shown = [{"register": c.register, "kept": c.kept, "dropped": dict(c.dropped)} for c in found]
        _check("conflicts", sorted(shown, key=str), sorted(expected, key=str))

    def do_conflict(self, register: str, expected: Details | None) -> None:
        """`conflict REGISTER`: one is open; `kept`, and what each side had, by its name."""
        [found] = [c for c in self.world.store.conflicts() if c.register == register]
        shown = {"kept": found.kept, **{str(side): value for side, value in found.dropped.items()}}
        for what, wanted in (expected or {}).items():
            _check(f"conflict {register}: {what}", shown.get(what), wanted)

    def do_parked(self, _: str, expected: Any) -> None:
        """What is parked, by a part of its reason."""
        found = [f"{p.slot}: {p.reason}" for p in self.world.store.parked()]
        _check("parked", found, expected)

    def do_refusals(self, _: str, expected: Any) -> None:
        """The classes of what is parked, each with how many."""
        found = {group["class"]: group["count"] for group in groups(self.world.store, self.world.iso())}
        _check("refusals", found, expected)

    def do_waits(self, _: str, expected: Any) -> None:
        """What the last run said waits for somebody, of earlier runs too."""
        run = self.world.sync()
        _check("waits", dict(run.summary["standing"]), {"parked": 0, "conflicts": 0, **expected})

    def do_losses(self, _: str, expected: Any) -> None:
        """The loss ledger has these, each by a part of its words."""
        found = [f"{x.system} {x.register} {x.what}: {x.detail}" for x in self.world.store.losses()]
        for words in expected:
            assert any(words in one for one in found), (words, found)

    def do_drift(self, _: str, expected: Any) -> None:
        """The next run says what the files need and a system has not any more, by parts of it."""
        run = self.world.sync()
        found = list(run.summary.get("drift", ()))
        for words in expected:
            assert any(words in one for one in found), (words, found)
        assert expected or not found, found

    def do_quiet(self, _: str, __: Details | None) -> None:
        """The next run writes nothing and records no conflict."""
        before = self.world.store.conflicts(only_open=False)
        run = self.world.sync()
        assert run.state in ("clean", "attention"), run.summary
        assert writes(run) == 0, run.summary
        assert self.world.store.conflicts(only_open=False) == before
        assert summary(run, "calls")


def _text(node: Any) -> Any:
    """A document's text, a line for each of its paragraphs."""
    if not isinstance(node, dict):
        return node
    if node.get("type") in ("paragraph", "heading", "codeBlock"):
        return _plain(node) + "\n"
    return str(node.get("text", "")) + "".join(_text(n) for n in node.get("content", []))


def _check(what: str, shown: Any, wanted: Any) -> None:
    """Compare: lists of texts by parts in order, `has` and `lacks` by parts, all else as it is."""
    if isinstance(wanted, int | float) and isinstance(shown, str):
        shown = float(shown)  # Zendesk keeps numbers as texts
    if isinstance(wanted, Mapping) and wanted.keys() <= {"has", "lacks"} and wanted:
        for part in _listed(wanted.get("has", [])):
            assert _holds(shown, part), f"{what} lacks {part!r}: {shown!r}"
        for part in _listed(wanted.get("lacks", [])):
            assert not _holds(shown, part), f"{what} has {part!r}: {shown!r}"
    elif _texts(wanted) and _texts(shown):
        parts = len(wanted) == len(shown) and all(w in s for w, s in zip(wanted, shown, strict=True))
        assert parts, f"{what} is {shown!r}, not {wanted!r}"
    else:
        assert shown == wanted, f"{what} is {shown!r}, not {wanted!r}"


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _holds(shown: Any, part: Any) -> bool:
    if isinstance(shown, list):
        return any(part == one or (isinstance(one, str) and str(part) in one) for one in shown)
    if isinstance(shown, Mapping):
        return part in shown
    return str(part) in str(shown or "")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)

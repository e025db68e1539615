"""The demo's part about scores: what the hub makes of a ticket when the clock goes on and words turn sour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from flows import demo_ledger as ledger
from flows import demo_story as told
from flows.alerting import listed
from flows.demo_views import Sight
from hub.feedback import denied_signals
from hub.records import Held, Score
from hub.signals.heard import heard
from hub.signals.mention import Mention

if TYPE_CHECKING:
    from flows.demo import Story


@dataclass(frozen=True)
class Appraised:
    """What the hub made of a ticket before and after, what its customer said, and what people see of it."""

    before: Score
    now: Score
    mentions: Mapping[str, Mention]
    seen: Sight

    @property
    def clocks(self) -> list[tuple[str, str, str, str]]:
        """Both deadlines as the ticket shows them: whose, until when, how it stands, and why."""
        fields = self.seen.ticket["fields"]
        why = dict(line.split(": ", 1) for line in str(fields["Why this deadline"]).splitlines())
        clocks = (
            ("Customer", "Customer SLA due", "Customer SLA"),
            ("Engineering", "Engineering OLA due", "Engineering OLA"),
        )
        return [
            (whose, _minute(fields[due]), str(fields[state] or ""), why.get(whose, ""))
            for whose, due, state in clocks
        ]


def patience_ends(story: Story) -> Appraised:
    """Time goes by, the customer complains, people judge two warnings; what every side shows of it."""
    page, stage, numbers = story.page, story.stage, story.tickets
    before, was = story.held(numbers.hang), story.held(numbers.reports)
    assert before.score is not None
    stage.let_pass(told.PATIENCE)
    page.act(5, "The customer loses patience")
    page.say("Two hours go by. Nobody touches anything, so there is nothing to synchronise. But time counts.")
    _ = story.rescore("follows the clock; the schedule runs it every half hour")
    with stage.hub() as assembly:
        alerts = listed(assembly.store, stage.now(), 1)
    for warned in [a for a in alerts if a["ticket"] == before.ticket.id and a["at"] > before.score.at][:1]:
        page.say(f"It warns of #{numbers.hang} ($ hub alerts):")
        page.lines(f"[yellow]{warned['why']}[/]")
    told.patience_ends(stage, numbers, story.issue)
    page.did("By mail", f"Alice writes: “{told.IMPATIENT}”")
    page.did(
        f"In Jira, on {story.issue}",
        "Ada takes the warning that this may escalate seriously. She adds the label [b]risk_accepted[/].",
    )
    page.did(
        f"In Zendesk, on #{numbers.reports}",
        f"Tom does not believe the warning there. He notes: [b]/risk dismiss: {told.VERDICT}[/]",
    )
    _ = story.sync("shows what the clock, the words and the verdicts come to")
    now = story.held(numbers.hang)
    assert now.score is not None
    found = Appraised(before.score, now.score, _mentions(now, stage.now()), story.look("impatient"))
    _score(story, found)
    _deadlines(story, found)
    _brief(story, found)
    _verdicts(story, found, was)
    _suggested(story)
    return found


def _mentions(held: Held, now: str) -> Mapping[str, Mention]:
    return heard(held.ticket, held.readings, denied_signals(held.ticket), now=now).mentions


def _score(story: Story, found: Appraised) -> None:
    page, before, now = story.page, found.before, found.now
    fields = found.seen.ticket["fields"]
    page.table(
        ("then", "now", "because"),
        ledger.score_rows(before, now),
        title=f"Why #{story.tickets.hang} went from {before.priority} to {now.priority} points "
        f"({before.label} → {now.label}). They add up, on every side ($ hub score show)",
    )
    page.say(f"[bold]Will it escalate?[/] {fields['Risk in words']}.")
    page.table(("log-odds", "because"), ledger.risk_rows(now))
    page.say(
        "[dim]This hub is new. It has seen no outcome yet, and says so. From 200 known outcomes on, 30 of "
        "them escalations, it learns from its own history ($ hub learn); what that is worth, it measures on "
        "weeks that it has not seen ($ hub backtest).[/]"
    )


def _deadlines(story: Story, found: Appraised) -> None:
    rows = [
        [whose, due, Text(state, _COLOUR.get(state, "")), "; ".join(_first(why))]
        for whose, due, state, why in found.clocks
    ]
    story.page.table(
        ("", "due (UTC)", "", "why"),
        rows,
        title="Two clocks, on the ticket, the issue and the Case: what is owed to Alice, and what to support",
    )


def _first(why: str) -> list[str]:
    """Return what is owed, the first reasons that press, and how many more there are."""
    owed, *pressing = why.split("; ")
    left = len(pressing) - _PRESSING
    return [owed, *pressing[:_PRESSING], *([f"and {left} reasons more"] if left > 0 else [])]


_PRESSING = 2
_COLOUR = {"breached": "red", "soon": "yellow", "ok": "green", "met": "green"}


def _brief(story: Story, found: Appraised) -> None:
    page, seen = story.page, found.seen
    page.panel(f"{story.issue}, Hand-off brief: what Ada reads first", seen.issue["Hand-off brief"])
    same = len(str(seen.case["Hand_off_Brief__c"]).splitlines())
    page.say(f"Every line is quoted, with who said it and when. Dana's Case has it, too, in {same} lines.")


def _verdicts(story: Story, found: Appraised, was: Held) -> None:
    page, stage, numbers = story.page, story.stage, story.tickets
    other, case = stage.ticket(numbers.reports), stage.case(numbers.reports)
    seen = found.seen
    page.table(
        ("the warning on", "is", "by", "in Zendesk", "in Jira", "on the Case"),
        [
            [
                f"#{numbers.hang}",
                "accepted",
                "Ada, a label",
                _ticked(seen.ticket["fields"].get("Risk accepted")),
                "label" if "risk_accepted" in seen.issue["Labels"] else "missing",
                _ticked(seen.case["Risk_Accepted__c"]),
            ],
            [
                f"#{numbers.reports}",
                "dismissed",
                "Tom, a note",
                _ticked(other["fields"].get("Risk dismissed")),
                "no issue",
                f"{_ticked(case['Risk_Dismissed__c'])}, with his reason"
                if case["Verdict_Reason__c"] == told.VERDICT
                else "missing",
            ],
        ],
        title="What people say of a warning, on every side ($ hub feedback list)",
    )
    assert was.score is not None
    page.say(
        f"Attention, which says where to look first, went from {was.score.attention} to "
        f"{other['fields']['Attention']} on #{numbers.reports}, until its customer writes again. `hub learn` "
        "learns from both verdicts."
    )


def _ticked(value: Any) -> str:
    return "ticked" if value else "not ticked"


def _suggested(story: Story) -> None:
    page, stage, numbers = story.page, story.stage, story.tickets
    fields = stage.ticket(numbers.reports)["fields"]
    page.say(
        f"[bold]Words count in Russian, too.[/] On #{numbers.reports} the hub read: {fields['Signals']}. "
        "What kind of ticket it may be stands in “Suggestions”, with the reason; a person decides:"
    )
    page.lines(*(f"[yellow]{line}[/]" for line in str(fields["Suggestions"]).splitlines()))
    page.say(f"And #{numbers.third}, about which Tom asked first, now says:")
    page.lines(f"[yellow]{stage.ticket(numbers.third)['fields']['Same problem elsewhere']}[/]")


def _minute(at: object) -> str:
    return str(at or "")[:16].replace("T", " ")

"""The demo's last parts: what was decided, what was lost, the silence, and what each person has now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from flows import demo_ledger as ledger
from flows import demo_mail as mails
from flows import demo_story as told
from flows import demo_views as views
from flows.checking import report_on
from flows.demo_acts import INTERNAL
from hub.records import RunRecord

if TYPE_CHECKING:
    from flows.demo import Story


# 8 ----------------------------------------------------------------------------------------------


def account_for(story: Story) -> None:
    """The conflict, and the losses."""
    page, stage = story.page, story.stage
    with stage.hub() as assembly:
        conflicts, losses = assembly.store.conflicts(), assembly.store.losses()
        hops = report_on(assembly).hops
    page.act(8, "Nothing gets lost in silence")
    page.table(
        ("ticket", "field", "stands", "gave way", "to turn it round"),
        ledger.conflict_rows(conflicts, story.labels),
        title="A conflict: two people set one field, and neither saw the other's value",
    )
    page.say(
        "mappings/policy.yaml says whose value stands. The other is kept until somebody decides. All other "
        "edits of that minute simply went through."
    )
    page.table(
        ("", *ledger.ways(hops), "score"),
        ledger.hop_rows(hops),
        title="How many fields arrive, and in which way ($ hub mappings check --html draws it)",
        tight=True,
    )
    page.lines(
        "[dim]native: in a field of its own. block: in a panel like Ada's. copy only: for programs. at home: "
        "it comes from there. withheld: customers read mails, so it is kept from them on purpose.[/]"
    )
    page.table(
        ("field", "", "why", "on the way to"), ledger.not_whole(hops), title="What does not arrive whole"
    )
    page.say(
        "[dim]Besides, every side cuts texts of more than about 32,000 characters. The hub keeps them.[/]"
    )
    page.table(
        ("ticket", "side", "field", "", "why"),
        ledger.loss_rows(losses, story.labels),
        title="What was in fact lost so far ($ hub losses)",
    )


# 9 ----------------------------------------------------------------------------------------------


def fall_silent(story: Story) -> bool:
    """The echo run, and one more; return whether the last one wrote nothing."""
    page = story.page
    mailed = story.stage.mailed
    page.act(9, "And then it is quiet")
    echo = story.sync("the hub's own writes come back as changes; answering them would never end")
    last = story.sync("once more, with nothing changed anywhere")
    echoed, wrote = counted(echo, "written"), counted(last, "written")
    mailed = story.stage.mailed - mailed
    if not echoed and not wrote and not mailed:
        page.say("[green]Nothing written: no echo, no ping-pong. Mails sent: 0.[/]")
    elif not wrote:
        page.say(
            f"The echo run still wrote {echoed} times; the last run wrote nothing. Mails sent: {mailed}."
        )
    else:
        page.say(f"[red]The last run still wrote {wrote} times. That is a defect; please report it.[/]")
    _what_each_has(story, counted(last, "calls"))
    return not wrote and not mailed


def _what_each_has(story: Story, idle: int) -> None:
    """What the three people that this is for have in the end."""
    page, seen = story.page, story.sights["told"]
    issue, account, calls = seen.issue, seen.account, story.calls()
    with story.stage.hub() as assembly:
        parked, conflicts = len(assembly.store.parked()), len(assembly.store.conflicts())
    page.say("[bold]What each of them has now[/]")
    page.did(
        "Whoever is on call at three in the morning",
        f"{len(story.runs)} runs, {sum(calls.values()):,} calls in all: "
        + ", ".join(f"{count:,} to {system.capitalize()}" for system, count in calls.items())
        + ".",
        f"A run with nothing to do costs {idle} calls.",
        f"Refused writes: {parked}. Conflicts to decide: {conflicts}, by one command.",
    )
    internal = mails.leaked(story.stage, (told.ALICE, told.BEN, told.SAM, told.OPS), INTERNAL)
    page.did(
        "Alice, who never opened anything but her mail program",
        f"{sum(not one.mine for one in seen.mails)} answers in "
        f"{'one thread' if mails.one_thread(seen.mails) else '[red]several threads[/]'}, by Maya and Ada, "
        "each under her own name.",
        f"Mails to customers in which internal words or files stand: {internal}.",
    )
    page.did(
        "Ada, who never opened Zendesk or Salesforce",
        f"{issue['Support tickets']:g} tickets, {issue['Affected users']:,.0f} users, two accounts that pay "
        f"{views.money(issue['ARR at risk'])} a year, the next renewal on {issue['Renewal date']}.",
        "Steps, environment, impact and promise stand in the issue. So does who reported what.",
    )
    page.did(
        "Dana, who never opened Zendesk or Jira",
        f"Northwind: {account['Open_Tickets__c']:g} open tickets, worst risk "
        f"{account['Worst_Escalation_Risk__c']:.0%}, fixed and not told: {account['Fixed_Not_Told__c']:g}.",
        "Her promise stands on the ticket and in the issue. Her own Case is with engineering.",
    )


def counted(record: RunRecord, what: str) -> int:
    """Return a run's count over all systems."""
    return sum(cast("Mapping[str, int]", record.summary[what]).values())

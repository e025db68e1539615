"""The demo's later parts: the account changes, the fix is out, and people hear of it or do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows import demo_story as told
from flows import demo_views as views
from flows import tying
from flows.demo_mail import said

if TYPE_CHECKING:
    from flows.demo import Story


# 6 ----------------------------------------------------------------------------------------------


def customer_grows(story: Story) -> None:
    """The account changes in the CRM, a person says whose Pat is; nobody gets a mail."""
    page, stage, numbers = story.page, story.stage, story.tickets
    before = views.growth(stage, numbers, story.issue)
    told.grows(stage)
    with stage.hub() as assembly:
        tied = tying.link_account(assembly.store, told.PAT, told.TWO_HATS[0], by="dana", at=stage.now())
    page.act(6, "A customer grows, and nobody gets a mail")
    page.did(
        "In Salesforce",
        f"Blue Harbor signs for more. Dana sets the account to [b]enterprise, {told.GROWN:,} USD[/] a year.",
        f"She also knows whose ticket #{numbers.unclear} is: "
        f"[cyan]$ hub accounts link {told.PAT} '{tied.name}'[/]",
    )
    stage.heard.loud, mailed = 0, stage.mailed
    record = story.sync("shows it on every open ticket, issue and Case of that customer")
    after = views.growth(stage, numbers, story.issue)
    page.table(
        ("", "before", "now"), [[name, was, after[name]] for name, was in before.items()],
        title=f"{record.summary['refreshed']} open tickets show it, and so do their Cases and issues:",
    )  # fmt: skip
    page.say(
        f"Mails that this caused: [b]{stage.heard.loud + stage.mailed - mailed}[/]. The demo listens at the "
        "door of all four systems for writes that notify people, and for mails."
    )


# 7 ----------------------------------------------------------------------------------------------


def fix_and_tell(story: Story) -> None:
    """The engineer is done; the customer is told; Salesforce shows both."""
    page, stage, numbers = story.page, story.stage, story.tickets
    told.engineer_fixes(stage, story.issue)
    page.act(7, "Fixed is not told")
    page.did("In Jira", f"Ada moves {story.issue} to [b]Done[/].")
    told.is_away(stage)
    page.did("By mail", f"Sam's program answers Tom by itself: out of office. #{numbers.late} was solved.")
    _ = story.sync("carries the fix to both tickets and their Cases")
    away = _state(story, numbers.late)
    _ = story.look("fixed")
    page.say(
        "Both tickets are solved. But nobody has told the customers. That is a fact of its own: on the "
        "ticket, on the Case, and counted on the Account."
    )
    told.tells(stage, numbers)
    told.is_back(stage)
    page.did("In Zendesk", f"Maya writes to Alice: “{told.IT_IS_FIXED}”", "Blue Harbor still waits.")
    page.did("By mail", f"Sam, back at his desk, answers Tom himself: “{told.STILL_LATE}”")
    _ = story.sync("mails it to Alice; takes the mark away where the customer was told")
    _ = story.look("told")
    page.table(
        ("", *story.sights), views.in_the_crm(story.sights, story.issue),
        title="What Dana saw in Salesforce, without opening Zendesk or Jira",
    )  # fmt: skip
    left = stage.account(told.BLUE_HARBOR)
    page.say(
        "The other two are older fixes of which nobody told Northwind. And Blue Harbor's "
        f"account still says: fixed and not told, {left['Fixed_Not_Told__c']:g}. So somebody will."
    )
    page.table(
        ("Sam's mail", f"ticket #{numbers.late}", "Case", "shown to agents as"),
        [["out of office", *away], ["his answer", *_state(story, numbers.late)]],
        title="A machine's answer leaves a solved ticket alone; a person's opens it again",
    )


def _state(story: Story, number: int) -> list[object]:
    """Return what a mail left behind: the ticket's status, the Case's, and how the last comment shows it."""
    ticket = story.stage.ticket(number)
    last = ticket["comments"][-1]
    how = "a comment" if last["public"] else "an internal note"
    return [
        ticket["status"],
        story.stage.case(number)["Status"],
        f"{how}: {' '.join(said(views.plain(last['body'])))}",
    ]

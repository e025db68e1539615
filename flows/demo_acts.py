"""The demo's parts in which things happen: what happened where, and what each side then shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from flows import demo_story as told
from flows import demo_views as views
from flows import tying
from flows.people import accounts_queue
from hub.model import JIRA, SALESFORCE, ZENDESK

if TYPE_CHECKING:
    from flows.demo import Story

BY = {
    "Subject ends": "Ada",
    "Status": "Ada",
    "Priority": "Ada",
    "Severity": "Maya and Ada",
    "Affected users": "Maya",
    "Business impact": "Dana",
    "Promised": "Dana",
    "Engineer": "Ada",
    "Fix version": "Ada",
    "Support score": "the hub",
}
"""Who typed what each side shows."""


# 1 ----------------------------------------------------------------------------------------------


def first_look(story: Story) -> None:
    """Four customers write, one calls; the first run."""
    page, stage = story.page, story.stage
    story.tickets = numbers = told.customers_write(stage)
    followed = (numbers.hang, numbers.same, numbers.waiting, numbers.unclear)
    story.labels = {f"zendesk:{n}": f"#{n}" for n in followed}
    page.act(1, "The first look")
    page.say(
        f"Three systems now run on this machine: a Zendesk with {stage.seeded['zendesk']['tickets']} tickets "
        f"in seven languages, a Jira with {stage.seeded['jira']['issues']} issues, and a Salesforce with "
        f"{stage.seeded['salesforce']['accounts']} accounts.",
        "They answer like the vendors' own.",
    )
    page.say("Four customers have just written in, and one has called:")
    page.lines(
        f"[b]#{numbers.hang}[/]  Northwind Retail: shoppers cannot pay by card. Their renewal is in "
        f"{told.RENEWS_IN} days.",
        f"[b]#{numbers.same}[/]  Blue Harbor Foods: seems to be the same problem.",
        f"[b]#{numbers.waiting}[/]  Alder & Finch: receipts lack loyalty points. Little is known yet.",
        f"[b]#{numbers.unclear}[/]  Pat Rivera: asks for invoices. Pat works for two of our customers.",
        f"[b]{numbers.case}[/]  Brightside Clinics called. Dana, in sales, opened a Case; no ticket.",
    )
    page.say(
        "[dim]Zendesk holds back the last minute of changes. So before each run the demo moves the clock on "
        "by two minutes.[/]"
    )
    record = story.sync("reads everything; opens what is missing")
    made = cast("Mapping[str, int]", record.summary["created"])
    page.say(
        f"Every open ticket now has a Case: {made['salesforce']} were opened. {made['jira']} tickets needed "
        f"engineering and got an issue. {made['zendesk']} Cases that had no ticket got one. All with their "
        "comments, files, account and score."
    )


# 2 ----------------------------------------------------------------------------------------------


def hand_over(story: Story) -> None:
    """What the engineer and the rep get, and what waits for a person."""
    page, stage, numbers = story.page, story.stage, story.tickets
    seen = story.look("handed over")
    page.act(2, "What each of them receives")
    page.say(
        f"[bold]Ada, engineer.[/] Ticket #{numbers.hang} is now also issue [b]{story.issue}[/]. Jira has no "
        "fields for much of what support and sales know. So the description carries it:"
    )
    head, _, _ = seen.issue.block.partition("**Why the score")
    page.panel(f"{story.issue}, description: Customer context", head)
    page.say("Below that stands why the score is what it is. Part 7 shows it.")
    page.say(
        f"[bold]Dana, sales.[/] The same ticket is now Case [b]{seen.case['CaseNumber']}[/]. And the page of "
        "its account says how support stands with this customer:"
    )
    page.panel("Northwind Retail, Account: Support Summary", views.summary(seen.account))
    with stage.hub() as assembly:
        [born] = assembly.store.load(assembly.store.named(numbers.case)).values()
    names = {link.system: link.label for link in born.links}
    page.say(
        f"Her own Case {numbers.case} became ticket [b]{names[ZENDESK]}[/] for support, and issue "
        f"[b]{names[JIRA]}[/] for engineering."
    )
    _what_waits(story)


def _what_waits(story: Story) -> None:
    page, stage, numbers = story.page, story.stage, story.tickets
    waiting = stage.ticket(numbers.waiting)
    page.say("[bold]Two things wait for a person.[/] The hub does not guess.")
    page.say(f"#{numbers.waiting} was not handed over. Its agent sees why:")
    page.lines(
        f"Hand-off (field)   [yellow]{waiting['fields']['Hand-off']}[/]",
        f"Internal note      [yellow]{views.plain(waiting['comments'][-1]['body'])}[/]",
    )
    with stage.hub() as assembly:
        unclear = accounts_queue(assembly.store, SALESFORCE)["ambiguous"]
    page.table(
        ("ticket", "from", "may belong to", "tier"),
        views.candidates(unclear),
        title=f"#{numbers.unclear} has no account yet: Pat is a contact of two ($ hub accounts)",
    )


# 3 ----------------------------------------------------------------------------------------------


def all_sides_work(story: Story) -> None:
    """People edit at the same time; the second run."""
    page, numbers = story.page, story.tickets
    told.people_edit(story.stage, numbers, story.issue)
    case = story.sights["handed over"].case["CaseNumber"]
    page.act(3, "Three sides work at the same time")
    page.say("Nobody has seen what the others do.")
    page.did(
        "In Zendesk",
        f"Maya counts again on #{numbers.hang}: 1,500 users, severity [b]S1[/]. She answers the customer.",
        f"Tom sees the same problem behind #{numbers.same}. He types [b]{story.issue}[/] into “Jira issue”.",
        f"Tom fills in what engineering needs on #{numbers.waiting}.",
    )
    page.did(
        f"In Jira, on {story.issue}",
        "Ada sets the severity to [b]S3[/]: the same field as Maya, another value.",
        "She takes the issue, renames it, makes it [b]Highest[/], plans it for 2026.4, sends it to review.",
        "She comments twice, once beginning with [b]#customer[/], and attaches a trace.",
    )
    page.did(
        f"In Salesforce, on Case {case}",
        "Dana writes down the business impact, and what she promised.",
    )
    _ = story.sync("reads what changed on three sides; writes only what differs")
    page.say(
        "[dim]“attention” means that a person should look at something: here a conflict, see part 7. Most "
        "changes seen are the hub's own writes of the first run. Most writes tell the people on older "
        "tickets how far engineering has come.[/]"
    )


# 4 ----------------------------------------------------------------------------------------------


def compare(story: Story) -> None:
    """What each side shows now."""
    page, stage, numbers = story.page, story.stage, story.tickets
    seen, other = story.look("in review"), stage.ticket(numbers.same)
    issue, case = seen.issue, seen.case
    names = (f"Zendesk #{numbers.hang}", f"Jira {issue.key}", f"Case {case['CaseNumber']}")
    page.act(4, "What each side shows now")
    page.table(
        ("", *names, "typed by"),
        views.side_by_side(seen, BY),
        title="One problem, edited on three sides at once",
    )
    page.say(
        "A Zendesk subject ends after 150 characters. A Case has no “urgent”. The issue shows the users of "
        "both tickets together. Severity is in conflict: see part 7."
    )
    said = {told.ANSWER: "Maya, public", told.AMONG_US: "Ada", told.FOR_THE_CUSTOMER: "Ada, #customer"}
    on_case = views.Told(stage.said_on(case), stage.files_on(case))
    columns = ("what was said", "by", f"#{numbers.hang}", f"#{numbers.same}", issue.key, "Case")
    rows = [
        *views.comments(said, (seen.ticket, other), issue, on_case),
        *views.files((seen.ticket, other), issue, on_case),
    ]
    story.readers = (columns, rows)
    page.table(columns, rows, title="Who reads what")
    page.say(
        "Of what Ada wrote, the customers read only the comment that she marked. Maya's answer to Northwind "
        f"is not on #{numbers.same}: that is another customer."
    )
    accounts = [seen.account, stage.account(told.BLUE_HARBOR)]
    page.table(
        ("", "account", "pays a year", "renews", "users", "severity", "priority"),
        views.shared((seen.ticket, other), accounts, issue),
        title="Two accounts, one issue: the sum of users and revenue, the nearest renewal, the worst rest",
    )
    handed = stage.ticket(numbers.waiting)["fields"]["Jira issue"]
    page.say(f"And #{numbers.waiting}, now complete, went to engineering as [b]{handed}[/].")


# 5 ----------------------------------------------------------------------------------------------


def customer_grows(story: Story) -> None:
    """The account changes in the CRM, a person says whose Pat is; nobody gets a mail."""
    page, stage, numbers = story.page, story.stage, story.tickets
    before = views.growth(stage, numbers, story.issue)
    told.grows(stage)
    with stage.hub() as assembly:
        tied = tying.link_account(assembly.store, told.PAT, told.TWO_HATS[0], by="dana", at=stage.now())
    page.act(5, "A customer grows, and nobody gets a mail")
    page.did(
        "In Salesforce",
        f"Blue Harbor signs for more. Dana sets the account to [b]enterprise, {told.GROWN:,} USD[/] a year.",
        f"She also knows whose ticket #{numbers.unclear} is: "
        f"[cyan]$ hub accounts link {told.PAT} '{tied.name}'[/]",
    )
    stage.heard.loud = 0
    record = story.sync("shows it on every open ticket, issue and Case of that customer")
    after = views.growth(stage, numbers, story.issue)
    page.table(
        ("", "before", "now"), [[name, was, after[name]] for name, was in before.items()],
        title=f"{record.summary['refreshed']} open tickets show it, and so do their Cases and issues:",
    )  # fmt: skip
    page.say(
        f"Mails that this caused: [b]{stage.heard.loud}[/]. The demo listens at the door of all three "
        "systems for writes that notify people."
    )


# 6 ----------------------------------------------------------------------------------------------


def fix_and_tell(story: Story) -> None:
    """The engineer is done; the customer is told; Salesforce shows both."""
    page, stage, numbers = story.page, story.stage, story.tickets
    told.engineer_fixes(stage, story.issue)
    page.act(6, "Fixed is not told")
    page.did("In Jira", f"Ada moves {story.issue} to [b]Done[/].")
    _ = story.sync("carries the fix to both tickets and their Cases")
    _ = story.look("fixed")
    page.say(
        "Both tickets are solved. But nobody has told the customers. That is a fact of its own: on the "
        "ticket, on the Case, and counted on the Account."
    )
    told.tells(stage, numbers)
    page.did("In Zendesk", f"Maya writes to Northwind: “{told.IT_IS_FIXED}”", "Blue Harbor still waits.")
    _ = story.sync("takes the mark away where the customer was told")
    _ = story.look("told")
    page.table(
        ("", *story.sights), views.in_the_crm(story.sights, story.issue),
        title="What Dana saw in Salesforce, without opening Zendesk or Jira",
    )  # fmt: skip
    left = stage.account(told.BLUE_HARBOR)
    page.say(
        "Two older fixes, of which nobody told Northwind, came to light on the way. And Blue Harbor's "
        f"account still says: fixed and not told, {left['Fixed_Not_Told__c']:g}. So somebody will."
    )

"""The demo's parts in which things happen: what happened where, and what each side then shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from flows import demo_mail as mails
from flows import demo_story as told
from flows import demo_views as views
from flows.alerting import listed
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

SAID = {
    told.QUESTION: "Maya, public",
    told.AMONG_AGENTS: "Maya, note",
    told.REPLY: "Alice, mail",
    told.ANSWER: "Maya, public",
    told.AMONG_US: "Ada",
    told.FOR_THE_CUSTOMER: "Ada, #customer",
}
ATTACHED = {"spinner.png": "Alice, mail", "notice.txt": "Maya, public", "gateway-trace.log": "Ada"}
"""What was said and attached until the issue was in review, and by whom."""
INTERNAL = (told.AMONG_AGENTS, told.AMONG_US, "gateway-trace.log")
"""What no customer may ever find in a mail."""


# 1 ----------------------------------------------------------------------------------------------


def first_look(story: Story) -> None:
    """A customer mails, five others write into the helpdesk, one calls; the first run."""
    page, stage = story.page, story.stage
    story.tickets = numbers = told.customers_write(stage)
    page.act(1, "The first look")
    page.say(
        f"Four systems now run on this machine: a Zendesk with {stage.seeded['zendesk']['tickets']} tickets "
        f"in seven languages, a Jira with {stage.seeded['jira']['issues']} issues, a Salesforce with "
        f"{stage.seeded['salesforce']['accounts']} accounts, and a mail server with a support mailbox.",
        "They answer like the vendors' own.",
    )
    page.say("Six customers have just written, and one has called:")
    page.lines(
        f"[b]a mail[/]  Alice of Northwind Retail: shoppers cannot pay by card. A screenshot is attached, "
        f"Ben is in copy. Their renewal is in {told.RENEWS_IN} days.",
        f"[b]#{numbers.same}[/]    Blue Harbor Foods: seems to be the same problem.",
        f"[b]#{numbers.waiting}[/]    Alder & Finch: receipts lack loyalty points. Little is known yet.",
        f"[b]#{numbers.unclear}[/]    Pat Rivera: asks for invoices. Pat works for two of our customers.",
        f"[b]#{numbers.third}[/]    Juniper Schools: a card payment hangs.",
        f"[b]#{numbers.reports}[/]    Волга Трейд: in Russian, and in anger. No reports for three days.",
        f"[b]{numbers.case}[/]  Brightside Clinics called. Dana, in sales, opened a Case; no ticket.",
    )
    page.say(
        "[dim]Zendesk holds back the last minute of changes. So before each run the demo moves the clock on "
        "by two minutes.[/]"
    )
    record = story.sync("reads everything; opens what is missing")
    story.meet(stage.mailed_in(told.SUBJECT), stage.mailed_in(told.LATE))
    made = cast("Mapping[str, int]", record.summary["created"])
    page.say(
        f"Every open ticket now has a Case: {made['salesforce']} were opened. {made['jira']} tickets needed "
        f"engineering and got an issue. {made['zendesk']} Cases and mails that had no ticket got one. All "
        "with their comments, files, account and score. One mail is held back: a robot wrote it "
        "($ hub mail list)."
    )


# 2 ----------------------------------------------------------------------------------------------


def hand_over(story: Story) -> None:
    """The mail is answered and handed on; what the customer, the engineer and the rep get of it."""
    page, stage, numbers = story.page, story.stage, story.tickets
    ticket, case = stage.ticket(numbers.hang), stage.case(numbers.hang)
    page.act(2, "A mail becomes everybody's work")
    page.say(
        f"Alice's mail is now ticket [b]#{numbers.hang}[/] and Case [b]{case['CaseNumber']}[/]; "
        f"{mails.brief(', '.join(stage.files_on(case)), 40)} lies on both. Her address told whose it is: "
        f"{ticket['fields']['Account'].partition(' (')[0]}."
    )
    told.agent_answers(stage, numbers.hang)
    page.did(
        "In Zendesk",
        f"Maya answers Alice and attaches a notice: “{told.QUESTION.partition('. A notice')[0]}”",
        "She adds a note for her colleagues, and fills in what engineering needs.",
    )
    _ = story.sync("sends the answer, keeps the note in, hands the ticket to engineering")
    seen = story.look("handed over")
    [answer] = [letter for letter in seen.mails if not letter.mine]
    page.say(
        f"[bold]Alice, customer,[/] has the answer in her thread, from “{answer.sender}”, with "
        f"{' and '.join(answer.files)}. The note is not in it."
    )
    page.say(
        f"[bold]Ada, engineer.[/] Ticket #{numbers.hang} is now also issue [b]{story.issue}[/]. Jira has no "
        "fields for much of what support and sales know. So the description carries it:"
    )
    head, _, _ = seen.issue.block.partition("**Why the score")
    page.panel(f"{story.issue}, description: Customer context", head)
    page.say("Below that stands why the score is what it is. Part 5 shows it.")
    page.say("[bold]Dana, sales.[/] The page of the account says how support stands with this customer:")
    page.panel("Northwind Retail, Account: Support Summary", views.summary(seen.account))
    with stage.hub() as assembly:
        [born] = assembly.store.load(assembly.store.named(numbers.case)).values()
    names = {link.system: link.label for link in born.links}
    page.say(
        f"Her own Case {numbers.case} became ticket [b]{names[ZENDESK]}[/] for support, and issue "
        f"[b]{names[JIRA]}[/] for engineering."
    )
    _what_waits(story)
    _what_many_report(story)


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


def _what_many_report(story: Story) -> None:
    """All open tickets looked at together: what several customers report at once."""
    page = story.page
    page.say("[bold]And one thing nobody sees who looks at one ticket at a time:[/]")
    _ = story.rescore("looks at all open tickets together; reads no system, writes to none")
    with story.stage.hub() as assembly:
        [warned] = [a for a in listed(assembly.store, story.stage.now(), 1) if a["kind"] == "incident"]
    page.say("It warns of that ($ hub alerts), and the next run writes it on each of the three:")
    page.lines(*views.warning(warned))


# 3 ----------------------------------------------------------------------------------------------


def all_sides_work(story: Story) -> None:
    """People edit at the same time, and a customer answers; the third run."""
    page, stage, numbers = story.page, story.stage, story.tickets
    told.customers_answer(stage)
    told.people_edit(stage, numbers, story.issue)
    told.late_is_solved(stage, numbers.late)
    case = story.sights["handed over"].case["CaseNumber"]
    page.act(3, "Four sides work at the same time")
    page.say("Nobody has seen what the others do.")
    page.did(
        "By mail",
        f"Alice answers: “{told.REPLY}” Below it her program quotes all that was written before.",
        "On its way that mail was doubled: it arrives twice. And Ben's mailbox is full: Maya's mail to him "
        "comes back.",
    )
    page.did(
        "In Zendesk",
        f"Maya counts again on #{numbers.hang}: 1,500 users, severity [b]S1[/]. She writes to Alice.",
        f"Tom follows the warning. #{numbers.same} is the same: he types [b]{story.issue}[/] into “Jira "
        f"issue”. On #{numbers.third} he asks first.",
        f"Tom fills in what engineering needs on #{numbers.waiting}. He answers #{numbers.late}, a mail of "
        "Sam's, and solves it.",
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
    _ = story.sync("reads what changed on four sides; writes only what differs")
    page.say(
        "[dim]“attention” means that a person should look at something: here a conflict, see part 8, and the "
        "mail that came back. Most writes say on older tickets what the rescore found there.[/]"
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
        "both tickets together. Severity is in conflict: see part 8."
    )
    on_case = views.Told(stage.said_on(case), stage.files_on(case))
    columns = ("what was said", "by", f"#{numbers.hang}", f"#{numbers.same}", issue.key, "Case", "Alice")
    rows = [
        *views.comments(SAID, (seen.ticket, other), issue, on_case, seen.mails),
        *views.files(ATTACHED, (seen.ticket, other), issue, on_case, seen.mails),
    ]
    story.readers = (columns, rows)
    page.table(columns, rows, title="Who reads what")
    page.say(
        "Internal is what only colleagues read. Of what Ada wrote, the customers read only the comment that "
        "she marked. What Maya and Alice write "
        f"to each other is not on #{numbers.same}: that is another customer."
    )
    _by_mail(story)
    accounts = [seen.account, stage.account(told.BLUE_HARBOR)]
    page.table(
        ("", "account", "pays a year", "renews", "users", "severity", "priority"),
        views.shared((seen.ticket, other), accounts, issue),
        title="Two accounts, one issue: the sum of users and revenue, the nearest renewal, the worst rest",
    )
    handed = stage.ticket(numbers.waiting)["fields"]["Jira issue"]
    page.say(f"And #{numbers.waiting}, now complete, went to engineering as [b]{handed}[/].")


def _by_mail(story: Story) -> None:
    """Alice's thread, what became of her answer, and of the mail that came back."""
    page, seen = story.page, story.sights["in review"]
    page.table(("from", "what it says", "with"), mails.rows(seen.mails), title="Alice's mail program")
    shape = "one thread" if mails.one_thread(seen.mails) else "[red]several threads[/]"
    [reply] = [letter for letter in seen.mails if letter.mine and letter.answers]
    bodies = [views.plain(one["body"]) for one in seen.ticket["comments"]]
    [shown] = [body for body in bodies if told.REPLY in body]
    page.say(
        f"All in {shape}. Alice's answer came [b]{reply.times} times[/], each with {reply.quoted} lines of "
        f"older mails below. It is [b]one comment[/] of {len(mails.said(shown))} lines, on every side. What "
        "was split off is kept ($ hub mail show)."
    )
    [back] = [body for body in bodies if "could not be delivered" in body]
    page.say(f"Ben, who was in copy, did not get Maya's mail. A note says so, on #{story.tickets.hang}:")
    page.lines(f"[yellow]{mails.said(back)[-1]}[/]")

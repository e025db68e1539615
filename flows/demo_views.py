"""The rows of the demo's tables: what each side shows, and what the hub says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from flows.cli.show import spoken
from flows.demo_mail import Letter, as_mailed, brief, file_mailed
from flows.demo_stage import Issue, Stage
from flows.demo_story import Tickets

_TAGS = {"sev_1": "S1 - Down", "sev_2": "S2 - Degraded", "sev_3": "S3 - Minor", "sev_4": "S4 - Question"}
_CELL = 20


@dataclass(frozen=True)
class Sight:
    """What every side showed of one problem at one moment."""

    ticket: Mapping[str, Any]
    issue: Issue
    case: Mapping[str, Any]
    account: Mapping[str, Any]
    mails: Sequence[Letter] = ()
    """What the customer wrote and got until then."""


@dataclass(frozen=True)
class Told:
    """What a Case shows of a conversation."""

    comments: Sequence[Mapping[str, Any]]
    files: Sequence[str]


# what each side shows ---------------------------------------------------------------------------


def side_by_side(seen: Sight, by: Mapping[str, str]) -> list[list[object]]:
    """Return a row a field: what Zendesk, Jira and the Case show, and who typed it."""
    return [
        [name, *(Text(brief(spoken(v), _CELL)) for v in shown), Text(by.get(name, ""), style="dim")]
        for name, shown in one_problem(seen).items()
    ]


def one_problem(seen: Sight) -> dict[str, tuple[object, object, object]]:
    """Return what the ticket, the issue and the Case show, field by field."""
    ticket, issue, case = seen.ticket, seen.issue, seen.case
    fields, block = ticket["fields"], plain(issue.block)
    impact, promise = fields.get("Business impact"), fields.get("Promised to customer")
    return {
        "Subject ends": (_end(ticket["subject"]), _end(issue["Summary"]), _end(case["Subject"])),
        "Status": (ticket["status"], issue["Status"], case["Status"]),
        "Priority": (ticket["priority"], issue["Priority"], case["Priority"]),
        "Severity": (named(fields.get("Severity")), issue["Severity"], case["Severity__c"]),
        "Affected users": (fields.get("Affected users"), issue["Affected users"], case["Affected_Users__c"]),
        "Business impact": (impact, _in_panel(impact, block), case["Business_Impact__c"]),
        "Promised": (promise, _in_panel(promise, block), case["Promised_to_Customer__c"]),
        "Engineer": (fields.get("Engineer"), issue["Assignee"], case["Engineer__c"]),
        "Fix version": (fields.get("Fix version"), issue["Fix versions"], case["Fix_Version__c"]),
        "Support score": (fields.get("Support score"), issue["Support score"], case["Support_Score__c"]),
    }


def _in_panel(said: object, block: str) -> str:
    return "in its panel" if said and str(said) in block else "missing"


def shared(
    tickets: Sequence[Mapping[str, Any]], accounts: Sequence[Mapping[str, Any]], issue: Issue
) -> list[list[object]]:
    """Return a row a ticket behind the issue with its account, and one of what the issue shows."""
    rows: list[list[object]] = [
        [
            f"#{t['id']}",
            account["Name"],
            money(account["ARR__c"]),
            account["Renewal_Date__c"],
            t["fields"].get("Affected users"),
            named(t["fields"].get("Severity")),
            t["priority"],
        ]
        for t, account in zip(tickets, accounts, strict=True)
    ]
    users = f"{issue['Affected users']:g}"
    shown = ("both", money(issue["ARR at risk"]), issue["Renewal date"], users, issue["Severity"])
    rows.append([Text(str(cell), "bold") for cell in (issue.key, *shown, issue["Priority"])])
    return rows


def money(amount: float | None) -> str:
    """Return an amount as people read it."""
    return "" if amount is None else f"{amount:,.0f} USD"


def comments(
    said: Mapping[str, str],
    tickets: Sequence[Mapping[str, Any]],
    issue: Issue,
    case: Told,
    mails: Sequence[Letter],
) -> list[list[object]]:
    """Return a row a comment: who said it, and how each place shows it."""
    return [
        [
            brief(body, 22),
            who,
            *(_as_shown(body, t) for t in tickets),
            _in_jira(body, issue),
            _on_case(body, case),
            as_mailed(body, mails),
        ]
        for body, who in said.items()
    ]


def files(
    by: Mapping[str, str],
    tickets: Sequence[Mapping[str, Any]],
    issue: Issue,
    case: Told,
    mails: Sequence[Letter],
) -> list[list[object]]:
    """Return a row a file: who attached it, and how each place shows it."""
    return [
        [name, who, *(_file_in(name, t) for t in tickets), _there(name in issue.files),
         _there(name in case.files), file_mailed(name, mails)]
        for name, who in by.items()
    ]  # fmt: skip


def _there(shown: bool) -> Text:
    return Text("shown") if shown else Text("not shown", style="dim")


def _on_case(body: str, case: Told) -> Text:
    found = [c["IsPublished"] for c in case.comments if body in c["CommentBody"]]
    return _audience(found)


def _file_in(name: str, ticket: Mapping[str, Any]) -> Text:
    return _audience([c["public"] for c in ticket["comments"] if name in c["files"]])


def _audience(public: Sequence[bool]) -> Text:
    if not public:
        return Text("not shown", style="dim")
    name, style = ("public", "green") if public[0] else ("internal", "yellow")
    return Text(name if len(public) == 1 else f"{name}, {len(public)} times", style=style)


def _as_shown(body: str, ticket: Mapping[str, Any]) -> Text:
    return _audience([c["public"] for c in ticket["comments"] if body in plain(c["body"])])


def _in_jira(body: str, issue: Issue) -> Text:
    found = sum(body in plain(one) for one in issue.comments)
    return Text("shown" if found == 1 else f"shown {found} times" if found else "not shown")


def plain(text: str) -> str:
    """Return a comment's words, without its markup."""
    return re.sub(r"\\(?=\W)", "", re.sub(r"<[^>]+>", "", text))


def warning(told: Mapping[str, Any]) -> list[str]:
    """Return what a warning says, and the commands that link its tickets to one issue."""
    said = [line.strip() for line in told["text"].splitlines() if "report the same" in line]
    linking = [found for action in told["actions"] for found in re.findall(r"`(hub link [^`]+)`", action)]
    typed = [re.sub(r"zendesk:(\d+)", r"'#\1'", command) for command in linking]
    return [*(f"[yellow]{line}[/]" for line in said), *(f"[cyan]$ {one}[/]" for one in typed)]


def named(tag: object) -> object:
    """Return a severity as agents see it."""
    return _TAGS.get(str(tag), tag)


def _end(text: str) -> str:
    return f"… {text[-_CELL:].partition(' ')[2]}" if len(text) > _CELL else text


# what Salesforce shows --------------------------------------------------------------------------


def summary(account: Mapping[str, Any], most: int = 4) -> str:
    """Return the beginning of what an account's page says of its support."""
    lines = str(account["Support_Summary__c"]).splitlines()
    left = len(lines) - most - 1
    shown = [brief(line, 150) for line in lines[: most + 1]]
    return "\n".join([shown[0], "", *shown[1:], *([f"- and {left} more lines"] if left > 0 else [])])


def candidates(queue: Sequence[Mapping[str, Any]]) -> list[list[object]]:
    """Return a row for each account that a customer may belong to."""
    return [
        [group["example"]["label"], group["link"], may["name"], may["tier"]]
        for group in queue
        for may in group["candidates"]
    ]


def growth(stage: Stage, tickets: Tickets, issue: str) -> dict[str, object]:
    """Return where an account's tier and revenue are shown, and whose the unclear ticket is."""
    shown = stage.issue(issue)
    same, unclear = (stage.ticket(n)["fields"].get("Account") for n in (tickets.same, tickets.unclear))
    revenue = next((line for line in str(same).splitlines() if line.startswith("Pays")), "")
    return {
        f"Ticket #{tickets.same}, “Account”": f"{str(same).partition(' (')[2].partition(',')[0]}. {revenue}",
        f"Issue {issue}, “ARR at risk”": money(shown["ARR at risk"]),
        f"Case of #{tickets.same}, its context": _paid(stage.case(tickets.same)),
        f"Ticket #{tickets.unclear}, “Account”": str(unclear or "nobody's").partition(" (")[0],
    }


def _paid(case: Mapping[str, Any]) -> str:
    found = re.search(r"\((\w+, [\d,]+ \w+ a year)", plain(str(case["Support_Context__c"])))
    return found[1] if found else ""


def in_the_crm(sights: Mapping[str, Sight], issue: str) -> list[list[object]]:
    """Return a row a field of the Case and the Account, a column a moment."""
    every = [crm_fields(seen, issue) for seen in sights.values()]
    moving = [name for name in every[0] if len({spoken(one[name]) for one in every}) > 1]
    return [[name, *(_marked(one[name]) for one in every)] for name in moving]


def _marked(value: object) -> Text:
    said = brief(spoken(value), _CELL) or "·"
    return Text(said, style="yellow" if value is True else "")


def crm_fields(seen: Sight, issue: str) -> dict[str, object]:
    """Return what the Case and the Account say, by what a rep calls it."""
    case, account = seen.case, seen.account
    states = str(account["Engineering_Status__c"] or "").split("; ")
    engineering = dict(state.split(": ", 1) for state in states if ": " in state)
    return {
        "Case: status": case["Status"],
        "Case: engineering": case["Engineering_Status__c"],
        "Case: fix version": case["Fix_Version__c"],
        "Case: escalation risk": f"{case['Escalation_Risk__c']:.0%}",
        "Case: fixed, not told": case["Fixed_Not_Told__c"],
        "Account: tier": account["Tier__c"],
        "Account: pays a year": money(account["ARR__c"]),
        "Account: renews on": account["Renewal_Date__c"],
        "Account: health": account["Health__c"],
        "Account: open tickets": account["Open_Tickets__c"],
        "Account: worst risk": f"{account['Worst_Escalation_Risk__c']:.0%}",
        "Account: mood": account["Sentiment_Trend__c"],
        f"Account: {issue} is": engineering.get(issue, "not listed"),
        "Account: fix version": account["Fix_Version__c"],
        "Account: fixed, not told": account["Fixed_Not_Told__c"],
    }

"""The demo as one page: what everybody saw of one problem, moment by moment. No script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import cast

from connectors.zendesk.html import Html
from flows.cli.show import spoken
from flows.demo_html_scores import brief, scores
from flows.demo_mail import Letter
from flows.demo_scores import Appraised
from flows.demo_story import Tickets
from flows.demo_style import SHEET
from flows.demo_views import Sight, crm_fields, money, named, summary
from hub.records import RunRecord

_COUNTS = {"observed": "changes seen", "created": "created", "written": "writes", "calls": "calls"}
_SYSTEMS = ("zendesk", "jira", "salesforce", "email")


_TYPED = {
    "Priority": "Ada",
    "Severity": "Maya",
    "Affected users": "Maya",
    "Business impact": "Dana",
    "Promised to customer": "Dana",
    "Assignee": "Ada",
    "Fix version": "Ada",
    "Fix versions": "Ada",
    "Engineering status": "Ada",
    "Engineering": "Ada",
    "Status": "Ada",
    "Risk accepted": "Ada",
    "ARR at risk": "Tom, then Dana",
    "Accounts": "Tom",
    "Support tickets": "Tom",
}
"""Whose edit it was that changed a field; what is not here the hub works out."""


def as_html(
    sights: Mapping[str, Sight],
    readers: tuple[Sequence[str], Sequence[Sequence[object]]],
    runs: Sequence[tuple[str, RunRecord]],
    tickets: Tickets,
    appraised: Appraised | None,
) -> str:
    """Return the page. `sights` are the moments, in order; `readers` the table of who reads what."""
    first, *_, last = sights.values()
    parts = [
        _HEAD,
        f"<style>{SHEET}</style></head><body><main>",
        "<h1>One problem, four sides</h1>",
        f"<p class=lead>{_lead(str(first.account['Renewal_Date__c']))}</p>",
        _moments(sights),
        "<p class=soft>Yellow: what changed, and beside it by whom. Nobody typed anything twice.</p>",
        '<div class="cards">',
        *_cards(sights, tickets),
        "</div>",
        *(scores(appraised) if appraised else ()),
        "<h2>What the customer saw</h2>",
        *_mailbox(last.mails),
        "<h2>What travels with it</h2>",
        '<div class="panels">',
        _panel("Ada reads in the issue", "jira", sights["in review"].issue.block),
        "<div>",
        _prose("Hand-off brief: what Ada reads first", "jira", brief(appraised) if appraised else ""),
        _panel(
            "Dana reads on the Account, the fix being out", "salesforce", summary(sights["fixed"].account, 8)
        ),
        _readers(*readers),
        "</div></div>",
        "<h2>What it took</h2>",
        *_runs(runs),
        _END,
    ]
    return "\n".join(parts)


_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>One problem, four sides</title>"
)


_END = (
    "</main><footer>Made by <code>./run demo --html FILE</code> on stand-ins of the four sides. What it "
    "shows was read from them; of the hub are the words quoted below a score, and the "
    "runs.</footer></body></html>\n"
)


def _lead(renewal: str) -> str:
    return (
        f"Northwind Retail cannot take card payments. Its renewal is on {escape(renewal)}. Alice of "
        "Northwind writes mails, Maya answers in Zendesk, Ada fixes in Jira, Dana looks after the account in "
        "Salesforce. None of them opened another's system. This is what each of them saw, from the hand-over "
        "until the customer was told."
    )


def _moments(sights: Mapping[str, Sight]) -> str:
    told = {
        "handed over": "Alice's mail is a ticket and a Case. Support knows enough: the issue is there.",
        "in review": "All four have written at once. A second customer has joined.",
        "fixed": "Ada is done. Nobody has told the customer.",
        "impatient": "Two hours without a word. Alice writes once more.",
        "told": "Maya has written; Alice has it in her mailbox.",
    }
    steps = "".join(
        f"<li><b>{escape(moment)}</b><span>{escape(told.get(moment, ''))}</span></li>" for moment in sights
    )
    return f'<ol class="moments">{steps}</ol>'


# the four pages -------------------------------------------------------------------------------


def _cards(sights: Mapping[str, Sight], tickets: Tickets) -> Iterator[str]:
    seen = list(sights.values())
    case = seen[-1].case["CaseNumber"]
    issue = seen[-1].issue.key
    crm = [crm_fields(one, issue) for one in seen]
    of_case, of_account = ([_part(fields, kind) for fields in crm] for kind in ("Case", "Account"))
    yield _card("zendesk", "Zendesk", f"Ticket #{tickets.hang}", "Maya", [_ticket(one) for one in seen])
    yield _card("jira", "Jira", f"Issue {issue}", "Ada", [_issue(one) for one in seen])
    both = [fields | _typed_in(one) for one, fields in zip(seen, of_case, strict=True)]
    yield _card("salesforce", "Salesforce", f"Case {case}", "Dana", both)
    yield _card("salesforce", "Salesforce", "Account Northwind Retail", "Dana", of_account, {})


def _ticket(seen: Sight) -> dict[str, object]:
    fields = seen.ticket["fields"]
    return {
        "Status": seen.ticket["status"],
        "Priority": seen.ticket["priority"],
        "Severity": named(fields.get("Severity")),
        "Affected users": fields.get("Affected users"),
        "Promised to customer": fields.get("Promised to customer"),
        "Jira issue": fields.get("Jira issue"),
        "Engineering status": fields.get("Engineering status"),
        "Fix version": fields.get("Fix version"),
        "Support score": fields.get("Support score"),
        "Customer SLA": fields.get("Customer SLA"),
        "Risk accepted": fields.get("Risk accepted"),
        "Fixed, not told": fields.get("Fixed, not told"),
    }


def _issue(seen: Sight) -> dict[str, object]:
    issue = seen.issue
    return {
        "Status": issue["Status"],
        "Priority": issue["Priority"],
        "Severity": issue["Severity"],
        "Assignee": issue["Assignee"],
        "Affected users": issue["Affected users"],
        "Support score": issue["Support score"],
        "Engineering OLA": issue["Engineering OLA"],
        "Support tickets": issue["Support tickets"],
        "Accounts": str(issue["Accounts"] or "").replace("_", " "),
        "ARR at risk": money(issue["ARR at risk"]),
        "Renewal date": issue["Renewal date"],
        "Fix versions": issue["Fix versions"],
    }


def _typed_in(seen: Sight) -> dict[str, object]:
    return {
        "Affected users": seen.case["Affected_Users__c"],
        "Business impact": seen.case["Business_Impact__c"],
        "Promised to customer": seen.case["Promised_to_Customer__c"],
        "Risk accepted": seen.case["Risk_Accepted__c"],
    }


def _part(fields: Mapping[str, object], kind: str) -> dict[str, object]:
    named_so = {
        name.removeprefix(f"{kind}: "): value for name, value in fields.items() if name.startswith(kind)
    }
    return {name[:1].upper() + name[1:]: value for name, value in named_so.items()}


def _card(
    system: str, vendor: str, title: str, who: str, moments: Sequence[Mapping[str, object]],
    typed: Mapping[str, str] = _TYPED,
) -> str:  # fmt: skip
    rows = "".join(_row(name, [one[name] for one in moments], typed.get(name, "hub")) for name in moments[-1])
    return (
        f'<section class="card {system}"><header><small>{escape(vendor)}</small><h2>{escape(title)}</h2>'
        f"<span>{escape(who)} sees</span></header><dl>{rows}</dl></section>"
    )


def _row(name: str, values: Sequence[object], by: str) -> str:
    """Return a field: what it shows in the end, and before that what it showed until then."""
    trail: list[str] = []
    for value in values:
        said = spoken(value).replace(" USD", "\N{NO-BREAK SPACE}USD") or "none"
        if not trail or trail[-1] != said:
            trail.append(said)
    *before, now = trail
    was = "".join(f"<s>{escape(one)}</s><i aria-hidden=true>→</i>" for one in before)
    if not before:
        return f"<div><dt>{escape(name)}</dt><dd>{escape(now)}</dd></div>"
    shown = f"{was}<b>{escape(now)}</b> <em>{escape(by)}</em>"
    return f'<div class="changed"><dt>{escape(name)}</dt><dd>{shown}</dd></div>'


def _mailbox(letters: Sequence[Letter]) -> Iterator[str]:
    """The customer's thread, mail by mail; what she wrote herself stands on the other side."""
    yield (
        '<section class="card email"><header><small>Mail</small>'
        f"<h2>{escape(letters[0].subject)}</h2><span>Alice sees</span></header><ol class=mails>"
    )
    for letter in letters:
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in letter.words.split("\n\n"))
        text = paragraphs.replace("\n", "<br>")
        yield (
            f"<li{' class=mine' if letter.mine else ''}><b>{escape(letter.sender)}</b>"
            f"<time>{escape(letter.at[11:16])}</time>{text}{_below(letter)}</li>"
        )
    yield "</ol></section>"
    yield (
        "<p class=soft>One thread, every word that left the house. Notes among agents, what engineers say "
        "among themselves and what is known of the account never do.</p>"
    )


def _below(letter: Letter) -> str:
    """What is attached or quoted, and whether the mail came more than once."""
    told = [
        f"attached: {', '.join(letter.files)}" if letter.files else "",
        f"quotes {letter.quoted} lines of older mails" if letter.quoted else "",
        f"delivered {letter.times} times, shown once" if letter.times > 1 else "",
    ]
    said = "; ".join(part for part in told if part)
    return f"<small>{escape(said[:1].upper() + said[1:])}</small>" if said else ""


def _panel(title: str, system: str, markdown: str) -> str:
    return _prose(title, system, str(Html().from_markdown(markdown, None) or ""))


def _prose(title: str, system: str, html: str) -> str:
    return f'<section class="card {system} prose"><header><h2>{escape(title)}</h2></header>{html}</section>'


def _readers(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(spoken(c))}</td>' for c in row)}</tr>" for row in rows)
    return (
        '<section class="card prose"><header><h2>Who reads what</h2></header><div class="wide"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
        "<p>A customer reads an engineer's comment only if the engineer marked it.</p></section>"
    )


# what it took ---------------------------------------------------------------------------------


def _runs(runs: Sequence[tuple[str, RunRecord]]) -> Iterator[str]:
    heads = "".join(f"<th class=n>{name}</th>" for name in _COUNTS.values())
    yield f'<div class="wide"><table><thead><tr><th>Run</th>{heads}<th class=n>seconds</th></tr></thead>'
    yield "<tbody>"
    sums = dict.fromkeys(_COUNTS, 0)
    for at, (why, record) in enumerate(runs, 1):
        counts = {name: cast("Mapping[str, int]", record.summary[name]) for name in _COUNTS}
        cells = ""
        for name, by_system in counts.items():
            total = sum(by_system.values())
            sums[name] += total
            split = ", ".join(f"{by_system.get(s, 0):,} {s.capitalize()}" for s in _SYSTEMS)
            cells += f'<td class=n title="{split}">{total:,}</td>'
        seconds = float(str(record.summary["seconds"]))
        yield f"<tr><td><b>{at}</b> {escape(why)}</td>{cells}<td class=n>{seconds:.1f}</td></tr>"
    total = "".join(f"<td class=n>{n:,}</td>" for n in sums.values())
    yield f"</tbody><tfoot><tr><td>All runs</td>{total}<td></td></tr></tfoot></table></div>"
    yield (
        "<p>The first run reads and links everything. The last but one sees the hub's own writes come back "
        "and writes nothing; the last one sees nothing at all.</p>"
    )

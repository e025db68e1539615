"""The demo's issues: what engineers had going before the hub came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.jira import engineers
from sandbox.jira.context import Context
from sandbox.jira.state import Issue

Json = Any
DAY = 24 * 3600 * 1000

# summary, type, project, priority, area, what is wrong, labels
_SUPPORT: tuple[tuple[str, str, str, str, str], ...] = (
    ("Card payments time out behind the new proxy", "Bug", "High", "Checkout", "payments timeout"),
    ("Invoice PDF shows the net amount twice", "Bug", "Medium", "Billing", "invoice"),
    ("Webhook retries stop after the first 502", "Bug", "High", "API", "webhooks"),
    ("Push messages arrive in the wrong language", "Bug", "Low", "Mobile app", "i18n"),
    ("Monthly report misses the last day of February", "Bug", "Medium", "Reporting", "dates"),
    ("Coupon codes with an umlaut are refused", "Bug", "Medium", "Checkout", "i18n coupons"),
    ("VAT number check fails for Northern Ireland", "Bug", "High", "Billing", "tax"),
    ("Rate limit headers are missing on 429", "Bug", "Low", "API", "headers"),
    ("App crashes when a photo is larger than 12 MB", "Bug", "Highest", "Mobile app", "crash"),
    ("CSV export breaks on semicolons in names", "Bug", "Low", "Reporting", "export"),
    ("Express checkout loses the delivery note", "Bug", "Medium", "Checkout", "checkout"),
    ("Credit notes are numbered out of order", "Bug", "High", "Billing", "invoice audit"),
    ("Search API returns 500 for empty filters", "Bug", "Medium", "API", "search"),
    ("Dark mode hides the cancel button", "Bug", "Low", "Mobile app", "ui"),
    ("Dashboard figures lag by a day in Tokyo", "Bug", "Medium", "Reporting", "dates timezone"),
    ("Write a runbook for failed payouts", "Task", "Medium", "Billing", "runbook"),
    ("Document the error codes of the orders API", "Task", "Low", "API", "docs"),
    ("Order status e-mail sent twice after a refund", "Bug", "High", "Checkout", "mail"),
    ("Login loops after a password reset", "Bug", "Highest", "Mobile app", "login"),
    ("Report filter forgets the chosen region", "Bug", "Lowest", "Reporting", "ui"),
    ("Add a size limit to uploaded avatars", "Task", "Low", "API", "limits"),
    ("Gift cards cannot be combined", "Bug", "Medium", "Checkout", "giftcards"),
    ("Dunning mails ignore the grace period", "Bug", "High", "Billing", "dunning"),
    ("OAuth consent page is blank in Safari", "Bug", "High", "API", "login browser"),
    ("Offline mode duplicates drafts", "Bug", "Medium", "Mobile app", "offline"),
)
_OPERATIONS: tuple[tuple[str, str, str], ...] = (
    ("Rotate the payment gateway certificates", "Task", "High"),
    ("Move the report database to larger disks", "Task", "Medium"),
    ("Alert floods the channel at every deploy", "Bug", "Medium"),
    ("Restore test of the billing backups", "Task", "High"),
    ("Clean up feature flags older than a year", "Task", "Low"),
    ("Canary hosts run an old kernel", "Bug", "High"),
    ("Cut log volume of the mobile gateway", "Task", "Low"),
    ("On-call rota for the winter holidays", "Task", "Medium"),
    ("Disk alerts come too late on search nodes", "Bug", "Medium"),
    ("Upgrade the message broker", "Task", "Medium"),
    ("Staging data is three months old", "Bug", "Low"),
    ("Move cron jobs off the old scheduler", "Task", "Medium"),
    ("Quarterly access review", "Task", "High"),
    ("DNS records without an owner", "Bug", "Lowest"),
    ("Load test before the spring sale", "Task", "High"),
)
_REMARKS = (
    "Reproduced on staging. {{trace-%d}} shows the call that hangs.",
    "*Cause found*: the value is cached before it is checked.\n\n* clear the cache\n* try again",
    "Is this still seen by customers? I cannot get it on the current build.",
    "Fix is up for review, see [the change|https://code.example/changes/%d].",
    "Left over from the migration; lowering the priority.",
)
_LOG = "2026-01-12T09:14:%02dZ WARN gateway upstream timed out after 30000 ms\n"
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def fill(context: Context) -> None:
    """Create the demo's issues, spread over the three weeks before now. The same every time."""
    people = [user.email for user in list(context.site.users.values())[1:]]
    for number, row in enumerate(_SUPPORT):
        _support_issue(context, number, row, people)
    for number, (summary, kind, priority) in enumerate(_OPERATIONS):
        by = people[(number * 3) % len(people)]
        made = engineers.create(
            context, "OPS", summary, kind=kind, by=by, priority=priority,
            assignee=people[(number + 2) % len(people)],
        )
        _walk(context, str(made["key"]), ("Begin", "Finish")[: number % 3], people)
    _date_back(context)


def _support_issue(
    context: Context, number: int, row: tuple[str, str, str, str, str], people: list[str]
) -> None:
    summary, kind, priority, area, labels = row
    fields: dict[str, Any] = {
        "priority": priority,
        "labels": labels.split(),
        "Product area": area,
        "Severity": f"S{1 + number % 4}",
        "description": f"h3. What happens\n\n{summary}.\n\nh3. Seen since\n\nBuild {400 + number}.",
    }
    if number % 2:
        fields["assignee"] = people[number % len(people)]
    if number % 3 == 0:
        fields["Components affected"] = ["Web", "Backend", "Mobile"][: 1 + number % 3]
        fields["Steps to reproduce"] = "# open the page\n# wait\n# look at the log"
    by = people[(number * 2 + 1) % len(people)]
    key = str(engineers.create(context, "SUP", summary, kind=kind, by=by, **fields)["key"])
    for turn in range(number % 4):
        text = _REMARKS[(number + turn) % len(_REMARKS)]
        text = text % number if "%d" in text else text
        engineers.comment(context, key, text, by=people[(number + turn) % len(people)])
    if number % 5 == 0:
        log = "".join(_LOG % second for second in range(number + 3)).encode()
        engineers.attach(context, key, "gateway.log", log, "text/plain", by=by)
    if number % 7 == 3:
        engineers.attach(context, key, "screen.png", _PIXEL, "image/png", by=by)
    path = ("Start", "Send to review", "Resolve")[: number % 4]
    _walk(context, key, path, people)
    if number % 6 == 4 and len(path) < 3:
        engineers.transition(context, key, "Block", by=people[0])


def _walk(context: Context, key: str, steps: tuple[str, ...], people: list[str]) -> None:
    for turn, step in enumerate(steps):
        fields: Mapping[str, Any] = {"resolution": "Done"} if step == "Resolve" else {}
        engineers.transition(context, key, step, by=people[turn % len(people)], **fields)


def _date_back(context: Context) -> None:
    """Give the issues a past: all that was done in this instant is spread over three weeks."""
    now = context.now()
    for number, issue in enumerate(list(context.site.issues.values())):
        start = now - 21 * DAY + number * DAY // 3
        was = issue.updated
        _spread(issue, start, (now - start) // 12)
        context.index.moved(issue, was)
    context.index.revision += 1


def _spread(issue: Issue, start: int, step: int) -> None:
    issue.created = issue.updated = issue.category_changed = start
    for turn, happened in enumerate(issue.histories, 1):
        happened.created = issue.updated = start + turn * step
        if any(item.field_id == "status" for item in happened.items):
            issue.category_changed = happened.created
    if issue.resolved is not None:
        issue.resolved = issue.category_changed
    for turn, one in enumerate(issue.comments, 1):
        one.created = one.updated = start + turn * step
        issue.updated = max(issue.updated, one.updated)
    for one in issue.attachments:
        one.created = start + step // 2

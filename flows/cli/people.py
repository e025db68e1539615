"""Commands about customers: which account a ticket belongs to, and which contact its requester is."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app
from hub.ports import Store

accounts_app = typer.Typer(help="Customers whose account nobody knows yet.", invoke_without_command=True)
people_app = typer.Typer(help="Requesters whose contact nobody knows yet.", invoke_without_command=True)
app.add_typer(accounts_app, name="accounts", rich_help_panel=DECIDE)
app.add_typer(people_app, name="people", rich_help_panel=DECIDE)

NO_CRM = (
    "No CRM is set up: hub.toml has no [salesforce]. What the helpdesk says of a customer stands on its "
    "tickets, and there is nothing to decide here."
)
_LISTED = 30
"""Rows of a table for people; JSON has them all."""

Customer = Annotated[
    str, typer.Argument(help="A Zendesk organization's id, a mail domain, or an e-mail address.")
]
WhichAccount = Annotated[str, typer.Argument(help="The account's id (15 or 18 characters) or exact name.")]


@contextmanager
def _customers(config: Path, *, json: bool = False) -> Generator[Store]:
    """Open the store for a command about accounts; without a CRM say so, and end well."""
    from flows.cli.show import as_json, line
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    if settings.salesforce is None:
        as_json({"crm": None}) if json else line(NO_CRM)
        raise typer.Exit(0)
    store = open_store(settings.store_url)
    try:
        yield store
    finally:
        store.close()


# accounts -------------------------------------------------------------------------------------


@accounts_app.callback()
def accounts(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List what needs a person: customers with several possible accounts or none, accounts with problems."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, line
    from flows.people import accounts_queue
    from hub.model import SALESFORCE

    with _customers(config, json=json) as store:
        found = accounts_queue(store, SALESFORCE)
    if json:
        as_json(found)
        return
    _ambiguous(found["ambiguous"])
    _listing(
        "Customers without an account",
        ("link", "customer", "open tickets", "for example"),
        [(g["link"], g["what"], g["tickets"], _example(g)) for g in found["unmatched"]],
    )
    if found["unread"]:
        _listing(
            "Named by a person, but not to be read in the CRM",
            ("account", "open tickets", "for example"),
            [(g["what"], g["tickets"], _example(g)) for g in found["unread"]],
        )
    _listing(
        "Accounts with problems",
        ("account", "id", "what is wrong"),
        [(a["name"], a["id"], "; ".join(a["problems"])) for a in found["problems"]],
    )
    if found["ties"]:
        _listing(
            "Tied by people",
            ("what", "account", "by", "at (UTC)"),
            [_tie(t) for t in found["ties"]],
        )
    if found["next_run"]:
        line(f"The next run shows {_many(found['next_run'], 'ticket')} an account that is known by now.")
    if found["ambiguous"] or found["unmatched"]:
        line("`hub accounts link LINK ACCOUNT` ties a customer to its account.", "dim")


def _ambiguous(groups: Sequence[Mapping[str, Any]]) -> None:
    rows: list[Sequence[object]] = []
    for group in groups[:_LISTED]:
        head: tuple[object, ...] = (group["link"], group["what"], group["tickets"], _example(group))
        for candidate in group["candidates"]:
            about = (
                f"{candidate['name'] or '?'} ({candidate['tier']})"
                if candidate["tier"]
                else candidate["name"]
            )
            rows.append((*head, about, candidate["id"], candidate["open_tickets"]))
            head = ("", "", "", "")
    _listing(
        "Customers with several possible accounts",
        ("link", "customer", "tickets", "for example", "may be", "account id", "its open tickets"),
        rows,
        of=len(groups),
    )


@accounts_app.command("show")
def show(account: WhichAccount, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Show all that the hub knows of an account, and what support knows of it."""
    from flows.cli.show import as_json
    from flows.tying import shown
    from flows.wires import utc_now

    with _customers(config, json=json) as store:
        found = shown(store, account, utc_now())
    if json:
        as_json(found)
        return
    _show(found)


def _show(found: Mapping[str, Any]) -> None:
    from flows.cli.show import brief, line, table

    line(f"{found['name']}  {found['id']}", "bold")
    if found["url"]:
        line(found["url"], "dim")
    for problem in found["problems"]:
        line(problem, "yellow")
    if found["parent"]:
        line(f"Part of {found['parent']['name'] or '?'} ({found['parent']['id']})")
    for child in found["children"]:
        line(f"Parent of {child['name']} ({child['id']})")
    table("From the CRM", ("value", "is"), [(v["label"], brief(v["value"])) for v in found["values"]])
    table("What support knows", ("value", "is"), [(v["label"], brief(v["value"])) for v in found["support"]])
    table(
        "Organizations and mail domains",
        ("id", "name", "open tickets"),
        [(o["id"], o["name"], o["tickets"]) for o in found["organizations"]],
    )
    if found["ties"]:
        table("Tied by people", ("what", "account", "by", "at (UTC)"), [_tie(t) for t in found["ties"]])
    _listing(
        "Open tickets",
        ("ticket", "subject", "status", "score", "risk"),
        [
            (
                t["label"],
                t["subject"],
                t["status"],
                t["score"],
                "" if t["risk"] is None else f"{t['risk']:.0%}",
            )
            for t in found["tickets"]
        ],
    )


@accounts_app.command("link")
def link_account(customer: Customer, account: WhichAccount, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tie an organization, a mail domain or an e-mail address to an account. It goes before any guess."""
    from flows import tying
    from flows.wires import utc_now

    with _customers(config) as store:
        _told(tying.link_account(store, customer, account, by=_me(), at=utc_now()), "is tied to")


@accounts_app.command("unlink")
def unlink_account(customer: Customer, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """End a tie that a person made. The account is then looked for as for any other customer."""
    from flows import tying

    with _customers(config) as store:
        _told(tying.unlink(store, customer), "is not tied any more to")


# people ---------------------------------------------------------------------------------------


@people_app.callback()
def people(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List requesters of open tickets who may be several contacts, and those whom the CRM does not know."""
    if context.invoked_subcommand is not None:
        return
    from flows.cli.show import as_json, line
    from flows.people import people_queue
    from hub.model import SALESFORCE

    with _customers(config, json=json) as store:
        found = people_queue(store, SALESFORCE)
    if json:
        as_json(found)
        return
    _contacts("Contact of several accounts, or of another one", found["several_accounts"])
    _contacts("Several contacts of one account", found["several_contacts"])
    _listing(
        "Known to nobody",
        ("e-mail", "account", "open tickets", "for example"),
        [(p["email"], p["account_name"], p["tickets"], _example(p)) for p in found["unknown"]],
    )
    if found["ties"]:
        _listing(
            "Tied by people",
            ("e-mail", "account", "by", "at (UTC)"),
            [_tie(t) for t in found["ties"]],
        )
    if found["several_accounts"] or found["several_contacts"] or found["unknown"]:
        line("`hub people link E-MAIL CONTACT-ID` says who it is.", "dim")


def _contacts(title: str, lines: Sequence[Mapping[str, Any]]) -> None:
    rows: list[Sequence[object]] = []
    for one in lines[:_LISTED]:
        head: tuple[object, ...] = (one["email"], one["account_name"], one["tickets"], _example(one))
        for contact in one["contacts"]:
            account = contact["account_name"] or contact["account"] or "no account"
            rows.append((*head, contact["name"], account, contact["id"]))
            head = ("", "", "", "")
    columns = ("e-mail", "account", "tickets", "for example", "may be", "of", "contact id")
    _listing(title, columns, rows, of=len(lines))


@people_app.command("link")
def link_contact(
    email: Annotated[str, typer.Argument(help="The requester's e-mail address.")],
    contact: Annotated[
        str, typer.Argument(help="The contact's id, or the address that the CRM has of them.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Say which contact a requester is; their tickets go to that contact's account."""
    from flows import tying
    from flows.wires import utc_now

    with _customers(config) as store:
        _told(tying.link_contact(store, email, contact, by=_me(), at=utc_now()), "is tied to")


@people_app.command("unlink")
def unlink_contact(
    email: Annotated[str, typer.Argument(help="The requester's e-mail address.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """End a tie between an e-mail address and a contact."""
    from flows import tying

    with _customers(config) as store:
        _told(tying.unlink(store, email), "is not tied any more to")


# in words -------------------------------------------------------------------------------------


def _listing(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, of: int | None = None
) -> None:
    """Print a table, no longer than people read; say how much more there is."""
    from flows.cli.show import line, table

    # `of` counts what the rows are about, where one thing has several rows and was cut before
    count, shown = (of, min(of, _LISTED)) if of is not None else (len(rows), min(len(rows), _LISTED))
    table(title, columns, rows if of is not None else rows[:_LISTED])
    if count > shown:
        line(f"  and {count - shown:,} more (--json lists all)", "dim")


def _example(group: Mapping[str, Any]) -> str:
    from flows.cli.show import brief

    return brief(f"{group['example']['label']} {group['example']['subject']}", 60)


def _tie(tie: Mapping[str, Any]) -> tuple[object, ...]:
    from flows.cli.show import moment

    kind, _, word = str(tie["trace"]).partition(":")
    what = f"organization {word.removeprefix('zendesk:')}" if kind == "org" else word
    contact = f", contact {tie['contact']}" if tie["contact"] else ""
    return what, f"{tie['name'] or '?'} ({tie['account']}{contact})", tie["by"], moment(tie["at"])


def _told(tied: Any, verb: str) -> None:
    from flows.cli.show import line

    kind, _, word = str(tied.trace).partition(":")
    what = f"Organization {word.removeprefix('zendesk:')}" if kind == "org" else word
    who = f"{tied.contact} of " if tied.contact else ""
    line(f"{what} {verb} {who}{tied.name or '?'} ({tied.account}).")
    if tied.before:
        line(f"Until now it was tied to {tied.before}.")
    if tied.tickets:
        line(f"The next run refreshes {_many(tied.tickets, 'open ticket')}; `hub sync` does it at once.")
    else:
        line("No open ticket has it now; it counts for tickets to come.")


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _me() -> str:
    """Return who is at the keyboard, as far as the machine knows."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""

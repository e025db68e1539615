"""The part of the check's page about accounts: what is read of them, where it is shown, what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from hub.check import Accounts, Report
from hub.check_style import badge, system_name
from hub.hops import Hop


def account_section(report: Report) -> Iterator[str]:
    """Yield the section as HTML; nothing where there is no CRM."""
    accounts = report.accounts
    if accounts is None:
        return
    home = system_name(accounts.system)
    yield '<section id="accounts"><h2>Accounts</h2>'
    yield (
        f"<p>Accounts are at home in {home}. The hub reads them there and shows them on every open "
        "ticket and issue; what support knows of an account, it shows on the account.</p>"
    )
    yield from _read_of_accounts(accounts, report.hops, home)
    yield from _shown_on_accounts(accounts, home)
    yield "</section>"


def _read_of_accounts(accounts: Accounts, hops: Sequence[Hop], home: str) -> Iterator[str]:
    onward = [h for h in hops if h.origin == accounts.system]
    columns = "".join(f'<th scope="col">Shown in {system_name(h.destination)}</th>' for h in onward)
    yield (
        f"{_captioned('What the hub reads of an account')}"
        f'<thead><tr><th scope="col">Value</th><th scope="col">Account field in {home}</th>'
        f"{columns}</tr></thead><tbody>"
    )
    for field in accounts.read:
        cells = "".join(_onward(field.register, hop) for hop in onward)
        yield (
            f'<tr><th scope="row" class="lead">{escape(field.label)}</th>'
            f'<td data-label="Account field">{escape(field.field)}</td>{cells}</tr>'
        )
    yield "</tbody></table></div>"


def _captioned(title: str) -> str:
    return f'<div class="card"><table class="stack"><caption><h3>{title}</h3></caption>'


def _onward(register: str, hop: Hop) -> str:
    there = next((a for a in hop.arrivals if a.register == register), None)
    said = f"{badge(there.how)} {escape(there.field)}" if there else ""
    return f'<td data-label="{system_name(hop.destination)}">{said}</td>'


def _shown_on_accounts(accounts: Accounts, home: str) -> Iterator[str]:
    if not accounts.shown:
        return
    yield (
        f"{_captioned('What the hub shows on an account')}"
        '<thead><tr><th scope="col">Value, over its open tickets</th>'
        f'<th scope="col">Account field in {home}</th><th scope="col">Room</th></tr></thead><tbody>'
    )
    for field in accounts.shown:
        yield (
            f'<tr><th scope="row" class="lead">{escape(field.label)}</th>'
            f'<td data-label="Account field">{escape(field.field)}</td>'
            f'<td data-label="Room">{escape(field.detail)}</td></tr>'
        )
    yield "</tbody></table></div>"

"""Commands about the support mailbox: what is held back, what is to be sent, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows.cli.app import DECIDE, DEFAULT_CONFIG, AsJson, ConfigFile, app
from hub.ports import Store

mail_app = typer.Typer(
    help="The support mailbox: what is held back, what is to be sent.", invoke_without_command=True
)
app.add_typer(mail_app, name="mail", rich_help_panel=DECIDE)

_LISTED = 50
"""Rows of a table for people; JSON has them all."""

Numbers = Annotated[list[int], typer.Argument(help="Which, as `hub mail list` numbers them.")]


@contextmanager
def _mailbox(config: Path) -> Generator[Store]:
    """Open the store for a command about mail. Raises `Misconfigured` where no mailbox is set up."""
    from flows.mailing import NO_MAILBOX
    from hub.errors import Misconfigured
    from hub.settings import load
    from hub.store import open_store

    settings = load(config)
    if settings.email is None:
        raise Misconfigured(NO_MAILBOX)
    store = open_store(settings.store_url)
    try:
        yield store
    finally:
        store.close()


# what came in ---------------------------------------------------------------------------------


@mail_app.callback()
def mail(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """List mails that are held back and wait for a person, as `hub mail list` does."""
    if context.invoked_subcommand is None:
        held_back("waiting", config, json)


@mail_app.command("list")
def held_back(
    state: Annotated[
        Literal["waiting", "suspended", "quarantined", "dropped", "peer", "all"],
        typer.Option(
            "--state",
            help="suspended: by a filter; quarantined: cannot be read; waiting: both; dropped: given up; "
            "all: these three; peer: notifications by systems that the hub reads itself.",
        ),
    ] = "waiting",
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List mails that became no ticket and no comment, and why. Nothing of them is lost."""
    from flows.cli.show import as_json, brief, line, moment
    from flows.mailing import held_back

    with _mailbox(config) as store:
        found = held_back(store, _states(state))
    if json:
        as_json(found)
        return
    _listing(
        "Held back",
        ("mail", "came (UTC)", "from", "subject", "mailbox", "why"),
        [
            (
                m["number"],
                moment(m["received_at"]),
                brief(m["from"] or "(not to be read)", 40),
                brief(m["subject"], 40),
                m["mailbox"],
                m["reason"] if m["state"] in {"suspended", "peer"} else f"{m['state']}: {m['reason']}",
            )
            for m in found
        ],
    )
    if found:
        line("`hub mail show N` reads one, `recover N` lets it in, `drop N` gives it up.", "dim")


def _states(state: str) -> Sequence[Any]:
    both = ("suspended", "quarantined")
    return {"waiting": both, "all": (*both, "dropped")}.get(state, (state,))


@mail_app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="Which, as `hub mail list` numbers it.")],
    raw: Annotated[bool, typer.Option("--raw", help="As it came, byte for byte.")] = False,
    headers: Annotated[bool, typer.Option("--headers", help="Only its header block, as it came.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="With --raw: the file to write it into.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Show a mail: its text as it is read, what was split off, its files, and where it lies."""
    from flows import mailing
    from flows.cli.show import as_json
    from hub.errors import Misconfigured

    if output is not None and not raw:
        raise Misconfigured("--output goes with --raw: only a whole mail is written into a file")
    with _mailbox(config) as store:
        if raw:
            _raw(mailing.raw(store, number), output)
        elif headers:
            _write(mailing.head(store, number) + b"\n")
        else:
            found = mailing.shown(store, number)
            as_json(found) if json else _show(found)


def _raw(pieces: Iterable[bytes], output: Path | None) -> None:
    from flows.cli.show import line
    from hub.errors import Misconfigured

    if output is None:
        for piece in pieces:
            _write(piece)
        return
    try:
        with output.open("xb") as file:
            size = sum(file.write(piece) for piece in pieces)
    except OSError as error:
        output.unlink() if not isinstance(error, FileExistsError) and output.exists() else None
        raise Misconfigured(f"{output}: cannot be written: {error.strerror}") from None
    line(f"wrote {output}: {size:,} bytes")


def _write(piece: bytes) -> None:
    """Write bytes as they are into a pipe or file; on a terminal, show what it would else obey."""
    from flows.cli.show import harmless

    if sys.stdout.isatty():
        sys.stdout.write(harmless(piece.decode("utf-8", "replace").replace("\r\n", "\n")))
    else:
        sys.stdout.flush()
        _ = sys.stdout.buffer.write(piece)
    sys.stdout.flush()


def _show(found: Mapping[str, Any]) -> None:
    from flows.cli.show import line, moment, table
    from flows.mailing import STATES

    line(f"Mail {found['number']}  {found['subject']}", "bold")
    line(f"From {found['name']} <{found['from']}> to {', '.join(found['to']) or 'nobody named'}")
    where = f", {found['conversation']}" if found["conversation"] else ""
    line(f"Came {moment(found['received_at'])} UTC; it {STATES[found['state']]}{where}")
    if found["reason"]:
        line(found["reason"], "yellow")
    if found["cut"]:
        line("It was too large: only its beginning was taken; all of it lies in the mailbox.", "yellow")
    if found["unreadable"]:
        line(f"Not readable: {found['unreadable']}", "red")
    for defect in found["defects"]:
        line(f"Read all the same: {defect}", "dim")
    for title, part in (("", "text"), ("Quoted", "quoted"), ("Signature", "signature")):
        if found[part]:
            line(f"\n{title}".rstrip() or "", "dim")
            line(found[part], "dim" if title else "")
    line("")
    table("Files", ("name", "type", "bytes"), [(f["name"], f["type"], f["size"]) for f in found["files"]])
    table(
        "Lies in",
        ("account", "mailbox", "UIDVALIDITY", "UID"),
        [(p["account"], p["mailbox"], p["uidvalidity"], p["uid"]) for p in found["places"]],
    )


@mail_app.command("recover")
def recover(
    numbers: Numbers,
    to: Annotated[
        str, typer.Option("--to", help="Where they belong: a conversation (mail-7), or a ticket (#7, SUP-7).")
    ] = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let mails in: the next run hears them as if no filter had held them back."""
    from flows import mailing
    from flows.cli.show import line

    with _mailbox(config) as store:
        told = mailing.recover(store, set(numbers), to)
    line(f"The next run hears {_many(len(set(numbers)))}; `hub sync` does it at once. {told}".rstrip())


@mail_app.command("drop")
def drop(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Give mails up: they are not asked about again. They stay in the mailbox, and can be recovered."""
    from flows import mailing
    from flows.cli.show import line

    with _mailbox(config) as store:
        mailing.drop(store, set(numbers))
    line(f"{_many(len(set(numbers)))} given up.")


# what goes out --------------------------------------------------------------------------------


@mail_app.command("outbox")
def outbox(
    state: Annotated[
        Literal["open", "pending", "sending", "sent", "unknown", "failed", "withheld", "cancelled"],
        typer.Option("--state", help="open: all that is still to reach somebody, and what a cap holds back."),
    ] = "open",
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """List mails to customers: to whom, of which ticket, how often they were tried, and what is wrong."""
    from flows.cli.show import as_json, line, moment
    from flows.mailing import outgoing

    with _mailbox(config) as store:
        found = outgoing(store, () if state == "open" else (state,))
    if json:
        as_json(found)
        return
    _listing(
        "Outbox",
        ("id", "to", "ticket", "state", "tries", "since (UTC)", "why"),
        [
            (
                m["id"],
                m["to"],
                ", ".join([m["conversation"], *m["tickets"]]),
                m["state"],
                m["tries"],
                moment(m["at"]),
                m["reason"] or (f"next try {moment(m['next_try'])}" if m["next_try"] else ""),
            )
            for m in found
        ],
    )
    if any(m["state"] in {"failed", "unknown", "withheld"} for m in found):
        line("`hub mail resend ID` sends one again at the next run, with the same bytes.", "dim")


@mail_app.command("resend")
def resend(
    ids: Annotated[list[int], typer.Argument(help="Which, as `hub mail outbox` lists them.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Send mails again that failed, are in doubt or were held back by a cap: the same bytes."""
    from typing import cast

    from connectors.email.connector import EmailConnector
    from flows import mailing
    from flows.cli.show import line
    from flows.wiring import assemble
    from hub.errors import Misconfigured
    from hub.model import EMAIL
    from hub.settings import load

    settings = load(config)
    if settings.email is None:
        raise Misconfigured(mailing.NO_MAILBOX)
    with assemble(settings) as assembly:
        connector = cast("EmailConnector", assembly.connectors[EMAIL])
        count = mailing.resend(assembly.store, connector.outbox, set(ids))
    line(f"The next run sends {_many(count)}; `hub sync` does it at once.")


# in words -------------------------------------------------------------------------------------


def _listing(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from flows.cli.show import line, table

    table(title, columns, rows[:_LISTED])
    if len(rows) > _LISTED:
        line(f"  and {len(rows) - _LISTED:,} more (--json lists all)", "dim")


def _many(count: int) -> str:
    return f"{count:,} mail" if count == 1 else f"{count:,} mails"

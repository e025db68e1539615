"""`hub signals`: what people's words tell, on any text and on any ticket."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from flows.cli.app import DEFAULT_CONFIG, LOOK, AsJson, ConfigFile, app


@app.command(rich_help_panel=LOOK)
def signals(
    file: Annotated[
        str,
        typer.Argument(
            help='A file with a text a line, or one JSON object a line ({"text": …}); - is standard input.'
        ),
    ] = "-",
    ticket: Annotated[
        str,
        typer.Option("--ticket", help="A ticket's id, number or issue key instead: zendesk:7, #7, SUP-7."),
    ] = "",
    reader: Annotated[
        Literal["lexicon", "encoder", "best"],
        typer.Option(help="Who reads; best: the sentence encoder where it is installed, else the lexicon."),
    ] = "best",
    texts: Annotated[
        bool, typer.Option("--texts", help="The texts are people's words already: take nothing out of them.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """
    Read moods and signals, and quote the words that tell them.

    Of a file, one line of JSON a text: what quotes, signs and machines say is taken out first.
    """
    from flows.signalling import opened, reader_of, signals_of, texts_in

    if ticket:
        _of_ticket(ticket, reader, config, json=json)
        return
    name = "standard input" if file == "-" else file
    with opened(file) as lines:
        for one in signals_of(texts_in(lines, name), reader_of(reader), whole=texts):
            _print(one)


def _print(one: dict[str, Any]) -> None:
    from flows.cli.show import as_json

    as_json(one)


def _of_ticket(name: str, which: Literal["lexicon", "encoder", "best"], config: Any, *, json: bool) -> None:
    from flows.cli.show import as_json
    from flows.signalling import reader_of, ticket_signals
    from hub.settings import load
    from hub.store import open_store

    store = open_store(load(config).store_url)
    try:
        found = ticket_signals(store, name, reader_of(which))
    finally:
        store.close()
    if json:
        as_json(found)
        return
    for one in found:
        _show(one)


def _show(one: dict[str, Any]) -> None:
    from flows.cli.show import brief, line, moment, table

    whole = one["heard"]
    line(f"{one['id']}  {one['subject']}", "bold")
    trend = f", {whole['trend']} over the thread" if whole.get("trend") else ""
    mood = whole.get("sentiment") or "nothing of the customer to read"
    line(f"  {mood}{trend}; {len(one['not_read'])} comments not read")
    table(
        "Signals that hold",
        ("signal", "since (UTC)", "said (UTC)", "times", "by", "words"),
        [
            (
                name,
                moment(m.get("first", "")),
                moment(m["at"]),
                m.get("times", 1),
                m.get("by", "customer"),
                m["quote"],
            )
            for name, m in whole.get("mentions", {}).items()
        ],
    )
    table(
        "Comments",
        ("comment", "at (UTC)", "sentiment", "mood", "signals", "words"),
        [
            (
                c["comment"],
                moment(c["at"]),
                c["sentiment"],
                f"{c['mood']:+.2f}",
                ", ".join(dict.fromkeys(s["signal"] for s in c["signals"])),
                brief(
                    "; ".join(s["quote"] for s in c["signals"]) or "; ".join(w["quote"] for w in c["words"])
                ),
            )
            for c in one["comments"]
        ],
    )

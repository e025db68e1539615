"""
`hub mappings check --html`: one page that whoever runs support can read, print and send on.

It stands by itself: one file, no script, nothing loaded from anywhere. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from hub.check import Report, counted, many
from hub.check_accounts import account_section
from hub.check_losses import loss_section
from hub.check_style import SHEET, badge, marked_up, slug, system_name
from hub.hops import WORTH, Arrival, Hop, How
from hub.problems import Place, Problem
from hub.records import Loss
from hub.registers import is_context

MEANING: Mapping[How, str] = {
    "native": "has a field of its own there, and stands in it whole",
    "at home": "comes from there in the first place, so nobody has to write it",
    "cut": "has a field that is too short for some texts; the hub keeps all of it",
    "retyped": "has a field that cannot show every value as it is; the hub remembers what was meant",
    "block": "has no field there; people read it in the context block, within another field",
    "copy only": "has no field there; only programs can read it, in the machine copy",
    "withheld": "is kept from customers, who read that side: no loss, and not counted",
    "dropped": "does not get there; the reason stands beside it",
}

_END = (
    "</main>\n<footer>Made by <code>hub mappings check --html</code>. The files in <code>mappings/</code> "
    "decide all of this; whoever changes them runs the check again.</footer>\n</body>\n</html>\n"
)


def as_page(
    report: Report,
    losses: Sequence[Loss] = (),
    *,
    at: str = "",
    excerpts: Mapping[Place, str] | None = None,
) -> str:
    """
    Return the report, and what the store's loss ledger holds, as an HTML document.

    `at` is when it was made; `excerpts` are the lines of the files in which problems stand.
    """
    parts = [
        *_head(report, losses, at),
        *_problems(report.problems, excerpts or {}),
        *_matrix(report.hops),
        *_hops(report.hops),
        *account_section(report),
        *loss_section(losses),
        _END,
    ]
    return "\n".join(parts)


# the head -------------------------------------------------------------------------------------


def _head(report: Report, losses: Sequence[Loss], at: str) -> Iterator[str]:
    when = f'<p class="soft">As the systems described themselves on {escape(at)}</p>' if at else ""
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'\">\n<title>What arrives where: mapping check</title>\n"
        f"<style>{SHEET}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>What arrives where</h1>\n{when}\n{_verdict(report)}"
    )
    links = [
        ("problems", "Problems", bool(report.problems)),
        ("glance", "At a glance", bool(report.hops)),
        ("hops", "Hop by hop", bool(report.hops)),
        ("accounts", "Accounts", report.accounts is not None),
        ("losses", "What was lost so far", bool(losses)),
    ]
    items = "".join(f'<li><a href="#{name}">{text}</a></li>' for name, text, there in links if there)
    yield f'<nav aria-label="On this page"><ul>{items}</ul></nav>\n</header>\n<main>'


def _verdict(report: Report) -> str:
    if report.errors:
        look, said = "dropped", "The hub does not run on these files."
    elif report.problems:
        look, said = "cut", "The hub runs on these files, but look at the warnings."
    else:
        look, said = "native", "The hub runs on these files."
    return (
        f'<div class="card verdict {look}"><p><strong>{said}</strong> '
        f"{escape(counted(report))}.</p>{_weakest(report.hops)}</div>"
    )


def _weakest(hops: Sequence[Hop]) -> str:
    if not hops:
        return ""
    low = min(hops, key=lambda h: h.score)
    gone = sum(a.how == "dropped" for h in hops for a in h.context)
    lost = (
        "No customer context is lost on any hop."
        if not gone
        else f"{many(gone, 'context value')} would be lost, counted over all hops."
    )
    return (
        f"<p>{lost} The weakest hop is {_between(low)} with a score of {low.score} of 100.</p>"
        if low.score < 100  # noqa: PLR2004  a whole score
        else f"<p>{lost}</p>"
    )


def _between(hop: Hop) -> str:
    return f'<span class="nowrap">{system_name(hop.origin)} → {system_name(hop.destination)}</span>'


# problems -------------------------------------------------------------------------------------


def _problems(problems: Sequence[Problem], excerpts: Mapping[Place, str]) -> Iterator[str]:
    if not problems:
        return
    yield '<section id="problems" class="problems"><h2>Problems</h2>'
    yield "<p>An error must be mended before the hub runs; a warning may stay.</p>"
    yield '<div class="card"><ul>'
    for problem in problems:
        look = "dropped" if problem.severity == "error" else "cut"
        yield (
            f'<li><span class="how {look}">{problem.severity}</span> '
            f"<code>{escape(str(problem.place))}</code><br>{marked_up(problem.message)}"
            f"{_excerpt(problem.place, excerpts.get(problem.place, ''))}</li>"
        )
    yield "</ul></div></section>"


def _excerpt(place: Place, line: str) -> str:
    if not line.strip():
        return ""
    before, rest = line[: place.column - 1], line[place.column - 1 :]
    wrong, hash_, comment = rest.partition(" #")
    return (
        f'<pre><span class="soft">{place.line:>4}</span>  {escape(before)}<mark>{escape(wrong)}</mark>'
        f'<span class="soft">{escape(hash_ + comment)}</span></pre>'
    )


# at a glance ----------------------------------------------------------------------------------


def _matrix(hops: Sequence[Hop]) -> Iterator[str]:
    if not hops:
        return
    systems = list(dict.fromkeys(h.origin for h in hops))
    by_pair = {(h.origin, h.destination): h for h in hops}
    columns = "".join(f'<th scope="col">to {system_name(s)}</th>' for s in systems)
    yield '<section id="glance"><h2>At a glance</h2>'
    yield (
        "<p>What becomes of everything that is known of a customer's problem (its impact, and the account "
        "behind it) when a ticket goes from one system to another. A score of 100 means: each value has a "
        "field of its own on the other side.</p>"
    )
    yield '<div class="card matrix"><table><thead><tr><td></td>' + columns + "</tr></thead><tbody>"
    for origin in systems:
        cells = "".join(_cell(by_pair.get((origin, to))) for to in systems)
        yield f'<tr><th scope="row">from {system_name(origin)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    yield _legend()
    yield "</section>"


def _cell(hop: Hop | None) -> str:
    if hop is None:
        return '<td class="same"></td>'
    shares = f"{hop.natively:.0%} in fields of its own, {hop.at_all:.0%} arrives"
    return (
        f'<td data-to="{system_name(hop.destination)}"><a href="#{_anchor(hop)}">{_score(hop)}{_bar(hop)}'
        f'<span class="shares">{shares if hop.counted else "kept from customers"}</span></a></td>'
    )


def _score(hop: Hop) -> str:
    """The score; none where nothing is meant to arrive."""
    if not hop.counted:
        return '<span class="score">&ndash;</span>'
    return f'<span class="score">{hop.score}<small> of 100</small></span>'


def _bar(hop: Hop) -> str:
    counts = {how: sum(a.how == how for a in hop.context) for how in WORTH}
    said = ", ".join(f"{n} {how}" for how, n in counts.items() if n)
    pieces = "".join(f'<i class="{slug(how)}" style="flex:{n}"></i>' for how, n in counts.items() if n)
    return f'<span class="bar" role="img" aria-label="{said}" title="{said}">{pieces}</span>'


def _legend() -> str:
    rows = "".join(
        f'<dt>{badge(how)}</dt><dd>{MEANING[how]}</dd>'
        f'<dd class="worth">{"&ndash;" if how == "withheld" else f"{worth:.0%}"}</dd>'
        for how, worth in WORTH.items()
    )
    return (
        '<details class="card" open><summary><h3>How to read this</h3></summary>'
        "<p>The score is the average of what each context value counts. Context is what people say of the "
        "customer's impact, and what is known of the account.</p>"
        f'<dl class="legend">{rows}</dl></details>'
    )


# hop by hop -----------------------------------------------------------------------------------


def _hops(hops: Sequence[Hop]) -> Iterator[str]:
    if not hops:
        return
    yield '<section id="hops"><h2>Hop by hop</h2>'
    used = {a.how for h in hops for a in h.arrivals}
    boxes = "".join(
        f'<label><input type="checkbox" id="show-{slug(how)}" checked>{badge(how)}</label>'
        for how in WORTH
        if how in used
    )
    yield (
        f'<fieldset class="filter"><legend>Show</legend>{boxes}<label><input type="checkbox" id="show-rest" '
        "checked>what the score does not count</label></fieldset>"
    )
    for hop in hops:
        yield from _hop(hop)
    yield "</section>"


def _anchor(hop: Hop) -> str:
    return escape(f"{hop.origin}-{hop.destination}")


def _hop(hop: Hop) -> Iterator[str]:
    yield (
        f'<details class="card hop" open id="{_anchor(hop)}"><summary><h3>{_between(hop)}</h3>'
        f"{_score(hop)}</summary>"
        f"{_bar(hop)}<p>{_in_words(hop)}</p>"
    )
    heads = (
        "Value",
        f"Read in {system_name(hop.origin)} from",
        "How",
        f"Shown in {system_name(hop.destination)} as",
        "What to know",
    )
    cells = "".join(f'<th scope="col" class="c{at}">{head}</th>' for at, head in enumerate(heads))
    yield f'<table class="arrivals stack"><thead><tr>{cells}</tr></thead>'
    rest = [a for a in hop.arrivals if not is_context(a.register)]
    yield from _rows(hop.context, "")
    yield from _rows(rest, "Not counted in the score")
    yield "</table></details>"


def _in_words(hop: Hop) -> str:
    """Say what the score is made of."""
    if not hop.context:
        return f"Nothing that {system_name(hop.origin)} shows is customer context."
    kept = len(hop.context) - len(hop.counted)
    withheld = f"{many(kept, 'context value')} kept from the customers who read it" if kept else ""
    if not hop.counted:
        return f"{withheld}; nothing is lost."
    counts = [(how, sum(a.how == how for a in hop.counted)) for how in WORTH]
    told = ", ".join(f"{n} {how}" for how, n in counts if n)
    total = len(hop.counted)
    points = sum(WORTH[a.how] for a in hop.counted)
    return (
        f"{many(total, 'context value')}: {told}. They count {points:.3g} of {total}, "
        f"so the score is {hop.score}." + (f" And {withheld}." if withheld else "")
    )


def _rows(arrivals: Iterable[Arrival], title: str) -> Iterator[str]:
    worst = list(WORTH)[::-1]
    ordered = sorted(arrivals, key=lambda a: worst.index(a.how))
    if not ordered:
        return
    yield '<tbody class="rest">' if title else "<tbody>"
    if title:
        yield f'<tr><th colspan="5" scope="rowgroup">{title}</th></tr>'
    for arrival in ordered:
        yield (
            f'<tr class="{slug(arrival.how)}"><th scope="row" class="lead">{escape(arrival.label)}'
            f'<code>{escape(arrival.register)}</code></th><td data-label="Read from">{_read(arrival)}</td>'
            f'<td class="tag">{badge(arrival.how)}</td><td data-label="Shown as">{escape(arrival.field)}</td>'
            f"<td>{marked_up(arrival.detail[:1].upper() + arrival.detail[1:])}</td></tr>"
        )
    yield "</tbody>"


def _read(arrival: Arrival) -> str:
    of = "of the account" if arrival.of_account else ""
    where = f"{of} in {system_name(arrival.source)}" if arrival.source else of
    return escape(arrival.read) + (f' <span class="soft">{where.strip()}</span>' if where else "")

"""
`hub backtest --page`: one page on whether a risk can be believed, to be read, printed and sent on.

It stands by itself: one file, no script, nothing loaded from anywhere. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from hub.risk.bootstrap import Figure
from hub.risk.page_drift import drift_section, meaning_section, weeks_section
from hub.risk.page_plots import calibration_plot, reach, recall_plot, strip
from hub.risk.page_style import SHEET
from hub.risk.reliability import FIGURES, LOWER_IS_BETTER, Reliability, Slice
from hub.risk.sentences import (
    NAMES,
    NOTHING,
    asked_in_words,
    heading,
    in_a_hundred,
    judged_in_words,
    means,
    number,
    signed,
    with_interval,
)

_CURVES = {"shown": "shown", "rule": "rule", "priority": "priority", "prior": "prior"}
"""The rankings that are drawn, and their inks."""
_TRUE = 0.05
"""A calibration error up to here counts as small."""
_END = "</main>\n<footer>Made by <code>hub backtest --page</code>{when}.</footer>\n</body>\n</html>\n"


def as_page(found: Reliability, at: str = "") -> str:
    """Return what a back-test found as an HTML document; `at` is when it was made."""
    when = f" on {escape(at)}" if at else ""
    parts = [
        *_head(found),
        *_facts(found),
        *_models(found),
        *_calibration(found),
        *_reach(found),
        *_slices(found),
        *weeks_section(found),
        *drift_section(found),
        *meaning_section(found),
        _END.format(when=when),
    ]
    return "\n".join(parts)


# the head -------------------------------------------------------------------------------------


def _head(found: Reliability) -> Iterator[str]:
    title = found.says or found.label
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        f"'unsafe-inline'\">\n<title>How far to believe it: {escape(title)}</title>\n"
        f"<style>{SHEET}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>How far to believe it: {escape(title)}</h1>"
    )
    asked = "; ".join(asked_in_words(found))
    yield f'<p class="soft">Label <code>{escape(found.label)}</code>, {escape(asked)}.</p>\n</header>\n<main>'
    yield _verdict(found)


def _verdict(found: Reliability) -> str:
    gain, loose = found.ahead_of_rule["pr_auc"], found.of("shown").figures["ece"].value
    if found.verdict.fall_back or (gain.high is not None and gain.high < 0):
        look = "bad"
    elif gain.above_zero and loose is not None and loose <= _TRUE:
        look = "good"
    else:
        look = "even"
    told = " ".join(judged_in_words(found))
    return (
        f'<div class="card verdict {look}"><p class="honest">'
        f"<strong>{escape(in_a_hundred(found))}</strong></p>"
        f"{_people(found)}<p>{escape(told)}</p>{_notes(found.notes)}</div>"
    )


def _people(found: Reliability) -> str:
    """A hundred dots say it quicker than a number."""
    value = found.of("shown").figures["precision"].value
    if value is None:
        return ""
    hits = round(value * 100)
    dots = '<i class="hit"></i>' * hits + "<i></i>" * (100 - hits)
    return f'<div class="people" role="img" aria-label="{hits} of 100">{dots}</div>'


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<ul class="notes soft small">{items}</ul>' if items else ""


def _facts(found: Reliability) -> Iterator[str]:
    said, came = means(found)
    shown = found.of("shown").figures
    facts = [
        ("Base rate in learning", _percent(found.train.base_rate), f"{found.train.rows:,} rows"),
        (
            "Base rate in the test",
            _percent(came),
            f"{found.test.rows:,} rows of {found.test.tickets:,} tickets",
        ),
        ("Said on average", _percent(said), "chosen, recalibrated daily"),
        ("Calibration error", number(shown["ece"].value), _span(shown["ece"])),
        ("PR-AUC", number(shown["pr_auc"].value), _span(shown["pr_auc"])),
        ("Ahead of the rule", signed(Figure(found.ahead_of_rule["pr_auc"].value)), "PR-AUC"),
    ]
    told = "".join(
        f"<div><dt>{escape(name)}</dt><dd><b>{escape(value)}</b><small>{escape(small)}</small></dd></div>"
        for name, value, small in facts
    )
    yield f'<dl class="facts">{told}</dl>'


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"


def _span(it: Figure) -> str:
    return "" if it.low is None or it.high is None else f"{number(it.low)} to {number(it.high)}"


# the models -----------------------------------------------------------------------------------


def _models(found: Reliability) -> Iterator[str]:
    yield '<section id="models"><h2>Beside what it has to beat</h2>'
    yield (
        "<p>All were judged on the same rows. Under each figure stands the interval that holds it in 95 of "
        f"100 samples of tickets drawn again ({found.resamples} were drawn). The best of a column is bold."
        "</p>"
    )
    heads = "".join(f'<th scope="col" class="n">{escape(heading(name, found))}</th>' for name in FIGURES)
    yield '<div class="card wide"><table class="close"><thead><tr><th scope="col">model</th>'
    yield f"{heads}</tr></thead><tbody>"
    best = {name: _best(found, name) for name in FIGURES}
    for model in found.models:
        cells = "".join(_cell(model.figures[name], name, best[name]) for name in FIGURES)
        row = ' class="shown"' if model.name == "shown" else ""
        name = NAMES.get(model.name, model.name)
        yield f'<tr{row}><th scope="row">{escape(name)}</th>{cells}</tr>'
    yield f"</tbody></table></div>{_gains(found)}</section>"


def _best(found: Reliability, name: str) -> float | None:
    values = [v for m in found.models if (v := m.figures[name].value) is not None]
    if not values or name == "lead_hours":  # who warns of little may do so early
        return None
    return min(values) if name in LOWER_IS_BETTER else max(values)


def _cell(it: Figure, name: str, best: float | None) -> str:
    look = "n best" if best is not None and it.value == best else "n"
    low, high = number(it.low, name), number(it.high, name)
    span = f"<small>{low}{NOTHING}{high}</small>" if it.low is not None else ""
    return f'<td class="{look}">{number(it.value, name)}{span}</td>'


def _gains(found: Reliability) -> str:
    told = [
        f"{escape(heading(name, found))} {escape(signed(found.ahead_of_rule[name]))}"
        for name in ("pr_auc", "roc_auc", "recall_20", "precision", "brier", "ece")
    ]
    return (
        f'<p class="small soft">What is shown, minus the rule, on the same resamples: {"; ".join(told)}.</p>'
    )


# calibration ----------------------------------------------------------------------------------


def _calibration(found: Reliability) -> Iterator[str]:
    yield '<section id="calibration"><h2>Do the chances come true?</h2>'
    yield (
        "<p>A tenth of the rows each, by chance. On the dashed line, as many came true as were said; above "
        "it, more came than was said. Bars are 95 % intervals.</p>"
    )
    most = reach(found.calibration.values())
    yield '<div class="two">'
    for name, title, ink in (
        ("chosen", "As learned", "before"),
        ("shown", "Recalibrated daily, as people see it", "shown"),
    ):
        error = with_interval(found.of(name).figures["ece"])
        bins = found.calibration[name]
        rows = "".join(
            f'<tr><td class="n">{b.said:.1%}</td><td class="n">{_percent(b.came.value)}</td>'
            f'<td class="n">{_between(b.came)}</td></tr>'
            for b in bins
        )
        yield (
            f'<div class="card"><h3>{title}</h3><p class="small soft">calibration error {error}</p>'
            f"{calibration_plot(bins, most, ink)}<details><summary>The figures</summary><table><thead><tr>"
            '<th class="n">said</th><th class="n">came</th><th class="n">95 %</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></details></div>"
        )
    yield "</div></section>"


def _between(it: Figure) -> str:
    return "" if it.low is None or it.high is None else f"{it.low:.1%} to {it.high:.1%}"


# reach ----------------------------------------------------------------------------------------


def _reach(found: Reliability) -> Iterator[str]:
    yield '<section id="reach"><h2>How much is found, and how early</h2><div class="two"><div class="card">'
    curves = {NAMES[name]: found.recall[name] for name in _CURVES if name in found.recall}
    inks = {NAMES[name]: ink for name, ink in _CURVES.items()}
    yield recall_plot(curves, inks, _marks(found))
    keys = "".join(f'<li class="ink-{inks[name]}">{escape(name)}</li>' for name in curves)
    yield f'<ul class="key">{keys}</ul></div><div class="card wide">'
    yield (
        "<table><caption>What a team sees that looks at so many tickets a day, by what is shown</caption>"
        '<thead><tr><th class="n">a day</th><th class="n">come true</th><th class="n">of all, caught</th>'
        '<th class="n">hours ahead</th></tr></thead><tbody>'
    )
    for it in found.daily:
        row = ' class="shown"' if it.capacity == found.capacity else ""
        yield (
            f'<tr{row}><td class="n">{it.capacity}</td><td class="n">{_percent(it.precision.value)}'
            f'<small>{_between(it.precision)}</small></td><td class="n">{_percent(it.caught.value)}'
            f"<small>{_between(it.caught)}</small></td>"
            f'<td class="n">{number(it.lead_hours.value, "lead_hours")}</td></tr>'
        )
    yield "</tbody></table></div></div></section>"


def _marks(found: Reliability) -> Mapping[str, float]:
    """Shares of the rows that a team of some size can look at."""
    weeks = [w for w in found.weeks if w.mean_chance is not None]
    a_day = sum(w.rows for w in weeks) / max(1, 7 * len(weeks))
    shares = {n: n / a_day for n in (found.capacity, 100) if n <= a_day}
    return {f"{n} a day": share for n, share in shares.items()}


# slices ---------------------------------------------------------------------------------------


def _slices(found: Reliability) -> Iterator[str]:
    if not found.slices:
        return
    yield '<section id="slices"><h2>Where it does well, and where it does not</h2>'
    yield (
        "<p>The ten most frequent values of each kind, where at least thirty rows came out each way. A "
        "PR-AUC is to be read against its own base rate; the strip shows how far what is shown is ahead of "
        "the rule.</p>"
    )
    ends = [v for s in found.slices for v in (s.ahead_of_rule.low, s.ahead_of_rule.high) if v is not None]
    least, most = min([0.0, *ends]), max([0.05, *ends])
    yield '<div class="card wide"><table><thead><tr><th scope="col">slice</th>'
    for name in ("rows", "base rate", "said", "PR-AUC", "ECE"):
        yield f'<th scope="col" class="n">{name}</th>'
    yield '<th scope="col">ahead of the rule</th></tr></thead>'
    for kind in dict.fromkeys(s.by for s in found.slices):
        yield "<tbody>"
        for it in (s for s in found.slices if s.by == kind):
            yield _slice(it, least, most)
        yield "</tbody>"
    yield "</table></div></section>"


def _slice(it: Slice, least: float, most: float) -> str:
    value = escape(it.value) if it.value else "<i>none</i>"
    ink = "shown" if it.ahead_of_rule.above_zero else "prior"
    return (
        f'<tr><th scope="row">{value}<i>{escape(it.by)}</i></th><td class="n">{it.rows:,}</td>'
        f'<td class="n">{it.base_rate:.1%}</td><td class="n">{it.mean_chance:.1%}</td>'
        f'<td class="n">{number(it.pr_auc.value)}<small>{_span(it.pr_auc)}</small></td>'
        f'<td class="n">{number(it.ece.value)}</td>'
        f"<td>{strip(it.ahead_of_rule, least, most, ink, 0.0)}<small>{signed(it.ahead_of_rule)}</small></td>"
        "</tr>"
    )

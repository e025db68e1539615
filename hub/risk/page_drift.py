"""The end of the reliability page: week by week, what moved, what the words mean."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hub.risk.drift import ENOUGH, ERRORS, LOOSE, MOVED, TOO_FAR
from hub.risk.page_plots import weeks_plot
from hub.risk.reliability import FIGURES, Reliability
from hub.risk.sentences import heading


def weeks_section(found: Reliability) -> Iterator[str]:
    """Show what came and what was said, week by week."""
    if not found.weeks:
        return
    yield '<section id="weeks"><h2>Week by week</h2>'
    yield (
        "<p>What came, from the rows that taught to those of the test (shaded), and what was said of the "
        "latter. Where the lines part for long, chances are not to be believed.</p>"
    )
    yield f'<div class="card">{weeks_plot(found.weeks)}<ul class="key">'
    yield '<li class="ink-came">came</li><li class="ink-shown">said, recalibrated daily</li></ul></div>'
    yield "</section>"


def drift_section(found: Reliability) -> Iterator[str]:
    """Show what moved since learning, and whether the hub would still go by what it learned."""
    yield '<section id="drift"><h2>What moved since it was learned</h2>'
    verdict = found.verdict
    if verdict.fall_back:
        look, said = "bad", "The hub would fall back to the rule."
    elif verdict.blocks_promotion or verdict.warnings:
        look, said = "even", "The hub would go on, and warn."
    else:
        look, said = "good", "Nothing that matters moved."
    promoted = " No new model would be promoted until this is looked at." if verdict.blocks_promotion else ""
    warnings = "".join(f"<li>{_code(w)}</li>" for w in verdict.warnings)
    yield (
        f'<div class="card verdict {look}"><p><strong>{said}</strong>{promoted}</p>'
        f"{f'<ul class=notes>{warnings}</ul>' if warnings else ''}</div>"
    )
    yield (
        f'<p class="small soft">It warns when a factor\'s population stability index passes {MOVED}, '
        f"blocks promotion past {TOO_FAR}, warns when a week's base rate is {ERRORS:g} standard errors off, "
        f"and falls back to the rule when the calibration error of the last two weeks passes {LOOSE} or the "
        f"rule ranks better two weeks running. Weeks with fewer than {ENOUGH} outcomes of either kind are "
        "not judged.</p>"
        "</section>"
    )


def _code(text: str) -> str:
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def meaning_section(found: Reliability) -> Iterator[str]:
    """Say what each figure means."""
    rows = "".join(
        f"<dt>{escape(heading(name, found))}</dt><dd>{escape(says)}</dd>"
        for name, (_, says) in FIGURES.items()
    )
    yield '<section id="meaning"><h2>How to read the figures</h2><div class="card">'
    yield f'<dl class="legend">{rows}</dl>'
    yield (
        "<p>“It happens” is what the label names. A row is a forecast: "
        "what was known of a ticket at a moment. It was learned only on what was known by the end of "
        "learning; equal scores are never put into an order; intervals draw whole tickets, because the rows "
        "of one ticket come out alike.</p></div></section>"
    )

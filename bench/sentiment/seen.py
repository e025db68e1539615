"""Labelled texts as the heads see them: embeddings and features, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.sentiment.corpus import Text
from hub.signals import lexicon
from hub.signals.encoder import Embedder
from hub.signals.features import features
from hub.signals.heads import joined


class Seen(NamedTuple):
    embeddings: NDArray[np.float32]
    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    domains: NDArray[np.str_]
    languages: NDArray[np.str_]

    def of(self, which: NDArray[np.bool_]) -> Seen:
        """Return the texts at which this is true."""
        return Seen(*(column[which] for column in self))

    def rows(self, scale: float) -> NDArray[np.float64]:
        return joined(self.embeddings, self.features, scale)

    def beside(self, other: Seen) -> Seen:
        """Return these texts and others."""
        return Seen(*(np.concatenate(both) for both in zip(self, other, strict=True)))


def seen(embedder: Embedder, texts: Sequence[Text]) -> Seen:
    """Return texts as the heads see them."""
    return Seen(
        embedder.encode_texts([text.words for text in texts]),
        np.array([features(text.words, lexicon.read(text.words)) for text in texts]),
        np.array([text.label for text in texts]),
        np.array([text.domain for text in texts]),
        np.array([text.language for text in texts]),
    )

"""
The heads: what an embedding and the features say of mood and signals, by weights that were learned once.

They are linear, a few thousand numbers in `data/heads.json`, made by `python -m bench sentiment train`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub.errors import Misconfigured
from hub.signals.features import FEATURES
from hub.signals.reading import Sentiment

Matrix = NDArray[np.float64]
CLASSES: tuple[Sentiment, ...] = ("negative", "neutral", "positive")


class Head(msgspec.Struct, frozen=True):
    """A linear reading of one input row: `row @ weights + bias`, one column for each of its answers."""

    bias: list[float]
    weights: list[list[float]]
    """A list for each answer."""
    least: float = 0.0
    """Of a signal: the chance from which it is told."""

    def chances(self, rows: Matrix) -> Matrix:
        """Return the chance of each answer (of several that exclude each other, or of one signal)."""
        told = rows @ np.asarray(self.weights).T + np.asarray(self.bias)
        if told.shape[1] == 1:
            return 1.0 / (1.0 + np.exp(-told))
        told -= told.max(axis=1, keepdims=True)
        powers = np.exp(told)
        return powers / powers.sum(axis=1, keepdims=True)


class Heads(msgspec.Struct, frozen=True):
    """All heads, and what they were made for."""

    version: str
    """A digest of the weights."""
    encoder: str
    """Name and version of the package whose embeddings the weights were learned on."""
    features: list[str]
    scale: float
    """By which the features are multiplied, so that the embedding is heard beside them."""
    sentiment: Head
    signals: Mapping[str, Head] = {}

    def rows(self, embeddings: NDArray[np.float32], features: Matrix) -> Matrix:
        """Return the heads' input, one row a text."""
        return joined(embeddings, features, self.scale)


def joined(embeddings: NDArray[np.float32], features: Matrix, scale: float) -> Matrix:
    return np.hstack([embeddings.astype(np.float64), features * scale])


def heads_of(content: bytes) -> Heads:
    """Return the heads of a weights file. Raises `Misconfigured` if they were made for other features."""
    try:
        heads = msgspec.json.decode(content, type=Heads)
    except msgspec.DecodeError as error:
        raise Misconfigured(f"hub/signals/data/heads.json is not a file of weights: {error}") from None
    if tuple(heads.features) != FEATURES:
        raise Misconfigured(
            "hub/signals/data/heads.json was made for other features than this version of the hub sees; "
            "`python -m bench sentiment train` makes it anew"
        )
    return heads

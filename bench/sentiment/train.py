"""
`python -m bench sentiment train`: make `hub/signals/data/heads.json`, and say how good it is.

The encoder stays as it is; what is learned are linear heads on its embedding, the lexicon's reading and how a
text is written. Figures come from texts that the heads in question never saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from bench.sentiment import corpus, heads
from bench.sentiment.fitting import Line
from bench.sentiment.seen import Seen, seen
from hub.signals.encoder import Embedder
from hub.signals.features import FEATURES
from hub.signals.heads import Head, Heads

FILE = Path(__file__).parents[2] / "hub" / "signals" / "data" / "heads.json"
_DIGITS = 5


def run() -> Iterator[str]:
    """Fit all heads on everything, write them, and yield the figures as Markdown."""
    embedder = Embedder()
    moods = heads.pool(embedder)
    told = seen(embedder, corpus.signals())
    kept = heads.signals(told, moods)
    made = Heads(
        version="",
        encoder=embedder.name,
        features=list(FEATURES),
        scale=heads.SCALE,
        sentiment=_head(heads.fit_moods(moods)),
        signals={name: _head(one.line, one.least) for name, one in kept.items() if one.ships},
    )
    digest = hashlib.sha256(msgspec.json.encode(made)).hexdigest()[:12]
    FILE.write_bytes(msgspec.json.encode(msgspec.structs.replace(made, version=digest)) + b"\n")
    yield f"Weights {digest}, {FILE.stat().st_size / 1000:.0f} kB, of {len(moods.labels)} texts on moods."
    yield ""
    yield from figures(moods)
    yield ""
    yield "| signal | texts, yes / no | precision, left out | recall, left out | lexicon's recall | shipped |"
    yield "|---|---|---|---|---|---|"
    for name, one in kept.items():
        yield (
            f"| {name} | {one.yes} / {one.no} | {one.precision:.2f} | {one.recall:.2f} | {one.known:.2f} "
            f"| {f'from {one.least:.2f}' if one.ships else 'no'} |"
        )


def figures(moods: Seen) -> Iterator[str]:
    """Yield how moods are told in domains, and in a language, that the heads did not see."""
    yield "| moods, macro-F1 on own sentences | English | Russian |"
    yield "|---|---|---|"
    yield f"| lexicon alone | {heads.by_lexicon(moods, 'en'):.3f} | {heads.by_lexicon(moods, 'ru'):.3f} |"
    left = heads.leave_domains_out(moods)
    yield f"| encoder, each domain left out | {left['en']:.3f} | {left['ru']:.3f} |"
    en, ru = heads.leave_language_out(moods, "en"), heads.leave_language_out(moods, "ru")
    yield f"| encoder, domain and language left out | {en:.3f} | {ru:.3f} |"


def _head(line: Line, least: float = 0.0) -> Head:
    weights, bias = line.weights, line.bias
    if weights.shape[1] == 2:
        weights, bias = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]
    return Head(
        bias=[round(float(one), _DIGITS) for one in bias],
        weights=np.round(weights.T, _DIGITS).tolist(),
        least=round(least, 3),
    )

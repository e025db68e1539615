"""How the heads are fitted, and how good they are on what they did not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.sentiment import corpus
from bench.sentiment.fitting import Line, balanced, fit, softmax
from bench.sentiment.metrics import macro_f1
from bench.sentiment.seen import Seen, seen
from hub.signals.encoder import Embedder
from hub.signals.features import FEATURES
from hub.signals.reading import SIGNALS

SCALE, RIDGE = 0.5, 1.5
REVIEWS = 0.5
"""What a review's sentence counts beside one of ours: none is neutral, and they know little but food."""
TALK = 0.3
"""And a line of a film: that its speaker felt nothing was told without hearing them."""
LEAN = np.array([0.3, 0.6, -0.3])
"""Added to the bias of each mood: in real threads good ones are the rarest."""
_TALK, _PAIRS, _LETTERS = 800, 1200, 600
_FOLDS = 6
_SURE, _PRECISE = 0.95, 0.9
_SUREST = {"production_down": 1.0}
"""What tightens deadlines must be quite sure."""
_GAIN = 0.05
_SAID_TOO: Mapping[str, frozenset[str]] = {
    "frustration": frozenset(
        {"churn", "escalation_request", "production_down", "follow_up", "confusion", "urgency"}
    ),
    "urgency": frozenset({"production_down", "escalation_request", "follow_up", "frustration"}),
    "churn": frozenset({"frustration"}),
    "escalation_request": frozenset({"frustration"}),
    "production_down": frozenset({"urgency"}),
    "follow_up": frozenset({"frustration", "urgency"}),
    "confusion": frozenset({"frustration"}),
    "gratitude": frozenset({"closure"}),
    "closure": frozenset({"gratitude"}),
}
"""Signals whose sentences may carry another one unsaid: they are no counter-examples."""
_CALM: Mapping[str, set[int]] = {
    "gratitude": {0, 1},
    "closure": {0, 1},
    "escalation_request": {0, 1, 2},
}
"""Moods whose sentences do not carry the signal; of others: neutral and good ones."""


class Told(NamedTuple):
    """A signal's head, and what it is worth on sentences that were left out."""

    line: Line
    least: float
    precision: float
    recall: float
    known: float
    yes: int
    no: int

    @property
    def ships(self) -> bool:
        return self.precision >= _PRECISE and self.recall >= _GAIN


def pool(embedder: Embedder) -> Seen:
    """Return everything that may be learned from on moods."""
    own = corpus.own()
    composed = [*corpus.pairs(own, _PAIRS), *corpus.letters(own, _LETTERS)]
    texts = [*own, *composed, *corpus.reviews(), *corpus.talk(_TALK)]
    made = seen(embedder, texts)
    kinds = ["own"] * len(own) + ["pair"] * len(composed)
    kinds += ["else"] * (len(texts) - len(kinds))
    domains = np.array([f"{kind}:{domain}" for kind, domain in zip(kinds, made.domains, strict=True)])
    return made._replace(domains=domains)


def fit_moods(moods: Seen) -> Line:
    """Fit the three moods, each counting alike."""
    weights = balanced(moods.labels, 3)
    weights[np.char.startswith(moods.domains, "else:uci")] *= REVIEWS
    weights[moods.domains == "else:xed"] *= TALK
    line = fit(moods.rows(SCALE), moods.labels, weights, ridge=RIDGE)
    return line._replace(bias=line.bias + LEAN)


def by_lexicon(moods: Seen, language: str) -> float:
    """Return the lexicon's own macro-F1."""
    test = moods.of(_own(moods) & (moods.languages == language))
    bad, good = (test.features[:, FEATURES.index(name)] > 0 for name in ("negative", "positive"))
    return macro_f1(test.labels, np.where(bad, 0, np.where(good, 2, 1)))


def leave_domains_out(moods: Seen) -> Mapping[str, float]:
    """Return macro-F1 by language; no head saw a sentence of the domain that it is asked about."""
    told = np.full(len(moods.labels), -1)
    topics = np.array([domain.partition(":")[2] for domain in moods.domains])
    for topic in sorted(set(topics[_own(moods)])):
        line = fit_moods(moods.of(topics != topic))
        here = _own(moods) & (topics == topic)
        told[here] = line(moods.of(here).rows(SCALE)).argmax(axis=1)
    mine = _own(moods)
    both = {name: mine & (moods.languages == name) for name in ("en", "ru")}
    return {name: macro_f1(moods.labels[here], told[here]) for name, here in both.items()}


def leave_language_out(moods: Seen, language: str) -> float:
    """Return macro-F1 on a language of which nothing was seen, and nothing of the domain either."""
    topics = np.array([domain.partition(":")[2] for domain in moods.domains])
    right, told = [], []
    for topic in sorted(set(topics[_own(moods)])):
        line = fit_moods(moods.of((topics != topic) & (moods.languages != language)))
        test = moods.of(_own(moods) & (topics == topic) & (moods.languages == language))
        right.append(test.labels)
        told.append(line(test.rows(SCALE)).argmax(axis=1))
    return macro_f1(np.concatenate(right), np.concatenate(told))


def _own(moods: Seen) -> NDArray[np.bool_]:
    return np.char.startswith(moods.domains, "own:")


def signals(told: Seen, moods: Seen) -> Mapping[str, Told]:
    """Fit a head for each signal, and measure it on the tenth of the sentences that it did not see."""
    return {name: _signal(name, told, moods) for name in SIGNALS}


def _signal(name: str, told: Seen, moods: Seen) -> Told:
    mine = told.domains == name
    others = (told.labels == 1) & ~mine & ~np.isin(told.domains, list(_SAID_TOO[name]))
    calm = ~np.char.startswith(moods.domains, "pair:") & np.isin(moods.labels, list(_CALM.get(name, {1, 2})))
    counter = told.of(others)._replace(labels=np.zeros(int(others.sum()), int))
    quiet = moods.of(calm)._replace(labels=np.zeros(int(calm.sum()), int))
    every = told.of(mine).beside(counter).beside(quiet)
    # The lexicon's own hit on this signal must not be learned: the head is for what it misses.
    every.features[:, FEATURES.index(name)] = 0.0
    rows = every.rows(SCALE)
    weights = np.where(every.labels == 1, 3.0, 1.0)
    weights[len(told.of(mine).labels) + len(counter.labels) :] = 0.4
    chances = np.zeros(len(rows))
    fold = np.random.default_rng(3).integers(_FOLDS, size=len(rows))
    for n in range(_FOLDS):
        line = fit(rows[fold != n], every.labels[fold != n], weights[fold != n], ridge=1.0, classes=2)
        chances[fold == n] = softmax(line(rows[fold == n]))[:, 1]
    least = _least(every.labels, chances, _SUREST.get(name, _SURE))
    said = chances >= least
    known = told.of(mine & (told.labels == 1)).features[:, FEATURES.index(name)].mean()
    return Told(
        fit(rows, every.labels, weights, ridge=1.0, classes=2),
        least,
        float(every.labels[said].mean()) if said.any() else 0.0,
        float(said[every.labels == 1].mean()),
        float(known),
        int(every.labels.sum()),
        int((every.labels == 0).sum()),
    )


def _least(labels: NDArray[np.int64], chances: NDArray[np.float64], sure: float) -> float:
    """Return the lowest chance from which nearly all that is told is so."""
    order = np.argsort(-chances, kind="stable")
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= sure)
    return max(float(chances[order[good[-1]]]), 0.5) if len(good) else 1.0

"""The making of the heads: the fitting is right, the sentences are in order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bench.sentiment import corpus, evaluate
from bench.sentiment.fitting import balanced, fit, softmax
from bench.sentiment.metrics import average_precision, macro_f1


def test_the_regression_finds_the_lowest_point() -> None:
    """There the slope is nothing, and no step from there is better."""
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(300, 6))
    labels = np.argmax(rows[:, :3] + draw.normal(size=(300, 3)), axis=1)
    weights = balanced(labels, 3)
    line = fit(rows, labels, weights, ridge=1.0)
    slope = rows.T @ ((softmax(line(rows)) - np.eye(3)[labels]) * weights[:, None]) + line.weights
    assert np.abs(slope).max() < 0.05
    assert (line(rows).argmax(axis=1) == labels).mean() > 0.6


def test_figures() -> None:
    right = np.array([0, 0, 1, 1, 2, 2])
    assert macro_f1(right, right) == 1
    assert macro_f1(right, np.array([0, 0, 1, 1, 1, 1])) == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert average_precision(np.array([True, False, True]), np.array([3.0, 2.0, 1.0])) == pytest.approx(5 / 6)


def test_every_sentence_has_a_label_and_stands_once() -> None:
    """And both languages and all moods are there in every domain."""
    texts = corpus.own()
    assert len(texts) > 1_500
    assert {text.label for text in texts} == {0, 1, 2}
    twice = [words for words, count in Counter(text.words for text in texts).items() if count > 1]
    assert not twice
    groups = Counter((text.domain, text.language, text.label) for text in texts)
    assert len(groups) == len({text.domain for text in texts}) * 6


def test_every_signal_has_sentences_for_and_against() -> None:
    groups = Counter((text.domain, text.language, text.label) for text in corpus.signals())
    assert len(groups) == 9 * 4
    assert min(groups.values()) >= 15


def test_longer_texts_are_composed_the_same_each_time() -> None:
    """As many of each mood; good and bad are not mixed."""
    own = corpus.own()
    for compose in (corpus.pairs, corpus.letters):
        made = compose(own, 30)
        assert made == compose(own, 30)
        assert Counter(text.label for text in made) == {0: 10, 1: 10, 2: 10}


def test_a_file_of_labels(tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    file.write_text("text\tlabel\nIt broke\tneg\nHow?\tneutral\nGreat\tPOS\n", encoding="utf-8")
    assert [text.label for text in corpus.labelled(file)] == [0, 1, 2]
    file.write_text("It broke\tangry\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"some\.tsv:1"):
        _ = corpus.labelled(file)


def test_anybodys_labels_are_evaluated(tmp_path: Path) -> None:
    """A table of readers, and who was taken for what; texts without neutral ones are told by their lean."""
    file = tmp_path / "mine.tsv"
    lines = ["Awful, it broke again\tneg", "Where is the menu?\tneu", "Great work, thank you\tpos"]
    file.write_text("\n".join(lines), encoding="utf-8")
    said = "\n".join(evaluate.run(file))
    assert "mine.tsv: 3 texts, 1 negative, 1 neutral, 1 positive" in said
    assert "| lexicon | 1.000 |" in said
    file.write_text("\n".join([lines[0], lines[2]]), encoding="utf-8")
    said = "\n".join(evaluate.run(file))
    assert "| lexicon | 1.000 |" in said
    assert "neutral" not in said

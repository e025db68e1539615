"""`python -m bench sentiment train | figures | evaluate FILE.tsv`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.sentiment import corpus, evaluate, heads, train
from hub.signals.encoder import Embedder


def main(given: Sequence[str] | None = None) -> None:
    """Do what was asked for, and print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="bench sentiment", description=corpus.__doc__)
    _ = parser.add_argument("what", choices=["train", "figures", "evaluate"])
    _ = parser.add_argument("files", nargs="*", type=Path, help="of text<TAB>label lines")
    asked = parser.parse_args(given)
    if asked.what == "evaluate" and not asked.files:
        parser.error("evaluate what? Name files of text<TAB>label lines")
    match asked.what:
        case "train":
            lines = train.run()
        case "figures":
            lines = figures()
        case _:
            lines = (line for file in asked.files for line in evaluate.run(file))
    for line in lines:
        print(line, flush=True)


def figures() -> Iterable[str]:
    """Yield what `train` tells of moods, without making anything."""
    return train.figures(heads.pool(Embedder()))


if __name__ == "__main__":
    main()

"""Which rule files a run is made of: told apart by their text, and kept, so that what they were is known."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from flows.rule_files import named_file
from hub.ports import Store
from hub.settings import Settings

RULES = "rules"
"""Kept in the store: the text of every rule file, as of the last run that wrote by them."""
_to_texts = msgspec.json.Decoder(dict[str, str]).decode


def texts_of(settings: Settings) -> dict[str, str]:
    """Return the text of each file of the folder of mapping files, by its name."""
    folder = settings.path(settings.mappings)
    return {file.name: named_file(file)[0] for file in sorted(folder.glob("*.yaml"))}


def fingerprint_of(texts: Mapping[str, str]) -> str:
    """Return a digest of these files: the same if and only if every one says the same."""
    total = hashlib.sha256()
    for name, text in sorted(texts.items()):
        total.update(f"{name}\0{text}\0".encode())
    return total.hexdigest()[:16]


def kept_texts(store: Store) -> dict[str, str] | None:
    """Return the files by which the last run wrote; None if no run has kept them yet."""
    kept = store.kept(RULES)
    if kept is None:
        return None
    try:
        return _to_texts(kept.value)
    except msgspec.DecodeError:  # another version of the hub kept it
        return None


def keep_texts(store: Store, texts: Mapping[str, str], at: str) -> None:
    """From now on these are the files that the sides were written by."""
    store.keep(RULES, msgspec.json.encode(texts).decode(), at)


@contextmanager
def folder_of(texts: Mapping[str, str]) -> Generator[Path]:
    """Lay the files out in a folder of their own for a while."""
    with TemporaryDirectory(prefix="hub-rules-") as name:
        for file, text in texts.items():
            _ = (Path(name) / file).write_text(text, encoding="utf-8")
        yield Path(name)

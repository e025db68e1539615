"""The user's files of rules: their text, and how messages call them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from hub.errors import Misconfigured
from hub.settings import Settings


def rule_file(settings: Settings, name: str, file: Path | None = None) -> tuple[str, str]:
    """
    Return the text of a file of rules, and its name for messages: of the user's folder, or another one.

    Raises `Misconfigured` if it cannot be read.
    """
    if file is not None:
        return named_file(file)
    where = _place(settings, name)
    return named_file(where, " `hub init` copies a full set of mapping files.")


def named_file(file: Path, hint: str = "") -> tuple[str, str]:
    """Return a file's text, and its name for messages. Raises `Misconfigured` if it cannot be read."""
    try:
        return file.read_text(encoding="utf-8"), shown(file)
    except OSError as error:
        raise Misconfigured(f"{shown(file)}: cannot be read ({error.strerror}).{hint}") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{shown(file)}: this is not a text file in UTF-8") from None


def has_rules(settings: Settings, name: str) -> bool:
    """Return whether the user's folder has such a file: one of before this part of the hub has not."""
    return _place(settings, name).exists()


def shipped(name: str) -> tuple[str, str]:
    """Return the text and the name of the file that comes with the hub."""
    file = f"{name}.yaml"
    return resources.files("mappings").joinpath(file).read_text(encoding="utf-8"), f"mappings/{file}"


def shown(file: Path) -> str:
    """Return a path as a message names it: from where the person stands."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _place(settings: Settings, name: str) -> Path:
    return settings.path(settings.mappings) / f"{name}.yaml"

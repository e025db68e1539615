"""Where a secret of `hub.toml` lies: in the environment, in a file beside it, or in a block of Prefect's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

from hub.errors import Misconfigured

Blocks: TypeAlias = Callable[[str], str]
"""Returns the secret of a block, by its name. Raises `Misconfigured` if there is none."""


def no_blocks(name: str) -> str:
    """Stands where there is no Prefect."""
    raise Misconfigured(
        f"the secret `block:{name}` lies in a block of Prefect's, which only its flows read: run this as a "
        "deployment, or name the secret as `env:` or `file:`"
    )


def resolved(value: Any, file: Path, blocks: Blocks = no_blocks) -> Any:
    """Return a value of the settings with every `env:NAME`, `file:NAME` and `block:NAME` in it looked up."""
    if isinstance(value, dict):
        return {k: resolved(v, file, blocks) for k, v in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [resolved(v, file, blocks) for v in cast("list[Any]", value)]
    return _looked_up(value, file, blocks) if isinstance(value, str) else value


def _looked_up(value: str, file: Path, blocks: Blocks) -> str:
    kind, _, name = value.partition(":")
    match kind:
        case "env":
            return _of_environment(name, file)
        case "file":
            return _of_file(name, file)
        case "block":
            return blocks(name)
        case _:
            return value


def _of_environment(name: str, file: Path) -> str:
    if name not in os.environ:
        raise Misconfigured(
            f"{file}: the environment variable {name} is not set; it holds a secret of hub.toml"
        )
    return os.environ[name]


def _of_file(name: str, file: Path) -> str:
    secret = file.parent / name
    try:
        return secret.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "it is not a text"
        raise Misconfigured(f"{file}: cannot read the secret in {secret}: {said}") from None

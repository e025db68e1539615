"""Secrets that lie in blocks of Prefect's (`block:NAME` in `hub.toml`), for flows that Prefect runs."""

from __future__ import annotations

from hub.errors import Misconfigured


def block(name: str) -> str:
    """Return the value of a Secret block. Raises `Misconfigured`, without showing anything of it."""
    from prefect.blocks.system import Secret  # noqa: PLC0415  only who names a block waits for it

    try:
        found = Secret.load(name)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
    except ValueError:
        raise Misconfigured(
            f"Prefect has no Secret block called {name!r}: make it in its UI under Blocks, or correct the "
            f"name in hub.toml"
        ) from None
    return str(found.get())  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType,reportAttributeAccessIssue]

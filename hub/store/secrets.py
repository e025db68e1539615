"""
Rotating tokens, kept where only the database's owner can read them; encrypted where there is a key.

An encrypted value begins with a mark, so that keys can be added to a store that has none, and rotated:
the first key encrypts, all of them decrypt, and whatever is saved next is under the first.
"""

from __future__ import annotations

import base64
import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from hub.errors import Misconfigured, StoreBroken
from hub.store.statements import Statements
from hub.store.tables import secrets

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


_MARK = "fernet:"


class Keys(NamedTuple):
    """Of a store, each newest first: `secrets` encrypt tokens, `audit` sign the trail."""

    secrets: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Keys({len(self.secrets)}, {len(self.audit)})"


NO_KEYS = Keys()


class Cipher:
    """Encrypts by the first of some keys; decrypts by any of them. Without keys, does nothing."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def shut(self, value: str) -> str:
        if not self._keys:
            return value
        return _MARK + self._fernet().encrypt(value.encode()).decode()

    def opened(self, value: str, name: str) -> str:
        """Raises `Misconfigured` if none of the keys opens it."""
        if not value.startswith(_MARK):
            return value
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            return self._fernet().decrypt(value.removeprefix(_MARK).encode()).decode()
        except (InvalidToken, ValueError):
            said = "opens with none of the keys" if self._keys else "is encrypted, and there is no key"
            raise Misconfigured(
                f"the token `{name}` in the store {said} under [store] in hub.toml: name the key that was "
                "used before behind the new one (`key = [new, old]`), or sign in again with `hub init`"
            ) from None

    def _fernet(self) -> Any:  # the library is imported late
        # Here, not above: it takes 40 ms, and most commands read no token.
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415

        return MultiFernet([Fernet(_derived(key)) for key in self._keys] or [Fernet(Fernet.generate_key())])


def _derived(key: str) -> bytes:
    """Return a Fernet key made of a secret of any form, so that `openssl rand -hex 32` will do."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"support-sync-hub secrets\0" + key.encode()).digest())


NO_CIPHER = Cipher()


def save(
    connection: Connection, statements: Statements, name: str, value: str, cipher: Cipher = NO_CIPHER
) -> None:
    connection.execute(statements.secret, [{"name": name, "value": cipher.shut(value)}])


def read(connection: Connection, name: str, cipher: Cipher = NO_CIPHER) -> str | None:
    """Raises `Misconfigured` if it is encrypted and no key opens it."""
    found = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one_or_none()
    return None if found is None else cipher.opened(found, name)


def shut_all(connection: Connection, cipher: Cipher) -> int:
    """Encrypt what lies there in plain text, or under an older key, by the first key; return how many."""
    rows = connection.execute(select(secrets)).all()
    for name, value in rows:
        again = cipher.shut(cipher.opened(value, name))
        connection.execute(update(secrets).where(secrets.c.name == name).values(value=again))
    return len(rows)


def plain(connection: Connection) -> int:
    """Return how many tokens lie there in plain text."""
    kept = connection.execute(select(secrets.c.value)).scalars()
    return sum(not value.startswith(_MARK) for value in kept)


def close_to_others(file: Path) -> None:
    """Take everybody else's rights on the database from it, its log and its index."""
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        try:
            mode = path.stat().st_mode
            if mode & _OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreBroken(
                f"Others may read the store {file}, and this user may not change that "
                f"({error.strerror}). No secret was stored. Run: chmod 600 {file}"
            ) from error

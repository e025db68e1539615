"""Tokens at rest: encrypted where there is a key, rotated with it, and never shown by an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from hub.errors import Misconfigured
from hub.settings import load
from hub.store import Keys, SqlStore, open_store
from hub.store.secrets import Cipher, plain, shut_all
from hub.store_settings import AuditSettings, RetentionSettings, StoreSettings
from tests.unit.store.samples import Clock

OLD, NEW = "an old key of enough characters", "a new key of enough characters"
TOKEN = "refresh-0123456789"


def rows(store: SqlStore) -> str:
    with store.reading() as connection:
        return str(connection.execute(text("SELECT value FROM secrets")).scalars().all())


def opened(url: str, *keys: str) -> SqlStore:
    return open_store(url, now=Clock(), keys=Keys(keys))


def test_without_a_key_a_token_is_as_it_is(url: str) -> None:
    store = opened(url)
    store.save_secret("jira", TOKEN)
    assert TOKEN in rows(store) and store.secret("jira") == TOKEN
    with store.reading() as connection:
        assert plain(connection) == 1
    store.close()


def test_with_a_key_nothing_can_be_read_from_the_database(url: str) -> None:
    """Neither the token, nor whether two of them are the same."""
    store = opened(url, NEW)
    store.save_secret("jira", TOKEN)
    store.save_secret("zendesk", TOKEN)
    assert TOKEN not in rows(store) and store.secret("jira") == TOKEN
    with store.reading() as connection:
        assert plain(connection) == 0
        assert len(set(connection.execute(text("SELECT value FROM secrets")).scalars())) == 2
    store.close()


def test_keys_rotate(url: str) -> None:
    """A key is added to a store that has none, then another one before it; then the old one can go."""
    bare = opened(url)
    bare.save_secret("jira", TOKEN)
    bare.close()
    first = opened(url, OLD)
    assert first.secret("jira") == TOKEN, "what lies there in plain text is still read"
    first.save_secret("jira", TOKEN)
    first.close()
    both = opened(url, NEW, OLD)
    assert both.secret("jira") == TOKEN
    with both.beside() as connection:
        assert shut_all(connection, both.cipher) == 1
    both.close()
    last = opened(url, NEW)
    assert last.secret("jira") == TOKEN
    last.close()


@pytest.mark.parametrize("keys", [(), (OLD,)])
def test_a_missing_key_is_said_without_the_token(url: str, keys: tuple[str, ...]) -> None:
    store = opened(url, NEW)
    store.save_secret("jira", TOKEN)
    store.close()
    other = opened(url, *keys)
    with pytest.raises(Misconfigured, match=r"`jira` .*\[store\] in hub.toml") as told:
        _ = other.secret("jira")
    assert TOKEN not in str(told.value) and NEW not in str(told.value) and OLD not in str(told.value)
    other.close()


@given(st.text(max_size=200))
def test_any_text_comes_back(value: str) -> None:
    cipher = Cipher([NEW, OLD])
    try:
        shut = cipher.shut(value)
    except UnicodeEncodeError:
        return  # half a character pair is in no token
    assert cipher.opened(shut, "x") == value
    assert Cipher([NEW]).opened(shut, "x") == value


def test_keys_are_never_shown() -> None:
    settings = StoreSettings(key=OLD), AuditSettings(key=[NEW, OLD])  # type: ignore[arg-type]
    assert OLD not in f"{settings!r}{Keys((OLD,), (NEW,))!r}{Cipher([OLD])!r}"
    assert settings[0].keys == (OLD,) and settings[1].keys == (NEW, OLD)
    for short in ("short", ["long enough to be a key", "short"]):
        with pytest.raises(ValueError, match="16 characters"):
            _ = StoreSettings(key=short)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="365"):
        _ = RetentionSettings(history=30)


def test_secrets_lie_in_the_environment_files_or_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`block:` is read by who runs in Prefect; elsewhere the message says what to do."""
    file = tmp_path / "hub.toml"
    (tmp_path / "jira").write_text("from a file\n")
    monkeypatch.setenv("HUB_STORE_KEY", "from the environment")
    _ = file.write_text(
        '[zendesk]\nurl = "https://a"\napi_token = "block:zendesk"\n[jira]\nurl = "https://b"\napi_token = "file:jira"\n'
        '[store]\nkey = ["env:HUB_STORE_KEY"]\n'
    )
    found = load(file, lambda name: f"the block {name}")
    assert found.zendesk.api_token is not None and found.zendesk.api_token.get_secret_value() == "the block zendesk"
    assert found.jira.api_token is not None and found.jira.api_token.get_secret_value() == "from a file"
    assert found.store.keys == ("from the environment",)
    with pytest.raises(Misconfigured, match=r"block:zendesk.*deployment.*env:"):
        _ = load(file)

"""A `hub.toml` that is not right: the message says where, what, and what to write; the exit code is 2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.conftest import Ran, replaced

Hub = Callable[..., Ran]


def test_there_is_none(hub: Hub, tmp_path: Path) -> None:
    ran = hub("sync", "-c", tmp_path / "hub.toml")
    assert ran.code == 2
    assert ran.err == (
        f"hub: {tmp_path}/hub.toml: there is no such file. `hub init` writes one; -c names another.\n"
    )


def test_it_is_half_written(hub: Hub, config: Path) -> None:
    """A disk that was full, an editor that died: line and column of where it ends."""
    text = config.read_text()
    config.write_text(text[: text.index("api_token") + len('api_token = "abc')])
    ran = hub("sync", "-c", config)
    line = config.read_text().count("\n") + 1
    assert ran.code == 2
    assert ran.err.startswith(f"hub: {config}:{line}")
    assert "this is not TOML" in ran.err
    assert not (config.parent / "hub.sqlite3").exists(), "nothing was begun"


def test_a_whole_table_is_missing(hub: Hub, config: Path) -> None:
    text = config.read_text()
    config.write_text(text[: text.index("[jira]")])
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err == f"hub: {config}:1: `jira` is missing; `hub init` writes a complete file\n"


def test_a_setting_is_misspelt(hub: Hub, config: Path) -> None:
    replaced(config, "api_token", "api_tokn")
    line = next(n for n, s in enumerate(config.read_text().splitlines(), 1) if "api_tokn" in s)
    ran = hub("status", "-c", config)
    assert ran.code == 2
    assert ran.err == (
        f"hub: {config}:{line}: there is no setting `zendesk.api_tokn`; did you mean `api_token`?\n"
    )


def test_a_value_is_not_what_it_must_be(hub: Hub, config: Path) -> None:
    replaced(config, "patience = 5.0", 'patience = "soon"')
    line = next(n for n, s in enumerate(config.read_text().splitlines(), 1) if "patience" in s)
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err.startswith(f"hub: {config}:{line}: `sync.patience`: Input should be a valid number")


def test_a_secret_is_not_in_the_environment(
    hub: Hub, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_TEST_TOKEN", raising=False)
    lines = config.read_text().splitlines()
    config.write_text(
        "\n".join('api_token = "env:HUB_TEST_TOKEN"' if s.startswith("api_token") else s for s in lines)
    )
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err == (
        f"hub: {config}: the environment variable HUB_TEST_TOKEN is not set; it holds a secret of hub.toml\n"
    )


def test_a_secret_file_is_not_there(hub: Hub, config: Path) -> None:
    lines = config.read_text().splitlines()
    config.write_text(
        "\n".join('api_token = "file:secrets/token"' if s.startswith("api_token") else s for s in lines)
    )
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err == (
        f"hub: {config}: cannot read the secret in {config.parent}/secrets/token: No such file or directory\n"
    )


def test_there_is_no_way_to_sign_in(hub: Hub, config: Path) -> None:
    lines = config.read_text().splitlines()
    config.write_text("\n".join(s for s in lines if not s.startswith("api_token")))
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err == (
        "hub: hub.toml: [zendesk] has no way to sign in: give `oauth`, or `email` and `api_token`\n"
    )


def test_the_mapping_files_are_not_there(hub: Hub, config: Path) -> None:
    (config.parent / "mappings" / "jira.yaml").unlink()
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert "mappings/jira.yaml: cannot be read (No such file or directory)" in ran.err
    assert "`hub init` copies a full set of mapping files" in ran.err


def test_init_does_not_write_over_a_file(hub: Hub, config: Path, tmp_path: Path) -> None:
    before = config.read_text()
    line = tmp_path / "line.json"
    line.write_text('{"zendesk": {}}')
    broken = hub("init", "--sandbox", line, "-c", tmp_path / "other.toml")
    assert broken.code == 2
    assert "not the JSON line that `hub sandbox up --json` prints" in broken.err
    line.write_text("")
    assert "not a JSON line" in hub("init", "--sandbox", line, "-c", config).err
    assert config.read_text() == before

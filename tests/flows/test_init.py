"""`hub init` asks for Salesforce too, and takes an org's address however people type it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.setting_up import as_file, my_domain
from flows.wiring import read_rules
from hub.errors import Misconfigured
from hub.settings import load

TWO_SIDES = ["acme", "acme", "SUP", "y", "hub", "env:ZD", "a@b.example", "env:J"]


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, *answers: str) -> str:
    """Answer the questions of `hub init`; return what it wrote."""
    monkeypatch.chdir(folder)
    for name in ("ZD", "J", "SF"):
        monkeypatch.setenv(name, f"the secret {name}")
    said = CliRunner().invoke(app, ["init"], input="\n".join([*TWO_SIDES, *answers]) + "\n")
    assert said.exit_code == 0, said.output
    return (folder / "hub.toml").read_text()


def test_enter_means_no_salesforce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two systems are a whole hub: the mapping files that came along do not ask for a third."""
    assert "salesforce" not in asked(tmp_path, monkeypatch, "")
    settings = load(tmp_path / "hub.toml")
    assert settings.salesforce is None
    assert read_rules(settings).accounts is None


def test_client_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was named, not typed, stays out of the file."""
    text = asked(tmp_path, monkeypatch, "acme.lightning.force.com", "3MVG9", "y", "env:SF")
    assert 'client_secret = "env:SF"' in text
    found = load(tmp_path / "hub.toml").salesforce
    assert found is not None
    assert found.oauth is not None
    assert found.url == "https://acme.my.salesforce.com"
    assert found.oauth.client_secret.get_secret_value() == "the secret SF"


def test_a_private_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key stays in its own file; a sandbox's tokens are for the sandboxes' login."""
    (tmp_path / "hub.pem").write_text("a key")
    answers = ("acme--uat.sandbox.my.salesforce.com", "3MVG9", "n", "hub@acme.example", "hub.pem")
    assert 'key = "file:hub.pem"' in asked(tmp_path, monkeypatch, *answers)
    found = load(tmp_path / "hub.toml").salesforce
    assert found is not None
    assert found.jwt is not None
    assert (found.jwt.username, found.jwt.audience) == ("hub@acme.example", "https://test.salesforce.com")
    assert found.jwt.key.get_secret_value() == "a key"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("acme", "https://acme.my.salesforce.com"),
        (" https://Acme.my.salesforce.com/ ", "https://acme.my.salesforce.com"),
        ("https://acme.lightning.force.com/lightning/page/home", "https://acme.my.salesforce.com"),
        ("acme-dev-ed.develop.my.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme--uat.sandbox.lightning.force.com", "https://acme--uat.sandbox.my.salesforce.com"),
    ],
)
def test_an_org_however_it_is_typed(typed: str, url: str) -> None:
    assert my_domain(typed) == url


@pytest.mark.parametrize(
    "typed", ["login.salesforce.com", "https://test.salesforce.com", "acme.com", "a b", ""]
)
def test_what_is_no_org(typed: str) -> None:
    """Where everybody signs in, no data is; say so now, and what to type instead."""
    with pytest.raises(Misconfigured, match="My Domain"):
        _ = my_domain(typed)


def test_a_key_is_named_never_written() -> None:
    assert (as_file("env:K"), as_file(" k.pem ")) == ("env:K", "file:k.pem")

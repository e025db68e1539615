"""Mapping, policy and scoring files of any shape: taken, or refused with file and line; never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.wiring import read_rules
from hub.errors import Misconfigured
from hub.settings import Settings, load
from tests.fuzz.mutations import bitten, spoiled
from tests.fuzz.profile import examples
from tests.world import MAPPINGS

FILES = sorted(p.name for p in MAPPINGS.glob("*.yaml"))
TOKEN = "secret-token-never-shown"
SETTINGS = f"""
[zendesk]
url = "https://acme.zendesk.com"
email = "hub@acme.example"
api_token = "{TOKEN}"
[jira]
url = "https://acme.atlassian.net"
email = "hub@acme.example"
api_token = "{TOKEN}"
[salesforce]
url = "https://acme.my.salesforce.com"
oauth = {{client_id = "a", client_secret = "{TOKEN}"}}
[retention]
journal = 400
"""


def folder_with(tmp: Path, name: str, content: bytes) -> Settings:
    for file in MAPPINGS.glob("*.yaml"):
        (tmp / file.name).write_bytes(content if file.name == name else file.read_bytes())
    system = {"email": "hub@acme.example", "api_token": TOKEN}
    sides: dict[str, Any] = {
        "zendesk": {"url": "https://acme.zendesk.com", **system},
        "jira": {"url": "https://acme.atlassian.net", **system},
        "salesforce": {"url": "https://a.my.salesforce.com", "oauth": {"client_id": "a", "client_secret": TOKEN}},
        "email": {
            "address": "support@acme.example", "name": "Acme", "keys": ["a key for tests alone"],
            "imap": {"host": "h", "port": 1}, "smtp": {"host": "h", "port": 1},
        },
    }  # fmt: skip
    return Settings(**sides, mappings=str(tmp), folder=tmp)


def taken(tmp: Path, name: str, content: bytes) -> None:
    """Read the rules with one spoiled file: what is refused is refused by its name."""
    settings = folder_with(tmp, name, content)
    try:
        _ = read_rules(settings)
    except Misconfigured as refused:
        said = str(refused)
        if not (name in said and TOKEN not in said and len(said) < 20_000):
            pytest.fail(f"a poor refusal of {name}, {len(said)} characters: {said[:400]}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@pytest.mark.parametrize("name", FILES)
def test_as_shipped(folder: Path, name: str) -> None:
    """What is spoiled below is, unspoiled, taken."""
    _ = read_rules(folder_with(folder, name, (MAPPINGS / name).read_bytes()))


@pytest.mark.parametrize("name", FILES)
@examples(8)
@given(data=st.data())
def test_spoiled_values(folder: Path, name: str, data: st.DataObject) -> None:
    """Values retyped, doubled, removed, nested or huge, anywhere in the file."""
    whole = yaml.safe_load((MAPPINGS / name).read_text())
    given_value = data.draw(spoiled(whole, most=2))
    taken(folder, name, yaml.dump(given_value, allow_unicode=True).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", FILES)
@examples(5)
@given(data=st.data())
def test_spoiled_bytes(folder: Path, name: str, data: st.DataObject) -> None:
    """Files that were cut, doubled, or are no text at all."""
    whole = (MAPPINGS / name).read_bytes()
    taken(folder, name, data.draw(st.one_of(bitten(whole), st.binary(max_size=60))))


@examples(60)
@given(data=st.data())
def test_spoiled_settings(folder: Path, data: st.DataObject) -> None:
    """`hub.toml` of any bytes: settings, or a refusal that names the file and shows no secret."""
    file = folder / "hub.toml"
    _ = file.write_bytes(data.draw(st.one_of(bitten(SETTINGS.encode()), st.binary(max_size=60))))
    try:
        _ = load(file)
    except Misconfigured as refused:
        if "hub.toml" not in str(refused) or TOKEN in str(refused):
            pytest.fail(f"a poor refusal: {str(refused)[:400]}")
